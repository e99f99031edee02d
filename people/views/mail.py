"""What went out to whom: the list of mail, one mail, and what people do about mail in trouble."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from people import mail_care, mail_daily, mail_fallback, watching
from people.forms import IN_TROUBLE, MailFilter, chosen
from people.mail import is_for_recipient_only
from people.mail_forms import MailChoiceForm, SeenToForm, SomebodyElseForm
from people.mail_hidden import without_hidden
from people.models import OutgoingMail, OutgoingMailQuerySet, User
from people.requests import StaffRequest
from people.roles import Permission

PER_PAGE = 50
SHOWN = 20  # of mail in trouble above the list, and of attempts of one email


@require_http_methods(["GET", "HEAD"])
def mail(request: StaffRequest) -> HttpResponse:
    """What was sent to whom, and whether it went; what is in trouble stands above."""
    if not request.user.can(Permission.VIEW_MAIL):
        raise PermissionDenied
    rows, at = without_hidden(OutgoingMail.objects.visible_to(request.user), viewer=request.user), timezone.now()
    form = MailFilter(request.GET, kinds=list(rows.order_by("kind").values_list("kind", flat=True).distinct()))
    wanted = chosen(form)
    listed = _wanted(rows, wanted, at=at).select_related("recipient").order_by("-queued_at", "-pk")
    trouble = rows.in_trouble(at).select_related("recipient").order_by("-urgent", "queued_at", "pk")
    context = {
        "page_obj": Paginator(listed, PER_PAGE).get_page(request.GET.get("page")),
        "filters": form,
        "filtered": bool(wanted),
        "may_see_activity": request.user.can(Permission.VIEW_ACTIVITY),
        "private_undelivered": _private_undelivered(),
        "trouble": [] if wanted else list(trouble[:SHOWN]),
        "in_trouble": trouble.count(),
        "in_trouble_code": IN_TROUBLE,
    }
    return render(request, "people/mail.html", context)


def _wanted(rows: OutgoingMailQuerySet, wanted: dict[str, Any], *, at: datetime) -> OutgoingMailQuerySet:
    """The rows that the filters ask for."""
    if q := wanted.get("q"):
        named = Q(about__icontains=q) | Q(subject__icontains=q)
        rows = rows.filter(named | Q(recipient__name__icontains=q) | Q(address__icontains=q))
    if to := wanted.get("to"):
        rows = rows.filter(Q(recipient__name__icontains=to) | Q(address__icontains=to))
    if urgent := wanted.get("urgent"):
        rows = rows.filter(urgent=urgent == "yes")
    if kind := wanted.get("kind"):
        rows = rows.filter(kind=kind)
    status = wanted.get("status")
    if status == IN_TROUBLE:
        return rows.in_trouble(at)
    return rows.filter(status=status) if status else rows


def _private_undelivered() -> list[str]:
    """Whose private mail could not be delivered, by name: nobody sees what it is, but the address must be mended."""
    names = OutgoingMail.objects.all().private_undelivered().order_by("recipient__name")
    return list(names.values_list("recipient__name", flat=True).distinct())


def mail_of_page(request: StaffRequest, pk: int) -> OutgoingMail:
    """The email of the page. Raises Http404."""
    rows = OutgoingMail.objects.visible_to(request.user)
    people = ("recipient__team", "settled_by", "stands_in_for__recipient", "gathered_in")
    return get_object_or_404(rows.select_related(*people), pk=pk)


def mail_to_care_for(request: StaffRequest, pk: int) -> OutgoingMail:
    """The same for those who may act on it. Raises Http404 or PermissionDenied."""
    found = mail_of_page(request, pk)
    if not mail_care.may_care(request.user):
        raise PermissionDenied
    return found


@require_http_methods(["GET", "HEAD"])
def mail_detail(request: StaffRequest, pk: int) -> HttpResponse:
    """One email: what went when to whom, every attempt, and who was told instead."""
    found = mail_of_page(request, pk)
    attempts = list(found.attempts_made.order_by("-number")[:SHOWN])
    context = {
        "mail": found,
        "private": is_for_recipient_only(found.kind, found.body) and found.recipient != request.user,
        "attempts": attempts,
        "earlier": found.attempts - len(attempts) if len(attempts) == SHOWN else 0,
        "under_way": found.leased_until is not None and found.leased_until >= timezone.now(),
        "stand_ins": list(found.stand_ins.select_related("recipient").order_by("pk")),
        "gathered": list(found.gathered.order_by("queued_at", "pk")),
        "failed": found.status == OutgoingMail.Status.FAILED,
        "may_care": mail_care.may_care(request.user),
    }
    return render(request, "people/mail_detail.html", context)


@require_POST
def mail_again(request: StaffRequest, pk: int) -> HttpResponse:
    """Send one that failed again."""
    found = mail_to_care_for(request, pk)
    try:
        mail_care.send_again(found, by=request.user, at=timezone.now())
    except mail_care.MailCareError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"The email to {found.recipient.name} is sent again within a minute.")
    return redirect("people:mail_detail", pk)


@require_http_methods(["GET", "HEAD", "POST"])
def mail_seen_to(request: StaffRequest, pk: int) -> HttpResponse:
    """Write down what was done about one that could not be delivered."""
    found = mail_to_care_for(request, pk)
    form = SeenToForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            mail_care.settle(found, how=form.cleaned_data["how"], by=request.user, at=timezone.now())
        except mail_care.MailCareError as error:
            form.add_error(error.field, str(error))
        else:
            messages.success(request, "Written down. This email does not count as in trouble any more.")
            return redirect("people:mail")
    return render(request, "people/mail_seen_to.html", {"mail": found, "form": form})


@require_http_methods(["GET", "HEAD", "POST"])
def mail_to_other(request: StaffRequest, pk: int) -> HttpResponse:
    """Tell somebody else that an email did not reach its recipient."""
    found, today = mail_to_care_for(request, pk), timezone.localdate()
    line = mail_fallback.line_for(mail_fallback.first_of(found).recipient, today=today)
    form = SomebodyElseForm(request.POST or None, line=[person for person in line if person != found.recipient])
    if request.method == "POST" and form.is_valid():
        person = form.cleaned_data["person"]
        try:
            mail_care.send_to(found, person=person, by=request.user, at=timezone.now(), today=today)
        except mail_care.MailCareError as error:
            form.add_error(error.field, str(error))
        else:
            messages.success(request, f"{person.name} gets an email within a minute.")
            return redirect("people:mail_detail", pk)
    return render(request, "people/mail_to_other.html", {"mail": found, "form": form})


@require_http_methods(["GET", "HEAD"])
def mail_working(request: StaffRequest) -> HttpResponse:
    """Whether the portal's mail works, in words."""
    if not request.user.can(Permission.VIEW_MAIL):
        raise PermissionDenied
    at = timezone.now()
    context = {"alarms": watching.look(at=at), "figures": watching.figures(), "at": at}
    return render(request, "people/mail_working.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def mail_choice(request: StaffRequest, pk: int) -> HttpResponse:
    """Choose how one gets email; everybody for themselves."""
    person = get_object_or_404(User.objects.visible_to(request.user), pk=pk)
    if person != request.user:
        raise PermissionDenied
    form = MailChoiceForm(request.POST or None, initial={"choice": person.mail_choice})
    if request.method == "POST" and form.is_valid():
        released = mail_daily.choose(person, choice=form.cleaned_data["choice"], by=request.user, at=timezone.now())
        messages.success(request, "Saved." + (f" {released} that waited go out now." if released else ""))
        return redirect("people:detail", pk)
    return render(request, "people/mail_choice.html", {"person": person, "form": form})
