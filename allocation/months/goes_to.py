"""To whom a case of a month goes already: drawn or by an override, and who audits it once that is published."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from allocation.eligibility.auditor_pool import standings
from allocation.models import Cycle, Draw, Override
from allocation.months import full_places
from audits.models import SET_ASIDE, Audit, Case
from people.models import User


@dataclass(frozen=True)
class Goes:
    """A case that is spoken for in a month. `audit` only once it is published, `override` where it was one."""

    auditor: User
    audit: Audit | None = None
    override: Override | None = None


def goes_to(cycle: Cycle, draw: Draw | None, case: Case) -> Goes | None:
    """Who has or gets this case in this month; None where nobody does. Three queries at most."""
    found = Audit.objects.filter(case=case, month=cycle.month).exclude(status__in=SET_ASIDE)
    audit = found.select_related("auditor").order_by("-pk").first()
    if audit is None and (draw is None or cycle.status != Cycle.Status.PROPOSED):
        return None
    override = _override(draw, case)
    if audit is not None:
        return Goes(audit.auditor, audit, override if override and override.auditor_id == audit.auditor_id else None)
    if override is not None:
        return Goes(override.auditor, override=override)
    return _drawn(draw, case)


def _override(draw: Draw | None, case: Case) -> Override | None:
    if draw is None:
        return None
    return draw.overrides.filter(case=case, taken_back_at__isnull=True).select_related("auditor", "by").first()


def _drawn(draw: Draw | None, case: Case) -> Goes | None:
    pairs = draw.result["pairs"] if draw is not None else []
    auditor_id = next((pair["auditor_id"] for pair in pairs if pair["case_id"] == str(case.pk)), None)
    return Goes(User.objects.get(pk=int(auditor_id))) if auditor_id else None


def full(cycle: Cycle, draw: Draw | None, auditor: User, *, has_it: bool, today: date) -> list[str]:
    """That the auditor has no place for a case beside what they get, in a sentence; empty where they have.

    `has_it`: the case is among what they get already.
    """
    if draw is None or cycle.status not in {Cycle.Status.PROPOSED, Cycle.Status.PUBLISHED}:
        return []
    others = full_places.has_now(cycle, draw, auditor.pk) - has_it
    words = full_places.past_places(others, standings(cycle, [auditor], today=today)[auditor.pk].places)
    return [words] if words else []
