"""Exemptions and extensions: who asks, who answers, what it changes, and what stays as it was (P5, P6)."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from allocation.changes import exemptions, overtaken, replacing
from allocation.changes import request_reading as reading
from allocation.changes.setting_aside import set_aside
from allocation.eligibility import pool, rules
from allocation.models import AuditRequest, Chase, Cycle, RequestDecision
from allocation.month_lock import CycleError
from audits.models import Audit, Case, Involvement, StatusChange
from audits.workflow import move
from people.holidays import ensure_holidays
from people.models import Absence, Activity, Holiday, OutgoingMail, User
from people.roles import JobRole
from tests.allocation.published import ask_exchange, audits_of, publish
from tests.cast import submitted
from tests.conftest import NOW, TODAY
from tests.factories import AuditFactory, UserFactory

DUE = date(2026, 11, 30)  # a Monday
WEEK = date(2026, 12, 7)  # what a line manager may agree alone
LONGER = date(2026, 12, 8)
REASON = "Two of my team are away until December."
AWAY = "Back in December, please answer then."

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def bank_holidays(db: None) -> None:
    ensure_holidays()


@pytest.fixture
def line_manager(auditor: User) -> User:
    """Lin Manager, the auditor's."""
    assert auditor.line_manager is not None
    return auditor.line_manager


@pytest.fixture(autouse=True)
def programme(psw: User) -> User:
    return psw


def exemption(audit: Audit, why: str = "capacity", **changes: Any) -> AuditRequest:
    given = {"why": why, "reason": REASON, "by": audit.auditor, "at": NOW, "today": TODAY} | changes
    return exemptions.ask_exemption(audit, **given)


def extension(audit: Audit, until: date = WEEK, **changes: Any) -> AuditRequest:
    given = {"why": "leave", "reason": REASON, "by": audit.auditor, "at": NOW, "today": TODAY} | changes
    return exemptions.ask_extension(audit, wanted_due_on=until, **given)


def say(
    request: AuditRequest,
    by: User,
    agreed: bool = True,
    comment: str = "Please finish the others first.",
    **changes: Any,
) -> AuditRequest:
    given = {"at": NOW, "today": TODAY} | changes
    return exemptions.answer(request, agreed=agreed, comment=comment, by=by, **given)


def fresh(audit: Audit) -> Audit:
    return Audit.objects.get(pk=audit.pk)


def kinds_to(person: User) -> list[str]:
    mails = OutgoingMail.objects.filter(recipient=person, kind__startswith="request_").order_by("pk")
    return [mail.kind.removeprefix("request_") for mail in mails]


def decisions(request: AuditRequest) -> list[tuple[str, bool, str]]:
    return [(decision.stage, decision.agreed, decision.by.name) for decision in request.decisions.all()]


class TestAsking:
    def test_goes_to_the_line_manager_first(self, audit: Audit, line_manager: User, psw: User) -> None:
        request = exemption(audit)
        assert (request.state, request.line_manager) == ("line_manager", line_manager)
        assert kinds_to(line_manager) == ["to_line_manager"]
        assert kinds_to(psw) == []

    def test_changes_nothing_until_somebody_agrees(self, audit: Audit) -> None:
        exemption(audit)
        assert (fresh(audit).status, fresh(audit).due_on) == ("allocated", DUE)

    def test_goes_straight_to_the_programme_where_nobody_is_above(self, audit: Audit, psw: User) -> None:
        User.objects.filter(pk=audit.auditor_id).update(line_manager=None)
        audit = fresh(audit)
        request = exemption(audit)
        assert (request.state, request.line_manager) == ("programme", None)
        assert kinds_to(psw) == ["to_programme"]
        assert say(request, psw).state == "agreed"

    def test_goes_straight_to_a_line_manager_who_runs_the_programme(self, audit: Audit, psw: User) -> None:
        User.objects.filter(pk=audit.auditor_id).update(line_manager=psw)
        request = exemption(fresh(audit))
        assert (request.state, request.line_manager) == ("programme", None)

    def test_steps_over_a_line_manager_who_has_left(
        self, audit: Audit, line_manager: User, assistant_director: User
    ) -> None:
        User.objects.filter(pk=line_manager.pk).update(leave_date=TODAY)
        assert exemption(fresh(audit)).line_manager == assistant_director

    @pytest.mark.parametrize("by", ["line_manager", "psw", "worker", "team_manager"])
    def test_is_for_its_auditor_alone(self, audit: Audit, request: Any, by: str) -> None:
        with pytest.raises(CycleError, match="Only its auditor"):
            exemption(audit, by=request.getfixturevalue(by))

    def test_happens_once_at_a_time(self, audit: Audit) -> None:
        first = exemption(audit)
        with pytest.raises(CycleError, match="asked already"):
            extension(audit)
        exemptions.take_back(first, by=audit.auditor, at=NOW)
        assert extension(audit).is_open

    def test_is_held_to_one_at_a_time_by_the_database(self, audit: Audit) -> None:
        request = exemption(audit)
        request.pk = None
        with pytest.raises(IntegrityError, match="one_open_request_per_audit"), transaction.atomic():
            request.save(force_insert=True)

    @pytest.mark.parametrize("step", ["withdraw", "exempt"])
    def test_is_over_when_the_audit_is(self, audit: Audit, psw: User, step: str) -> None:
        move(audit, step, by=psw, at=NOW, reason="The case has moved away.")
        with pytest.raises(CycleError, match="nothing to ask for"):
            exemption(fresh(audit))

    def test_is_over_when_the_audit_is_submitted(self, audit: Audit) -> None:
        submitted(audit, at=NOW, today=TODAY)
        with pytest.raises(CycleError, match="nothing to ask for"):
            exemption(fresh(audit))

    @pytest.mark.parametrize(("reason", "field"), [("", "reason"), ("  Away.  ", "reason")])
    def test_needs_a_reason_that_says_something(self, audit: Audit, reason: str, field: str) -> None:
        with pytest.raises(CycleError) as refused:
            exemption(audit, reason=reason)
        assert refused.value.field == field

    def test_needs_a_reason_from_the_list(self, audit: Audit) -> None:
        with pytest.raises(CycleError) as refused:
            exemption(audit, why="because")
        assert refused.value.field == "why"

    def test_offers_no_more_time_to_somebody_who_knows_the_family(self, audit: Audit) -> None:
        with pytest.raises(CycleError) as refused:
            extension(audit, why="known")
        assert refused.value.field == "kind"

    @pytest.mark.parametrize(
        ("until", "words"),
        [
            (DUE, "after 30 November 2026"),
            (date(2026, 11, 27), "after 30 November 2026"),
            (date(2026, 12, 5), "working day"),  # a Saturday
            (date(2026, 12, 25), "working day"),
        ],
    )
    def test_refuses_a_date_that_cannot_be(self, audit: Audit, until: date, words: str) -> None:
        with pytest.raises(CycleError, match=words) as refused:
            extension(audit, until)
        assert refused.value.field == "wanted_due_on"

    @pytest.mark.parametrize(("due_on", "latest"), [(DUE, date(2027, 2, 26)), (date(2026, 6, 30), date(2027, 2, 10))])
    def test_reaches_three_months_from_the_due_date_or_from_today(
        self, audit: Audit, due_on: date, latest: date
    ) -> None:
        Audit.objects.filter(pk=audit.pk).update(due_on=due_on)
        with pytest.raises(CycleError, match=r"more than 3 months after .* Check the year\."):
            extension(fresh(audit), latest + timedelta(days=3))
        assert extension(fresh(audit), latest).wanted_due_on == latest

    @pytest.mark.parametrize(("until", "allowed"), [(TODAY, False), (TODAY + timedelta(days=1), True)])
    def test_refuses_a_date_that_is_not_after_today(self, audit: Audit, until: date, allowed: bool) -> None:
        Audit.objects.filter(pk=audit.pk).update(due_on=date(2026, 11, 3))
        if allowed:
            assert extension(fresh(audit), until).wanted_due_on == until
        else:
            with pytest.raises(CycleError, match="after today"):
                extension(fresh(audit), until)

    def test_refuses_a_date_on_which_the_auditor_has_left(self, audit: Audit) -> None:
        User.objects.filter(pk=audit.auditor_id).update(leave_date=WEEK)
        audit = fresh(audit)
        with pytest.raises(
            CycleError, match=f"{audit.auditor} leaves on .*, so the new date must be before that."
        ) as no:
            extension(audit, WEEK)
        assert no.value.field == "wanted_due_on"
        User.objects.filter(pk=audit.auditor_id).update(leave_date=WEEK + timedelta(days=1))
        assert extension(fresh(audit), WEEK).wanted_due_on == WEEK

    def test_counts_the_councils_closure_days(self, audit: Audit) -> None:
        Holiday.objects.create(day=WEEK, name="Closure", closure=True)
        with pytest.raises(CycleError, match="working day"):
            extension(audit, WEEK)

    def test_says_nothing_of_the_reason_in_mail_or_activity(self, audit: Audit, line_manager: User, psw: User) -> None:
        say(say(exemption(audit, why="sickness"), line_manager), psw)
        written = [mail.subject + mail.body for mail in OutgoingMail.objects.all()]
        written += [str(row.detail) + row.verb for row in Activity.objects.all()]
        written += StatusChange.objects.values_list("reason", flat=True)
        assert len(written) == 7
        assert not [text for text in written if REASON in text or "ickness" in text or audit.case.child_name in text]


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


class TestTakingBack:
    @pytest.mark.parametrize("after_yes", [False, True])
    def test_ends_it_at_either_stage(self, audit: Audit, line_manager: User, after_yes: bool) -> None:
        request = exemption(audit)
        if after_yes:
            request = say(request, line_manager)
        request = exemptions.take_back(request, by=audit.auditor, at=NOW)
        assert (request.state, request.settled_at, fresh(audit).status) == ("withdrawn", NOW, "allocated")

    def test_is_for_the_one_who_asked(self, audit: Audit, line_manager: User) -> None:
        with pytest.raises(CycleError, match="Only the person who asked"):
            exemptions.take_back(exemption(audit), by=line_manager, at=NOW)

    def test_comes_too_late_after_the_answer(self, audit: Audit, line_manager: User) -> None:
        request = exemption(audit)
        say(request, line_manager, agreed=False)
        with pytest.raises(CycleError, match="Lin Manager has already said no to this request"):
            exemptions.take_back(request, by=audit.auditor, at=NOW)


class TestSettledByThePortal:
    def test_ends_what_is_open_and_nothing_else(self, audit: Audit, line_manager: User) -> None:
        say(exemption(audit), line_manager, agreed=False)
        request = extension(fresh(audit))
        assert overtaken.settle_requests(audit, by=None, at=NOW) == 1
        assert overtaken.settle_requests(audit, by=None, at=NOW) == 0
        assert sorted(AuditRequest.objects.values_list("pk", "state")) == [
            (request.pk - 1, "refused"),
            (request.pk, "overtaken"),
        ]

    def test_ends_with_the_submission_and_tells_who_was_to_answer(self, audit: Audit, line_manager: User) -> None:
        request = exemption(audit)
        submitted(audit, at=NOW, today=TODAY)
        request.refresh_from_db()
        assert (request.state, request.settled_at) == ("overtaken", NOW)
        assert kinds_to(line_manager) == ["to_line_manager", "overtaken"]
        assert reading.standing(request)[1] == "No longer needed"

    def test_stands_or_falls_with_the_submission(self, audit: Audit, line_manager: User) -> None:
        """One transaction: a submission that fails after its step leaves the request open, and tells nobody."""
        request = exemption(audit)
        with suppress(RuntimeError), transaction.atomic():
            submitted(audit, at=NOW, today=TODAY)
            assert AuditRequest.objects.get(pk=request.pk).state == "overtaken"
            raise RuntimeError
        assert AuditRequest.objects.get(pk=request.pk).is_open
        assert kinds_to(line_manager) == ["to_line_manager"]

    @pytest.mark.parametrize("step", ["exempt", "withdraw"])
    def test_ends_when_the_audit_is_set_aside_and_tells_everybody_but_who_did_it(
        self, audit: Audit, line_manager: User, psw: User, step: str
    ) -> None:
        second = UserFactory(name="Second Programme", job_role=JobRole.PRINCIPAL_SOCIAL_WORKER)
        request = say(exemption(audit), line_manager)
        set_aside(fresh(audit), step, reason="The case has moved away.", by=psw, at=NOW, today=TODAY)
        assert AuditRequest.objects.get(pk=request.pk).state == "overtaken"
        assert [kinds_to(second)[-1], kinds_to(psw)[-1]] == ["overtaken", "to_programme"]
        assert kinds_to(line_manager)[-1] == "to_line_manager"  # who has answered already

    def test_is_not_overtaken_by_its_own_exemption(self, audit: Audit, line_manager: User, psw: User) -> None:
        request = say(say(exemption(audit), line_manager), psw)
        assert (request.state, fresh(audit).status) == ("agreed", "exempt")
        assert not OutgoingMail.objects.filter(kind="request_overtaken").exists()

    def test_what_the_auditor_before_asked_does_not_stand_in_the_way(self, audit: Audit) -> None:
        exemption(audit)
        other = UserFactory(job_role=JobRole.TEAM_MANAGER)
        Audit.objects.filter(pk=audit.pk).update(auditor=other)
        assert extension(fresh(audit)).asked_by == other


SITUATIONS: dict[str, Callable[[AuditRequest, User, User], None]] = {}


def situation(make: Callable[[AuditRequest, User, User], None]) -> Callable[[AuditRequest, User, User], None]:
    SITUATIONS[make.__name__] = make
    return make


@situation
def asked(request: AuditRequest, line_manager: User, psw: User) -> None:
    """Nobody has answered."""


@situation
def manager_away(request: AuditRequest, line_manager: User, psw: User) -> None:
    Absence.objects.create(user=line_manager, starts=TODAY, ends=TODAY)


@situation
def manager_said_yes(request: AuditRequest, line_manager: User, psw: User) -> None:
    say(request, line_manager)


@situation
def refused(request: AuditRequest, line_manager: User, psw: User) -> None:
    say(request, line_manager, agreed=False)


@situation
def agreed(request: AuditRequest, line_manager: User, psw: User) -> None:
    say(say(request, line_manager), psw)


@situation
def taken_back(request: AuditRequest, line_manager: User, psw: User) -> None:
    exemptions.take_back(request, by=request.asked_by, at=NOW)


@situation
def audit_submitted(request: AuditRequest, line_manager: User, psw: User) -> None:
    submitted(request.audit, at=NOW, today=TODAY)


@situation
def audit_withdrawn(request: AuditRequest, line_manager: User, psw: User) -> None:
    move(request.audit, "withdraw", by=psw, at=NOW, reason="The case has moved away.")


@situation
def audit_handed_over(request: AuditRequest, line_manager: User, psw: User) -> None:
    Audit.objects.filter(pk=request.audit_id).update(auditor=UserFactory(job_role=JobRole.TEAM_MANAGER))


ACTS: dict[str, Callable[[AuditRequest, User], Any]] = {
    "say yes": lambda request, by: say(request, by),
    "say no": lambda request, by: say(request, by, agreed=False),
    "take back": lambda request, by: exemptions.take_back(request, by=by, at=NOW),
    "ask again": lambda request, by: extension(fresh(request.audit), by=by),
}
PEOPLE = ("auditor", "line_manager", "psw", "assistant_director", "team_manager", "worker")
ANSWERS = ("say yes", "say no")
ALLOWED: dict[str, set[tuple[str, str]]] = {
    "asked": {("line_manager", act) for act in ANSWERS} | {("auditor", "take back")},
    "manager_away": {(who, act) for who in ("line_manager", "psw") for act in ANSWERS} | {("auditor", "take back")},
    "manager_said_yes": {("psw", act) for act in ANSWERS} | {("auditor", "take back")},
    "refused": {("auditor", "ask again")},
    "agreed": set(),
    "taken_back": {("auditor", "ask again")},
    "audit_submitted": set(),
    "audit_withdrawn": set(),
    "audit_handed_over": {("auditor", "take back")},  # not by the portal's own handover, which settles it
}


class TestWhoMayDoWhat:
    @pytest.mark.parametrize("name", SITUATIONS)
    def test_is_as_the_table_says(self, audit: Audit, line_manager: User, psw: User, name: str, request: Any) -> None:
        asked_for = exemption(audit)
        SITUATIONS[name](asked_for, line_manager, psw)
        people = {who: User.objects.get(pk=request.getfixturevalue(who).pk) for who in PEOPLE}
        done = set()
        for who, person in people.items():
            for act, do in ACTS.items():
                found = AuditRequest.objects.get(pk=asked_for.pk)
                with transaction.atomic():
                    with suppress(CycleError):
                        do(found, person)
                        done.add((who, act))
                    transaction.set_rollback(True)
        assert done == ALLOWED[name]

    @pytest.mark.parametrize("name", SITUATIONS)
    def test_is_what_pages_and_lists_offer(
        self, audit: Audit, line_manager: User, psw: User, name: str, request: Any
    ) -> None:
        asked_for = exemption(audit)
        SITUATIONS[name](asked_for, line_manager, psw)
        people = {who: User.objects.get(pk=request.getfixturevalue(who).pk) for who in PEOPLE}
        expected = {who for who, act in ALLOWED[name] if act == "say yes"}
        found = AuditRequest.objects.get(pk=asked_for.pk)
        assert {who for who, person in people.items() if exemptions.may_answer(found, person, today=TODAY)} == expected
        listed = {
            who for who, person in people.items() if exemptions.requests_waiting_for(person, today=TODAY).exists()
        }
        assert listed == expected
        assert {person.pk for person in exemptions.who_answers(found, today=TODAY)} == {
            people[who].pk for who in expected
        }

    def test_nobody_answers_a_request_of_their_own(self, audit: Audit, psw: User) -> None:
        Audit.objects.filter(pk=audit.pk).update(auditor=psw)
        request = exemption(fresh(audit))
        with pytest.raises(CycleError, match="of their own"):
            say(request, psw)
        assert not exemptions.requests_waiting_for(psw, today=TODAY).exists()
        assert exemptions.who_answers(request, today=TODAY) == []
        second = UserFactory(name="Second Programme", job_role=JobRole.PRINCIPAL_SOCIAL_WORKER)
        assert say(request, second).state == "agreed"


class TestRecord:
    def test_of_an_answer_cannot_be_changed_or_deleted(self, audit: Audit, line_manager: User) -> None:
        say(exemption(audit), line_manager)
        decision = RequestDecision.objects.get()
        for spoil in (decision.delete, lambda: RequestDecision.objects.update(agreed=False)):
            with pytest.raises(Exception, match="append_only"), transaction.atomic():
                spoil()

    def test_names_what_each_did(self, audit: Audit, line_manager: User, psw: User) -> None:
        say(say(exemption(audit), line_manager), psw)
        rows = Activity.objects.filter(target=f"audit:{audit.reference}").order_by("pk")
        assert [(row.verb, str(row.by)) for row in rows] == [
            ("asked for an exemption", "Ada Auditor"),
            ("agreed to a request", "Lin Manager"),
            ("agreed to a request", "Petra Programme"),
        ]


class TestCounts:
    def test_tell_reasons_apart_and_add_up(
        self, core_template: Any, auditor: User, line_manager: User, psw: User
    ) -> None:
        def new() -> Audit:
            return AuditFactory(template_version=core_template, auditor=auditor)

        say(say(exemption(new(), why="sickness"), line_manager), psw)
        say(exemption(new(), why="sickness"), line_manager, agreed=False)
        exemption(new(), why="sickness")
        say(extension(new(), why="leave"), line_manager)
        exemptions.take_back(extension(new(), why="leave"), by=auditor, at=NOW)
        over = new()
        extension(over, why="other")
        Audit.objects.filter(pk=over.pk).update(status="withdrawn")
        exemption(AuditFactory(template_version=core_template, auditor=auditor, month=date(2026, 12, 1)), why="other")
        counts = exemptions.counts_by_why(date(2026, 11, 10))
        shown = [(row.why, row.asked, row.agreed, row.refused, row.waiting, row.withdrawn) for row in counts]
        assert shown == [("sickness", 3, 1, 1, 1, 0), ("leave", 2, 1, 0, 0, 1), ("other", 1, 0, 0, 0, 1)]
        assert all(row.asked == row.agreed + row.refused + row.waiting + row.withdrawn for row in counts)
        assert [row.words for row in counts] == ["Sickness", "Annual leave", "Another reason"]
        assert [row.why for row in exemptions.counts_by_why(date(2026, 11, 1), kind="extension")] == ["leave", "other"]

    def test_say_how_often_the_case_was_given_to_somebody_else(
        self, cycle: Cycle, cases: list[Case], auditors: list[User], psw: User
    ) -> None:
        published = publish(cycle, psw)
        for audit in audits_of(published)[:2]:
            say(exemption(audit, why="capacity"), psw if audit.auditor.line_manager is None else self.above(audit))
        for request in AuditRequest.objects.filter(state="programme"):
            say(request, psw)
        first = audits_of(published)[0]
        replacing.give_again(first, reason="Nobody else has it", by=psw, at=NOW, today=TODAY)
        (row,) = exemptions.counts_by_why(published.month)
        assert (row.agreed, row.given_again) == (2, 1)

    @staticmethod
    def above(audit: Audit) -> User:
        assert audit.auditor.line_manager is not None
        return audit.auditor.line_manager

    def test_of_a_month_without_requests_are_none(self) -> None:
        assert exemptions.counts_by_why(date(2026, 11, 1)) == []
