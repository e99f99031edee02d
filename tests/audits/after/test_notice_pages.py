"""The pages of an urgent audit: what has to happen, who was told, who has answered, and where it is shown."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from audits.after import urgent_notices
from audits.models import Audit, NoticeRecipient, UrgentNotice
from people.models import OutgoingMail, User
from reporting.urgent import urgent_audits
from reporting.waiting import programme
from tests.audits.after.noticing import Scene
from tests.cast import add_action
from tests.conftest import NOW, TODAY
from tests.factories import UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]
STEP = "I see the child at 16:00 with the duty worker."


@pytest.fixture
def scene(audit: Audit, psw: User, head_of_service: User, other_team: Any) -> Scene:
    add_action(audit, immediate=True, at=NOW, today=TODAY)
    return Scene(Audit.objects.get(pk=audit.pk), psw, head_of_service, other_team)


@pytest.fixture
def notice(scene: Scene) -> UrgentNotice:
    scene.submit()
    return UrgentNotice.objects.get()


def page_of(client: Client, user: User, address: str) -> str:
    client.force_login(user)
    return client.get(address).content.decode()


def url_of(notice: UrgentNotice) -> str:
    return reverse("audits:notice", args=[notice.pk])


class TestPage:
    def test_says_first_what_has_to_happen(self, client: Client, notice: UrgentNotice, team_manager: User) -> None:
        text = page_of(client, team_manager, url_of(notice))
        order = ["What has to happen now", "Book the visits", "Your answer", "Why it is urgent", "Who was told"]
        places = [text.index(words) for words in order]
        assert places == sorted(places)
        assert "The overall grade is Inadequate." in text
        assert "at the latest by 11 November 2026" in text

    def test_is_not_answered_by_reading(self, client: Client, notice: UrgentNotice, team_manager: User) -> None:
        page_of(client, team_manager, url_of(notice))
        assert not NoticeRecipient.objects.filter(acknowledged_at__isnull=False).exists()

    def test_takes_the_step_and_shows_it_to_auditor_and_psw(
        self, client: Client, notice: UrgentNotice, team_manager: User, psw: User
    ) -> None:
        client.force_login(team_manager)
        assert "Say what you do about it" in client.post(url_of(notice), {"step_taken": " "}).content.decode()
        for _ in range(2):  # pressed twice
            answer = client.post(url_of(notice), {"step_taken": STEP})
            assert answer.headers["Location"] == url_of(notice)
        late = client.post(url_of(notice), {"step_taken": "Typed in another window."})
        assert (late.status_code, "answered this already" in late.content.decode()) == (403, True)
        for person in (notice.audit.auditor, psw):
            text = page_of(client, person, url_of(notice))
            assert STEP in text
            assert "not answered by Wren Worker" in text
            assert "not answered by Wren Worker and" not in text

    def test_is_for_those_told_even_where_the_audit_is_not(
        self, client: Client, scene: Scene, worker: User, team_manager: User
    ) -> None:
        new = UserFactory(name="Nia New", team=scene.audit.team)
        scene.set(case__worker=new)
        scene.submit()
        notice = UrgentNotice.objects.get()
        text = page_of(client, new, url_of(notice))
        assert "The audit itself stays with those whose work it is" in text
        assert client.get(reverse("audits:detail", args=[scene.audit.reference])).status_code == 404

    def test_is_out_of_sight_for_others(self, client: Client, notice: UrgentNotice) -> None:
        client.force_login(UserFactory(name="Stella Stranger"))
        assert client.get(url_of(notice)).status_code == 404
        assert client.post(url_of(notice), {"step_taken": STEP}).status_code == 404

    def test_refuses_a_reader_who_was_not_told(self, client: Client, notice: UrgentNotice, auditor: User) -> None:
        client.force_login(auditor)
        assert client.post(url_of(notice), {"step_taken": STEP}).status_code == 403

    def test_refuses_what_another_person_typed_in_this_browser(
        self, client: Client, notice: UrgentNotice, team_manager: User, worker: User
    ) -> None:
        client.force_login(team_manager)
        assert client.post(url_of(notice), {"step_taken": STEP, "writer": worker.pk}).status_code == 403

    def test_says_what_changed_once_it_is_corrected(
        self, client: Client, scene: Scene, notice: UrgentNotice, worker: User
    ) -> None:
        scene.change("good")
        corrected = UrgentNotice.objects.get(kind="corrected")
        text = page_of(client, worker, url_of(corrected))
        assert "Not urgent any more" in text
        assert "from Inadequate to Good" in text
        assert "I have seen this" not in text
        assert "Need not answer" in page_of(client, worker, url_of(notice))

    def test_says_who_did_not_answer_to_who_it_goes_up_to(
        self, client: Client, notice: UrgentNotice, team_manager: User, head_of_service: User
    ) -> None:
        silent = NoticeRecipient.objects.get(notice=notice, person=team_manager)
        urgent_notices.go_up(silent, to=head_of_service, at=NOW, today=TODAY)
        text = page_of(client, head_of_service, url_of(notice))
        assert "Because Tamar Manager had not answered" in text
        assert "Others have to answer" not in text

    def test_takes_few_queries(
        self, client: Client, notice: UrgentNotice, worker: User, django_assert_max_num_queries: Any
    ) -> None:
        client.force_login(worker)
        with django_assert_max_num_queries(8):
            client.get(url_of(notice))


class TestList:
    def test_opens_with_what_is_not_answered(
        self, client: Client, notice: UrgentNotice, worker: User, team_manager: User, psw: User
    ) -> None:
        address = reverse("audits:notices")
        assert url_of(notice) in page_of(client, psw, address)
        for person in (worker, team_manager):
            urgent_notices.acknowledge(notice, step=STEP, by=person, at=NOW)
        assert url_of(notice) not in page_of(client, psw, address)
        assert url_of(notice) in page_of(client, psw, address + "?show=all")

    def test_shows_others_nothing(self, client: Client, notice: UrgentNotice) -> None:
        text = page_of(client, UserFactory(name="Stella Stranger"), reverse("audits:notices"))
        assert "Nothing is waiting" in text
        assert notice.audit.reference not in text

    def test_takes_as_many_queries_for_many_as_for_one(
        self, client: Client, scene: Scene, notice: UrgentNotice, psw: User, django_assert_max_num_queries: Any
    ) -> None:
        for _ in range(3):
            scene.change("good")
            scene.change("inadequate")
        client.force_login(psw)
        with django_assert_max_num_queries(7):
            client.get(reverse("audits:notices") + "?show=all")


class TestOnTheAudit:
    def test_stands_who_has_not_answered(self, client: Client, notice: UrgentNotice, psw: User) -> None:
        text = page_of(client, psw, reverse("audits:detail", args=[notice.audit.reference]))
        assert "not answered by Wren Worker and Tamar Manager" in text
        assert url_of(notice) in text

    def test_stands_that_it_was_corrected(
        self, client: Client, scene: Scene, notice: UrgentNotice, worker: User
    ) -> None:
        scene.change("good")
        text = page_of(client, worker, reverse("audits:detail", args=[notice.audit.reference]))
        assert "<b>Not urgent any more</b>" in text


class TestForThePSW:
    """S1: the PSW sees that it was delivered, and who has answered."""

    def test_it_is_settled_when_it_was_delivered_and_answered(
        self, notice: UrgentNotice, psw: User, worker: User, team_manager: User
    ) -> None:
        assert self.row(psw).awaiting == ("Wren Worker", "Tamar Manager")
        OutgoingMail.objects.update(status="sent", sent_at=NOW)
        assert (self.row(psw).state, self.row(psw).is_settled) == ("sent", False)
        for person in (worker, team_manager):
            urgent_notices.acknowledge(notice, step=STEP, by=person, at=NOW)
        assert (self.row(psw).answers, self.row(psw).is_settled) == ("Answered", True)

    def test_it_is_listed_where_it_became_urgent_later(self, scene: Scene, psw: User) -> None:
        scene.submit("good")
        assert urgent_audits(Audit.objects.all()) == []
        scene.change("inadequate")
        assert self.row(psw).audit == scene.audit
        scene.change("good")
        assert self.row(psw).answers == "Not urgent any more"

    def test_it_stands_on_the_home_page(self, client: Client, notice: UrgentNotice, psw: User) -> None:
        text = page_of(client, psw, "/")
        assert url_of(notice) in text
        assert "Waiting" in text

    def row(self, psw: User) -> Any:
        found = programme(psw, today=TODAY)
        assert found is not None
        (row,) = found.urgent
        return row
