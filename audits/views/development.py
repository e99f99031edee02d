"""Private notes on a worker's development: write one, the list of one's own, one to read. Only for those it is for."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from audits import development_notes
from audits.forms import PrivateNoteForm
from audits.models import Audit, DevelopmentNote
from audits.pages import is_adult
from audits.views.kept import refuse_another_writer
from people.requests import StaffRequest

PER_PAGE = 50


@require_http_methods(["GET", "HEAD", "POST"])
def write_note(request: StaffRequest, reference: str) -> HttpResponse:
    """A note from the auditor to the worker and the line manager; who can read it is said before."""
    today = timezone.localdate()
    rows = Audit.objects.visible_to(request.user).select_related("case", "worker__line_manager")
    audit = get_object_or_404(rows, reference=reference)
    if not development_notes.may_write(audit, request.user, today=today):
        raise PermissionDenied("Only the auditor writes such a note, until three months after the audit was submitted.")
    refuse_another_writer(request)
    form = PrivateNoteForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        at = timezone.now()
        try:
            development_notes.send(audit, text=form.cleaned_data["text"], by=request.user, at=at, today=today)
        except development_notes.NoteError as refused:
            form.add_error(refused.field, str(refused))
        else:
            messages.success(request, "Your note is sent. Only those named on it can read it.")
            return redirect("audits:write_note", audit.reference)
    context = {
        "audit": audit,
        "adult": is_adult(audit, today=today),
        "form": form,
        "readers": development_notes.readers(audit, today=today),
        "sent": DevelopmentNote.objects.visible_to(request.user).filter(audit=audit),
    }
    return render(request, "audits/write_note.html", context)


@require_http_methods(["GET", "HEAD"])
def notes(request: StaffRequest) -> HttpResponse:
    """The notes that this person wrote or may read, the latest first."""
    rows = DevelopmentNote.objects.visible_to(request.user).select_related("worker", "written_by").defer("text")
    page_obj = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "audits/development_notes.html", {"page_obj": page_obj})


@require_http_methods(["GET", "HEAD"])
def note(request: StaffRequest, pk: int) -> HttpResponse:
    """One note."""
    rows = DevelopmentNote.objects.visible_to(request.user).select_related("worker", "line_manager", "written_by")
    return render(request, "audits/development_note.html", {"note": get_object_or_404(rows, pk=pk)})
