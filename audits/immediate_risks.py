"""A child at risk today: raise it at any moment of an audit, acknowledge it, see who has not."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Max, Q
from django.db.models.functions import Now

from audits import messages, messages_risk, sharing
from audits.deadlines import LONDON, Holidays, add_working_days, end_of_london_day, is_working_day, london_date
from audits.models import SET_ASIDE, Audit, ImmediateRisk, RiskRecipient
from audits.risk_recipients import MUST_ACKNOWLEDGE, Told, who_is_told
from people import activity
from people.holidays import holiday_set
from people.models import User
from people.refusal import Refused

SAME_WITHIN = timedelta(minutes=10)  # the same text again so soon is the same click again
NOBODY = "The portal found nobody to tell. Ring the managers of the case now, and tell whoever runs the programme."


class RiskError(Refused):
    """Something that cannot be raised or acknowledged; `field` is what a form shows the message beside."""


def may_raise(audit: Audit, user: User) -> bool:
    """Whether this person may raise a risk now: who writes or supervises it, from the first day on and ever after."""
    return user.pk in {audit.auditor_id, audit.supervisor_id} and audit.status not in SET_ASIDE


def written_by(user: User, *, reference: str) -> Audit | None:
    """The audit of this reference, where this person writes or supervises it, or lately did; None for everybody else.

    For what they typed before it was taken from them: it is refused with a reason, not thrown away (R3).
    """
    audit = Audit.objects.select_related("case__team", "team", "auditor").filter(reference=reference).first()
    return audit if audit is not None and _could_raise_lately(audit, user) else None


def _could_raise_lately(audit: Audit, user: User) -> bool:
    """Whether they could raise a risk within the longest that a page stays open: until what was next written down."""
    kept = Audit.pgh_event_model.objects.filter(pgh_obj=audit).order_by("pgh_id")  # type: ignore[attr-defined]  # made at run time
    theirs = kept.filter(Q(auditor=user) | Q(supervisor=user)).exclude(status__in=SET_ASIDE).last()
    if theirs is None:
        return False
    lately = Now() - timedelta(seconds=settings.SESSION_COOKIE_AGE)  # the database's clock, which wrote those times
    taken = kept.filter(pgh_id__gt=theirs.pgh_id)[:1]
    return not taken or kept.filter(pk=taken[0].pk, pgh_created_at__gte=lately).exists()


def raise_risk(
    audit: Audit, *, concern: str, done_already: str, by: User, at: datetime, today: date
) -> tuple[ImmediateRisk, list[RiskRecipient]]:
    """Write down what puts a child at risk and queue urgent mail to those who must act, in one transaction (A16, R8).

    Who is told is worked out now and frozen (R14). The same words by the same person within minutes are the same risk,
    which comes back as it is. Raises RiskError.
    """
    concern, done_already = concern.strip(), done_already.strip()
    if not concern:
        raise RiskError("Say what puts the child at risk.", field="concern")
    with transaction.atomic():
        rows = Audit.objects.select_for_update(of=("self",)).select_related("case__team", "team", "auditor")
        locked = rows.get(pk=audit.pk)
        if not may_raise(locked, by):
            raise RiskError(
                "Nobody was told: this audit is not yours any more, or it was taken back. Ring the managers now."
            )
        again = ImmediateRisk.objects.filter(audit=locked, raised_by=by, concern=concern, done_already=done_already)
        known = again.filter(raised_at__gt=at - SAME_WITHIN).first()
        if known is not None:
            return known, list(known.recipients.select_related("person"))
        told = who_is_told(locked, by=by, today=today)
        if not told:
            raise RiskError(NOBODY)
        return _write(locked, told, concern=concern, done_already=done_already, by=by, at=at)


def _write(
    audit: Audit, told: list[Told], *, concern: str, done_already: str, by: User, at: datetime
) -> tuple[ImmediateRisk, list[RiskRecipient]]:
    last = ImmediateRisk.objects.filter(audit=audit).aggregate(last=Max("number"))["last"] or 0
    risk = ImmediateRisk.objects.create(
        audit=audit, number=last + 1, concern=concern, done_already=done_already, raised_by=by, raised_at=at
    )
    rows = [RiskRecipient(risk=risk, person=one.person, part=one.part) for one in told]
    recipients = RiskRecipient.objects.bulk_create(rows)
    for one in told:
        messages_risk.raised(risk, one, at=at)
        part = sharing.WORDS[one.part] + sharing.OF_RISK
        occasion = f"risk {risk.number}"
        sharing.record(audit, person=one.person, part=part, at=at, today=london_date(at), occasion=occasion)
    activity.record("raised a child at risk", target=messages.about(audit), by=by, at=at, risk=risk.number)
    return risk, recipients


def acknowledge(risk: ImmediateRisk, *, step: str, by: User, at: datetime) -> RiskRecipient:
    """Write down that a recipient has seen it and what they do; who raised it is told (R13). Only once.

    The same words again change nothing. Raises RiskError.
    """
    step = step.strip()
    if not step:
        raise RiskError("Say what you do about it.", field="step_taken")
    with transaction.atomic():
        mine = RiskRecipient.objects.select_for_update(of=("self",)).filter(risk=risk, person=by)
        row = mine.select_related("risk__audit", "risk__raised_by").first()
        if row is None:
            raise RiskError("Only those who were told can acknowledge it.")
        if row.acknowledged_at is not None:
            if row.step_taken == step:
                return row
            raise RiskError("You have acknowledged this already.")
        row.acknowledged_at, row.step_taken = at, step
        row.save(update_fields=["acknowledged_at", "step_taken"])
        messages_risk.acknowledged(row.risk, by=by, at=at)
        target = messages.about(row.risk.audit)
        activity.record("acknowledged a child at risk", target=target, by=by, at=at, risk=row.risk.number)
    return row


def acknowledge_by(raised_at: datetime, *, holidays: Holidays) -> datetime:
    """By when those who must act are asked to answer: the same hour, RISK_WORKING_DAYS working days later (R13).

    Raised on a day off, it is by the end of that working day: they have all of the first day on which they work.
    So nobody is asked to answer a later risk before an earlier one.
    """
    local = raised_at.astimezone(LONDON)
    raised_on = london_date(raised_at)
    day = add_working_days(raised_on, settings.RISK_WORKING_DAYS, holidays=holidays)
    if not is_working_day(raised_on, holidays=holidays):
        return end_of_london_day(day)
    return datetime.combine(day, local.time(), tzinfo=LONDON)


def unacknowledged(at: datetime) -> list[RiskRecipient]:
    """Those who should have answered by now and have not, the longest waiting first; with risk, audit and person.

    Nobody further up is told of it by the portal yet: the page of the risk shows how long it has waited.
    """
    rows = RiskRecipient.objects.filter(acknowledged_at__isnull=True, part__in=MUST_ACKNOWLEDGE, risk__raised_at__lt=at)
    waiting = list(rows.select_related("risk__audit", "risk__raised_by", "person").order_by("risk__raised_at", "pk"))
    if not waiting:
        return []
    days = holiday_set(london_date(waiting[0].risk.raised_at), london_date(at) + timedelta(days=30))
    return [row for row in waiting if acknowledge_by(row.risk.raised_at, holidays=days) < at]
