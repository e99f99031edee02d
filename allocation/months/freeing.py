"""What stands between a draw and its target, by name, and the smallest changes that would free a case."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from allocation.drawing.draw_document import Document
from allocation.models import Draw
from allocation.months.proposal import Load, Proposal
from allocation.record import frozen_lines
from audits.models import Case
from people.line_management import team_managers_of
from people.models import User

TEAM_RULE = frozenset("tv")  # the kinds of tie that a recorded override may go past without a person being involved
PAIRS_OFFERED = 12
CASES_TRIED = 100  # each with everybody who has a place left


@dataclass(frozen=True)
class Blocked:
    """A case that too few auditors can take; `got_by` has it where it is not one of those left over."""

    case: Case
    got_by: User | None


@dataclass(frozen=True)
class OnlyTheTeamRule:
    """Somebody with a place left who could take a case but for the team rule."""

    case: Case
    auditor: User


@dataclass(frozen=True)
class Freeing:
    """The blocking cases and auditors, and what would help."""

    cases: list[Blocked]
    auditors: list[User]
    pairs: list[OnlyTheTeamRule]

    @property
    def left_over(self) -> list[Blocked]:
        """The cases that nobody got."""
        return [each for each in self.cases if each.got_by is None]


def freeing(draw: Draw, read: Proposal, *, today: date) -> Freeing | None:
    """What blocks a draw and what would free it; None where nothing is missing because of conflicts. Three queries.

    The pairs are those of a case nobody got and an auditor with a place left between whom nothing stands but the team
    rule, and who does not manage the team that holds the case. Cases that an override gives out are no longer named.
    """
    shortfall = read.shortfall
    if shortfall is None or not (shortfall.blocking_cases or shortfall.lots_unplaced):
        return None
    freed = {str(each.case_id) for each in read.overrides_in_force}
    named = dict.fromkeys((*shortfall.lots_unplaced, *shortfall.blocking_cases))
    cases = Case.objects.select_related("team").in_bulk([int(each) for each in named if each not in freed])
    people = {str(load.auditor.pk): load.auditor for load in read.loads}
    got_by = {pair["case_id"]: people[pair["auditor_id"]] for pair in draw.result["pairs"]}
    blocked = [Blocked(cases[int(each)], got_by.get(each)) for each in named if int(each) in cases]
    missing = max(0, shortfall.lost_to_conflicts + len(shortfall.lots_unplaced) - len(freed))
    left = [each.case for each in blocked if each.got_by is None]
    return Freeing(
        cases=blocked,
        auditors=[people[each] for each in shortfall.blocking_auditors if each in people],
        pairs=list(_pairs(draw, left, read.loads, most=min(missing, PAIRS_OFFERED), today=today)),
    )


def _pairs(draw: Draw, cases: list[Case], loads: list[Load], *, most: int, today: date) -> Iterable[OnlyTheTeamRule]:
    """As many pairs as cases are missing, each for another case, nobody beyond their places."""
    document = frozen_lines.document_of(draw, [str(case.pk) for case in cases[:CASES_TRIED]])
    managers = team_managers_of({case.team_id for case in cases if case.team_id}, today=today)
    room = {load.auditor: load.places - load.drawn - load.by_hand for load in loads}
    offered = 0
    for case in cases[:CASES_TRIED]:
        if offered == most:
            return
        free = (person for person, places in room.items() if places > 0)
        able = next((person for person in free if _team_rule_alone(document, case, person, managers)), None)
        if able is not None:
            offered += 1
            room[able] -= 1
            yield OnlyTheTeamRule(case, able)


def _team_rule_alone(document: Document, case: Case, person: User, managers: Mapping[int, User]) -> bool:
    kinds = document.kept_from(str(case.pk), str(person.pk))
    return bool(kinds) and TEAM_RULE.issuperset(kinds) and managers.get(case.team_id or 0) != person
