"""The floors' pages. Each says what it holds; none checks more than that somebody is signed in.

They are lean on purpose: only the columns that are shown are read, and nothing is drawn that the product does not draw.
"""

import json
from collections import Counter, defaultdict

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from allocation.models import Chase
from audits.models import COMPLETED, UNFINISHED, Audit, Case, PageAnswers, Selection, SmartAction, Status
from audits.structure import form_of
from bench.floor import pieces
from bench.floor.models import Answer, Rollup
from people.models import Team

PER_PAGE = 50
MONTHS = 18


def _months_before_today() -> list[str]:
    today = timezone.localdate()
    last = today.year * 12 + today.month - 1
    return [f"{(last - back) // 12}-{(last - back) % 12 + 1:02d}" for back in range(MONTHS)]


def _page_of(request: HttpRequest, rows):
    return Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))


@login_required
def empty(request: HttpRequest, pk: int = 0) -> HttpResponse:
    """Session, user, the frame of every page and a page of text. 2 queries."""
    return render(request, "empty.html")


SHOWN = (
    "reference",
    "status",
    "due_on",
    "auditor__name",
    "team__name",
    "overall_grade__label",
    "overall_grade__colour",
)


def _audit_list(request: HttpRequest, rows) -> HttpResponse:
    rows = rows.select_related("auditor", "team", "overall_grade").only(*SHOWN).order_by("-month", "reference")
    context = {
        "page_obj": _page_of(request, rows),
        "teams": list(Team.objects.values_list("pk", "name")),
        "months": _months_before_today(),
        "statuses": Status.choices,
        "selections": Selection.choices,
        "today": timezone.localdate(),
    }
    return render(request, "audits.html", context)


@login_required
def audits(request: HttpRequest) -> HttpResponse:
    """50 of all audits with the names of team, auditor and grade; a filter form with the same choices. 5 queries."""
    return _audit_list(request, Audit.objects.all())


@login_required
def team_audits(request: HttpRequest) -> HttpResponse:
    """50 audits of one team, otherwise as `audits`. 5 queries."""
    return _audit_list(request, Audit.objects.filter(team=request.user.team_id))


@login_required
def cases(request: HttpRequest) -> HttpResponse:
    """50 cases with team and worker; a filter form with the same choices. 5 queries."""
    rows = Case.objects.filter(closed_on__isnull=True).select_related("team", "worker").order_by("reference")
    rows = rows.only("reference", "plan", "opened_on", "team__name", "worker__name")
    context = {"page_obj": _page_of(request, rows), "teams": list(Team.objects.values_list("pk", "name"))}
    return render(request, "cases.html", context)


@login_required
def actions(request: HttpRequest) -> HttpResponse:
    """50 open actions with audit, team and owner. 4 queries."""
    rows = SmartAction.objects.filter(done_on__isnull=True, audit__submitted_at__isnull=False)
    rows = rows.select_related("audit__team", "owner").order_by("due_on", "pk")
    rows = rows.only("how", "due_on", "audit__reference", "audit__team__name", "owner__name")
    return render(request, "actions.html", {"page_obj": _page_of(request, rows), "today": timezone.localdate()})


@login_required
def section(request: HttpRequest, reference: str, page: str) -> HttpResponse:
    """One section to fill in: its standards from pieces, its guidance drawn once, grade, two texts. 4 queries."""
    audit = get_object_or_404(Audit, reference=reference, auditor=request.user)
    stored = PageAnswers.objects.filter(audit=audit, page=page).first()
    content = stored.content if stored else {}
    version = audit.template_version_id
    form = form_of(version)
    context = {
        "audit": audit,
        "stored": stored,
        "content": content,
        "section": form.section(page),
        "grades": form.grades,
        "standards": pieces.standards(version, page, content.get("answers", {})),
        "guidance": pieces.guidance(version, page, audit.plan),
    }
    return render(request, "section.html", context)


@login_required
def questions(request: HttpRequest, reference: str) -> HttpResponse:
    """All 68 standards of an audit on one page, from pieces, without guidance. 4 queries."""
    audit = get_object_or_404(Audit, reference=reference, auditor=request.user)
    stored = dict(PageAnswers.objects.filter(audit=audit).values_list("page", "content"))
    version = audit.template_version_id
    sections = [
        (section, pieces.standards(version, section.code, stored.get(section.code, {}).get("answers", {})))
        for section in form_of(version).sections
    ]
    return render(request, "questions.html", {"audit": audit, "sections": sections})


@login_required
@require_POST
def save(request: HttpRequest, reference: str, page: str) -> JsonResponse:
    """Save what was typed on one page, JSON in and out: read the auditor's row, store it. 4 queries, one commit."""
    sent = json.loads(request.body)
    with transaction.atomic():
        answer = Answer.objects.select_for_update().get(reference=reference, page=page, auditor_id=request.user.pk)
        if answer.revision != sent["base_revision"]:
            return JsonResponse({"error": "changed elsewhere"}, status=409)
        answer.content = sent["content"]
        answer.revision += 1
        answer.saved_at = timezone.now()
        answer.save()
    return JsonResponse({"revision": answer.revision, "saved_at": f"{timezone.localtime(answer.saved_at):%H:%M}"})


NAMES = ("case", "auditor", "worker", "team", "overall_grade")
FACTS = (
    "reference",
    "month",
    "plan",
    "status",
    "selection",
    "outcomes",
    "window_start",
    "window_end",
    "due_on",
    "submitted_at",
    "template_version",
    "case__reference",
    "auditor__name",
    "worker__name",
    "team__name",
    "overall_grade__label",
)


def _audit(reference: str) -> Audit:
    return get_object_or_404(Audit.objects.select_related(*NAMES).only(*FACTS), reference=reference)


@login_required
def detail(request: HttpRequest, reference: str) -> HttpResponse:
    """One audit's facts with the names they point to. 3 queries; none of its answers, actions, mail or history."""
    return render(request, "detail.html", {"audit": _audit(reference)})


@login_required
def text(request: HttpRequest, reference: str) -> HttpResponse:
    """As `detail`, with the same text as the product's page: answers, standards, actions, history. 6 queries."""
    audit = _audit(reference)
    stored = dict(PageAnswers.objects.filter(audit=audit).values_list("page", "content"))
    form = form_of(audit.template_version_id)
    texts = [
        (page, [(name, value) for name, value in content.items() if isinstance(value, str)])
        for page, content in stored.items()
    ]
    sections = [
        (section, [(standard.text, content.get(standard.code, "")) for standard in section.standards])
        for section in form.sections
        if (content := stored.get(section.code, {}).get("answers", {})) is not None
    ]
    context = {
        "audit": audit,
        "texts": texts,
        "sections": sections,
        "actions": audit.smart_actions.select_related("owner"),
        "history": audit.status_changes.select_related("by"),
    }
    return render(request, "detail.html", context)


@login_required
def dashboard(request: HttpRequest) -> HttpResponse:
    """Months, grades and services added up from a rollup, a chart of them, and three lists of ten. 6 queries."""
    months, grades, services = defaultdict(Counter), defaultdict(Counter), defaultdict(Counter)
    rollup = Rollup.objects.values_list("month", "service", "selection", "state", "grade", "n")
    for month, service, selection, state, grade, n in rollup:
        months[month][state] += n
        services[service][state] += n
        if grade and selection == Selection.RANDOM:
            grades[month][grade] += n
    late = Audit.objects.filter(status__in=UNFINISHED, due_on__lt=timezone.localdate()).order_by("due_on", "reference")
    urgent = Audit.objects.filter(overall_grade__is_urgent=True, status__in=COMPLETED).order_by("-submitted_at")
    told = Chase.objects.filter(superseded=False, stage__in=["line_manager", "next_manager"])
    context = {
        "months": [(month, _in_order(months[month], STATES)) for month in sorted(months)],
        "services": [(name, _in_order(services[name], STATES)) for name in sorted(services)],
        "grades": [(month, _in_order(grades[month], GRADES)) for month in sorted(grades)],
        "bars": list(_bars([grades[month] for month in sorted(grades)])),
        "states": STATES,
        "words": GRADES,
        "late": late.select_related("auditor", "team").only(*LATE)[:10],
        "urgent": urgent.select_related("team", "overall_grade").only(*URGENT)[:10],
        "told": told.select_related("audit__auditor", "recipient").only(*TOLD).order_by("-handled_at")[:10],
    }
    return render(request, "dashboard.html", context)


LATE = ("reference", "due_on", "auditor__name", "team__name")
URGENT = ("reference", "submitted_at", "team__name", "overall_grade__label")
TOLD = ("stage", "handled_at", "audit__reference", "audit__auditor__name", "recipient__name")
STATES = ("allocated", "in_progress", "with_team", "actions", "closed", "exempt", "withdrawn")
GRADES = ("Outstanding", "Good", "Requires improvement", "Inadequate")


def _in_order(counts: Counter, names: tuple[str, ...]) -> list[int]:
    return [counts[name] for name in names]


def _bars(months: list[Counter]):
    """Stacked bars of 100: x, y, height, grade."""
    for place, counts in enumerate(months):
        total, y = counts.total(), 0
        for name in GRADES:
            height = round(100 * counts[name] / total) if total else 0
            yield str(place * 20), str(y), str(height), name
            y += height
