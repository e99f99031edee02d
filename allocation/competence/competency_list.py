"""How far everybody is with a template, and what asking for competency means for the next draw (P4)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, F, Q, QuerySet

from allocation.competence.competency import EVALUATIONS_NEEDED
from allocation.eligibility import rules
from allocation.eligibility.auditor_pool import NO_SUPERVISOR, NOT_SIGNED_OFF, auditor_pool
from allocation.models import Competency, Cycle
from audits.models import Audit, AuditTemplate
from audits.templates_made.catalogue import latest_of
from people.line_management import working
from people.models import User

State = Competency.State
NOT_YET = "not_yet"
STATES = {State.SIGNED_OFF.value: "Signed off", State.LEARNING.value: "Learning", NOT_YET: "Not yet",
          State.WITHDRAWN.value: "Withdrawn"}  # fmt: skip


@dataclass(frozen=True)
class Standing:
    """One person and a template: the record, how many said ready or not yet, and what is in the way."""

    person: User
    record: Competency | None
    ready: int = 0
    not_yet: int = 0
    trouble: str = ""

    @property
    def state(self) -> str:
        """The record's state, or that there is none."""
        return self.record.state if self.record else NOT_YET

    @property
    def words(self) -> str:
        """The state as people say it."""
        return STATES[self.state]

    @property
    def may_be_signed_off(self) -> bool:
        """Whether it waits for the leadership team."""
        return self.state == State.LEARNING and self.ready >= EVALUATIONS_NEEDED


@dataclass(frozen=True)
class Outlook:
    """Whether the rule is on, and who it keeps out of the next draw, or would."""

    required: bool
    cycle: Cycle | None  # the next month to be drawn with this template; None: no month is open
    auditors: int  # in the next draw, counting those the rule keeps out
    kept_out: tuple[User, ...]


def standings(template: AuditTemplate, *, today: date) -> list[Standing]:
    """Everybody expected to audit or with a record for this template who works here, by name. Two queries."""
    records = {record.user_id: record for record in _records(template)}
    here = User.objects.working_on(today)
    people = (here.auditors() | here.filter(pk__in=list(records))).select_related("team").order_by("name", "pk")
    signed_off = {pk for pk, record in records.items() if record.state == State.SIGNED_OFF}
    return [_standing(person, records.get(person.pk), signed_off, today=today) for person in people]


def counts(found: Iterable[Standing]) -> dict[str, int]:
    """How many are in each state, with nought for a state nobody is in."""
    counted = Counter(standing.state for standing in found)
    return {state: counted[state] for state in STATES}


def outlook(template: AuditTemplate, *, today: date) -> Outlook:
    """Who is, or would be, kept out of the next draw with this template by asking for competency.

    Where no month is open with it, as if one were drawn today for everybody.
    """
    cycle = _next_cycle(template)
    pool = auditor_pool(cycle or _imagined(template, today), today=today)
    reasons = {NOT_SIGNED_OFF.format(template=template.name), NO_SUPERVISOR}
    out = [person for person, reason in pool.kept_out if reason in reasons]
    signed_off = set(_records(template).filter(state=State.SIGNED_OFF).values_list("user", flat=True))
    would = [one.person for one in pool.available if one.supervisor is None and one.person.pk not in signed_off]
    return Outlook(
        required=rules.current().competency_required,
        cycle=cycle,
        auditors=len(pool.available) + len(out),
        kept_out=tuple(out + would),
    )


def audits_submitted(record: Competency) -> int:
    """How many audits the person has submitted with this template."""
    return (
        Audit.objects.completed().filter(auditor=record.user_id, template_version__template=record.template_id).count()
    )


def _records(template: AuditTemplate) -> QuerySet[Competency]:
    counted = Q(evaluations__at__gte=F("begun_at"))
    return (
        Competency.objects.filter(template=template)
        .select_related("supervisor")
        .annotate(
            said_ready=Count("evaluations", filter=counted & Q(evaluations__ready=True)),
            said_not_yet=Count("evaluations", filter=counted & Q(evaluations__ready=False)),
        )
    )


def _standing(person: User, record: Competency | None, signed_off: set[int], *, today: date) -> Standing:
    if record is None:
        return Standing(person, None)
    ready, not_yet = getattr(record, "said_ready", 0), getattr(record, "said_not_yet", 0)
    return Standing(person, record, ready, not_yet, trouble(record, signed_off, today=today))


def trouble(record: Competency, signed_off: set[int], *, today: date) -> str:
    """Why a learner cannot go on: the supervisor has left or may no longer supervise; empty where all is well."""
    supervisor = record.supervisor
    if record.state != State.LEARNING:
        return ""
    if supervisor is None:
        return "Has no supervisor"
    if not working(supervisor, today=today):
        return f"{supervisor.name} does not work here now"
    return "" if supervisor.pk in signed_off else f"{supervisor.name} is not signed off now"


def _next_cycle(template: AuditTemplate) -> Cycle | None:
    open_ones = Cycle.objects.filter(status__in=[Cycle.Status.OPEN, Cycle.Status.PROPOSED])
    with_it = open_ones.filter(template_version__template=template).select_related("template_version__template")
    return with_it.order_by("month").first()


def _imagined(template: AuditTemplate, today: date) -> Cycle:
    return Cycle(month=today.replace(day=1), template_version=latest_of(template))
