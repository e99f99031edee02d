"""What an audit still needs before it can be submitted: page by page, and what has to be done about the child."""

from __future__ import annotations

from datetime import date

from audits.models import Audit, ImmediateRisk, SafeNow, SmartAction
from audits.pages import (
    Content,
    Problem,
    child_of,
    has_urgent_grade,
    is_adult,
    overall_grade,
    states,
    urgent_sections,
)
from audits.structure import AuditForm
from audits.young_person import called
from people.form_fields import day_in_words


def what_is_missing(audit: Audit, contents: dict[str, Content], *, form: AuditForm, today: date) -> list[Problem]:
    """Everything that is still missing, page by page; at the end what the actions lack."""
    found = [problem for state in states(audit, contents, form=form, today=today) for problem in state.problems]
    return found + action_problems(audit, contents, form=form, today=today)


def danger_answered(audit: Audit) -> bool:
    """Whether something is under way for a child who is not safe: an action needed at once, or a risk raised (A16)."""
    return audit.smart_actions.filter(immediate=True).exists() or _risk_raised(audit)


def _risk_raised(audit: Audit) -> bool:
    return ImmediateRisk.objects.filter(audit=audit).exists()


def action_problems(audit: Audit, contents: dict[str, Content], *, form: AuditForm, today: date) -> list[Problem]:
    """What the actions still lack, and why it is needed."""
    actions = list(audit.smart_actions.all())
    return _deadlines_gone_by(actions, today=today) + _actions_missing(
        audit, actions, contents, form=form, adult=is_adult(audit, today=today)
    )


def _deadlines_gone_by(actions: list[SmartAction], *, today: date) -> list[Problem]:
    """The actions whose deadline went by while the audit was written: their owners would be told of a day gone by."""
    return [
        Problem("actions", f"action_{action.number}", GONE_BY.format(action.number, day_in_words(action.due_on)))
        for action in actions
        if action.due_on < today
    ]


def _actions_missing(
    audit: Audit, actions: list[SmartAction], contents: dict[str, Content], *, form: AuditForm, adult: bool
) -> list[Problem]:
    if any(action.immediate for action in actions):
        return []
    choice = overall_grade(contents, form=form)
    if has_urgent_grade(contents, form=form, **child_of(audit)):  # a risk that was raised is not enough here
        at_once = AT_ONCE.format(_why_urgent(audit, contents, form=form))
        return [Problem("actions", "", called(at_once, adult=adult))]
    if contents.get("overall", {}).get("safe_now") == SafeNow.NO and not _risk_raised(audit):
        return [Problem("actions", "", NOT_SAFE)]
    if choice is not None and not choice.point.is_good and not actions:
        return [Problem("actions", "", ONE_AT_LEAST)]
    return []


def _why_urgent(audit: Audit, contents: dict[str, Content], *, form: AuditForm) -> str:
    """Such as “the overall grade is Inadequate”; the sections, where the template has no overall grade."""
    choice = overall_grade(contents, form=form)
    if choice is not None:
        return f"the overall grade is {choice.point.label}"
    graded = urgent_sections(contents, form=form, **child_of(audit))
    return " and ".join(f"“{title}” is graded {choice.point.label}" for title, choice in graded)


GONE_BY = "Set a new date for action {}: its deadline, {}, has gone by"
NOT_SAFE = (
    "You say that they are not safe now: set an action and tick that it is needed at once, or raise the risk with the "
    "button “Tell the managers now” above"
)
AT_ONCE = "Because {}: set at least one action that is needed at once to keep the child safe"
ONE_AT_LEAST = "Set at least one action: this grade means that something has to change"
