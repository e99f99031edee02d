"""The frozen document of a draw: everything it is made from, as one text that anybody can read and hash (pure).

The first line is the head: canonical JSON (sorted keys, plain ASCII) with the algorithm, the auditors, the number of
cases, the plan, other facts, and the cases left out by reason. Every further line is a case in the draw, by number:
its id, lot, stratum, family and ties, with a tab between them. Lines end with a line feed, the last one has none.

A tie binds a person or a team to a case: a letter for its kind and the number of the person or team. Kinds of
persons: w worker of the case, c chairs the child's plan, m manages the worker, i was involved in person, a audited
this child recently, k audited a case of this worker recently. Kinds of teams: t team that holds the case, v team
involved in the look-back. An auditor is kept from a case by a tie to one of their parties.
"""

import hashlib
import json
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from operator import lt
from typing import Any

from allocation.drawing.draw import ALGORITHM_VERSION, draw_from
from allocation.drawing.draw_inputs import (
    RANDOM,
    CasePool,
    ConflictSource,
    DrawAuditor,
    DrawCase,
    DrawError,
    DrawPlan,
    Lot,
    StrataPlan,
    check,
)
from allocation.drawing.draw_result import DrawResult

TEAM_KINDS = frozenset("tv")
KINDS = frozenset("wcmiak") | TEAM_KINDS
NOT_A_DOCUMENT = "These are not the frozen inputs of a draw."


@dataclass(frozen=True, slots=True)
class Frozen:
    """The document of a draw, and its SHA-256."""

    text: str
    sha256: str


def case_line(case_id: str, *, lot: str = RANDOM, stratum: str = "", family: str = "", ties: Iterable[str] = ()) -> str:
    """The line of one case. Raises DrawError for a part with a space or another character that has no place in it."""
    tokens = sorted(set(ties))
    for part in (case_id, lot, stratum, family, *tokens):
        if any(not "!" <= character <= "~" for character in part):
            raise DrawError(f"The case {case_id!r} has a part that cannot be written down: {part!r}.")
    return "\t".join([case_id, lot, stratum, family, " ".join(tokens)])


def write(
    lines: Iterable[str],
    *,
    auditors: Iterable[DrawAuditor],
    plan: DrawPlan,
    facts: Mapping[str, str] | None = None,
    out: Mapping[str, Iterable[int]] | None = None,
) -> Frozen:
    """The document of these case lines, by number, and whatever else a draw is made from. Raises DrawError as a draw
    would, and for cases that are there twice."""
    listed = sorted(lines, key=_number)
    _in_order(listed)
    return frozen(head(len(listed), auditors=auditors, plan=plan, facts=facts, out=out), listed)


def head(
    cases: int,
    *,
    auditors: Iterable[DrawAuditor],
    plan: DrawPlan,
    facts: Mapping[str, str] | None = None,
    out: Mapping[str, Iterable[int]] | None = None,
) -> str:
    """The first line of a document. Raises DrawError for numbers and ids that make no sense."""
    listed = sorted(auditors, key=lambda auditor: auditor.id)
    check(listed, plan=plan)
    return json.dumps(
        {
            "algorithm": ALGORITHM_VERSION,
            "auditors": [asdict(auditor) | {"parties": sorted(auditor.parties)} for auditor in listed],
            "cases": cases,
            "facts": dict(facts or {}),
            "out": {reason: sorted(case_ids) for reason, case_ids in (out or {}).items()},
            "plan": _kept(plan),
        },
        sort_keys=True,
        separators=(",", ":"),
        ensure_ascii=True,
    )


def _kept(plan: DrawPlan) -> dict[str, Any]:
    """A plan as the head has it; what else a lot's cases are is told only where there are such cases."""
    lots = [{key: value for key, value in asdict(lot).items() if value != ()} for lot in plan.lots]
    return asdict(plan) | {"lots": lots}


def frozen(head_line: str, lines: Iterable[str]) -> Frozen:
    """A head and the lines of its cases, which must come by number, as one hashed document."""
    text = "\n".join([head_line, *lines])
    return Frozen(text, hashlib.sha256(text.encode()).hexdigest())


def _number(line: str) -> int:
    """The number of a line's case. Raises DrawError where it has none."""
    case_id = line.partition("\t")[0]
    if not (case_id.isascii() and case_id.isdigit() and case_id == str(int(case_id))):
        raise DrawError(f"A case is named by its number, not {case_id!r}.")
    return int(case_id)


def _in_order(lines: Sequence[str]) -> None:
    """Raises DrawError where the cases do not come by number, each once. Quick for hundreds of thousands."""
    try:
        ids = [line.partition("\t")[0] for line in lines]
        numbers = list(map(int, ids))
    except ValueError:
        ids, numbers = [], []
    if len(ids) == len(lines) and list(map(str, numbers)) == ids and all(map(lt, numbers, numbers[1:])):
        return
    before = -1
    for number in map(_number, lines):  # again, to say which it is
        if number <= before:
            twice = "is in the draw twice" if number == before else "is not in its place"
            raise DrawError(f"The case {number} {twice}.")
        before = number


@dataclass(frozen=True, slots=True)
class Head:
    """The first line of a document, read."""

    cases: int
    auditors: tuple[DrawAuditor, ...]
    plan: DrawPlan
    facts: Mapping[str, str]
    out: Mapping[str, list[int]]


def read_head(text: str) -> Head:
    """The head alone, of a whole document or its first line. Raises DrawError for another text or version."""
    try:
        stored = json.loads(text.partition("\n")[0])
        if stored["algorithm"] != ALGORITHM_VERSION:
            raise DrawError(f"These inputs were made for {stored['algorithm']}, and this is {ALGORITHM_VERSION}.")
        auditors = tuple(
            DrawAuditor(**auditor | {"parties": frozenset(auditor["parties"])}) for auditor in stored["auditors"]
        )
        return Head(stored["cases"], auditors, _plan(stored["plan"]), stored["facts"], stored["out"])
    except DrawError:
        raise
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise DrawError(NOT_A_DOCUMENT) from error


def _plan(stored: Mapping[str, Any]) -> DrawPlan:
    strata = StrataPlan(**stored["strata"]) if stored["strata"] else None
    lots = tuple(Lot(**lot | {"else_random": tuple(lot.get("else_random", ()))}) for lot in stored["lots"])
    return DrawPlan(**{**stored, "lots": lots, "strata": strata})


class Document:
    """A frozen document, read: the head at once, the cases when they are asked for."""

    def __init__(self, head_read: Head, lines: Sequence[str]) -> None:
        self.plan = head_read.plan
        self.auditors = head_read.auditors
        self.facts = head_read.facts
        self.out = head_read.out
        self.pool_size = head_read.cases
        self._lines = lines

    def rows(self) -> Iterable[list[str]]:
        """Each case as id, lot, stratum, family and ties."""
        return (line.split("\t") for line in self._lines)

    def cases(self) -> list[DrawCase]:
        """The cases in the draw, by number."""
        return [DrawCase(case_id, lot, stratum, family) for case_id, lot, stratum, family, _ in self.rows()]

    def conflicts(self) -> ConflictSource:
        """Who is kept from which cases, worked out for those that are asked for."""
        return _Conflicts(self)

    def ties_of(self, case_id: str) -> tuple[str, ...]:
        """The ties of a case, none for a case that is not in the draw."""
        line = self._line(case_id)
        return tuple(line.rpartition("\t")[2].split()) if line else ()

    def _line(self, case_id: str) -> str:
        if not (case_id.isascii() and case_id.isdigit()):
            return ""
        position = bisect_left(self._lines, int(case_id), key=_quick_number)
        found = self._lines[position] if position < len(self._lines) else ""
        return found if found.partition("\t")[0] == case_id else ""

    def kept_from(self, case_id: str, auditor_id: str) -> tuple[str, ...]:
        """The kinds of the ties that keep an auditor of the draw from a case, by letter; empty where none does."""
        parties = self._parties.get(auditor_id, frozenset())
        return tuple(sorted({tie[0] for tie in self.ties_of(case_id) if party_of(tie) in parties}))

    @cached_property
    def _parties(self) -> dict[str, frozenset[str]]:
        return {auditor.id: auditor.parties for auditor in self.auditors}

    @cached_property
    def auditors_of(self) -> Mapping[str, frozenset[str]]:
        """For each party the auditors who stand for it."""
        found: dict[str, set[str]] = defaultdict(set)
        for auditor in self.auditors:
            for party in auditor.parties:
                found[party].add(auditor.id)
        return {party: frozenset(ids) for party, ids in found.items()}


class _Conflicts:
    """Answers from a document's ties."""

    def __init__(self, document: Document) -> None:
        self._document = document

    def conflicts_for(self, case_ids: Sequence[str], /) -> Mapping[str, frozenset[str]]:
        """The auditors kept from each of these cases."""
        auditors_of, nobody = self._document.auditors_of, frozenset[str]()
        return {
            case_id: nobody.union(*(auditors_of.get(party_of(tie), nobody) for tie in self._document.ties_of(case_id)))
            for case_id in case_ids
        }


def party_of(tie: str) -> str:
    """The person or team that a tie binds, as among an auditor's parties."""
    return f"{'t' if tie[0] in TEAM_KINDS else 'p'}{tie[1:]}"


def _quick_number(line: str) -> int:
    """The number of a line that is known to have one."""
    return int(line.partition("\t")[0])


def read(text: str) -> Document:
    """A document as write() made it. Raises DrawError for another text, or one made for another algorithm."""
    head_read, lines = read_head(text), text.split("\n")[1:]
    _in_order(lines)
    if len(lines) != head_read.cases or any(line.count("\t") != 4 for line in lines):
        raise DrawError(NOT_A_DOCUMENT)
    return Document(head_read, lines)


def replay(text: str, *, seed: str) -> DrawResult:
    """Draw from a frozen document alone. Raises DrawError as read() does."""
    document = read(text)
    pool = CasePool(document.rows(), plan=document.plan)
    return draw_from(pool, auditors=document.auditors, conflicts=document.conflicts(), plan=document.plan, seed=seed)
