"""Save what is typed; submit the whole."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from audits import answering, part_b, submitting
from audits.models import Audit, PageAnswers, SectionGrade, SmartAction, StaleDraft, Status
from audits.pages import prefilled
from audits.permissions import may_answer_as_manager
from audits.smart_actions import ActionError, change, complete, remove
from audits.workflow import WorkflowError, move
from people.models import OutgoingMail, User
from tests.cast import add_action, answered, fill_in, submitted
from tests.conftest import NOW, TODAY

pytestmark = pytest.mark.django_db


def save(
    audit: Audit, page: str, content: dict[str, Any], base: int = 0, by: User | None = None, **more: Any
) -> answering.Saved:
    return answering.save_page(
        audit.reference, page=page, content=content, base_revision=base, by=by or audit.auditor, at=NOW, **more
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

    def test_answers_a_repeated_save_as_saved(self, audit: Audit) -> None:
        first = save(audit, "s1", {"rationale": "same"})
        assert save(audit, "s1", {"rationale": "same"}, base=0).revision == first.revision

    def test_makes_no_new_version_where_nothing_was_changed(self, audit: Audit) -> None:
        save(audit, "s1", {"rationale": "same"})
        assert save(audit, "s1", {"rationale": "same"}, base=1).revision == 1

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
            "comments": {},
            "grade": "",
            "worker_grade": "",
            "rationale": "",
            "set_aside": "",
            "use_anyway": "",
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
        with pytest.raises(answering.NotThere):
            save(audit, "s1", {"rationale": "x"}, by=administrator)

    def test_ends_with_the_submission(self, audit: Audit) -> None:
        submitted(audit, at=NOW, today=TODAY)
        with pytest.raises(answering.NotWritable):
            save(audit, "s1", {"rationale": "later"}, base=1)


class TestStaleSave:
    """Two windows on the same page: the second one started from an older state."""

    def test_keeps_both_where_different_questions_were_changed(self, audit: Audit) -> None:
        save(audit, "s1", {"rationale": "first window"})
        saved = save(audit, "s1", {"answers": {"S1-01": "yes"}})
        assert (saved.content["rationale"], saved.content["answers"]) == ("first window", {"S1-01": "yes"})
        assert saved.revision == 2
        assert [(other.label, other.theirs) for other in saved.taken] == [("Why this grade", "first window")]

    def test_asks_where_the_same_question_was_changed_and_keeps_both_texts(self, audit: Audit, psw: User) -> None:
        audit.supervisor = psw
        audit.save()
        save(audit, "s1", {"rationale": "first window"}, by=psw)
        with pytest.raises(answering.PageConflict) as conflict:
            save(audit, "s1", {"rationale": "second window", "comments": {"S1-03": "See the plan."}})
        [clash] = conflict.value.saved.clashes
        assert (clash.label, clash.mine, clash.theirs) == ("Why this grade", "second window", "first window")
        assert (clash.by, clash.by_sender, clash.at) == (psw.name, False, NOW)
        stored = PageAnswers.objects.get(audit=audit)
        assert (stored.content["rationale"], stored.content["comments"]) == ("first window", {"S1-03": "See the plan."})
        late = StaleDraft.objects.get()
        assert (late.content["rationale"], late.base_revision, late.met_revision, late.saved_by) == (
            "second window",
            0,
            1,
            audit.auditor,
        )

    def test_names_who_wrote_the_text_not_who_saved_last(self, audit: Audit, psw: User) -> None:
        audit.supervisor = psw
        audit.save()
        save(audit, "s1", {"rationale": "theirs"}, by=psw)
        save(audit, "s1", {"rationale": "theirs", "grade": "good"}, base=1)
        with pytest.raises(answering.PageConflict) as conflict:
            save(audit, "s1", {"rationale": "mine"})
        assert conflict.value.saved.clashes[0].by == psw.name

    def test_calls_the_questions_what_the_page_calls_them(self, audit: Audit) -> None:
        first = {"answers": {"S1-03": "yes"}, "comments": {"S1-03": "a"}, "grade": "good", "set_aside": "a"}
        second = {"answers": {"S1-03": "no"}, "comments": {"S1-03": "b"}, "grade": "inadequate", "set_aside": "b"}
        save(audit, "s1", first)
        with pytest.raises(answering.PageConflict) as conflict:
            save(audit, "s1", second)
        told = {clash.label: (clash.mine, clash.theirs) for clash in conflict.value.saved.clashes}
        assert told["Standard 1.3"] == ("No", "Yes")
        assert told["Standard 1.3, comment"] == ("b", "a")
        assert told["Grade for this section"] == ("Inadequate", "Good")
        assert told["Why this section is set aside"] == ("b", "a")

    def test_takes_rows_and_dates_as_one_question(self, audit: Audit) -> None:
        save(audit, "overview", {"household": [{"name": "Mo"}]})
        with pytest.raises(answering.PageConflict) as rows:
            save(audit, "overview", {"household": [{"name": "Jo", "relationship": "Aunt"}]})
        assert [(one.label, one.mine) for one in rows.value.saved.clashes] == [("People in the household", "Aunt, Jo")]
        save(audit, "meeting", {"met_on_day": "3", "met_on_month": "11", "met_on_year": "2026"})
        with pytest.raises(answering.PageConflict) as dates:
            save(audit, "meeting", {"met_on_day": "4", "met_on_month": "11", "met_on_year": "2026"})
        assert [(one.mine, one.theirs) for one in dates.value.saved.clashes] == [("4 11 2026", "3 11 2026")]

    def test_leaves_what_the_case_filled_in_to_whoever_changed_it(self, audit: Audit) -> None:
        shown = prefilled("overview", audit.case)
        save(audit, "overview", {**shown, "child_name": "Robin Sample-Brook"})
        saved = save(audit, "overview", {**shown, "overview": "Known since spring."})
        assert (saved.content["child_name"], saved.content["overview"]) == ("Robin Sample-Brook", "Known since spring.")

    def test_is_known_again_when_its_answer_was_lost_and_others_wrote_on(self, audit: Audit) -> None:
        save(audit, "s1", {"rationale": "one"})
        save(audit, "s1", {"rationale": "one and two"}, base=1)
        again = save(audit, "s1", {"rationale": "one"})
        assert (again.content["rationale"], again.revision) == ("one and two", 2)
        assert [other.by_sender for other in again.taken] == [True]
        assert not StaleDraft.objects.exists()

    def test_waits_for_the_choice_and_saves_the_rest(self, audit: Audit) -> None:
        save(audit, "s1", {"rationale": "theirs"})
        with pytest.raises(answering.PageConflict):
            save(audit, "s1", {"rationale": "mine"})
        content = {"rationale": "mine and more", "grade": "good"}
        for _ in range(2):  # the answer was lost on the way
            with pytest.raises(answering.PageConflict):
                save(audit, "s1", content, base=1, undecided=["rationale"])
        stored = PageAnswers.objects.get(audit=audit).content
        assert (stored["rationale"], stored["grade"]) == ("theirs", "good")
        assert [late.content["rationale"] for late in StaleDraft.objects.all()] == ["mine", "mine and more"]

    @pytest.mark.parametrize(("choice", "kept"), [("mine", "mine"), ("theirs", "theirs"), ("both", "theirs\n\nmine")])
    def test_stores_what_was_chosen(self, audit: Audit, choice: str, kept: str) -> None:
        save(audit, "s1", {"rationale": "theirs"})
        with pytest.raises(answering.PageConflict):
            save(audit, "s1", {"rationale": "mine"})
        saved = save(audit, "s1", {"rationale": "mine"}, base=1, choices={"rationale": choice})
        assert saved.content["rationale"] == kept

    def test_asks_again_when_the_other_text_was_changed_once_more_before_the_choice(self, audit: Audit) -> None:
        save(audit, "s1", {"rationale": "theirs"})
        save(audit, "s1", {"rationale": "theirs, later"}, base=1)
        with pytest.raises(answering.PageConflict) as conflict:
            save(audit, "s1", {"rationale": "mine"}, base=1, choices={"rationale": "mine"})
        assert conflict.value.saved.clashes[0].theirs == "theirs, later"

    def test_asks_once_more_where_both_together_are_too_long(self, audit: Audit) -> None:
        long = "x" * 600_000
        save(audit, "s1", {"rationale": "a" + long})
        with pytest.raises(answering.PageConflict):
            save(audit, "s1", {"rationale": "b" + long})
        with pytest.raises(answering.PageConflict) as again:
            save(audit, "s1", {"rationale": "b" + long}, base=1, choices={"rationale": "both"})
        assert again.value.together is not None
        assert again.value.together.path == ("rationale",)
        assert again.value.as_typed()["rationale"] == "b" + long
        assert PageAnswers.objects.get(audit=audit).content["rationale"] == "a" + long

    def test_keeps_a_text_whatever_it_says_it_started_from(self, audit: Audit) -> None:
        save(audit, "s1", {"rationale": "theirs"})
        for base in (-1, 2**40):
            with pytest.raises(answering.PageConflict):
                save(audit, "s1", {"rationale": f"mine {base}"}, base=base)
        assert StaleDraft.objects.count() == 2

    def test_takes_a_date_part_beside_a_text_of_the_same_name(self, audit: Audit) -> None:
        assert save(audit, "s1", {"rationale": "x", "rationale_day": "1"}).content["rationale"] == "x"


class TestTooLong:
    @pytest.mark.parametrize(
        ("page", "content", "path"),
        [
            ("s1", {"rationale": "x" * 1_000_001}, ("rationale",)),
            ("s1", {"comments": {"S1-02": "x" * 1_000_001}}, ("comments", "S1-02")),
            ("overview", {"household": [{"name": "x" * 201}]}, ("household",)),
            ("overview", {"others": [{"name": "x"}] * 31}, ("others",)),
        ],
    )
    def test_is_refused_rather_than_cut_short(
        self, audit: Audit, page: str, content: dict[str, object], path: tuple[str, ...]
    ) -> None:
        with pytest.raises(answering.TooLong) as refused:
            save(audit, page, content)
        assert refused.value.path == path
        assert not PageAnswers.objects.exists()

    def test_is_not_what_loses_only_line_ends_and_nul(self, audit: Audit) -> None:
        assert save(audit, "s1", {"rationale": "a\r\nb\x00"}).content["rationale"] == "a\nb"


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
