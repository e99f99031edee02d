"""What went out and what was done: the mail list, one mail, the activity list."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_http_methods

from people.forms import ActivityFilter, MailFilter, chosen
from people.models import Activity, OutgoingMail
from people.requests import StaffRequest
from people.roles import Permission

PER_PAGE = 50


@require_http_methods(["GET", "HEAD"])
def mail(request: StaffRequest) -> HttpResponse:
    """What was sent to whom, and whether it went."""
    if not request.user.can(Permission.VIEW_MAIL):
        raise PermissionDenied
    rows = OutgoingMail.objects.visible_to(request.user)
    kinds = list(rows.order_by("kind").values_list("kind", flat=True).distinct())
    form = MailFilter(request.GET, kinds=kinds)
    wanted = chosen(form)
    rows = rows.select_related("recipient").order_by("-queued_at", "-pk")
    if q := wanted.get("q"):
        rows = rows.filter(Q(about__icontains=q) | Q(recipient__name__icontains=q) | Q(address__icontains=q))
    rows = rows.filter(**{name: wanted[name] for name in ("status", "kind") if name in wanted})
    context = {
        "page_obj": Paginator(rows, PER_PAGE).get_page(request.GET.get("page")),
        "filters": form,
        "filtered": bool(wanted),
        "may_see_activity": request.user.can(Permission.VIEW_ACTIVITY),
        "private_undelivered": _private_undelivered(),
        "failed": OutgoingMail.objects.visible_to(request.user).filter(status=OutgoingMail.Status.FAILED).count(),
    }
    return render(request, "people/mail.html", context)


def _private_undelivered() -> list[str]:
    """Whose private mail could not be delivered, by name: nobody sees what it is, but the address must be mended."""
    names = OutgoingMail.objects.all().private_undelivered().order_by("recipient__name")
    return list(names.values_list("recipient__name", flat=True).distinct())


@require_http_methods(["GET", "HEAD"])
def mail_detail(request: StaffRequest, pk: int) -> HttpResponse:
    """One mail: what went when to whom, and after how many attempts."""
    rows = OutgoingMail.objects.visible_to(request.user).select_related("recipient")
    found = get_object_or_404(rows, pk=pk)
    return render(request, "people/mail_detail.html", {"mail": found, "private": is_private(found)})


def is_private(found: OutgoingMail) -> bool:
    """Whether its text lets whoever reads it in: a link to a new password is for its recipient alone."""
    return "password" in found.kind.casefold() or "/password/" in found.body


@require_http_methods(["GET", "HEAD"])
def activity(request: StaffRequest) -> HttpResponse:
    """Who did what to what, the latest first."""
    if not request.user.can(Permission.VIEW_ACTIVITY):
        raise PermissionDenied
    form = ActivityFilter(request.GET)
    wanted = chosen(form)
    rows = Activity.objects.visible_to(request.user).select_related("by").order_by("-at", "-pk")
    if q := wanted.get("q"):
        rows = rows.filter(Q(verb__icontains=q) | Q(target__icontains=q) | Q(by__name__icontains=q))
    context = {
        "page_obj": Paginator(rows, PER_PAGE).get_page(request.GET.get("page")),
        "filters": form,
        "filtered": bool(wanted),
    }
    return render(request, "people/activity.html", context)
