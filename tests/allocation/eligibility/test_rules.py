"""The rules of the programme: defaults, changes with a reason, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.db.utils import InternalError

from allocation.eligibility import rules
from allocation.models import Rules
from allocation.month_lock import CycleError
from people.models import Activity, User
from tests.conftest import NOW

REASON = "As the board decided"


class TestCurrent:
    def test_is_the_defaults_where_nobody_changed_any(self, db: None) -> None:
        found = rules.current()
        assert (found.pk, found.lookback_months, found.competency_required) == (None, 24, False)

    def test_is_the_newest(self, psw: User) -> None:
        rules.change(reason=REASON, by=psw, at=NOW, lookback_months=12)
        rules.change(reason=REASON, by=psw, at=NOW, lookback_months=36)
        assert rules.current().lookback_months == 36


class TestChange:
    def test_keeps_what_is_not_named_and_the_row_before(self, psw: User) -> None:
        first = rules.change(reason=REASON, by=psw, at=NOW, lookback_months=12, competency_required=True)
        second = rules.change(reason=f"  {REASON}  ", by=psw, at=NOW, extension_days=5)
        assert (second.lookback_months, second.competency_required, second.extension_days) == (12, True, 5)
        assert (second.reason, second.changed_by, second.changed_at) == (REASON, psw, NOW)
        assert list(Rules.objects.all()) == [second, first]

    def test_records_what_changed_from_what(self, psw: User) -> None:
        rules.change(reason=REASON, by=psw, at=NOW, lookback_months=12, extension_days=7)
        found = Activity.objects.get(verb="changed the rules")
        assert (found.by, found.target) == (psw, "rules")
        assert found.detail == {"reason": REASON, "changed": {"lookback_months": [24, 12]}}

    @pytest.mark.parametrize(
        ("values", "field"),
        [
            ({"lookback_months": 121}, "lookback_months"),
            ({"lookback_months": -1}, "lookback_months"),
            ({"improvement_sample_percent": 101}, "improvement_sample_percent"),
            ({"extension_days": 61}, "extension_days"),
        ],
    )
    def test_refuses_a_number_that_makes_no_sense(self, psw: User, values: dict[str, Any], field: str) -> None:
        with pytest.raises(CycleError, match="enter a whole number from 0") as refused:
            rules.change(reason=REASON, by=psw, at=NOW, **values)
        assert (refused.value.field, Rules.objects.count()) == (field, 0)

    def test_refuses_a_reason_that_says_nothing(self, psw: User) -> None:
        with pytest.raises(CycleError) as refused:
            rules.change(reason="Because", by=psw, at=NOW, lookback_months=12)
        assert refused.value.field == "reason"

    def test_refuses_a_change_that_changes_nothing(self, psw: User) -> None:
        with pytest.raises(CycleError, match="Nothing is different"):
            rules.change(reason=REASON, by=psw, at=NOW, lookback_months=24)
        assert not Activity.objects.exists()

    def test_knows_no_rule_by_another_name(self, psw: User) -> None:
        with pytest.raises(TypeError, match="no rule called bribes"):
            rules.change(reason=REASON, by=psw, at=NOW, bribes=3)

    def test_covers_every_rule_there_is(self) -> None:
        kept = {"id", "reason", "changed_by", "changed_at"}
        fields = {field.name for field in Rules._meta.get_fields() if not field.auto_created or field.concrete}
        assert fields - kept == {*rules.LIMITS, *rules.SWITCHES}


class TestRows:
    @pytest.mark.parametrize(
        "statement", ["UPDATE allocation_rules SET lookback_months = 0", "DELETE FROM allocation_rules"]
    )
    def test_are_never_changed_or_deleted(self, psw: User, statement: str) -> None:
        rules.change(reason=REASON, by=psw, at=NOW, lookback_months=12)
        with pytest.raises(InternalError, match="append_only"), connection.cursor() as cursor:
            cursor.execute(statement)
