"""How a month draws: its theme and dates, the cases it is about, its questions, the spread, and what is fair."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction

from allocation import as_shown, messages
from allocation.eligibility import cohort as cohorts
from allocation.messages import month_in_words
from allocation.models import Cycle, Evened, Strata, StrataMethod, Theme
from allocation.month_lock import CycleError, in_words, locked
from audits.deadlines import add_months, is_working_day
from audits.models import TemplateVersion
from people import activity
from people.form_fields import day_in_words
from people.holidays import holiday_set
from people.models import User

Status = Cycle.Status
LARGEST_TARGET = 2000
WEEKS_AFTER = 8  # that a due date may lie after its month: long holidays need some, a year is a slip of the pen
MOST_QUESTIONS = 5
LONGEST_QUESTION = 300
CHANGEABLE = (Status.OPEN, Status.PROPOSED)
CHOSEN = {
    "theme": "the theme",
    "template_version": "the template",
    "target": "how many audits",
    "due_on": "the due date",
    "groups": "who audits",
    "cohort": "which cases the month is about",
    "questions": "its questions",
    "strata_by": "the spread",
    "strata_method": "the spread",
    "strata_minimum": "the spread",
    "strata_numbers": "the spread",
    "evened_over": "over what time loads are made even",
    "one_per_family": "one child of a family",
    "with_re_audits": "re-audits",
}  # everything that is chosen of a month, and what it is called
CARRIED_ON = (
    "strata_by",
    "strata_method",
    "strata_minimum",
    "strata_numbers",
    "evened_over",
    "one_per_family",
    "with_re_audits",
)  # from the last month to a new one; the cases and the questions belong to a theme


def check_template(version: TemplateVersion | None, *, kept: int | None = None) -> None:
    """Raises CycleError for a template that is not published, or out of use unless it is the one the month has."""
    if version is None or version.published_at is None:
        raise CycleError("Choose a template that is published.", field="template_version")
    if version.retired_at is not None and version.pk != kept:
        raise CycleError(f"{version} is out of use. Choose another.", field="template_version")


def check_target(target: int) -> None:
    """Raises CycleError for a target outside 1 to 2,000."""
    if not 1 <= target <= LARGEST_TARGET:
        raise CycleError(f"The target must be between 1 and {LARGEST_TARGET:,} audits.", field="target")


def check_due_on(due_on: date, *, month: date, today: date) -> None:
    """Raises CycleError for a due date that is past, before the month, long after it or a day off."""
    if due_on <= today:
        raise CycleError("The due date must be after today.", field="due_on")
    if due_on < month:
        raise CycleError(f"The due date must not be before {month_in_words(month)} begins.", field="due_on")
    if due_on >= add_months(month, 1) + timedelta(weeks=WEEKS_AFTER):
        late = f"more than {WEEKS_AFTER} weeks after {month_in_words(month)} ends"
        raise CycleError(f"{day_in_words(due_on)} is {late}. Check the year of the due date.", field="due_on")
    if not is_working_day(due_on, holidays=holiday_set(due_on, due_on)):
        raise CycleError("The due date must be a working day.", field="due_on")


def due_on_day_off(cycle: Cycle) -> str:
    """That a month's due date has become a day off, in a sentence; empty where it is a working day. One query."""
    due_on = cycle.due_on
    if due_on is None or is_working_day(due_on, holidays=holiday_set(due_on, due_on)):
        return ""
    return f"{day_in_words(due_on)}, the due date of {in_words(cycle)}, is a day off now."


def check_questions(questions: Sequence[str]) -> list[str]:
    """The questions without spaces around them and without empty ones.

    Raises CycleError for more than five, one that is too long, and one that is asked twice.
    """
    asked = [" ".join(question.split()) for question in questions]
    asked = [question for question in asked if question]
    if len(asked) > MOST_QUESTIONS:
        raise CycleError(f"A theme can have up to {MOST_QUESTIONS} questions of its own.", field="questions")
    if any(len(question) > LONGEST_QUESTION for question in asked):
        raise CycleError(f"A question can have up to {LONGEST_QUESTION} characters.", field="questions")
    if len({question.casefold() for question in asked}) < len(asked):
        raise CycleError("Two of the questions are the same.", field="questions")
    return asked


def check_cohort(cohort: Mapping[str, Any]) -> dict[str, Any]:
    """The cohort without what is empty. Raises CycleError for ages the wrong way round and what is not known."""
    youngest, oldest = cohort.get("age_from"), cohort.get("age_to")
    if youngest is not None and oldest is not None and oldest < youngest:
        raise CycleError("The oldest age must not be below the youngest.", field="age_to")
    try:
        return cohorts.clean(dict(cohort))
    except ValueError as error:
        raise CycleError(str(error)) from error


def use_theme(cycle: Cycle, theme: Theme) -> None:
    """Copy a saved theme to a month that is locked and saved afterwards. Raises CycleError for a retired one."""
    if theme.retired_at is not None:
        raise CycleError(f"The theme “{theme}” is no longer in use. Choose another.", field="saved_theme")
    cycle.theme = cycle.theme or theme.name
    cycle.cohort, cycle.questions = theme.cohort, theme.questions


def carry_on(cycle: Cycle) -> None:
    """Give a new month the spread and the fairness of the last one before it."""
    last = Cycle.objects.exclude(status=Status.PAUSED).filter(month__lt=cycle.month).order_by("-month").first()
    for name in CARRIED_ON if last else ():
        setattr(cycle, name, getattr(last, name))


def fill_in(cycle: Cycle, *, theme: Theme | None) -> None:
    """Add a saved theme's cases and questions, if any, to a month that is being opened.

    Fixed numbers that do not come to the month's target become a spread in proportion.
    """
    if theme is not None:
        use_theme(cycle, theme)
    if spread_problem(cycle):
        cycle.strata_method, cycle.strata_numbers = StrataMethod.PROPORTIONAL, {}


def spread_problem(cycle: Cycle) -> str:
    """Why a month's fixed numbers do not fit its target, in a sentence; empty where they do."""
    if not cycle.strata_by or cycle.strata_method != StrataMethod.FIXED:
        return ""
    total = sum(int(number) for number in cycle.strata_numbers.values())
    if total == cycle.target:
        return ""
    return f"The numbers come to {total:,}, but {cycle.target:,} audits are wanted. Make them agree."


def _changeable(cycle: Cycle) -> Cycle:
    """The month as it is now, locked. Raises CycleError once it is published, and while it is paused."""
    cycle = locked(cycle)
    if cycle.status not in CHANGEABLE:
        state = "paused. Open it first" if cycle.status == Status.PAUSED else "published, so it cannot be changed"
        raise CycleError(f"{in_words(cycle)} is {state}.")
    return cycle


def chosen(cycle: Cycle) -> dict[str, Any]:
    """Everything that is chosen of a month, by name."""
    return {name: getattr(cycle, name) for name in CHOSEN}


def _to_save(cycle: Cycle, wanted: Mapping[str, Any], *, shown: str, whole: bool = False) -> dict[str, Any]:
    """Of what is wanted, what to set (see as_shown). Raises ChangedMeanwhile."""
    return as_shown.to_save(chosen(cycle), wanted, shown=shown, words=CHOSEN, whole=whole)


def shown_on_page(cycle: Cycle) -> str:
    """The marks of what is chosen of a month, for a page that posts them back as `shown`."""
    return as_shown.marks(chosen(cycle))


def _change(cycle: Cycle, changed: Mapping[str, Any], *, verb: str, by: User, at: datetime) -> Cycle:
    """Set fields of a month that is locked, and record which. Nothing is written where none changes."""
    if not changed:
        return cycle
    for name, value in changed.items():
        setattr(cycle, name, value)
    cycle.save(update_fields=list(changed))
    activity.record(verb, target=messages.about_cycle(cycle), by=by, at=at, changed=sorted(changed))
    return cycle


def change_month(
    cycle: Cycle,
    *,
    theme: str,
    template_version: TemplateVersion | None,
    target: int,
    due_on: date,
    groups: Sequence[str] = (),
    saved_theme: Theme | None = None,
    shown: str = "",
    by: User,
    at: datetime,
    today: date,
) -> Cycle:
    """Change a month until it is published (L1). A saved theme brings its cases and questions with it.

    `shown` are the marks of the page it was typed on (see as_shown): what is as the page showed it stays as it is now.
    Where a draw is proposed it has to be made again (see design_facts.changed_since_draw). Raises CycleError for a
    month that is published or paused, and for what open_cycle refuses; ChangedMeanwhile where somebody else changed
    the same since the page was shown.
    """
    check_template(template_version, kept=cycle.template_version_id)
    check_target(target)
    with transaction.atomic():
        cycle = _changeable(cycle)
        values: dict[str, Any] = {"theme": theme, "template_version": template_version, "target": target}
        values |= {"due_on": due_on, "groups": list(groups)}
        if saved_theme is not None:
            wanted = Cycle(theme=theme)
            use_theme(wanted, saved_theme)
            values |= {"theme": wanted.theme, "cohort": wanted.cohort, "questions": wanted.questions}
        changed = _to_save(cycle, values, shown=shown)
        if "due_on" in changed:
            check_due_on(due_on, month=cycle.month, today=today)
        return _change(cycle, changed, verb="changed the month", by=by, at=at)


def choose_cohort(cycle: Cycle, *, cohort: Mapping[str, Any], shown: str = "", by: User, at: datetime) -> Cycle:
    """Choose which cases a month is about (L3); an empty cohort: every open case. Raises CycleError as change_month."""
    wanted = {"cohort": check_cohort(cohort)}
    with transaction.atomic():
        cycle = _changeable(cycle)
        changed = _to_save(cycle, wanted, shown=shown)
        return _change(cycle, changed, verb="chose the cases of the month", by=by, at=at)


def choose_questions(cycle: Cycle, *, questions: Sequence[str], shown: str = "", by: User, at: datetime) -> Cycle:
    """Choose up to five questions of a month's own, on top of the template (L3). Raises CycleError as change_month."""
    wanted = {"questions": check_questions(questions)}
    with transaction.atomic():
        cycle = _changeable(cycle)
        changed = _to_save(cycle, wanted, shown=shown)
        return _change(cycle, changed, verb="chose the month's questions", by=by, at=at)


def choose_spread(
    cycle: Cycle,
    *,
    strata_by: str,
    method: str = StrataMethod.PROPORTIONAL,
    minimum: int = 1,
    numbers: Mapping[str, int] | None = None,
    shown: str = "",
    by: User,
    at: datetime,
) -> Cycle:
    """Choose what a draw is spread over, in proportion with a minimum or with fixed numbers that come to the target.

    Raises CycleError for numbers that do not, a minimum that no number of audits allows, and as change_month.
    """
    strata_by, method = Strata(strata_by), StrataMethod(method)
    fixed = bool(strata_by) and method == StrataMethod.FIXED
    values = {
        "strata_by": strata_by,
        "strata_method": method if strata_by else StrataMethod.PROPORTIONAL,
        "strata_minimum": minimum if strata_by and not fixed else 1,
        "strata_numbers": {key: number for key, number in (numbers or {}).items() if number} if fixed else {},
    }
    with transaction.atomic():
        cycle = _changeable(cycle)
        _check_spread(values, target=cycle.target)
        changed = _to_save(cycle, values, shown=shown, whole=True)
        return _change(cycle, changed, verb="chose the spread", by=by, at=at)


def _check_spread(values: Mapping[str, Any], *, target: int) -> None:
    if not 0 <= values["strata_minimum"] <= target:
        raise CycleError(f"The minimum must be between 0 and {target:,}, the audits wanted.", field="minimum")
    if any(number < 0 for number in values["strata_numbers"].values()):
        raise CycleError("A number of audits must not be below nought.", field="numbers")
    if problem := spread_problem(Cycle(target=target, **values)):
        raise CycleError(problem, field="numbers")


def choose_fairness(
    cycle: Cycle,
    *,
    evened_over: str,
    one_per_family: bool,
    with_re_audits: bool,
    shown: str = "",
    by: User,
    at: datetime,
) -> Cycle:
    """Choose over what time loads are made even, one child per family, and re-audits on top.

    Raises CycleError as change_month.
    """
    values = {
        "evened_over": Evened(evened_over),
        "one_per_family": one_per_family,
        "with_re_audits": with_re_audits,
    }
    with transaction.atomic():
        cycle = _changeable(cycle)
        return _change(cycle, _to_save(cycle, values, shown=shown), verb="chose what is fair", by=by, at=at)
