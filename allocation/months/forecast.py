"""What a draw of a month could reach, before there is one: found by trial draws on the inputs as they are now."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property

from allocation.drawing import draw_document
from allocation.drawing.draw_document import Frozen
from allocation.drawing.draw_inputs import DrawError
from allocation.drawing.draw_result import DrawResult, Shortfall
from allocation.drawing.precision import expected_precision
from allocation.eligibility import re_audits, strata_of_cases
from allocation.eligibility.auditor_pool import AuditorPool, auditor_pool
from allocation.eligibility.pool import case_pool
from allocation.eligibility.re_audits import ReAudits
from allocation.models import Cycle
from allocation.months.proposal import RANDOM_LOT, StratumLine, kind_of, pool_note
from allocation.record.freezing import freeze
from audits.models import Case

TRIALS = 20
CASES_IN_ALL = 60_000  # that the trials may go through together
LONGEST_TRIED = 20_000  # a pool above it is not tried before the draw itself


@dataclass(frozen=True)
class Forecast:
    """What a draw of a cycle could reach today."""

    target: int
    pool_size: int  # that the target can be drawn from: cases for re-audits are counted apart
    excluded: list[tuple[str, int]]
    auditors: AuditorPool
    re_audits: ReAudits
    trials: tuple[DrawResult, ...]
    strata: list[StratumLine]
    re_audit_pool: int = 0  # the cases that would be in the draw to be audited again
    themed: bool = False  # the cases are narrowed, so those drawn will count as of the theme

    @property
    def kind(self) -> str:
        """What the cases of the target will count as, beside a noun: random or theme."""
        return kind_of(themed=self.themed)

    @property
    def pool_note(self) -> str:
        """The cases for re-audits beside the pool."""
        return pool_note(self.re_audit_pool)

    @cached_property
    def reached(self) -> list[int]:
        """How many random cases each trial gave out, fewest first."""
        return sorted(_random_pairs(trial) for trial in self.trials)

    @property
    def re_audits_wanted(self) -> int:
        """How many re-audits come on top of the target."""
        return len(self.re_audits.urgent) + self.re_audits.improvement_wanted

    @property
    def at_most(self) -> int:
        """What places and cases allow, before anybody looks at conflicts."""
        return max(0, min(self.target, self.auditors.places - self.re_audits_wanted, self.pool_size))

    @property
    def reach(self) -> int:
        """What the trials reached in the middle; without trials what places and cases allow."""
        return self.reached[len(self.reached) // 2] if self.reached else self.at_most

    @property
    def reach_words(self) -> str:
        """26, or 24 to 26 where the trials differ."""
        if not self.reached or self.reached[0] == self.reached[-1]:
            return f"{self.reach:,}"
        return f"{self.reached[0]:,} to {self.reached[-1]:,}"

    @property
    def sentence(self) -> str:
        """E.g. With these 22 auditors you reach 26 of 30."""
        people = len(self.auditors.available)
        auditors = "this one auditor" if people == 1 else f"these {people:,} auditors"
        return f"With {auditors} you reach {self.reach_words} of {self.target:,}."

    @property
    def why_short(self) -> str:
        """Why it reaches fewer than wanted, in a sentence for each reason; empty where it does not."""
        short = self._shortfall
        after = f" after {_count(self.re_audits_wanted, 're-audit')}" if self.re_audits_wanted else ""
        places = max(0, self.auditors.places - self.re_audits_wanted)
        lost = _count(short.lost_to_conflicts, "case")
        parts = (
            f"The auditors have only {_count(places, 'place')}{after}." if short.lacking_places else "",
            f"The pool has {_count(short.lacking_cases, 'case')} too few." if short.lacking_cases else "",
            f"Conflicts with the auditors keep {lost} from being given." if short.lost_to_conflicts else "",
        )
        return " ".join(part for part in parts if part)

    @property
    def _shortfall(self) -> Shortfall:
        """What the trial in the middle lacks; without trials what places and cases lack."""
        middle = (trial.shortfall for trial in self.trials if _random_pairs(trial) == self.reach)
        if self.trials:
            return next(middle, None) or Shortfall(0, 0, 0, 0)
        size = self.target - self.at_most
        lacking_places = min(size, max(0, self.target - self.auditors.places + self.re_audits_wanted))
        return Shortfall(size, lacking_places, size - lacking_places, 0)

    @property
    def trials_in_words(self) -> str:
        """How that was found."""
        if not self.reached:
            return "The pool is too large to try a draw here, so conflicts between auditors and cases are not counted."
        many = f"In {len(self.reached)} trial draws" if len(self.reached) > 1 else "In a trial draw"
        each = " each time" if len(self.reached) > 1 else ""
        least, most = self.reached[0], self.reached[-1]
        return f"{many}: {least:,}{each}." if least == most else f"{many}: between {least:,} and {most:,}."

    @property
    def reach_note(self) -> str:
        """The target beside the reach."""
        return f"of {self.target:,} wanted"

    @property
    def precision(self) -> Decimal:
        """How far a percentage among so many cases may lie from that of the whole pool, ± points."""
        return expected_precision(min(self.reach, self.pool_size), population=self.pool_size)

    @property
    def is_spread(self) -> bool:
        """Whether the draw would be spread over strata."""
        return any(line.name for line in self.strata)


def _random_pairs(trial: DrawResult) -> int:
    return sum(pair.lot == RANDOM_LOT for pair in trial.pairs)


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def trials_for(pool_size: int) -> int:
    """How many trial draws are worth their time: fewer for a large pool, none for a very large one."""
    if pool_size > LONGEST_TRIED:
        return 0
    return max(1, min(TRIALS, CASES_IN_ALL // max(1, pool_size)))


def trial_seed(inputs_sha256: str, number: int) -> str:
    """The seed of a trial: anybody can work it out, and a real draw never uses it, since that seed is secret before."""
    return hashlib.sha256(f"trial:{inputs_sha256}:{number}".encode()).hexdigest()


def forecast(cycle: Cycle, *, today: date) -> Forecast:
    """Who and what would be in a draw of this cycle today, and what it would reach; nothing is kept or changed.

    The inputs are frozen as for a real draw, so conflicts count. The number of queries does not grow with the size.
    """
    auditors, again = auditor_pool(cycle, today=today), re_audits.due(cycle, today=today)
    frozen = _frozen(cycle, today=today)
    if frozen is None:
        return _without_trials(cycle, auditors, again, today=today)
    document = draw_document.read(frozen.text)
    of_strata = Counter(stratum for _, lot, stratum, _, _ in document.rows() if lot == RANDOM_LOT)
    seeds = [trial_seed(frozen.sha256, number) for number in range(1, trials_for(document.pool_size) + 1)]
    trials = tuple(draw_document.replay(frozen.text, seed=seed) for seed in seeds)
    return Forecast(
        target=cycle.target,
        pool_size=of_strata.total(),
        excluded=[(reason, len(cases)) for reason, cases in document.out.items() if cases],
        auditors=auditors,
        re_audits=again,
        trials=trials,
        strata=_strata(cycle, trials),
        re_audit_pool=document.pool_size - of_strata.total(),
        themed=bool(cycle.cohort),
    )


def _without_trials(cycle: Cycle, auditors: AuditorPool, again: ReAudits, *, today: date) -> Forecast:
    """The pool as a draw would count it, where none can be tried."""
    pool, sample = case_pool(cycle, today=today), again.improvement if again.improvement_wanted else ()
    for_re_audits = {audit.case_id for audit in (*again.urgent, *sample)}
    return Forecast(
        target=cycle.target,
        pool_size=len(set(pool.case_ids) - for_re_audits),
        excluded=pool.exclusions,
        auditors=auditors,
        re_audits=again,
        trials=(),
        strata=[],
        re_audit_pool=len(for_re_audits),
        themed=bool(cycle.cohort),
    )


def _frozen(cycle: Cycle, *, today: date) -> Frozen | None:
    """The inputs as they are now; None where nothing can be drawn, or more cases are open than a page can try."""
    if Case.objects.open_on(today).count() > LONGEST_TRIED:
        return None
    try:
        return freeze(cycle, today=today)
    except DrawError:
        return None


def _strata(cycle: Cycle, trials: tuple[DrawResult, ...]) -> list[StratumLine]:
    """What each stratum has and the share that it would get, as the first trial gave it: families as after a draw."""
    if not trials or not cycle.strata_by:
        return []
    rows = trials[0].strata
    names = strata_of_cases.labels_of(cycle.strata_by, [row.key for row in rows])
    return [StratumLine(names[row.key], row.pool, row.wanted, row.given, row.weight) for row in rows]
