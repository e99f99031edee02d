"""Submit an audit: what is missing, what is fixed, who is told, in one transaction."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction

from audits import messages
from audits.answering import contents_of, lock
from audits.deadlines import add_working_days
from audits.models import Audit, PartB, SectionGrade, SmartAction
from audits.pages import Content, Problem, counted, is_urgent, states
from audits.structure import AuditForm, form_of
from audits.workflow import move
from people import activity
from people.holidays import holiday_set
from people.line_management import working
from people.models import User


class NotReady(ValueError):
    """The audit cannot be submitted yet; `problems` says what is missing."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("Some answers are still missing.")
        self.problems = problems


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
        locked = lock(audit.reference, by=by)
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
