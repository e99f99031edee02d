"""Reminders and escalations on a frozen calendar, against an oracle that counts days on its fingers (E1–E3)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from allocation.changes import exemptions
from allocation.chasing.escalation import late_audits_for
from allocation.chasing.reminders import chase_due
from allocation.models import Chase, Handover
from audits.models import Audit, TemplateVersion
from people.holidays import ensure_holidays
from people.models import Holiday, OutgoingMail, User
from people.roles import JobRole
from tests.conftest import NOW
from tests.factories import AuditFactory, UserFactory

DUE = date(2026, 11, 20)  # a Friday
BEFORE, ON, LINE, NEXT = "before", "on_due_date", "line_manager", "next_manager"


def noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


def days_off(due: date) -> set[date]:
    """The oracle's own calendar: weekends and what the table of holidays says."""
    around = [due + timedelta(days=number) for number in range(-60, 61)]
    return {day for day in around if day.isoweekday() > 5} | set(Holiday.objects.values_list("day", flat=True))


def oracle(due: date) -> dict[str, date]:
    """When each stage falls, written out step by step."""
    off = days_off(due)

    def step(day: date, by: int, times: int) -> date:
        while times:
            day += timedelta(days=by)
            times -= day not in off
        return day

    reminder = due
    while reminder in off:
        reminder -= timedelta(days=1)
    return {BEFORE: step(due, -1, 3), ON: reminder, LINE: step(due, 1, 1), NEXT: step(due, 1, 5)}


def oracle_with(due: date, *extended: tuple[date, date]) -> list[tuple[str, date, date]]:
    """What goes out, with the due date it is about, where extensions are agreed (on a day after noon, until a date).

    Up to and on the day of an extension the date before it counts, afterwards the new one, whose reminders go out
    only after the day on which the auditor was told of it.
    """
    told, going = due - timedelta(days=18), []
    dates = [due, *(until for _, until in extended)]
    ends = [*(on for on, _ in extended), None]
    for until, end in zip(dates, ends, strict=True):
        for stage, day in oracle(until).items():
            in_time = day > told if stage in (BEFORE, ON) else True
            if in_time and (end is None or day <= end):
                going.append((stage, day, until))
        told = end or told
    return sorted(going, key=lambda each: each[1])


def sent() -> list[tuple[str, date, str]]:
    chases = Chase.objects.filter(superseded=False).order_by("handled_at", "pk").select_related("recipient")
    return [(chase.stage, chase.handled_at.date(), str(chase.recipient)) for chase in chases]


def stages(**kwargs: Any) -> list[str]:
    return list(Chase.objects.filter(**kwargs).order_by("due_on", "pk").values_list("stage", flat=True))


def live_through(first: date, last: date) -> None:
    """Look once a day at noon."""
    for number in range((last - first).days + 1):
        chase_due(at=noon(first + timedelta(days=number)))


@pytest.fixture(autouse=True)
def bank_holidays(db: None) -> None:
    ensure_holidays()


def given(template: TemplateVersion, auditor: User, due_on: date = DUE, **fields: Any) -> Audit:
    allocated = noon(due_on - timedelta(days=18))
    return AuditFactory(
        template_version=template,
        auditor=auditor,
        due_on=due_on,
        month=due_on.replace(day=1),
        **({"allocated_at": allocated} | fields),
    )


@pytest.fixture
def audit(core_template: TemplateVersion, auditor: User) -> Audit:
    """An audit by Ada Auditor, whose manager is Lin Manager, whose manager is Asa Director."""
    return given(core_template, auditor)


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


class TestExtension:
    """Chasing begins anew with the new date; what went out before stays on record."""

    FRIDAY = date(2026, 11, 27)  # a week more

    def extend(self, audit: Audit, until: date, *, on: date, by: User) -> None:
        """The auditor asks and gets it on a day at one o'clock, after the look at noon."""
        audit = Audit.objects.get(pk=audit.pk)
        at = noon(on) + timedelta(hours=1)
        asked = exemptions.ask_extension(
            audit, why="leave", reason="Away this week.", wanted_due_on=until, by=audit.auditor, at=at, today=on
        )
        exemptions.answer(asked, agreed=True, comment="", by=by, at=at, today=on)

    def went_out(self) -> list[tuple[str, date, date]]:
        chases = Chase.objects.filter(superseded=False).order_by("handled_at", "pk")
        return [(chase.stage, chase.handled_at.date(), chase.audit_due_on) for chase in chases]

    @pytest.mark.parametrize(
        "extended",
        [
            [],
            [(date(2026, 11, 11), FRIDAY)],  # before the reminder
            [(date(2026, 11, 17), FRIDAY)],  # on the day of the reminder
            [(date(2026, 11, 18), FRIDAY)],  # after the reminder
            [(DUE, date(2026, 11, 23))],  # on the due date, for one working day
            [(DUE, date(2026, 11, 24))],
            [(DUE, FRIDAY)],
            [(date(2026, 11, 21), date(2026, 11, 25))],  # at a weekend
            [(date(2026, 11, 23), FRIDAY)],  # when the line manager has been told
            [(date(2026, 11, 26), FRIDAY)],
            [(date(2026, 11, 11), date(2026, 11, 24)), (date(2026, 11, 19), FRIDAY)],
            [(date(2026, 11, 18), date(2026, 11, 23)), (date(2026, 11, 24), date(2026, 11, 26))],
            [
                (date(2026, 11, 20), date(2026, 11, 24)),
                (date(2026, 11, 24), date(2026, 11, 25)),
                (date(2026, 11, 26), FRIDAY),
            ],
        ],
    )
    def test_agrees_with_the_oracle(self, audit: Audit, auditor: User, extended: list[tuple[date, date]]) -> None:
        line_manager = auditor.line_manager
        assert line_manager is not None
        day = date(2026, 11, 2)
        for on, until in extended:
            live_through(day, on)
            self.extend(audit, until, on=on, by=line_manager)
            day = on + timedelta(days=1)
        live_through(day, date(2026, 12, 31))
        assert self.went_out() == oracle_with(DUE, *extended)
        assert not Chase.objects.filter(superseded=True).exists()

    def test_mails_each_stage_of_each_date_and_no_other(self, audit: Audit, auditor: User) -> None:
        line_manager = auditor.line_manager
        assert line_manager is not None
        live_through(date(2026, 11, 2), date(2026, 11, 23))
        self.extend(audit, self.FRIDAY, on=date(2026, 11, 23), by=line_manager)
        for _ in range(2):  # the second time looks back on days that were lived through
            live_through(date(2026, 11, 23), date(2026, 12, 31))
        mails = OutgoingMail.objects.exclude(kind__startswith="request_").order_by("queued_at", "pk")
        assert [(mail.kind, mail.queued_at.date()) for mail in mails] == [
            ("reminder_before", date(2026, 11, 17)),
            ("reminder_on_due_date", DUE),
            ("late_to_line_manager", date(2026, 11, 23)),
            ("late_to_auditor", date(2026, 11, 23)),
            ("reminder_before", date(2026, 11, 24)),
            ("reminder_on_due_date", self.FRIDAY),
            ("late_to_line_manager", date(2026, 11, 30)),
            ("late_to_auditor", date(2026, 11, 30)),
            ("late_to_next_manager", date(2026, 12, 4)),
            ("late_to_auditor", date(2026, 12, 4)),
        ]

    def test_leaves_the_earlier_miss_to_count_against_the_next_audit(
        self, core_template: TemplateVersion, audit: Audit, auditor: User
    ) -> None:
        line_manager = auditor.line_manager
        assert line_manager is not None
        live_through(date(2026, 11, 2), date(2026, 11, 23))
        self.extend(audit, self.FRIDAY, on=date(2026, 11, 23), by=line_manager)
        Audit.objects.filter(pk=audit.pk).update(
            status="with_team", submitted_at=noon(self.FRIDAY), part_b_due_on=self.FRIDAY
        )
        following = given(core_template, auditor, date(2026, 12, 18))
        live_through(date(2026, 12, 1), date(2026, 12, 31))
        told = Chase.objects.filter(audit=following, stage=NEXT).get()
        assert told.handled_at.date() == date(2026, 12, 21)

    def test_is_not_a_miss_of_its_own(self, core_template: TemplateVersion, audit: Audit, auditor: User) -> None:
        """Late again with the same audit is still one audit: the next manager is told in the usual time."""
        line_manager = auditor.line_manager
        assert line_manager is not None
        live_through(date(2026, 11, 2), date(2026, 11, 23))
        self.extend(audit, self.FRIDAY, on=date(2026, 11, 23), by=line_manager)
        live_through(date(2026, 11, 24), date(2026, 12, 31))
        assert self.went_out()[-1] == (NEXT, date(2026, 12, 4), self.FRIDAY)

    @pytest.mark.parametrize("answered", [None, False])
    def test_changes_nothing_unless_it_is_agreed(self, audit: Audit, auditor: User, answered: bool | None) -> None:
        line_manager = auditor.line_manager
        assert line_manager is not None
        day = date(2026, 11, 18)
        live_through(date(2026, 11, 2), day)
        asked = exemptions.ask_extension(
            audit, why="leave", reason="Away this week.", wanted_due_on=self.FRIDAY, by=auditor, at=noon(day), today=day
        )
        if answered is not None:
            exemptions.answer(
                asked, agreed=answered, comment="It is wanted now.", by=line_manager, at=noon(day), today=day
            )
        live_through(day, date(2026, 12, 31))
        assert self.went_out() == oracle_with(DUE)


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


class TestLateAgain:
    """The auditor was late with another audit in the last six months (source 000 §2.16)."""

    def late_before(self, template: TemplateVersion, auditor: User, due: date, **fields: Any) -> Audit:
        earlier = given(template, auditor, due, **fields)
        Chase.objects.create(
            audit=earlier,
            stage=LINE,
            due_on=oracle(due)[LINE],
            audit_due_on=due,
            recipient=auditor.line_manager,
            handled_at=NOW,
        )
        return earlier

    def last(self, audit: Audit) -> list[tuple[str, date]]:
        chases = Chase.objects.filter(audit=audit, superseded=False, stage__in=[LINE, NEXT]).order_by("pk")
        return [(chase.stage, chase.handled_at.date()) for chase in chases]

    def test_tells_the_next_manager_on_the_same_day(
        self, core_template: TemplateVersion, auditor: User, audit: Audit
    ) -> None:
        self.late_before(core_template, auditor, date(2026, 10, 30), status="withdrawn")
        Audit.objects.filter(status="withdrawn").update(status="in_progress")
        live_through(date(2026, 11, 2), date(2026, 12, 31))
        assert self.last(audit) == [(LINE, date(2026, 11, 23)), (NEXT, date(2026, 11, 23))]
        subject = OutgoingMail.objects.get(kind="late_to_next_manager", about=f"audit:{audit.reference}").subject
        assert subject == f"Audit {audit.reference} by Ada Auditor is late again"
        assert OutgoingMail.objects.filter(kind="late_to_auditor", about=f"audit:{audit.reference}").count() == 1

    @pytest.mark.parametrize(
        ("due", "again"), [(date(2026, 5, 22), True), (date(2026, 5, 20), False), (date(2026, 1, 30), False)]
    )
    def test_looks_back_six_months(
        self, core_template: TemplateVersion, auditor: User, audit: Audit, due: date, again: bool
    ) -> None:
        submitted = {"status": "with_team", "submitted_at": noon(due), "part_b_due_on": due}
        self.late_before(core_template, auditor, due, **submitted)
        live_through(date(2026, 11, 2), date(2026, 12, 31))
        assert self.last(audit)[1][1] == (date(2026, 11, 23) if again else date(2026, 11, 27))

    @pytest.mark.parametrize("status", ["exempt", "withdrawn"])
    def test_does_not_count_what_was_let_off(
        self, core_template: TemplateVersion, auditor: User, audit: Audit, status: str
    ) -> None:
        self.late_before(core_template, auditor, date(2026, 10, 30), status=status)
        live_through(date(2026, 11, 2), date(2026, 12, 31))
        assert self.last(audit)[1] == (NEXT, date(2026, 11, 27))

    def test_does_not_count_another_audit_due_on_the_same_day(
        self, core_template: TemplateVersion, auditor: User, audit: Audit
    ) -> None:
        twin = given(core_template, auditor)
        live_through(date(2026, 11, 2), date(2026, 12, 31))
        for each in (audit, twin):
            assert self.last(each)[1] == (NEXT, date(2026, 11, 27))

    def test_does_not_count_what_somebody_else_did(self, core_template: TemplateVersion, audit: Audit) -> None:
        self.late_before(core_template, UserFactory(line_manager=UserFactory()), date(2026, 10, 30))
        live_through(date(2026, 11, 2), date(2026, 12, 31))
        assert self.last(audit)[1] == (NEXT, date(2026, 11, 27))


class TestChainEndsAtAPerson:
    def test_falls_to_the_principal_social_worker_where_nobody_is_above(
        self, core_template: TemplateVersion, psw: User
    ) -> None:
        given(core_template, UserFactory(name="Solo"))
        live_through(date(2026, 11, 2), date(2026, 12, 31))
        assert [who for _, _, who in sent()] == ["Solo", "Solo", str(psw), str(psw)]

    def test_steps_over_a_manager_who_has_left(self, audit: Audit, auditor: User, psw: User) -> None:
        User.objects.filter(pk=auditor.line_manager_id).update(leave_date=date(2026, 11, 1))
        live_through(date(2026, 11, 2), date(2026, 12, 31))
        assert [who for _, _, who in sent()][2:] == ["Asa Director", str(psw)]

    def test_reminds_the_line_manager_where_the_auditor_has_left(self, audit: Audit, auditor: User) -> None:
        User.objects.filter(pk=auditor.pk).update(leave_date=date(2026, 11, 10))
        chase_due(at=noon(date(2026, 11, 17)))
        assert sent() == [(BEFORE, date(2026, 11, 17), "Lin Manager")]

    def test_ends_in_a_loop_too(self, core_template: TemplateVersion, psw: User) -> None:
        one, two = UserFactory(name="One"), UserFactory(name="Two")
        User.objects.filter(pk=one.pk).update(line_manager=two)
        User.objects.filter(pk=two.pk).update(line_manager=one)
        given(core_template, one)
        live_through(date(2026, 11, 2), date(2026, 12, 31))
        assert [who for _, _, who in sent()] == ["One", "One", "Two", str(psw)]

    def test_records_that_nobody_was_there_to_tell(self, core_template: TemplateVersion) -> None:
        given(core_template, UserFactory(name="Solo"))
        live_through(date(2026, 11, 2), date(2026, 12, 31))
        assert stages(superseded=True, recipient__isnull=True) == [LINE, NEXT]


class TestLateAuditsFor:
    today = date(2026, 11, 24)

    def test_shows_those_of_people_one_and_two_levels_below(
        self, audit: Audit, auditor: User, assistant_director: User, psw: User
    ) -> None:
        line_manager = auditor.line_manager
        assert line_manager is not None
        for manager in (line_manager, assistant_director, psw):
            assert list(late_audits_for(manager, today=self.today)) == [audit]
        for other in (auditor, UserFactory(job_role=JobRole.TEAM_MANAGER)):
            assert list(late_audits_for(other, today=self.today)) == []

    def test_shows_what_somebody_was_told_about_even_where_the_chain_is_longer(self, audit: Audit) -> None:
        told = UserFactory()
        Chase.objects.create(
            audit=audit, stage=NEXT, due_on=DUE, audit_due_on=audit.due_on, recipient=told, handled_at=NOW
        )
        assert list(late_audits_for(told, today=self.today)) == [audit]

    def test_shows_nothing_that_is_in_time_or_done(self, audit: Audit, psw: User) -> None:
        assert list(late_audits_for(psw, today=DUE)) == []
        Audit.objects.update(status="withdrawn")
        assert list(late_audits_for(psw, today=self.today)) == []
