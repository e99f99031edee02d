"""A learner's supervisor agrees before the audit is submitted (P4): asked, agreed, changed, asked again."""

from __future__ import annotations

import html
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from allocation.changes.supervising import go_along
from allocation.models import Competency
from audits import answering, co_auditing, smart_actions, submitting
from audits.co_auditing import Stage, agreement, fingerprint
from audits.models import Audit, PageAnswers, Status
from people.models import OutgoingMail, Team, User
from people.roles import JobRole
from reporting.waiting import waiting_on
from tests.cast import add_action, fill_in
from tests.conftest import NOW, TODAY
from tests.factories import UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]
ACT: dict[str, Any] = {"at": NOW, "today": TODAY}


@pytest.fixture
def supervisor(audit: Audit, other_team: Team) -> User:
    """An experienced social worker of the auditor's team."""
    person = UserFactory(name="Sunny Supervisor", job_role=JobRole.CONSULTANT_SOCIAL_WORKER, team=other_team)
    audit.supervisor = person
    audit.save()
    return person


@pytest.fixture
def written(audit: Audit, supervisor: User) -> Audit:
    """Everything is answered; the supervisor has not been asked."""
    fill_in(audit, **ACT)
    return again(audit)


def again(audit: Audit) -> Audit:
    return Audit.objects.select_related("supervisor").get(pk=audit.pk)


def stage(audit: Audit) -> Stage:
    return agreement(again(audit), today=TODAY).stage


def agree(audit: Audit, by: User, *, at: Any = NOW) -> Audit:
    return co_auditing.agree(audit, seen=fingerprint(audit), by=by, at=at, today=TODAY)


def change_a_page(audit: Audit, by: User) -> None:
    stored = PageAnswers.objects.get(audit=audit, page="s1")
    content = {**stored.content, "rationale": "Written again after a talk."}
    answering.save_page(audit.reference, page="s1", content=content, base_revision=stored.revision, by=by, at=NOW)


def page_of(client: Client, audit: Audit, person: User, name: str = "audits:check") -> str:
    client.force_login(person)
    return html.unescape(client.get(reverse(name, args=[audit.reference])).content.decode())


class TestSubmitting:
    def test_waits_for_the_supervisor(self, written: Audit) -> None:
        with pytest.raises(submitting.NotReady) as refused:
            submitting.submit(written, by=written.auditor, **ACT)
        (problem,) = refused.value.problems
        assert (problem.page, problem.message) == (
            "supervisor",
            "Ask Sunny Supervisor, who supervises you, to read it and agree",
        )

    def test_says_that_they_have_been_asked(self, written: Audit) -> None:
        co_auditing.ask(written, by=written.auditor, **ACT)
        with pytest.raises(submitting.NotReady) as refused:
            submitting.submit(written, by=written.auditor, **ACT)
        assert refused.value.problems[0].message == "Sunny Supervisor has been asked, and has not agreed yet"

    def test_is_open_once_they_agree(self, written: Audit, supervisor: User) -> None:
        agree(written, supervisor)
        assert submitting.submit(written, by=written.auditor, **ACT).status == Status.WITH_TEAM

    def test_is_the_auditor_s_alone(self, written: Audit, supervisor: User) -> None:
        agree(written, supervisor)
        with pytest.raises(answering.NotWritable):
            submitting.submit(written, by=supervisor, **ACT)

    def test_needs_nobody_where_there_is_no_supervisor(self, audit: Audit) -> None:
        fill_in(audit, **ACT)
        assert stage(audit) == Stage.NO_SUPERVISOR
        assert submitting.submit(audit, by=audit.auditor, **ACT).status == Status.WITH_TEAM

    def test_needs_nobody_where_the_supervisor_has_left_and_says_so(
        self, client: Client, written: Audit, supervisor: User
    ) -> None:
        supervisor.leave_date = TODAY
        supervisor.save()
        assert stage(written) == Stage.LEFT
        assert "no longer works here, so nobody has to agree" in page_of(client, written, written.auditor)
        assert submitting.submit(written, by=written.auditor, **ACT).status == Status.WITH_TEAM


class TestAsking:
    def test_tells_the_supervisor_once(self, written: Audit, supervisor: User) -> None:
        for minutes in (0, 1):
            co_auditing.ask(written, by=written.auditor, at=NOW + timedelta(minutes=minutes), today=TODAY)
        mail = OutgoingMail.objects.get(kind="agreement_asked")
        assert (mail.recipient, mail.subject) == (supervisor, f"Audit {written.reference} is ready for your agreement")
        assert written.case.child_name not in mail.body

    def test_puts_it_on_the_supervisor_s_home_page(self, client: Client, written: Audit, supervisor: User) -> None:
        assert waiting_on(supervisor, **ACT).agreements == []
        co_auditing.ask(written, by=written.auditor, **ACT)
        assert waiting_on(supervisor, **ACT).agreements == [written]
        client.force_login(supervisor)
        assert "Audits that wait for your agreement" in client.get("/").content.decode()
        agree(written, supervisor)
        assert waiting_on(supervisor, **ACT).agreements == []

    def test_comes_after_everything_else(self, written: Audit) -> None:
        PageAnswers.objects.filter(audit=written, page="s1").delete()
        with pytest.raises(co_auditing.AgreementError, match="still missing"):
            co_auditing.ask(written, by=written.auditor, **ACT)

    def test_is_the_learner_s_alone(self, written: Audit, supervisor: User, team_manager: User) -> None:
        for person in (supervisor, team_manager):
            with pytest.raises(answering.NotWritable):
                co_auditing.ask(written, by=person, **ACT)
        with pytest.raises(answering.NotThere):
            co_auditing.ask(written, by=UserFactory(), **ACT)

    def test_is_of_nobody_where_nobody_has_to_agree(self, audit: Audit) -> None:
        fill_in(audit, **ACT)
        with pytest.raises(co_auditing.AgreementError, match="Nobody has to agree"):
            co_auditing.ask(audit, by=audit.auditor, **ACT)


class TestAgreeing:
    def test_is_written_down_and_the_learner_told(self, written: Audit, supervisor: User) -> None:
        assert agree(written, supervisor).supervisor_agreed_at == NOW
        assert stage(written) == Stage.AGREED
        mail = OutgoingMail.objects.get(kind="agreement_given")
        assert mail.recipient == written.auditor
        assert "You can submit it now" in mail.body

    def test_happens_once(self, written: Audit, supervisor: User) -> None:
        agree(written, supervisor)
        agree(written, supervisor, at=NOW + timedelta(hours=1))
        assert again(written).supervisor_agreed_at == NOW
        assert OutgoingMail.objects.filter(kind="agreement_given").count() == 1

    def test_is_with_what_they_had_before_them(self, written: Audit, supervisor: User) -> None:
        seen = fingerprint(written)
        change_a_page(written, written.auditor)
        with pytest.raises(co_auditing.AgreementError, match="changed while you were reading"):
            co_auditing.agree(written, seen=seen, by=supervisor, **ACT)
        assert stage(written) == Stage.OPEN

    def test_is_with_what_an_action_says_of_the_worker(self, written: Audit) -> None:
        action = written.smart_actions.filter(pk=add_action(written, **ACT).pk)
        seen = [fingerprint(written)]
        for why in ("They see it differently.", "They were not there."):
            action.update(agreed_with_worker=False, why_not_agreed=why)
            seen.append(fingerprint(written))
        assert len(set(seen)) == 3

    def test_is_refused_while_something_is_missing(self, written: Audit, supervisor: User) -> None:
        PageAnswers.objects.filter(audit=written, page="s1").delete()
        with pytest.raises(co_auditing.AgreementError, match="still missing"):
            agree(written, supervisor)

    def test_is_the_supervisor_s_alone(self, written: Audit, team_manager: User) -> None:
        for person in (written.auditor, team_manager):
            with pytest.raises(answering.NotWritable):
                agree(written, person)


class TestChangedAfterwards:
    @pytest.mark.parametrize("who", ["auditor", "supervisor"])
    def test_by_a_page_asks_again(self, written: Audit, supervisor: User, who: str) -> None:
        agree(written, supervisor)
        change_a_page(written, getattr(again(written), who))
        assert stage(written) == Stage.OPEN

    def test_by_an_action_asks_again(self, written: Audit, supervisor: User) -> None:
        agree(written, supervisor)
        action = add_action(again(written), **ACT)
        assert stage(written) == Stage.OPEN
        agree(again(written), supervisor)
        smart_actions.remove(action, by=written.auditor)
        assert stage(written) == Stage.OPEN

    def test_is_a_new_round_with_a_mail_of_its_own(self, written: Audit, supervisor: User) -> None:
        co_auditing.ask(written, by=written.auditor, **ACT)
        agree(written, supervisor)
        change_a_page(written, written.auditor)
        later = NOW + timedelta(hours=2)
        co_auditing.ask(written, by=written.auditor, at=later, today=TODAY)
        agree(again(written), supervisor, at=later)
        assert OutgoingMail.objects.filter(kind="agreement_asked").count() == 2
        assert OutgoingMail.objects.filter(kind="agreement_given").count() == 2

    def test_of_who_supervises_asks_the_new_one(self, written: Audit, supervisor: User, core_template: Any) -> None:
        agree(written, supervisor)
        record = Competency.objects.create(
            user=written.auditor,
            template=core_template.template,
            state=Competency.State.LEARNING,
            supervisor=UserFactory(name="Nia New", job_role=JobRole.CONSULTANT_SOCIAL_WORKER),
            begun_by=UserFactory(),
            begun_at=NOW,
        )
        assert go_along(record, by=record.begun_by, at=NOW) == [written]
        assert agreement(again(written), today=TODAY) == co_auditing.Agreement(Stage.OPEN, record.supervisor)


class TestPages:
    def test_show_the_learner_where_it_stands(self, client: Client, written: Audit, supervisor: User) -> None:
        for name in ("audits:tasks", "audits:check"):
            assert "has to read this audit and agree" in page_of(client, written, written.auditor, name)
        page = page_of(client, written, written.auditor)
        assert "Ask Sunny Supervisor to agree" in page
        client.post(reverse("audits:ask_agreement", args=[written.reference]))
        assert "You asked Sunny Supervisor to agree" in page_of(client, written, written.auditor, "audits:tasks")
        agree(written, supervisor)
        assert "Sunny Supervisor agreed on 10 November 2026" in page_of(client, written, written.auditor)

    def test_let_the_supervisor_agree_from_what_they_read(
        self, client: Client, written: Audit, supervisor: User
    ) -> None:
        page = page_of(client, written, supervisor)
        assert "I agree with what is written" in page
        assert "Submit this audit" not in page
        client.post(reverse("audits:agree", args=[written.reference]), {"seen": fingerprint(written)})
        assert stage(written) == Stage.AGREED

    def test_give_the_supervisor_the_task_list(self, client: Client, written: Audit, supervisor: User) -> None:
        assert "has not asked you to agree yet" in page_of(client, written, supervisor, "audits:tasks")
