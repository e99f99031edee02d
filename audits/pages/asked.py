"""The form of each page that is not a section, and what it holds before anything was typed."""

from __future__ import annotations

from audits.forms import ContactForm, DraftForm, MeetingForm, OverallForm, OverviewForm, ThemeForm
from audits.models import Audit, Case, Plan
from audits.pages.listed import Content, is_adult
from audits.structure import AuditForm


def draft_form(code: str, content: Content, *, audit: Audit, form: AuditForm, show_errors: bool = False) -> DraftForm:
    """The form of a page that is not a section."""
    if code == "overview":
        return OverviewForm(content, show_errors=show_errors)
    if code == "meeting":
        return MeetingForm(content, form=form, show_errors=show_errors)
    if code == "theme":
        return ThemeForm(content, questions=audit.questions, show_errors=show_errors)
    if code == "overall":
        return OverallForm(content, form=form, adult=is_adult(audit), show_errors=show_errors)
    parent_first = code == "child" and audit.plan in {Plan.CHILD_IN_NEED, Plan.CHILD_PROTECTION}
    return ContactForm(content, person=code, parent_first=parent_first, show_errors=show_errors)


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
