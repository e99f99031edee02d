"""What a rule of the access matrix says, and the rules that its pages share.

`sees` says to whom a page exists (anybody else gets 404), `may` who of them gets it (the others 403). Both are a set of
people, or a set for each state of what the page is about; a state that is not named means nobody.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.access.people import (
    ALL,
    CASE_PEOPLE,
    DECIDERS,
    KEEPERS,
    MANAGERS,
    MEETERS,
    MODERATORS,
    NOONE,
    NOTE_READERS,
    OVERSEERS,
    PROGRAMME,
    READERS,
    REQUEST_READERS,
    RISK_READERS,
    SIGNERS,
    STAFF_READERS,
    SWAP_READERS,
    WRITING,
    People,
    Who,
    only,
)
from tests.access.states import AUDIT, SUBMITTED, UNFINISHED

PeopleByState = People | Mapping[str, People]


def in_states(states: tuple[str, ...], people: People) -> dict[str, People]:
    """These people in these states, nobody in any other."""
    return dict.fromkeys(states, people)


@dataclass(frozen=True)
class Rule:
    """To whom a page exists, and who of them gets it."""

    sees: PeopleByState = ALL
    may: PeopleByState = ALL

    def expected(self, who: Who, state: str) -> str:
        """404, 403 or ok."""
        if who not in of_state(self.sees, state):
            return "404"
        return "ok" if who in of_state(self.may, state) else "403"


def of_state(people: PeopleByState, state: str) -> People:
    """Who they are in this state."""
    return people.get(state, NOONE) if isinstance(people, Mapping) else people


NOT_OFFERED = None  # 405, whoever asks and whatever for


@dataclass(frozen=True)
class Page:
    """A row: an address by name, the states it is tried in, and the rules for reading and for posting."""

    name: str
    states: tuple[str, ...]
    get: Rule | None
    post: Rule | None
    given: Mapping[str, str] = field(default_factory=dict)  # parts of the address that the state does not give
    json: Mapping[str, Any] | None = None  # posted instead of an empty form
    public: bool = False  # for those who are not signed in, too

    def expected(self, who: Who, state: str, method: str) -> str:
        """What this person gets: ok, 403, 404, 405, 401, or the sign-in page."""
        rule = self.get if method == "get" else self.post
        if who == Who.NOBODY and not self.public:
            return "sign in"
        if rule is NOT_OFFERED:
            return "405"
        if who == Who.NOBODY:
            return "401" if self.json is not None else "ok"
        return rule.expected(who, state)


ANYBODY = Rule()
READS = Rule(sees=READERS)
WRITES = Rule(sees=READERS, may=in_states(UNFINISHED, WRITING))
RAISES = Rule(sees=READERS, may=in_states(UNFINISHED + SUBMITTED, WRITING))
RAISES_LATE = Rule(sees=READERS, may=in_states(AUDIT, WRITING))  # told beside the text where it is taken back
RISK_READERS_BY_STATE = {"open": RISK_READERS, "acknowledged": RISK_READERS | READERS}  # its audit is submitted
READS_RISK = Rule(sees={f"{state} risk": who for state, who in RISK_READERS_BY_STATE.items()})
ACKNOWLEDGES = Rule(sees=READS_RISK.sees, may=RISK_READERS - WRITING)
WRITES_NOTE = Rule(sees=READERS, may=in_states(UNFINISHED + SUBMITTED, only(Who.AUDITOR)))
READS_NOTE = Rule(sees=NOTE_READERS)
_BACK_AGAIN = in_states(SUBMITTED, only(Who.AUDITOR))  # who comes back, or presses twice, is led on to what happened
CHECKS = Rule(sees=READERS, may={**in_states(UNFINISHED, WRITING), **_BACK_AGAIN})
SUBMITS = Rule(sees=READERS, may={**in_states(UNFINISHED, only(Who.AUDITOR)), **_BACK_AGAIN})
AGREES = Rule(sees=READERS, may=in_states(UNFINISHED, only(Who.SUPERVISOR)))
READS_SUBMITTED = Rule(sees=READERS, may=_BACK_AGAIN)
RECORDS_SHARING = Rule(sees=READERS, may=in_states(SUBMITTED, only(Who.AUDITOR, Who.PSW)))
TAKES_BACK = Rule(sees=READERS, may=PROGRAMME)
READS_DOCUMENT = Rule(sees=READERS, may=in_states(UNFINISHED, WRITING) | in_states(SUBMITTED, READERS))
READS_PART_B = Rule(sees=READERS, may=in_states(SUBMITTED, READERS))
SIGNS_PART_B = Rule(sees=READERS, may={"with_team": SIGNERS})
MODERATES = Rule(sees=READERS, may=in_states(("with_team", "actions"), MODERATORS))  # the closed one is moderated
READS_ACTION = Rule(sees=in_states(SUBMITTED, READERS | {Who.OWNER}))
COMPLETES = Rule(
    sees=in_states(SUBMITTED, READERS | {Who.OWNER}),
    may=in_states(("with_team", "actions"), MANAGERS | {Who.OWNER}),
)
KEEPS = Rule(may=KEEPERS)
RUNS = Rule(may=PROGRAMME)
READS_DRAW = Rule(
    sees={"proposed month": ALL - OVERSEERS, "published draw": ALL},
    may={"proposed month": PROGRAMME, "published draw": PROGRAMME | OVERSEERS},
)
STAFF_FILE = Rule(sees={"staff file": KEEPERS})
CASE_FILE = Rule(sees={"case file": KEEPERS})
READS_CASE = Rule(sees={"case": CASE_PEOPLE, "restricted case": KEEPERS})
READS_REPORT = Rule(sees={"draft report": PROGRAMME, "published report": ALL})
WRITES_REPORT = Rule(sees={"draft report": PROGRAMME, "published report": ALL}, may=PROGRAMME)
ASKS = Rule(sees=READERS, may=in_states(UNFINISHED, only(Who.AUDITOR)))
READS_REQUEST = Rule(sees=REQUEST_READERS)
ANSWERS_REQUEST = Rule(sees=REQUEST_READERS, may=REQUEST_READERS - {Who.AUDITOR})  # a page says where it is too late
TAKES_BACK_REQUEST = Rule(sees=REQUEST_READERS, may=only(Who.AUDITOR))
READS_SWAP = Rule(sees=SWAP_READERS)
ANSWERS_SWAP = Rule(sees=SWAP_READERS, may=only(Who.PRACTITIONER))  # a message says where it is too late
TAKES_BACK_SWAP = Rule(sees=SWAP_READERS, may=only(Who.AUDITOR))
SEES_PERSON = {"oneself": ALL, "somebody else": STAFF_READERS}
KEEPS_ABSENCES = Rule(sees=SEES_PERSON, may={"oneself": ALL, "somebody else": KEEPERS})
HOLDS_CASE = Rule(sees={"case": CASE_PEOPLE, "restricted case": KEEPERS}, may=PROGRAMME)
SEES_COMPETENCY = {
    "learning": DECIDERS | {Who.AUDITOR, Who.NAMED_MANAGER},  # the learner and the supervisor
    "signed off": DECIDERS | {Who.NAMED_MANAGER},
    "withdrawn competency": DECIDERS | {Who.IRO},
}
SIGNS_UP = Rule(may=PROGRAMME | {Who.DIRECTOR})
EVALUATES = Rule(sees=SEES_COMPETENCY, may=only(Who.HEAD, Who.OTHER_HEAD))
SIGNS_OFF = Rule(sees=SEES_COMPETENCY, may=only(Who.DIRECTOR))
CHANGES_COMPETENCY = Rule(sees=SEES_COMPETENCY, may=PROGRAMME | {Who.DIRECTOR})
READS_MEETING = Rule(sees=MEETERS)
ANSWERS_IN_TIME = Rule(  # nothing is left to answer for the worker who agreed
    sees=MEETERS,
    may={"offered meeting": MEETERS - {Who.AUDITOR}, "agreed meeting": MEETERS - {Who.AUDITOR, Who.WORKER}},
)
MOVES_MEETING = Rule(sees=MEETERS, may=only(Who.WORKER))
MOVES_IN_TIME = Rule(sees=MEETERS, may={"agreed meeting": only(Who.WORKER)})
READS_CALENDAR = Rule(sees={"agreed meeting": MEETERS})
SEES_BOOKING = Rule(  # the worker is led to the invitation while there is one
    sees=READERS, may={**in_states(AUDIT, WRITING), **in_states(UNFINISHED, WRITING | {Who.WORKER})}
)
