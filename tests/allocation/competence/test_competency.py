"""Who may audit with a template: learning, evaluated by two heads of service, signed off (P4, file 004 D)."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from allocation.competence import competency
from allocation.competence.competency import ACTS
from allocation.models import Competency, Evaluation
from allocation.month_lock import CycleError
from audits.models import AuditTemplate
from people.models import Activity, OutgoingMail, User
from people.roles import JobRole
from tests.allocation.competence.records import LATER, NOTE, YESTERDAY, State, now, say
from tests.conftest import NOW, TODAY
from tests.factories import CycleFactory, UserFactory

pytestmark = pytest.mark.django_db


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

    def test_needs_a_supervisor_who_is_there_until_the_next_audits_are_due(
        self, learner: User, template: AuditTemplate, supervisor: User, psw: User
    ) -> None:
        supervisor.leave_date = date(2026, 11, 30)
        supervisor.save()
        assert supervisor not in competency.possible_supervisors(template, today=TODAY)
        words = "Sunniva Supervisor leaves on 30 November 2026, before the next audits are due. Choose somebody else."
        with pytest.raises(CycleError, match=words):
            competency.begin(learner, template, supervisor=supervisor, by=psw, at=NOW)
        version = template.versions.get()
        CycleFactory(status="published", due_on=date(2026, 11, 27), published_at=NOW, template_version=version)
        assert supervisor in competency.possible_supervisors(template, today=TODAY)
        assert competency.begin(learner, template, supervisor=supervisor, by=psw, at=NOW).supervisor == supervisor

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


class TestSight:
    def test_is_for_those_who_decide_the_learner_and_the_supervisor(
        self, learning: Competency, supervisor: User, psw: User, assistant_director: User, head_of_service: User
    ) -> None:
        for person in (psw, assistant_director, head_of_service, learning.user, supervisor):
            assert learning in Competency.objects.visible_to(person)
        for role in ROLES[OTHERS]:
            assert learning not in Competency.objects.visible_to(UserFactory(job_role=role))
