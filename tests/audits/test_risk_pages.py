"""The pages about a child at risk: the button everywhere, raising, acknowledging, what is open (A16)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from audits import answering, learning_points, risk_reading, smart_actions
from audits.immediate_risks import raise_risk
from audits.models import Audit, ImmediateRisk, RiskRecipient, Status
from audits.urls import urlpatterns
from audits.whole_audit.everything import whole_audit, with_everyone
from people.models import OutgoingMail, User
from people.roles import JobRole
from tests.cast import submitted
from tests.conftest import NOW, TODAY
from tests.factories import UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]
CONCERN = "Nobody has seen the child for five weeks."


@pytest.fixture(autouse=True)
def service_manager(audit: Audit, head_of_service: User, psw: User) -> User:
    return UserFactory(name="Sani Service", job_role=JobRole.SERVICE_MANAGER, service=audit.service)


@pytest.fixture
def risk(audit: Audit) -> ImmediateRisk:
    at = NOW - timedelta(minutes=35)
    return raise_risk(audit, concern=CONCERN, done_already="", by=audit.auditor, at=at, today=TODAY)[0]


def page_of(client: Client, user: User, name: str, *arguments: object) -> str:
    client.force_login(user)
    return client.get(reverse(f"audits:{name}", args=arguments)).content.decode()


class TestButton:
    @pytest.mark.parametrize("name", ["detail", "tasks", "smart_actions", "learning", "check", "write_note"])
    def test_is_on_every_page_of_the_audit(self, client: Client, audit: Audit, name: str) -> None:
        assert reverse("audits:raise_risk", args=[audit.reference]) in page_of(
            client, audit.auditor, name, audit.reference
        )

    @pytest.mark.parametrize("page", ["overview", "meeting", "child", "s1", "overall"])
    def test_is_on_every_page_of_the_form(self, client: Client, audit: Audit, page: str) -> None:
        text = page_of(client, audit.auditor, "page", audit.reference, page)
        assert reverse("audits:raise_risk", args=[audit.reference]) in text

    def test_is_wherever_the_auditor_is_in_the_audit(self, client: Client, audit: Audit) -> None:
        smart_actions.add(
            audit, outcome="Seen.", how="Visit.", owner=audit.worker, due_on=TODAY, agreed_with_worker=True,
            immediate=False, by=audit.auditor, at=NOW, today=TODAY,
        )  # fmt: skip
        learning_points.add(
            audit, what="Forms.", how="Change.", who="All", due_on=TODAY, by=audit.auditor, at=NOW, today=TODAY
        )
        for base, text in enumerate(("one", "two")):
            answering.save_page(
                audit.reference, page="s1", content={"rationale": text}, base_revision=base, by=audit.auditor, at=NOW
            )
        here = {"reference": audit.reference, "page": "s1", "number": 1}
        opened = []
        client.force_login(audit.auditor)
        for pattern in urlpatterns:
            asked = pattern.pattern.converters
            if "reference" not in asked or not set(asked) <= set(here) or pattern.name == "raise_risk":
                continue
            answer = client.get(reverse(f"audits:{pattern.name}", kwargs={name: here[name] for name in asked}))
            if answer.status_code == 200 and b"<html" in answer.content:  # a whole page
                opened.append(pattern.name)
                assert reverse("audits:raise_risk", args=[audit.reference]) in answer.content.decode(), pattern.name
        assert {"detail", "tasks", "meetings", "book_meeting", "versions", "change_learning", "sharing"} <= set(opened)

    def test_stays_after_submitting_and_is_for_those_who_write(
        self, client: Client, audit: Audit, worker: User, team_manager: User
    ) -> None:
        done = submitted(audit, at=NOW, today=TODAY)
        url = reverse("audits:raise_risk", args=[audit.reference])
        assert url in page_of(client, audit.auditor, "detail", done.reference)
        for person in (worker, team_manager):
            assert url not in page_of(client, person, "detail", done.reference)


class TestDocument:
    def test_says_who_need_not_answer(self, audit: Audit, risk: ImmediateRisk) -> None:
        whole = whole_audit(with_everyone(Audit.objects.all()).get(pk=audit.pk), today=TODAY)
        told = next(part for part in whole.parts if part.code == "risks").blocks[-1]
        assert "Not yet" in str(told)
        assert str(told).count("Told; need not answer") == 2


class TestCopyOfTheAudit:
    def test_says_that_a_risk_waits_for_an_answer(
        self, audit: Audit, risk: ImmediateRisk, service_manager: User
    ) -> None:
        submitted(audit, at=NOW, today=TODAY)
        mail = OutgoingMail.objects.get(kind="copy", recipient=service_manager)
        assert reverse("audits:risk", args=[risk.pk]) in mail.body
        assert "need not do anything" not in mail.body

    def test_says_nothing_of_it_otherwise(self, audit: Audit, service_manager: User) -> None:
        submitted(audit, at=NOW, today=TODAY)
        mail = OutgoingMail.objects.get(kind="copy", recipient=service_manager)
        assert "/risks/" not in mail.body
        assert "need not do anything" in mail.body

    def test_names_nobody_twice_after_submitting(
        self, client: Client, audit: Audit, risk: ImmediateRisk, service_manager: User
    ) -> None:
        done = submitted(audit, at=NOW, today=TODAY)
        told = page_of(client, audit.auditor, "submitted", done.reference)
        assert told.count("<b>Sani Service</b>") == 1


class TestRaising:
    def test_says_who_will_be_told_before_it_is_sent(self, client: Client, audit: Audit) -> None:
        text = page_of(client, audit.auditor, "raise_risk", audit.reference)
        for words in ("Tamar Manager", "Sani Service", "Hana Head", "Petra Programme", "Ring them too", "999"):
            assert words in text
        assert not ImmediateRisk.objects.exists()

    def test_leads_to_the_page_with_the_clock(self, client: Client, audit: Audit) -> None:
        client.force_login(audit.auditor)
        url = reverse("audits:raise_risk", args=[audit.reference])
        for _ in range(2):  # pressed twice
            answer = client.post(url, {"concern": CONCERN, "done_already": "", "writer": audit.auditor_id}, follow=True)
        text = answer.content.decode()
        assert "not acknowledged by Tamar Manager and Sani Service" in text
        assert ImmediateRisk.objects.get().concern == CONCERN
        assert OutgoingMail.objects.filter(urgent=True).count() == 4
        audit.refresh_from_db()
        assert audit.status == Status.ALLOCATED

    def test_keeps_what_was_typed_where_something_is_missing(self, client: Client, audit: Audit) -> None:
        client.force_login(audit.auditor)
        url = reverse("audits:raise_risk", args=[audit.reference])
        text = client.post(url, {"concern": "", "done_already": "I rang the duty team."}).content.decode()
        assert "Say what puts the child at risk" in text
        assert "I rang the duty team." in text

    def test_refuses_what_another_person_typed_in_this_browser(self, client: Client, audit: Audit, psw: User) -> None:
        client.force_login(audit.auditor)
        sent = {"concern": CONCERN, "writer": psw.pk}
        assert client.post(reverse("audits:raise_risk", args=[audit.reference]), sent).status_code == 403
        assert not ImmediateRisk.objects.exists()


class TestAcknowledging:
    def test_is_first_of_all_on_the_home_page(self, client: Client, risk: ImmediateRisk, team_manager: User) -> None:
        client.force_login(team_manager)
        text = client.get("/").content.decode()
        assert f"A risk to acknowledge: audit {risk.audit.reference}" in text
        assert "35 minutes ago" in text
        assert text.index("A risk to acknowledge") == min(
            text.index(words) for words in ("A risk to acknowledge", "raised during audits")
        )

    def test_takes_a_post_with_what_is_done(self, client: Client, risk: ImmediateRisk, team_manager: User) -> None:
        client.force_login(team_manager)
        url = reverse("audits:risk", args=[risk.pk])
        assert CONCERN in client.get(url).content.decode()
        assert not RiskRecipient.objects.filter(acknowledged_at__isnull=False).exists(), "reading is no answer"
        assert "Say what you do about it" in client.post(url, {"step_taken": ""}).content.decode()
        client.post(url, {"step_taken": "I see the child at 16:00."})
        again = client.post(url, {"step_taken": "I see the child at 16:00."})  # pressed twice
        assert again["Location"] == url
        other = client.post(url, {"step_taken": "The duty worker goes."})  # typed in another window: it stays there
        assert (other.status_code, "acknowledged this already" in other.content.decode()) == (403, True)
        row = RiskRecipient.objects.get(person=team_manager)
        assert (row.acknowledged_at, row.step_taken) == (NOW, "I see the child at 16:00.")
        assert "not acknowledged by Sani Service" in client.get(url).content.decode()
        assert "A risk to acknowledge" not in client.get("/").content.decode()

    def test_shows_the_auditor_and_the_psw_what_was_answered(
        self, client: Client, risk: ImmediateRisk, team_manager: User, psw: User
    ) -> None:
        client.force_login(team_manager)
        client.post(reverse("audits:risk", args=[risk.pk]), {"step_taken": "I see the child at 16:00."})
        for person in (risk.raised_by, psw):
            text = page_of(client, person, "risk", risk.pk)
            assert "I see the child at 16:00." in text
            assert "35 minutes after it was raised" in text
            assert "I have seen this</button>" not in text or person == psw

    def test_stands_on_the_page_of_the_audit(
        self, client: Client, risk: ImmediateRisk, psw: User, worker: User
    ) -> None:
        words = "not acknowledged by Tamar Manager and Sani Service"
        for person, name in ((risk.raised_by, "tasks"), (risk.raised_by, "detail"), (psw, "detail")):
            assert words in page_of(client, person, name, risk.audit.reference)
        assert words not in page_of(client, worker, "detail", risk.audit.reference)

    def test_of_a_submitted_audit_is_there_for_its_readers_but_not_on_their_home_page(
        self, client: Client, risk: ImmediateRisk, worker: User
    ) -> None:
        assert risk_reading.open_for(worker, at=NOW, limit=5) == []
        client.force_login(worker)
        assert client.get(reverse("audits:risk", args=[risk.pk])).status_code == 404
        submitted(risk.audit, at=NOW, today=TODAY)
        assert CONCERN in page_of(client, worker, "risk", risk.pk)
        assert reverse("audits:risk", args=[risk.pk]) in page_of(client, worker, "detail", risk.audit.reference)
        assert risk_reading.open_for(worker, at=NOW, limit=5) == []

    def test_of_an_audit_taken_back_is_still_asked_for(
        self, client: Client, risk: ImmediateRisk, team_manager: User
    ) -> None:
        Audit.objects.filter(pk=risk.audit_id).update(status="withdrawn")
        assert CONCERN in page_of(client, team_manager, "risk", risk.pk)


class TestList:
    def test_opens_with_what_is_not_acknowledged(
        self, client: Client, risk: ImmediateRisk, psw: User, team_manager: User, service_manager: User
    ) -> None:
        url = reverse("audits:risk", args=[risk.pk])
        assert url in page_of(client, psw, "risks")
        for person in (team_manager, service_manager):
            client.force_login(person)
            client.post(url, {"step_taken": "Done."})
        assert url not in page_of(client, psw, "risks")
        assert url in client.get(reverse("audits:risks") + "?show=all").content.decode()

    def test_shows_others_nothing(self, client: Client, risk: ImmediateRisk, assistant_director: User) -> None:
        text = page_of(client, assistant_director, "risks")
        assert "Nothing is waiting" in text
        assert risk.audit.reference not in text

    def test_takes_few_queries_however_long(
        self, client: Client, audit: Audit, psw: User, django_assert_max_num_queries: Any
    ) -> None:
        for number in range(12):
            raise_risk(audit, concern=f"{number}", done_already="", by=audit.auditor, at=NOW, today=TODAY)
        client.force_login(psw)
        with django_assert_max_num_queries(5):
            client.get(reverse("audits:risks"))


class TestOnTheAudit:
    def test_stands_in_the_history_and_on_the_list(
        self, client: Client, audit: Audit, risk: ImmediateRisk, psw: User, worker: User
    ) -> None:
        assert "A child at risk was raised" in page_of(client, psw, "detail", audit.reference)
        assert "Child at risk</strong>" in page_of(client, psw, "list")
        assert "Child at risk</strong>" not in page_of(client, worker, "list")

    def test_counts_no_characters_that_nobody_reaches(self, client: Client, audit: Audit, risk: ImmediateRisk) -> None:
        assert "You can write up to" not in page_of(client, audit.auditor, "raise_risk", audit.reference)
