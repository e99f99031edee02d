"""Which stratum a case belongs to when a draw is spread over services, teams, plans or age bands."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.db import models
from django.db.models import F, Q, Value, When
from django.db.models.functions import Cast, Coalesce

from allocation.models import AgeBand, Strata
from audits.deadlines import add_months
from people.models import Service, Team
from people.wording import label

UNKNOWN = "none"
UNKNOWN_WORDS = {Strata.SERVICE: "No service known", Strata.TEAM: "No team known"}
BELOW = {AgeBand.UNDER_1: 1, AgeBand.FROM_1: 5, AgeBand.FROM_5: 10, AgeBand.FROM_10: 16, AgeBand.FROM_16: 18}


def stratum_expression(by: str, on: date) -> models.Expression:
    """The key of a case's stratum as text: a service's or team's id, a plan's or an age band's code.

    For annotating cases; empty text where the draw is not spread. `on` is the day that ages are taken on: the first
    of the month. A case without a team belongs to its worker's team; where neither is known the key is "none".
    """
    if by == Strata.SERVICE:
        return _id(F("team__service_id"), F("worker__team__service_id"))
    if by == Strata.TEAM:
        return _id(F("team_id"), F("worker__team_id"))
    if by == Strata.PLAN:
        return Coalesce(F("plan"), Value(UNKNOWN), output_field=models.CharField())
    if by == Strata.AGE_BAND:
        return _age_band(on)
    return Value("", output_field=models.CharField())


def _id(*found: F) -> models.Expression:
    return Coalesce(Cast(Coalesce(*found), models.CharField()), Value(UNKNOWN), output_field=models.CharField())


def _age_band(on: date) -> models.Expression:
    """Whole years on the day, as Case.age_on counts them; before birth the band of those not born yet."""
    born_later = Q(date_of_birth__isnull=True) | Q(date_of_birth__gt=on)
    bands = [When(date_of_birth__gt=add_months(on, -12 * age), then=Value(band.value)) for band, age in BELOW.items()]
    return models.Case(
        When(born_later, then=Value(AgeBand.UNKNOWN.value)),
        *bands,
        default=Value(AgeBand.ADULT.value),
        output_field=models.CharField(),
    )


def labels_of(by: str, keys: Iterable[str]) -> dict[str, str]:
    """The words for these strata. At most one query, whatever their number."""
    keys = list(keys)
    if by in (Strata.SERVICE, Strata.TEAM):
        model = Service if by == Strata.SERVICE else Team
        names = dict(model.objects.filter(pk__in=[int(key) for key in keys if key.isdigit()]).values_list("pk", "name"))
        return {key: names.get(int(key), key) if key.isdigit() else UNKNOWN_WORDS[Strata(by)] for key in keys}
    if by == Strata.AGE_BAND:
        return {key: str(AgeBand(key).label) if key in AgeBand.values else key for key in keys}
    if by == Strata.PLAN:
        return {key: label("plans", key) for key in keys}
    return dict.fromkeys(keys, "All cases")


def label_of(by: str, key: str) -> str:
    """The words for one stratum."""
    return labels_of(by, [key])[key]
