"""A cohort: which children a month is about (L3), as data that a cycle or a theme keeps."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import CharField, Count, F, Func, Q

from audits.deadlines import add_months
from audits.models import Case, Plan
from people.models import Service, Team
from people.wording import label

OLDEST = 30  # years; care leavers are supported until 25
LONGEST_CATEGORY = 100
FLAG = re.compile(r"[a-z0-9_]{1,40}")
BESIDE = (Plan.CHILD_PROTECTION, Plan.PATHWAY)  # may stand beside a plan that takes precedence
PLANS = tuple(plan.value for plan in Plan if plan != Plan.CLOSED)


def matching(cohort: Mapping[str, Any], *, on: date) -> Q:
    """The cases of a cohort, with ages as they are on a day (the first of the month). An empty cohort: every case.

    A child protection or pathway plan counts also where being in care takes precedence; a child in need is one
    whose leading plan says so. Ages include both ends. A child not born yet, or without a date of birth, is left
    out by an age unless the ages begin at nought or are open below. A case without a team is its worker's team's.
    """
    wanted = Q()
    if plans := cohort.get("plans"):
        wanted &= Q(plan__in=plans) | Q(plans__overlap=[plan for plan in plans if plan in BESIDE])
    if category := cohort.get("cp_category"):
        wanted &= Q(cp_category__icontains=category)
    if flags := cohort.get("flags"):
        wanted &= Q(flags__contains=flags) if cohort.get("flags_all") else Q(flags__overlap=flags)
    if services := cohort.get("services"):
        wanted &= Q(team__service__in=services) | Q(team__isnull=True, worker__team__service__in=services)
    if teams := cohort.get("teams"):
        wanted &= Q(team__in=teams) | Q(team__isnull=True, worker__team__in=teams)
    return wanted & _aged(cohort.get("age_from"), cohort.get("age_to"), on=on)


def _aged(youngest: int | None, oldest: int | None, *, on: date) -> Q:
    if not youngest and oldest is None:
        return Q()
    aged = Q(date_of_birth__lte=add_months(on, -12 * youngest)) if youngest else Q(date_of_birth__lte=on)
    if oldest is not None:
        aged &= Q(date_of_birth__gt=add_months(on, -12 * (oldest + 1)))
    return aged if youngest else aged | Q(date_of_birth__isnull=True) | Q(date_of_birth__gt=on)


def in_words(cohort: Mapping[str, Any], *, names: Mapping[str, Mapping[int, str]] | None = None) -> list[str]:
    """What a cohort narrows the pool to, a line each; empty for every case.

    At most two queries; none where the `names` of "services" and "teams" are given by id (as names_of reads them).
    """
    lines = []
    if plans := cohort.get("plans"):
        lines.append(_either([label("plans", plan) for plan in PLANS if plan in plans]))
    if category := cohort.get("cp_category"):
        lines.append(f"Child protection category: {category}")
    lines += _ages_in_words(cohort.get("age_from"), cohort.get("age_to"))
    if flags := cohort.get("flags"):
        joined = _both if cohort.get("flags_all") else _either
        lines.append(f"Marked as: {joined([flag_in_words(flag) for flag in flags])}")
    for name, key, model in (("Service", "services", Service), ("Team", "teams", Team)):
        if ids := cohort.get(key):
            known = names[key] if names is not None else _names(model, ids)
            lines.append(f"{name}: {_either(sorted(known[each] for each in ids if each in known))}")
    return lines


def names_of(cohorts: Iterable[Mapping[str, Any]]) -> dict[str, dict[int, str]]:
    """The names of all services and teams in several cohorts, for in_words. Two queries."""
    cohorts = list(cohorts)
    services = {each for cohort in cohorts for each in cohort.get("services", [])}
    teams = {each for cohort in cohorts for each in cohort.get("teams", [])}
    return {"services": _names(Service, services), "teams": _names(Team, teams)}


def _names(model: type[Service] | type[Team], ids: Iterable[int]) -> dict[int, str]:
    return dict(model.objects.filter(pk__in=list(ids)).values_list("pk", "name"))


def _ages_in_words(youngest: int | None, oldest: int | None) -> list[str]:
    if oldest is None:
        return [f"Aged {youngest} or over"] if youngest else []
    if youngest:
        return [f"Aged {youngest}" if youngest == oldest else f"Aged {youngest} to {oldest}"]
    return [f"Aged under {oldest + 1}, unborn children too"]


def _either(names: Iterable[str]) -> str:
    return " or ".join(names)


def _both(names: Iterable[str]) -> str:
    return " and also ".join(names)


def flag_in_words(flag: str) -> str:
    """The council's word for a flag of the case system, e.g. "At risk of exploitation, high"."""
    return label("flags", flag)


@dataclass(frozen=True)
class KnownFlag:
    """A flag that open cases carry."""

    code: str
    words: str
    cases: int


def known_flags(*, today: date) -> list[KnownFlag]:
    """The flags that open cases carry, by their words, to choose a cohort from. One query."""
    each = Func(F("flags"), function="unnest", output_field=CharField())
    rows = Case.objects.open_on(today).order_by().annotate(flag=each).values_list("flag").annotate(n=Count("pk"))
    found = [KnownFlag(code, flag_in_words(code), cases) for code, cases in rows]
    return sorted(found, key=lambda flag: flag.words)


def clean(cohort: Mapping[str, Any]) -> dict[str, Any]:
    """A cohort as it is kept: lists sorted and without doubles, what is empty left out.

    Raises ValueError, in words for people, for a key, plan, flag, service or team that is not known, a text that
    is too long and ages that are impossible or the wrong way round.
    """
    if unknown := set(cohort) - set(CLEANERS):
        raise ValueError(f"A cohort has no {', '.join(sorted(map(str, unknown)))}.")
    cleaned = {key: CLEANERS[key](cohort[key]) for key in CLEANERS if key in cohort}
    kept = {key: value for key, value in cleaned.items() if value not in (None, "", [], False)}
    if len(kept.get("flags", [])) < 2:
        kept.pop("flags_all", None)
    youngest, oldest = kept.get("age_from"), kept.get("age_to")
    if youngest is not None and oldest is not None and youngest > oldest:
        raise ValueError("The youngest age is above the oldest.")
    return kept


def _list(value: Any, kind: type, what: str) -> list[Any]:
    """A list sorted and without doubles. Raises ValueError where it is none, or holds something else."""
    items = list(value) if isinstance(value, (list, tuple, set, frozenset)) else None
    if items is None or any(not isinstance(item, kind) or isinstance(item, bool) for item in items):
        raise ValueError(f"The {what} of a cohort are a list.")
    return sorted(set(items))


def _plans(value: Any) -> list[str]:
    plans = _list(value, str, "plans")
    if unknown := [plan for plan in plans if plan not in PLANS]:
        raise ValueError(f"There is no plan {', '.join(unknown)}.")
    return [plan for plan in PLANS if plan in plans]


def _flags(value: Any) -> list[str]:
    flags = _list(value, str, "flags")
    if unknown := [flag for flag in flags if not FLAG.fullmatch(flag)]:
        raise ValueError(f"A flag is written in small letters, figures and _: {', '.join(unknown)} is not.")
    return flags


def _category(value: Any) -> str:
    text = " ".join(value.split()) if isinstance(value, str) else None
    if text is None or len(text) > LONGEST_CATEGORY or "\x00" in text:
        raise ValueError(f"The child protection category is a text of at most {LONGEST_CATEGORY} characters.")
    return text


def _age(value: Any) -> int | None:
    if value is None or value == "":
        return None
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= OLDEST:
        raise ValueError(f"An age is a whole number from 0 to {OLDEST}.")
    return value


def _switch(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("Whether all flags are wanted is yes or no.")
    return value


def _known(model: type[Service] | type[Team], what: str) -> Callable[[Any], list[int]]:
    def cleaner(value: Any) -> list[int]:
        ids: list[int] = _list(value, int, what)
        if ids and model.objects.filter(pk__in=ids).count() != len(ids):
            raise ValueError(f"One of the {what} is not known.")
        return ids

    return cleaner


CLEANERS: dict[str, Callable[[Any], Any]] = {
    "plans": _plans,
    "cp_category": _category,
    "age_from": _age,
    "age_to": _age,
    "flags": _flags,
    "flags_all": _switch,
    "services": _known(Service, "services"),
    "teams": _known(Team, "teams"),
}
