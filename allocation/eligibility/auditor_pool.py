"""Which auditors are in a month's draw, with how many places and under whose supervision, and why not the others."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta

from django.db.models import Count, Q, Sum

from allocation.eligibility import rules as programme
from allocation.eligibility import year_loads
from allocation.models import Competency, Cycle, Evened, QuotaChange
from audits.models import Audit
from people.line_management import working
from people.models import Absence, User

NO_AUDITOR = "Is not expected to audit"
NOT_WORKING = "Does not work here on this day"
LEAVES_BEFORE_DUE = "Leaves before the due date"
OTHER_GROUP = "Is in another rota group"
NO_PLACES = "Has no places this month"
AWAY = "Is away until the due date"
NOT_SIGNED_OFF = "Is not signed off for {template}"
NO_SUPERVISOR = "Is still learning, and has no supervisor who can go along"

State = Competency.State


@dataclass(frozen=True)
class AvailableAuditor:
    """Somebody who can be given cases this month."""

    person: User
    places: int
    supervisor: User | None = None  # of somebody who is still learning
    carried: int = 0  # earlier work that counts when loads are evened out
    given_this_year: int = 0  # in the twelve months before
    unfinished_before: int = 0  # audits of earlier months still with them


@dataclass(frozen=True)
class AuditorPool:
    """The people expected to audit: who can, and who cannot with the reason."""

    available: tuple[AvailableAuditor, ...]
    kept_out: tuple[tuple[User, str], ...]

    @property
    def places(self) -> int:
        """How many cases they can take together."""
        return sum(auditor.places for auditor in self.available)

    @property
    def people(self) -> list[User]:
        """Those who can be given cases, by name."""
        return [auditor.person for auditor in self.available]


@dataclass(frozen=True)
class _Month:
    """What decides who is available in a month, read once for everybody."""

    cycle: Cycle
    today: date
    last_day: date
    competency_required: bool
    absences: dict[int, list[Absence]] = field(default_factory=dict)
    changes: dict[int, int] = field(default_factory=dict)  # of quotas
    competencies: dict[int, Competency] = field(default_factory=dict)  # for the month's template

    def places(self, person: User) -> int:
        """The person's quota with the changes of this month, never below nought."""
        return max(0, person.monthly_quota + self.changes.get(person.pk, 0))

    def away(self, person: User) -> bool:
        """Whether absences together cover every day until the due date."""
        return _covered(self.absences.get(person.pk, []), self.today, self.last_day)

    def supervisor(self, person: User) -> User | None:
        """Who goes along with somebody who is still learning; None where nobody has to, or nobody can."""
        competency = self.competencies.get(person.pk)
        if competency is None or competency.state != State.LEARNING or competency.supervisor is None:
            return None
        other = competency.supervisor
        theirs = self.competencies.get(other.pk)
        signed_off = theirs is not None and theirs.state == State.SIGNED_OFF
        return other if signed_off and working(other, today=self.today) and not self.away(other) else None

    def not_competent(self, person: User) -> str:
        """Why the person may not audit with this month's template (P4); empty where they may."""
        if not self.competency_required or self.cycle.template_version is None:
            return ""
        competency = self.competencies.get(person.pk)
        if competency is not None and competency.state == State.SIGNED_OFF:
            return ""
        if competency is not None and competency.state == State.LEARNING:
            return "" if self.supervisor(person) else NO_SUPERVISOR
        return NOT_SIGNED_OFF.format(template=self.cycle.template_version.template.name)

    def reasons(self, person: User) -> list[str]:
        """Everything that keeps an auditor from this month's draw."""
        if not working(person, today=self.today):
            return [NOT_WORKING]
        leaves = person.leave_date is not None and person.leave_date <= self.last_day
        other_group = bool(self.cycle.groups) and person.audit_group not in self.cycle.groups
        found = [
            LEAVES_BEFORE_DUE if leaves else "",
            OTHER_GROUP if other_group else "",
            "" if self.places(person) else NO_PLACES,
            AWAY if self.away(person) else "",
            self.not_competent(person),
        ]
        return [reason for reason in found if reason]


def auditor_pool(cycle: Cycle, *, today: date) -> AuditorPool:
    """The people expected to audit in this month, and those who would be but cannot, with the first reason (P2–P4).

    Places are the quota with the changes of the month. Somebody away for a part of the time until the due date stays
    in. Where the rules ask for competency, only those signed off for the month's template are in, and those still
    learning whose supervisor is signed off, works here and is not away. Loads are carried over only where they are
    evened over the year. The same number of queries, whatever the number of people.
    """
    month = _read(cycle, today=today)
    still_here = Q(leave_date__isnull=True) | Q(leave_date__gt=cycle.month)
    people = User.objects.auditors().filter(still_here, is_active=True).select_related("team").order_by("name", "pk")
    judged = [(person, month.reasons(person)) for person in people]
    return AuditorPool(
        available=_available(month, [person for person, reasons in judged if not reasons]),
        kept_out=tuple((person, reasons[0]) for person, reasons in judged if reasons),
    )


@dataclass(frozen=True)
class Standing:
    """What one person, in the pool or not, has to do with a month: why they are not in it, and who goes along."""

    reasons: tuple[str, ...]  # everything that keeps them from the month's draw
    supervisor: User | None
    places: int


def standings(cycle: Cycle, people: Collection[User], *, today: date) -> dict[int, Standing]:
    """How each of these people stands in a month, by id. The same number of queries for any number of them."""
    month = _read(cycle, today=today)
    audit = set(User.objects.auditors().filter(pk__in=[person.pk for person in people]).values_list("pk", flat=True))
    return {
        person.pk: Standing(
            reasons=(*([] if person.pk in audit else [NO_AUDITOR]), *month.reasons(person)),
            supervisor=month.supervisor(person),
            places=month.places(person),
        )
        for person in people
    }


def why_not_available(cycle: Cycle, person: User, *, today: date) -> list[str]:
    """Everything that keeps one person from this month's draw; empty where nothing does."""
    return list(standings(cycle, [person], today=today)[person.pk].reasons)


def supervisor_of(cycle: Cycle, person: User, *, today: date) -> User | None:
    """Who goes along with this person this month; None unless they are still learning."""
    return _read(cycle, today=today).supervisor(person)


def _available(month: _Month, people: list[User]) -> tuple[AvailableAuditor, ...]:
    cycle = month.cycle
    given = year_loads.given_before(people, month=cycle.month)
    by_year = cycle.evened_over == Evened.YEAR
    carried = year_loads.carried(people, month=cycle.month, given=given) if by_year else {}
    unfinished = _unfinished_before(cycle, people)
    return tuple(
        AvailableAuditor(
            person=person,
            places=month.places(person),
            supervisor=month.supervisor(person),
            carried=carried.get(person.pk, 0),
            given_this_year=sum(given[person.pk].values()),
            unfinished_before=unfinished.get(person.pk, 0),
        )
        for person in people
    )


def _unfinished_before(cycle: Cycle, people: Collection[User]) -> dict[int, int]:
    audits = Audit.objects.unfinished().filter(month__lt=cycle.month, auditor__in=people)
    return dict(audits.order_by().values_list("auditor").annotate(n=Count("pk")))


def _read(cycle: Cycle, *, today: date) -> _Month:
    last_day = max(today, cycle.due_on or today)  # today where the due date is past or not set
    return _Month(
        cycle=cycle,
        today=today,
        last_day=last_day,
        competency_required=programme.current().competency_required,
        absences=_absences(today, last_day),
        changes=_quota_changes(cycle),
        competencies=_competencies(cycle),
    )


def _absences(first: date, last: date) -> dict[int, list[Absence]]:
    found: dict[int, list[Absence]] = defaultdict(list)
    for absence in Absence.objects.filter(starts__lte=last, ends__gte=first):
        found[absence.user_id].append(absence)
    return dict(found)


def _quota_changes(cycle: Cycle) -> dict[int, int]:
    changes = QuotaChange.objects.filter(month=cycle.month).order_by().values_list("user")
    return dict(changes.annotate(total=Sum("change")))


def _competencies(cycle: Cycle) -> dict[int, Competency]:
    if cycle.template_version is None:
        return {}
    found = Competency.objects.filter(template=cycle.template_version.template_id).select_related("supervisor__team")
    return {competency.user_id: competency for competency in found}


def _covered(absences: Iterable[Absence], first: date, last: date) -> bool:
    """Whether absences together cover every day from the first to the last."""
    day = first
    for absence in sorted(absences, key=lambda absence: absence.starts):
        if absence.starts <= day <= absence.ends:
            day = absence.ends + timedelta(days=1)
    return day > last
