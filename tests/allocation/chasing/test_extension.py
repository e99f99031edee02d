"""Chasing of audits whose due date was put off."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from allocation.changes import exemptions
from allocation.models import Chase
from audits.models import Audit, TemplateVersion
from people.models import OutgoingMail, User
from tests.allocation.chasing.calendar_days import DUE, NEXT, given, live_through, noon, oracle_with


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
