"""Which audits are looked at again: every urgent one after a time, and a sample of those not yet good (L6)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Exists, JSONField, OuterRef, Q, QuerySet
from django.db.models.fields.json import KeyTransform
from django.db.models.functions import Cast

from allocation.eligibility import rules as programme
from allocation.eligibility.frozen_head import first_line
from allocation.eligibility.kept_out import ELIGIBLE, eligible_expression
from allocation.models import Cycle, Draw, Rules
from audits.deadlines import add_months
from audits.models import SET_ASIDE, Audit, Case, Status

DRAWN = (Cycle.Status.PROPOSED, Cycle.Status.PUBLISHED, Cycle.Status.CLOSED)
GIVEN_OUT = (Cycle.Status.PUBLISHED, Cycle.Status.CLOSED)
RE_AUDIT, IMPROVEMENT = "re_audit", "improvement"  # the set lots of a draw


@dataclass(frozen=True)
class ReAudits:
    """The first audits whose cases are looked at again this month."""

    urgent: tuple[Audit, ...] = ()  # all of them
    improvement: tuple[Audit, ...] = ()  # of these, so many at random:
    improvement_wanted: int = 0
    waiting: tuple[Audit, ...] = ()  # those that would be among them if Part B were finished

    @property
    def of_case(self) -> dict[int, Audit]:
        """The audit that each case may be looked at again for this month."""
        sample = self.improvement if self.improvement_wanted else ()
        return {audit.case_id: audit for audit in (*self.urgent, *sample)}


def due(cycle: Cycle, *, today: date, rules: Rules | None = None) -> ReAudits:
    """The re-audits that belong to this month's draw (L6, domain §5.4). Five queries at most, whatever the size.

    Urgent: the latest audit of a case, graded urgent by its scale and submitted so many months before this one as the
    rules say, or earlier (nought: none); on which day of that month makes no difference. Improvement: the latest
    audits graded neither urgent nor good and submitted in the last whole quarter; wanted is the rules' percentage of
    all audits so graded then, rounded up, in the first month of a quarter that is drawn with them, nought in the
    others and before that last quarter is over. In both, an audit that was looked at again already is left out, and
    so is one whose case cannot be drawn for another reason than that it was audited lately or is outside the month's
    cohort. An audit that is still with the team waits: until Part B is answered there is nothing to look at again.
    The rules are those in force, or those given.
    """
    if not cycle.with_re_audits:
        return ReAudits()
    rules = rules or programme.current()
    found = list(_to_look_at_again(cycle, rules, today=today))
    urgent, urgent_waiting = _apart(audit for audit in found if _is_urgent(audit))
    improvement, improvement_waiting = _apart(audit for audit in found if not _is_urgent(audit))
    some = bool(improvement or improvement_waiting)
    wanted = _improvement_wanted(cycle, rules, today=today) if some else 0
    return ReAudits(
        urgent=urgent,
        improvement=improvement,
        improvement_wanted=min(wanted, len(improvement)),
        waiting=(*urgent_waiting, *(improvement_waiting if wanted else ())),
    )


def _is_urgent(audit: Audit) -> bool:
    return audit.overall_grade is not None and audit.overall_grade.is_urgent


def _apart(audits: Iterable[Audit]) -> tuple[tuple[Audit, ...], tuple[Audit, ...]]:
    """Those that are finished, Part B too, and those that are still with the team."""
    found = list(audits)
    with_team = tuple(audit for audit in found if audit.status == Status.WITH_TEAM)
    return tuple(audit for audit in found if audit.status != Status.WITH_TEAM), with_team


def _not_yet_good(cycle: Cycle) -> Q:
    """Audits submitted in the last whole quarter and graded neither urgent nor good."""
    first, last = last_quarter(cycle.month)
    return Q(
        overall_grade__is_urgent=False,
        overall_grade__is_good=False,
        submitted_at__date__gte=first,
        submitted_at__date__lte=last,
    )


def _urgent(cycle: Cycle, rules: Rules) -> Q:
    """Audits graded urgent so many months ago as the rules say, or earlier."""
    too_late = add_months(cycle.month, 1 - rules.re_audit_months)
    return Q(overall_grade__is_urgent=True, submitted_at__date__lt=too_late)


def _improvement_wanted(cycle: Cycle, rules: Rules, *, today: date) -> int:
    """How many of the last quarter's audits that are not yet good this month looks at again.

    None while that quarter goes on: a month drawn so early leaves the sample to the next one of its quarter.
    """
    percent = rules.improvement_sample_percent
    if not percent or today < quarter_start(cycle.month) or not _first_of_quarter(cycle):
        return 0
    return -(-Audit.objects.completed().filter(_not_yet_good(cycle)).count() * percent // 100)


def _first_of_quarter(cycle: Cycle) -> bool:
    """Whether no other month of this quarter takes the sample.

    An earlier month takes it as soon as it is drawn with it; a later one only where it was given out before this was
    drawn. Whether it was drawn with it is what the plan of its latest draw says.
    """
    first = quarter_start(cycle.month)
    others = Cycle.objects.filter(month__gte=first, month__lt=add_months(first, 3)).exclude(pk=cycle.pk)
    before = others.filter(Q(month__lt=cycle.month, status__in=DRAWN) | Q(month__gt=cycle.month, status__in=GIVEN_OUT))
    draws = Draw.objects.filter(cycle__in=before).order_by("cycle_id", "-number").distinct("cycle_id")
    lots_of = KeyTransform("lots", KeyTransform("plan", Cast(first_line(), JSONField())))
    plans = draws.annotate(lots=lots_of).values_list("lots", flat=True)
    return not any(lot["key"] == IMPROVEMENT for lots in plans for lot in lots or ())


def _to_look_at_again(cycle: Cycle, rules: Rules, *, today: date) -> QuerySet[Audit]:
    """The urgent audits and those not yet good, not looked at again yet, that are the latest of a case that can be
    drawn, oldest first."""
    wanted = _not_yet_good(cycle) | _urgent(cycle, rules) if rules.re_audit_months else _not_yet_good(cycle)
    repeated = Audit.objects.filter(re_audit_of=OuterRef("pk")).exclude(status__in=SET_ASIDE)
    after = Q(submitted_at__gt=OuterRef("submitted_at")) | Q(
        submitted_at=OuterRef("submitted_at"), pk__gt=OuterRef("pk")
    )
    later = Audit.objects.completed().filter(after, case=OuterRef("case"))
    why_out = eligible_expression(cycle, today, re_audit=True, rules=rules)
    cases = Case.objects.annotate(why_out=why_out).filter(why_out=ELIGIBLE)
    found = Audit.objects.completed().filter(wanted, ~Exists(repeated), ~Exists(later), case__in=cases.values("pk"))
    return found.select_related("case", "overall_grade").order_by("submitted_at", "pk")


def quarter_start(month: date) -> date:
    """The first day of the calendar quarter of a month."""
    return date(month.year, month.month - (month.month - 1) % 3, 1)


def last_quarter(month: date) -> tuple[date, date]:
    """The first and the last day of the calendar quarter before that of a month."""
    start = quarter_start(month)
    return add_months(start, -3), start - timedelta(days=1)
