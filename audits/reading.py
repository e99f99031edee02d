"""What an audit says, as labelled rows for pages and documents."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django import forms

from audits.models import Audit
from audits.pages import ROW_GROUPS, ROW_TITLES, Content, counted, draft_form, is_adult, page_codes, prefilled, title_of
from audits.structure import AuditForm, GradeChoice, SectionForm
from people.form_fields import GovDateField


@dataclass(frozen=True)
class Row:
    """A question with its answer as text; empty where nothing was written."""

    label: str
    value: str


@dataclass(frozen=True)
class AnsweredPage:
    """One page of an audit, ready to be read."""

    code: str
    title: str
    rows: list[Row]
    grade: GradeChoice | None = None
    set_aside: str = ""
    standards: list[dict[str, str]] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    people: list[dict[str, Any]] = field(default_factory=list)


def answered_pages(audit: Audit, contents: dict[str, Content], *, form: AuditForm) -> list[AnsweredPage]:
    """Every page with its answers, in the form's order."""
    return [_page(code, contents, audit=audit, form=form) for code in page_codes(form, audit.questions)]


def _page(code: str, contents: dict[str, Content], *, audit: Audit, form: AuditForm) -> AnsweredPage:
    content = contents.get(code) or prefilled(code, audit.case)
    section = form.section(code)
    if section:
        return _section_page(section, content, form=form, adult=is_adult(audit))
    draft = draft_form(code, content, audit=audit, form=form)
    rows = [Row(str(f.label), _value(name, f, content)) for name, f in draft.fields.items()]
    groups = [group for group in ROW_GROUPS if code == "overview" and content.get(group)]
    people = [{"title": ROW_TITLES[group], "rows": content[group]} for group in groups]
    grade = form.grade(content.get("grade")) if code == "overall" else None
    return AnsweredPage(code, title_of(code, form), rows, grade=grade, people=people)


def _value(name: str, asked: forms.Field, content: Content) -> str:
    if isinstance(asked, GovDateField):
        parts = [content.get(f"{name}_{part}", "") for part in ("day", "month", "year")]
        return _day(parts) or " ".join(part for part in parts if part)
    value = content.get(name, "")
    choices = dict(getattr(asked, "choices", []))
    return str(choices.get(value, value))


def _day(parts: list[str]) -> str:
    """Three inputs as a day people read, 18 November 2026; empty where they make no date."""
    try:
        day = date(*(int(part) for part in reversed(parts)))
    except ValueError:
        return ""
    return f"{day.day} {day:%B %Y}"


def _section_page(section: SectionForm, content: Content, *, form: AuditForm, adult: bool) -> AnsweredPage:
    answers = content.get("answers", {})
    standards = [
        {
            "number": f"{section.number}.{number}",
            "text": (adult and standard.text_18_plus) or standard.text,
            "value": answers.get(standard.code, ""),
        }
        for number, standard in enumerate(section.standards, 1)
    ]
    return AnsweredPage(
        section.code,
        f"{section.number}. {section.title}",
        [Row("Why this grade", content.get("rationale", ""))],
        grade=form.grade(content.get("grade")),
        set_aside=content.get("set_aside", "").strip(),
        standards=standards,
        counts=counted(content),
    )
