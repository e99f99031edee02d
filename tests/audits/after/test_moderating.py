"""A moderation step by step: given, graded blind, talked over, decided, settled."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from allocation.models import Rules
from audits.after import moderating
from audits.after.moderation import ModerationError, waiting_for
from audits.models import Audit, Cause, GradeChange, Moderation, ModerationTask, SmartAction, UrgentNotice, Why
from people.models import OutgoingMail, User
from people.roles import JobRole
from tests.audits.after.moderation_cast import DUE, given, grade_of, graded, moderator
from tests.cast import submitted
from tests.conftest import NOW, TODAY
from tests.factories import UserFactory

State = ModerationTask.State
View = Moderation.View


@pytest.fixture
def done(audit: Audit) -> Audit:
    """The audit, submitted with the grade Good."""
    return submitted(audit, grade="good", at=NOW, today=TODAY)


def talked(task: ModerationTask, view: str) -> ModerationTask:
    """The same moderation after the talk with the auditor."""
    assert task.moderator is not None
    moderating.talk_over(
        task, talked_on=TODAY, note="We read the plan.", auditor_view=view, by=task.moderator, at=NOW, today=TODAY
    )
    return ModerationTask.objects.get(pk=task.pk)


class TestGiving:
    def test_tells_the_moderator_and_nobody_else(self, done: Audit, psw: User) -> None:
        mo = moderator()
        given(done, mo, by=psw)
        mail = OutgoingMail.objects.get(kind="moderation")
        assert mail.recipient == mo
        assert done.reference in mail.subject

    @pytest.mark.parametrize("role", ["auditor", "worker", "team_manager"])
    def test_refuses_whoever_had_a_part(self, done: Audit, psw: User, role: str) -> None:
        person: User = getattr(done, role)
        User.objects.filter(pk=person.pk).update(job_role=JobRole.ADVANCED_PRACTITIONER)
        with pytest.raises(ModerationError, match="had a part"):
            given(done, User.objects.get(pk=person.pk), by=psw)

    def test_refuses_somebody_of_the_same_team(self, done: Audit, psw: User) -> None:
        near = UserFactory(job_role=JobRole.ADVANCED_PRACTITIONER, team=done.team)
        with pytest.raises(ModerationError, match="had a part"):
            given(done, near, by=psw)

    def test_refuses_the_owner_of_an_action(self, audit: Audit, psw: User) -> None:
        done = submitted(audit, grade="requires-improvement", at=NOW, today=TODAY)
        owner = moderator()
        SmartAction.objects.filter(audit=done).update(owner=owner)
        with pytest.raises(ModerationError, match="had a part"):
            given(done, owner, by=psw)

    def test_can_go_to_somebody_else_until_it_is_graded(self, done: Audit, psw: User) -> None:
        first, second = moderator(), moderator("Nia Next")
        task = moderating.give(given(done, first, by=psw), to=second, due_on=DUE, by=psw, at=NOW)
        assert task.moderator == second
        with pytest.raises(ModerationError, match="Somebody else moderates"):
            moderating.grade(task, grade=grade_of(done, "good"), sections={}, reason="As I saw it.", by=first, at=NOW)
        with pytest.raises(ModerationError, match="meanwhile"):
            moderating.give(graded(task, "good"), to=first, due_on=DUE, by=psw, at=NOW)

    def test_can_be_dropped_with_a_reason_and_asked_for_again(self, done: Audit, psw: User) -> None:
        task = given(done, moderator(), by=psw)
        with pytest.raises(ModerationError, match="at least 10"):
            moderating.drop(task, reason="no", by=psw, at=NOW)
        moderating.drop(task, reason="The file is closed to us.", by=psw, at=NOW)
        again = moderating.ask_by_hand(done, due_on=DUE, by=psw, at=NOW)
        assert (again.pk, again.state, again.why) == (task.pk, State.WAITING, [Why.ASKED])

    def test_by_hand_is_refused_for_one_that_is_on_the_way(self, done: Audit, psw: User) -> None:
        given(done, moderator(), by=psw)
        with pytest.raises(ModerationError, match="already"):
            moderating.ask_by_hand(done, due_on=DUE, by=psw, at=NOW)


class TestGrading:
    def test_alike_settles_it_and_the_first_grade_stands(self, done: Audit, psw: User) -> None:
        task = graded(given(done, moderator(), by=psw), "good")
        done.refresh_from_db()
        assert task.state == State.DONE
        assert (done.final_grade, task.audit.moderation.difference) == (None, 0)
        assert OutgoingMail.objects.filter(kind="moderation_done", recipient=done.auditor).exists()

    def test_apart_is_to_be_talked_over(self, done: Audit, psw: User) -> None:
        task = graded(given(done, moderator(), by=psw), "requires-improvement")
        record = task.audit.moderation
        assert (task.state, record.difference, record.within_tolerance) == (State.TALK, -1, False)
        assert record.settled_at is None
        assert [row.section for row in record.sections.all()] == ["s1"]

    def test_upwards_is_above_nought(self, done: Audit, psw: User) -> None:
        task = graded(given(done, moderator(), by=psw), "outstanding")
        assert task.audit.moderation.difference == 1

    @pytest.mark.parametrize(("grade", "state"), [("requires-improvement", State.DONE), ("inadequate", State.TALK)])
    def test_within_the_tolerance_the_first_grade_stands(self, done: Audit, psw: User, grade: str, state: str) -> None:
        Rules.objects.create(moderation_tolerance=1, reason="As agreed.", changed_by=psw, changed_at=NOW)
        assert graded(given(done, moderator(), by=psw), grade).state == state
        done.refresh_from_db()
        assert done.final_grade is None

    def test_a_second_time_gets_a_sentence(self, done: Audit, psw: User) -> None:
        task = given(done, moderator(), by=psw)
        graded(task, "good")
        with pytest.raises(ModerationError, match="meanwhile"):
            graded(task, "good")

    def test_refuses_a_grade_of_another_scale(self, done: Audit, psw: User) -> None:
        mo = moderator()
        task = given(done, mo, by=psw)
        other = type(grade_of(done, "good")).objects.exclude(scale=done.template_version.scale).first()
        assert other is not None
        with pytest.raises(ModerationError, match="scale"):
            moderating.grade(task, grade=other, sections={}, reason="As I saw it.", by=mo, at=NOW)


class TestTalk:
    def test_with_agreement_lets_the_moderated_grade_stand(self, done: Audit, psw: User) -> None:
        task = talked(graded(given(done, moderator(), by=psw), "inadequate"), View.AGREES)
        done.refresh_from_db()
        assert done.overall_grade is not None
        assert done.final_grade is not None
        assert (task.state, done.overall_grade.code, done.final_grade.code) == (State.DONE, "good", "inadequate")
        change = GradeChange.objects.get()
        assert (change.cause, change.section) == (Cause.MODERATION, "")
        assert UrgentNotice.objects.filter(audit=done, kind=UrgentNotice.Kind.URGENT).count() == 1

    def test_without_agreement_waits_for_a_third_person(self, done: Audit, psw: User) -> None:
        task = talked(graded(given(done, moderator(), by=psw), "inadequate"), View.DISAGREES)
        done.refresh_from_db()
        assert (task.state, done.final_grade) == (State.TALK, None)
        assert task in waiting_for(psw, today=TODAY)
        with pytest.raises(ModerationError, match="recorded already"):
            talked(task, View.AGREES)

    @pytest.mark.parametrize("days", [1, -1])
    def test_refuses_a_day_to_come_and_one_before_the_grading(self, done: Audit, psw: User, days: int) -> None:
        task = graded(given(done, moderator(), by=psw), "inadequate")
        assert task.moderator is not None
        with pytest.raises(ModerationError, match="date must"):
            moderating.talk_over(
                task,
                talked_on=TODAY + timedelta(days=days),
                note="We read it.",
                auditor_view=View.AGREES,
                by=task.moderator,
                at=NOW,
                today=TODAY,
            )


class TestDecision:
    def third(self, done: Audit, psw: User) -> tuple[ModerationTask, User]:
        """The moderation, and the third person who is asked to decide."""
        task = talked(graded(given(done, moderator(), by=psw), "inadequate"), View.DISAGREES)
        third = moderator("Thea Third")
        return moderating.ask_to_decide(task, to=third, by=psw, at=NOW), third

    def test_stands_with_its_reasons(self, done: Audit, psw: User) -> None:
        task, third = self.third(done, psw)
        assert OutgoingMail.objects.get(kind="moderation_decide").recipient == third
        grade = grade_of(done, "requires-improvement")
        moderating.adjudicate(task, grade=grade, reason="Between the two.", by=third, at=NOW, today=TODAY)
        done.refresh_from_db()
        record = Moderation.objects.get()
        assert (done.final_grade, record.adjudicated_by, record.grade.code) == (grade, third, "inadequate")
        assert ModerationTask.objects.get().state == State.DONE

    def test_for_the_first_grade_changes_nothing(self, done: Audit, psw: User) -> None:
        task, third = self.third(done, psw)
        moderating.adjudicate(
            task, grade=grade_of(done, "good"), reason="The auditor is right.", by=third, at=NOW, today=TODAY
        )
        assert not GradeChange.objects.exists()

    def test_is_never_asked_of_the_moderator_nor_of_the_head_of_the_service(
        self, done: Audit, psw: User, head_of_service: User
    ) -> None:
        task = talked(graded(given(done, moderator(), by=psw), "inadequate"), View.DISAGREES)
        assert task.moderator is not None
        for person in (task.moderator, head_of_service, done.auditor):
            with pytest.raises(ModerationError, match="had a part"):
                moderating.ask_to_decide(task, to=person, by=psw, at=NOW)

    def test_by_the_moderator_is_refused_by_the_database(self, done: Audit, psw: User) -> None:
        task = given(done, moderator(), by=psw)
        with pytest.raises(IntegrityError), transaction.atomic():
            ModerationTask.objects.filter(pk=task.pk).update(adjudicator=task.moderator)


class TestWaitingFor:
    def test_names_what_each_has_to_do_in_one_query(
        self, done: Audit, psw: User, django_assert_num_queries: object
    ) -> None:
        mo = moderator()
        task = given(done, mo, by=psw)
        with django_assert_num_queries(1):  # type: ignore[operator]
            assert waiting_for(mo, today=TODAY) == [task]
        assert waiting_for(done.auditor, today=TODAY) == []
        assert waiting_for(psw, today=TODAY) == []
        graded(task, "inadequate")
        assert waiting_for(mo, today=TODAY) == [task]
