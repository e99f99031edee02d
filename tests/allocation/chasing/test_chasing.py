"""Reminders and escalations on a frozen calendar, against an oracle that counts days on its fingers (E1–E3)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from allocation.chasing.reminders import chase_due
from allocation.models import Handover
from audits.models import Audit, TemplateVersion
from people.models import Holiday, OutgoingMail, User
from tests.allocation.chasing.calendar_days import (
    BEFORE,
    DUE,
    LINE,
    NEXT,
    ON,
    given,
    live_through,
    noon,
    oracle,
    sent,
    stages,
)
from tests.factories import UserFactory


class TestOneLateAudit:
    def test_is_chased_at_every_stage_once(self, audit: Audit) -> None:
        live_through(date(2026, 11, 2), date(2026, 12, 31))
        assert sent() == [
            (BEFORE, date(2026, 11, 17), "Ada Auditor"),
            (ON, DUE, "Ada Auditor"),
            (LINE, date(2026, 11, 23), "Lin Manager"),
            (NEXT, date(2026, 11, 27), "Asa Director"),
        ]

    def test_tells_the_auditor_whenever_a_manager_is_told(self, audit: Audit) -> None:
        live_through(date(2026, 11, 2), date(2026, 12, 31))
        mails = OutgoingMail.objects.order_by("queued_at", "pk")
        assert [(mail.kind.removeprefix("late_to_"), mail.recipient.name) for mail in mails] == [
            ("reminder_before", "Ada Auditor"),
            ("reminder_on_due_date", "Ada Auditor"),
            ("line_manager", "Lin Manager"),
            ("auditor", "Ada Auditor"),
            ("next_manager", "Asa Director"),
            ("auditor", "Ada Auditor"),
        ]
        assert "Lin Manager, Asa Director" in mails.last().body  # type: ignore[union-attr]  # there are six

    def test_says_nothing_of_child_or_case(self, audit: Audit) -> None:
        live_through(date(2026, 11, 2), date(2026, 12, 31))
        assert OutgoingMail.objects.exists()
        for mail in OutgoingMail.objects.all():
            text = mail.subject + mail.body
            assert audit.reference in text
            assert audit.case.child_name not in text
            assert audit.case.reference not in text

    @pytest.mark.parametrize("status", ["exempt", "withdrawn", "with_team"])
    @pytest.mark.parametrize("day", [date(2026, 11, 16), date(2026, 11, 18), DUE, date(2026, 11, 24)])
    def test_is_left_alone_from_the_moment_it_is_done_or_let_off(self, audit: Audit, status: str, day: date) -> None:
        live_through(date(2026, 11, 2), day)
        so_far = sent()
        done = {"submitted_at": noon(day), "part_b_due_on": day} if status == "with_team" else {}
        Audit.objects.update(status=status, **done)
        live_through(day + timedelta(days=1), date(2026, 12, 31))
        assert sent() == so_far


class TestCalendar:
    @pytest.mark.parametrize(
        "due",
        [
            date(2026, 11, 18),
            date(2026, 11, 23),
            date(2026, 11, 30),
            date(2026, 12, 24),  # before Christmas
            date(2026, 12, 31),
            date(2027, 3, 25),  # before Easter
            date(2027, 3, 29),  # Easter Monday, a day off
            date(2026, 11, 21),  # a Saturday
            date(2026, 10, 26),  # the clocks have just gone back
            date(2028, 2, 29),
        ],
    )
    def test_agrees_with_the_oracle(self, core_template: TemplateVersion, auditor: User, due: date) -> None:
        given(core_template, auditor, due)
        live_through(due - timedelta(days=17), due + timedelta(days=20))
        expected = oracle(due)
        assert [(stage, day) for stage, day, _ in sent()] == list(expected.items())

    def test_counts_the_councils_closure_days(self, audit: Audit) -> None:
        Holiday.objects.create(day=date(2026, 11, 23), name="Closure", closure=True)
        live_through(date(2026, 11, 2), date(2026, 12, 31))
        assert [day for _, day, _ in sent()] == list(oracle(DUE).values())

    @pytest.mark.parametrize(
        ("at", "goes"),
        [
            (datetime(2026, 11, 17, 7, 59, tzinfo=UTC), False),
            (datetime(2026, 11, 17, 8, 0, tzinfo=UTC), True),
            (datetime(2026, 11, 17, 18, 59, tzinfo=UTC), True),
            (datetime(2026, 11, 17, 19, 0, tzinfo=UTC), False),
            (datetime(2026, 11, 21, 12, 0, tzinfo=UTC), False),  # a Saturday
            (datetime(2026, 12, 25, 12, 0, tzinfo=UTC), False),
        ],
    )
    def test_leaves_people_alone_out_of_hours(self, audit: Audit, at: datetime, goes: bool) -> None:
        assert bool(chase_due(at=at)) is goes

    @pytest.mark.parametrize(("hour", "goes"), [(6, False), (7, True), (17, True), (18, False)])
    def test_keeps_london_hours_in_summer(
        self, core_template: TemplateVersion, auditor: User, hour: int, goes: bool
    ) -> None:
        given(core_template, auditor, date(2026, 7, 17))
        assert bool(chase_due(at=datetime(2026, 7, 17, hour, 30, tzinfo=UTC))) is goes

    def test_does_not_remind_at_once_of_what_was_given_out_today(
        self, core_template: TemplateVersion, auditor: User
    ) -> None:
        given(core_template, auditor, allocated_at=noon(date(2026, 11, 18)))
        live_through(date(2026, 11, 18), date(2026, 11, 30))
        assert [stage for stage, _, _ in sent()] == [ON, LINE, NEXT]


class TestOutage:
    @pytest.mark.parametrize(
        ("back_on", "goes", "overtaken"),
        [
            (date(2026, 11, 18), [BEFORE], []),
            (DUE, [ON], [BEFORE]),
            (date(2026, 11, 23), [LINE], [BEFORE, ON]),
            (date(2026, 11, 30), [NEXT], [BEFORE, ON, LINE]),
            (date(2027, 1, 4), [NEXT], [BEFORE, ON, LINE]),
        ],
    )
    def test_collapses_to_the_latest_stage(
        self, audit: Audit, back_on: date, goes: list[str], overtaken: list[str]
    ) -> None:
        chase_due(at=noon(back_on))
        assert stages(superseded=False) == goes
        assert stages(superseded=True) == overtaken

    def test_still_tells_the_line_manager_when_only_the_next_one_is_due(self, audit: Audit) -> None:
        chase_due(at=noon(date(2026, 11, 30)))
        told = set(OutgoingMail.objects.values_list("kind", "recipient__name"))
        assert told == {
            ("late_to_line_manager", "Lin Manager"),
            ("late_to_next_manager", "Asa Director"),
            ("late_to_auditor", "Ada Auditor"),
        }

    def test_goes_on_as_usual_afterwards(self, audit: Audit) -> None:
        live_through(date(2026, 11, 23), date(2026, 12, 31))
        assert [(stage, day) for stage, day, _ in sent()] == [
            (LINE, date(2026, 11, 23)),
            (NEXT, date(2026, 11, 27)),
        ]


class TestHandedOver:
    def test_is_not_reminded_of_on_the_day_it_is_taken_over(
        self, core_template: TemplateVersion, audit: Audit, auditor: User
    ) -> None:
        other = UserFactory(name="Otis Other", line_manager=auditor.line_manager)
        day = date(2026, 11, 17)
        Handover.objects.create(
            audit=audit, from_auditor=auditor, to_auditor=other, kind="replacement", reason="Moved away.", at=noon(day)
        )
        Audit.objects.filter(pk=audit.pk).update(auditor=other)
        live_through(day, date(2026, 11, 23))
        assert sent() == [(ON, DUE, "Otis Other"), (LINE, date(2026, 11, 23), "Lin Manager")]


class TestRunningAgain:
    def test_sends_each_stage_once_however_often_it_runs(self, audit: Audit) -> None:
        for day in [date(2026, 11, 17), DUE, date(2026, 11, 23), date(2026, 11, 27)]:
            assert sum(chase_due(at=noon(day) + timedelta(minutes=number)) for number in range(20)) == 1
        assert len(sent()) == 4
        assert OutgoingMail.objects.count() == 6

    def test_asks_the_same_number_of_questions_for_many_audits_that_are_not_due(
        self, core_template: TemplateVersion, auditor: User, django_assert_num_queries: Any
    ) -> None:
        for number in range(12):
            given(core_template, auditor, date(2026, 11, 20), reference=f"2026-11-9{number:03d}")
        chase_due(at=noon(date(2026, 11, 17)))
        with django_assert_num_queries(3):
            assert chase_due(at=noon(date(2026, 11, 18))) == 0
