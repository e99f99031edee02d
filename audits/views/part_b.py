"""Part B: what was found in short, each finding and action with its answers, the part that each side signs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from audits.after import part_b as answering_part_b
from audits.after import part_b_reading as reading
from audits.after.dispute_findings import Finding, findings_of
from audits.after.moderation_blind import hides_judgement
from audits.after.part_b_drafts import Draft, draft_of
from audits.after.part_b_due import why_short
from audits.after.part_b_record import BEING_SETTLED, is_signed, side_of
from audits.deadlines import london_date
from audits.forms.part_b import PartBForm, SendBackForm, typed_in
from audits.models import ANSWERING, Audit, PartB, Side, SmartAction, Status
from audits.pages import is_adult
from audits.permissions import may_read_answers
from audits.views.kept import TooLate, refuse_another_writer
from people.requests import StaffRequest

PEOPLE = ("case", "auditor", "worker", "team", "team_manager", "template_version")
RECORD = ("part_b__manager_signed_by", "part_b__worker_signed_by")
SIGNED = "Part B is signed. Thank you."
SAVED = "Saved, not signed. Come back to sign it when you are ready, on any computer."


@dataclass
class Desk:
    """What the page of one audit's Part B works on for one person."""

    audit: Audit
    record: PartB
    findings: list[Finding]
    actions: list[SmartAction]
    side: Side | None  # whose part this person writes; None where they only read
    draft: Draft | None
    today: date

    def form(self, typed: Any = None, *, bound: bool = False) -> PartBForm | None:
        """The form of this person's side; none where there is nothing for them to write now."""
        if self.side is None:
            return None
        assert self.audit.submitted_at is not None
        values = {"initial": _initial(typed or {})} if not bound else {"data": typed}
        return PartBForm(
            **values,
            side=self.side,
            findings=self.findings,
            actions=self.actions,
            submitted_on=london_date(self.audit.submitted_at),
            today=self.today,
        )


def _initial(typed: dict[str, str]) -> dict[str, Any]:
    parts = [typed.get(f"supervision_on_{part}", "") for part in ("day", "month", "year")]
    return {**typed, "supervision_on": parts} if any(parts) else typed


def readable(request: StaffRequest, reference: str) -> Audit:
    """The audit whose Part B this person may read. Raises Http404 or PermissionDenied."""
    rows = Audit.objects.visible_to(request.user).select_related(*PEOPLE, *RECORD)
    audit = get_object_or_404(rows, reference=reference)
    if not audit.is_submitted or not may_read_answers(audit, request.user):
        raise PermissionDenied("Part B can be answered once the audit is submitted.")
    if hides_judgement(audit, request.user):
        raise PermissionDenied("You are asked to grade this audit first. Part B can be read after that.")
    return audit


def _desk(request: StaffRequest, reference: str) -> Desk:
    audit = readable(request, reference)
    today, record = timezone.localdate(), audit.part_b
    side = side_of(audit, request.user)
    open_to = side if side and audit.status in ANSWERING and not is_signed(record, side) else None
    return Desk(
        audit=audit,
        record=record,
        findings=findings_of(audit, today=today),
        actions=list(audit.smart_actions.select_related("owner")),
        side=open_to,
        draft=draft_of(record, open_to) if open_to else None,
        today=today,
    )


@require_http_methods(["GET", "HEAD", "POST"])
def part_b(request: StaffRequest, reference: str) -> HttpResponse:
    """Part B: what was found in short, then a card for each finding and action, and the part that this person signs."""
    desk = _desk(request, reference)
    refuse_another_writer(request)
    if request.method == "POST":
        if desk.side is None:
            return _cannot_sign(request, desk)
        return _save(request, desk) if request.POST.get("do") == "save" else _sign(request, desk)
    return _show(request, desk, desk.form(desk.draft.typed if desk.draft else {}))


def _cannot_sign(request: StaffRequest, desk: Desk) -> HttpResponse:
    """Pressed twice leads to the page. Raises TooLate for other words, PermissionDenied for those with no part."""
    side, address = side_of(desk.audit, request.user), reverse("audits:part_b", args=[desk.audit.reference])
    if side is None or not is_signed(desk.record, side):
        raise PermissionDenied("There is nothing for you to sign here.")
    if request.POST.get("comment", "").strip() == getattr(desk.record, f"{side}_comment"):
        return redirect(address)
    raise TooLate("This part is signed already.", see=address, see_text="Read Part B as it was signed")


def _save(request: StaffRequest, desk: Desk) -> HttpResponse:
    form = desk.form(request.POST, bound=True)
    if form is not None and _draft_saved(request, desk, form):
        messages.success(request, SAVED)
        return redirect("audits:part_b", desk.audit.reference)
    return _show(request, desk, form)


def _draft_saved(request: StaffRequest, desk: Desk, form: PartBForm) -> bool:
    """Store what was posted as a draft; where somebody saved something else meanwhile both texts are shown."""
    assert desk.side is not None
    typed, base = typed_in(request.POST), request.POST.get("base_revision", "")
    try:
        saved = answering_part_b.save_draft(
            desk.audit,
            side=desk.side,
            typed=typed,
            base_revision=int(base) if base.isdecimal() else 0,
            by=request.user,
            at=timezone.now(),
        )
    except answering_part_b.PartBError as refused:
        form.add_error(None, str(refused))
        return False
    desk.draft = saved.draft
    for name, (_, theirs) in saved.clashes.items():
        said = f"This was changed in another window meanwhile. There it says: “{theirs}”. Save again to keep yours."
        form.add_error(name if name in form.fields else "supervision_on", said)
    return not saved.clashes


def _sign(request: StaffRequest, desk: Desk) -> HttpResponse:
    form = desk.form(request.POST, bound=True)
    assert form is not None
    if form.is_valid() and _signed(request, desk, form):
        messages.success(request, SIGNED)
        return redirect("audits:part_b", desk.audit.reference)
    _draft_saved(request, desk, form)  # what was typed outlives a refusal
    return _show(request, desk, form)


def _signed(request: StaffRequest, desk: Desk, form: PartBForm) -> bool:
    data: dict[str, Any] = {"comment": form.cleaned_data["comment"], "responses": form.responses()}
    data |= {"findings": form.findings(), "by": request.user, "at": timezone.now(), "today": desk.today}
    try:
        if desk.side == Side.MANAGER:
            answering_part_b.sign_as_manager(desk.audit, supervision_on=form.cleaned_data["supervision_on"], **data)
        else:
            answering_part_b.sign_as_worker(desk.audit, **data)
    except answering_part_b.PartBError as refused:
        form.add_error(refused.field if refused.field in form.fields else None, str(refused))
        return False
    return True


def _show(request: StaffRequest, desk: Desk, form: PartBForm | None) -> HttpResponse:
    audit, user = desk.audit, request.user
    findings, to_do = reading.cards(desk.record, desk.findings, desk.actions)
    rounds = reading.rounds_of(desk.record, {each.code: each.label for each in desk.findings})
    sides = reading.stands(audit, desk.record, rounds, user=user, today=desk.today)
    for card in (findings + to_do) if form else []:
        card.box = form.box_of(card.code, number=card.action.number if card.action else None)  # type: ignore[union-attr]
    mine = [each for each in rounds if desk.side and each.side == reading.LABEL[desk.side]]
    context = {
        "audit": audit,
        "form": form,
        "side": desk.side,
        "draft": desk.draft,
        "findings": [each for each in findings if not each.is_good],
        "good": [each for each in findings if each.is_good],
        "good_open": any(each.is_written for each in findings if each.is_good),
        "to_do": to_do,
        "sides": sides,
        "rounds": rounds,
        "sent_back": mine[-1] if mine else None,
        "waits_for": reading.waits_for(audit, sides),
        "being_settled": BEING_SETTLED if audit.status in {Status.DISPUTED, Status.MEDIATION} else "",
        "why_short": why_short(audit) if audit.status in ANSWERING else "",
        "overdue": bool(audit.part_b_due_on and audit.part_b_due_on < desk.today),
        "adult": is_adult(audit),
    }
    if desk.side:
        has_actions = bool(desk.actions)
        context["next_step"] = reading.next_step(
            audit, desk.record, side=desk.side, has_actions=has_actions, today=desk.today
        )
    return render(request, "audits/part_b.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def send_back(request: StaffRequest, reference: str, side: str) -> HttpResponse:
    """Send a signed part back with a comment."""
    audit = readable(request, reference)
    if side not in Side.values:
        raise Http404
    whose, record, today = Side(side), audit.part_b, timezone.localdate()
    address = reverse("audits:part_b", args=[audit.reference])
    refuse_another_writer(request)
    if not answering_part_b.may_send_back(audit, record, side=whose, user=request.user, today=today):
        return _cannot_send_back(request, audit, whose, address)
    form = SendBackForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        comment = form.cleaned_data["comment"]
        try:
            answering_part_b.send_back(
                record, side=whose, comment=comment, by=request.user, at=timezone.now(), today=today
            )
        except answering_part_b.PartBError as refused:
            form.add_error(refused.field, str(refused))
        else:
            messages.success(request, "Sent back. They are told, and find what they wrote ready to change.")
            return redirect(address)
    signed = next(
        each for each in reading.stands(audit, record, [], user=request.user, today=today) if each.side == whose
    )
    return render(request, "audits/part_b_send_back.html", {"audit": audit, "form": form, "signed": signed})


def _cannot_send_back(request: StaffRequest, audit: Audit, side: Side, address: str) -> HttpResponse:
    """The same comment again leads to Part B. Raises TooLate where it was open to them, else PermissionDenied."""
    last = audit.part_b.returns.filter(side=side).last()
    if request.method == "POST" and last is not None and not is_signed(audit.part_b, side):
        if (last.by_id, last.comment) == (request.user.pk, request.POST.get("comment", "").strip()):
            return redirect(address)
        raise TooLate("It was sent back meanwhile.", see=address, see_text="Read Part B as it stands")
    raise PermissionDenied("This part cannot be sent back by you now.")
