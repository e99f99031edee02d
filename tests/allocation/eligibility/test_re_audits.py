"""Re-audits: urgent ones after three months, a sample of those not yet good each quarter (L6)."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from allocation.drawing.draw_document import case_line, write
from allocation.drawing.draw_inputs import DrawAuditor, DrawPlan, Lot
from allocation.eligibility import rules
from allocation.eligibility.re_audits import IMPROVEMENT, RE_AUDIT, due, last_quarter, quarter_start
from allocation.models import CaseHold, Cycle, Draw
from allocation.record import draw_record
from audits.models import Audit, Case, Grade, TemplateVersion
from people.models import User
from tests.allocation.drawn_months import drawn
from tests.conftest import NOW, TODAY
from tests.factories import AuditFactory, CaseFactory, CycleFactory

AUGUST = date(2026, 8, 30)


@pytest.fixture
def urgent(core_template: TemplateVersion) -> Grade:
    return core_template.scale.grades.get(is_urgent=True)


@pytest.fixture
def not_yet_good(core_template: TemplateVersion) -> Grade:
    return core_template.scale.grades.filter(is_good=False, is_urgent=False).get()


@pytest.fixture
def good(core_template: TemplateVersion) -> Grade:
    return core_template.scale.grades.filter(is_good=True).first()  # type: ignore[return-value]  # it has one


def completed(template: TemplateVersion, grade: Grade, day: date, **fields: Any) -> Audit:
    """A completed audit with this overall grade, submitted at noon of a day."""
    at = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    given = {"month": day.replace(day=1), "status": "actions", "submitted_at": at, "part_b_due_on": day}
    return AuditFactory(template_version=template, overall_grade=grade, **{**given, **fields})


def other_month(template: TemplateVersion, month: date, status: str) -> Cycle:
    """A month in this state."""
    return CycleFactory(
        month=month,
        status=status,
        template_version=None if status == "paused" else template,
        due_on=None if status == "paused" else month.replace(day=28),
        published_at=NOW if status in ("published", "closed") else None,
    )


def draw_of(cycle: Cycle, *lots: str) -> Draw:
    """A draw of a month with these set lots in its plan, and nothing else that matters here."""
    number = cycle.draws.count() + 1
    plan = DrawPlan(5, lots=tuple(Lot(key, 1) for key in lots))
    inputs = write([case_line("1")], auditors=[DrawAuditor("1", 1)], plan=plan)
    return Draw.objects.create(
        cycle=cycle, number=number, reason="Again" if number > 1 else "", inputs=inputs.text,
        inputs_sha256=inputs.sha256, seed="5eed" * 16, algorithm="draw-3", result={}, result_sha256="", drawn_at=NOW,
    )  # fmt: skip


def urgent_due(cycle: Cycle) -> list[Audit]:
    return list(due(cycle, today=TODAY).urgent)


class TestUrgent:
    @pytest.mark.parametrize(
        ("day", "is_due"),
        [(date(2026, 8, 31), True), (date(2026, 9, 1), False), (date(2026, 6, 1), True), (date(2024, 2, 1), True)],
    )
    def test_are_due_three_months_after_the_month_they_were_submitted_in(
        self, cycle: Cycle, core_template: TemplateVersion, urgent: Grade, day: date, is_due: bool
    ) -> None:
        audit = completed(core_template, urgent, day)
        assert urgent_due(cycle) == ([audit] if is_due else [])

    @pytest.mark.parametrize(
        ("month", "day", "is_due"),
        [
            (date(2027, 2, 1), date(2026, 11, 30), True),
            (date(2027, 2, 1), date(2026, 12, 1), False),
            (date(2026, 12, 1), date(2026, 9, 30), True),
        ],
    )
    def test_are_due_whatever_day_the_month_ends_on(
        self, core_template: TemplateVersion, urgent: Grade, month: date, day: date, is_due: bool
    ) -> None:
        audit = completed(core_template, urgent, day)
        later = CycleFactory(month=month, template_version=core_template, due_on=month.replace(day=28))
        assert list(due(later, today=month).urgent) == ([audit] if is_due else [])

    @pytest.mark.parametrize(("months", "is_due"), [(2, True), (4, False), (0, False)])
    def test_are_due_after_the_months_of_the_rules(
        self, cycle: Cycle, core_template: TemplateVersion, urgent: Grade, psw: User, months: int, is_due: bool
    ) -> None:
        completed(core_template, urgent, AUGUST)
        rules.change(reason="As the board decided", by=psw, at=NOW, re_audit_months=months)
        assert bool(urgent_due(cycle)) is is_due

    def test_are_told_by_the_scales_own_flag(
        self, cycle: Cycle, core_template: TemplateVersion, good: Grade, not_yet_good: Grade
    ) -> None:
        for grade in (good, not_yet_good):
            completed(core_template, grade, AUGUST)
        assert urgent_due(cycle) == []
        Grade.objects.filter(pk=not_yet_good.pk).update(is_urgent=True)
        assert [audit.overall_grade for audit in urgent_due(cycle)] == [not_yet_good]

    def test_leave_out_what_was_looked_at_again(
        self, cycle: Cycle, core_template: TemplateVersion, urgent: Grade, good: Grade
    ) -> None:
        audit = completed(core_template, urgent, date(2026, 5, 4))
        again = completed(core_template, good, date(2026, 7, 6), case=audit.case, re_audit_of=audit)
        assert urgent_due(cycle) == []
        Audit.objects.filter(pk=again.pk).update(status="withdrawn", submitted_at=None)
        assert urgent_due(cycle) == [audit]

    def test_leave_out_what_is_being_looked_at_again(
        self, cycle: Cycle, core_template: TemplateVersion, urgent: Grade
    ) -> None:
        audit = completed(core_template, urgent, date(2026, 5, 4))
        begun = AuditFactory(template_version=core_template, case=audit.case, month=date(2026, 10, 1))
        assert urgent_due(cycle) == []
        Audit.objects.filter(pk=begun.pk).update(status="exempt")
        assert urgent_due(cycle) == [audit]

    def test_follow_the_latest_audit_of_the_case(
        self, cycle: Cycle, core_template: TemplateVersion, urgent: Grade, good: Grade
    ) -> None:
        recovered, fell, twice = CaseFactory(), CaseFactory(), CaseFactory()
        completed(core_template, urgent, date(2026, 3, 4), case=recovered)
        completed(core_template, good, date(2026, 6, 4), case=recovered)
        completed(core_template, good, date(2026, 3, 4), case=fell)
        worse = completed(core_template, urgent, date(2026, 6, 4), case=fell)
        completed(core_template, urgent, date(2026, 3, 4), case=twice)
        last = completed(core_template, urgent, date(2026, 6, 5), case=twice)
        assert urgent_due(cycle) == [worse, last]

    @pytest.mark.parametrize(
        ("fields", "undone"),
        [
            ({"closed_on": TODAY}, {"closed_on": None}),
            ({"restricted": True}, {"restricted": False}),
            ({"flags": ["relative_of_staff"]}, {"flags": []}),
            ({"opened_on": TODAY}, {"opened_on": date(2026, 1, 5)}),
        ],
    )
    def test_leave_out_cases_that_cannot_be_drawn(
        self,
        cycle: Cycle,
        core_template: TemplateVersion,
        urgent: Grade,
        fields: dict[str, Any],
        undone: dict[str, Any],
    ) -> None:
        audit = completed(core_template, urgent, AUGUST, case=CaseFactory(**fields))
        assert urgent_due(cycle) == []
        Case.objects.update(**undone)
        assert urgent_due(cycle) == [audit]

    def test_leave_out_cases_that_somebody_keeps_out(
        self, cycle: Cycle, core_template: TemplateVersion, urgent: Grade, psw: User
    ) -> None:
        audit = completed(core_template, urgent, AUGUST)
        CaseHold.objects.create(case=audit.case, why="complaint", by=psw, at=NOW)
        assert urgent_due(cycle) == []

    @pytest.mark.parametrize(("status", "is_due"), [("with_team", False), ("actions", True), ("closed", True)])
    def test_wait_until_part_b_is_finished(
        self, cycle: Cycle, core_template: TemplateVersion, urgent: Grade, status: str, is_due: bool
    ) -> None:
        closed = {"closed_at": NOW, "outcomes": "on_the_way"} if status == "closed" else {}
        audit = completed(core_template, urgent, AUGUST, status=status, **closed)
        found = due(cycle, today=TODAY)
        assert (found.urgent, found.waiting) == (((audit,), ()) if is_due else ((), (audit,)))
        assert set(found.of_case) == ({audit.case_id} if is_due else set())

    def test_that_wait_for_another_reason_too_are_not_counted(
        self, cycle: Cycle, core_template: TemplateVersion, urgent: Grade
    ) -> None:
        completed(core_template, urgent, AUGUST, status="with_team", case=CaseFactory(restricted=True))
        completed(core_template, urgent, date(2026, 10, 5), status="with_team")
        assert due(cycle, today=TODAY).waiting == ()

    def test_come_though_the_month_is_about_other_cases(
        self, cycle: Cycle, core_template: TemplateVersion, urgent: Grade
    ) -> None:
        audit = completed(core_template, urgent, AUGUST)
        cycle.cohort = {"plans": ["pathway"]}
        assert urgent_due(cycle) == [audit]

    def test_come_only_where_the_month_takes_re_audits(
        self, cycle: Cycle, core_template: TemplateVersion, urgent: Grade, not_yet_good: Grade
    ) -> None:
        completed(core_template, urgent, AUGUST)
        completed(core_template, not_yet_good, AUGUST)
        cycle.with_re_audits = False
        found = due(cycle, today=TODAY)
        assert (found.urgent, found.improvement, found.improvement_wanted) == ((), (), 0)


class TestImprovement:
    @pytest.mark.parametrize(
        ("day", "inside"),
        [
            (date(2026, 7, 1), True),
            (date(2026, 9, 30), True),
            (date(2026, 6, 30), False),
            (date(2026, 10, 1), False),
        ],
    )
    def test_is_taken_of_the_last_whole_quarter(
        self, cycle: Cycle, core_template: TemplateVersion, not_yet_good: Grade, day: date, inside: bool
    ) -> None:
        audit = completed(core_template, not_yet_good, day)
        found = due(cycle, today=TODAY)
        assert found.improvement == ((audit,) if inside else ())
        assert found.improvement_wanted == int(inside)

    def test_is_of_those_neither_good_nor_urgent(
        self, cycle: Cycle, core_template: TemplateVersion, not_yet_good: Grade, good: Grade, urgent: Grade
    ) -> None:
        audit = completed(core_template, not_yet_good, AUGUST)
        completed(core_template, good, AUGUST)
        looked_at = completed(core_template, urgent, AUGUST)
        found = due(cycle, today=TODAY)
        assert (found.improvement, found.urgent) == ((audit,), (looked_at,))
        assert found.of_case == {audit.case_id: audit, looked_at.case_id: looked_at}

    @pytest.mark.parametrize(
        ("audits", "percent", "wanted"), [(10, 10, 1), (11, 10, 2), (3, 10, 1), (3, 0, 0), (3, 100, 3), (4, 50, 2)]
    )
    def test_wants_the_percentage_of_the_rules_rounded_up(
        self,
        cycle: Cycle,
        core_template: TemplateVersion,
        not_yet_good: Grade,
        psw: User,
        audits: int,
        percent: int,
        wanted: int,
    ) -> None:
        for _ in range(audits):
            completed(core_template, not_yet_good, AUGUST)
        if percent != 10:
            rules.change(reason="As the board decided", by=psw, at=NOW, improvement_sample_percent=percent)
        found = due(cycle, today=TODAY)
        assert (len(found.improvement), found.improvement_wanted) == (audits, wanted)

    def test_counts_the_percentage_of_all_but_wants_no_more_than_can_be_drawn(
        self, cycle: Cycle, core_template: TemplateVersion, not_yet_good: Grade, psw: User
    ) -> None:
        """Half of six are three; two of the six cases are still open."""
        for number in range(6):
            shut = TODAY if number < 4 else None
            completed(core_template, not_yet_good, AUGUST, case=CaseFactory(closed_on=shut))
        rules.change(reason="As the board decided", by=psw, at=NOW, improvement_sample_percent=50)
        found = due(cycle, today=TODAY)
        assert (len(found.improvement), found.improvement_wanted) == (2, 2)

    @pytest.mark.parametrize(
        ("month", "status", "wanted"),
        [
            (date(2026, 10, 1), "published", 0),
            (date(2026, 10, 1), "closed", 0),
            (date(2026, 10, 1), "proposed", 0),
            (date(2026, 10, 1), "open", 1),
            (date(2026, 10, 1), "paused", 1),
            (date(2026, 9, 1), "closed", 1),
            (date(2026, 12, 1), "published", 0),
            (date(2026, 12, 1), "proposed", 1),
            (date(2027, 1, 1), "published", 1),
        ],
    )
    def test_is_wanted_by_the_first_month_drawn_in_the_quarter(
        self,
        cycle: Cycle,
        core_template: TemplateVersion,
        not_yet_good: Grade,
        month: date,
        status: str,
        wanted: int,
    ) -> None:
        completed(core_template, not_yet_good, AUGUST)
        draw_of(other_month(core_template, month, status), IMPROVEMENT)
        found = due(cycle, today=TODAY)
        assert (len(found.improvement), found.improvement_wanted, len(found.of_case)) == (1, wanted, wanted)

    def test_is_left_by_a_month_that_was_drawn_without_it(
        self, cycle: Cycle, core_template: TemplateVersion, not_yet_good: Grade
    ) -> None:
        """What counts is the latest draw of that month."""
        completed(core_template, not_yet_good, AUGUST)
        october = other_month(core_template, date(2026, 10, 1), "published")
        assert due(cycle, today=TODAY).improvement_wanted == 1
        draw_of(october, RE_AUDIT)
        assert due(cycle, today=TODAY).improvement_wanted == 1
        draw_of(october, RE_AUDIT, IMPROVEMENT)
        assert due(cycle, today=TODAY).improvement_wanted == 0
        draw_of(october)
        assert due(cycle, today=TODAY).improvement_wanted == 1

    @pytest.mark.parametrize(("today", "wanted"), [(date(2026, 9, 30), 0), (date(2026, 10, 1), 1)])
    def test_waits_for_the_end_of_the_quarter_it_is_taken_of(
        self, cycle: Cycle, core_template: TemplateVersion, not_yet_good: Grade, today: date, wanted: int
    ) -> None:
        completed(core_template, not_yet_good, AUGUST)
        assert due(cycle, today=today).improvement_wanted == wanted

    def test_goes_to_the_next_month_where_the_first_was_drawn_too_early(
        self, cycle: Cycle, cases: list[Case], core_template: TemplateVersion, not_yet_good: Grade, psw: User
    ) -> None:
        completed(core_template, not_yet_good, AUGUST)
        october = other_month(core_template, date(2026, 10, 1), "open")
        early = datetime(2026, 9, 28, 9, tzinfo=UTC)
        draw = drawn(october, psw, at=early, today=early.date())
        assert draw_record.read_inputs(draw).plan.lots == ()
        assert due(cycle, today=TODAY).improvement_wanted == 1
        over = datetime(2026, 10, 2, 9, tzinfo=UTC)
        again = drawn(october, psw, reason="The quarter is over", at=over, today=over.date())
        assert [lot.key for lot in draw_record.read_inputs(again).plan.lots] == [IMPROVEMENT]
        assert due(cycle, today=TODAY).improvement_wanted == 0

    def test_is_taken_of_those_whose_part_b_is_finished(
        self, cycle: Cycle, core_template: TemplateVersion, not_yet_good: Grade, psw: User
    ) -> None:
        rules.change(reason="As the board decided", by=psw, at=NOW, improvement_sample_percent=100)
        finished = completed(core_template, not_yet_good, AUGUST)
        waits = completed(core_template, not_yet_good, AUGUST, status="with_team")
        found = due(cycle, today=TODAY)
        assert (found.improvement, found.improvement_wanted, found.waiting) == ((finished,), 1, (waits,))
        draw_of(other_month(core_template, date(2026, 10, 1), "published"), IMPROVEMENT)
        assert due(cycle, today=TODAY).waiting == ()

    def test_is_left_to_a_later_month_where_all_wait(
        self, cycle: Cycle, cases: list[Case], core_template: TemplateVersion, not_yet_good: Grade, psw: User
    ) -> None:
        audit = completed(core_template, not_yet_good, AUGUST, status="with_team")
        draw = drawn(cycle, psw)
        assert draw_record.read_inputs(draw).plan.lots == ()
        december = CycleFactory(month=date(2026, 12, 1), template_version=core_template, due_on=date(2026, 12, 28))
        Audit.objects.filter(pk=audit.pk).update(status="actions")
        assert due(december, today=date(2026, 12, 1)).improvement == (audit,)
        assert due(december, today=date(2026, 12, 1)).improvement_wanted == 1

    def test_leaves_out_what_was_looked_at_again(
        self, cycle: Cycle, core_template: TemplateVersion, not_yet_good: Grade, good: Grade
    ) -> None:
        audit = completed(core_template, not_yet_good, AUGUST)
        assert due(cycle, today=TODAY).improvement == (audit,)
        completed(core_template, good, date(2026, 10, 5), case=audit.case, re_audit_of=audit)
        assert due(cycle, today=TODAY).improvement == ()


class TestQuarters:
    @pytest.mark.parametrize(
        ("month", "start"),
        [
            (date(2026, 1, 1), date(2026, 1, 1)),
            (date(2026, 3, 1), date(2026, 1, 1)),
            (date(2026, 11, 1), date(2026, 10, 1)),
            (date(2026, 12, 1), date(2026, 10, 1)),
        ],
    )
    def test_begin_in_january_april_july_and_october(self, month: date, start: date) -> None:
        assert quarter_start(month) == start

    def test_end_where_the_next_begins(self) -> None:
        assert last_quarter(date(2026, 2, 1)) == (date(2025, 10, 1), date(2025, 12, 31))
        assert last_quarter(date(2026, 11, 1)) == (date(2026, 7, 1), date(2026, 9, 30))


class TestQuestionsAsked:
    def test_are_as_many_for_twenty_audits_as_for_two(
        self, cycle: Cycle, core_template: TemplateVersion, urgent: Grade, not_yet_good: Grade
    ) -> None:
        def asked() -> int:
            completed(core_template, urgent, AUGUST)
            completed(core_template, not_yet_good, AUGUST)
            with CaptureQueriesContext(connection) as queries:
                found = due(cycle, today=TODAY)
                assert all(audit.case.reference and audit.overall_grade for audit in found.urgent)
            return len(queries)

        first = asked()
        assert {asked() for _ in range(9)} == {first}
        assert first <= 8
