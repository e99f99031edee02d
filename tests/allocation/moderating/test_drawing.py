"""The draw of a month's moderation sample: the lot, the record, the tasks, what comes in late."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import count

import pytest
from django.db import DatabaseError, transaction

from allocation.models import Cycle, ModerationDraw, Rules
from allocation.moderating import drawing, giving
from allocation.moderating.lot import lot_of, sha256_of
from allocation.moderating.month import of_month
from allocation.month_lock import CycleError
from audits.models import Audit, Case, Grade, ModerationTask, Selection, Status, TemplateVersion, Why
from people.models import Absence, Activity, User
from people.roles import JobRole
from tests.audits.after.moderation_cast import graded, moderator
from tests.conftest import NOW, TODAY
from tests.factories import AuditFactory, CaseFactory, CycleFactory, TeamFactory, UserFactory

State = ModerationTask.State
MONTH = date(2026, 11, 1)
numbers = count(5000)


@pytest.fixture
def cycle(core_template: TemplateVersion, psw: User) -> Cycle:
    """The published month, whose moderation day is today."""
    return CycleFactory(
        month=MONTH,
        template_version=core_template,
        status=Cycle.Status.PUBLISHED,
        published_at=NOW,
        published_by=psw,
        moderation_on=TODAY,
        opened_at=NOW,
        due_on=date(2026, 11, 30),
    )


@pytest.fixture
def old_hand() -> User:
    """An auditor whose first two audits are long past."""
    return UserFactory(name="Olga Old-Hand", job_role=JobRole.TEAM_MANAGER, team=TeamFactory())


def came_in(template: TemplateVersion, auditor: User, grade: str, *, days: int = 0, **fields: object) -> Audit:
    """A submitted audit of this month with a grade; `days` after today, below nought before."""
    case: Case = CaseFactory()
    return AuditFactory(
        reference=f"2026-11-{next(numbers)}",
        case=case,
        template_version=template,
        auditor=auditor,
        **{
            "status": Status.WITH_TEAM,
            "submitted_at": NOW + timedelta(days=days),
            "part_b_due_on": date(2026, 12, 15),
            "overall_grade": Grade.objects.get(scale=template.scale, code=grade),
            **fields,
        },
    )


@pytest.fixture
def long_ago(core_template: TemplateVersion, old_hand: User) -> list[Audit]:
    """The first two audits of the old hand."""
    return [
        came_in(core_template, old_hand, "good", days=-300, month=date(2026, 1, 1), allocated_at=NOW) for _ in range(2)
    ]


@pytest.fixture
def month(
    cycle: Cycle, core_template: TemplateVersion, old_hand: User, long_ago: list[Audit]
) -> dict[str, list[Audit]]:
    """Twenty audits in time: fifteen Good, four Requires Improvement, one Inadequate; one targeted; one late."""

    def some(number: int, grade: str, **fields: object) -> list[Audit]:
        return [came_in(core_template, old_hand, grade, **fields) for _ in range(number)]  # type: ignore[arg-type]

    return {
        "good": some(15, "good"),
        "below": some(4, "requires-improvement"),
        "urgent": some(1, "inadequate"),
        "targeted": some(1, "outstanding", selection=Selection.TARGETED),
        "late": some(1, "good", days=1),
        "late urgent": some(1, "inadequate", days=2),
    }


def references(audits: list[Audit]) -> set[str]:
    """Their references."""
    return {audit.reference for audit in audits}


def drawn(cycle: Cycle, by: User, **more: object) -> ModerationDraw:
    """A draw with a known seed."""
    return drawing.draw(cycle, by=by, at=NOW, today=TODAY, **{"new_seed": lambda: "ab" * 32, **more})  # type: ignore[arg-type]


class TestLot:
    def test_holds_the_random_ones_that_came_in_by_the_day(self, cycle: Cycle, month: dict[str, list[Audit]]) -> None:
        lot = lot_of(cycle, moderation_on=TODAY)
        assert set(lot.in_lot) == references(month["good"] + month["below"] + month["urgent"])
        assert set(lot.late) == references(month["late"] + month["late urgent"])

    def test_names_apart_the_urgent_the_best_and_first_ones(
        self, cycle: Cycle, month: dict[str, list[Audit]], core_template: TemplateVersion, auditor: User
    ) -> None:
        firsts = [came_in(core_template, auditor, "good", days=-n) for n in (3, 2, 1)]
        lot = lot_of(cycle, moderation_on=TODAY)
        assert lot.apart == {
            month["urgent"][0].reference: ("urgent",),
            month["late urgent"][0].reference: ("urgent",),
            month["targeted"][0].reference: ("best",),
            firsts[0].reference: ("first",),
            firsts[1].reference: ("first",),
        }

    def test_costs_the_same_for_any_number(
        self, cycle: Cycle, month: dict[str, list[Audit]], django_assert_max_num_queries: object
    ) -> None:
        with django_assert_max_num_queries(4):  # type: ignore[operator]
            lot_of(cycle, moderation_on=TODAY)


class TestDraw:
    def test_makes_a_task_for_each_with_every_reason(
        self, cycle: Cycle, month: dict[str, list[Audit]], psw: User
    ) -> None:
        moderator()
        made = drawn(cycle, psw)
        tasks = {task.audit.reference: task for task in ModerationTask.objects.select_related("audit")}
        apart = references(month["urgent"] + month["targeted"] + month["late urgent"])
        assert len(made.result) == 2  # ten per cent of twenty
        assert set(tasks) == set(made.result) | apart
        assert all(Why.RANDOM in tasks[reference].why for reference in made.result)
        assert {reference for reference, task in tasks.items() if task.late} == references(month["late urgent"])
        assert Activity.objects.filter(verb="drew the moderation sample").exists()

    def test_agrees_with_itself_drawn_again(self, cycle: Cycle, month: dict[str, list[Audit]], psw: User) -> None:
        made = drawn(cycle, psw)
        assert drawing.verify(made) == []
        assert made.inputs_sha256 == sha256_of(made.inputs)

    @pytest.mark.parametrize("what", ["inputs", "seed", "result", "percent"])
    def test_shows_what_was_altered(self, cycle: Cycle, month: dict[str, list[Audit]], psw: User, what: str) -> None:
        made = drawn(cycle, psw)
        other = {
            "inputs": {**made.inputs, "in_lot": dict(list(made.inputs["in_lot"].items())[5:])},
            "seed": "cd" * 32,
            "result": made.result[:1],
            "percent": 50,
        }
        setattr(made, what, other[what])
        assert drawing.verify(made) != []

    def test_can_be_neither_changed_nor_deleted(self, cycle: Cycle, month: dict[str, list[Audit]], psw: User) -> None:
        made = drawn(cycle, psw)
        with pytest.raises(DatabaseError), transaction.atomic():
            ModerationDraw.objects.filter(pk=made.pk).update(seed="00" * 32)
        with pytest.raises(DatabaseError), transaction.atomic():
            made.delete()

    def test_again_needs_a_reason_and_keeps_the_first(
        self, cycle: Cycle, month: dict[str, list[Audit]], psw: User
    ) -> None:
        mo = moderator()
        first = drawn(cycle, psw)
        done = ModerationTask.objects.filter(audit__reference__in=first.result).order_by("audit__reference")[0]
        graded(done, "good")
        with pytest.raises(CycleError, match="reason"):
            drawn(cycle, psw)
        second = drawn(cycle, psw, reason="Two audits were filed under the wrong grade.", new_seed=lambda: "11" * 32)
        assert (second.number, ModerationDraw.objects.count()) == (2, 2)
        assert set(first.result) != set(second.result)
        state = dict(ModerationTask.objects.values_list("audit__reference", "state"))
        assert state[done.audit.reference] in {State.DONE, State.TALK}
        for reference in set(first.result) - set(second.result) - {done.audit.reference}:
            assert (
                state[reference] == State.DROPPED
                or Why.RANDOM not in ModerationTask.objects.get(audit__reference=reference).why
            )
        assert mo.moderation_tasks.exists()

    @pytest.mark.parametrize(
        ("change", "says"),
        [
            ({"moderation_on": None}, "Set the moderation day"),
            ({"moderation_on": TODAY + timedelta(days=1)}, "on that day or later"),
            ({"status": Cycle.Status.OPEN, "published_at": None}, "published"),
        ],
    )
    def test_is_refused_before_its_time(
        self, cycle: Cycle, month: dict[str, list[Audit]], psw: User, change: dict[str, object], says: str
    ) -> None:
        Cycle.objects.filter(pk=cycle.pk).update(**change)
        with pytest.raises(CycleError, match=says):
            drawn(cycle, psw)

    def test_of_nothing_is_refused(self, cycle: Cycle, psw: User) -> None:
        with pytest.raises(CycleError, match="No audit"):
            drawn(cycle, psw)

    def test_moves_no_day_once_it_is_made(self, cycle: Cycle, month: dict[str, list[Audit]], psw: User) -> None:
        drawing.set_day(cycle, day=TODAY, by=psw, at=NOW)
        drawn(cycle, psw)
        with pytest.raises(CycleError, match="drawn already"):
            drawing.set_day(cycle, day=TODAY + timedelta(days=3), by=psw, at=NOW)


class TestGivingOut:
    def test_is_even(self, cycle: Cycle, month: dict[str, list[Audit]], psw: User) -> None:
        Rules.objects.create(moderation_percent=50, reason="More this time.", changed_by=psw, changed_at=NOW)
        people = [moderator(f"Moderator {n}") for n in range(3)]
        drawn(cycle, psw)
        loads = [load.now for load in giving.loads(people).values()]
        assert sum(loads) == ModerationTask.objects.count() >= 10
        assert max(loads) - min(loads) <= 1

    def test_passes_over_who_is_away_or_near(
        self, cycle: Cycle, month: dict[str, list[Audit]], psw: User, old_hand: User
    ) -> None:
        away, here = moderator("Away"), moderator("Here")
        Absence.objects.create(user=away, starts=TODAY, ends=TODAY)
        near = UserFactory(job_role=JobRole.ADVANCED_PRACTITIONER, team=month["urgent"][0].team)
        drawn(cycle, psw)
        assert set(ModerationTask.objects.values_list("moderator", flat=True)) <= {here.pk, near.pk}
        assert ModerationTask.objects.get(audit=month["urgent"][0]).moderator == here

    def test_waits_in_sight_where_nobody_can(self, cycle: Cycle, month: dict[str, list[Audit]], psw: User) -> None:
        drawn(cycle, psw)
        assert of_month(cycle).waiting == ModerationTask.objects.count() > 0


class TestLate:
    def test_urgent_one_after_the_draw_is_moderated_and_marked(
        self, cycle: Cycle, month: dict[str, list[Audit]], psw: User, core_template: TemplateVersion, old_hand: User
    ) -> None:
        mo = moderator()
        drawn(cycle, psw)
        for grade, there in (("inadequate", True), ("outstanding", False)):
            late = came_in(core_template, old_hand, grade, days=5)
            drawing.after_step(late, "submit", by=old_hand, at=NOW + timedelta(days=5))
            task = ModerationTask.objects.filter(audit=late).first()
            assert (task is not None) is there
            assert task is None or (task.late, task.why, task.moderator) == (True, [Why.URGENT], mo)


class TestAgreement:
    def test_counts_the_random_sample_only(self, cycle: Cycle, month: dict[str, list[Audit]], psw: User) -> None:
        moderator()
        made = drawn(cycle, psw)
        assert of_month(cycle).agreed is None
        for task in ModerationTask.objects.filter(moderator__isnull=False).select_related("audit__template_version"):
            graded(task, "requires-improvement")
        agreed = of_month(cycle).agreed
        assert agreed is not None
        assert agreed.exact.of == len(made.result)
        assert agreed.kappa is None
