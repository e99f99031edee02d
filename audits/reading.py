"""What an audit says, as labelled rows: the screen and the documents read the same ones."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from django import forms

from audits.forms import DraftForm
from audits.models import Audit
from audits.pages import (
    ROW_GROUPS,
    ROW_TITLES,
    Content,
    answers_of,
    asked_prompts,
    case_of,
    child_of,
    counted,
    draft_form,
    is_adult,
    kept_answers,
    not_asked,
    page_codes,
    prefilled,
    set_aside_reason,
    standards_in_use,
    title_of,
)
from audits.structure import AuditForm, GradeChoice, SectionForm
from audits.timescale_lines import TimescaleRow, timescale_rows
from audits.young_person import called
from people.form_fields import GovDateField

NO_LONGER_ASKED = "Answer to a question of the portal that no longer stands"
DOES_NOT_APPLY = "No longer asked: {}"
SHORT = 90  # characters; a longer answer stands beneath its question, not beside it


@dataclass(frozen=True)
class Row:
    """A question with its answer as text; empty where nothing was written. `name` is that of its input."""

    label: str
    value: str
    name: str = ""

    @property
    def is_long(self) -> bool:
        """Whether the answer needs the whole width."""
        return self.name == "rationale" or len(self.value) > SHORT or "\n" in self.value


@dataclass(frozen=True)
class AnsweredPage:
    """One page of an audit, ready to be read."""

    code: str
    title: str
    rows: list[Row]
    grade: GradeChoice | None = None
    worker_grade: GradeChoice | None = None  # the worker's own (A9)
    set_aside: str = ""
    written_before: list[Row] = field(default_factory=list)  # texts of a section that was set aside afterwards
    standards: list[dict[str, str]] = field(default_factory=list)  # number, text, value
    comments: list[Row] = field(default_factory=list)  # on standards; the name is the standard's number
    counts: dict[str, int] = field(default_factory=dict)
    people: list[dict[str, Any]] = field(default_factory=list)
    prompts: list[Row] = field(default_factory=list)  # questions where answers did not fit together, as answered
    timescales: list[TimescaleRow] = field(default_factory=list)

    @property
    def left_open(self) -> list[Row]:
        """The questions that nothing was written about."""
        return [row for row in self.rows if not row.value]


def answered_pages(audit: Audit, contents: dict[str, Content], *, form: AuditForm, today: date) -> list[AnsweredPage]:
    """Every page with its answers, in the form's order. Two queries where days of timescales were typed, else none.

    `today` is from where the days of an audit that is not submitted are looked at.
    """
    codes = page_codes(form, audit.questions)
    return [_page(code, contents, audit=audit, form=form, today=today) for code in codes]


def _page(code: str, contents: dict[str, Content], *, audit: Audit, form: AuditForm, today: date) -> AnsweredPage:
    content = contents.get(code) or prefilled(code, case_of(audit))
    section = form.section(code)
    if section:
        return _section_page(section, content, audit=audit, form=form, today=today)
    adult = is_adult(audit, today=today)
    title = title_of(code, form, adult=adult)
    if code == "timescales":
        return AnsweredPage(code, title, [], timescales=timescale_rows(content, audit, today=today))
    draft = draft_form(code, content, audit=audit, form=form, today=today)
    rows = [*_rows(code, draft, content), *_no_longer_asked(draft, content)]
    groups = [group for group in ROW_GROUPS if code == "overview" and content.get(group)]
    people = [{"title": called(ROW_TITLES[group], adult=adult), "rows": content[group]} for group in groups]
    if code != "overall":
        return AnsweredPage(code, title, rows, people=people)
    prompts = _prompts(contents, audit=audit, form=form, today=today)
    return AnsweredPage(code, title, rows, grade=form.grade(content.get("grade")), prompts=prompts)


def _rows(code: str, draft: DraftForm, content: Content) -> list[Row]:
    """The questions that come up with these answers; another one only where it was answered, and its label says so.

    Nothing that somebody wrote is left out (R1).
    """
    rows = [Row(str(f.label), _value(name, f, content), name) for name, f in draft.fields.items()]
    aside = not_asked(code, content)
    marked = [replace(row, label=DOES_NOT_APPLY.format(row.label)) if row.name in aside else row for row in rows]
    return [row for row in marked if row.value or row.name not in aside]


def _no_longer_asked(draft: DraftForm, content: Content) -> list[Row]:
    """What was written where the form asks nothing any more, because the child's age or plan was put right since."""
    left = {name: f for name, f in draft.base_fields.items() if name not in draft.fields}
    rows = [Row(str(f.label), _value(name, f, content), name) for name, f in left.items()]
    return [row for row in rows if row.value]


def _prompts(contents: dict[str, Content], *, audit: Audit, form: AuditForm, today: date) -> list[Row]:
    """The questions with a box of their own that were answered, those that no longer stand at the end."""
    asked = asked_prompts(contents, form=form, **child_of(audit), adult=is_adult(audit, today=today))
    rows = [Row(each.prompt.question, each.answer, each.name) for each in asked if each.own_box and each.answer]
    kept = kept_answers(contents.get("overall", {}), asked)
    return rows + [Row(NO_LONGER_ASKED, text, name) for name, text in kept.items()]


def _value(name: str, asked: forms.Field, content: Content) -> str:
    if isinstance(asked, GovDateField):
        parts = [content.get(f"{name}_{part}", "") for part in ("day", "month", "year")]
        return _day(parts) or " ".join(part for part in parts if part)
    value = content.get(name, "")
    choices = dict(getattr(asked, "choices", []))
    values = [each for each in (value if isinstance(value, list) else [value]) if each]
    return ", ".join(str(choices.get(each, each)) for each in values)


def _day(parts: list[str]) -> str:
    """Three inputs as a day people read, 18 November 2026; empty where they make no date."""
    try:
        day = date(*(int(part) for part in reversed(parts)))
    except ValueError:
        return ""
    return f"{day.day} {day:%B %Y}"


def _section_page(
    section: SectionForm, content: Content, *, audit: Audit, form: AuditForm, today: date
) -> AnsweredPage:
    child = child_of(audit)
    set_aside = set_aside_reason(section, content, **child)
    standards = _standards(section, content, audit=audit, today=today)
    numbers = {standard.code: row["number"] for standard, row in zip(section.standards, standards, strict=True)}
    texts = content.get("comments", {})
    comments = [Row(f"Comment on {n}", texts[code], n) for code, n in numbers.items() if texts.get(code)]
    reasons = [Row("Why this grade", content.get("rationale", ""), "rationale")]
    return AnsweredPage(
        section.code,
        f"{section.number}. {section.title}",
        reasons,
        grade=form.grade(content.get("grade")),
        worker_grade=form.grade(content.get("worker_grade")),
        set_aside=set_aside,
        written_before=[row for row in [*reasons, *comments] if set_aside and row.value.strip()],
        standards=standards,
        comments=[] if set_aside else comments,
        counts=counted(section, content, **child),
    )


def _standards(section: SectionForm, content: Content, *, audit: Audit, today: date) -> list[dict[str, str]]:
    """Each standard with its number, wording and answer: "yes", "no", "na", "aside" (not for this child) or ""."""
    child, adult = child_of(audit), is_adult(audit, today=today)
    answers = answers_of(section, content, **child)
    asked = {standard.code for standard in standards_in_use(section, **child, content=content)}
    return [
        {
            "number": f"{section.number}.{number}",
            "text": (adult and standard.text_18_plus) or standard.text,
            "value": answers.get(standard.code, "") if standard.code in asked else "aside",
        }
        for number, standard in enumerate(section.standards, 1)
    ]
