"""Moderation: a second look at the grade."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from audits.after import moderation
from audits.after.moderation import may_moderate
from audits.forms import ModerationForm
from audits.models import Audit
from people.requests import StaffRequest


def _audit(request: StaffRequest, reference: str) -> Audit:
    rows = Audit.objects.visible_to(request.user).select_related(
        "case", "auditor", "worker", "team", "team_manager", "overall_grade", "part_b"
    )
    return get_object_or_404(rows, reference=reference)


@require_http_methods(["GET", "HEAD", "POST"])
def moderate(request: StaffRequest, reference: str) -> HttpResponse:
    """Moderate an audit: the moderator's grade beside the first one."""
    audit = _audit(request, reference)
    if not may_moderate(audit, request.user) or audit.overall_grade is None or hasattr(audit, "moderation"):
        raise PermissionDenied("You had a part in this audit, or it is moderated already.")
    form = ModerationForm(request.POST or None, scale_id=audit.overall_grade.scale_id)
    if request.method == "POST" and form.is_valid():
        try:
            moderation.moderate(audit, **form.cleaned_data, by=request.user, at=timezone.now())
        except moderation.ModerationError as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, "Your moderation is recorded.")
            return redirect("audits:detail", audit.reference)
    return render(request, "audits/moderate.html", {"audit": audit, "form": form})
