"""The draw of a month: who gets which case, and what stands on record."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db import InternalError, connection, transaction

from allocation.eligibility.ties import ties_of
from allocation.models import Cycle, Draw
from allocation.months.cycles import CycleError
from allocation.record.draw_record import pairs_of, read_inputs, verify
from audits.models import Audit, Case
from people.models import OutgoingMail, User
from tests.allocation.drawn_months import DUE, drawn
from tests.conftest import TODAY
from tests.factories import CaseFactory, InvolvementFactory, UserFactory


@pytest.fixture
def proposed(cycle: Cycle, cases: list[Case], auditors: list[User], psw: User) -> Draw:
    """The draw of the month, not published."""
    return drawn(cycle, psw)


class TestDrawing:
    def test_gives_each_case_to_an_auditor_without_a_tie(self, proposed: Draw, auditors: list[User]) -> None:
        pairs = pairs_of(proposed)
        people = {auditor.pk: auditor for auditor in auditors}
        ties = ties_of(proposed.cycle, [case for case, _ in pairs])
        assert len(pairs) == proposed.cycle.target == 5
        assert [ties[case].reasons(people[auditor]) for case, auditor in pairs] == [[]] * 5
        assert len({auditor for _, auditor in pairs}) == 5

    def test_freezes_pool_exclusions_and_auditors(self, cycle: Cycle, cases: list[Case], psw: User) -> None:
        Case.objects.filter(pk=cases[0].pk).update(restricted=True)
        inputs = read_inputs(drawn(cycle, psw))
        assert inputs.pool_size == 29
        assert inputs.excluded == [("The record is restricted", 1)]
        assert len(inputs.auditors) == 6
        assert list(inputs.kept_out.values()) == ["Has no places this month"]

    def test_tells_nobody_and_makes_no_audit(self, proposed: Draw) -> None:
        assert not OutgoingMail.objects.exists()
        assert not Audit.objects.exists()
        assert Cycle.objects.get().status == "proposed"

    def test_again_needs_a_reason_and_keeps_the_first(self, proposed: Draw, psw: User) -> None:
        with pytest.raises(CycleError, match="Give the reason for drawing again"):
            drawn(proposed.cycle, psw, reason="because")
        second = drawn(proposed.cycle, psw, reason="A new auditor joined today")
        assert [draw.number for draw in Draw.objects.order_by("number")] == [1, 2]
        assert second.seed != proposed.seed
        assert second.inputs_sha256 == proposed.inputs_sha256

    def test_says_that_there_are_no_auditors(self, cycle: Cycle, psw: User) -> None:
        CaseFactory()
        with pytest.raises(CycleError, match="There are no auditors available for November 2026"):
            drawn(cycle, psw)
        assert Cycle.objects.get().status == "open"

    def test_says_that_there_are_no_cases(self, cycle: Cycle, auditors: list[User], psw: User) -> None:
        with pytest.raises(CycleError, match=r"There are no open cases to draw from\. Import cases first\."):
            drawn(cycle, psw)
        CaseFactory(closed_on=TODAY)
        with pytest.raises(CycleError, match="Every case is left out for a reason"):
            drawn(cycle, psw)

    def test_is_refused_after_the_due_date(self, cycle: Cycle, cases: list[Case], psw: User) -> None:
        with pytest.raises(CycleError, match="due date of this cycle has passed"):
            drawn(cycle, psw, today=DUE)

    def test_gives_fewer_where_there_are_fewer_and_says_what_is_missing(
        self, cycle: Cycle, cases: list[Case], psw: User
    ) -> None:
        cycle.target = 10
        cycle.save()
        draw = drawn(cycle, psw)
        assert len(pairs_of(draw)) == 6
        assert draw.result["shortfall"]["lacking_places"] == 4


class TestDrawOnRecord:
    def test_is_drawn_again_identically(self, proposed: Draw) -> None:
        assert verify(Draw.objects.get(pk=proposed.pk)).identical

    def test_stays_identical_whatever_happens_to_cases_and_people_later(
        self, proposed: Draw, cases: list[Case], psw: User
    ) -> None:
        Case.objects.update(restricted=True, team=None)
        User.objects.update(is_active=False)
        assert verify(Draw.objects.get(pk=proposed.pk)).identical

    @pytest.mark.parametrize("statement", ["UPDATE allocation_draw SET seed = 'x'", "DELETE FROM allocation_draw"])
    def test_cannot_be_changed_or_deleted(self, proposed: Draw, statement: str) -> None:
        with pytest.raises(InternalError, match="Cannot"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)

    def test_shows_that_it_was_tampered_with(self, proposed: Draw) -> None:
        proposed.result["pairs"].reverse()
        assert verify(proposed).problems == ("drawing again gives another result",)
        proposed.inputs = proposed.inputs.replace('"target":5', '"target":4')
        assert "the frozen inputs do not match their hash" in verify(proposed).problems


class TestInvolvementInTheDraw:
    def test_keeps_a_whole_team_from_a_case(
        self, cycle: Cycle, teams: list[Any], auditors: list[User], psw: User
    ) -> None:
        case = CaseFactory(team=teams[0])
        for team in teams[1:5]:
            InvolvementFactory(case=case, team=team)
        assert pairs_of(drawn(cycle, psw)) == [(case.pk, auditors[5].pk)]

    @pytest.mark.parametrize("tie", ["worker", "chair", "manager", "involved"])
    def test_keeps_whoever_is_bound_to_a_case_in_person_from_it(
        self, cycle: Cycle, auditor: User, psw: User, tie: str
    ) -> None:
        User.objects.exclude(pk=auditor.pk).update(monthly_quota=0)
        fields = {
            "worker": {"worker": auditor},
            "chair": {"chair": auditor},
            "manager": {"worker": UserFactory(line_manager=auditor)},
            "involved": {},
        }
        case = CaseFactory(**fields[tie])
        if tie == "involved":
            InvolvementFactory(case=case, user=auditor, ends=date(2026, 4, 1))
        assert pairs_of(drawn(cycle, psw)) == []
