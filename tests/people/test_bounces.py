"""Mail that came back: reads a delivery status notification, and treats it as not delivered."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.core.management import call_command

from people import bounces, mail
from people.models import OutgoingMail, User
from tests.conftest import NOW

pytestmark = pytest.mark.django_db

REPORT = """\
From: Mail Delivery Subsystem <MAILER-DAEMON@mail.exampleshire.example>
To: case-file-audits@exampleshire.example
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="part"
{headers}
--part
Content-Type: text/plain

This is the mail system. Your message could not be delivered.

--part
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.exampleshire.example
Arrival-Date: Tue, 10 Nov 2026 10:00:00 +0000

Final-Recipient: rfc822; wren@exampleshire.example
Action: {action}
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 <wren@exampleshire.example>:
    no such mailbox here

{original}
--part--
"""
HEADERS = "--part\nContent-Type: text/rfc822-headers\n\nSubject: Urgent\nMessage-ID: {}\n"
WHOLE = "--part\nContent-Type: message/rfc822\n\nSubject: Urgent\nMessage-Id: {}\n\nSign in.\n"


def report(message_id: str, *, action: str = "failed", original: str = HEADERS, headers: str = "") -> bytes:
    return REPORT.format(action=action, original=original.format(message_id), headers=headers).encode()


@pytest.fixture
def sent(worker: User, team_manager: User) -> OutgoingMail:
    """An urgent email that the mail server took."""
    row = mail.queue(worker, key="k", kind="urgent", subject="Urgent", body="Sign in.", at=NOW, urgent=True)
    OutgoingMail.objects.filter(pk=row.pk).update(status="sent", sent_at=NOW)
    return row


class TestTake:
    @pytest.mark.parametrize("original", [HEADERS, WHOLE], ids=["headers", "whole"])
    def test_marks_the_email_as_failed_and_tells_the_next_in_line(self, sent: OutgoingMail, original: str) -> None:
        assert bounces.take(report(sent.message_id, original=original), at=NOW) == sent
        sent.refresh_from_db()
        assert (sent.status, sent.sent_at, sent.trouble) == ("failed", None, "permanent")
        assert sent.last_error == "Came back: 550 5.1.1 <wren@exampleshire.example>: no such mailbox here"
        assert [each.recipient.name for each in sent.stand_ins.all()] == ["Tamar Manager"]

    def test_finds_it_by_what_the_report_answers_where_nothing_came_back(self, sent: OutgoingMail) -> None:
        content = report("", original="", headers=f"In-Reply-To: {sent.message_id}\n")
        assert bounces.take(content, at=NOW) == sent

    def test_does_it_once(self, sent: OutgoingMail) -> None:
        bounces.take(report(sent.message_id), at=NOW)
        assert bounces.take(report(sent.message_id), at=NOW) is None
        assert sent.stand_ins.count() == 1

    @pytest.mark.parametrize("action", ["delayed", "delivered", "relayed"])
    def test_leaves_what_did_not_fail(self, sent: OutgoingMail, action: str) -> None:
        assert bounces.take(report(sent.message_id, action=action), at=NOW) is None
        sent.refresh_from_db()
        assert sent.status == "sent"

    def test_leaves_what_is_no_report(self, sent: OutgoingMail) -> None:
        away = f"Subject: I am away\nIn-Reply-To: {sent.message_id}\n\nBack on Monday.\n".encode()
        for content in (away, b"", b"\xff\x00 nothing", report("<unknown@elsewhere.example>")):
            assert bounces.take(content, at=NOW) is None
        sent.refresh_from_db()
        assert sent.status == "sent"


class TestCommand:
    @pytest.mark.parametrize("content", ["report", "nonsense"])
    def test_never_fails(
        self, sent: OutgoingMail, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], content: str
    ) -> None:
        raw = report(sent.message_id) if content == "report" else b"nonsense"
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(raw)))
        call_command("read_bounce")
        said: Any = capsys.readouterr().out
        assert "came back" in said
        assert (f"email {sent.pk}" in said) == (content == "report")
