"""Part B: drafts, signing, responses to findings and actions, sent back with a comment (S2)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from audits.after import part_b, part_b_due, part_b_record
from audits.models import (
    ActionStep,
    Audit,
    FindingResponse,
    PartB,
    PartBReturn,
    Side,
    SmartAction,
    Status,
    StatusChange,
)
from people.models import OutgoingMail, User
from people.roles import JobRole
from tests.cast import add_action, answered, fill_in, submitted
from tests.conftest import NOW, TODAY
from tests.factories import UserFactory

pytestmark = pytest.mark.usefixtures("today")
BACK = "Say what you will do about the chronology."


@pytest.fixture
def weak(audit: Audit) -> Audit:
    """A submitted audit that requires improvement, with one action that is not needed at once."""
    return submitted(audit, grade="requires-improvement", at=NOW, today=TODAY)


def sign_worker(audit: Audit, **more: object) -> PartB:
    assert audit.worker is not None
    values = {"comment": "I agree with most of it.", "by": audit.worker, "at": NOW, "today": TODAY, **more}
    return part_b.sign_as_worker(audit, **values)  # type: ignore[arg-type]


def sign_manager(audit: Audit, **more: object) -> PartB:
    findings = dict.fromkeys(part_b.must_answer(audit), "We know.")
    values = {
        "comment": "Fair.",
        "supervision_on": TODAY,
        "responses": dict.fromkeys(audit.smart_actions.values_list("number", flat=True), "We will."),
        "findings": findings,
        "by": audit.team_manager,
        "at": NOW,
        "today": TODAY,
    }
    return part_b.sign_as_manager(audit, **{**values, **more})  # type: ignore[arg-type]


def back(audit: Audit, side: Side, by: User, comment: str = BACK, today: date = TODAY) -> PartBReturn:
    return part_b.send_back(PartB.objects.get(audit=audit), side=side, comment=comment, by=by, at=NOW, today=today)


def now(audit: Audit) -> Audit:
    return Audit.objects.select_related("part_b").get(pk=audit.pk)


class TestDue:
    @pytest.mark.parametrize(
        ("urgent", "at_once", "day"),
        [(False, False, date(2026, 11, 24)), (True, False, date(2026, 11, 11)), (False, True, date(2026, 11, 11))],
    )
    def test_is_ten_working_days_or_one(self, db: None, urgent: bool, at_once: bool, day: date) -> None:
        assert part_b_due.due(urgent=urgent, at_once=at_once, today=TODAY) == day

    def test_is_sooner_where_an_action_is_needed_at_once_though_the_grade_is_not_urgent(self, audit: Audit) -> None:
        fill_in(audit, at=NOW, today=TODAY)
        add_action(audit, immediate=True, at=NOW, today=TODAY)
        from audits import submitting

        done = submitting.submit(audit, by=audit.auditor, at=NOW, today=TODAY)
        assert done.part_b_due_on == date(2026, 11, 11)
        assert part_b_due.why_short(done) == part_b_due.AT_ONCE

    def test_says_that_the_grade_is_why(self, audit: Audit) -> None:
        done = submitted(audit, grade="inadequate", outcomes="not_met", at=NOW, today=TODAY)
        assert part_b_due.why_short(done) == part_b_due.URGENT

    def test_again_passes_over_weekends_and_is_never_sooner_than_it_was(self, weak: Audit) -> None:
        assert part_b_due.due_again(weak, today=TODAY) == date(2026, 11, 24)
        assert part_b_due.due_again(weak, today=date(2026, 11, 20)) == date(2026, 11, 27)

    def test_again_is_as_short_as_the_first_time_where_that_was_short(self, audit: Audit) -> None:
        done = submitted(audit, grade="inadequate", outcomes="not_met", at=NOW, today=TODAY)
        assert part_b_due.due_again(done, today=date(2026, 11, 13)) == date(2026, 11, 16)


class TestFindings:
    def test_are_the_overall_grade_and_every_graded_section(self, weak: Audit) -> None:
        found = part_b_record.graded(weak)
        assert set(found) == {"overall", *weak.section_grades.values_list("section__code", flat=True)}

    def test_that_are_not_good_have_to_be_answered_by_the_manager(self, weak: Audit) -> None:
        with pytest.raises(part_b.PartBError) as refused:
            sign_manager(weak, findings={"overall": "Yes."})
        assert (refused.value.field or "").startswith("finding_")
        assert not FindingResponse.objects.exists()

    def test_that_are_good_need_no_answer(self, audit: Audit) -> None:
        done = submitted(audit, at=NOW, today=TODAY)
        assert part_b.must_answer(done) == []
        assert sign_manager(done, findings={}).manager_signed_at == NOW

    def test_follow_the_grade_as_it_stands(self, weak: Audit) -> None:
        good = weak.template_version.scale.grades.get(code="good")
        Audit.objects.filter(pk=weak.pk).update(final_grade=good)
        assert "overall" not in part_b.must_answer(now(weak))

    def test_and_actions_are_answered_by_the_worker_as_they_like(self, weak: Audit) -> None:
        sign_worker(weak, findings={"overall": "I see it so too.", "nonsense": "x"}, responses={1: "I can do that."})
        said = dict(FindingResponse.objects.filter(side=Side.WORKER).values_list("code", "text"))
        assert said == {"overall": "I see it so too.", "action-1": "I can do that."}


class TestSigning:
    def test_by_both_takes_the_audit_on(self, weak: Audit) -> None:
        sign_worker(weak)
        assert now(weak).status == Status.WITH_TEAM
        sign_manager(weak)
        assert now(weak).status == Status.ACTIONS

    def test_keeps_what_the_manager_wrote_to_each_finding(self, weak: Audit) -> None:
        sign_manager(weak)
        assert set(FindingResponse.objects.values_list("code", flat=True)) == set(part_b.must_answer(weak))

    @pytest.mark.parametrize("status", [Status.DISPUTED, Status.MEDIATION])
    def test_waits_while_a_disagreement_is_settled(self, weak: Audit, status: Status) -> None:
        Audit.objects.filter(pk=weak.pk).update(status=status)
        for sign in (sign_worker, sign_manager):
            with pytest.raises(part_b.PartBError, match="disagreement"):
                sign(weak)

    def test_is_for_the_side_it_belongs_to(self, weak: Audit, psw: User) -> None:
        for by in (psw, weak.auditor, weak.team_manager):
            with pytest.raises(part_b.PartBError, match="Only the worker"):
                sign_worker(weak, by=by)

    def test_is_for_a_stand_in_once_the_manager_is_leaving(self, weak: Audit, head_of_service: User) -> None:
        with pytest.raises(part_b.PartBError, match="Only the team manager"):
            sign_manager(weak, by=head_of_service)
        User.objects.filter(pk=weak.team_manager_id).update(leave_date=TODAY)
        weak = Audit.objects.select_related("team_manager", "worker").get(pk=weak.pk)
        assert sign_manager(weak, by=head_of_service).manager_signed_by == head_of_service


class TestDrafts:
    def save(self, audit: Audit, typed: dict[str, str], base: int, by: User | None = None) -> object:
        who = by or audit.worker
        assert who is not None
        return part_b.save_draft(audit, side=Side.WORKER, typed=typed, base_revision=base, by=who, at=NOW)

    def test_are_saved_without_signing(self, weak: Audit) -> None:
        self.save(weak, {"comment": "Half a sen"}, 0)
        record = now(weak).part_b
        assert record.worker_signed_at is None
        assert part_b.draft_of(record, Side.WORKER).typed == {"comment": "Half a sen"}
        assert part_b.draft_of(record, Side.MANAGER).typed == {}

    def test_of_two_windows_are_put_together(self, weak: Audit) -> None:
        self.save(weak, {"comment": "From one."}, 0)
        saved = self.save(weak, {"comment": "", "finding_overall": "From the other."}, 0)
        assert saved.taken == {"comment": "From one."}  # type: ignore[attr-defined]
        stored = part_b.draft_of(now(weak).part_b, Side.WORKER).typed
        assert stored == {"comment": "From one.", "finding_overall": "From the other."}

    def test_that_clash_keep_the_first_until_one_is_chosen(self, weak: Audit) -> None:
        self.save(weak, {"comment": "One."}, 0)
        saved = self.save(weak, {"comment": "Two."}, 0)
        assert saved.clashes == {"comment": ("Two.", "One.")}  # type: ignore[attr-defined]
        assert part_b.draft_of(now(weak).part_b, Side.WORKER).typed["comment"] == "One."
        self.save(weak, {"comment": "Two."}, saved.draft.revision)  # type: ignore[attr-defined]
        assert part_b.draft_of(now(weak).part_b, Side.WORKER).typed["comment"] == "Two."

    def test_can_be_emptied(self, weak: Audit) -> None:
        saved = self.save(weak, {"comment": "One."}, 0)
        self.save(weak, {"comment": ""}, saved.draft.revision)  # type: ignore[attr-defined]
        assert part_b.draft_of(now(weak).part_b, Side.WORKER).typed == {}

    def test_are_nobody_elses_to_write(self, weak: Audit) -> None:
        with pytest.raises(part_b.PartBError, match="somebody else"):
            self.save(weak, {"comment": "No."}, 0, by=weak.team_manager)

    def test_go_on_while_a_disagreement_is_settled(self, weak: Audit) -> None:
        Audit.objects.filter(pk=weak.pk).update(status=Status.DISPUTED)
        self.save(weak, {"comment": "Still here."}, 0)
        assert part_b.draft_of(now(weak).part_b, Side.WORKER).typed == {"comment": "Still here."}

    def test_end_with_the_signature(self, weak: Audit) -> None:
        self.save(weak, {"comment": "I agree."}, 0)
        sign_worker(weak)
        assert part_b.draft_of(now(weak).part_b, Side.WORKER).typed == {}
        with pytest.raises(part_b.PartBError, match="signed"):
            self.save(weak, {"comment": "More."}, 0)


class TestSendingBack:
    def test_of_the_workers_part_by_the_manager_opens_it_with_what_was_signed(
        self, weak: Audit, worker: User, team_manager: User
    ) -> None:
        sign_worker(weak, findings={"overall": "So it is."}, responses={1: "I will."})
        made = back(weak, Side.WORKER, team_manager)
        record = now(weak).part_b
        assert (made.round, record.round, record.worker_signed_at, record.worker_comment) == (1, 2, None, "")
        assert made.signed["comment"] == "I agree with most of it."
        assert made.signed["responses"] == {"overall": "So it is."}
        assert part_b.draft_of(record, Side.WORKER).typed == {
            "comment": "I agree with most of it.",
            "finding_overall": "So it is.",
            "response_1": "I will.",
        }
        assert not FindingResponse.objects.exists()

    def test_tells_who_writes_again_and_says_nothing_of_what_was_said(
        self, weak: Audit, worker: User, team_manager: User
    ) -> None:
        sign_worker(weak)
        back(weak, Side.WORKER, team_manager)
        mail = OutgoingMail.objects.get(kind="part_b_back")
        assert mail.recipient == worker
        assert BACK not in mail.body
        assert weak.reference in mail.subject

    def test_of_the_managers_part_by_the_worker_keeps_day_and_responses(
        self, weak: Audit, worker: User, team_manager: User
    ) -> None:
        sign_manager(weak)
        made = back(weak, Side.MANAGER, worker)
        assert made.signed["supervision_on"] == "2026-11-10"
        assert made.signed["actions"] == {"1": "We will."}
        assert SmartAction.objects.get(audit=weak).response == ""
        draft = part_b.draft_of(now(weak).part_b, Side.MANAGER).typed
        assert (draft["supervision_on_day"], draft["response_1"]) == ("10", "We will.")

    @pytest.mark.parametrize("who", ["auditor", "psw"])
    def test_after_both_signed_brings_the_audit_back_to_the_team(
        self, weak: Audit, psw: User, auditor: User, who: str
    ) -> None:
        answered(weak, at=NOW, today=TODAY)
        later = TODAY + timedelta(days=20)
        back(weak, Side.MANAGER, {"auditor": auditor, "psw": psw}[who], today=later)
        again = now(weak)
        assert (again.status, again.part_b_due_on) == (Status.WITH_TEAM, date(2026, 12, 7))
        assert StatusChange.objects.filter(audit=weak, step="send back").count() == 1
        sign_manager(again, today=later, supervision_on=later)
        assert now(weak).status == Status.ACTIONS

    def test_of_both_sides_counts_two_rounds(self, weak: Audit, psw: User) -> None:
        answered(weak, at=NOW, today=TODAY)
        back(weak, Side.WORKER, psw)
        back(weak, Side.MANAGER, psw)
        assert now(weak).part_b.round == 3
        assert list(PartBReturn.objects.values_list("round", "side")) == [(1, "worker"), (2, "manager")]

    def test_by_the_other_side_ends_once_both_have_signed(self, weak: Audit, worker: User) -> None:
        answered(weak, at=NOW, today=TODAY)
        with pytest.raises(part_b.PartBError, match="auditor"):
            back(weak, Side.MANAGER, worker)

    def test_is_nobodys_with_their_own_part(self, weak: Audit, worker: User) -> None:
        sign_worker(weak)
        with pytest.raises(part_b.PartBError, match="yourself"):
            back(weak, Side.WORKER, worker)

    def test_needs_a_comment(self, weak: Audit, team_manager: User) -> None:
        sign_worker(weak)
        with pytest.raises(part_b.PartBError) as refused:
            back(weak, Side.WORKER, team_manager, comment="  no ")
        assert refused.value.field == "comment"

    def test_needs_a_signature(self, weak: Audit, team_manager: User) -> None:
        with pytest.raises(part_b.PartBError, match="not signed"):
            back(weak, Side.WORKER, team_manager)

    @pytest.mark.parametrize("status", [Status.DISPUTED, Status.MEDIATION])
    def test_waits_while_a_disagreement_is_settled(self, weak: Audit, team_manager: User, status: Status) -> None:
        sign_worker(weak)
        Audit.objects.filter(pk=weak.pk).update(status=status)
        with pytest.raises(part_b.PartBError, match="disagreement"):
            back(weak, Side.WORKER, team_manager)

    def test_is_over_once_the_audit_is_closed(self, audit: Audit, psw: User) -> None:
        done = answered(submitted(audit, at=NOW, today=TODAY), at=NOW, today=TODAY)
        with pytest.raises(part_b.PartBError, match="finished"):
            back(done, Side.WORKER, psw)

    def test_of_a_worker_who_left_is_refused(self, weak: Audit, worker: User, psw: User) -> None:
        answered(weak, at=NOW, today=TODAY)
        User.objects.filter(pk=worker.pk).update(leave_date=TODAY)
        with pytest.raises(part_b.PartBError, match="left"):
            back(weak, Side.WORKER, psw)

    def test_to_a_worker_who_leaves_then_does_not_hold_the_audit_up(self, weak: Audit, worker: User, psw: User) -> None:
        answered(weak, at=NOW, today=TODAY)
        back(weak, Side.WORKER, psw)
        User.objects.filter(pk=worker.pk).update(leave_date=TODAY)
        assert part_b.settle(at=NOW, today=TODAY) == 1
        assert now(weak).status == Status.ACTIONS

    def test_of_a_manager_who_left_goes_to_the_head_of_service(
        self, weak: Audit, team_manager: User, head_of_service: User, psw: User
    ) -> None:
        answered(weak, at=NOW, today=TODAY)
        User.objects.filter(pk=team_manager.pk).update(leave_date=TODAY)
        back(weak, Side.MANAGER, psw)
        assert OutgoingMail.objects.get(kind="part_b_back").recipient == head_of_service

    def test_leaves_what_was_done_to_the_actions(self, weak: Audit, psw: User, worker: User) -> None:
        from audits.after.following_actions import complete

        answered(weak, at=NOW, today=TODAY)
        complete(weak.smart_actions.get(), evidence="Visits are booked.", by=worker, at=NOW, today=TODAY)
        back(weak, Side.WORKER, psw)
        assert SmartAction.objects.get(audit=weak).done_on == TODAY
        assert ActionStep.objects.count() == 1


class TestWaiting:
    def test_names_what_each_has_to_sign(self, weak: Audit, worker: User, team_manager: User, psw: User) -> None:
        for person, count in ((worker, 1), (team_manager, 1), (psw, 0), (weak.auditor, 0)):
            with CaptureQueriesContext(connection) as asked:
                assert len(part_b.waiting_for(person, today=TODAY)) == count, person
            assert len(asked) == 1

    def test_says_what_came_back(self, weak: Audit, worker: User, team_manager: User) -> None:
        sign_worker(weak)
        assert part_b.waiting_for(worker, today=TODAY) == []
        back(weak, Side.WORKER, team_manager)
        [mine], [theirs] = (part_b.waiting_for(each, today=TODAY) for each in (worker, team_manager))
        assert (mine.sent_back, theirs.sent_back) == (True, False)  # type: ignore[attr-defined]

    def test_names_stand_ins_where_the_manager_is_leaving(self, weak: Audit, head_of_service: User) -> None:
        assert part_b.waiting_for(head_of_service, today=TODAY) == []
        User.objects.filter(pk=weak.team_manager_id).update(leave_date=TODAY)
        assert len(part_b.waiting_for(head_of_service, today=TODAY)) == 1
        other = UserFactory(job_role=JobRole.HEAD_OF_SERVICE)
        assert part_b.waiting_for(other, today=TODAY) == []
