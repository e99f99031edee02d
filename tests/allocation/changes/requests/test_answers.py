"""What line manager and principal social worker answer, and what follows."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from allocation.changes import exemptions, replacing
from allocation.eligibility import pool, rules
from allocation.models import AuditRequest, Chase, Cycle, RequestDecision
from allocation.month_lock import CycleError
from audits.models import Audit, Case, Involvement
from people.models import Absence, OutgoingMail, User
from tests.allocation.changes.requests.asking import (
    DUE,
    LONGER,
    WEEK,
    decisions,
    exemption,
    extension,
    fresh,
    kinds_to,
    say,
)
from tests.allocation.published import ask_exchange, audits_of, publish
from tests.conftest import NOW, TODAY

pytestmark = pytest.mark.django_db


class TestExemption:
    def test_is_agreed_by_line_manager_and_then_by_the_programme(
        self, audit: Audit, line_manager: User, psw: User
    ) -> None:
        request = say(exemption(audit), line_manager)
        assert (request.state, fresh(audit).status) == ("programme", "allocated")
        assert kinds_to(psw) == ["to_programme"]
        assert kinds_to(audit.auditor) == []
        request = say(request, psw, comment="")
        assert (request.state, request.settled_at) == ("agreed", NOW)
        assert fresh(audit).status == "exempt"
        assert kinds_to(audit.auditor) == ["agreed"]
        assert decisions(request) == [("line_manager", True, "Lin Manager"), ("programme", True, "Petra Programme")]

    def test_is_a_step_of_the_audit_with_the_person_who_agreed(
        self, audit: Audit, line_manager: User, psw: User
    ) -> None:
        say(say(exemption(audit), line_manager), psw)
        change = audit.status_changes.get(step="exempt")
        assert (change.by, change.at) == (psw, NOW)

    def test_records_that_the_auditor_knows_the_family(self, audit: Audit, line_manager: User, psw: User) -> None:
        say(say(exemption(audit, why="known"), line_manager), psw)
        known = Involvement.objects.get(case=audit.case)
        assert (known.user, known.role, known.team, known.starts) == (audit.auditor, "declared", None, None)

    def test_records_it_once(self, audit: Audit, line_manager: User, psw: User) -> None:
        Involvement.objects.create(case=audit.case, user=audit.auditor, role="declared")
        say(say(exemption(audit, why="known"), line_manager), psw)
        assert Involvement.objects.count() == 1

    @pytest.mark.parametrize("why", [why for why in AuditRequest.Why.values if why != "known"])
    def test_records_nothing_of_the_family_for_any_other_reason(
        self, audit: Audit, line_manager: User, psw: User, why: str
    ) -> None:
        say(say(exemption(audit, why=why), line_manager), psw)
        assert not Involvement.objects.exists()

    def test_keeps_the_case_from_whoever_knows_the_family_in_later_draws(
        self, audit: Audit, line_manager: User, psw: User, core_template: Any
    ) -> None:
        cycle = Cycle.objects.create(
            month=date(2026, 12, 1), template_version=core_template, due_on=date(2026, 12, 18), opened_at=NOW
        )
        before = pool.why_not(cycle, audit.case, audit.auditor, today=TODAY)
        say(say(exemption(audit, why="known"), line_manager), psw)
        after = set(pool.why_not(cycle, audit.case, audit.auditor, today=TODAY)) - set(before)
        assert "Was involved in this case" in after

    def test_does_not_count_as_missed(self, audit: Audit, line_manager: User, psw: User) -> None:
        say(say(exemption(audit), line_manager), psw)
        assert not Audit.objects.overdue(date(2027, 1, 1)).exists()

    def test_lets_the_portal_have_the_case_audited_by_somebody_else(
        self, cycle: Cycle, cases: list[Case], auditors: list[User], psw: User
    ) -> None:
        given = audits_of(publish(cycle, psw))[0]
        assert given.auditor.line_manager is not None
        say(say(exemption(given), given.auditor.line_manager), psw)
        instead = replacing.give_again(fresh(given), reason="Somebody has to do it", by=psw, at=NOW, today=TODAY)
        assert (instead.case, instead.status, fresh(given).status) == (given.case, "allocated", "exempt")
        assert instead.auditor not in {given.auditor, given.team_manager}

    def test_ends_the_swaps_asked_about_the_audit(
        self, cycle: Cycle, cases: list[Case], auditors: list[User], psw: User
    ) -> None:
        swap = ask_exchange(publish(cycle, psw))
        assert swap.their_audit is not None
        assert swap.peer.line_manager is not None
        say(say(exemption(swap.their_audit), swap.peer.line_manager), psw)
        swap.refresh_from_db()
        assert (swap.state, swap.answered_at) == ("lapsed", NOW)


class TestExtension:
    def test_of_a_week_is_the_line_managers_to_agree(self, audit: Audit, line_manager: User, psw: User) -> None:
        request = say(extension(audit, WEEK), line_manager)
        assert (request.state, fresh(audit).due_on) == ("agreed", WEEK)
        assert (kinds_to(audit.auditor), kinds_to(psw)) == (["agreed"], ["extended"])
        mail = OutgoingMail.objects.get(kind="request_agreed")
        assert "now due on 7 December 2026" in mail.body

    def test_of_a_day_longer_goes_on_to_the_programme(self, audit: Audit, line_manager: User, psw: User) -> None:
        request = say(extension(audit, LONGER), line_manager)
        assert (request.state, fresh(audit).due_on) == ("programme", DUE)
        request = say(request, psw)
        assert (request.state, fresh(audit).due_on) == ("agreed", LONGER)
        assert kinds_to(psw) == ["to_programme"]

    def test_is_as_long_as_the_rules_say(self, audit: Audit, line_manager: User, psw: User) -> None:
        rules.change(extension_days=1, reason="Shorter months from now on.", by=psw, at=NOW)
        assert say(extension(audit, date(2026, 12, 2)), line_manager).state == "programme"

    def test_is_counted_from_the_first_due_date(self, audit: Audit, line_manager: User) -> None:
        say(extension(audit, date(2026, 12, 4)), line_manager)
        assert say(extension(fresh(audit), LONGER), line_manager).state == "programme"

    def test_after_another_within_the_week_is_still_the_line_managers(self, audit: Audit, line_manager: User) -> None:
        say(extension(audit, date(2026, 12, 4)), line_manager)
        assert say(extension(fresh(audit), WEEK), line_manager).state == "agreed"
        assert fresh(audit).due_on == WEEK

    def test_leaves_the_miss_before_it_on_record(self, audit: Audit, line_manager: User) -> None:
        Audit.objects.filter(pk=audit.pk).update(due_on=date(2026, 11, 6))
        missed = Chase.objects.create(
            audit=audit,
            stage="line_manager",
            due_on=date(2026, 11, 9),
            audit_due_on=date(2026, 11, 6),
            recipient=line_manager,
            handled_at=NOW,
        )
        say(extension(fresh(audit), date(2026, 11, 13)), line_manager)
        assert list(Chase.objects.all()) == [missed]

    def test_cannot_be_agreed_once_its_date_has_come(self, audit: Audit, line_manager: User) -> None:
        request = extension(audit, WEEK)
        with pytest.raises(CycleError, match="after today"):
            say(request, line_manager, today=WEEK)
        assert say(request, line_manager, agreed=False, today=WEEK).state == "refused"
        assert fresh(audit).due_on == DUE


class TestNo:
    @pytest.mark.parametrize("stage", ["line_manager", "programme"])
    def test_settles_it_at_either_stage(self, audit: Audit, line_manager: User, psw: User, stage: str) -> None:
        request = exemption(audit)
        if stage == "programme":
            request = say(request, line_manager)
        request = say(request, psw if stage == "programme" else line_manager, agreed=False)
        assert (request.state, request.settled_at, fresh(audit).status) == ("refused", NOW, "allocated")
        assert kinds_to(audit.auditor) == ["refused"]

    @pytest.mark.parametrize("comment", ["", "   ", "No."])
    def test_needs_a_comment(self, audit: Audit, line_manager: User, comment: str) -> None:
        request = exemption(audit)
        with pytest.raises(CycleError) as refused:
            say(request, line_manager, agreed=False, comment=comment)
        assert refused.value.field == "comment"
        assert not RequestDecision.objects.exists()

    def test_leaves_room_to_ask_again(self, audit: Audit, line_manager: User) -> None:
        say(exemption(audit), line_manager, agreed=False)
        assert extension(fresh(audit)).is_open


class TestInTheLineManagersPlace:
    def away(self, line_manager: User) -> None:
        Absence.objects.create(user=line_manager, starts=TODAY, ends=TODAY + timedelta(days=3))

    def left(self, line_manager: User) -> None:
        User.objects.filter(pk=line_manager.pk).update(leave_date=TODAY)

    def switched_off(self, line_manager: User) -> None:
        User.objects.filter(pk=line_manager.pk).update(is_active=False)

    @pytest.mark.parametrize("gone", ["away", "left", "switched_off"])
    def test_the_programme_answers_once_for_both(self, audit: Audit, line_manager: User, psw: User, gone: str) -> None:
        request = exemption(audit)
        assert not exemptions.may_answer(request, psw, today=TODAY)
        getattr(self, gone)(line_manager)
        request = AuditRequest.objects.get()
        assert exemptions.may_answer(request, psw, today=TODAY)
        request = say(request, psw)
        assert (request.state, fresh(audit).status) == ("agreed", "exempt")
        assert decisions(request) == [("line_manager", True, "Petra Programme"), ("programme", True, "Petra Programme")]

    def test_a_no_is_recorded_once(self, audit: Audit, line_manager: User, psw: User) -> None:
        self.away(line_manager)
        request = say(exemption(audit), psw, agreed=False)
        assert decisions(request) == [("line_manager", False, "Petra Programme")]

    def test_a_short_extension_needs_no_mail_to_oneself(self, audit: Audit, line_manager: User, psw: User) -> None:
        self.away(line_manager)
        request = say(extension(audit), psw)
        assert decisions(request) == [("line_manager", True, "Petra Programme")]
        assert kinds_to(psw) == ["to_programme"]

    def test_both_are_told_where_the_line_manager_is_away_already(
        self, audit: Audit, line_manager: User, psw: User
    ) -> None:
        self.away(line_manager)
        request = exemption(audit)
        assert (kinds_to(line_manager), kinds_to(psw)) == (["to_line_manager"], ["to_programme"])
        assert exemptions.who_answers(request, today=TODAY) == [line_manager, psw]
        assert say(request, line_manager).state == "programme"

    def test_it_is_the_line_managers_again_once_they_are_back(
        self, audit: Audit, line_manager: User, psw: User
    ) -> None:
        self.away(line_manager)
        request = exemption(audit)
        back = TODAY + timedelta(days=4)
        assert not exemptions.may_answer(request, psw, today=back)
        assert exemptions.who_answers(request, today=back) == [line_manager]
