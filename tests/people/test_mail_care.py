"""What people do about mail in trouble, and the pages for it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from people import mail, mail_care, mail_sending
from people.models import PRIVATE_MAIL, Activity, MailAttempt, OutgoingMail, User
from people.roles import JobRole
from tests.conftest import NOW, TODAY
from tests.factories import UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]
ABOUT = "audit:2026-11-0007"


def queued(person: User, key: str = "k", **more: Any) -> OutgoingMail:
    values = {"kind": "urgent", "subject": f"About {key}", "body": "Sign in.", "about": ABOUT, "at": NOW, **more}
    return mail.queue(person, key=key, **values)


def failed(person: User, key: str = "k", **more: Any) -> OutgoingMail:
    row = queued(person, key, **more)
    mail_sending.give_up(row, words="550 no such mailbox", at=NOW)
    return row


def page(client: Client, user: User, name: str, *args: object, **query: str) -> str:
    client.force_login(user)
    response = client.get(reverse(name, args=args), query)
    assert response.status_code == 200
    return response.content.decode()


class TestInTrouble:
    def test_is_what_failed_and_what_does_not_get_away(self, psw: User, worker: User) -> None:
        queued(worker, "waits")
        OutgoingMail.objects.filter(pk=queued(worker, "stuck").pk).update(trouble_since=NOW - timedelta(minutes=5))
        OutgoingMail.objects.filter(pk=queued(worker, "just now").pk).update(trouble_since=NOW - timedelta(minutes=4))
        failed(worker, "failed", urgent=True, about="")
        found = [row.subject for row in mail_care.waiting_for(psw, at=NOW) if row.kind == "urgent"]
        assert found == ["About failed", "About stuck"], "urgent mail first"

    def test_waits_for_nobody_else(self, worker: User, django_assert_num_queries: Any) -> None:
        failed(worker)
        with django_assert_num_queries(0):
            assert mail_care.waiting_for(worker, at=NOW) == []

    def test_takes_one_query(self, psw: User, worker: User, django_assert_num_queries: Any) -> None:
        for number in range(25):
            failed(worker, str(number))
        with django_assert_num_queries(1):
            assert len([row.recipient.name for row in mail_care.waiting_for(psw, at=NOW)]) == 20


class TestSendAgain:
    def test_queues_it_to_the_address_of_today(self, psw: User, worker: User) -> None:
        row = failed(worker)
        User.objects.filter(pk=worker.pk).update(email="wren.new@exampleshire.example")
        again = mail_care.send_again(row, by=psw, at=NOW + timedelta(hours=1))
        assert (again.status, again.address, again.trouble) == ("queued", "wren.new@exampleshire.example", "")
        assert again.message_id == row.message_id
        assert Activity.objects.filter(verb="sent an email again", by=psw).exists()

    def test_is_refused_the_second_time(self, psw: User, worker: User) -> None:
        row = failed(worker)
        mail_care.send_again(row, by=psw, at=NOW)
        with pytest.raises(mail_care.MailCareError, match="already"):
            mail_care.send_again(row, by=psw, at=NOW)

    def test_gives_it_three_attempts_anew(self, psw: User, worker: User) -> None:
        row = failed(worker)
        for number in (1, 2, 3):
            MailAttempt.objects.create(
                mail=row, number=number, begun_at=NOW, ended_at=NOW, outcome="refused", trouble="permanent"
            )
        OutgoingMail.objects.filter(pk=row.pk).update(attempts=3)
        later = NOW + timedelta(hours=1)
        mail_care.send_again(row, by=psw, at=later)
        OutgoingMail.objects.filter(pk=row.pk).update(subject="two\nlines")  # which no server would take
        mail_sending.send_queued(now=lambda: later)
        row.refresh_from_db()
        assert (row.status, row.attempts) == ("queued", 4)


class TestSendTo:
    def test_tells_whom_one_chose(self, psw: User, worker: User, auditor: User) -> None:
        row = failed(worker, urgent=True)
        queued_one = mail_care.send_to(row, person=auditor, by=psw, at=NOW, today=TODAY)
        assert (queued_one.recipient, queued_one.stands_in_for, queued_one.urgent) == (auditor, row, True)

    @pytest.mark.parametrize("whom", ["recipient", "leaver", "told already"])
    def test_refuses_those_for_whom_it_is_no_use(self, psw: User, worker: User, auditor: User, whom: str) -> None:
        row = failed(worker)
        people = {"recipient": worker, "leaver": UserFactory(leave_date=TODAY), "told already": auditor}
        mail_care.send_to(row, person=auditor, by=psw, at=NOW, today=TODAY)
        with pytest.raises(mail_care.MailCareError):
            mail_care.send_to(row, person=people[whom], by=psw, at=NOW, today=TODAY)

    def test_refuses_private_mail(self, psw: User, worker: User, auditor: User) -> None:
        row = queued(worker, kind=PRIVATE_MAIL)
        with pytest.raises(mail_care.MailCareError, match="private"):
            mail_care.send_to(row, person=auditor, by=psw, at=NOW, today=TODAY)


class TestSettle:
    def test_takes_it_out_of_trouble_and_says_who_and_how(self, psw: User, worker: User) -> None:
        row = failed(worker)
        mail_care.settle(row, how=" Rang  Wren. ", by=psw, at=NOW)
        row.refresh_from_db()
        assert (row.settled_how, row.settled_by, row.status) == ("Rang Wren.", psw, "failed")
        assert row not in mail_care.waiting_for(psw, at=NOW)

    def test_is_refused_the_second_time_and_for_what_did_not_fail(self, psw: User, worker: User) -> None:
        row, waiting = failed(worker), queued(worker, "waits")
        mail_care.settle(row, how="Rang.", by=psw, at=NOW)
        for each in (row, waiting):
            with pytest.raises(mail_care.MailCareError):
                mail_care.settle(each, how="Rang.", by=psw, at=NOW)


class TestListPage:
    def test_shows_what_is_in_trouble_first(self, client: Client, psw: User, worker: User) -> None:
        failed(worker, "broken", about="")
        text = page(client, psw, "people:mail")
        assert text.index("In trouble") < text.index("About broken") < text.index("All mail")
        assert "550 no such mailbox" in text

    def test_is_filtered_by_whom_urgency_and_state(
        self, client: Client, psw: User, worker: User, auditor: User
    ) -> None:
        queued(worker, "plain")
        queued(auditor, "to the auditor", urgent=True)
        failed(worker, "broken")
        assert shown(page(client, psw, "people:mail", to="Ada")) == {"to the auditor"}
        assert shown(page(client, psw, "people:mail", urgent="yes")) == {"to the auditor"}
        assert shown(page(client, psw, "people:mail", status="trouble")) == {"broken"}
        assert shown(page(client, psw, "people:mail", urgent="no", status="queued", q="0007")) == {"plain"}

    def test_asks_the_same_number_of_questions_however_much_there_is(
        self, client: Client, psw: User, worker: User, django_assert_max_num_queries: Any
    ) -> None:
        for number in range(40):
            failed(worker, f"f{number}")
        client.force_login(psw)
        with django_assert_max_num_queries(8):
            client.get(reverse("people:mail"))


def shown(text: str) -> set[str]:
    """The keys of the mail on the page."""
    return {key for key in ("plain", "to the auditor", "broken") if f"About {key}<" in text}


class TestDetailPage:
    def test_shows_every_attempt_and_those_told_instead(
        self, client: Client, psw: User, worker: User, team_manager: User
    ) -> None:
        row = queued(worker)
        MailAttempt.objects.create(mail=row, number=1, begun_at=NOW - timedelta(hours=1))
        MailAttempt.objects.create(
            mail=row, number=2, begun_at=NOW, ended_at=NOW, outcome="refused", trouble="permanent", error="550 nobody"
        )
        OutgoingMail.objects.filter(pk=row.pk).update(attempts=2)
        row.refresh_from_db()
        mail_sending.give_up(row, words="550 nobody", at=NOW)
        text = page(client, psw, "people:mail_detail", row.pk)
        assert "Nobody knows whether it arrived" in text
        assert "550 nobody" in text
        assert "Tamar Manager" in text
        assert "Send it again" in text
        (instead,) = row.stand_ins.all()
        assert "Sent instead of" in page(client, psw, "people:mail_detail", instead.pk)

    def test_offers_nothing_to_those_who_only_read(self, client: Client, worker: User) -> None:
        reader = UserFactory(job_role=JobRole.QA_OFFICER)
        row = failed(worker)
        assert "Send it again" not in page(client, reader, "people:mail_detail", row.pk)
        assert client.post(reverse("people:mail_again", args=[row.pk])).status_code == 403

    def test_asks_the_same_number_of_questions_however_many_attempts(
        self, client: Client, psw: User, worker: User, django_assert_max_num_queries: Any
    ) -> None:
        row = queued(worker)
        MailAttempt.objects.bulk_create(MailAttempt(mail=row, number=n, begun_at=NOW) for n in range(1, 80))
        OutgoingMail.objects.filter(pk=row.pk).update(attempts=79)
        client.force_login(psw)
        with django_assert_max_num_queries(8):
            text = client.get(reverse("people:mail_detail", args=[row.pk])).content.decode()
        assert "And 59 earlier." in text


class TestButtons:
    def test_send_it_again(self, client: Client, psw: User, worker: User) -> None:
        row = failed(worker)
        client.force_login(psw)
        text = client.post(reverse("people:mail_again", args=[row.pk]), follow=True).content.decode()
        assert "is sent again within a minute" in text
        text = client.post(reverse("people:mail_again", args=[row.pk]), follow=True).content.decode()
        assert "This email is being sent again already, or has gone." in text

    def test_write_down_what_was_done(self, client: Client, psw: User, worker: User) -> None:
        row = failed(worker)
        address = reverse("people:mail_seen_to", args=[row.pk])
        client.force_login(psw)
        assert "Write in a few words what you did." in client.post(address, {"how": ""}).content.decode()
        client.post(address, {"how": "Rang Wren Worker."})
        row.refresh_from_db()
        assert row.settled_how == "Rang Wren Worker."
        again = client.post(address, {"how": "Rang again."}).content.decode()
        assert "Somebody has seen to this email already." in again
        assert "Rang again." in again

    def test_tell_one_of_the_line_or_anybody_on_the_staff_list(
        self, client: Client, psw: User, worker: User, team_manager: User, auditor: User
    ) -> None:
        row = queued(worker)
        address = reverse("people:mail_to_other", args=[row.pk])
        text = page(client, psw, "people:mail_to_other", row.pk)
        assert "Tamar Manager" in text
        assert "Wren Worker, " not in text
        client.post(address, {"person": str(team_manager.pk)})
        client.post(address, {"person": "other", "email": auditor.email.upper()})
        assert {each.recipient for each in row.stand_ins.all()} == {team_manager, auditor}
        unknown = client.post(address, {"person": "other", "email": "who@exampleshire.example"}).content.decode()
        assert "Give the email address of somebody who is on the staff list." in unknown
        assert "was told already" in client.post(address, {"person": str(team_manager.pk)}).content.decode()
