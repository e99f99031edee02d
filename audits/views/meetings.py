"""The meeting of auditor and worker: offered, answered, moved, called off; what to read beforehand."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from audits import meeting_reading as reading
from audits import meetings
from audits.forms.meeting_booking import NONE_FITS, CallOffForm, ChooseTimeForm, ComingForm, MoveForm, OfferForm
from audits.meeting_times import MeetingError, read
from audits.messages_meeting import calendar_file
from audits.models import Audit, Meeting, MeetingGuest, TemplateVersion
from audits.pages import is_adult
from audits.structure import form_of
from audits.views.kept import TooLate, refuse_another_writer
from people.requests import StaffRequest

State, Part = Meeting.State, MeetingGuest.Part
PEOPLE = ("case", "worker", "team_manager", "supervisor", "auditor", "template_version__template")


def _audit(request: StaffRequest, reference: str) -> Audit:
    rows = Audit.objects.visible_to(request.user).select_related(*PEOPLE)
    return get_object_or_404(rows, reference=reference)


def _own_audit(request: StaffRequest, reference: str) -> Audit:
    """The audit, where this person arranges its meeting now; 403 for everybody else to whom it exists."""
    refuse_another_writer(request)
    audit = _audit(request, reference)
    if audit.auditor_id != request.user.pk or not audit.is_unfinished:
        raise PermissionDenied("Only the auditor arranges the meeting, while the audit is being written.")
    return audit


def _meeting(request: StaffRequest, pk: int) -> Meeting:
    refuse_another_writer(request)
    people = [f"audit__{name}" for name in PEOPLE]
    rows = Meeting.objects.visible_to(request.user).select_related("offered_by", *people)
    return get_object_or_404(rows, pk=pk)


def _too_late(request: StaffRequest, why: str, *, see: str) -> HttpResponse:
    """Lead on from a page that has nothing to do any more. Raises TooLate for what was typed there and sent."""
    if request.method == "POST":
        raise TooLate(why, see=see, see_text="See how the meeting stands")
    messages.info(request, why)
    return redirect(see)


def _to_own_invitation(request: StaffRequest, audit: Audit) -> HttpResponse:
    """Whoever was invited is led to the latest invitation; raises PermissionDenied for everybody else."""
    invited = Meeting.objects.visible_to(request.user).filter(audit=audit).order_by("-pk").first()
    if invited is None:
        raise PermissionDenied("Only the auditor sees how the meeting stands.")
    return redirect("audits:meeting", invited.pk)


@require_http_methods(["GET", "HEAD"])
def overview(request: StaffRequest, reference: str) -> HttpResponse:
    """The meeting of an audit as its auditor sees it: how it stands, who answered what, and the ones before it."""
    audit = _audit(request, reference)
    if request.user.pk not in {audit.auditor_id, audit.supervisor_id}:
        return _to_own_invitation(request, audit)
    found = list(audit.meetings.prefetch_related("guests__person").select_related("offered_by"))
    now = timezone.now()
    standing = next((each for each in reversed(found) if each.state in meetings.STANDING), None)
    standing = standing or next((each for each in reversed(found) if each.state == State.HELD), None)
    context = {
        "audit": audit,
        "meeting": standing,
        "guests": list(standing.guests.all()) if standing else [],
        "times": [words for _, words in reading.choices(standing, at=now)] if standing else [],
        "when": reading.when(standing) if standing else "",
        "over": bool(standing and meetings.took_place(standing, at=now)),
        "earlier": [(each, reading.when(each)) for each in reversed(found) if each is not standing],
        "booking": reading.booking(audit, at=now),
        "may_arrange": audit.auditor_id == request.user.pk and audit.is_unfinished,
    }
    return render(request, "audits/meeting_overview.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def book(request: StaffRequest, reference: str) -> HttpResponse:
    """Offer times; where a meeting stands already, other times instead. Odd days are asked about once."""
    audit = _own_audit(request, reference)
    today = timezone.localdate()
    host = meetings.whom_to_meet(audit, today=today)
    standing = meetings.standing_meeting(audit, at=timezone.now())
    form = OfferForm(
        request.POST or None,
        co_workers=meetings.co_workers(audit, today=today),
        moving=standing is not None and standing.state == State.AGREED,
        adult=is_adult(audit, today=today),
        today=today,
        initial={"how": standing.how, "place": standing.place, "minutes": standing.minutes} if standing else None,
    )
    odd: list[str] = []
    if request.method == "POST" and form.is_valid():
        people = [pk for pk in (audit.auditor_id, host and host.pk) if pk]
        odd = reading.doubts_about(form.moments(), audit=audit, people=people, today=today)
        if (not odd or request.POST.get("sure") == form.fingerprint()) and _offer(request, audit, form):
            return redirect("audits:meetings", audit.reference)
    context = {
        "audit": audit,
        "form": form,
        "host": host,
        "instead": host is not None and host.pk != audit.worker_id,
        "standing": standing,
        "when": reading.when(standing) if standing else "",
        "odd": odd if form.is_bound and form.is_valid() else [],
        "overdue": audit.is_overdue(today),
    }
    return render(request, "audits/meeting_book.html", context)


def _offer(request: StaffRequest, audit: Audit, form: OfferForm) -> bool:
    data = form.cleaned_data
    what = meetings.Offer(
        form.moments(), data["how"], data["place"], data["minutes"], data["message"], called_so=form.is_called_so()
    )
    try:
        meetings.offer(
            audit,
            what,
            co_workers_asked=[int(pk) for pk in data.get("co_workers", [])],
            reason=data.get("reason", ""),
            by=request.user,
            at=timezone.now(),
            today=timezone.localdate(),
        )
    except MeetingError as error:
        form.refuse(error)
        return False
    messages.success(request, "Your times are on their way. You get an email when one is chosen.")
    return True


@require_http_methods(["GET", "HEAD", "POST"])
def call_off(request: StaffRequest, reference: str) -> HttpResponse:
    """Call the meeting off, with a reason."""
    audit = _own_audit(request, reference)
    standing = meetings.standing_meeting(audit, at=timezone.now())
    if standing is None:
        why, address = "There is no meeting to call off.", reverse("audits:meetings", args=[audit.reference])
        return _too_late(request, why, see=address)
    form = CallOffForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            meetings.call_off(standing, reason=form.cleaned_data["reason"], by=request.user, at=timezone.now())
        except MeetingError as error:
            form.refuse(error)
        else:
            messages.success(request, "The meeting is called off. Everybody who was invited is told.")
            return redirect("audits:meetings", audit.reference)
    context = {"audit": audit, "form": form, "when": reading.when(standing)}
    return render(request, "audits/meeting_call_off.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def meeting(request: StaffRequest, pk: int) -> HttpResponse:
    """One meeting as those invited see it: when, how, what to read before, and their answer."""
    found = _meeting(request, pk)
    guest = found.guests.filter(person=request.user).first()
    form = _answer_form(request, found, guest)
    if request.method == "POST":
        if guest is None:
            raise PermissionDenied("Only those who are invited can answer.")
        if form is None:
            return _too_late(request, "There is nothing to answer here any more.", see=request.path)
        if form.is_valid() and _answer(request, found, form):
            return redirect("audits:meeting", pk)
    return render(request, "audits/meeting.html", _shown(request, found, guest, form))


def _answer_form(
    request: StaffRequest, found: Meeting, guest: MeetingGuest | None
) -> ChooseTimeForm | ComingForm | None:
    """What this person can say now; None where there is nothing to say."""
    if guest is None or found.state not in meetings.STANDING:
        return None
    now = timezone.now()
    if guest.part == Part.CO_WORKER:
        over = found.starts_at is not None and found.starts_at <= now
        return None if over else ComingForm(request.POST or None)
    if found.state != State.OFFERED:
        return None
    return ChooseTimeForm(request.POST or None, times=reading.choices(found, at=now))


def _answer(request: StaffRequest, found: Meeting, form: ChooseTimeForm | ComingForm) -> bool:
    data, by, at = form.cleaned_data, request.user, timezone.now()
    try:
        if isinstance(form, ComingForm):
            meetings.say_whether_coming(found, coming=data["coming"] == "yes", note=data["note"], by=by, at=at)
            said = "Thank you. The auditor is told."
            if found.state == State.AGREED and data["coming"] == "no":
                said += " Take the meeting out of your calendar if it is there."
        elif data["choice"] == NONE_FITS:
            meetings.say_none_fits(found, note=data["note"], by=by, at=at)
            said = "Thank you. The auditor is told, and offers other times."
        else:
            meetings.agree(found, starts_at=read([data["choice"]])[0], by=by, at=at)
            said = "The meeting is agreed. You get an email with an entry for your calendar."
    except MeetingError as error:
        form.refuse(error)
        return False
    messages.success(request, said)
    return True


def _shown(
    request: StaffRequest, found: Meeting, guest: MeetingGuest | None, form: ChooseTimeForm | ComingForm | None
) -> dict[str, Any]:
    audit, now = found.audit, timezone.now()
    over = found.starts_at is not None and found.starts_at <= now
    arranges = audit.auditor_id == request.user.pk
    sets_time = guest is not None and guest.part == Part.WORKER
    return {
        "audit": audit,
        "meeting": found,
        "guest": guest,
        "guests": list(found.guests.select_related("person")),
        "form": form,
        "when": reading.when(found),
        "agreed": found.state == State.AGREED,
        "ended": found.state in {State.MOVED, State.CALLED_OFF},
        "over": over,
        "arranges": arranges,
        "sets_time": sets_time,
        "may_move": sets_time and found.state == State.AGREED and not over,
        "reads_reason": arranges or sets_time,
        "questions": form_of(audit.template_version_id).reflection_questions,
    }


@require_http_methods(["GET", "HEAD", "POST"])
def move(request: StaffRequest, pk: int) -> HttpResponse:
    """The worker cannot come to the agreed meeting, and asks for another time."""
    found = _meeting(request, pk)
    if not found.guests.filter(person=request.user, part=Part.WORKER).exists():
        raise PermissionDenied("Only the worker who chose the time can ask for another one.")
    if found.state != State.AGREED or meetings.took_place(found, at=timezone.now()):
        why = "No time is agreed at the moment, so there is none to move."
        return _too_late(request, why, see=reverse("audits:meeting", args=[pk]))
    form = MoveForm(request.POST or None, adult=is_adult(found.audit, today=timezone.localdate()))
    if request.method == "POST" and form.is_valid():
        try:
            meetings.ask_to_move(found, **form.cleaned_data, by=request.user, at=timezone.now())
        except MeetingError as error:
            form.refuse(error)
        else:
            messages.success(request, "The auditor is told, and offers you other times.")
            return redirect("audits:meeting", pk)
    return render(request, "audits/meeting_move.html", {"meeting": found, "form": form, "when": reading.when(found)})


@require_http_methods(["GET", "HEAD"])
def calendar(request: StaffRequest, pk: int) -> HttpResponse:
    """The calendar file of an agreed meeting."""
    found = _meeting(request, pk)
    if found.state not in {State.AGREED, State.HELD} or found.agreed_at is None:
        raise Http404
    entry = calendar_file(found, at=found.agreed_at)
    name = f"audit-meeting-{found.audit.reference}.ics"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(entry.encode(), content_type="text/calendar; charset=utf-8", headers=headers)


@require_http_methods(["GET", "HEAD"])
def before_you_meet(request: StaffRequest, code: str, number: int) -> HttpResponse:
    """What a worker is asked in the meeting, to think about beforehand and to print (A2, A12)."""
    version = get_object_or_404(TemplateVersion.objects.select_related("template"), template__code=code, number=number)
    context = {"version": version, "questions": form_of(version.pk).reflection_questions}
    return render(request, "audits/before_you_meet.html", context)
