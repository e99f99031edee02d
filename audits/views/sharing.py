"""With whom an audit was shared: the record, and what is added to it by hand."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from audits import sharing as log
from audits.forms.share import SOMEBODY_ELSE, ShareForm
from audits.models import Audit
from audits.pages import is_adult
from audits.permissions import may_read_answers
from audits.telling import who_is_told
from audits.views.kept import refuse_another_writer
from people.models import User
from people.requests import StaffRequest


@require_http_methods(["GET", "HEAD", "POST"])
def sharing(request: StaffRequest, reference: str) -> HttpResponse:
    """Everybody an audit was shared with; the auditor and the programme add what happened outside the portal."""
    rows = Audit.objects.visible_to(request.user).select_related("case__chair", "worker", "team_manager")
    audit = get_object_or_404(rows, reference=reference)
    if request.method != "POST" and not audit.is_submitted:
        return render(request, "audits/sharing_later.html", {"audit": audit})
    if not (audit.is_submitted and may_read_answers(audit, request.user)):
        raise PermissionDenied("The record of sharing begins when the audit is submitted.")
    may_record = log.may_record(audit, request.user)
    refuse_another_writer(request)
    if request.method == "POST" and not may_record:
        raise PermissionDenied("Only the auditor or the audit programme completes this record.")
    people = _named(audit) if may_record else {}
    named = [(key, f"{p.name}, {part.lower()}") for key, (p, part) in people.items()]
    form = ShareForm(request.POST or None, people=named, adult=is_adult(audit))
    if request.method == "POST" and form.is_valid() and _record(request, audit, form, people):
        return redirect("audits:sharing", audit.reference)
    found = log.by_person(audit.shares.select_related("shared_by").order_by("shared_on", "pk"))
    shares = [share for theirs in found for share in theirs]
    emails = log.emails_of(audit, shares)
    context = {
        "audit": audit,
        "form": form if may_record else None,
        "shares": [
            {"share": share, "told": log.told_of(share), "how": log.how_words(share), "email": emails.get(share.pk)}
            for share in shares
        ],
        "chair_cannot_see": _chair_cannot_see(audit),
    }
    return render(request, "audits/sharing.html", context)


def _named(audit: Audit) -> dict[str, tuple[User, str]]:
    """Those an audit is usually shared with, by the value that is posted: the person and what they are to it."""
    told = who_is_told(audit, urgent=False, today=timezone.localdate())
    found = {f"{each.part}-{each.person.pk}": (each.person, log.WORDS[each.part]) for each in told}
    chair = audit.case.chair
    if chair is not None:
        found[f"chair-{chair.pk}"] = (chair, log.WORDS["chair"])
    return found


def _chair_cannot_see(audit: Audit) -> User | None:
    """The chair or reviewing officer of the case, where the portal shows them nothing: they are given a document."""
    chair = audit.case.chair
    if chair is None or Audit.objects.visible_to(chair).filter(pk=audit.pk).exists():
        return None
    return chair


def _record(request: StaffRequest, audit: Audit, form: ShareForm, people: dict[str, tuple[User, str]]) -> bool:
    """Write it down; where it cannot be, the form says why."""
    given: dict[str, Any] = form.cleaned_data
    person, part = people.get(given["who"], (None, given["part"]))
    name = given["name"] if given["who"] == SOMEBODY_ELSE else ""
    try:
        log.record_by_hand(
            audit,
            person=person,
            name=name,
            part=part,
            how=given["how"],
            shared_on=form.day(),
            by=request.user,
            at=timezone.now(),
            today=timezone.localdate(),
        )
    except log.ShareError as refused:
        form.add_error(refused.field if refused.field in form.fields else None, str(refused))
        return False
    messages.success(request, "It was added to the record.")
    return True
