"""Pages of competency: how far everybody is with a template, one person's record, and every act on it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from allocation.competence import competency as domain
from allocation.competence import competency_list
from allocation.competence.competency_list import NOT_YET, STATES, Standing
from allocation.forms.month_forms import DomainForm
from allocation.forms.rota_forms import (
    BeforeThePortalForm,
    CompetencyFilter,
    EvaluationForm,
    LearningForm,
    WithdrawForm,
)
from allocation.models import Competency
from allocation.month_lock import CycleError
from allocation.months import cycles
from audits.models import AuditTemplate
from people.forms import chosen
from people.requests import StaffRequest

PER_PAGE = 50
DECIDING = ("begin", "evaluate", "sign_off")


@require_http_methods(["GET", "HEAD"])
def competency(request: StaffRequest) -> HttpResponse:
    """Who is signed off for a template, who is learning, who is neither."""
    if not any(domain.may_ever(act, request.user) for act in DECIDING):
        raise PermissionDenied
    filters = CompetencyFilter(request.GET)
    wanted, today = chosen(filters), timezone.localdate()
    template = wanted.get("template") or _usual_template(filters)
    if template is None:
        return render(request, "allocation/competency.html", {"template": None})
    everybody = competency_list.standings(template, today=today)
    context = {
        "template": template,
        "filters": CompetencyFilter({**request.GET.dict(), "template": template.code}),
        "filtered": bool({"q", "state"} & set(wanted)),
        "tiles": _tiles(template, everybody),
        "outlook": competency_list.outlook(template, today=today),
        "page_obj": Paginator(_narrowed(everybody, wanted), PER_PAGE).get_page(request.GET.get("page")),
        "may": {act: domain.may_ever(act, request.user) for act in domain.ACTS},
    }
    return render(request, "allocation/competency.html", context)


def _usual_template(filters: CompetencyFilter) -> AuditTemplate | None:
    version = cycles.default_template()
    templates = filters.fields["template"].queryset  # type: ignore[attr-defined]  # a ModelChoiceField
    return version.template if version else templates.first()


def _tiles(template: AuditTemplate, everybody: list[Standing]) -> list[dict[str, Any]]:
    """A figure for each state, with a link to the people in it."""
    return [
        {"value": count, "label": STATES[state], "url": f"?template={template.code}&state={state}"}
        for state, count in competency_list.counts(everybody).items()
    ]


def _narrowed(everybody: list[Standing], wanted: dict[str, Any]) -> list[Standing]:
    if q := wanted.get("q"):
        everybody = [one for one in everybody if q.casefold() in one.person.name.casefold()]
    if state := wanted.get("state"):
        everybody = [one for one in everybody if one.state == state]
    return everybody


@require_http_methods(["GET", "HEAD"])
def record(request: StaffRequest, pk: int) -> HttpResponse:
    """One person's record for a template, and what can be done next."""
    found = _get(request, pk)
    said = domain.current_evaluations(found)
    signed_off = {person.pk for person in domain.signed_off_here(found.template, today=timezone.localdate())}
    context = {
        "record": found,
        "evaluations": said,
        "earlier": [each for each in found.evaluations.all() if each.at < found.begun_at],
        "still_needed": max(0, domain.EVALUATIONS_NEEDED - sum(each.ready for each in said)),
        "trouble": competency_list.trouble(found, signed_off, today=timezone.localdate()),
        "submitted": competency_list.audits_submitted(found),
        "may": {act: not domain.why_not(found, act, by=request.user) for act in domain.ACTS},
        "waits_for_sign_off": domain.why_not(found, "sign_off", by=request.user),
        "may_list": any(domain.may_ever(act, request.user) for act in DECIDING),
    }
    return render(request, "allocation/competency_record.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def begin(request: StaffRequest, code: str) -> HttpResponse:
    """Somebody begins to learn."""
    template = _template(request, code, "begin")
    today = timezone.localdate()
    free = [one.person for one in competency_list.standings(template, today=today) if one.state == NOT_YET]
    supervisors = domain.possible_supervisors(template, today=today)
    form = LearningForm(request.POST or None, supervisors=supervisors, learners=free, user=request.GET.get("user", ""))
    if request.method == "POST" and form.is_valid() and "user" in form.cleaned_data:
        try:
            made = domain.begin(template=template, **form.cleaned_data, by=request.user, at=timezone.now())
        except CycleError as error:
            form.refuse(error)
        else:
            messages.success(request, f"{made.user.name} learns with {made.supervisor}. Both get an email.")
            return redirect("allocation:competency_record", made.pk)
    context = {"template": template, "form": form, "free": free, "supervisors": supervisors}
    return render(request, "allocation/competency_begin.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def before_the_portal(request: StaffRequest, code: str) -> HttpResponse:
    """Record for many at once that they were signed off before the portal."""
    template = _template(request, code, "sign_off_before")
    today = timezone.localdate()
    free = [
        one.person
        for one in competency_list.standings(template, today=today)
        if one.state in {NOT_YET, Competency.State.LEARNING} and one.person != request.user
    ]
    form = BeforeThePortalForm(request.POST or None, people=free, tick_all="all" in request.GET)
    if request.method == "POST" and form.is_valid():
        cleaned = form.cleaned_data
        try:
            made = domain.sign_off_before(
                cleaned["people"], template, note=cleaned["note"], on=cleaned["on"], by=request.user, at=timezone.now()
            )
        except CycleError as error:
            form.add_error("note" if error.field == "reason" else error.field, str(error))
        else:
            messages.success(request, f"{len(made)} recorded as signed off for {template}. Nobody gets an email.")
            return redirect("allocation:competency")
    context = {"template": template, "form": form, "free": free}
    return render(request, "allocation/competency_before.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def evaluate(request: StaffRequest, pk: int) -> HttpResponse:
    """A head of service says whether a learner is ready."""
    found = _get(request, pk, "evaluate")
    mine = next((each for each in domain.current_evaluations(found) if each.by == request.user), None)
    initial = {"ready": "yes" if mine.ready else "no", "comment": mine.comment} if mine else {}
    form = EvaluationForm(request.POST or None, initial=initial)

    def do() -> str:
        domain.evaluate(found, **form.cleaned_data, by=request.user, at=timezone.now())
        return f"Saved what you make of {found.user.name}. You can change it until they are signed off."

    return _act(request, found, "evaluate", form, do, mine=mine)


@require_http_methods(["GET", "HEAD", "POST"])
def sign_off(request: StaffRequest, pk: int) -> HttpResponse:
    """Sign off for the leadership team."""
    found = _get(request, pk, "sign_off")
    form = DomainForm(request.POST if request.method == "POST" else None)

    def do() -> str:
        domain.sign_off(found, by=request.user, at=timezone.now())
        return f"{found.user.name} is signed off. They get an email, and so does the supervisor."

    return _act(request, found, "sign_off", form, do, evaluations=domain.current_evaluations(found))


@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: StaffRequest, pk: int) -> HttpResponse:
    """Somebody no longer audits with this template."""
    found = _get(request, pk, "withdraw")
    form = WithdrawForm(request.POST or None)

    def do() -> str:
        domain.withdraw(found, **form.cleaned_data, by=request.user, at=timezone.now())
        return f"{found.user.name} no longer audits with this template."

    return _act(request, found, "withdraw", form, do)


@require_http_methods(["GET", "HEAD", "POST"])
def learning(request: StaffRequest, pk: int) -> HttpResponse:
    """Give a learner another supervisor, or take a withdrawn auditor up again."""
    found = _get(request, pk, "supervise")
    again = found.state == Competency.State.WITHDRAWN
    people = domain.possible_supervisors(found.template, today=timezone.localdate())
    form = LearningForm(request.POST or None, supervisors=[person for person in people if person != found.user])

    def do() -> str:
        change = domain.take_up_again if again else domain.change_supervisor
        changed = change(found, **form.cleaned_data, by=request.user, at=timezone.now())
        return f"{found.user.name} learns with {changed.supervisor}. Both get an email."

    return _act(request, found, "again" if again else "supervise", form, do)


def _act(
    request: StaffRequest, found: Competency, act: str, form: DomainForm, do: Callable[[], str], **context: Any
) -> HttpResponse:
    """Show the form of an act, or do it and go back to the record; where it cannot be now, say why there."""
    if why := domain.why_not(found, act, by=request.user):
        messages.error(request, why)
        return redirect("allocation:competency_record", found.pk)
    if request.method == "POST" and form.is_valid():
        try:
            messages.success(request, do())
        except CycleError as error:
            form.refuse(error)
        else:
            return redirect("allocation:competency_record", found.pk)
    return render(request, f"allocation/competency_{act}.html", {"record": found, "form": form, **context})


def _get(request: StaffRequest, pk: int, act: str = "") -> Competency:
    """The record as far as this person may see it. Raises Http404; PermissionDenied where the act is not theirs."""
    records = Competency.objects.visible_to(request.user)
    found = get_object_or_404(
        records.select_related("user__team", "template", "supervisor", "signed_off_by", "begun_by"), pk=pk
    )
    if act and not domain.may_ever(act, request.user):
        raise PermissionDenied
    return found


def _template(request: StaffRequest, code: str, act: str) -> AuditTemplate:
    """A template that audits are made with. Raises PermissionDenied or Http404."""
    if not domain.may_ever(act, request.user):
        raise PermissionDenied
    published = CompetencyFilter().fields["template"].queryset  # type: ignore[attr-defined]  # a ModelChoiceField
    return get_object_or_404(published, code=code)
