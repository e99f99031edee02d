"""The actions of an audit that is being written."""

from __future__ import annotations

from datetime import timedelta

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from audits import answering, pages, readiness, smart_actions, typed_ahead
from audits.changed_meanwhile import ChangedMeanwhile, differing, fingerprint
from audits.forms import SmartActionForm
from audits.models import Audit, SmartAction
from audits.structure import form_of
from audits.views.kept import refuse_another_writer
from audits.views.typed import as_sent, not_added
from audits.views.typed import shown as shown_as_typed
from audits.views.writing import writable_audit
from people.holidays import holiday_set
from people.line_management import working
from people.models import User
from people.requests import StaffRequest

PEOPLE = ("worker", "team", "team_manager", "supervisor", "auditor", "case__chair")
YEAR = timedelta(days=366)


def _owners(audit: Audit) -> list[User]:
    """Who may be given an action: the worker, the managers and members of the team, the chair."""
    people = [audit.worker, audit.team_manager, audit.case.chair]
    today = timezone.localdate()
    team = User.objects.working_on(today).filter(team=audit.team_id) if audit.team_id else User.objects.none()
    if audit.worker is None and audit.team_manager is None:
        people.append(audit.auditor)
    return [*[person for person in people if person and working(person, today=today)], *team]


def _form(
    request: StaffRequest, audit: Audit, action: SmartAction | None = None, *, typed: pages.Content | None = None
) -> SmartActionForm:
    today = timezone.localdate()
    return SmartActionForm(
        request.POST or None,
        instance=action,
        initial=pages.as_initial(pages.NEW_ACTION, typed or {}),
        owners=_owners(audit),
        others=User.objects.working_on(today),
        today=today,
        holidays=holiday_set(today, today + YEAR),
        child=audit.case.child_name,
        adult=pages.is_adult(audit, today=today),
    )


def _ready(request: StaffRequest, form: SmartActionForm) -> bool:
    """Whether what was posted is to be saved: valid, and either SMART or to be kept as it is."""
    if request.method != "POST" or not form.is_valid():
        return False
    return bool(request.POST.get("keep")) or all(letter.fine for letter in form.letters())


@require_http_methods(["GET", "HEAD", "POST"])
def actions(request: StaffRequest, reference: str) -> HttpResponse:
    """The audit's actions while it is written, with a form to add one; what is not SMART is asked about once."""
    audit = writable_audit(request, reference, *PEOPLE)
    refuse_another_writer(request)
    typed, moved = typed_ahead.typed(audit, pages.NEW_ACTION, by=request.user), None
    form = _form(request, audit, typed=typed.content)
    if _ready(request, form):
        at, today = timezone.now(), timezone.localdate()
        try:
            smart_actions.add(audit, **form.cleaned_data, sent=as_sent(request), by=request.user, at=at, today=today)
        except smart_actions.ActionError as refused:
            form.add_error(refused.field, str(refused))
        except typed_ahead.MovedOn as refused:
            form.add_error(None, str(refused))
            moved, typed = refused, not_added(request, audit, pages.NEW_ACTION)
        else:
            messages.success(request, "The action was added.")
            return redirect("audits:smart_actions", audit.reference)
    context = {"audit": audit, "form": form, "actions": audit.smart_actions.select_related("owner"), **_letters(form)}
    context |= {"needed": _needed(audit)} | shown_as_typed(request, pages.NEW_ACTION, typed, moved=moved)
    return render(request, "audits/smart_actions.html", context)


def _needed(audit: Audit) -> list[pages.Problem]:
    """What the actions set so far still lack before the audit can be submitted."""
    form = form_of(audit.template_version_id)
    return readiness.action_problems(audit, answering.contents_of(audit), form=form, today=timezone.localdate())


def _letters(form: SmartActionForm) -> dict[str, object]:
    """The letters of what was typed, and those asked about before it is saved."""
    letters = form.letters()
    asked = [letter for letter in letters if form.is_bound and not form.errors and not letter.fine]
    return {"letters": letters, "asked": asked}


@require_POST
def check_action(request: StaffRequest, reference: str) -> JsonResponse:
    """The letters of an action that is being typed, as JSON for the panel beside the form. Writes nothing."""
    audit = writable_audit(request, reference, *PEOPLE)
    form = _form(request, audit)
    refused = [
        str(form.errors[name][0]) for name in ("how", "outcome") if request.POST.get(name) and name in form.errors
    ]
    letters = [{"letter": each.letter, "prompt": each.prompt} for each in form.letters()]
    return JsonResponse({"letters": letters, "refused": refused})


@require_http_methods(["GET", "HEAD", "POST"])
def change_action(request: StaffRequest, reference: str, number: int) -> HttpResponse:
    """Change one action while the audit is written."""
    audit = writable_audit(request, reference, *PEOPLE)
    refuse_another_writer(request)
    action = get_object_or_404(SmartAction, audit=audit, number=number)
    shown = request.POST.get("shown") or fingerprint(action, names=smart_actions.CHANGING)
    form, others = _form(request, audit, action), []
    if _ready(request, form):
        try:
            smart_actions.change(action, **form.cleaned_data, shown=shown, by=request.user, today=timezone.localdate())
        except smart_actions.ActionError as refused:
            form.add_error(refused.field, str(refused))
        except ChangedMeanwhile as changed:
            shown = fingerprint(changed.now, names=smart_actions.CHANGING)
            others = differing(form, changed.now)
        else:
            messages.success(request, "The action was changed.")
            return redirect("audits:smart_actions", audit.reference)
    context = {"audit": audit, "form": form, "action": action, "shown": shown, "others": others}
    return render(request, "audits/change_action.html", context | _letters(form))


@require_http_methods(["GET", "HEAD", "POST"])
def remove_action(request: StaffRequest, reference: str, number: int) -> HttpResponse:
    """Ask, then take an action out."""
    audit = writable_audit(request, reference)
    action = get_object_or_404(SmartAction.objects.select_related("audit", "owner"), audit=audit, number=number)
    if request.method == "POST":
        try:
            smart_actions.remove(action, by=request.user)
        except smart_actions.ActionError as refused:
            messages.error(request, str(refused))
        else:
            messages.success(request, "The action was removed.")
        return redirect("audits:smart_actions", audit.reference)
    return render(request, "audits/remove_action.html", {"audit": audit, "action": action})
