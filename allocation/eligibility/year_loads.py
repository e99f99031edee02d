"""How many audits each auditor was given over the last twelve months, so that loads can be evened over the year."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from fractions import Fraction

from django.db.models import Count

from audits.deadlines import add_months
from audits.models import SET_ASIDE, Audit
from people.models import User

MONTHS = 12

Given = dict[int, dict[date, int]]


def given_before(people: Collection[User], *, month: date) -> Given:
    """Audits given to each of these people in each of the twelve months before a month. One query.

    An audit counts for whoever has it now: after a swap for the one who took it. One that was exempt or taken back
    counts for nobody, an audit that was not done does.
    """
    found: Given = {person.pk: {} for person in people}
    audits = Audit.objects.filter(month__gte=add_months(month, -MONTHS), month__lt=month, auditor__in=list(found))
    rows = audits.exclude(status__in=SET_ASIDE).order_by().values_list("auditor", "month").annotate(n=Count("pk"))
    for person, of_month, count in rows:
        found[person][of_month] = count
    return found


def carried(people: Collection[User], *, month: date, given: Given) -> dict[int, int]:
    """What each auditor brings along when the loads of a draw are evened over the year (L2, P2). No query.

    It is the sum over the twelve months before `month`:
    - of a month in which the person worked here, the audits given to them (`given`, as given_before tells);
    - of a month that ended before their first day, the mean of what the others of these people who worked here then
      were given. So a joiner starts level with the others, and is not made to catch up a year that they were not here.
    Rounded to a whole number, halves up. The month of the first day counts as worked. A paused month adds nothing.
    """
    months = [add_months(month, -back) for back in range(1, MONTHS + 1)]
    here = {of_month: [person.pk for person in people if _joined(person, of_month)] for of_month in months}
    means = {of_month: _mean([given[pk].get(of_month, 0) for pk in pks]) for of_month, pks in here.items()}
    return {
        person.pk: _whole(sum((_share(person, day, given, means) for day in months), Fraction(0))) for person in people
    }


def _share(person: User, month: date, given: Given, means: dict[date, Fraction]) -> Fraction:
    """What one month counts for a person: their own audits, or the mean of the others before they came."""
    return Fraction(given[person.pk].get(month, 0)) if _joined(person, month) else means[month]


def _joined(person: User, month: date) -> bool:
    """Whether a person had begun to work here by the end of a month."""
    return person.start_date is None or person.start_date.replace(day=1) <= month


def _mean(counts: list[int]) -> Fraction:
    return Fraction(sum(counts), len(counts)) if counts else Fraction(0)


def _whole(number: Fraction) -> int:
    """Rounded, halves up."""
    return int(number + Fraction(1, 2))
