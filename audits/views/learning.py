"""What the organisation should learn from an audit, while it is written."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from audits import learning_points, pages, typed_ahead
from audits.changed_meanwhile import ChangedMeanwhile, differing, fingerprint
from audits.forms import LearningPointForm
from audits.models import LearningPoint
from audits.views.kept import refuse_another_writer
from audits.views.typed import as_sent, not_added
from audits.views.typed import shown as shown_as_typed
from audits.views.writing import writable_audit
from people.requests import StaffRequest


@require_http_methods(["GET", "HEAD", "POST"])
def learning(request: StaffRequest, reference: str) -> HttpResponse:
    """The audit's learning points, with a form to add one."""
    audit = writable_audit(request, reference)
    refuse_another_writer(request)
    today = timezone.localdate()
    typed, moved = typed_ahead.typed(audit, pages.NEW_LEARNING, by=request.user), None
    initial = pages.as_initial(pages.NEW_LEARNING, typed.content)
    adult = pages.is_adult(audit, today=today)
    form = LearningPointForm(request.POST or None, initial=initial, today=today, adult=adult)
    if request.method == "POST" and form.is_valid():
        at = timezone.now()
        try:
            learning_points.add(audit, **form.cleaned_data, sent=as_sent(request), by=request.user, at=at, today=today)
        except learning_points.LearningError as refused:
            form.add_error(refused.field, str(refused))
        except typed_ahead.MovedOn as refused:
            form.add_error(None, str(refused))
            moved, typed = refused, not_added(request, audit, pages.NEW_LEARNING)
        else:
            messages.success(request, "The learning point was added.")
            return redirect("audits:learning", audit.reference)
    context = {"audit": audit, "form": form, "points": audit.learning_points.all(), "adult": adult}
    context |= shown_as_typed(request, pages.NEW_LEARNING, typed, moved=moved)
    return render(request, "audits/learning.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def change_learning(request: StaffRequest, reference: str, number: int) -> HttpResponse:
    """Change one learning point."""
    audit = writable_audit(request, reference)
    refuse_another_writer(request)
    point = get_object_or_404(LearningPoint, audit=audit, number=number)
    today = timezone.localdate()
    shown = request.POST.get("shown") or fingerprint(point, names=learning_points.CHANGING)
    adult = pages.is_adult(audit, today=today)
    form, others = LearningPointForm(request.POST or None, instance=point, today=today, adult=adult), []
    if request.method == "POST" and form.is_valid():
        try:
            learning_points.change(point, **form.cleaned_data, shown=shown, by=request.user, today=today)
        except learning_points.LearningError as refused:
            form.add_error(refused.field, str(refused))
        except ChangedMeanwhile as changed:
            shown = fingerprint(changed.now, names=learning_points.CHANGING)
            others = differing(form, changed.now)
        else:
            messages.success(request, "The learning point was changed.")
            return redirect("audits:learning", audit.reference)
    context = {"audit": audit, "form": form, "point": point, "shown": shown, "others": others}
    return render(request, "audits/change_learning.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def remove_learning(request: StaffRequest, reference: str, number: int) -> HttpResponse:
    """Ask, then take a learning point out."""
    audit = writable_audit(request, reference)
    point = get_object_or_404(LearningPoint, audit=audit, number=number)
    if request.method == "POST":
        try:
            learning_points.remove(point, by=request.user)
        except learning_points.LearningError as refused:
            messages.error(request, str(refused))
        else:
            messages.success(request, "The learning point was removed.")
        return redirect("audits:learning", audit.reference)
    return render(request, "audits/remove_learning.html", {"audit": audit, "point": point})
