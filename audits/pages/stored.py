"""What may be stored of what was sent for a page, finished or not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

from audits.forms import ContactForm, DraftForm, MeetingForm, OverallForm, OverviewForm
from audits.pages.listed import Content
from audits.pages.people_rows import ROW_GROUPS, clean_rows
from audits.pages.reasons import clean_reasons
from audits.pages.sections import clean_section
from audits.pages.texts import clean_text
from audits.pages.timescale_days import clean_days
from audits.pages.unlisted import input_names, unlisted_fields
from audits.structure import AuditForm


@lru_cache(maxsize=256)
def _names_of(code: str, form: AuditForm) -> frozenset[str]:
    """Every name that an input of a page has; the same for every audit of a form."""
    if unlisted_fields(code):
        return input_names(code)
    forms: dict[str, Callable[[], DraftForm]] = {
        "overview": lambda: OverviewForm({}),
        "meeting": lambda: MeetingForm({}, form=form),
        "overall": lambda: OverallForm({}, form=form, adult=False),
    }
    return frozenset(forms.get(code, lambda: ContactForm({}, person=code))().names())


def clean_content(code: str, content: Any, *, form: AuditForm, questions: Sequence[str] = ()) -> Content:
    """The part of what was sent that belongs on this page, as plain text; unfinished and impossible values are kept.

    `questions` are those of the month's theme, where the audit has any.
    """
    content = content if isinstance(content, dict) else {}
    section = form.section(code)
    if section:
        return clean_section(section, content, form=form)
    if code == "timescales":
        return clean_days(content)
    names = [f"q{number}" for number in range(1, len(questions) + 1)] if code == "theme" else _names_of(code, form)
    cleaned: Content = {name: clean_text(content.get(name)) for name in sorted(names)}
    if code == "overall":
        cleaned["prompts"] = clean_reasons(content.get("prompts"), form=form)
    if code == "overview":
        cleaned |= {group: clean_rows(content.get(group)) for group in ROW_GROUPS}
    return cleaned
