"""Submit an audit: what is missing, what is fixed, who is told, in one transaction."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction

from audits import messages, sharing
from audits.answering import NotWritable, contents_of, lock
from audits.co_auditing import agreement_problems
from audits.deadlines import add_working_days
from audits.models import Audit, PartB, SectionGrade, SmartAction
from audits.pages import Content, Problem, case_facts, child_of, counted, is_urgent, overall_grade, section_grades
from audits.permissions import may_submit
from audits.readiness import what_is_missing
from audits.structure import AuditForm, form_of
from audits.telling import COPY, who_is_told
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


class UrgentUnseen(ValueError):
    """Submitting it tells people to act today, and whoever submits has not been shown who they are."""


def problems_before_submitting(
    audit: Audit, contents: dict[str, Content], *, form: AuditForm, today: date
) -> list[Problem]:
    """Everything that is still missing, page by page; then what the actions lack, and the supervisor's agreement."""
    return what_is_missing(audit, contents, form=form, today=today) + agreement_problems(audit, today=today)


def submit(audit: Audit, *, by: User, at: datetime, today: date, urgent_seen: bool = True) -> Audit:
    """Lock the audit, fix its grades, hand it to the team and queue the mail about it, in one transaction (S1, R8).

    `urgent_seen` is whether whoever submits knows that people are told to act today, where that is so. Raises
    NotWritable, NotReady with what is missing, or UrgentUnseen. Submitting twice finds it submitted: NotWritable.
    """
    with transaction.atomic():
        locked = lock(audit.reference, by=by)
        if not may_submit(locked, by):
            raise NotWritable("Only the auditor can submit this audit.")
        form = form_of(locked.template_version_id)
        contents = contents_of(locked)
        problems = problems_before_submitting(locked, contents, form=form, today=today)
        if problems:
            raise NotReady(problems)
        urgent = is_urgent(contents, form=form, **child_of(locked))
        if urgent and not urgent_seen:
            raise UrgentUnseen(locked.reference)
        _fix_section_grades(locked, contents, form=form)
        PartB.objects.create(audit=locked)
        submitted = move(
            locked, "submit", by=by, at=at, also=_fixed(locked, contents, form=form, urgent=urgent, today=today)
        )
        _tell(submitted, urgent=urgent, at=at, today=today)
        activity.record("submitted an audit", target=messages.about(submitted), by=by, at=at)
    return submitted


def part_b_due(*, urgent: bool, today: date) -> date:
    """When worker and team manager answer by, if the audit is submitted today."""
    days = settings.PART_B_URGENT_WORKING_DAYS if urgent else settings.PART_B_WORKING_DAYS
    return add_working_days(today, days, holidays=holiday_set(today, today + timedelta(days=60)))


def _fixed(audit: Audit, contents: dict[str, Content], *, form: AuditForm, urgent: bool, today: date) -> dict[str, Any]:
    """What is written into the audit as it is submitted: the judgement, and what the case says of the child today."""
    overall = contents["overall"]
    choice = overall_grade(contents, form=form)
    return {
        "outcomes": overall["outcomes"],
        "safe_now": overall["safe_now"],
        "overall_grade_id": choice.pk if choice else None,
        "part_b_due_on": part_b_due(urgent=urgent, today=today),
        "case_then": case_facts(audit.case),
    }


def _fix_section_grades(audit: Audit, contents: dict[str, Content], *, form: AuditForm) -> None:
    child = child_of(audit)
    rows = []
    for section, given in zip(form.sections, section_grades(contents, form=form, **child), strict=True):
        choice = None if given.not_applicable else form.grade(given.grade)
        theirs = None if given.not_applicable else form.grade(given.worker_grade)
        count = counted(section, contents.get(section.code, {}), **child)
        rows.append(
            SectionGrade(
                audit=audit,
                section_id=section.pk,
                grade_id=choice.pk if choice else None,
                worker_grade_id=theirs.pk if theirs else None,
                yes=count["yes"],
                no=count["no"],
                not_applicable=count["na"],
            )
        )
    SectionGrade.objects.bulk_create(rows)


def _tell(audit: Audit, *, urgent: bool, at: datetime, today: date) -> None:
    """Queue the mail about a submitted audit, and write down with whom the portal shared it."""
    told = who_is_told(audit, urgent=urgent, today=today)
    tell = messages.urgent if urgent else messages.submitted
    tell(audit, at=at, today=today)
    for each in told:
        if each.mail == COPY:
            messages.copied(audit, each.person, at=at)
        sharing.record(audit, person=each.person, part=sharing.WORDS[each.part], at=at, today=today)
    known = {each.person.pk for each in told}
    actions = SmartAction.objects.filter(audit=audit).select_related("owner", "audit")
    for action in actions:
        if action.owner_id not in known and working(action.owner, today=today):
            messages.action_set(action, at=at)
