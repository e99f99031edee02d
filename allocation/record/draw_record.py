"""A draw on record: what goes in is frozen and hashed before the seed is drawn, and can be drawn again and compared."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from allocation.drawing.draw import canonical_result
from allocation.drawing.draw_document import read_head, replay
from allocation.drawing.draw_inputs import DrawAuditor, DrawError, DrawPlan
from allocation.drawing.draw_result import DrawResult
from allocation.eligibility.frozen_head import head_of
from allocation.models import Cycle, Draw
from allocation.record import given_out
from allocation.record.freezing import KEPT_OUT, freeze
from people.form_fields import day_in_words
from people.models import User

SETTINGS = ("due on", "template", "rota groups", "teams' involvements count from")
SEED_BYTES = 32
UNREADABLE = "the frozen inputs cannot be read"
ALTERED = "the frozen inputs do not match their hash"
# What reading and drawing from a text that somebody altered can end in.
CANNOT_BE_READ = (TypeError, ValueError, LookupError, AttributeError, ArithmeticError, RecursionError)


@dataclass(frozen=True)
class Verification:
    """What drawing again showed."""

    problems: tuple[str, ...]

    @property
    def identical(self) -> bool:
        """Whether everything on record agrees with what comes out again."""
        return not self.problems

    @property
    def altered(self) -> bool:
        """Whether the frozen inputs are not those of the draw any more."""
        return ALTERED in self.problems


@dataclass(frozen=True)
class FrozenInputs:
    """The parts of a draw's frozen inputs that people read."""

    pool_size: int
    auditors: dict[str, DrawAuditor]  # every auditor in the draw, by id, with their places
    plan: DrawPlan
    facts: Mapping[str, str]
    out: Mapping[str, list[int]]  # why cases were not in the draw, and which

    @property
    def target(self) -> int:
        """How many random cases were wanted."""
        return self.plan.target

    def places_of(self, auditor_id: str) -> int:
        """How many cases an auditor of the draw could take."""
        return self.auditors[auditor_id].capacity

    @property
    def excluded(self) -> list[tuple[str, int]]:
        """Why cases were not in the draw, and how many, the most frequent reason first."""
        found = [(reason, len(case_ids)) for reason, case_ids in self.out.items()]
        return sorted(found, key=lambda reason_and_count: (-reason_and_count[1], reason_and_count[0]))

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
    result = replay(inputs.text, seed=seed)
    outcome = canonical_result(result)
    return Draw.objects.create(
        cycle=cycle,
        number=number,
        reason=reason,
        inputs=inputs.text,
        inputs_sha256=inputs.sha256,
        seed=seed,
        algorithm=result.algorithm,
        result=json.loads(outcome.json),
        result_sha256=outcome.sha256,
        drawn_at=at,
        drawn_by=by,
    )


def verify(draw: Draw) -> Verification:
    """Draw again from what is on record and compare all that follows from it (R21).

    That is: the hashes, the algorithm, the result, the month, and once it is published who was given which case.
    Three queries at most, whatever the size.
    """
    problems = []
    if hashlib.sha256(draw.inputs.encode()).hexdigest() != draw.inputs_sha256:
        problems.append(ALTERED)
    try:
        result, month = replay(draw.inputs, seed=draw.seed), read_head(draw.inputs).facts.get("month")
        again = canonical_result(result)
    except DrawError as error:
        return Verification((*problems, str(error)))
    except CANNOT_BE_READ:
        return Verification((*problems, UNREADABLE))
    if again.sha256 != draw.result_sha256:
        problems.append("drawing again gives another hash")
    if json.loads(again.json) != draw.result:
        problems.append("drawing again gives another result")
    return Verification((*problems, *_beside_the_result(draw, result, month)))


def _beside_the_result(draw: Draw, result: DrawResult, month: object) -> list[str]:
    """What does not agree with a draw beside its own result: the month, the algorithm, what was given out."""
    problems = []
    if month != f"{draw.cycle.month:%Y-%m}":
        problems.append(f"the frozen inputs are of the month {month}, and the draw is kept under {draw.cycle}")
    if draw.algorithm != result.algorithm:
        problems.append(f"it is kept as drawn by {draw.algorithm}, and it was drawn by {result.algorithm}")
    return [*problems, *given_out.differences(draw, result)]


def read_inputs(draw: Draw) -> FrozenInputs:
    """The frozen inputs of a draw, for people."""
    head = read_head(head_of(draw))
    return FrozenInputs(
        pool_size=head.cases,
        auditors={auditor.id: auditor for auditor in head.auditors},
        plan=head.plan,
        facts=head.facts,
        out=head.out,
    )


def pairs_of(draw: Draw) -> list[tuple[int, int]]:
    """The (case, auditor) pairs of a draw by id, in their order."""
    return [(int(pair["case_id"]), int(pair["auditor_id"])) for pair in draw.result["pairs"]]
