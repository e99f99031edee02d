"""How a raised risk stands: who was told, who has answered, how long it has waited. For pages, never for the record."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef
from django.db.models.functions import JSONObject

from audits.deadlines import london_date
from audits.models import Audit, ImmediateRisk, RiskRecipient
from audits.models.audit import AuditQuerySet
from audits.models.immediate_risk import ImmediateRiskQuerySet
from audits.risk_recipients import MUST_ACKNOWLEDGE, TITLE, Part, Told
from people.models import User
from people.wording import label


@dataclass(frozen=True, slots=True)
class RiskState:
    """One raised risk with those who were told, as it stands at a moment."""

    risk: ImmediateRisk
    recipients: list[RiskRecipient]
    at: datetime
    mine: RiskRecipient | None = None  # of whoever looks

    @property
    def waiting_for(self) -> list[RiskRecipient]:
        """Who must acknowledge it and has not."""
        return [row for row in self.recipients if row.part in MUST_ACKNOWLEDGE and row.acknowledged_at is None]

    @property
    def waits_for_me(self) -> bool:
        """Whether whoever looks must still acknowledge it."""
        return self.mine in self.waiting_for

    @property
    def to_know(self) -> list[RiskRecipient]:
        """Who was told so that they know, and need not answer."""
        return [row for row in self.recipients if row.part not in MUST_ACKNOWLEDGE]

    @property
    def raised_today(self) -> bool:
        """Whether it was raised on the same London day."""
        return london_date(self.risk.raised_at) == london_date(self.at)

    @property
    def names(self) -> str:
        """Who has not acknowledged it, by name."""
        return " and ".join(row.person.name for row in self.waiting_for)

    @property
    def ago(self) -> str:
        """How long ago it was raised."""
        return how_long(self.at - self.risk.raised_at)

    @property
    def is_late(self) -> bool:
        """Whether it has waited so long that it is shown in red."""
        return bool(self.waiting_for) and self.at - self.risk.raised_at > timedelta(minutes=settings.RISK_WARN_MINUTES)


def how_long(span: timedelta) -> str:
    """35 minutes, 3 hours, 2 days: whole ones, rounded down; "less than a minute" at first."""
    minutes = int(span.total_seconds() // 60)
    for size, word in ((60 * 48, "day"), (60, "hour"), (1, "minute")):
        if minutes >= size:
            count = minutes // (60 * 24 if word == "day" else size)
            return f"{count} {word}{'' if count == 1 else 's'}"
    return "less than a minute"


def stands_in_for(row: RiskRecipient | Told) -> str:
    """In whose place somebody was told, e.g. "service manager"; empty where it is their own job."""
    part = Part(row.part)
    return "" if row.person.job_role == TITLE[part] else label("roles", TITLE[part]).lower()


def states(rows: Iterable[RiskRecipient], *, viewer: User, at: datetime) -> list[RiskState]:
    """Recipients, read with their risk, put together by risk in the order in which they come."""
    found: dict[int, RiskState] = {}
    for row in rows:
        state = found.get(row.risk_id) or RiskState(row.risk, [], at)
        mine = row if row.person_id == viewer.pk else state.mine
        found[row.risk_id] = RiskState(row.risk, [*state.recipients, row], at, mine)
    return list(found.values())


def with_risks(audits: AuditQuerySet, *, viewer: User) -> AuditQuerySet:
    """These audits, each with what was raised in it as far as this person may see it, for `of_audit`; no query more."""
    seen = ImmediateRisk.objects.visible_to(viewer).filter(audit=OuterRef(OuterRef("pk")))
    shown = JSONObject(
        risk="risk_id",
        raised_at="risk__raised_at",
        raised_by="risk__raised_by__name",
        pk="pk",
        part="part",
        acknowledged_at="acknowledged_at",
        person="person_id",
        name="person__name",
    )
    told = RiskRecipient.objects.filter(risk__in=seen.values("pk")).order_by("-risk__number", "pk")
    return audits.annotate(raised_risks=ArraySubquery(told.values(shown=shown)))


def mark_open(audits: AuditQuerySet, *, viewer: User) -> AuditQuerySet:
    """These audits, each with `open_risk`: whether a risk was raised in it that somebody must still acknowledge.

    Only of what this person may see; no query more.
    """
    waiting = RiskRecipient.objects.filter(risk=OuterRef("pk"), acknowledged_at__isnull=True, part__in=MUST_ACKNOWLEDGE)
    seen = ImmediateRisk.objects.visible_to(viewer).filter(audit=OuterRef("pk"))
    return audits.annotate(open_risk=Exists(seen.filter(Exists(waiting))))


@dataclass(frozen=True, slots=True)
class Event:
    """What happened to a risk, for the history of the audit: who and when, never what it is about."""

    words: str
    by: str
    at: datetime


def events_of(audit: Audit, *, viewer: User, at: datetime) -> list[Event]:
    """When risks were raised in an audit and acknowledged, as far as this person sees them. No query `with_risks`."""
    found: list[Event] = []
    for state in of_audit(audit, viewer=viewer, at=at):
        found.append(Event("A child at risk was raised", state.risk.raised_by.name, state.risk.raised_at))
        seen = [(row.person.name, row.acknowledged_at) for row in state.recipients if row.acknowledged_at]
        found += [Event("A child at risk was acknowledged", name, when) for name, when in seen]
    return found


def of_audit(audit: Audit, *, viewer: User, at: datetime) -> list[RiskState]:
    """The risks raised in an audit as far as this person may see them, the latest first.

    No query for an audit that was read `with_risks` for this person, else one.
    """
    if hasattr(audit, "raised_risks"):
        return states((_row(told) for told in audit.raised_risks), viewer=viewer, at=at)
    seen = ImmediateRisk.objects.visible_to(viewer).filter(audit=audit)
    rows = RiskRecipient.objects.filter(risk__in=seen).select_related("risk__raised_by", "person")
    return states(rows.order_by("-risk__number", "pk"), viewer=viewer, at=at)


def _row(told: dict[str, Any]) -> RiskRecipient:
    """A recipient as the database wrote it down in JSON."""
    seen = told["acknowledged_at"]
    raised_at = datetime.fromisoformat(told["raised_at"])
    risk = ImmediateRisk(pk=told["risk"], raised_at=raised_at, raised_by=User(name=told["raised_by"]))
    person = User(pk=told["person"], name=told["name"])
    acknowledged_at = datetime.fromisoformat(seen) if seen else None
    return RiskRecipient(pk=told["pk"], risk=risk, person=person, part=told["part"], acknowledged_at=acknowledged_at)


def open_for(viewer: User, *, at: datetime, limit: int) -> list[RiskState]:
    """What is not acknowledged and concerns this person: theirs to acknowledge first, then what they raised or watch.

    One query.
    """
    waiting = RiskRecipient.objects.filter(acknowledged_at__isnull=True, part__in=MUST_ACKNOWLEDGE)
    rows = waiting.filter(risk__in=ImmediateRisk.objects.concerning(viewer))
    mine = Exists(waiting.filter(risk=OuterRef("risk"), person=viewer))
    shown = rows.select_related("risk__audit", "risk__raised_by", "person")
    first = shown.alias(mine=mine).order_by("-mine", "risk__raised_at", "risk_id", "pk")
    return states(first[: len(MUST_ACKNOWLEDGE) * limit], viewer=viewer, at=at)[:limit]


def raised(viewer: User, *, only_open: bool) -> ImmediateRiskQuerySet:
    """The risks this person may see, the latest first; or only those that somebody must still acknowledge."""
    waiting = RiskRecipient.objects.filter(risk=OuterRef("pk"), acknowledged_at__isnull=True, part__in=MUST_ACKNOWLEDGE)
    seen = ImmediateRisk.objects.visible_to(viewer)
    rows = seen.filter(Exists(waiting)) if only_open else seen
    return rows.select_related("audit__team", "raised_by").order_by("-raised_at", "-pk")


def state_of(risk: ImmediateRisk, *, viewer: User, at: datetime) -> RiskState:
    """One risk as it stands. One query."""
    return states_of([risk], viewer=viewer, at=at)[0]


def states_of(risks: Iterable[ImmediateRisk], *, viewer: User, at: datetime) -> list[RiskState]:
    """These risks as they stand, in their order. One query."""
    by_key = {risk.pk: risk for risk in risks}
    rows = list(RiskRecipient.objects.filter(risk__in=by_key).select_related("person").order_by("pk"))
    for row in rows:
        row.risk = by_key[row.risk_id]
    found = {state.risk.pk: state for state in states(rows, viewer=viewer, at=at)}
    return [found[key] for key in by_key]
