"""Every figure on a page or in a report: one function each, with numerator and denominator.

The database counts once: `tally` groups the audits of a scope by month, kind, state and grade. The figures add up
that short list, so their cost does not depend on how many of them a page shows. A scope is a queryset of audits:
`Audit.objects.visible_to(user)` on a page, all of them in the report. Months are cycle months.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from django.db import models
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Value, When
from django.db.models.functions import Concat

from allocation.models import Chase
from audits.models import UNFINISHED, Audit, Selection, SmartAction, Status
from audits.models.audit import AuditQuerySet
from people.models import OutgoingMail, Service, Team, User
from reporting.shares import Share
from reporting.urgent import only_urgent

# The states a report counts. An audit is in one of them on any day: that is what the identities check (R29).
IN_PROGRESS = "in_progress"  # not submitted, not yet due (whether begun or not)
OVERDUE = "overdue"  # not submitted, past the due date
EXEMPT = "exempt"
WITHDRAWN = "withdrawn"
PART_B_WAITING = "part_b_waiting"  # submitted; Part B not yet due
PART_B_LATE = "part_b_late"
ANSWERED = "answered"  # both signed: actions open, or closed
STATES_COMPLETED = (PART_B_WAITING, PART_B_LATE, ANSWERED)
# The states that follow from the status alone; those of all other audits depend on the day.
STATE_OF: dict[str, str] = {
    Status.EXEMPT: EXEMPT,
    Status.WITHDRAWN: WITHDRAWN,
    Status.ACTIONS: ANSWERED,
    Status.CLOSED: ANSWERED,
}
GROUPED: dict[str, Any] = {"team": Team, "service": Service, "auditor": User}


class Tally(NamedTuple):
    """How many audits of a scope are of one month, kind, state, timeliness and grade."""

    month: date
    selection: str
    state: str
    on_time: bool
    grade: int | None
    n: int


@dataclass(frozen=True, slots=True)
class Compliance:
    """What became of the audits that were allocated (R1)."""

    allocated: int
    completed: int
    in_progress: int
    overdue: int
    exempt: int
    withdrawn: int

    @property
    def rate(self) -> Share:
        """Completed of allocated: the headline, as the sources count it."""
        return Share(self.completed, self.allocated)

    @property
    def rate_of_expected(self) -> Share:
        """Completed of those still expected: exempt and withdrawn audits do not count as missed (P5)."""
        return Share(self.completed, self.allocated - self.exempt - self.withdrawn)


@dataclass(frozen=True, slots=True)
class PartBs:
    """Where the responses to completed audits stand."""

    completed: int
    waiting: int
    late: int
    answered: int

    @property
    def rate(self) -> Share:
        """Answered of completed."""
        return Share(self.answered, self.completed)


@dataclass(frozen=True, slots=True)
class Actions:
    """Where the actions of submitted audits stand; done on time is part of done."""

    total: int
    open: int
    overdue: int
    done: int
    done_on_time: int

    @property
    def rate(self) -> Share:
        """Done of all that were set."""
        return Share(self.done, self.total)

    @property
    def on_time(self) -> Share:
        """Done by the deadline, of those done."""
        return Share(self.done_on_time, self.done)


@dataclass(frozen=True, slots=True)
class Grades:
    """The overall grades of one month's randomly drawn, completed audits."""

    month: date
    counts: dict[int, int]  # grade's primary key -> audits
    not_graded: int  # completed under a template without an overall grade

    @property
    def graded(self) -> int:
        """How many have an overall grade."""
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True)
class Group:
    """A team, a service or an auditor: compliance of first audits and of re-audits, this month and running."""

    pk: int | None
    name: str
    first: Compliance
    first_running: Compliance
    re_audits_running: Compliance


def state_on(as_of: date) -> models.Case:
    """The state of an audit on a day, as SQL."""
    return models.Case(
        When(status__in=UNFINISHED, due_on__lt=as_of, then=Value(OVERDUE)),
        When(status__in=UNFINISHED, then=Value(IN_PROGRESS)),
        When(status=Status.EXEMPT, then=Value(EXEMPT)),
        When(status=Status.WITHDRAWN, then=Value(WITHDRAWN)),
        When(status=Status.WITH_TEAM, part_b_due_on__lt=as_of, then=Value(PART_B_LATE)),
        When(status=Status.WITH_TEAM, then=Value(PART_B_WAITING)),
        default=Value(ANSWERED),
        output_field=models.CharField(),
    )


def on_time() -> models.Case:
    """Whether an audit was submitted by the end of its due date (a London day), as SQL."""
    return models.Case(
        When(submitted_at__date__lte=F("due_on"), then=Value(True)),
        default=Value(False),
        output_field=models.BooleanField(),
    )


def tally(scope: AuditQuerySet, *, as_of: date, timeliness: bool = True) -> list[Tally]:
    """The one count behind the figures: a scope's audits by month, kind, state, timeliness and grade. One query.

    Without `timeliness` nothing is on time, which costs a quarter: turning every submission into its London day is
    dear, and what is settled is counted by its status alone, in the order of an index.
    """
    if timeliness:
        rows = scope.order_by().annotate(state=state_on(as_of), in_time=on_time())
        counted = rows.values_list("month", "selection", "state", "in_time", "overall_grade_id")
        return [Tally(*row) for row in counted.annotate(n=Count("*"))]
    parts = [part.annotate(n=Count("*")) for part in _parts(scope, "month", "selection", "overall_grade_id", on=as_of)]
    return [
        Tally(month, selection, STATE_OF.get(state, state), False, grade, n)
        for month, selection, grade, state, n in parts[0].union(parts[1], all=True)
    ]


def _parts(scope: AuditQuerySet, *by: str, on: date) -> tuple[QuerySet[Any, Any], QuerySet[Any, Any]]:
    """A scope's settled audits by their status, and the others by their state on a day."""
    settled = scope.order_by().filter(status__in=list(STATE_OF)).values_list(*by, "status")
    others = [status for status in Status.values if status not in STATE_OF]
    waiting = scope.order_by().filter(status__in=others).annotate(state=state_on(on))
    return settled, waiting.values_list(*by, "state")


def by_month(rows: Iterable[Tally]) -> dict[date, list[Tally]]:
    """A tally taken apart by cycle."""
    found: dict[date, list[Tally]] = {}
    for row in rows:
        found.setdefault(row.month, []).append(row)
    return found


def of_month(rows: Iterable[Tally], month: date) -> list[Tally]:
    """The part of a tally that belongs to one cycle."""
    return [row for row in rows if row.month == month]


def until(rows: Iterable[Tally], month: date) -> list[Tally]:
    """The part of a tally since the programme began, up to and including one cycle."""
    return [row for row in rows if row.month <= month]


def first_audits(rows: Iterable[Tally]) -> list[Tally]:
    """Leave re-audits out."""
    return [row for row in rows if row.selection != Selection.RE_AUDIT]


def re_audits(rows: Iterable[Tally]) -> list[Tally]:
    """Only re-audits: they are counted apart (L6)."""
    return [row for row in rows if row.selection == Selection.RE_AUDIT]


def headline(rows: Iterable[Tally]) -> list[Tally]:
    """Only what may count in headline percentages about practice: completed audits of randomly drawn cases."""
    return [row for row in rows if row.selection == Selection.RANDOM and row.state in STATES_COMPLETED]


def _count(rows: Iterable[Tally], *states: str) -> int:
    return sum(row.n for row in rows if row.state in states)


def compliance(rows: Sequence[Tally]) -> Compliance:
    """Allocated and what became of them (R1). Each is counted for itself, so that R29 has something to check."""
    return Compliance(
        allocated=sum(row.n for row in rows),
        completed=_count(rows, *STATES_COMPLETED),
        in_progress=_count(rows, IN_PROGRESS),
        overdue=_count(rows, OVERDUE),
        exempt=_count(rows, EXEMPT),
        withdrawn=_count(rows, WITHDRAWN),
    )


def completed_on_time(rows: Sequence[Tally]) -> Share:
    """Submitted by the due date, of those submitted."""
    done = [row for row in rows if row.state in STATES_COMPLETED]
    return Share(sum(row.n for row in done if row.on_time), sum(row.n for row in done))


def grades_of(rows: Sequence[Tally], month: date) -> Grades:
    """The overall grades of one month's part of a tally (R2): random selection only."""
    counts: dict[int, int] = {}
    not_graded = 0
    for row in headline(rows):
        if row.grade is None:
            not_graded += row.n
        else:
            counts[row.grade] = counts.get(row.grade, 0) + row.n
    return Grades(month, counts, not_graded)


def graded_as(rows: Sequence[Tally], grades: set[int]) -> Share:
    """Audits with one of these grades, of all graded ones (random selection only)."""
    graded = [row for row in headline(rows) if row.grade is not None]
    return Share(sum(row.n for row in graded if row.grade in grades), sum(row.n for row in graded))


def part_bs(rows: Sequence[Tally]) -> PartBs:
    """Part B waiting, late, answered, of the completed audits (S2)."""
    return PartBs(
        completed=_count(rows, *STATES_COMPLETED),
        waiting=_count(rows, PART_B_WAITING),
        late=_count(rows, PART_B_LATE),
        answered=_count(rows, ANSWERED),
    )


def actions(scope: AuditQuerySet, *, as_of: date) -> Actions:
    """Actions of submitted audits: open, overdue, done (S7). One query.

    Only columns of one index are named, and audits not submitted, which are few, are left out: half the cost of a join.
    """
    not_submitted = Audit.objects.filter(pk=OuterRef("audit"), submitted_at__isnull=True)
    done, late = Q(done_on__isnull=False), Q(done_on__isnull=True, due_on__lt=as_of)
    theirs = Q(audit__in=scope.order_by()) if scope.query.has_filters() else Q()
    counted = SmartAction.objects.filter(theirs, ~Exists(not_submitted)).aggregate(
        total=Count("audit"),
        open=Count("audit", filter=Q(done_on__isnull=True, due_on__gte=as_of)),
        overdue=Count("audit", filter=late),
        done=Count("audit", filter=done),
        done_on_time=Count("audit", filter=done & Q(done_on__lte=F("due_on"))),
    )
    return Actions(**counted)


def chases_by_stage(scope: AuditQuerySet) -> dict[str, int]:
    """How many chases went out per stage; those overtaken by a later stage are left out (E1–E3). One query."""
    sent = Chase.objects.filter(audit__in=scope.order_by(), superseded=False).order_by()
    counts = dict(sent.values_list("stage").annotate(n=Count("pk")))
    return {stage: counts.get(stage, 0) for stage in Chase.Stage.values}


def urgent_mail(scope: AuditQuerySet) -> Share:
    """Emails about urgent grades that the mail server took, of those queued (S1). One query."""
    about = only_urgent(scope.order_by()).values_list(Concat(Value("audit:"), F("reference")))
    counted = OutgoingMail.objects.filter(kind="urgent", about__in=about).aggregate(
        n=Count("pk", filter=Q(status="sent")), total=Count("pk")
    )
    return Share(**counted)


def by_group(scope: AuditQuerySet, *, key: str, month: date, as_of: date) -> list[Group]:
    """Compliance by "team", "service" or "auditor" up to a month, in order of name. Two queries."""
    mine = Count("month", filter=Q(month=month))
    parts = _parts(scope.filter(month__lte=month), f"{key}_id", "selection", on=as_of)
    counted = [part.annotate(mine=mine, n=Count("*")) for part in parts]
    found: dict[int | None, list[Tally]] = {}
    for pk, selection, status, now, n in counted[0].union(counted[1], all=True):
        state = STATE_OF.get(status, status)
        before = Tally(date.min, selection, state, False, None, n - now)
        found.setdefault(pk, []).extend([before, Tally(month, selection, state, False, None, now)])
    names = dict(GROUPED[key].objects.filter(pk__in=[pk for pk in found if pk]).values_list("pk", "name"))
    groups = [_group(pk, names.get(pk, "Not known"), rows, month) for pk, rows in found.items()]
    return sorted(groups, key=lambda group: (group.pk is None, group.name, group.pk or 0))


def _group(pk: int | None, name: str, rows: list[Tally], month: date) -> Group:
    first = first_audits(rows)
    return Group(
        pk=pk,
        name=name,
        first=compliance(of_month(first, month)),
        first_running=compliance(first),
        re_audits_running=compliance(re_audits(rows)),
    )
