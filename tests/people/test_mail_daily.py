"""The daily email: what waits for it, when it is written, and how one chooses."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from people import mail, mail_daily
from people.mail import Draft
from people.models import PRIVATE_MAIL, Holiday, OutgoingMail, User
from tests.conftest import NOW
from tests.people.test_mail_sending import at_once

pytestmark = pytest.mark.django_db
TUESDAY = datetime(2026, 11, 10, 7, 30, tzinfo=UTC)  # London keeps the time of the clock underneath in winter


@pytest.fixture
def reader(worker: User) -> User:
    """Somebody who chose the daily email."""
    worker.mail_choice = "daily"
    worker.save()
    return worker


def queued(person: User, key: str = "k", **more: Any) -> OutgoingMail:
    body = f"Sign in:\nhttp://localhost/audits/{key}/\n"
    return mail.queue(person, key=key, at=NOW, **{"kind": "test", "subject": f"About {key}", "body": body, **more})


class TestHeld:
    def test_is_what_is_not_urgent_for_those_who_chose_it(self, reader: User, psw: User) -> None:
        assert queued(reader).status == "held"
        assert queued(psw, "single").status == "queued"
        mail.queue_many([Draft(reader, "many", "test", "S", "B", NOW)])
        assert OutgoingMail.objects.get(key="many").status == "held"

    @pytest.mark.parametrize(
        "more",
        [{"urgent": True}, {"calendar": "BEGIN:VCALENDAR"}, {"kind": PRIVATE_MAIL}, {"body": "/password/reset/"}],
        ids=str,
    )
    def test_is_never_what_is_urgent_private_or_goes_into_a_calendar(self, reader: User, more: dict[str, Any]) -> None:
        assert queued(reader, **more).status == "queued"


class TestGather:
    def test_writes_one_email_with_a_link_to_each(self, reader: User) -> None:
        rows = [queued(reader, "one"), queued(reader, "two")]
        assert mail_daily.gather(at=TUESDAY) == 1
        daily = OutgoingMail.objects.get(kind="daily")
        assert (daily.status, daily.recipient) == ("queued", reader)
        assert "- About one\n  http://localhost/audits/one/\n" in daily.body
        assert "http://localhost/audits/two/" in daily.body
        for row in rows:
            row.refresh_from_db()
            assert (row.status, row.gathered_in) == ("gathered", daily)

    def test_writes_it_once_a_day_and_what_comes_later_the_next_day(self, reader: User) -> None:
        queued(reader, "one")
        assert mail_daily.gather(at=TUESDAY) == 1
        queued(reader, "two")
        assert mail_daily.gather(at=TUESDAY + timedelta(hours=5)) == 0
        assert mail_daily.gather(at=TUESDAY + timedelta(days=1)) == 1

    @pytest.mark.parametrize(
        ("at", "written"),
        [
            (TUESDAY - timedelta(minutes=1), 0),
            (TUESDAY, 1),
            (datetime(2026, 11, 14, 9, 0, tzinfo=UTC), 0),  # a Saturday
            (datetime(2026, 11, 15, 9, 0, tzinfo=UTC), 0),
            (datetime(2026, 12, 25, 9, 0, tzinfo=UTC), 0),
            (datetime(2026, 7, 7, 6, 30, tzinfo=UTC), 1),  # half past seven by the summer's clock
            (datetime(2026, 7, 7, 6, 29, tzinfo=UTC), 0),
            (datetime(2026, 11, 10, 23, 59, tzinfo=UTC), 1),  # also after an outage of the whole day
        ],
    )
    def test_comes_on_working_days_from_half_past_seven_in_london(
        self, reader: User, at: datetime, written: int
    ) -> None:
        Holiday.objects.get_or_create(day="2026-12-25", defaults={"name": "Christmas Day"})
        queued(reader)
        assert mail_daily.gather(at=at) == written

    def test_takes_up_what_was_held_for_somebody_who_chose_otherwise_meanwhile(self, reader: User) -> None:
        queued(reader)
        User.objects.update(mail_choice="single")
        assert mail_daily.gather(at=TUESDAY) == 1

    @pytest.mark.django_db(transaction=True)
    def test_writes_one_however_many_run_at_once(self, reader: User) -> None:
        for number in range(5):
            queued(reader, str(number))
        at_once([lambda: mail_daily.gather(at=TUESDAY)] * 5)
        daily = OutgoingMail.objects.get(kind="daily")
        assert daily.gathered.count() == 5


class TestChoose:
    def test_releases_what_waits_when_single_emails_are_chosen(self, reader: User) -> None:
        row = queued(reader)
        at = NOW + timedelta(hours=1)
        assert mail_daily.choose(reader, choice="single", by=reader, at=at) == 1
        row.refresh_from_db()
        assert (row.status, row.next_attempt_at) == ("queued", at)

    def test_is_everybodys_own(self, client: Client, worker: User, psw: User) -> None:
        address = reverse("people:mail_choice", args=[worker.pk])
        client.force_login(worker)
        assert "One email each working morning" in client.get(address).content.decode()
        client.post(address, {"choice": "daily"})
        worker.refresh_from_db()
        assert worker.mail_choice == "daily"
        assert (
            "One email each working morning" in client.get(reverse("people:detail", args=[worker.pk])).content.decode()
        )
        assert "Choose one of the two." in client.post(address, {"choice": ""}).content.decode()
        client.force_login(psw)
        assert client.post(address, {"choice": "single"}).status_code == 403
