"""The form of each page that is not a section, and what it holds before anything was typed."""

from __future__ import annotations

from datetime import date

from audits.contact import Situation
from audits.deadlines import london_date
from audits.forms import ContactForm, DraftForm, MeetingForm, OverallForm, OverviewForm, ThemeForm, TimescalesForm
from audits.models import Audit, Case
from audits.pages.child_then import case_of
from audits.pages.listed import Content, age_now, is_adult
from audits.structure import AuditForm


def draft_form(
    code: str,
    content: Content,
    *,
    audit: Audit,
    form: AuditForm,
    today: date | None = None,
    show_errors: bool = False,
) -> DraftForm:
    """The form of a page that is not a section; without `today` it takes dates that are still to come."""
    if code == "overview":
        return OverviewForm(content, adult=is_adult(audit, today=today), show_errors=show_errors)
    if code == "meeting":
        return MeetingForm(content, form=form, today=today, show_errors=show_errors)
    if code == "theme":
        return ThemeForm(content, questions=audit.questions, show_errors=show_errors)
    if code == "timescales":
        return TimescalesForm(content, show_errors=show_errors)
    if code == "overall":
        return OverallForm(content, form=form, adult=is_adult(audit, today=today), show_errors=show_errors)
    return _contact_form(code, content, audit=audit, today=today, show_errors=show_errors)


def _contact_form(code: str, content: Content, *, audit: Audit, today: date | None, show_errors: bool) -> ContactForm:
    """Contact with child or parent, asked as the child's plan, age and language want it (A4)."""
    case = case_of(audit)
    situation = Situation(
        person=code,
        plan=audit.plan,
        age=age_now(audit, today=today),
        language=case.primary_language,
        disability=case.disability,
    )
    given_out = london_date(audit.allocated_at)
    return ContactForm(
        content, person=code, situation=situation, earliest=given_out, today=today, show_errors=show_errors
    )


def prefilled(code: str, case: Case) -> Content:
    """What a page holds before anything was typed: child and family come from the case."""
    if code != "overview":
        return {}
    disability = {True: "yes", False: "no", None: ""}[case.disability]
    return {
        "child_name": case.child_name,
        "gender": case.gender,
        "ethnicity": case.ethnicity,
        "primary_language": case.primary_language,
        "disability": disability,
    }
