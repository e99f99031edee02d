"""Why this auditor did not get that case: answers from the frozen record of a draw alone (L4)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from allocation.drawing import draw_document, random_part
from allocation.drawing.draw_document import Document
from allocation.drawing.draw_inputs import RANDOM
from allocation.drawing.draw_result import PassedOver, Unassigned
from allocation.drawing.ticket_order import Ticketed, in_order
from allocation.drawing.ticket_place import place_of
from allocation.eligibility.strata_of_cases import labels_of
from allocation.eligibility.ties import reasons_from_tokens
from allocation.models import Draw
from allocation.months.proposal import LOT_WORDS, by_name
from allocation.record import draw_record, frozen_lines
from audits.models import Case
from people.models import User
from people.wording import lowered

COULD = "Could have had it"
GOT = "Got it"
NO_CASE = {
    Unassigned.NO_PLACES: "{name} had no places",
    Unassigned.NOTHING_DRAWN: "no case was drawn",
    Unassigned.CONFLICT_WITH_EVERY_CASE: "{name} is kept from every case that was drawn",
    Unassigned.NOT_NEEDED: "there were more places than cases, and others came first when the loads were made even",
}
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
class PairAnswers:
    """Auditors and cases, sorted by what a draw made of them."""

    rows: list[PairAnswer]

    @property
    def got(self) -> list[PairAnswer]:
        """Where the auditor was given the case."""
        return [row for row in self.rows if row.got]

    @property
    def bound(self) -> list[PairAnswer]:
        """Where something kept the auditor from the case."""
        return [row for row in self.rows if row.reasons and not row.got]

    @property
    def could(self) -> list[PairAnswer]:
        """Where nothing did, and somebody else got the case or nobody."""
        return [row for row in self.rows if not row.reasons and not row.got]


@dataclass(frozen=True)
class CaseAnswer(PairAnswers):
    """What a draw made of one case, and of every auditor with regard to it; no rows where the case was not in it."""

    case: Case
    fate: str
    kept_out: list[tuple[User, str]]  # those who were not in the draw at all
    in_draw: bool
    ticket_words: str = ""  # its place among the tickets of its part, where the fate does not say it


@dataclass(frozen=True)
class AuditorAnswer(PairAnswers):
    """What a draw made of one auditor, and of every drawn case with regard to them."""

    auditor: User
    in_draw: bool
    fate: str


class Record:
    """A draw's frozen document and result, read once for several questions.

    `cases` are those whose frozen lines are wanted; without it all of them are read once somebody asks for one.
    """

    def __init__(self, draw: Draw, *, cases: Collection[str] | None = None) -> None:
        self.draw = draw
        self._cases = cases
        self.inputs = draw_record.read_inputs(draw)

    @cached_property
    def document(self) -> Document:
        """The frozen inputs: all of them, or as if there were only the cases that are wanted."""
        if self._cases is None:
            return draw_document.read(self.draw.inputs)
        return frozen_lines.document_of(self.draw, self._cases)

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
    def blocked(self) -> frozenset[str]:
        """The cases that nobody could take where the draw stopped short of its target, by id."""
        return frozenset((self.draw.result["shortfall"] or {}).get("blocking_cases", ())) - self.auditor_of.keys()

    @cached_property
    def reserve(self) -> dict[str, int]:
        """The place of every case in reserve, by id: it is that among those of its stratum."""
        count: Counter[str] = Counter()
        found = {}
        for each in self.draw.result["reserve"]:
            count[each["stratum"]] += 1
            found[each["case_id"]] = count[each["stratum"]]
        return found

    @cached_property
    def order(self) -> list[Ticketed]:
        """Every case in the draw with the ticket that decides and its place: part by part, lowest ticket first."""
        return in_order(self.document, seed=self.draw.seed, drawn=self.auditor_of, from_lots=self.from_lots)

    @cached_property
    def from_lots(self) -> frozenset[str]:
        """The cases of set lots that did not come up there and stood in the random part then, by id."""
        return random_part.from_lots(self.inputs.plan, self.draw.result)

    @cached_property
    def ticketed(self) -> dict[str, Ticketed]:
        """The ticket and place of every case in the draw, by id."""
        return {each.case_id: each for each in self.order}

    def part_names(self, parts: Iterable[str]) -> dict[str, str]:
        """What these parts of the draw are called, by key: set lots and strata. At most one query."""
        keys = sorted(set(parts) - {"", *LOT_WORDS})
        by = self.inputs.facts.get("spread over", "")
        return {**LOT_WORDS, **(labels_of(by, keys) if by and keys else {})}

    def place_of(self, case_id: str) -> Ticketed | None:
        """The ticket and place of a case; None for one that is not in the draw. One query, streamed."""
        row = next((row for row in self.document.rows() if row[0] == case_id), None)
        if row is None:
            return None
        case_id, lot, stratum, family = row[:4]
        return place_of(
            (case_id, lot, stratum, family),
            frozen_lines.stream(self.draw),
            one_per_family=self.inputs.plan.one_per_family,
            seed=self.draw.seed,
            drawn=self.auditor_of,
            from_lots=self.from_lots,
        )

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
        return {auditor.id: auditor.parties for auditor in self.inputs.auditors.values()}

    def came_up(self, case_id: str) -> bool:
        """Whether a case was drawn, passed over, given to nobody, or waits in the reserve."""
        named: tuple[Collection[str], ...] = (self.auditor_of, self.passed_over, self.blocked, self.reserve)
        return any(case_id in each for each in named)

    def why_out(self, case_id: int) -> str:
        """Why a case was not in the draw; empty where no reason is on record for it."""
        return next((reason for reason, case_ids in self.inputs.out.items() if case_id in case_ids), "")

    def people(self) -> dict[str, User]:
        """Everybody who is named in the draw as an auditor, in it or not, by id. One query."""
        named = {int(each) for each in (*self.inputs.auditors, *self.inputs.kept_out)}
        return {str(pk): person for pk, person in User.objects.select_related("team").in_bulk(named).items()}

    def fate_of(self, case_id: str, people: Mapping[str, User], *, in_pool: bool, sibling: bool = False) -> str:
        """What became of a case in a sentence; `in_pool` says whether the draw was made from it among others.

        `sibling`: another child of the family stood for it.
        """
        if case_id in self.auditor_of:
            lot = LOT_WORDS.get(self.lot_of[case_id], "")
            return f"Drawn{f' as a {lot.lower()}' if lot else ''} and given to {people[self.auditor_of[case_id]]}."
        if case_id in self.passed_over:
            return f"Given to nobody, although its ticket came up. {self.passed_over[case_id]}"
        if case_id in self.blocked:
            return "Given to nobody: everybody who had a place left has a conflict with it."
        if case_id in self.reserve:
            return f"Drawn as reserve {self.reserve[case_id]}: it stands in where a drawn case drops out."
        if sibling:
            return "Not drawn: one child of a family is drawn at most, and another child stood for this one."
        if in_pool:
            return self._why_not_more
        if reason := self.why_out(int(case_id)):
            return f"{reason}." if reason.startswith("Kept out") else f"Kept out: {lowered(reason)}."
        return "Not in the draw: the portal did not know it then."

    @property
    def _why_not_more(self) -> str:
        """Why a case did not come up: the draw had enough, or stopped short since nobody could take one more."""
        shortfall = self.draw.result["shortfall"] or {}
        if not shortfall.get("lost_to_conflicts"):
            return "Not drawn: there were enough cases with lower tickets."
        if not shortfall.get("by_stratum"):
            return "Not drawn: nobody who had a place left could take one more case."
        return "Not drawn: there were enough lower tickets of its kind, or nobody with a place left could take it."

    def not_drawn(self, ticketed: Ticketed, part: str) -> str:
        """Why a case whose place is known was not drawn, in a sentence."""
        taken = sum(
            pair["lot"] == ticketed.lot and part_of(pair) == ticketed.part for pair in self.draw.result["pairs"]
        )
        whose = "its family’s ticket" if ticketed.of_family else "its ticket"
        was = f"{whose} was {ordinal(ticketed.place)} of {ticketed.of:,}{f' in {part}' if part else ''}"
        return f"Not drawn: {was}, {taken:,} {'was' if taken == 1 else 'were'} taken."


def part_of(pair: Mapping[str, str]) -> str:
    """The key of the part that a pair of a result belongs to: its stratum, or its set lot."""
    return pair["stratum"] if pair["lot"] == RANDOM else pair["lot"]


def ordinal(number: int) -> str:
    """1st, 22nd, 113th, 1,004th."""
    last = 0 if 10 < number % 100 < 14 else number % 10
    return f"{number:,}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(last, 'th') }"


def sentence(words: str) -> str:
    """With a capital letter."""
    return words[:1].upper() + words[1:]


def case_answer(draw: Draw, case: Case) -> CaseAnswer:
    """Every auditor of a draw with regard to one case, and what became of the case.

    Four queries beyond the draw at most. Of the frozen text only the head and the line of the case are fetched; the
    others pass by without their ties, to count the tickets that come before.
    """
    key = str(case.pk)
    record = Record(draw, cases=[key])
    people, ticketed = record.people(), record.place_of(key)
    offered = ticketed is not None and ticketed.place > 0
    fate = record.fate_of(key, people, in_pool=offered, sibling=ticketed is not None and not offered)
    got_by, ticket_words = record.auditor_of.get(key), ""
    if ticketed is not None and offered:
        part = record.part_names([ticketed.part]).get(ticketed.part, "")
        if record.came_up(key):
            ticket_words = _ticket_words(ticketed, part)
        else:
            fate = record.not_drawn(ticketed, part)
    rows = [
        PairAnswer(case, people[each], record.kept_from(key, each), got=each == got_by)
        for each in (record.inputs.auditors if offered else ())
    ]
    kept_out = by_name((people[each], reason) for each, reason in record.inputs.kept_out.items())
    return CaseAnswer(sorted(rows, key=lambda row: row.auditor.name), case, fate, kept_out, offered, ticket_words)


def _ticket_words(ticketed: Ticketed, part: str) -> str:
    """The place of a case that came up or waits in the reserve, in sentences."""
    of = f"{ordinal(ticketed.place)} of {ticketed.of:,}{f' in {part}' if part else ''}, counted from the lowest."
    if ticketed.of_family:
        return (
            f"One child of a family is drawn at most, and this one stood for its family. The family’s ticket was {of}"
        )
    return f"Its ticket was {of}"


def auditor_answer(draw: Draw, auditor: User) -> AuditorAnswer:
    """Every drawn case with regard to one auditor, in the order of the draw. Two queries beyond the draw at most.

    Of the frozen text only the head and the lines of the drawn cases are fetched.
    """
    key, drawn = str(auditor.pk), [pair["case_id"] for pair in draw.result["pairs"]]
    record = Record(draw, cases=drawn)
    if key not in record.inputs.auditors:
        why_out = record.inputs.kept_out.get(key, "Was not expected to audit then")
        return AuditorAnswer([], auditor, False, f"Not in this draw because {auditor} {lowered(why_out)}.")
    cases = Case.objects.select_related("team", "worker").in_bulk([int(each) for each in drawn])
    rows = [
        PairAnswer(cases[int(each)], auditor, record.kept_from(each, key), got=record.auditor_of[each] == key)
        for each in drawn
        if int(each) in cases
    ]
    return AuditorAnswer(rows, auditor, True, _fate_of_auditor(record, auditor))


def _fate_of_auditor(record: Record, auditor: User) -> str:
    """What an auditor of the draw was given, or why nothing, in a sentence."""
    key = str(auditor.pk)
    given, places = list(record.auditor_of.values()).count(key), record.inputs.places_of(key)
    if given:
        cases = "1 case" if given == 1 else f"{given:,} cases"
        return f"Given {cases} in this draw, with {places:,} place{'' if places == 1 else 's'}."
    found = (each["why"] for each in record.draw.result["unassigned"] if each["auditor_id"] == key)
    why = NO_CASE[Unassigned(next(found, Unassigned.NOT_NEEDED))]
    return f"Given no case in this draw because {why.format(name=auditor)}."
