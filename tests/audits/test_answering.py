"""Save what is typed; submit the whole."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.http import Http404

from audits import answering, part_b, submitting
from audits.models import Audit, PageAnswers, SectionGrade, SmartAction, Status
from audits.permissions import may_answer_as_manager
from audits.smart_actions import ActionError, change, complete, remove
from audits.workflow import WorkflowError, move
from people.models import OutgoingMail, User
from tests.cast import add_action, answered, fill_in, submitted
from tests.conftest import NOW, TODAY

pytestmark = pytest.mark.django_db


def save(audit: Audit, page: str, content: dict[str, object], base: int = 0, by: User | None = None) -> answering.Saved:
    return answering.save_page(
        audit.reference, page=page, content=content, base_revision=base, by=by or audit.auditor, at=NOW
    )


class TestSavePage:
    def test_keeps_unfinished_and_impossible_text(self, audit: Audit) -> None:
        save(audit, "meeting", {"met": "yes", "met_on_day": "31", "met_on_month": "2", "met_on_year": "soon"})
        stored = PageAnswers.objects.get(audit=audit, page="meeting").content
        assert (stored["met_on_day"], stored["met_on_month"], stored["met_on_year"]) == ("31", "2", "soon")

    def test_begins_the_audit_with_the_first_save(self, audit: Audit) -> None:
        save(audit, "s1", {"rationale": "a"})
        audit.refresh_from_db()
        assert audit.status == Status.IN_PROGRESS

    def test_tells_a_stale_save_what_is_stored(self, audit: Audit) -> None:
        save(audit, "s1", {"rationale": "first tab"})
        with pytest.raises(answering.PageConflict) as conflict:
            save(audit, "s1", {"rationale": "second tab"}, base=0)
        assert conflict.value.stored.content["rationale"] == "first tab"
        assert PageAnswers.objects.get(audit=audit).content["rationale"] == "first tab"

    def test_answers_a_repeated_save_as_saved(self, audit: Audit) -> None:
        first = save(audit, "s1", {"rationale": "same"})
        assert save(audit, "s1", {"rationale": "same"}, base=0).revision == first.revision

    def test_keeps_every_saved_state_as_history(self, audit: Audit) -> None:
        for number, text in enumerate(["one", "two", "three"]):
            save(audit, "s1", {"rationale": text}, base=number)
        history = PageAnswers.pgh_event_model.objects.filter(audit=audit, page="s1").order_by("pgh_id")  # type: ignore[attr-defined]
        assert [event.content["rationale"] for event in history] == ["one", "two", "three"]

    def test_drops_what_does_not_belong_on_the_page(self, audit: Audit) -> None:
        content = {
            "answers": {"S1-01": "yes", "S2-01": "yes", "S1-02": "perhaps"},
            "grade": "superb",
            "status": "closed",
        }
        assert save(audit, "s1", content).content == {
            "answers": {"S1-01": "yes"},
            "grade": "",
            "rationale": "",
            "set_aside": "",
        }

    def test_takes_half_a_character_for_a_question_mark(self, audit: Audit) -> None:
        assert save(audit, "s1", {"rationale": "a\ud83d"}).content["rationale"] == "a?"

    def test_takes_out_nul_and_keeps_the_rest(self, audit: Audit) -> None:
        assert (
            save(audit, "s1", {"rationale": "a\x00b\r\nc 👩‍👧 \u202eעברית"}).content["rationale"]
            == "ab\nc 👩‍👧 \u202eעברית"
        )

    def test_is_not_for_anybody_else(self, audit: Audit, worker: User, psw: User, administrator: User) -> None:
        for person in (worker, psw):
            with pytest.raises(answering.NotWritable):
                save(audit, "s1", {"rationale": "x"}, by=person)
        with pytest.raises(Http404):
            save(audit, "s1", {"rationale": "x"}, by=administrator)

    def test_ends_with_the_submission(self, audit: Audit) -> None:
        submitted(audit, at=NOW, today=TODAY)
        with pytest.raises(answering.NotWritable):
            save(audit, "s1", {"rationale": "later"}, base=1)


class TestSubmit:
    def test_lists_what_is_missing(self, audit: Audit) -> None:
        save(audit, "s1", {"answers": {"S1-01": "yes"}})
        with pytest.raises(submitting.NotReady) as refused:
            submitting.submit(audit, by=audit.auditor, at=NOW, today=TODAY)
        messages = [problem.message for problem in refused.value.problems if problem.page == "s1"]
        assert messages == [
            "Answer every standard: 11 of 12 still to do",
            "Choose a grade for this section",
            "Write why you chose this grade",
        ]

    def test_locks_the_audit_and_hands_it_to_the_team(self, audit: Audit) -> None:
        done = submitted(audit, at=NOW, today=TODAY)
        assert (done.status, done.submitted_at, done.part_b_due_on) == (Status.WITH_TEAM, NOW, date(2026, 11, 24))
        assert SectionGrade.objects.filter(audit=audit, grade__code="good").count() == 9
        assert SectionGrade.objects.get(audit=audit, section__code="s1").yes == 12

    def test_refuses_a_good_grade_where_outcomes_are_not_met(self, audit: Audit) -> None:
        fill_in(audit, grade="good", outcomes="not_met", at=NOW, today=TODAY)
        with pytest.raises(submitting.NotReady) as refused:
            submitting.submit(audit, by=audit.auditor, at=NOW, today=TODAY)
        assert [problem.name for problem in refused.value.problems] == ["grade"]
        assert "neither met nor on the way" in refused.value.problems[0].message

    def test_asks_for_an_immediate_action_when_urgent(self, audit: Audit) -> None:
        fill_in(audit, grade="inadequate", outcomes="not_met", at=NOW, today=TODAY)
        audit.smart_actions.all().delete()
        with pytest.raises(submitting.NotReady) as refused:
            submitting.submit(audit, by=audit.auditor, at=NOW, today=TODAY)
        assert "needed at once" in refused.value.problems[0].message

    def test_queues_urgent_mail_to_worker_manager_and_head_of_service(
        self, audit: Audit, worker: User, team_manager: User, head_of_service: User
    ) -> None:
        submitted(audit, grade="inadequate", outcomes="not_met", at=NOW, today=TODAY)
        mails = OutgoingMail.objects.filter(kind="urgent")
        assert {mail.recipient for mail in mails} == {worker, team_manager, head_of_service}
        assert all(mail.urgent for mail in mails)

    def test_gives_one_working_day_for_part_b_when_urgent(self, audit: Audit) -> None:
        done = submitted(audit, grade="inadequate", outcomes="not_met", at=NOW, today=TODAY)
        assert done.part_b_due_on == date(2026, 11, 11)

    def test_puts_no_name_grade_or_finding_into_mail(self, audit: Audit) -> None:
        submitted(audit, grade="inadequate", outcomes="not_met", at=NOW, today=TODAY)
        for mail in OutgoingMail.objects.all():
            text = f"{mail.subject}\n{mail.body}".lower()
            assert audit.case.child_name.lower() not in text
            assert audit.case.reference.lower() not in text
            assert "inadequate" not in text
            assert audit.reference in text

    def test_writes_no_mail_where_it_fails(self, audit: Audit) -> None:
        with pytest.raises(submitting.NotReady):
            submitting.submit(audit, by=audit.auditor, at=NOW, today=TODAY)
        assert not OutgoingMail.objects.exists()

    def test_happens_once(self, audit: Audit) -> None:
        submitted(audit, at=NOW, today=TODAY)
        with pytest.raises(answering.NotWritable):
            submitting.submit(audit, by=audit.auditor, at=NOW, today=TODAY)
        assert OutgoingMail.objects.filter(kind="submitted").count() == 2


class TestAfterSubmitting:
    def test_part_b_without_actions_closes_the_audit(self, audit: Audit) -> None:
        done = submitted(audit, at=NOW, today=TODAY)
        assert answered(done, at=NOW, today=TODAY).status == Status.CLOSED

    def test_part_b_with_open_actions_waits_for_them(self, audit: Audit) -> None:
        done = submitted(audit, grade="requires-improvement", at=NOW, today=TODAY)
        assert answered(done, at=NOW, today=TODAY).status == Status.ACTIONS

    def test_the_last_action_closes_the_audit(self, audit: Audit, worker: User) -> None:
        done = submitted(audit, grade="requires-improvement", at=NOW, today=TODAY)
        answered(done, at=NOW, today=TODAY)
        complete(done.smart_actions.get(), evidence="Visits are booked and kept.", by=worker, at=NOW, today=TODAY)
        done.refresh_from_db()
        assert (done.status, done.closed_at) == (Status.CLOSED, NOW)

    def test_actions_cannot_be_added_any_more(self, audit: Audit) -> None:
        submitted(audit, at=NOW, today=TODAY)
        with pytest.raises(ActionError):
            add_action(audit, at=NOW, today=TODAY)

    def test_the_head_of_service_stands_in_where_the_team_has_no_manager(
        self, audit: Audit, head_of_service: User, worker: User
    ) -> None:
        Audit.objects.filter(pk=audit.pk).update(team_manager=None)
        done = submitted(audit, at=NOW, today=TODAY)
        part_b.sign_as_manager(
            done, comment="Fair.", supervision_on=TODAY, responses={}, by=head_of_service, at=NOW, today=TODAY
        )
        part_b.sign_as_worker(done, comment="Yes.", by=worker, at=NOW, today=TODAY)
        done.refresh_from_db()
        assert done.status == Status.CLOSED

    def test_nobody_stands_in_for_a_manager_who_is_there(self, audit: Audit, head_of_service: User, psw: User) -> None:
        done = submitted(audit, at=NOW, today=TODAY)
        assert not any(may_answer_as_manager(done, person) for person in (head_of_service, psw))

    def test_goes_on_when_the_worker_leaves_before_signing(
        self, audit: Audit, team_manager: User, worker: User
    ) -> None:
        done = submitted(audit, at=NOW, today=TODAY)
        part_b.sign_as_manager(
            done, comment="Fair.", supervision_on=TODAY, responses={}, by=team_manager, at=NOW, today=TODAY
        )
        assert part_b.settle(at=NOW, today=TODAY) == 0
        User.objects.filter(pk=worker.pk).update(leave_date=TODAY)
        assert part_b.settle(at=NOW, today=TODAY) == 1
        done.refresh_from_db()
        assert done.status == Status.CLOSED

    def test_a_supervision_before_it_is_refused(self, audit: Audit, team_manager: User) -> None:
        done = submitted(audit, at=NOW, today=TODAY)
        earlier = TODAY - timedelta(days=1)
        with pytest.raises(part_b.PartBError, match="before the audit was submitted"):
            part_b.sign_as_manager(
                done, comment="Fair.", supervision_on=earlier, responses={}, by=team_manager, at=NOW, today=TODAY
            )

    def test_an_action_removed_in_another_window_stays_removed(self, audit: Audit) -> None:
        action = add_action(audit, at=NOW, today=TODAY)
        stale = SmartAction.objects.get(pk=action.pk)
        remove(action, by=audit.auditor)
        with pytest.raises(ActionError):
            change(
                stale,
                outcome="a",
                how="b",
                owner=stale.owner,
                due_on=TODAY,
                agreed_with_worker=True,
                immediate=False,
                by=audit.auditor,
                today=TODAY,
            )
        assert not SmartAction.objects.exists()

    def test_nobody_withdraws_it(self, audit: Audit, psw: User) -> None:
        submitted(audit, at=NOW, today=TODAY)
        with pytest.raises(WorkflowError):
            move(audit, "withdraw", by=psw, at=NOW, reason="case closed")
