"""Disagreement: raised line by line, reviewed at most twice, mediated with binding effect (S3, S4)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from audits.after import disputes, grade_changes, mediation, part_b, reviewing
from audits.after.disputes import DisputeError
from audits.after.reviewing import Came
from audits.models import Audit, Dispute, Grade, GradeChange, ModerationTask, SectionGrade
from people.models import Activity, OutgoingMail, User
from people.roles import JobRole
from tests.audits.after.disagreeing import COMMON, SAID, disagreed, line, mediated, reviewed
from tests.cast import answered, submitted
from tests.conftest import NOW, TODAY
from tests.factories import UserFactory

pytestmark = pytest.mark.usefixtures("today")
UP = Came("changed", "The visits are there after all.", grade="outstanding")
STAYS = Came("upheld", "The visits are still missing.")
NOTHING_OF_IT = ("visit", "outstanding", "good", "requires", "inadequate")


@pytest.fixture
def done(audit: Audit, psw: User) -> Audit:
    """A submitted audit, Good, with the outcomes on the way."""
    return submitted(audit, at=NOW, today=TODAY)


@pytest.fixture
def quality(db: None) -> User:
    """Somebody of the quality assurance service, with no part in the audit."""
    return UserFactory(name="Quinn Quality", job_role=JobRole.QA_OFFICER)


def kinds(person: User) -> list[str]:
    """The kinds of mail about disagreement that this person got, the first one first."""
    mails = OutgoingMail.objects.filter(recipient=person, kind__startswith="dispute").order_by("pk")
    return list(mails.values_list("kind", flat=True))


def fresh(audit: Audit) -> Audit:
    return Audit.objects.get(pk=audit.pk)


class TestRaising:
    def test_puts_the_lines_on_record_with_the_grade_as_it_stands(self, done: Audit, worker: User) -> None:
        dispute = disagreed(done, worker, line(), line("s1", "requires-improvement"), line("S1-02", ""))
        rows = {row.code: row for row in dispute.lines.all()}
        assert set(rows) == {"overall", "s1", "S1-02"}
        assert (rows["overall"].given.code, rows["overall"].wanted.code) == ("good", "outstanding")  # type: ignore[union-attr]
        assert rows["S1-02"].given is None
        assert rows["S1-02"].label.startswith("1.2 ")
        assert (dispute.round, dispute.side, fresh(done).status) == (1, "worker", "disputed")

    def test_asks_for_a_session_within_ten_working_days(self, done: Audit, worker: User) -> None:
        assert disagreed(done, worker).due_on == date(2026, 11, 24)

    def test_tells_the_auditor_and_the_other_side_without_a_word_of_it(
        self, done: Audit, worker: User, team_manager: User
    ) -> None:
        disagreed(done, worker)
        assert kinds(done.auditor) == kinds(team_manager) == ["dispute_raised"]
        assert kinds(worker) == []
        mail = OutgoingMail.objects.get(recipient=team_manager, kind="dispute_raised")
        assert f"/audits/{done.reference}/disagreement/" in mail.body
        assert not any(word in (mail.subject + mail.body).lower() for word in NOTHING_OF_IT)

    def test_is_on_record(self, done: Audit, worker: User) -> None:
        disagreed(done, worker)
        assert Activity.objects.filter(verb="disagreed with an audit", by=worker).count() == 1

    @pytest.mark.parametrize(
        ("lines", "field"),
        [
            ([], None),
            ([line(said=" ")], "said__overall"),
            ([line(wanted="")], "wanted__overall"),
            ([line(wanted="good")], "wanted__overall"),
            ([line(wanted="splendid")], "wanted__overall"),
            ([line("s99")], "said__s99"),
        ],
    )
    def test_says_beside_the_field_what_is_missing(self, done: Audit, worker: User, lines: Any, field: Any) -> None:
        with pytest.raises(DisputeError) as refused:
            disputes.raise_dispute(done, lines=lines, by=worker, **COMMON)
        assert refused.value.field == field
        assert not Dispute.objects.exists()
        assert fresh(done).status == "with_team"

    def test_is_for_worker_and_team_manager_alone(self, done: Audit, psw: User, head_of_service: User) -> None:
        for person in (done.auditor, psw, head_of_service, UserFactory(job_role=JobRole.SOCIAL_WORKER)):
            with pytest.raises(DisputeError, match="Only the worker and the team manager"):
                disagreed(done, person)

    def test_ends_with_their_own_signature(self, done: Audit, worker: User, team_manager: User) -> None:
        part_b.sign_as_worker(done, comment="I agree.", by=worker, **COMMON)
        with pytest.raises(DisputeError, match="signed"):
            disagreed(done, worker)
        assert disagreed(done, team_manager).side == "manager"

    def test_is_too_late_once_both_have_signed(self, done: Audit, worker: User) -> None:
        with pytest.raises(DisputeError):
            disagreed(answered(done, at=NOW, today=TODAY), worker)

    def test_waits_while_the_other_side_has_raised_it(self, done: Audit, worker: User, team_manager: User) -> None:
        disagreed(done, worker)
        with pytest.raises(DisputeError, match="Wren Worker has raised it already"):
            disagreed(done, team_manager)


class TestTakingBack:
    def test_gives_the_audit_back_to_the_team_with_a_new_due_date(self, done: Audit, worker: User) -> None:
        disagreed(done, worker)
        disputes.take_back(done, by=worker, at=NOW, today=TODAY + timedelta(days=7))
        assert (fresh(done).status, fresh(done).part_b_due_on) == ("with_team", date(2026, 12, 1))
        assert kinds(done.auditor) == ["dispute_raised", "dispute_taken_back"]

    def test_is_for_who_raised_it(self, done: Audit, worker: User, team_manager: User) -> None:
        disagreed(done, worker)
        with pytest.raises(DisputeError):
            disputes.take_back(done, by=team_manager, **COMMON)

    def test_a_second_time_says_so(self, done: Audit, worker: User) -> None:
        disagreed(done, worker)
        disputes.take_back(done, by=worker, **COMMON)
        with pytest.raises(DisputeError):
            disputes.take_back(done, by=worker, **COMMON)


class TestReviewing:
    def test_that_comes_to_one_view_changes_the_grade_and_keeps_the_first(self, done: Audit, worker: User) -> None:
        disagreed(done, worker)
        reviewed(done, done.auditor, agreed=True, overall=UP)
        audit = fresh(done)
        assert (audit.status, audit.part_b_due_on) == ("with_team", date(2026, 11, 24))
        assert (audit.overall_grade.code, audit.final_grade.code) == ("good", "outstanding")  # type: ignore[union-attr]
        change = GradeChange.objects.get()
        assert (change.cause, change.section, change.at, change.by) == ("review", "", NOW, done.auditor)
        assert kinds(worker) == ["dispute_settled"]

    def test_changes_a_section_and_leaves_the_overall_grade(self, done: Audit, worker: User) -> None:
        disagreed(done, worker, line("s1", "requires-improvement"))
        reviewed(done, done.auditor, agreed=True, s1=Came("changed", "Two dates.", grade="requires-improvement"))
        row = SectionGrade.objects.get(audit=done, section__code="s1")
        assert (row.grade.code, row.final_grade.code) == ("good", "requires-improvement")  # type: ignore[union-attr]
        assert fresh(done).final_grade is None

    def test_that_upholds_it_changes_nothing(self, done: Audit, worker: User) -> None:
        disagreed(done, worker)
        reviewed(done, done.auditor, agreed=True, overall=STAYS)
        assert not GradeChange.objects.exists()
        assert Dispute.objects.get().lines.get().outcome == "upheld"

    def test_without_one_view_leaves_the_grade_and_says_what_is_next(self, done: Audit, worker: User) -> None:
        disagreed(done, worker)
        reviewed(done, done.auditor, overall=UP)
        assert (fresh(done).status, fresh(done).final_grade) == ("disputed", None)
        assert kinds(worker) == ["dispute_not_settled"]
        assert disputes.may_raise(fresh(done), worker, last=disputes.latest(done))

    @pytest.mark.parametrize(
        ("came", "field"),
        [
            ({}, "outcome__overall"),
            ({"overall": Came("changed", "", grade="outstanding")}, "why__overall"),
            ({"overall": Came("changed", "Why.")}, "grade__overall"),
            ({"overall": Came("changed", "Why.", grade="good")}, "grade__overall"),
            ({"overall": Came("perhaps", "Why.")}, "outcome__overall"),
        ],
    )
    def test_says_beside_the_field_what_is_missing(self, done: Audit, worker: User, came: Any, field: str) -> None:
        disagreed(done, worker)
        with pytest.raises(DisputeError) as refused:
            reviewed(done, done.auditor, agreed=True, **came)
        assert refused.value.field == field
        assert not GradeChange.objects.exists()

    @pytest.mark.parametrize(
        ("held_on", "there", "note", "field"),
        [
            (TODAY + timedelta(days=1), 2, "We met.", "held_on"),
            (TODAY - timedelta(days=1), 2, "We met.", "held_on"),
            (TODAY, 1, "We met.", "present"),
            (TODAY, 2, " ", "note"),
        ],
    )
    def test_refuses_a_session_that_cannot_have_been(
        self, done: Audit, worker: User, held_on: date, there: int, note: str, field: str
    ) -> None:
        disagreed(done, worker)
        meeting = reviewing.Meeting(held_on, [done.auditor, worker][:there], note=note)
        with pytest.raises(DisputeError) as refused:
            reviewing.record(done, meeting=meeting, agreed=False, came={}, by=done.auditor, **COMMON)
        assert refused.value.field == field

    def test_is_recorded_once_by_the_auditor_or_the_programme(self, done: Audit, worker: User, psw: User) -> None:
        disagreed(done, worker)
        with pytest.raises(DisputeError):
            reviewed(done, worker)
        reviewed(done, psw)
        with pytest.raises(DisputeError, match="already"):
            reviewed(done, done.auditor)


class TestGradeAboveTheOutcomes:
    """A10, 000 §3: Good and Outstanding are open only where the outcomes are met or on the way."""

    @pytest.fixture
    def low(self, audit: Audit, worker: User, psw: User) -> Audit:
        done = submitted(audit, grade="requires-improvement", outcomes="not_met", at=NOW, today=TODAY)
        disagreed(done, worker, line(wanted="good"))
        return done

    def test_is_asked_about(self, low: Audit) -> None:
        with pytest.raises(DisputeError) as refused:
            reviewed(low, low.auditor, agreed=True, overall=Came("changed", "Seen.", grade="good"))
        assert refused.value.field == "despite__overall"

    def test_is_not_said_where_the_outcomes_allow_it(self, done: Audit, team_manager: User) -> None:
        disagreed(done, team_manager)
        came = Came("changed", "Seen.", grade="outstanding", despite="Not asked.")
        reviewed(done, done.auditor, agreed=True, overall=came)
        assert GradeChange.objects.get().reason == "Seen."

    def test_is_given_with_the_reason_on_record(self, low: Audit) -> None:
        came = Came("changed", "Seen.", grade="good", despite="The plan began last week.")
        reviewed(low, low.auditor, agreed=True, overall=came)
        assert "neither met nor on the way: The plan began last week." in GradeChange.objects.get().reason


class TestSecondRound:
    @pytest.fixture
    def failed(self, done: Audit, worker: User) -> Audit:
        """The first review session did not come to one view."""
        disagreed(done, worker)
        reviewed(done, done.auditor)
        return fresh(done)

    def test_may_be_raised_by_the_other_side_about_something_else(self, failed: Audit, team_manager: User) -> None:
        second = disagreed(failed, team_manager, line("s2", "requires-improvement"))
        assert (second.round, second.side, fresh(failed).status) == (2, "manager", "disputed")
        assert [change.step for change in failed.status_changes.all()][-2:] == ["disagree", "second round"]

    def test_that_fails_too_leads_to_mediation_alone(self, failed: Audit, worker: User) -> None:
        disagreed(failed, worker)
        reviewed(failed, failed.auditor)
        with pytest.raises(DisputeError, match="Mediation comes next"):
            disagreed(failed, worker)

    def test_that_is_settled_is_the_last(self, failed: Audit, worker: User) -> None:
        disagreed(failed, worker)
        reviewed(failed, failed.auditor, agreed=True, overall=STAYS)
        with pytest.raises(DisputeError, match="settled"):
            disagreed(failed, worker)


class TestMediation:
    @pytest.fixture
    def failed(self, done: Audit, worker: User) -> Audit:
        disagreed(done, worker)
        reviewed(done, done.auditor)
        return fresh(done)

    @pytest.fixture
    def given(self, failed: Audit, psw: User, head_of_service: User, quality: User) -> Audit:
        """In mediation with the head of service and quality assurance."""
        mediated(failed, psw, head_of_service, quality)
        return fresh(failed)

    def test_is_proposed_to_the_head_of_service_and_quality_assurance(
        self, failed: Audit, head_of_service: User, quality: User
    ) -> None:
        practitioner = UserFactory(name="Pia Practitioner", job_role=JobRole.ADVANCED_PRACTITIONER)
        found = mediation.candidates(failed, today=TODAY)
        assert found == [head_of_service, quality, practitioner]
        assert mediation.proposed(found) == [head_of_service, quality]

    def test_is_for_nobody_with_a_part(self, failed: Audit, quality: User, head_of_service: User) -> None:
        failed.disputes.get().session.present.add(head_of_service)
        ModerationTask.objects.create(
            audit=failed, why=["asked"], state="given", moderator=quality, made_at=NOW, given_at=NOW, due_on=TODAY
        )
        found = mediation.candidates(failed, today=TODAY)
        assert not {head_of_service, quality} & set(found)
        assert found

    def test_falls_to_the_director_and_at_last_to_the_programme(self, failed: Audit, psw: User) -> None:
        User.objects.filter(job_role=JobRole.HEAD_OF_SERVICE).update(is_active=False)
        director = User.objects.get(job_role=JobRole.ASSISTANT_DIRECTOR)
        assert mediation.candidates(failed, today=TODAY) == [director]
        User.objects.filter(pk=director.pk).update(is_active=False)
        assert mediation.candidates(failed, today=TODAY) == [psw]

    def test_waits_for_a_session_and_for_somebody_on_the_list(self, done: Audit, worker: User, quality: User) -> None:
        disagreed(done, worker)
        with pytest.raises(DisputeError, match="first"):
            mediated(done, done.auditor, quality)
        reviewed(done, done.auditor)
        for people in ((), (worker,)):
            with pytest.raises(DisputeError) as refused:
                mediated(done, done.auditor, *people)
            assert refused.value.field == "mediators"

    def test_is_given_to_others_by_the_programme_alone(self, given: Audit, psw: User, quality: User) -> None:
        other = UserFactory(name="Pia Practitioner", job_role=JobRole.ADVANCED_PRACTITIONER)
        for person, instead in ((given.auditor, True), (psw, False)):
            with pytest.raises(DisputeError):
                mediation.ask(given, mediators=[other], instead=instead, by=person, **COMMON)
        mediation.ask(given, mediators=[other], instead=True, by=psw, **COMMON)
        assert kinds(other) == ["dispute_mediate"]
        assert not mediation.may_decide(fresh(given), quality, last=disputes.latest(given))
        assert given.status_changes.filter(step="mediate").count() == 1

    def test_asks_the_mediators_and_tells_the_others(self, given: Audit, head_of_service: User, quality: User) -> None:
        assert kinds(head_of_service) == kinds(quality) == ["dispute_mediate"]
        assert kinds(given.auditor)[-1] == "dispute_in_mediation"

    def test_decides_with_binding_effect(self, given: Audit, head_of_service: User, worker: User) -> None:
        mediation.decide(given, came={"overall": UP}, note="The visits count.", by=head_of_service, **COMMON)
        audit = fresh(given)
        assert (audit.status, audit.overall_grade.code, audit.final_grade.code) == ("with_team", "good", "outstanding")  # type: ignore[union-attr]
        assert GradeChange.objects.get().cause == "mediation"
        assert kinds(worker)[-1] == "dispute_decided"
        with pytest.raises(DisputeError, match="settled"):
            disagreed(audit, worker)

    def test_decides_every_line_and_says_why(self, given: Audit, quality: User) -> None:
        for came, note, field in (({}, "So.", "outcome__overall"), ({"overall": UP}, " ", "note")):
            with pytest.raises(DisputeError) as refused:
                mediation.decide(given, came=came, note=note, by=quality, **COMMON)
            assert refused.value.field == field

    def test_is_not_decided_by_anybody_else_nor_twice(
        self, given: Audit, psw: User, head_of_service: User, quality: User
    ) -> None:
        with pytest.raises(DisputeError):
            mediation.decide(given, came={"overall": UP}, note="So.", by=psw, **COMMON)
        mediation.decide(given, came={"overall": UP}, note="So.", by=quality, **COMMON)
        with pytest.raises(DisputeError, match="meanwhile"):
            mediation.decide(given, came={"overall": STAYS}, note="No.", by=head_of_service, **COMMON)

    def test_to_the_urgent_grade_is_due_sooner_and_told_as_urgent(self, given: Audit, quality: User) -> None:
        down = Came("changed", "Nobody has seen them.", grade="inadequate")
        mediation.decide(given, came={"overall": down}, note="So.", by=quality, **COMMON)
        assert fresh(given).part_b_due_on == date(2026, 11, 11)
        assert fresh(given).urgent_notices.get().cause == "mediation"


class TestWaiting:
    def test_names_the_auditor_then_the_sides_then_the_mediators(
        self, done: Audit, worker: User, team_manager: User, quality: User, django_assert_num_queries: Any
    ) -> None:
        def waits(person: User) -> list[str]:
            with django_assert_num_queries(1):
                return [each.what for each in disputes.waiting_for(person, today=TODAY)]

        disagreed(done, worker)
        assert (waits(done.auditor), waits(worker)) == (["review"], [])
        reviewed(done, done.auditor)
        assert (waits(done.auditor), waits(worker), waits(team_manager)) == (["hand_on"], ["again"], [])
        mediated(done, done.auditor, quality)
        assert (waits(quality), waits(done.auditor), waits(worker)) == (["mediate"], [], [])
        mediation.decide(done, came={"overall": STAYS}, note="So.", by=quality, **COMMON)
        assert waits(quality) == []


class TestGradesOfTheScale:
    def test_alone_can_be_given(self, done: Audit, worker: User) -> None:
        other = Grade.objects.exclude(scale_id=done.overall_grade.scale_id).first()  # type: ignore[union-attr]
        assert other is not None
        with pytest.raises(grade_changes.GradeChangeError):
            grade_changes.change(done, to=other, cause="review", reason=SAID, by=worker, **COMMON)  # type: ignore[arg-type]
