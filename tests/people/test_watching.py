"""Whether the portal's processes do their work and its mail leaves."""

from __future__ import annotations

import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from people import mail, mail_care, mail_sending, tasks, watching
from people.management.commands import watch
from people.models import PRIVATE_MAIL, Heartbeat, OutgoingMail, User
from tests.conftest import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]
MINUTE = timedelta(minutes=1)


@pytest.fixture
def all_well() -> None:
    """Every process has just done something."""
    for name in watching.SILENT_AFTER:
        watching.beat(name, at=NOW)


@pytest.fixture
def told(settings: Any, tmp_path: Path) -> Path:
    """The file to which the alarm command adds what it is told."""
    file = tmp_path / "told"
    settings.ALARM_COMMAND = [
        sys.executable,
        "-c",
        f"import sys; print(sys.stdin.read(), file=open({str(file)!r}, 'a'))",
    ]
    return file


def codes(at: Any = NOW) -> list[str]:
    return [alarm.code for alarm in watching.look(at=at)]


def queued(person: User, *, urgent: bool = True, kind: str = "urgent") -> OutgoingMail:
    return mail.queue(person, key="k", kind=kind, subject="S", body="Sign in.", at=NOW, urgent=urgent)


class TestLook:
    def test_is_silent_where_all_is_well(self, all_well: None, django_assert_num_queries: Any) -> None:
        with django_assert_num_queries(2):
            assert codes() == []

    def test_tells_each_process_that_never_did_anything(self) -> None:
        assert codes() == ["sender silent", "worker silent", "beat silent"]
        assert "so far" in watching.look(at=NOW)[0].sentence

    @pytest.mark.parametrize(("name", "minutes"), [("sender", 2), ("worker", 5), ("beat", 5)])
    def test_tells_a_process_that_stopped(self, all_well: None, name: str, minutes: int) -> None:
        Heartbeat.objects.exclude(name=name).update(at=NOW + timedelta(hours=1))
        assert codes(NOW + minutes * MINUTE - timedelta(seconds=1)) == []
        assert codes(NOW + minutes * MINUTE) == [f"{name} silent"]

    def test_tells_of_urgent_mail_that_waits_five_minutes(self, all_well: None, worker: User) -> None:
        queued(worker)
        Heartbeat.objects.update(at=NOW + timedelta(hours=1))
        assert codes(NOW + 4 * MINUTE) == []
        assert codes(NOW + 5 * MINUTE) == ["urgent mail waits"]

    def test_tells_of_mail_that_failed_until_somebody_has_seen_to_it(
        self, all_well: None, worker: User, psw: User
    ) -> None:
        row = queued(worker)
        mail_sending.give_up(row, words="550", at=NOW)
        OutgoingMail.objects.filter(stands_in_for=row).delete()
        assert codes() == ["urgent mail failed"]
        mail_care.settle(row, how="Rang.", by=psw, at=NOW)
        assert codes() == []

    def test_counts_no_private_mail_which_nobody_could_see_to(self, all_well: None, worker: User) -> None:
        mail_sending.give_up(queued(worker, urgent=False, kind=PRIVATE_MAIL), words="550", at=NOW)
        assert codes() == []


class TestSignsOfLife:
    def test_of_the_sender_come_from_looking_at_the_queue(self, psw: User, settings: Any) -> None:
        call_command("send_mail", verbosity=0)
        assert Heartbeat.objects.get(name="sender").at == NOW

    def test_of_the_worker_come_from_a_task_of_the_queue(self) -> None:
        tasks.show_a_sign_of_life()
        tasks.show_a_sign_of_life()
        assert Heartbeat.objects.get().name == "worker"


class TestCommand:
    def test_ends_well_where_all_is_well(self, all_well: None, capsys: pytest.CaptureFixture[str]) -> None:
        call_command("watch")
        assert "All is well." in capsys.readouterr().out

    def test_fails_with_plain_sentences_and_runs_the_alarm_command(self, told: Path) -> None:
        with pytest.raises(CommandError, match="The mail sender has done nothing so far"):
            call_command("watch")
        assert "Ask IT to start the process “worker” again." in told.read_text()

    def test_goes_on_where_the_alarm_command_fails(self, settings: Any) -> None:
        settings.ALARM_COMMAND = ["/nowhere/at-all"]
        with pytest.raises(CommandError):
            call_command("watch")

    def test_raises_each_alarm_once_an_hour(self, told: Path) -> None:
        one, two = watching.Alarm("one", "One.", "Do."), watching.Alarm("two", "Two.", "Do.")
        command = watch.Command()
        looks = [(0, [one]), (30, [one]), (60, [one, two]), (90, [two]), (120, [one, two]), (3_800, [one, two])]
        for now, alarms in looks:
            command.raise_alarm(alarms, now=now)
        both = "One. Do.\nTwo. Do.\n"
        assert told.read_text() == "One. Do.\n" + 3 * both


class TestPage:
    def test_says_yes_where_all_is_well(self, client: Client, psw: User, all_well: None) -> None:
        client.force_login(psw)
        assert (
            "Yes. Everything that sends mail is at work" in client.get(reverse("people:mail_working")).content.decode()
        )

    def test_says_what_is_wrong_and_what_to_do(self, client: Client, psw: User) -> None:
        client.force_login(psw)
        text = client.get(reverse("people:mail_working")).content.decode()
        assert "No, not everything." in text
        assert "The timetable has done nothing so far." in text
