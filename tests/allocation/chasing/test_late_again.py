"""Somebody who was late before, where the chain above them ends, and the list of what is late."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from allocation.chasing.escalation import late_audits_for
from allocation.chasing.reminders import chase_due
from allocation.models import Chase
from audits.models import Audit, TemplateVersion
from people.models import OutgoingMail, User
from people.roles import JobRole
from tests.allocation.chasing.calendar_days import (
    BEFORE,
    DUE,
    LINE,
    NEXT,
    given,
    live_through,
    noon,
    oracle,
    sent,
    stages,
)
from tests.conftest import NOW
from tests.factories import UserFactory


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
