"""An audit that goes to another auditor: who may take it, what stays, and who is told."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from allocation.changes import exemptions
from allocation.changes.handover import change_auditor, in_line, own_part
from allocation.chasing.escalation import was_late_before
from allocation.models import AuditRequest, Chase, Competency, Cycle, Handover, Swap
from allocation.month_lock import CycleError
from audits import answering, meetings
from audits.models import Audit, Case, Involvement
from people.models import Activity, OutgoingMail, User
from people.roles import JobRole
from tests.allocation.published import ask_exchange, audits_of, involve, publish
from tests.conftest import NOW, TODAY
from tests.factories import AuditFactory, UserFactory

REASON = "Ada has left the council"


@pytest.fixture
def published(cycle: Cycle, cases: list[Case], auditors: list[User], psw: User) -> Cycle:
    return publish(cycle, psw)


@pytest.fixture
def given(published: Cycle) -> Audit:
    return audits_of(published)[0]


def first_free(audit: Audit) -> User:
    return next(each.person for each in in_line(audit, today=TODAY) if not each.reasons)


def hand_over(audit: Audit, to: User, by: User, **changes: Any) -> Audit:
    wanted: dict[str, Any] = {"kind": Handover.Kind.REPLACEMENT, "reason": REASON, "at": NOW, "today": TODAY}
    return change_auditor(audit, to=to, by=by, **(wanted | changes))


class TestReplacement:
    def test_gives_the_audit_to_somebody_free_and_keeps_on_record_whose_it_was(self, given: Audit, psw: User) -> None:
        before, taker = given.auditor, first_free(given)
        after = hand_over(given, taker, psw)
        assert (after.auditor, after.due_on) == (taker, date(2026, 11, 30))
        handover = Handover.objects.get()
        assert (handover.from_auditor, handover.to_auditor, handover.reason) == (before, taker, REASON)
        detail = Activity.objects.get(verb="gave the audit to another auditor").detail
        assert detail == {"from": before.pk, "to": taker.pk, "kind": "replacement"}

    def test_tells_both_auditors_the_worker_and_the_manager(self, given: Audit, psw: User) -> None:
        OutgoingMail.objects.all().delete()
        before = given.auditor
        after = hand_over(given, first_free(given), psw)
        told = {(mail.kind, mail.recipient) for mail in OutgoingMail.objects.all()}
        assert told == {
            ("now_yours", after.auditor),
            ("no_longer_yours", before),
            ("auditor_changed", after.worker),
            ("auditor_changed", after.team_manager),
        }
        assert "due 30 November 2026" in OutgoingMail.objects.get(kind="now_yours").subject

    def test_calls_off_the_meeting_that_the_auditor_before_arranged(self, given: Audit, psw: User) -> None:
        what = meetings.Offer([datetime(2026, 11, 19, 10, tzinfo=UTC)], "virtual", "By video")
        meeting = meetings.offer(given, what, by=given.auditor, at=NOW, today=TODAY)
        hand_over(given, first_free(given), psw)
        meeting.refresh_from_db()
        assert (meeting.state, meeting.reason) == ("called_off", "The audit was given to another auditor.")
        told = OutgoingMail.objects.filter(kind="meeting_called_off")
        assert {mail.recipient for mail in told} == {given.auditor, given.worker}

    def test_writes_to_nobody_who_has_left(self, given: Audit, psw: User) -> None:
        User.objects.filter(pk=given.auditor_id).update(leave_date=TODAY)
        given.refresh_from_db()
        hand_over(given, first_free(given), psw)
        assert not OutgoingMail.objects.filter(kind="no_longer_yours").exists()

    def test_keeps_what_was_typed_for_the_new_auditor(self, given: Audit, psw: User) -> None:
        answering.save_page(
            given.reference, page="s2", content={"rationale": "Seen."}, base_revision=0, by=given.auditor, at=NOW
        )
        after = hand_over(given, first_free(given), psw)
        assert after.status == "in_progress"
        assert after.pages.get().content["rationale"] == "Seen."
        answering.save_page(
            given.reference, page="s2", content={"rationale": "Seen it."}, base_revision=1, by=after.auditor, at=NOW
        )

    def test_gives_a_fresh_due_date_where_the_old_one_is_over(self, given: Audit, psw: User) -> None:
        later = datetime(2026, 12, 3, 10, tzinfo=UTC)
        after = hand_over(given, first_free(given), psw, at=later, today=later.date())
        assert after.due_on == date(2026, 12, 17)

    def test_does_not_hold_the_delay_of_the_one_before_against_the_new_auditor(self, given: Audit, psw: User) -> None:
        before, told_on = given.auditor, datetime(2026, 12, 1, 9, tzinfo=UTC)
        stage = {"stage": "line_manager", "due_on": told_on.date(), "audit_due_on": given.due_on}
        Chase.objects.create(audit=given, recipient=psw, handled_at=told_on, **stage)

        def was_late(person: User) -> bool:
            return was_late_before(Audit(pk=0, auditor=person, due_on=date(2026, 12, 31)), holidays=frozenset())

        assert was_late(before)
        later = datetime(2026, 12, 3, 10, tzinfo=UTC)
        after = hand_over(given, first_free(given), psw, at=later, today=later.date())
        assert not was_late(after.auditor)

    def test_refuses_somebody_who_is_bound_to_the_case_and_says_how(self, given: Audit, psw: User) -> None:
        taker = first_free(given)
        involve(taker, given)
        with pytest.raises(CycleError, match=f"{taker} cannot take audit {given.reference}: was involved in this case"):
            hand_over(given, taker, psw)
        assert not Handover.objects.exists()

    def test_refuses_somebody_of_the_team_that_held_the_case_when_it_was_given_out(
        self, given: Audit, published: Cycle, psw: User
    ) -> None:
        taker = first_free(given)
        Audit.objects.filter(pk=given.pk).update(team=taker.team)
        with pytest.raises(CycleError, match="is in the team that held this case when it was given out"):
            hand_over(given, taker, psw)

    def test_refuses_those_outside_the_months_auditors(self, given: Audit, psw: User, worker: User) -> None:
        with pytest.raises(CycleError, match="is not expected to audit"):
            hand_over(given, worker, psw)
        taker = first_free(given)
        User.objects.filter(pk=taker.pk).update(monthly_quota=0)
        with pytest.raises(CycleError, match="has no places"):
            hand_over(given, taker, psw)

    def test_needs_a_reason(self, given: Audit, psw: User) -> None:
        with pytest.raises(CycleError, match="Give the reason for giving it to somebody else"):
            hand_over(given, first_free(given), psw, reason="left")

    def test_leaves_alone_what_is_submitted_or_set_aside(self, given: Audit, psw: User) -> None:
        Audit.objects.filter(pk=given.pk).update(status="withdrawn")
        with pytest.raises(CycleError, match="is withdrawn, so it cannot go to somebody else"):
            hand_over(given, first_free(given), psw)

    def test_needs_a_published_month(self, core_template: Any, psw: User, auditor: User) -> None:
        audit = AuditFactory(template_version=core_template)
        with pytest.raises(CycleError, match="belongs to no published month"):
            hand_over(audit, auditor, psw)

    def test_ends_requests_and_swaps_about_it(self, published: Cycle, psw: User) -> None:
        swap = ask_exchange(published)
        audit = swap.audit
        words = "I am on leave for the rest of the month"
        exemptions.ask_exemption(audit, why="leave", reason=words, by=audit.auditor, at=NOW, today=TODAY)
        hand_over(audit, first_free(audit), psw)
        assert Swap.objects.get().state == "lapsed"
        assert AuditRequest.objects.get().state == "overtaken"
        assert OutgoingMail.objects.get(kind="swap_lapsed").recipient == swap.peer
        line_manager = audit.auditor.line_manager
        assert OutgoingMail.objects.get(kind="request_overtaken").recipient == line_manager

    def test_brings_the_supervisor_of_somebody_who_is_still_learning(
        self, given: Audit, published: Cycle, psw: User
    ) -> None:
        taker = first_free(given)
        template = published.template_version.template
        others = [each.person for each in in_line(given, today=TODAY) if not each.reasons and each.person != taker]
        made = {"template": template, "begun_at": NOW}
        Competency.objects.create(user=others[0], state="signed_off", signed_off_by=psw, signed_off_at=NOW, **made)
        Competency.objects.create(user=taker, state="learning", supervisor=others[0], **made)
        after = hand_over(given, taker, psw)
        assert after.supervisor == others[0]
        assert OutgoingMail.objects.filter(kind="case_supervised", recipient=others[0]).count() == 1

    def test_tells_the_supervisor_who_went_along_with_whoever_had_it(
        self, given: Audit, published: Cycle, psw: User
    ) -> None:
        mentor, learner, other = [each.person for each in in_line(given, today=TODAY) if not each.reasons][:3]
        made = {"template": published.template_version.template, "begun_at": NOW}
        Competency.objects.create(user=mentor, state="signed_off", signed_off_by=psw, signed_off_at=NOW, **made)
        Competency.objects.create(user=learner, state="learning", supervisor=mentor, **made)
        after = hand_over(hand_over(given, learner, psw), other, psw)
        assert after.supervisor is None
        told = OutgoingMail.objects.get(kind="no_longer_supervised")
        assert (told.recipient, told.about) == (mentor, f"audit:{given.reference}")
        hand_over(hand_over(after, learner, psw), other, psw)
        kinds = OutgoingMail.objects.filter(recipient=mentor, kind__contains="supervised").order_by("pk")
        assert [mail.kind for mail in kinds] == ["case_supervised", "no_longer_supervised"] * 2

    def test_tells_a_supervisor_again_where_another_learner_of_theirs_has_it_now(
        self, given: Audit, published: Cycle, psw: User
    ) -> None:
        mentor, first, second = [each.person for each in in_line(given, today=TODAY) if not each.reasons][:3]
        made = {"template": published.template_version.template, "begun_at": NOW}
        Competency.objects.create(user=mentor, state="signed_off", signed_off_by=psw, signed_off_at=NOW, **made)
        for learner in (first, second):
            Competency.objects.create(user=learner, state="learning", supervisor=mentor, **made)
        hand_over(hand_over(given, first, psw), second, psw)
        told = OutgoingMail.objects.filter(kind="case_supervised", recipient=mentor).order_by("pk")
        assert [first.name in mail.subject for mail in told] == [True, False]
        assert [second.name in mail.subject for mail in told] == [False, True]


class TestSwapKind:
    def test_moves_only_what_nobody_has_begun(self, published: Cycle, psw: User) -> None:
        swap = ask_exchange(published)
        Audit.objects.filter(pk=swap.audit_id).update(status="in_progress")
        with pytest.raises(CycleError, match="Only audits that nobody has begun can be swapped"):
            hand_over(swap.audit, swap.peer, psw, kind=Handover.Kind.SWAP, swap=swap, reason="")

    def test_moves_nothing_after_the_due_date(self, published: Cycle, psw: User) -> None:
        swap = ask_exchange(published)
        with pytest.raises(CycleError, match="past its due date"):
            hand_over(swap.audit, swap.peer, psw, kind=Handover.Kind.SWAP, swap=swap, today=date(2026, 12, 1))


class TestOwnPart:
    def test_is_said_once_beside_the_tie_of_today(self, given: Audit) -> None:
        assert given.team_manager is not None
        found = own_part(given, given.team_manager)
        assert found == [
            "managed this case's team when it was given out",
            "is in the team that held this case when it was given out",
        ]
        assert own_part(given, given.team_manager, known=["is in the team that holds this case"]) == found[:1]

    def test_counts_for_a_supervisor_too(self, given: Audit) -> None:
        learner = UserFactory(job_role=JobRole.IRO)
        assert given.worker is not None
        assert own_part(given, learner, supervisor=given.worker)[0] == (
            f"has a supervisor, {given.worker}, who was the worker of this case when it was given out"
        )


class TestInLine:
    def test_has_the_free_first_and_never_the_auditor_so_far(self, given: Audit) -> None:
        line = in_line(given, today=TODAY)
        assert given.auditor not in [each.person for each in line]
        free = [not each.reasons for each in line]
        assert free == sorted(free, reverse=True)
        assert len(line) == 5

    def test_changes_when_somebody_becomes_involved(self, given: Audit) -> None:
        before = first_free(given)
        involve(before, given)
        assert first_free(given) != before
        assert Involvement.objects.count() == 1
