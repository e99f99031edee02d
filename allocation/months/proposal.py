"""A draw in people's words: who gets which case, how full everybody is, who and what is left out and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

from allocation.drawing.draw_result import PassedOver, Shortfall, Unassigned, UnassignedAuditor
from allocation.drawing.precision import expected_precision
from allocation.eligibility import strata_of_cases, year_loads
from allocation.models import Draw, Override
from allocation.record import draw_record, frozen_lines
from audits.models import Case, Selection
from people.models import User

LOT_WORDS = {"random": "", "re_audit": "Re-audit", "improvement": "Re-audit (sample)"}
RANDOM_LOT = "random"
EVERY_CASE = "every case"  # what the record says of a month that is about no cohort


@dataclass(frozen=True)
class ProposedPair:
    """A case and who is to audit it; `stratum` is empty where nothing is spread.

    `lot_words` is empty for those that are drawn at random among every case, and so count in the headlines.
    """

    case: Case
    auditor: User
    lot: str = RANDOM_LOT
    stratum: str = ""
    themed: bool = False  # drawn at random, but among the cases of a theme

    @property
    def lot_words(self) -> str:
        """What the case counts as, beside the random ones."""
        if self.themed and self.lot == RANDOM_LOT:
            return str(Selection.THEMATIC.label)
        return LOT_WORDS.get(self.lot, self.lot)


@dataclass(frozen=True)
class Load:
    """How full one auditor of the draw is."""

    auditor: User
    places: int
    drawn: int
    by_hand: int
    this_year: int | None = None  # given in the twelve months before

    @property
    def over(self) -> bool:
        """Whether overrides take the auditor past their places."""
        return self.drawn + self.by_hand > self.places


@dataclass(frozen=True)
class StratumLine:
    """What one stratum had, should give and gave, in words."""

    name: str
    pool: int
    wanted: int
    given: int
    weight: str

    @property
    def weight_in_words(self) -> str:
        """How many cases of the stratum each one given stands for."""
        return f"each stands for {plain_number(self.weight)} cases" if self.given else "none given"


def plain_number(text: str) -> str:
    """12.5000 as 12.5, 12.0000 as 12, 3.3333 as 3.33, 1250.0000 as 1,250. The exact one is in the frozen result."""
    number = Decimal(text).quantize(Decimal("0.01")).normalize()
    return f"{number:,f}"


@dataclass(frozen=True)
class Proposal:
    """A draw, read back with the cases and people it names."""

    draw: Draw
    inputs: draw_record.FrozenInputs
    pairs: list[ProposedPair]
    loads: list[Load]
    strata: list[StratumLine]
    without_case: list[tuple[User, str]]
    passed_over: list[tuple[Case, str]]
    reserve: list[tuple[Case, str]]  # with the name of the stratum
    kept_out: list[tuple[User, str]]
    overrides: list[Override]
    shortfall: Shortfall | None
    re_audit_pool: int = 0  # the cases in the draw that are there to be audited again

    @property
    def themed(self) -> bool:
        """Whether the cases were narrowed, so that those drawn count as of the theme (L3)."""
        return is_themed(self.inputs.facts)

    @property
    def kind(self) -> str:
        """What the cases of the target count as, beside a noun: random or theme."""
        return kind_of(themed=self.themed)

    @property
    def pool_at_random(self) -> int:
        """How many cases the target could be drawn from, each child of a family counted: as in the forecast."""
        return self.inputs.pool_size - self.re_audit_pool

    @property
    def pool_note(self) -> str:
        """The cases for re-audits beside them."""
        return pool_note(self.re_audit_pool)

    @cached_property
    def random_pairs(self) -> list[ProposedPair]:
        """Those that count towards the target."""
        return [pair for pair in self.pairs if pair.lot == RANDOM_LOT]

    @cached_property
    def set_pairs(self) -> list[ProposedPair]:
        """Re-audits and whatever else comes before the random cases."""
        return [pair for pair in self.pairs if pair.lot != RANDOM_LOT]

    @property
    def overrides_in_force(self) -> list[Override]:
        """Those that are published with the draw."""
        return [each for each in self.overrides if each.taken_back_at is None]

    @property
    def random_pool(self) -> int:
        """How many cases the random ones were drawn from."""
        return sum(line.pool for line in self.strata)

    @property
    def precision(self) -> Decimal:
        """How far a percentage among the random cases may lie from that of all they were drawn from, ± points."""
        return expected_precision(len(self.random_pairs), population=max(self.random_pool, len(self.random_pairs)))

    @property
    def precision_text(self) -> str:
        """The precision with its sign."""
        return f"± {self.precision}"

    @property
    def wanted_note(self) -> str:
        """The target beside what was given."""
        return f"of {self.inputs.target:,} wanted"

    @property
    def is_spread(self) -> bool:
        """Whether the random cases were spread over strata."""
        return any(line.name for line in self.strata)


def is_themed(facts: Mapping[str, str]) -> bool:
    """Whether a draw was made among the cases of a theme only, as its record says (see publishing.random_selection)."""
    return facts.get("cohort", EVERY_CASE) not in {"", EVERY_CASE}


def kind_of(*, themed: bool) -> str:
    """What the cases of a target count as, beside a noun."""
    return "theme" if themed else "random"


def pool_note(re_audits: int) -> str:
    """The cases for re-audits beside those that the target is drawn from; empty where there are none."""
    return f"and {re_audits:,} for re-audits, counted apart" if re_audits else ""


def _re_audit_pool(draw: Draw, inputs: draw_record.FrozenInputs) -> int:
    """How many cases of a draw belong to a set lot. One query where it had any."""
    if not inputs.plan.lots:
        return 0
    return sum(count for lot, count in frozen_lines.lot_sizes(draw).items() if lot != RANDOM_LOT)


def _people(ids: Iterable[str]) -> dict[str, User]:
    found = User.objects.select_related("team").in_bulk({int(each) for each in ids})
    return {str(pk): person for pk, person in found.items()}


def _cases(result: Mapping[str, Any]) -> dict[str, Case]:
    named = {int(each["case_id"]) for part in ("pairs", "passed_over", "reserve") for each in result[part]}
    found = Case.objects.select_related("team", "worker").in_bulk(named)
    return {str(pk): case for pk, case in found.items()}


def read(draw: Draw, *, this_year: Mapping[int, int] | None = None) -> Proposal:
    """A stored draw with its cases, people and overrides. The same number of queries, whatever its size.

    `this_year` says how many audits each auditor was given in the twelve months before, by id.
    """
    result, inputs = draw.result, draw_record.read_inputs(draw)
    people, cases, labels = (
        _people([*inputs.auditors, *inputs.kept_out]),
        _cases(result),
        stratum_names(draw, inputs.facts),
    )
    overrides, themed = list(draw.overrides.select_related("case", "auditor", "by")), is_themed(inputs.facts)
    idle = [UnassignedAuditor(each["auditor_id"], Unassigned(each["why"])) for each in result["unassigned"]]
    return Proposal(
        draw=draw,
        inputs=inputs,
        pairs=[
            ProposedPair(
                cases[pair["case_id"]], people[pair["auditor_id"]], pair["lot"], labels[pair["stratum"]], themed
            )
            for pair in result["pairs"]
        ],
        loads=_loads(inputs, result, people=people, overrides=overrides, this_year=this_year or {}),
        strata=[
            StratumLine(labels[row["key"]], row["pool"], row["wanted"], row["given"], row["weight"])
            for row in result["strata"]
        ],
        without_case=by_name((people[each.auditor_id], each.reason) for each in idle),
        passed_over=[(cases[each["case_id"]], PassedOver(**each).reason) for each in result["passed_over"]],
        reserve=[(cases[each["case_id"]], labels[each["stratum"]]) for each in result["reserve"]],
        kept_out=by_name((people[each], why) for each, why in inputs.kept_out.items()),
        overrides=overrides,
        shortfall=Shortfall.read(result["shortfall"]) if result["shortfall"] else None,
        re_audit_pool=_re_audit_pool(draw, inputs),
    )


def given_this_year(draw: Draw) -> dict[int, int]:
    """How many audits each auditor of a draw was given in the twelve months before its month, by id. Two queries."""
    people = User.objects.filter(pk__in=[int(each) for each in draw_record.read_inputs(draw).auditors])
    given = year_loads.given_before(list(people), month=draw.cycle.month)
    return {person: sum(months.values()) for person, months in given.items()}


def stratum_names(draw: Draw, facts: Mapping[str, str]) -> dict[str, str]:
    """The words for every stratum that a draw names; empty where it was not spread. At most one query."""
    keys = {row["key"] for row in draw.result["strata"]} - {""}
    keys |= {each["stratum"] for part in ("pairs", "reserve") for each in draw.result[part]} - {""}
    names = strata_of_cases.labels_of(spread_over(facts, draw), keys) if keys else {}
    return {"": "", **names}


def spread_over(facts: Mapping[str, str], draw: Draw) -> str:
    """What a draw was spread over (a value of Strata), as its record says."""
    return facts.get("spread over", draw.cycle.strata_by)


def _loads(
    inputs: draw_record.FrozenInputs,
    result: Mapping[str, Any],
    *,
    people: Mapping[str, User],
    overrides: Iterable[Override],
    this_year: Mapping[int, int],
) -> list[Load]:
    drawn = Counter(pair["auditor_id"] for pair in result["pairs"])
    given = [each for each in overrides if each.taken_back_at is None]
    by_hand = Counter(str(each.auditor_id) for each in given)
    outside = {str(each.auditor_id): each.auditor for each in given if str(each.auditor_id) not in inputs.auditors}
    everybody = {**{key: people[key] for key in inputs.auditors}, **outside}
    loads = [
        Load(person, _places(inputs, key), drawn[key], by_hand[key], this_year.get(person.pk))
        for key, person in everybody.items()
    ]
    return sorted(loads, key=lambda load: (load.auditor.name, load.auditor.pk))


def _places(inputs: draw_record.FrozenInputs, auditor_id: str) -> int:
    """The places of an auditor in the draw; nought for somebody who was not in it."""
    return inputs.auditors[auditor_id].capacity if auditor_id in inputs.auditors else 0


def by_name(rows: Iterable[tuple[User, str]]) -> list[tuple[User, str]]:
    """People with their reasons, by name."""
    return sorted(rows, key=lambda person_and_reason: person_and_reason[0].name)
