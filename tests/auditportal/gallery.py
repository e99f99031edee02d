"""A page that holds every component, for tests only: what it shows, its form, its addresses."""

from datetime import date
from pathlib import Path
from types import SimpleNamespace

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template import engines
from django.urls import include, path

from people.form_fields import GovDateField

PAGE = Path(__file__).with_name("gallery.html")
HOSTILE = "<script>alert(1)</script>"
SAVES: list[bytes] = []  # what autosave sent, newest last
POSTS: list[dict[str, object]] = []  # what the form itself posted
ANSWERS: list[tuple[int, dict[str, object]]] = []  # what the server answers next; usually that it saved
PROGRESS: list[dict[str, object]] = []  # what it says next about work in the background
REPORT = """{% extends "layouts/page.html" %}{% block title %}Report{% endblock %}
{% block scripts %}<script type="module" src="{% asset 'js/progress.js' %}"></script>{% endblock %}
{% block content %}<h1 class="govuk-heading-l">Report</h1>{% if waiting %}
{% include "components/progress.html" with progress_url="/progress/" %}{% else %}<p>The report is ready</p>{% endif %}
{% endblock %}"""


class GalleryForm(forms.Form):
    """One field of every kind."""

    name = forms.CharField(label="Full name", help_text="As in the staff list", max_length=50)
    hostile = forms.CharField(label=HOSTILE, help_text=HOSTILE, required=False)
    rationale = forms.CharField(label="Why this grade?", widget=forms.Textarea(attrs={"rows": 4}), max_length=400)
    team = forms.ChoiceField(label="Team", choices=[("", "Choose a team"), ("1", "Assessment North")])
    grade = forms.ChoiceField(
        label="Overall grade",
        widget=forms.RadioSelect,
        choices=[("good", "Good"), ("ri", "Requires improvement"), ("evil", HOSTILE)],
    )
    plans = forms.MultipleChoiceField(
        label="Plans",
        widget=forms.CheckboxSelectMultiple(attrs={"class": "govuk-checkboxes--small"}),
        choices=[("cin", "Child in need plan"), ("cp", "Child protection plan")],
    )
    agreed = forms.BooleanField(label="Agreed with the worker", help_text="On the phone or in person")
    due_on = GovDateField(label="Due date", help_text="For example, 27 11 2026", earliest=date(2026, 11, 21))
    file = forms.FileField(label="Workbook", required=False)
    password = forms.CharField(label="Password", widget=forms.PasswordInput, required=False)
    secret = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["grade"].choice_hints = {"good": "What was expected was done, and it helped the child."}


def standards() -> list[dict[str, str]]:
    """Rows for the answers grid."""
    texts = [
        "The reason for our involvement is clear, and the child and family would recognise it.",
        "Visits happen at the agreed frequency, and the child is seen alone where that is right. What they said is "
        "written in their own words, and it has changed what we do.",
        "Chronology is up to date.",
    ]
    return [
        {
            "code": f"S1-0{number}",
            "number": f"1.{number}",
            "name": f"answers__S1-0{number}",
            "text": text,
            "hint": "Look at the last three months" if number == 2 else "",
            "value": ["yes", "", "na"][number - 1],
            "error": "Choose Yes, No or Not applicable" if number == 2 else "",
        }
        for number, text in enumerate(texts, start=1)
    ]


def grade(label: str, colour: str) -> SimpleNamespace:
    """Something that looks like a grade."""
    return SimpleNamespace(label=label, colour=colour)


def context(request: HttpRequest) -> dict[str, object]:
    """Everything the gallery shows."""
    return {
        "form": GalleryForm(request.GET if "errors" in request.GET else None),
        "standards": standards(),
        "grades": [
            grade("Outstanding", "green-dark"),
            grade("Good", "green"),
            grade("Requires improvement", "amber"),
            grade("Inadequate", "red"),
        ],
        "statuses": ["allocated", "in_progress", "with_team", "actions", "closed", "overdue"],
        "tasks": [
            {"title": "Overview", "url": "/", "hint": "Who the child is", "status": "completed"},
            {"title": "1. Risk and need", "url": "/", "hint": "8 of 12 answered", "status": "in_progress"},
            {"title": "Check and send", "url": "", "hint": "", "status": ""},
        ],
        "rows": [
            {"key": "Auditor", "value": "Ottilie Fenwright", "action_url": "/", "action_text": "Change"},
            {"key": "Overall comment", "value": "First line\nSecond line"},
            {"key": "Learning", "value": ""},
        ],
        "page_obj": Paginator(range(900), 50).get_page(request.GET.get("page", 7)),
        "day": date(2026, 11, 21),
        "interruption": [
            "The worker and the team manager are told by email within a minute.",
            "They are asked to act today.",
        ],
    }


def gallery(request: HttpRequest) -> HttpResponse:
    """Every component on one page."""
    if request.method == "POST":
        POSTS.append(request.POST.dict())
    if "messages" in request.GET:
        messages.success(request, "Draw published. 30 auditors have been told.")
        messages.warning(request, "Two auditors have no team.")
        messages.error(request, "The file could not be read.")
    return HttpResponse(engines["django"].from_string(PAGE.read_text()).render(context(request), request))


def autosaved(request: HttpRequest) -> HttpResponse:
    """Stands in for the page that saves: keeps what was sent, answers what the test asked for last."""
    SAVES.append(request.body)
    answer = ANSWERS.pop(0) if ANSWERS else (200, {"revision": len(SAVES), "saved_at": "14:02"})
    return JsonResponse(answer[1], status=answer[0])


def report(request: HttpRequest) -> HttpResponse:
    """A page that waits for work in the background, and then has it."""
    return HttpResponse(engines["django"].from_string(REPORT).render({"waiting": bool(PROGRESS)}, request))


def progress(request: HttpRequest) -> HttpResponse:
    """How far the work is."""
    return JsonResponse(PROGRESS.pop(0))


urlpatterns = [
    path("", gallery, name="home"),
    path("audits/", gallery, name="gallery"),
    path("save/", autosaved, name="autosaved"),
    path("report/", report),
    path("progress/", progress),
    path("", include("auditportal.urls")),
]
handler403 = "auditportal.pages.forbidden"
handler404 = "auditportal.pages.not_found"
handler500 = "auditportal.pages.server_error"
