"""Every figure against a second implementation, over many small random councils (R28)."""

from __future__ import annotations

import random
from collections import Counter
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import transaction

from audits.models import Audit, Selection, Status
from reporting import measures
from reporting.figures import count_figures
from reporting.identities import identities
from tests.reporting import oracle
from tests.reporting.council import AS_OF, Council

MONTHS = [date(2026, 8, 1), date(2026, 9, 1), date(2026, 10, 1), date(2026, 11, 1)]
DATA_SETS = 100
pytestmark = pytest.mark.django_db


def first(audits: list[Audit]) -> list[Audit]:
    return [audit for audit in audits if audit.selection != Selection.RE_AUDIT]


def again(audits: list[Audit]) -> list[Audit]:
    return [audit for audit in audits if audit.selection == Selection.RE_AUDIT]


def expected(audits: list[Audit], month: date) -> dict[str, Any]:
    """The report's figures as plain Python counts them."""
    upto = [audit for audit in audits if audit.month <= month]
    mine = [audit for audit in audits if audit.month == month]
    return {
        "compliance": {
            "first": oracle.compliance(first(mine), AS_OF),
            "re_audits": oracle.compliance(again(mine), AS_OF),
            "first_running": oracle.compliance(first(upto), AS_OF),
            "re_audits_running": oracle.compliance(again(upto), AS_OF),
        },
        "practice": {
            "good": oracle.good(mine),
            "urgent": oracle.urgent(mine),
            "good_running": oracle.good(upto),
            "urgent_running": oracle.urgent(upto),
        },
        "timeliness": {"month": oracle.on_time(mine), "running": oracle.on_time(upto)},
        "part_b": {"month": oracle.part_b(mine, AS_OF), "running": oracle.part_b(upto, AS_OF)},
        "days": {"month": oracle.days(mine), "running": oracle.days(upto)},
        "actions": {"month": oracle.actions(mine, AS_OF), "running": oracle.actions(upto, AS_OF)},
        "left_out": oracle.left_out(mine),
        "improvement": {"month": oracle.improvement(mine), "running": oracle.improvement(upto)},
        "changes": {"month": oracle.changes(mine), "running": oracle.changes(upto)},
        "chases": oracle.chases(mine),
        "urgent_mail": oracle.urgent_mail(mine),
    }


def groups(audits: list[Audit], key: str, month: date) -> dict[int, tuple[dict[str, int], ...]]:
    upto = [audit for audit in audits if audit.month <= month]
    found = {getattr(audit, f"{key}_id") for audit in upto}
    return {
        pk: (
            oracle.compliance([a for a in first(upto) if getattr(a, f"{key}_id") == pk and a.month == month], AS_OF),
            oracle.compliance([a for a in first(upto) if getattr(a, f"{key}_id") == pk], AS_OF),
            oracle.compliance([a for a in again(upto) if getattr(a, f"{key}_id") == pk], AS_OF),
        )
        for pk in found
    }


def check_after_the_draw(figures: dict[str, Any], mine: list[Audit]) -> None:
    listed = {row["kind"]: {name: row[name] for name in ("compliance", "good", "urgent")} for row in figures["kinds"]}
    assert listed == oracle.kinds(mine, AS_OF)
    reasons = {(row["state"], row["why"]): row["n"] for row in figures["not_returned"]}
    assert reasons == oracle.not_returned(mine, AS_OF)
    for kind, rows in figures["requests"].items():
        counted = {row["why"]: (row["asked"], row["agreed"], row["refused"]) for row in rows}
        assert counted == oracle.requests(mine, kind)


def check(council: Council, dice: random.Random) -> None:
    month = dice.choice(MONTHS)
    for other in MONTHS:
        council.cycle(other)
    council.random_audits(dice.randint(0, 25), months=MONTHS, dice=dice)
    audits = list(Audit.objects.select_related("overall_grade", "re_audit_of__overall_grade"))
    figures = count_figures(month, as_of=AS_OF)
    check_after_the_draw(figures, [audit for audit in audits if audit.month == month])
    for name, value in expected(audits, month).items():
        assert figures[name] == value, name
    for entry in figures["months"]:
        counted = {code: n for counts in entry["grades"].values() for code, n in counts.items() if n}
        assert counted == oracle.grade_counts([a for a in audits if a.month.isoformat() == entry["month"]])
    for key in ("service", "team"):
        listed = {g["pk"]: (g["first"], g["first_running"], g["re_audits_running"]) for g in figures[f"{key}s"]}
        assert listed == groups(audits, key, month)
    identities(figures)


STATES = {measures.IN_PROGRESS, measures.OVERDUE, measures.EXEMPT, measures.WITHDRAWN, *measures.STATES_COMPLETED}


def totals(rows: list[measures.Tally]) -> Counter[tuple[date, str, str, int | None]]:
    """How many audits a tally has of each month, kind, state and grade."""
    found: Counter[tuple[date, str, str, int | None]] = Counter()
    for row in rows:
        found[row.month, row.selection, row.state, row.grade] += row.n
    return found


class TestFigures:
    def test_equal_a_second_implementation_on_a_hundred_random_councils(self, council: Council) -> None:
        for seed in range(DATA_SETS):
            before = transaction.savepoint()
            check(council, random.Random(seed))
            transaction.savepoint_rollback(before)

    def test_count_by_auditor_too(self, council: Council) -> None:
        council.random_audits(30, months=MONTHS, dice=random.Random(7))
        found = measures.by_group(Audit.objects.all(), key="auditor", month=MONTHS[-1], as_of=AS_OF)
        wanted = groups(list(Audit.objects.all()), "auditor", MONTHS[-1])
        assert {g.pk: g.first_running.allocated for g in found} == {
            pk: row[1]["allocated"] for pk, row in wanted.items()
        }

    def test_read_as_source_002_for_its_numbers(self) -> None:
        counts = measures.Compliance(1632, 1298, 0, 334, 0, 0)
        assert str(counts.rate) == "80% (1,298 of 1,632)"

    def test_leave_exempt_and_withdrawn_audits_out_of_what_was_expected(self) -> None:
        counts = measures.Compliance(allocated=10, completed=6, in_progress=0, overdue=1, exempt=2, withdrawn=1)
        assert (str(counts.rate), str(counts.rate_of_expected)) == ("60% (6 of 10)", "86% (6 of 7)")


class TestTally:
    def test_says_the_same_of_the_states_whether_it_looks_at_the_days_or_not(self, council: Council) -> None:
        council.random_audits(300, months=MONTHS, dice=random.Random(11))
        for scope in (Audit.objects.all(), Audit.objects.filter(team=council.teams[0])):
            shorter, whole = (measures.tally(scope, as_of=AS_OF, timeliness=timeliness) for timeliness in (False, True))
            assert totals(shorter) == totals(whole)
            assert {row.state for row in shorter} >= {measures.OVERDUE, measures.PART_B_LATE, measures.ANSWERED}

    def test_has_a_state_for_every_status(self, council: Council) -> None:
        rows = [council.audit(MONTHS[0], status=status) for status in Status.values]
        council.save(rows)
        found = measures.tally(Audit.objects.all(), as_of=AS_OF, timeliness=False)
        assert sum(row.n for row in found) == len(Status.values)
        assert {row.state for row in found} <= STATES


class TestOnTime:
    @pytest.mark.parametrize(
        ("submitted_at", "in_time"),
        [
            (datetime(2026, 9, 30, 22, 30, tzinfo=UTC), True),  # 23:30 in London
            (datetime(2026, 9, 30, 23, 30, tzinfo=UTC), False),  # half past midnight in London, summer time
        ],
    )
    def test_ends_with_the_london_day(self, council: Council, submitted_at: datetime, in_time: bool) -> None:
        audit = council.audit(MONTHS[1], status=Status.WITH_TEAM, due_on=date(2026, 9, 30))
        audit.submitted_at = submitted_at
        council.save([audit])
        (row,) = measures.tally(Audit.objects.all(), as_of=AS_OF)
        assert row.on_time is in_time


class TestOverdue:
    @pytest.mark.parametrize(
        ("due_on", "state"), [(AS_OF, measures.IN_PROGRESS), (date(2026, 11, 9), measures.OVERDUE)]
    )
    def test_starts_the_day_after_the_due_date(self, council: Council, due_on: date, state: str) -> None:
        council.save([council.audit(MONTHS[3], due_on=due_on)])
        (row,) = measures.tally(Audit.objects.all(), as_of=AS_OF)
        assert row.state == state


class TestHeadline:
    def test_counts_random_audits_only(self, council: Council) -> None:
        good = council.grades[1]
        rows = [
            council.audit(MONTHS[2], status=Status.CLOSED, selection=selection, grade=good)
            for selection in Selection.values
        ]
        council.save(rows)
        grades = measures.grades_of(measures.tally(Audit.objects.all(), as_of=AS_OF), MONTHS[2])
        assert (grades.graded, grades.not_graded) == (1, 0)


class TestQueries:
    def test_are_as_many_for_many_audits_as_for_few(self, council: Council, django_assert_max_num_queries: Any) -> None:
        for count in (5, 200):
            council.random_audits(count, months=MONTHS, dice=random.Random(count))
            with django_assert_max_num_queries(20):
                count_figures(MONTHS[-1], as_of=AS_OF)
