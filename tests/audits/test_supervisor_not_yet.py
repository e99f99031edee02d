"""A supervisor who does not agree yet says what to change; the learner reads it, changes it, and asks again (P4)."""

from __future__ import annotations

import html
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from audits import answering, co_auditing, supervising
from audits.co_auditing import Stage
from audits.models import Audit, NotYet, PageAnswers
from people.models import OutgoingMail, Team, User
from people.roles import JobRole
from tests.cast import fill_in
from tests.conftest import NOW, TODAY
from tests.factories import UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]
WHAT = "Say in section 1 what the child said herself."


@pytest.fixture
def supervisor(other_team: Team) -> User:
    return UserFactory(name="Sunny Supervisor", job_role=JobRole.CONSULTANT_SOCIAL_WORKER, team=other_team)


@pytest.fixture
def asked(audit: Audit, supervisor: User) -> Audit:
    """An audit that a learner has finished, and asked the supervisor about."""
    audit.supervisor = supervisor
    audit.save()
    fill_in(audit, at=NOW - timedelta(hours=2), today=TODAY)
    return co_auditing.ask(audit, by=audit.auditor, at=NOW - timedelta(hours=1), today=TODAY)


def change_a_page(audit: Audit) -> None:
    stored = PageAnswers.objects.get(audit=audit, page="s1")
    content, by = {**stored.content, "rationale": "Written again after a talk."}, audit.auditor
    answering.save_page(audit.reference, page="s1", content=content, base_revision=stored.revision, by=by, at=NOW)


def page_of(client: Client, audit: Audit, person: User, name: str = "audits:check") -> str:
    client.force_login(person)
    return html.unescape(client.get(reverse(name, args=[audit.reference])).content.decode())


class TestNotYet:
    def test_tells_the_learner_by_mail_without_the_words(self, client: Client, asked: Audit, supervisor: User) -> None:
        client.force_login(supervisor)
        client.post(reverse("audits:not_yet", args=[asked.reference]), {"what": WHAT})
        mail = OutgoingMail.objects.get(kind="agreement_not_yet")
        assert mail.recipient == asked.auditor
        assert WHAT not in mail.body
        asked.refresh_from_db()
        assert co_auditing.agreement(asked, today=TODAY).stage == Stage.OPEN

    @pytest.mark.parametrize("name", ["audits:tasks", "audits:check"])
    def test_is_read_by_the_learner(self, client: Client, asked: Audit, supervisor: User, name: str) -> None:
        supervising.not_yet(asked, what=WHAT, by=supervisor, at=NOW, today=TODAY)
        assert WHAT in page_of(client, asked, asked.auditor, name)

    @pytest.mark.parametrize("what", ["", "  ", "a" * 5001])
    def test_needs_words(self, asked: Audit, supervisor: User, what: str) -> None:
        with pytest.raises(co_auditing.AgreementError, match="Write what you would change"):
            supervising.not_yet(asked, what=what, by=supervisor, at=NOW, today=TODAY)

    def test_answers_only_what_was_asked(self, asked: Audit, supervisor: User) -> None:
        supervising.not_yet(asked, what=WHAT, by=supervisor, at=NOW, today=TODAY)
        with pytest.raises(co_auditing.AgreementError, match="not asked"):
            supervising.not_yet(asked, what=WHAT, by=supervisor, at=NOW, today=TODAY)
        assert NotYet.objects.count() == 1

    def test_is_the_supervisors_alone(self, asked: Audit) -> None:
        with pytest.raises(answering.NotWritable, match="Only the supervisor"):
            supervising.not_yet(asked, what=WHAT, by=asked.auditor, at=NOW, today=TODAY)


class TestNotYetInVain:
    """What the supervisor wrote stays on the page, with why beside it."""

    @pytest.mark.parametrize(
        ("what", "why"),
        [("a" * 5001, "Write at most 5000 characters: these are 5001"), ("  ", "Write what you would change")],
    )
    def test_keeps_what_cannot_be_said(
        self, client: Client, asked: Audit, supervisor: User, what: str, why: str
    ) -> None:
        page = self.posted(client, asked, supervisor, what)
        assert why in page
        assert f"{what}</textarea>" in page
        assert "<title>Error: Check your answers" in page
        assert not NotYet.objects.exists()

    @pytest.mark.parametrize("meanwhile", [{"agreement_asked_at": None}, {"supervisor_agreed_at": NOW}])
    def test_keeps_what_nobody_asks_for_any_more(
        self, client: Client, asked: Audit, supervisor: User, meanwhile: dict[str, object]
    ) -> None:
        Audit.objects.filter(pk=asked.pk).update(**meanwhile)
        page = self.posted(client, asked, supervisor, WHAT)
        assert "You are not asked to agree now" in page
        assert f"{WHAT}</textarea>" in page

    def test_is_not_what_another_person_typed_in_this_browser(
        self, client: Client, asked: Audit, supervisor: User, psw: User
    ) -> None:
        client.force_login(supervisor)
        sent = {"what": WHAT, "writer": psw.pk}
        assert client.post(reverse("audits:not_yet", args=[asked.reference]), sent).status_code == 403
        assert not NotYet.objects.exists()

    @pytest.mark.parametrize("name", ["ask_agreement", "agree", "not_yet"])
    def test_leads_to_the_check_page_who_comes_by_its_address(
        self, client: Client, asked: Audit, supervisor: User, name: str
    ) -> None:
        client.force_login(supervisor)
        answer = client.get(reverse(f"audits:{name}", args=[asked.reference]))
        assert answer.headers["Location"] == reverse("audits:check", args=[asked.reference])

    @staticmethod
    def posted(client: Client, audit: Audit, person: User, what: str) -> str:
        client.force_login(person)
        answer = client.post(reverse("audits:not_yet", args=[audit.reference]), {"what": what})
        assert answer.status_code == 200
        return html.unescape(answer.content.decode())


class TestSupervisor:
    def test_sees_what_changed_since_they_were_asked(self, client: Client, asked: Audit, supervisor: User) -> None:
        assert "No page was changed since" in page_of(client, asked, supervisor)
        change_a_page(asked)
        assert "Changed since" in page_of(client, asked, supervisor)


class TestLearner:
    def test_sees_no_button_to_submit_before_the_supervisor_agrees(self, client: Client, asked: Audit) -> None:
        page = page_of(client, asked, asked.auditor)
        assert "Submit this audit" not in page
        assert "go to the end and ask your supervisor" not in page
        assert "Everything is answered. You asked Sunny Supervisor to agree" in page

    def test_is_warned_on_a_page_once_the_supervisor_has_agreed(self, client: Client, asked: Audit) -> None:
        Audit.objects.filter(pk=asked.pk).update(supervisor_agreed_at=NOW)
        client.force_login(asked.auditor)
        page = client.get(reverse("audits:page", args=[asked.reference, "s1"])).content.decode()
        assert "they have to agree again" in page
