"""Which audits are looked at again: every urgent one after a time, and a sample of those not yet good (L6)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Exists, JSONField, OuterRef, Q, QuerySet
from django.db.models.fields.json import KeyTransform
from django.db.models.functions import Cast

from allocation.eligibility import rules as programme
from allocation.eligibility.frozen_head import first_line
from allocation.eligibility.kept_out import ELIGIBLE, eligible_expression
from allocation.eligibility.ties import SET_ASIDE
from allocation.models import Cycle, Draw
from audits.deadlines import add_months
from audits.models import Audit, Case

DRAWN = (Cycle.Status.PROPOSED, Cycle.Status.PUBLISHED, Cycle.Status.CLOSED)
GIVEN_OUT = (Cycle.Status.PUBLISHED, Cycle.Status.CLOSED)
RE_AUDIT, IMPROVEMENT = "re_audit", "improvement"  # the set lots of a draw


@dataclass(frozen=True)
class ReAudits:
    """The first audits whose cases are looked at again this month."""

    urgent: tuple[Audit, ...] = ()  # all of them
    improvement: tuple[Audit, ...] = ()  # of these, so many at random:
    improvement_wanted: int = 0

    @property
    def of_case(self) -> dict[int, Audit]:
        """The audit that each case may be looked at again for this month."""
        sample = self.improvement if self.improvement_wanted else ()
        return {audit.case_id: audit for audit in (*self.urgent, *sample)}


def due(cycle: Cycle, *, today: date) -> ReAudits:
    """The re-audits that belong to this month's draw (L6, domain §5.4). Six queries at most, whatever the size.

    Urgent: the latest audit of a case, graded urgent by its scale and submitted so many months before this one as the
    rules say, or earlier (nought: none); on which day of that month makes no difference. Improvement: the latest
    audits graded neither urgent nor good and submitted in the last whole quarter; wanted is the rules' percentage of
    all audits so graded then, rounded up, in the first month of a quarter that is drawn with them, nought in the
    others and before that last quarter is over. In both, an audit that was looked at again already is left out, and
    so is one whose case cannot be drawn for another reason than that it was audited lately or is outside the month's
    cohort.
    """
    if not cycle.with_re_audits:
        return ReAudits()
    improvement = _improvement(cycle, today=today)
    return ReAudits(
        urgent=tuple(_urgent(cycle, today=today)),
        improvement=improvement,
        improvement_wanted=min(_improvement_wanted(cycle, today=today), len(improvement)) if improvement else 0,
    )


def _urgent(cycle: Cycle, *, today: date) -> QuerySet[Audit] | list[Audit]:
    months = programme.current().re_audit_months
    if not months:
        return []
    too_late = add_months(cycle.month, 1 - months)
    audits = Audit.objects.completed().filter(overall_grade__is_urgent=True, submitted_at__date__lt=too_late)
    return _to_look_at_again(audits, cycle, today=today)


def _improvement(cycle: Cycle, *, today: date) -> tuple[Audit, ...]:
    return tuple(_to_look_at_again(_not_yet_good(cycle), cycle, today=today))


def _not_yet_good(cycle: Cycle) -> QuerySet[Audit]:
    """Audits submitted in the last whole quarter and graded neither urgent nor good."""
    first, last = last_quarter(cycle.month)
    return Audit.objects.completed().filter(
        overall_grade__is_urgent=False,
        overall_grade__is_good=False,
        submitted_at__date__gte=first,
        submitted_at__date__lte=last,
    )


def _improvement_wanted(cycle: Cycle, *, today: date) -> int:
    """How many of the last quarter's audits that are not yet good this month looks at again.

    None while that quarter goes on: a month drawn so early leaves the sample to the next one of its quarter.
    """
    percent = programme.current().improvement_sample_percent
    if not percent or today < quarter_start(cycle.month) or not _first_of_quarter(cycle):
        return 0
    return -(-_not_yet_good(cycle).count() * percent // 100)


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


def _to_look_at_again(audits: QuerySet[Audit], cycle: Cycle, *, today: date) -> QuerySet[Audit]:
    """Of these audits, those not looked at again yet that are the latest of a case that can be drawn, oldest first."""
    repeated = Audit.objects.filter(re_audit_of=OuterRef("pk")).exclude(status__in=SET_ASIDE)
    after = Q(submitted_at__gt=OuterRef("submitted_at")) | Q(
        submitted_at=OuterRef("submitted_at"), pk__gt=OuterRef("pk")
    )
    later = Audit.objects.completed().filter(after, case=OuterRef("case"))
    why_out = eligible_expression(cycle, today, re_audit=True)
    cases = Case.objects.annotate(why_out=why_out).filter(why_out=ELIGIBLE)
    found = audits.filter(~Exists(repeated), ~Exists(later), case__in=cases.values("pk"))
    return found.select_related("case", "overall_grade").order_by("submitted_at", "pk")


def quarter_start(month: date) -> date:
    """The first day of the calendar quarter of a month."""
    return date(month.year, month.month - (month.month - 1) % 3, 1)


def last_quarter(month: date) -> tuple[date, date]:
    """The first and the last day of the calendar quarter before that of a month."""
    start = quarter_start(month)
    return add_months(start, -3), start - timedelta(days=1)
