"""The overall judgement as shown beside the answers: suggestion, questions that ask, what a child in danger needs."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from audits import answering, pages
from audits.models import Audit, Outcomes, SafeNow
from audits.readiness import danger_answered
from audits.structure import AuditForm, form_of
from audits.views.writing import writable_audit
from audits.young_person import called
from grading.prompts import About
from grading.rules import refusals
from people.requests import StaffRequest


def judgement(audit: Audit, contents: dict[str, pages.Content], *, form: AuditForm) -> dict[str, Any]:
    """What the page on the overall judgement shows beside its fields, from the answers so far."""
    child, adult = pages.child_of(audit), pages.is_adult(audit, today=timezone.localdate())
    suggestion = pages.suggestion(contents, form=form, **child, adult=adult)
    asked = pages.asked_prompts(contents, form=form, **child, adult=adult)
    overall = contents.get("overall", {})
    unsafe = overall.get("safe_now") == SafeNow.NO
    return {
        "suggestion": suggestion,
        "suggested": form.grade(suggestion.grade),
        "refusals": _refusals(contents, form=form, adult=adult),
        "about_safety": [each for each in asked if each.prompt.about == About.SAFETY],
        "about_grade": [each for each in asked if each.prompt.about == About.GRADE],
        "kept": pages.kept_answers(overall, asked),
        "unsafe": unsafe,
        "danger_answered": unsafe and danger_answered(audit),
    }


def _refusals(contents: dict[str, pages.Content], *, form: AuditForm, adult: bool) -> list[str]:
    """Why the grade chosen cannot be given beside the answer about outcomes (000 §3), as it is being chosen."""
    choice, answer = pages.overall_grade(contents, form=form), contents.get("overall", {}).get("outcomes")
    outcomes = answer if answer in Outcomes.values else None
    found = refusals(choice.point.code if choice else None, scale=form.scale, outcomes=outcomes)
    return [called(each.message, adult=adult) for each in found]


@require_http_methods(["GET", "HEAD"])
def fresh_judgement(request: StaffRequest, reference: str) -> HttpResponse:
    """Suggestion and questions from what is saved now, as a piece of the page: fetched after each save."""
    audit = writable_audit(request, reference)
    form = form_of(audit.template_version_id)
    contents = answering.contents_of(audit)
    context = {"audit": audit, "audit_form": form, **judgement(audit, contents, form=form)}
    return render(request, "audits/parts/judgement.html", context)
