"""A draw in people's words: who gets which case, who gets none and why, and what to expect before there is a draw."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from allocation import draw_record
from allocation.draw_result import PassedOver, Shortfall, Unassigned, UnassignedAuditor
from allocation.models import Cycle, Draw
from allocation.pool import AuditorPool, Pool, auditor_pool, case_pool
from allocation.precision import expected_precision
from audits.models import Case
from people.models import User


@dataclass(frozen=True)
class Forecast:
    """What a draw of a cycle could reach today."""

    pool: Pool
    auditors: AuditorPool
    target: int

    @property
    def reach(self) -> int:
        """The most cases that can be given out: conflicts may leave fewer."""
        return min(self.target, self.auditors.places, len(self.pool.case_ids))

    @property
    def reach_note(self) -> str:
        """The target beside the reach."""
        return f"of {self.target} wanted"

    @property
    def precision(self) -> Decimal:
        """How far a percentage among so many cases may lie from that of the whole pool, ± points."""
        return expected_precision(self.reach, population=len(self.pool.case_ids))


@dataclass(frozen=True)
class Proposal:
    """A draw, read back with the cases and people it names."""

    draw: Draw
    inputs: draw_record.FrozenInputs
    pairs: list[tuple[Case, User]]
    without_case: list[tuple[User, str]]
    passed_over: list[tuple[Case, str]]
    reserve: list[Case]
    kept_out: list[tuple[User, str]]
    shortfall: str

    @property
    def precision(self) -> Decimal:
        """How far a percentage among the cases drawn may lie from that of the whole pool, ± points."""
        return expected_precision(len(self.pairs), population=self.inputs.pool_size)

    @property
    def precision_text(self) -> str:
        """The precision with its sign."""
        return f"± {self.precision}"

    @property
    def wanted_note(self) -> str:
        """The target beside what was given."""
        return f"of {self.inputs.target} wanted"


def forecast(cycle: Cycle, *, today: date) -> Forecast:
    """Who and what is in a draw of this cycle today. Four queries, whatever the size."""
    return Forecast(case_pool(cycle, today=today), auditor_pool(cycle, today=today), cycle.target)


def _people(ids: Iterable[str]) -> dict[str, User]:
    found = User.objects.select_related("team").in_bulk([int(each) for each in ids])
    return {str(pk): person for pk, person in found.items()}


def _cases(result: dict[str, Any]) -> dict[str, Case]:
    named = [each["case_id"] for each in [*result["pairs"], *result["passed_over"]]] + result["reserve"]
    found = Case.objects.select_related("team", "worker").in_bulk([int(each) for each in named])
    return {str(pk): case for pk, case in found.items()}


def read(draw: Draw) -> Proposal:
    """A stored draw with its cases and people. Two queries beyond the draw itself, whatever its size."""
    result, inputs = draw.result, draw_record.read_inputs(draw)
    people, cases = _people([*inputs.auditors, *inputs.kept_out]), _cases(result)
    idle = [UnassignedAuditor(each["auditor_id"], Unassigned(each["why"])) for each in result["unassigned"]]
    passed_over = [PassedOver(**each) for each in result["passed_over"]]
    return Proposal(
        draw=draw,
        inputs=inputs,
        pairs=[(cases[pair["case_id"]], people[pair["auditor_id"]]) for pair in result["pairs"]],
        without_case=_by_name((people[each.auditor_id], each.reason) for each in idle),
        passed_over=[(cases[each.case_id], each.reason) for each in passed_over],
        reserve=[cases[case_id] for case_id in result["reserve"]],
        kept_out=_by_name((people[each], why) for each, why in inputs.kept_out.items()),
        shortfall=Shortfall(**result["shortfall"]).explanation if result["shortfall"] else "",
    )


def _by_name(rows: Iterable[tuple[User, str]]) -> list[tuple[User, str]]:
    return sorted(rows, key=lambda person_and_reason: person_and_reason[0].name)
