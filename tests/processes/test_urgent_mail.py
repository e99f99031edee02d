"""An Inadequate reaches worker and team manager: real sender, real Celery worker and beat, real SMTP server."""

from __future__ import annotations

import contextlib
import subprocess
import time
from collections.abc import Callable

import pytest
from django.utils import timezone

from audits.models import Audit
from people.models import Heartbeat, OutgoingMail
from tests.cast import submitted
from tools.mail_catcher import MailSink

pytestmark = pytest.mark.processes
Start = Callable[[list[str]], contextlib.AbstractContextManager[subprocess.Popen[bytes]]]


def submit_inadequate(audit: Audit) -> set[str]:
    """Submit with the urgent grade now; returns who has to be told."""
    at = timezone.now()
    submitted(audit, grade="inadequate", outcomes="not_met", at=at, today=timezone.localdate())
    return set(OutgoingMail.objects.filter(kind="urgent").values_list("address", flat=True))


def assert_arrived(sink: MailSink, told: set[str]) -> None:
    """Everybody got exactly one urgent mail, and the portal says so."""
    urgent = [message for message in sink.messages if message["Subject"].startswith("Urgent")]
    assert sorted(message["X-Envelope-To"] for message in urgent) == sorted(told)
    assert not OutgoingMail.objects.exclude(status="sent").exists()


def wait_for_signs_of_life(names: set[str]) -> None:
    """Return once each of these processes has shown that it works; a task of every minute does it."""
    until = time.monotonic() + 90
    while not names <= set(Heartbeat.objects.values_list("name", flat=True)):
        assert time.monotonic() < until, "no sign of life came"
        time.sleep(0.5)


class TestUrgentMail:
    def test_leaves_through_the_sender_within_seconds(self, audit: Audit, portal: Start, sink: MailSink) -> None:
        told = submit_inadequate(audit)
        with portal(["sender"]):
            sink.wait_for(len(told), seconds=30)
            wait_for_signs_of_life({"sender"})
        assert_arrived(sink, told)

    def test_leaves_through_worker_and_beat_where_the_sender_is_down(
        self, audit: Audit, portal: Start, sink: MailSink
    ) -> None:
        told = submit_inadequate(audit)
        with portal(["worker"]), portal(["beat"]):
            sink.wait_for(len(told), seconds=120)
            wait_for_signs_of_life({"worker", "beat"})
        assert_arrived(sink, told)
