"""What a supervisor and a learner tell each other before the supervisor agrees (P4): not yet, and what has changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction

from audits import messages_co_auditing
from audits.answering import NotWritable, lock
from audits.co_auditing import Agreement, AgreementError, Stage, agreement
from audits.messages import about
from audits.models import Audit, NotYet, PageAnswers
from audits.pages import IS_UNLISTED, is_adult, title_of
from audits.structure import form_of
from people import activity
from people.models import User

LONGEST = 5000  # characters


@dataclass(frozen=True, slots=True)
class ChangedPage:
    """A page that was changed since the supervisor last looked, who changed it last, and when."""

    page: str
    title: str
    by: str
    at: datetime


def not_yet(audit: Audit, *, what: str, by: User, at: datetime, today: date) -> NotYet:
    """The supervisor who was asked does not agree yet and says what they would change; the learner is told.

    Raises NotThere, NotWritable, or AgreementError where nobody asked, or nothing was written.
    """
    text = what.strip()
    with transaction.atomic():
        locked = lock(audit.reference, by=by)
        if locked.supervisor_id != by.pk:
            raise NotWritable("Only the supervisor of the auditor can answer this.")
        if agreement(locked, today=today).stage != Stage.ASKED:
            raise AgreementError("You are not asked to agree now, so there is nothing to answer.")
        if not text or len(text) > LONGEST:
            raise AgreementError(f"Write what you would change, in at most {LONGEST:,} characters.")
        said = NotYet.objects.create(audit=locked, what=text, by=by, at=at)
        locked.agreement_asked_at = None
        locked.save(update_fields=["agreement_asked_at", "updated_at"])
        messages_co_auditing.not_yet(locked, at=at)
        activity.record("told a learning auditor what to change", target=about(locked), by=by, at=at)
    return said


def talk(audit: Audit, found: Agreement, *, today: date) -> dict[str, Any]:
    """What the supervisor said last, and which pages changed since, for whoever reads; no query without a supervisor.

    Changed since they said it, or, where they said nothing, since they were asked.
    """
    if not found.needed:
        return {}
    said = audit.not_yet.select_related("by").order_by("-at", "-pk").first()
    since = said.at if said else audit.agreement_asked_at
    return {"not_yet": said, "changed_since": since, "changed": _changed(audit, since, today=today) if since else []}


def _changed(audit: Audit, since: datetime, *, today: date) -> list[ChangedPage]:
    form, adult = form_of(audit.template_version_id), is_adult(audit, today=today)
    rows = PageAnswers.objects.filter(audit=audit, saved_at__gt=since).exclude(IS_UNLISTED)
    found = rows.order_by("-saved_at").values_list("page", "saved_by__name", "saved_at")
    return [ChangedPage(page, title_of(page, form, adult=adult), by, at) for page, by, at in found]
