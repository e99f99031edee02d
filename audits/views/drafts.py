"""Earlier versions of a page of the form, for those who write the audit."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from audits import answering, drafts, pages
from audits.models import Audit
from audits.posted import revision_from_post
from audits.structure import form_of
from audits.views.writing import writable_audit
from people.requests import StaffRequest

PER_PAGE = 10


def _page_title(audit: Audit, page: str) -> str:
    """Raises Http404 for a page that is not in the audit's form."""
    form = form_of(audit.template_version_id)
    if page not in pages.page_codes(form, audit.questions):
        raise Http404
    return pages.title_of(page, form, adult=pages.is_adult(audit, today=timezone.localdate()))


@require_http_methods(["GET", "HEAD"])
def versions(request: StaffRequest, reference: str, page: str) -> HttpResponse:
    """What was saved on a page, by whom and when, the latest first, with what came too late."""
    audit = writable_audit(request, reference)
    one_by_one = request.GET.get("show") == "every"
    found = drafts.versions(audit, page, one_by_one=one_by_one)
    page_obj = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "audit": audit,
        "page": page,
        "title": _page_title(audit, page),
        "page_obj": page_obj,
        "versions": drafts.shown(audit, page, list(page_obj.object_list)),
        "one_by_one": one_by_one,
    }
    return render(request, "audits/versions.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def bring_back(request: StaffRequest, reference: str, page: str, kind: str, version: int) -> HttpResponse:
    """Show what bringing a version back changes, then do it."""
    audit = writable_audit(request, reference)
    title = _page_title(audit, page)
    try:
        if request.method == "POST" and _brought_back(request, reference, page, kind, version):
            return redirect("audits:page", reference, page)
        revision, changes = drafts.what_comes_back(audit, page, kind=kind, pk=version)
    except drafts.NoSuchVersion as missing:
        raise Http404 from missing
    context = {"audit": audit, "page": page, "title": title, "revision": revision, "changes": changes}
    return render(request, "audits/bring_back.html", context)


def _brought_back(request: StaffRequest, reference: str, page: str, kind: str, version: int) -> bool:
    revision = revision_from_post(request.POST)
    by, at = request.user, timezone.now()
    try:
        drafts.bring_back(reference, page=page, kind=kind, pk=version, revision=revision, by=by, at=at)
    except drafts.MovedOn as moved:
        messages.error(request, str(moved))
        return False
    except answering.NotThere as missing:
        raise Http404 from missing
    except answering.NotWritable as refused:
        raise PermissionDenied(str(refused)) from refused
    messages.success(request, "The earlier text is back. What stood there before is in the earlier versions.")
    return True
