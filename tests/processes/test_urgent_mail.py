"""An Inadequate reaches worker and team manager: real sender, real Celery worker and beat, real SMTP server."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Callable

import pytest
from django.utils import timezone

from audits.models import Audit
from people.models import OutgoingMail
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


class TestUrgentMail:
    def test_leaves_through_the_sender_within_seconds(self, audit: Audit, portal: Start, sink: MailSink) -> None:
        told = submit_inadequate(audit)
        with portal(["sender"]):
            sink.wait_for(len(told), seconds=30)
        assert_arrived(sink, told)

    def test_leaves_through_worker_and_beat_where_the_sender_is_down(
        self, audit: Audit, portal: Start, sink: MailSink
    ) -> None:
        told = submit_inadequate(audit)
        with portal(["worker"]), portal(["beat"]):
            sink.wait_for(len(told), seconds=120)
        assert_arrived(sink, told)
