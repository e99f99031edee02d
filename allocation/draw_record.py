"""A draw on record: what goes in is frozen and hashed before the seed is drawn, and can be drawn again and compared."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from allocation.draw import Canonical, DrawAuditor, DrawCase, DrawError, canonical_inputs, canonical_result, replay
from allocation.messages import month_in_words
from allocation.models import Cycle, Draw
from allocation.pool import AuditorPool, Pool, Ties, auditor_pool, case_pool, lookback_start, ties_of
from people.form_fields import day_in_words
from people.models import User

OUT = "cases out: "
KEPT_OUT = "auditor out: "
SETTINGS = ("due on", "template", "rota groups", "teams' involvements count from")
SEED_BYTES = 32


@dataclass(frozen=True)
class Verification:
    """What drawing again showed."""

    problems: tuple[str, ...]

    @property
    def identical(self) -> bool:
        """Whether everything on record agrees with what comes out again."""
        return not self.problems


@dataclass(frozen=True)
class FrozenInputs:
    """The parts of a draw's frozen inputs that people read."""

    pool_size: int
    auditors: dict[str, int]  # id of each auditor in the draw: places
    target: int
    facts: dict[str, str]

    @property
    def excluded(self) -> list[tuple[str, int]]:
        """Why cases were not in the draw, and how many."""
        found = [(key.removeprefix(OUT), int(count)) for key, count in self.facts.items() if key.startswith(OUT)]
        return sorted(found, key=lambda reason_and_count: -reason_and_count[1])

    @property
    def kept_out(self) -> dict[str, str]:
        """The auditors who were not in the draw, by id, and why."""
        return {key.removeprefix(KEPT_OUT): why for key, why in self.facts.items() if key.startswith(KEPT_OUT)}

    @property
    def settings(self) -> list[tuple[str, str]]:
        """What else was pinned down and people ask about, in words."""
        return [(key, _in_words(self.facts[key])) for key in SETTINGS if key in self.facts]


def _in_words(value: str) -> str:
    """A date in words, anything else as it is."""
    try:
        return day_in_words(date.fromisoformat(value))
    except ValueError:
        return value


def conflicts(ties: dict[int, Ties], auditors: Iterable[User]) -> dict[str, frozenset[str]]:
    """Who of these auditors is kept from which case, in the form the draw takes; cases free of conflicts left out."""
    in_draw, by_team = set(), defaultdict(set)
    for auditor in auditors:
        in_draw.add(auditor.pk)
        if auditor.team_id:
            by_team[auditor.team_id].add(auditor.pk)
    found = {}
    for case_id, tie in ties.items():
        kept = (tie.people & in_draw).union(*(by_team[team] for team in tie.all_teams if team in by_team))
        if kept:
            found[str(case_id)] = frozenset(str(person) for person in kept)
    return found


def _facts(cycle: Cycle, pool: Pool, auditors: AuditorPool, *, today: date) -> dict[str, str]:
    return {
        "month": f"{cycle.month:%Y-%m}",
        "drawn on": today.isoformat(),
        "due on": cycle.due_on.isoformat() if cycle.due_on else "",
        "template": str(cycle.template_version),
        "rota groups": ", ".join(cycle.groups) or "everybody",
        "teams' involvements count from": lookback_start(cycle).isoformat(),
        **{f"{OUT}{exclusion.reason}": str(exclusion.count) for exclusion in pool.excluded},
        **{f"{KEPT_OUT}{person.pk}": reason for person, reason in auditors.kept_out},
    }


def freeze(cycle: Cycle, *, today: date) -> Canonical:
    """Everything a draw of this cycle is made from, as it is today, in its one form with its hash.

    Cases and auditors are named by the portal's own numbers. Raises DrawError where there are no cases or auditors.
    """
    pool, auditors = case_pool(cycle, today=today), auditor_pool(cycle, today=today)
    month = month_in_words(cycle.month)
    if not auditors.available:
        raise DrawError(f"There are no auditors available for {month}. See who is away, has left or has no places.")
    if not pool.case_ids:
        out = "Every case is left out for a reason." if pool.excluded else "Import cases first."
        raise DrawError(f"There are no open cases to draw from. {out}")
    return canonical_inputs(
        [DrawCase(str(case_id)) for case_id in pool.case_ids],
        auditors=[DrawAuditor(str(person.pk), capacity=person.monthly_quota) for person in auditors.available],
        conflicts=conflicts(ties_of(cycle, pool.case_ids), auditors.available),
        target=cycle.target,
        facts=_facts(cycle, pool, auditors, today=today),
    )


def fresh_seed() -> str:
    """A seed from the operating system's own randomness: nobody can choose it."""
    return secrets.token_hex(SEED_BYTES)


def make(
    cycle: Cycle,
    *,
    number: int,
    reason: str,
    by: User | None,
    at: datetime,
    today: date,
    new_seed: Callable[[], str] = fresh_seed,
) -> Draw:
    """Freeze and hash the inputs, then draw the seed, then draw from the frozen document alone; keep it all (R25).

    Only the demo council brings a `new_seed` of its own, so that it comes out the same each time.
    """
    inputs = freeze(cycle, today=today)
    seed = new_seed()
    result = replay(inputs.json, seed=seed)
    outcome = canonical_result(result)
    return Draw.objects.create(
        cycle=cycle,
        number=number,
        reason=reason,
        inputs=inputs.json.decode(),
        inputs_sha256=inputs.sha256,
        seed=seed,
        algorithm=result.algorithm,
        result=json.loads(outcome.json),
        result_sha256=outcome.sha256,
        drawn_at=at,
        drawn_by=by,
    )


def verify(draw: Draw) -> Verification:
    """Draw again from what is on record and compare every hash and the result (R21)."""
    problems = []
    if hashlib.sha256(draw.inputs.encode()).hexdigest() != draw.inputs_sha256:
        problems.append("the frozen inputs do not match their hash")
    try:
        again = canonical_result(replay(draw.inputs, seed=draw.seed))
    except DrawError as error:
        return Verification((*problems, str(error)))
    if again.sha256 != draw.result_sha256:
        problems.append("drawing again gives another hash")
    if json.loads(again.json) != draw.result:
        problems.append("drawing again gives another result")
    return Verification(tuple(problems))


def read_inputs(draw: Draw) -> FrozenInputs:
    """The frozen inputs of a draw, for people."""
    document: dict[str, Any] = json.loads(draw.inputs)
    return FrozenInputs(
        pool_size=len(document["cases"]),
        auditors={auditor["id"]: auditor["capacity"] for auditor in document["auditors"]},
        target=document["target"],
        facts=document["facts"],
    )


def pairs_of(draw: Draw) -> list[tuple[int, int]]:
    """The (case, auditor) pairs of a draw by id, in ticket order."""
    return [(int(pair["case_id"]), int(pair["auditor_id"])) for pair in draw.result["pairs"]]
