"""Why this auditor did not get that case: answers from the frozen record of a draw alone (L4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from allocation.drawing import draw_document
from allocation.drawing.draw_document import Document
from allocation.drawing.draw_inputs import RANDOM
from allocation.drawing.draw_result import PassedOver
from allocation.drawing.ticket_order import Ticketed, in_order
from allocation.eligibility.strata_of_cases import labels_of
from allocation.eligibility.ties import reasons_from_tokens
from allocation.models import Draw
from allocation.months.proposal import LOT_WORDS, by_name
from allocation.record import draw_record
from audits.models import Case
from people.models import User

COULD = "Could have had it"
GOT = "Got it"
WHOSE = THE_AUDITOR, THE_SUPERVISOR, EITHER = "", "their supervisor ", "they or their supervisor "


@dataclass(frozen=True)
class PairAnswer:
    """What a draw made of one auditor and one case. `reasons` empty: nothing kept the auditor from it."""

    case: Case
    auditor: User
    reasons: tuple[str, ...]
    got: bool = False

    @property
    def answer(self) -> str:
        """In a word or two; empty where there are reasons."""
        if self.got:
            return GOT
        return "" if self.reasons else COULD


@dataclass(frozen=True)
class CaseAnswer:
    """What a draw made of one case, and of every auditor with regard to it."""

    case: Case
    fate: str
    got_by: User | None
    rows: list[PairAnswer]  # the auditors of the draw; none where the case was not in it
    kept_out: list[tuple[User, str]]  # those who were not in the draw at all
    in_draw: bool
    ticketed: Ticketed | None = None  # its place among the tickets of its part
    part: str = ""  # what that part is called; empty where the draw has only one


@dataclass(frozen=True)
class AuditorAnswer:
    """What a draw made of one auditor, and of every drawn case with regard to them."""

    auditor: User
    in_draw: bool
    why_out: str
    places: int
    rows: list[PairAnswer]


class Record:
    """A draw's frozen document and result, read once for several questions."""

    def __init__(self, draw: Draw) -> None:
        self.draw = draw
        self.document: Document = draw_document.read(draw.inputs)
        self.inputs = draw_record.read_inputs(draw)

    @cached_property
    def auditor_of(self) -> dict[str, str]:
        """Who got which case, by id."""
        return {pair["case_id"]: pair["auditor_id"] for pair in self.draw.result["pairs"]}

    @cached_property
    def lot_of(self) -> dict[str, str]:
        """The lot of every case that was drawn."""
        return {pair["case_id"]: pair["lot"] for pair in self.draw.result["pairs"]}

    @cached_property
    def passed_over(self) -> dict[str, str]:
        """Why a case that came up was passed over, by id."""
        return {each["case_id"]: PassedOver(**each).reason for each in self.draw.result["passed_over"]}

    @cached_property
    def reserve(self) -> list[str]:
        """The ids of the cases in reserve, in order."""
        return [each["case_id"] for each in self.draw.result["reserve"]]

    @cached_property
    def order(self) -> list[Ticketed]:
        """Every case in the draw with the ticket that decides and its place: part by part, lowest ticket first."""
        return in_order(self.document, seed=self.draw.seed, drawn=self.auditor_of)

    @cached_property
    def ticketed(self) -> dict[str, Ticketed]:
        """The ticket and place of every case in the draw, by id."""
        return {each.case_id: each for each in self.order}

    @cached_property
    def part_names(self) -> dict[str, str]:
        """What the parts of the draw are called, by key: set lots and strata."""
        keys = sorted({each.part for each in self.order if each.lot == RANDOM and each.part})
        by = self.document.facts.get("spread over", "")
        return {**LOT_WORDS, **(labels_of(by, keys) if by and keys else {})}

    def kept_from(self, case_id: str, auditor_id: str) -> tuple[str, ...]:
        """What kept an auditor of the draw from a case in the draw, in sentences; empty where nothing did."""
        parties = self.parties[auditor_id]
        binding = [tie for tie in self.document.ties_of(case_id) if draw_document.party_of(tie) in parties]
        of_whom = [(self._whose(tie, auditor_id), tie) for tie in binding]
        return tuple(
            sentence(f"{whose}{words}")
            for whose in WHOSE
            for words in reasons_from_tokens(tie for theirs, tie in of_whom if theirs == whose)
        )

    def _whose(self, tie: str, auditor_id: str) -> str:
        """Whom a tie binds, one of WHOSE. The record does not say which team is whose where somebody learns."""
        own, party = f"p{auditor_id}", draw_document.party_of(tie)
        learns = any(each.startswith("p") and each != own for each in self.parties[auditor_id])
        if party == own or not learns:
            return THE_AUDITOR
        return THE_SUPERVISOR if party.startswith("p") else EITHER

    @cached_property
    def parties(self) -> Mapping[str, frozenset[str]]:
        """For whom each auditor of the draw stands."""
        return {auditor.id: auditor.parties for auditor in self.document.auditors}

    def why_out(self, case_id: int) -> str:
        """Why a case was not in the draw; empty where no reason is on record for it."""
        return next((reason for reason, case_ids in self.document.out.items() if case_id in case_ids), "")

    def people(self) -> dict[str, User]:
        """Everybody who is named in the draw as an auditor, in it or not, by id. One query."""
        named = {int(each) for each in (*self.inputs.auditors, *self.inputs.kept_out)}
        return {str(pk): person for pk, person in User.objects.select_related("team").in_bulk(named).items()}

    def fate_of(self, case: Case, people: Mapping[str, User], *, in_pool: bool, sibling: bool = False) -> str:
        """What became of a case in a sentence; `in_pool` says whether the draw was made from it among others.

        `sibling`: another child of the family stood for it.
        """
        key = str(case.pk)
        if key in self.auditor_of:
            lot = LOT_WORDS.get(self.lot_of[key], "")
            return f"It went to {people[self.auditor_of[key]]}{f' as a {lot.lower()}' if lot else ''}."
        if key in self.passed_over:
            return f"Its ticket came up, and it was passed over. {self.passed_over[key]}"
        if key in self.reserve:
            return f"It is number {self.reserve.index(key) + 1} of the reserve."
        if sibling:
            return "It was not offered: one child of a family is drawn at most, and another child stood for this one."
        if in_pool:
            return "Its ticket did not come up: there were enough cases with lower tickets."
        if reason := self.why_out(case.pk):
            return f"It was not in the draw: {reason}."
        return "It was not in the draw: the portal did not know it then."


def sentence(words: str) -> str:
    """With a capital letter."""
    return words[:1].upper() + words[1:]


def case_answer(draw: Draw, case: Case) -> CaseAnswer:
    """Every auditor of a draw with regard to one case, and what became of the case. One query beyond the draw."""
    record = Record(draw)
    people, key = record.people(), str(case.pk)
    ticketed = record.ticketed.get(key)
    offered = ticketed is not None and ticketed.place > 0
    got_by = record.auditor_of.get(key)
    rows = []
    if offered:
        rows = [
            PairAnswer(case, people[each], record.kept_from(key, each), got=each == got_by)
            for each in record.inputs.auditors
        ]
    return CaseAnswer(
        case=case,
        fate=record.fate_of(case, people, in_pool=offered, sibling=ticketed is not None and not offered),
        got_by=people[got_by] if got_by else None,
        rows=sorted(rows, key=lambda row: (not row.got, row.auditor.name)),
        kept_out=by_name((people[each], reason) for each, reason in record.inputs.kept_out.items()),
        in_draw=offered,
        ticketed=ticketed if offered else None,
        part=record.part_names.get(ticketed.part, "") if ticketed else "",
    )


def auditor_answer(draw: Draw, auditor: User) -> AuditorAnswer:
    """Every drawn case with regard to one auditor, in the order of the draw. One query beyond the draw."""
    record, key = Record(draw), str(auditor.pk)
    in_draw = key in record.inputs.auditors
    drawn = list(record.auditor_of)
    cases = Case.objects.select_related("team", "worker").in_bulk([int(each) for each in drawn]) if in_draw else {}
    return AuditorAnswer(
        auditor=auditor,
        in_draw=in_draw,
        why_out=record.inputs.kept_out.get(key, "Was not expected to audit then"),
        places=record.inputs.auditors[key].capacity if in_draw else 0,
        rows=[
            PairAnswer(cases[int(each)], auditor, record.kept_from(each, key), got=record.auditor_of[each] == key)
            for each in drawn
            if int(each) in cases
        ],
    )
