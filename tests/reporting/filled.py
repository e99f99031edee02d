"""A finished audit with a mark of its own in every field, found by walking the forms and models themselves."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db import models
from django.utils import timezone

from audits.forms import DraftForm
from audits.forms.timescales import SIDES
from audits.models import Audit, PageAnswers, Status
from audits.pages import ROW_FIELDS, ROW_GROUPS, Content, clean_content, draft_form, page_codes
from audits.structure import AuditForm, SectionForm, form_of
from audits.timescale_lines import rules_for
from grading.prompts import CODES
from people.form_fields import day_in_words
from people.models import User
from tests.factories import UserFactory

FIRST_DAY = date(2019, 1, 1)


@dataclass
class Marks:
    """Marks given out, and where each one was put."""

    wanted: dict[str, str] = field(default_factory=dict)  # what has to be in the document: where it stands in the audit
    count: int = 0

    def text(self, where: str) -> str:
        """A word that stands nowhere else."""
        self.count += 1
        return self.want(f"Mark{self.count:04d}end", where)

    def day(self, where: str) -> date:
        """A day that stands nowhere else."""
        self.count += 1
        found = FIRST_DAY + timedelta(days=self.count)
        self.want(day_in_words(found), where)
        return found

    def moment(self, where: str) -> datetime:
        """A moment of a day that stands nowhere else."""
        self.count += 1
        found = datetime(2020, 1, 1, 12, 34, tzinfo=UTC) + timedelta(days=self.count)
        self.want(f"{day_in_words(timezone.localdate(found))} at {timezone.localtime(found):%H:%M}", where)
        return found

    def person(self, where: str) -> User:
        """Somebody whose name stands nowhere else."""
        return UserFactory(name=self.text(where))

    def want(self, text: str, where: str) -> str:
        """Look for this in the document."""
        self.wanted[text] = where
        return text


def fill_pages(audit: Audit, marks: Marks, *, at: datetime) -> None:
    """Every page of the form with a mark in everything that may be stored there."""
    form = form_of(audit.template_version_id)
    for code in page_codes(form, audit.questions):
        content = _page(code, audit, marks, form=form)
        stored = clean_content(code, content, form=form, questions=audit.questions)
        PageAnswers.objects.create(audit=audit, page=code, content=stored, saved_at=at, saved_by=audit.auditor)


def _page(code: str, audit: Audit, marks: Marks, *, form: AuditForm) -> Content:
    empty = clean_content(code, {}, form=form, questions=audit.questions)
    section = form.section(code)
    if section:
        return {key: _of_section(key, section, marks, form=form) for key in empty}
    asked = draft_form(code, {}, audit=audit, form=form)
    dates = {f"{name}_{part}": name for name in asked.dates() for part in ("day", "month", "year")}
    content: Content = {}
    for name in empty:
        if name in dates:
            content |= _date(dates[name], code, marks) if dates[name] + "_day" not in content else {}
        else:
            content[name] = _typed(name, code, asked, marks)
    return content


def _date(name: str, code: str, marks: Marks) -> Content:
    day = marks.day(f"{code}.{name}")
    return {f"{name}_day": str(day.day), f"{name}_month": str(day.month), f"{name}_year": str(day.year)}


def _typed(name: str, code: str, asked: DraftForm, marks: Marks) -> Any:
    where = f"{code}.{name}"
    if code == "overview" and name in ROW_GROUPS:
        return [{key: marks.text(f"{where}.{key}") for key in ROW_FIELDS} for _ in range(2)]
    if name == "days":
        return {f"{rule.code}.{side}": _as_typed(marks.day(where)) for rule in rules_for({}) for side in SIDES}
    if name == "prompts":
        return {key: marks.text(f"{where}.{key}") for key in CODES}
    found = asked.fields.get(name) or asked.base_fields.get(name)  # also what is not asked about this child
    choices = [pair for pair in getattr(found, "choices", []) if pair[0]]
    if found is not None and choices:
        value, label = choices[0]
        marks.want(f"{'' if name == 'grade' else found.label}{label}", where)
        return value
    assert found is not None, f"say in this module what a finished page holds under {where}"
    return marks.text(where)


def _as_typed(day: date) -> str:
    return f"{day.day} {day.month} {day.year}"


def _of_section(key: str, section: SectionForm, marks: Marks, *, form: AuditForm) -> Any:
    where = f"{section.code}.{key}"
    answers = ("yes", "no", "na")
    if key == "answers":
        return {s.code: answers[number % 3] for number, s in enumerate(section.standards)}
    if key == "comments":
        return {s.code: marks.text(f"{where}.{s.code}") for s in section.standards}
    if key in {"grade", "worker_grade"}:
        return form.grades[0 if key == "grade" else 1].point.code  # in the table of each section, see the test
    if key in {"set_aside", "use_anyway"}:
        return ""
    assert key == "rationale", f"say here what a finished section holds under {key!r}"
    return marks.text(where)


def fill_row(model: type[models.Model], marks: Marks, **given: Any) -> Any:
    """A row of a model with a mark in every text, day, moment and person; what is `given` stays as it is."""
    values = dict(given)
    for each in model._meta.concrete_fields:
        name, where = each.name, f"{model.__name__}.{each.name}"
        if name in values or each.primary_key:
            continue
        values[name] = _of_field(each, where, marks, dict(each.flatchoices))
    return model._default_manager.create(**values)


def _of_field(each: Any, where: str, marks: Marks, choices: dict[Any, Any]) -> Any:
    if choices:
        value, label = [pair for pair in choices.items() if pair[0]][-1]
        marks.want(str(label), where)
        return value
    if isinstance(each, models.ForeignKey):
        assert each.related_model is User, f"give a row for {where}"
        return marks.person(where)
    if isinstance(each, models.BooleanField):
        return True
    if isinstance(each, models.DateTimeField):
        return marks.moment(where)
    if isinstance(each, models.DateField):
        return marks.day(where)
    assert isinstance(each, models.CharField | models.TextField), f"give a value for {where}"
    return marks.text(where)


def submit(audit: Audit, *, at: datetime, **values: Any) -> None:
    """Set as submitted, whatever its answers say."""
    Audit.objects.filter(pk=audit.pk).update(
        status=Status.WITH_TEAM, submitted_at=at, part_b_due_on=at.date() + timedelta(days=20), **values
    )
