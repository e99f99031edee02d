"""Save what is typed, page by page, and submit the whole."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.http import Http404

from audits import messages
from audits.deadlines import add_working_days
from audits.models import Audit, PageAnswers, PartB, SectionGrade, SmartAction, Status
from audits.pages import Content, Problem, clean_content, counted, is_urgent, page_codes, states
from audits.permissions import may_write
from audits.structure import AuditForm, form_of
from audits.workflow import move
from people import activity
from people.holidays import holiday_set
from people.line_management import working
from people.models import User


class NotWritable(ValueError):
    """The audit cannot be written by this person now."""


class PageConflict(ValueError):
    """Somebody (perhaps the same person in another tab) saved the page meanwhile; `stored` is what they saved."""

    def __init__(self, stored: PageAnswers) -> None:
        super().__init__("This page was changed in another tab or on another device.")
        self.stored = stored


class NotReady(ValueError):
    """The audit cannot be submitted yet; `problems` says what is missing."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("Some answers are still missing.")
        self.problems = problems


@dataclass(frozen=True)
class Saved:
    """What is stored now."""

    content: Content
    revision: int
    at: datetime


NEEDED_TO_SAVE = ("reference", "status", "auditor", "template_version", "questions")


def _lock(reference: str, *, by: User, only: tuple[str, ...] = ()) -> Audit:
    """The audit, locked, where this person writes it now; otherwise raises Http404 (out of sight) or NotWritable.

    `only` names the columns to read, where few will do.
    """
    mine = Audit.objects.select_for_update(of=("self",)).filter(auditor=by, reference=reference)
    audit = (mine.only(*only) if only else mine).first()
    if audit is None and not Audit.objects.visible_to(by).filter(reference=reference).exists():
        raise Http404
    if audit is None or not may_write(audit, by):
        raise NotWritable("This audit is submitted or belongs to somebody else, so nothing was saved.")
    return audit


def save_page(reference: str, *, page: str, content: Any, base_revision: int, by: User, at: datetime) -> Saved:
    """Store what is on a page, finished or not, in one commit; the first save of an audit begins it.

    `base_revision` is the revision the writer started from, 0 for a page never saved. Raises Http404 for an audit
    out of sight or a page that is not in its form, NotWritable, or PageConflict when another save came between.
    """
    with transaction.atomic():
        audit = _lock(reference, by=by, only=NEEDED_TO_SAVE)
        form = form_of(audit.template_version_id)
        if page not in page_codes(form, audit.questions):
            raise Http404
        cleaned = clean_content(page, content, form=form, questions=audit.questions)
        revision = _store(audit, page, cleaned, base_revision=base_revision, by=by, at=at)
        if audit.status == Status.ALLOCATED:
            move(audit, "start", by=by, at=at)
    return Saved(cleaned, revision, at)


def _store(audit: Audit, page: str, content: Content, *, base_revision: int, by: User, at: datetime) -> int:
    values = {"content": content, "revision": base_revision + 1, "saved_at": at, "saved_by": by}
    rows = PageAnswers.objects.filter(audit=audit, page=page)
    if base_revision and rows.filter(revision=base_revision).update(**values):
        return base_revision + 1
    stored = rows.first()
    if stored is not None:
        if stored.content == content:  # the answer to an earlier save was lost on the way: nothing to do
            return stored.revision
        raise PageConflict(stored)
    PageAnswers.objects.create(audit=audit, page=page, **{**values, "revision": 1})
    return 1


def contents_of(audit: Audit) -> dict[str, Content]:
    """What is stored on each page, by its code."""
    return dict(PageAnswers.objects.filter(audit=audit).values_list("page", "content"))


def problems_before_submitting(audit: Audit, contents: dict[str, Content], *, form: AuditForm) -> list[Problem]:
    """Everything that is still missing, page by page; at the end what the actions lack."""
    found = [problem for state in states(audit, contents, form=form) for problem in state.problems]
    return found + _action_problems(audit, contents, form=form)


def _action_problems(audit: Audit, contents: dict[str, Content], *, form: AuditForm) -> list[Problem]:
    actions = list(audit.smart_actions.all())
    if is_urgent(contents, form=form) and not any(action.immediate for action in actions):
        return [Problem("actions", "", "Set at least one action that is needed at once to keep the child safe")]
    overall = form.grade(contents.get("overall", {}).get("grade"))
    if overall is not None and not overall.point.is_good and not actions:
        return [Problem("actions", "", "Set at least one action: this grade means that something has to change")]
    return []


def submit(audit: Audit, *, by: User, at: datetime, today: date) -> Audit:
    """Lock the audit, fix its grades, hand it to the team and queue the mail about it, in one transaction (S1, R8).

    Raises NotWritable, or NotReady with what is missing. Submitting twice finds it submitted and raises NotWritable.
    """
    with transaction.atomic():
        locked = _lock(audit.reference, by=by)
        form = form_of(locked.template_version_id)
        contents = contents_of(locked)
        problems = problems_before_submitting(locked, contents, form=form)
        if problems:
            raise NotReady(problems)
        urgent = is_urgent(contents, form=form)
        _fix_section_grades(locked, contents, form=form)
        PartB.objects.create(audit=locked)
        submitted = move(
            locked, "submit", by=by, at=at, also=_judgement(contents, form=form, urgent=urgent, today=today)
        )
        _tell(submitted, urgent=urgent, at=at, today=today)
        activity.record("submitted an audit", target=messages.about(submitted), by=by, at=at)
    return submitted


def _judgement(contents: dict[str, Content], *, form: AuditForm, urgent: bool, today: date) -> dict[str, Any]:
    overall = contents["overall"]
    choice = form.grade(overall.get("grade")) if form.overall_grade else None
    days = settings.PART_B_URGENT_WORKING_DAYS if urgent else settings.PART_B_WORKING_DAYS
    holidays = holiday_set(today, today + timedelta(days=60))
    return {
        "outcomes": overall["outcomes"],
        "overall_grade_id": choice.pk if choice else None,
        "part_b_due_on": add_working_days(today, days, holidays=holidays),
    }


def _fix_section_grades(audit: Audit, contents: dict[str, Content], *, form: AuditForm) -> None:
    rows = []
    for section in form.sections:
        content = contents.get(section.code, {})
        aside = bool(content.get("set_aside", "").strip())
        choice = None if aside else form.grade(content.get("grade"))
        count = counted({} if aside else content)
        rows.append(
            SectionGrade(
                audit=audit,
                section_id=section.pk,
                grade_id=choice.pk if choice else None,
                yes=count["yes"],
                no=count["no"],
                not_applicable=count["na"],
            )
        )
    SectionGrade.objects.bulk_create(rows)


def _tell(audit: Audit, *, urgent: bool, at: datetime, today: date) -> None:
    tell = messages.urgent if urgent else messages.submitted
    told = {mail.recipient_id for mail in tell(audit, at=at, today=today)}
    actions = SmartAction.objects.filter(audit=audit).select_related("owner", "audit")
    for action in actions:
        if action.owner_id not in told and working(action.owner, today=today):
            messages.action_set(action, at=at)
