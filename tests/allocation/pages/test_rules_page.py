"""The page of the programme's rules."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from allocation.eligibility import rules
from allocation.eligibility.rules import LIMITS, SWITCHES
from allocation.eligibility.rules_history import RULES, changes
from allocation.models import Rules
from people.models import User
from tests.conftest import NOW

pytestmark = pytest.mark.usefixtures("today")

PAGE = "/cycles/rules/"


@pytest.fixture
def posted(db: None) -> dict[str, Any]:
    """The rules as they are, and a reason."""
    now = rules.current()
    return {name: getattr(now, name) for name in LIMITS} | {"reason": "Agreed by the leadership team"}


def text_of(response: Any) -> str:
    return " ".join(response.content.decode().split())


class TestRulesPage:
    def test_says_of_every_rule_what_it_does(self, page: Client) -> None:
        response = page.get(PAGE)
        text = text_of(response)
        assert set(RULES) == set(LIMITS)
        assert set(response.context["form"].fields) == {*LIMITS, *SWITCHES, "reason"}
        for words, hint, _ in RULES.values():
            assert words in text
            assert hint in text
        assert "Nobody has changed the rules" in text

    def test_changes_them_with_a_reason_and_shows_from_what_to_what(
        self, page: Client, posted: dict[str, Any], psw: User
    ) -> None:
        changed = {"recently_audited_months": 9, "competency_required": "on"}
        text = text_of(page.post(PAGE, posted | changed, follow=True))
        assert "The rules are changed from now on" in text
        assert "A case rests after an audit for: from 12 months to 9 months" in text
        assert "are drawn: from no to yes" in text
        assert "10 November 2026 at 10:00</strong> by Petra Programme" in text
        assert "Reason: Agreed by the leadership team" in text
        assert rules.current().recently_audited_months == 9
        assert rules.current().changed_by == psw

    @pytest.mark.parametrize(
        ("wrong", "words"),
        [
            ({"lookback_months": "121"}, "A team’s involvement counts for: enter a whole number from 0 to 120"),
            ({"extension_days": ""}, "A line manager may extend by up to: enter a whole number from 0 to 60"),
            ({"re_audit_months": "some"}, "is audited again after: enter a whole number from 0 to 24"),
            ({"lookback_months": "12", "reason": "no"}, "in at least 10 characters"),
            ({"lookback_months": "12", "reason": ""}, "Give the reason in at least 10 characters"),
            ({}, "Nothing is different from the rules in force"),
        ],
    )
    def test_says_what_is_wrong_and_keeps_what_was_typed(
        self, page: Client, posted: dict[str, Any], wrong: dict[str, Any], words: str
    ) -> None:
        response = page.post(PAGE, posted | wrong)
        assert words in text_of(response)
        assert "There is a problem" in text_of(response)
        assert response.context["form"]["reason"].value() == (posted | wrong)["reason"]
        assert not Rules.objects.exists()

    def test_asks_no_more_of_a_long_history(
        self, page: Client, psw: User, django_assert_max_num_queries: Callable[[int], Any]
    ) -> None:
        for months in range(1, 21):
            rules.change(reason="Agreed by the leadership team", by=psw, at=NOW, lookback_months=months)
        with django_assert_max_num_queries(5):
            page.get(PAGE)


class TestHistory:
    def test_compares_each_change_with_the_one_before(self, psw: User) -> None:
        for months in (12, 18):
            rules.change(reason="Agreed by the leadership team", by=psw, at=NOW, lookback_months=months)
        words = RULES["lookback_months"][0]
        assert [change.changed for change in changes()] == [
            ((words, "12 months", "18 months"),),
            ((words, "24 months", "12 months"),),
        ]
