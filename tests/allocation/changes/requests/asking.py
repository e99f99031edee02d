"""Requests of an auditor, asked and answered in one line each."""

from __future__ import annotations

from datetime import date
from typing import Any

from allocation.changes import exemptions
from allocation.models import AuditRequest
from audits.models import Audit
from people.models import OutgoingMail, User
from tests.conftest import NOW, TODAY

DUE = date(2026, 11, 30)  # a Monday
WEEK = date(2026, 12, 7)  # what a line manager may agree alone
LONGER = date(2026, 12, 8)
REASON = "Two of my team are away until December."
AWAY = "Back in December, please answer then."


def exemption(audit: Audit, why: str = "capacity", **changes: Any) -> AuditRequest:
    given = {"why": why, "reason": REASON, "by": audit.auditor, "at": NOW, "today": TODAY} | changes
    return exemptions.ask_exemption(audit, **given)


def extension(audit: Audit, until: date = WEEK, **changes: Any) -> AuditRequest:
    given = {"why": "leave", "reason": REASON, "by": audit.auditor, "at": NOW, "today": TODAY} | changes
    return exemptions.ask_extension(audit, wanted_due_on=until, **given)


def say(
    request: AuditRequest,
    by: User,
    agreed: bool = True,
    comment: str = "Please finish the others first.",
    **changes: Any,
) -> AuditRequest:
    given = {"at": NOW, "today": TODAY} | changes
    return exemptions.answer(request, agreed=agreed, comment=comment, by=by, **given)


def fresh(audit: Audit) -> Audit:
    return Audit.objects.get(pk=audit.pk)


def kinds_to(person: User) -> list[str]:
    mails = OutgoingMail.objects.filter(recipient=person, kind__startswith="request_").order_by("pk")
    return [mail.kind.removeprefix("request_") for mail in mails]


def decisions(request: AuditRequest) -> list[tuple[str, bool, str]]:
    return [(decision.stage, decision.agreed, decision.by.name) for decision in request.decisions.all()]
