"""What tests of the end of an audit do to it, and read of it."""

from __future__ import annotations

import html
from typing import Any

from django.test import Client
from django.urls import reverse

from audits import answering, submitting
from audits.models import (
    Audit,
    PageAnswers,
)
from audits.pages import Problem
from tests.conftest import NOW, TODAY


def rewrite(audit: Audit, page: str, **changes: Any) -> None:
    """Change some answers of a page that is there."""
    stored = PageAnswers.objects.get(audit=audit, page=page)
    content = {**stored.content, **changes}
    answering.save_page(
        audit.reference, page=page, content=content, base_revision=stored.revision, by=audit.auditor, at=NOW
    )


def problems(audit: Audit) -> list[Problem]:
    try:
        submitting.submit(Audit.objects.get(pk=audit.pk), by=audit.auditor, at=NOW, today=TODAY)
    except submitting.NotReady as refused:
        return refused.problems
    return []


def messages_of(audit: Audit) -> list[str]:
    return [problem.message for problem in problems(audit)]


def page_of(client: Client, audit: Audit, name: str) -> str:
    return html.unescape(client.get(reverse(f"audits:{name}", args=[audit.reference])).content.decode())
