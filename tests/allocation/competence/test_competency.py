"""Who may audit with a template: learning, evaluated by two heads of service, signed off (P4, file 004 D)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from allocation.competence import competency
from allocation.competence.competency import ACTS
from allocation.eligibility import rules
from allocation.eligibility.auditor_pool import auditor_pool
from allocation.models import Competency, Cycle, Evaluation
from allocation.month_lock import CycleError
from audits.models import Audit, AuditTemplate, TemplateVersion
from people.models import Activity, OutgoingMail, User
from people.roles import JobRole
from tests.conftest import NOW, TODAY
from tests.factories import AuditFactory, CaseFactory, CycleFactory, InvolvementFactory, UserFactory

pytestmark = pytest.mark.django_db
State = Competency.State
LATER = NOW + timedelta(days=1)
YESTERDAY = TODAY - timedelta(days=1)
NOTE = "Moved to a role that does not audit"


@pytest.fixture
def template(core_template: TemplateVersion) -> AuditTemplate:
    return core_template.template


@pytest.fixture
def supervisor(template: AuditTemplate, psw: User) -> User:
    """Somebody signed off long ago."""
    person = UserFactory(name="Sunniva Supervisor", job_role=JobRole.TEAM_MANAGER)
    competency.sign_off_before([person], template, note=NOTE, on=date(2025, 5, 1), by=psw, at=NOW)
    return person


@pytest.fixture
def learner(db: None) -> User:
    return UserFactory(name="Lara Learner", job_role=JobRole.TEAM_MANAGER)


@pytest.fixture
def second_head(db: None) -> User:
    return UserFactory(name="Hale Head", job_role=JobRole.HEAD_OF_SERVICE)


@pytest.fixture
def learning(learner: User, template: AuditTemplate, supervisor: User, psw: User) -> Competency:
    return competency.begin(learner, template, supervisor=supervisor, by=psw, at=NOW)


@pytest.fixture
def ready(learning: Competency, head_of_service: User, second_head: User) -> Competency:
    """A learner whom two heads of service call ready."""
    for head in (head_of_service, second_head):
        say(learning, head)
    return learning


@pytest.fixture
def signed_off(ready: Competency, assistant_director: User) -> Competency:
    return competency.sign_off(ready, by=assistant_director, at=NOW)


@pytest.fixture
def withdrawn(signed_off: Competency, psw: User) -> Competency:
    return competency.withdraw(signed_off, note=NOTE, by=psw, at=NOW)


def say(record: Competency, by: User, *, ready: bool = True, comment: str = "", at: datetime = NOW) -> Evaluation:
    return competency.evaluate(record, ready=ready, comment=comment, by=by, at=at)


def now(record: Competency) -> Competency:
    return Competency.objects.get(pk=record.pk)


# ------------------------------------------------------------------ the table: state × role × act
PSW, DIRECTOR, HEAD, OTHERS = "psw", "assistant director", "head of service", "anybody else"
RUN = {PSW, DIRECTOR}
TABLE: dict[str, dict[str, set[str]]] = {
    # act              in which state: who
    "begin":           {"none": RUN},
    "sign_off_before": {"none": RUN, "learning": RUN, "ready": RUN},
    "evaluate":        {"learning": {HEAD}, "ready": {HEAD}},
    "sign_off":        {"ready": {DIRECTOR}},
    "supervise":       {"learning": RUN, "ready": RUN},
    "withdraw":        {"learning": RUN, "ready": RUN, "signed off": RUN},
    "again":           {"withdrawn": RUN},
}  # fmt: skip
STATES = ("none", "learning", "ready", "signed off", "withdrawn")
ROLES = {
    PSW: {JobRole.PRINCIPAL_SOCIAL_WORKER},
    DIRECTOR: {JobRole.ASSISTANT_DIRECTOR},
    HEAD: {JobRole.HEAD_OF_SERVICE},
}
ROLES[OTHERS] = set(JobRole) - set.union(*ROLES.values())


class TestTable:
    def test_knows_every_act_and_state(self) -> None:
        assert set(TABLE) == set(ACTS)
        assert {state for act in ACTS.values() for state in act.states if state} == set(State)

    @pytest.mark.parametrize("act", TABLE)
    @pytest.mark.parametrize("state", STATES)
    def test_says_who_may_do_what(
        self, act: str, state: str, learner: User, supervisor: User, template: AuditTemplate, request: Any
    ) -> None:
        fixture = state.replace(" ", "_")
        record = None if state == "none" else request.getfixturevalue(fixture)
        before = [Competency.objects.values_list(), Evaluation.objects.values_list()]
        before = [list(rows) for rows in before]
        for word, roles in ROLES.items():
            for role in roles:
                person = UserFactory(job_role=role)
                allowed = word in TABLE[act].get(state, set())
                assert (competency.why_not(record, act, by=person) == "") == allowed, (act, state, role)
                assert self._does(act, record, learner, template, supervisor, by=person) == allowed, (act, state, role)
                assert [list(Competency.objects.values_list()), list(Evaluation.objects.values_list())] == before

    @staticmethod
    def _does(
        act: str, record: Competency | None, learner: User, template: AuditTemplate, supervisor: User, *, by: User
    ) -> bool:
        """Whether the domain lets it happen; undone at once."""
        other = UserFactory(job_role=JobRole.TEAM_MANAGER)
        Competency.objects.filter(user=other).delete()
        calls: dict[str, Any] = {
            "begin": lambda: competency.begin(learner, template, supervisor=supervisor, by=by, at=NOW),
            "sign_off_before": lambda: competency.sign_off_before(
                [learner], template, note=NOTE, on=YESTERDAY, by=by, at=NOW
            ),
            "evaluate": lambda: say(record, by),  # type: ignore[arg-type]  # there is one in these states
            "sign_off": lambda: competency.sign_off(record, by=by, at=NOW),  # type: ignore[arg-type]
            "supervise": lambda: competency.change_supervisor(record, supervisor=supervisor, by=by, at=NOW),  # type: ignore[arg-type]
            "withdraw": lambda: competency.withdraw(record, note=NOTE, by=by, at=NOW),  # type: ignore[arg-type]
            "again": lambda: competency.take_up_again(record, supervisor=supervisor, by=by, at=NOW),  # type: ignore[arg-type]
        }
        if record is None and act not in {"begin", "sign_off_before"}:
            return False
        try:
            with transaction.atomic():
                calls[act]()
                transaction.set_rollback(True)
        except CycleError:
            return False
        return True


class TestBeginning:
    def test_tells_the_learner_and_the_supervisor(self, learning: Competency, supervisor: User) -> None:
        assert (learning.state, learning.supervisor) == (State.LEARNING, supervisor)
        mails = OutgoingMail.objects.filter(kind="competency_learning")
        assert {mail.recipient.name for mail in mails} == {"Lara Learner", "Sunniva Supervisor"}
        assert all(f"/competency/records/{learning.pk}/" in mail.body for mail in mails)
        assert Activity.objects.filter(verb="began learning to audit", target=f"person:{learning.user_id}").exists()

    def test_happens_once(self, learning: Competency, supervisor: User, psw: User) -> None:
        with pytest.raises(CycleError, match="has a record"):
            competency.begin(learning.user, learning.template, supervisor=supervisor, by=psw, at=NOW)

    def test_needs_a_supervisor_who_is_signed_off_and_works_here(
        self, learner: User, template: AuditTemplate, supervisor: User, psw: User
    ) -> None:
        supervisor.leave_date = TODAY
        supervisor.save()
        for person in (UserFactory(name="Una Unsigned"), supervisor, learner):
            with pytest.raises(CycleError) as error:
                competency.begin(learner, template, supervisor=person, by=psw, at=NOW)
            assert error.value.field == "supervisor"

    def test_is_for_those_who_work_here(
        self, learner: User, template: AuditTemplate, supervisor: User, psw: User
    ) -> None:
        learner.leave_date = TODAY
        learner.save()
        with pytest.raises(CycleError, match="does not work here") as error:
            competency.begin(learner, template, supervisor=supervisor, by=psw, at=NOW)
        assert error.value.field == "user"


class TestEvaluating:
    def test_is_said_once_by_each_and_may_be_changed(self, learning: Competency, head_of_service: User) -> None:
        say(learning, head_of_service, ready=False, comment="Look again at the child’s voice.")
        say(learning, head_of_service, at=LATER)
        said = Evaluation.objects.get()
        assert (said.ready, said.comment, said.at) == (True, "", LATER)

    def test_of_not_yet_says_what_is_missing(self, learning: Competency, head_of_service: User) -> None:
        with pytest.raises(CycleError, match="Say what they still need") as error:
            say(learning, head_of_service, ready=False, comment="  ")
        assert error.value.field == "comment"

    def test_is_never_about_oneself(self, template: AuditTemplate, supervisor: User, psw: User) -> None:
        head = UserFactory(job_role=JobRole.HEAD_OF_SERVICE)
        record = competency.begin(head, template, supervisor=supervisor, by=psw, at=NOW)
        with pytest.raises(CycleError, match="Somebody else"):
            say(record, head)

    def test_ends_with_the_sign_off(self, signed_off: Competency, head_of_service: User) -> None:
        with pytest.raises(CycleError, match="signed off now"):
            say(signed_off, head_of_service, ready=False, comment="Not after all.")

    def test_twice_by_one_person_is_impossible(self, ready: Competency, head_of_service: User) -> None:
        with pytest.raises(IntegrityError), transaction.atomic():
            Evaluation.objects.create(competency=ready, by=head_of_service, ready=True, at=NOW)


class TestSigningOff:
    def test_needs_two_who_say_ready(
        self, learning: Competency, head_of_service: User, second_head: User, assistant_director: User
    ) -> None:
        for words in ("none have so far", "1 has so far", "1 has so far"):
            with pytest.raises(CycleError, match=words):
                competency.sign_off(learning, by=assistant_director, at=NOW)
            if words.startswith("none"):
                say(learning, head_of_service)
            else:
                say(learning, second_head, ready=False, comment="Two more audits first.")
        say(learning, second_head)
        assert competency.sign_off(learning, by=assistant_director, at=NOW).state == State.SIGNED_OFF

    def test_is_recorded_and_told(self, signed_off: Competency, assistant_director: User) -> None:
        record = now(signed_off)
        assert (record.state, record.signed_off_by, record.signed_off_at) == (
            State.SIGNED_OFF,
            assistant_director,
            NOW,
        )
        assert record.supervisor is None
        mails = OutgoingMail.objects.filter(kind="competency_signed_off")
        assert {mail.recipient.name for mail in mails} == {"Lara Learner", "Sunniva Supervisor"}

    def test_is_not_done_by_somebody_who_said_ready(self, ready: Competency, head_of_service: User) -> None:
        head_of_service.job_role = JobRole.ASSISTANT_DIRECTOR
        head_of_service.save()
        with pytest.raises(CycleError, match="You have said yourself"):
            competency.sign_off(ready, by=head_of_service, at=NOW)

    def test_by_oneself_or_by_nobody_is_impossible(self, learning: Competency) -> None:
        for values in ({"signed_off_by": learning.user, "signed_off_at": NOW}, {"signed_off_by": None}):
            with pytest.raises(IntegrityError), transaction.atomic():
                Competency.objects.filter(pk=learning.pk).update(state=State.SIGNED_OFF, **values)


class TestBeforeThePortal:
    def test_signs_off_many_at_once_without_mail(self, template: AuditTemplate, psw: User) -> None:
        people = UserFactory.create_batch(3, job_role=JobRole.IRO)
        made = competency.sign_off_before(people, template, note=NOTE, on=date(2025, 5, 1), by=psw, at=NOW)
        assert {record.user for record in made} == set(people)
        for record in Competency.objects.all():
            assert (record.state, record.signed_off_by) == (State.SIGNED_OFF, psw)
            assert record.note == f"Signed off before the portal: {NOTE}"
            assert record.signed_off_at == datetime(2025, 4, 30, 23, 0, tzinfo=UTC)  # midnight in London
        assert OutgoingMail.objects.count() == 0

    def test_takes_a_learner_signed_off_before_they_began_here(self, learning: Competency, psw: User) -> None:
        competency.sign_off_before([learning.user], learning.template, note=NOTE, on=YESTERDAY, by=psw, at=NOW)
        assert now(learning).state == State.SIGNED_OFF

    @pytest.mark.parametrize("on", [TODAY, TODAY + timedelta(days=1)])
    def test_is_no_way_round_the_evaluations_of_a_learner(self, learning: Competency, psw: User, on: date) -> None:
        with pytest.raises(CycleError, match="Lara Learner began to learn on 10 November 2026") as error:
            competency.sign_off_before([learning.user], learning.template, note=NOTE, on=on, by=psw, at=LATER)
        assert (error.value.field, now(learning).state) == ("on", State.LEARNING)

    def test_counts_the_day_in_london(self, learning: Competency, psw: User) -> None:
        """Half past midnight in summer, the evening before by the clock of the server."""
        Competency.objects.filter(pk=learning.pk).update(begun_at=datetime(2026, 6, 30, 23, 30, tzinfo=UTC))
        wanted: dict[str, Any] = {"note": NOTE, "by": psw, "at": NOW}
        with pytest.raises(CycleError, match="began to learn on 1 July 2026"):
            competency.sign_off_before([learning.user], learning.template, on=date(2026, 7, 1), **wanted)
        competency.sign_off_before([learning.user], learning.template, on=date(2026, 6, 30), **wanted)
        assert now(learning).state == State.SIGNED_OFF

    def test_is_all_or_none(self, signed_off: Competency, psw: User) -> None:
        other = UserFactory()
        with pytest.raises(CycleError, match="Lara Learner: signed off now"):
            competency.sign_off_before(
                [signed_off.user, other], signed_off.template, note=NOTE, on=TODAY, by=psw, at=NOW
            )
        assert not Competency.objects.filter(user=other).exists()

    @pytest.mark.parametrize(
        ("changes", "field"), [({"on": TODAY + timedelta(days=1)}, "on"), ({"note": "yes"}, "reason")]
    )
    def test_is_refused_for_a_day_to_come_or_an_empty_note(
        self, template: AuditTemplate, learner: User, psw: User, changes: dict[str, Any], field: str
    ) -> None:
        wanted: dict[str, Any] = {"note": NOTE, "on": TODAY, **changes}
        with pytest.raises(CycleError) as error:
            competency.sign_off_before([learner], template, **wanted, by=psw, at=NOW)
        assert error.value.field == field

    def test_is_never_about_oneself(self, template: AuditTemplate, assistant_director: User) -> None:
        with pytest.raises(CycleError, match="Somebody else"):
            competency.sign_off_before(
                [assistant_director], template, note=NOTE, on=TODAY, by=assistant_director, at=NOW
            )


class TestWithdrawing:
    def test_keeps_the_record_and_says_why(self, withdrawn: Competency) -> None:
        record = now(withdrawn)
        assert (record.state, record.note) == (State.WITHDRAWN, NOTE)
        assert record.evaluations.count() == 2

    def test_wants_a_note(self, signed_off: Competency, psw: User) -> None:
        with pytest.raises(CycleError) as error:
            competency.withdraw(signed_off, note="gone", by=psw, at=NOW)
        assert error.value.field == "note"

    def test_taken_up_again_starts_from_nought(
        self, withdrawn: Competency, supervisor: User, psw: User, head_of_service: User, assistant_director: User
    ) -> None:
        competency.take_up_again(withdrawn, supervisor=supervisor, by=psw, at=LATER)
        record = now(withdrawn)
        assert (record.state, record.signed_off_by, record.note) == (State.LEARNING, None, "")
        assert competency.current_evaluations(record) == []
        with pytest.raises(CycleError, match="none have so far"):
            competency.sign_off(record, by=assistant_director, at=LATER)
        say(record, head_of_service, at=LATER)
        assert [said.by for said in competency.current_evaluations(record)] == [head_of_service]

    def test_tells_them_again_when_they_learn_again(self, withdrawn: Competency, supervisor: User, psw: User) -> None:
        competency.take_up_again(withdrawn, supervisor=supervisor, by=psw, at=LATER)
        assert OutgoingMail.objects.filter(kind="competency_learning", recipient=withdrawn.user).count() == 2


class TestSupervisor:
    def test_is_changed_and_told(self, learning: Competency, template: AuditTemplate, psw: User) -> None:
        other = UserFactory(name="Otto Other", job_role=JobRole.IRO)
        competency.sign_off_before([other], template, note=NOTE, on=TODAY, by=psw, at=NOW)
        competency.change_supervisor(learning, supervisor=other, by=psw, at=LATER)
        assert now(learning).supervisor == other
        assert OutgoingMail.objects.filter(recipient=other).count() == 1
        competency.change_supervisor(learning, supervisor=other, by=psw, at=LATER)
        assert OutgoingMail.objects.filter(recipient=other).count() == 1

    def test_goes_along_with_what_the_learner_has_not_finished(
        self, learning: Competency, supervisor: User, other: User, psw: User
    ) -> None:
        begun, done = self.audit_of(learning, supervisor), self.audit_of(learning, supervisor)
        Audit.objects.filter(pk=done.pk).update(status="with_team", submitted_at=NOW, part_b_due_on=TODAY)
        competency.change_supervisor(learning, supervisor=other, by=psw, at=LATER)
        begun.refresh_from_db()
        done.refresh_from_db()
        assert (begun.supervisor, done.supervisor) == (other, supervisor)
        assert OutgoingMail.objects.get(kind="case_supervised").recipient == other
        assert Activity.objects.filter(verb="changed an audit's supervisor", target=f"audit:{begun}").count() == 1

    @pytest.mark.parametrize("part", ["worker", "team_manager"])
    def test_does_not_go_along_with_a_case_they_are_bound_to(
        self, learning: Competency, supervisor: User, other: User, psw: User, part: str
    ) -> None:
        bound = self.audit_of(learning, supervisor, **{part: other})
        tied = self.audit_of(learning, supervisor)
        InvolvementFactory(case=tied.case, user=other)
        free = self.audit_of(learning, supervisor)
        CycleFactory(template_version=bound.template_version, status="published", published_at=NOW, due_on=TODAY)
        competency.change_supervisor(learning, supervisor=other, by=psw, at=LATER)
        found = Audit.objects.in_bulk([bound.pk, tied.pk, free.pk])
        assert [found[each.pk].supervisor for each in (bound, tied, free)] == [supervisor, supervisor, other]
        assert now(learning).supervisor == other

    @pytest.fixture
    def other(self, template: AuditTemplate, psw: User) -> User:
        person = UserFactory(name="Otto Other", job_role=JobRole.IRO)
        competency.sign_off_before([person], template, note=NOTE, on=YESTERDAY, by=psw, at=NOW)
        return person

    @staticmethod
    def audit_of(learning: Competency, supervisor: User, **changes: Any) -> Audit:
        version = TemplateVersion.objects.filter(template=learning.template).latest("number")
        made: Audit = AuditFactory(
            template_version=version, auditor=learning.user, supervisor=supervisor, case=CaseFactory(), **changes
        )
        return made

    def test_is_never_oneself(self, learning: Competency) -> None:
        with pytest.raises(IntegrityError), transaction.atomic():
            Competency.objects.filter(pk=learning.pk).update(supervisor=learning.user)


class TestDraw:
    """What it is all for: where the rule is on, who is in the draw."""

    def test_takes_the_signed_off_and_learners_with_their_supervisor(
        self, cycle: Cycle, learning: Competency, supervisor: User, psw: User
    ) -> None:
        unsigned = UserFactory(name="Una Unsigned", job_role=JobRole.TEAM_MANAGER)
        rules.change(reason="The leadership team wants it", by=psw, at=NOW, competency_required=True)
        pool = auditor_pool(cycle, today=TODAY)
        assert {(one.person, one.supervisor) for one in pool.available} == {
            (supervisor, None),
            (learning.user, supervisor),
        }
        assert unsigned in dict(pool.kept_out)
        competency.withdraw(Competency.objects.get(user=supervisor), note=NOTE, by=psw, at=NOW)
        assert auditor_pool(cycle, today=TODAY).available == ()


class TestSight:
    def test_is_for_those_who_decide_the_learner_and_the_supervisor(
        self, learning: Competency, supervisor: User, psw: User, assistant_director: User, head_of_service: User
    ) -> None:
        for person in (psw, assistant_director, head_of_service, learning.user, supervisor):
            assert learning in Competency.objects.visible_to(person)
        for role in ROLES[OTHERS]:
            assert learning not in Competency.objects.visible_to(UserFactory(job_role=role))
