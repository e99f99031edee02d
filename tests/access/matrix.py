"""Who gets what from every page: page × role × relation × state, as a table. The tests read nothing else.

`sees` says to whom a page exists (anybody else gets 404), `may` who of them gets it (the others 403). Both are a set of
people, or a set for each state of what the page is about; a state that is not named means nobody.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from people.roles import JobRole as Role


class Who(StrEnum):
    """The people of the matrix, named for what they are to the audits. Each is one account in tests/access/world.py."""

    NOBODY = "somebody who is not signed in"
    PSW = "the principal social worker"
    DIRECTOR = "the assistant director"
    HEAD = "the head of the case's service"
    OTHER_HEAD = "the head of another service"
    SERVICE_MANAGER = "the service manager of the case's service"
    LINE_MANAGER = "the auditor's line manager, of another service"
    NAMED_MANAGER = "the team manager at allocation, of another team since"
    TEAM_MANAGER = "the team manager now"
    DEPUTY = "the deputy of the same team"
    OTHER_MANAGER = "the manager of another team of the same service"
    AUDITOR = "the auditor, manager of a team of another service"
    SUPERVISOR = "a consultant social worker of the auditor's team who supervises the auditor"
    WORKER = "the worker"
    COLLEAGUE = "a social worker of the same team"
    OWNER = "a support worker of the same team who owns the action"
    OWN_PRACTITIONER = "an advanced practitioner of the same team"
    PRACTITIONER = "an advanced practitioner of another team"
    CONSULTANT = "a consultant social worker of the auditor's team"
    LEAD = "a lead practitioner of the auditor's team"
    STRANGER = "a social worker of the auditor's team"
    IRO = "an independent reviewing officer"
    CHAIR = "the child protection chair of the case"
    QA = "a quality assurance officer"
    ADMIN = "an administrator"


ROLE: dict[Who, Role] = {
    Who.PSW: Role.PRINCIPAL_SOCIAL_WORKER,
    Who.DIRECTOR: Role.ASSISTANT_DIRECTOR,
    Who.HEAD: Role.HEAD_OF_SERVICE,
    Who.OTHER_HEAD: Role.HEAD_OF_SERVICE,
    Who.SERVICE_MANAGER: Role.SERVICE_MANAGER,
    Who.LINE_MANAGER: Role.SERVICE_MANAGER,
    Who.NAMED_MANAGER: Role.TEAM_MANAGER,
    Who.TEAM_MANAGER: Role.TEAM_MANAGER,
    Who.DEPUTY: Role.DEPUTY_TEAM_MANAGER,
    Who.OTHER_MANAGER: Role.TEAM_MANAGER,
    Who.AUDITOR: Role.TEAM_MANAGER,
    Who.SUPERVISOR: Role.CONSULTANT_SOCIAL_WORKER,
    Who.WORKER: Role.SOCIAL_WORKER,
    Who.COLLEAGUE: Role.SOCIAL_WORKER,
    Who.OWNER: Role.SUPPORT_WORKER,
    Who.OWN_PRACTITIONER: Role.ADVANCED_PRACTITIONER,
    Who.PRACTITIONER: Role.ADVANCED_PRACTITIONER,
    Who.CONSULTANT: Role.CONSULTANT_SOCIAL_WORKER,
    Who.LEAD: Role.LEAD_PRACTITIONER,
    Who.STRANGER: Role.SOCIAL_WORKER,
    Who.IRO: Role.IRO,
    Who.CHAIR: Role.CP_CHAIR,
    Who.QA: Role.QA_OFFICER,
    Who.ADMIN: Role.ADMINISTRATOR,
}

People = frozenset[Who]
ALL: People = frozenset(Who) - {Who.NOBODY}  # everybody who is signed in
NOONE: People = frozenset()


def only(*people: Who) -> People:
    """Just these."""
    return frozenset(people)


# ------------------------------------------------------------------ states: what a page is about
PLAIN = ("",)
UNFINISHED = ("allocated", "in_progress")
SUBMITTED = ("with_team", "actions", "closed")
SET_ASIDE = ("exempt", "withdrawn")
AUDIT = (*UNFINISHED, *SUBMITTED, *SET_ASIDE)
WITH_ACTION = AUDIT[1:]  # the first action begins an audit
CASE = ("case", "restricted case")
REPORT = ("draft report", "published report")
MONTH = ("open month", "proposed month", "published month", "paused month")
DRAW = ("proposed month", "published draw")
FILE = ("staff file", "case file")
COMPETENCY = ("learning", "signed off", "withdrawn competency")
REQUEST = ("request to the line manager", "request to the programme", "settled request")
RISK = ("open risk", "acknowledged risk")  # of the audits in progress and with the team
DRAFT = ("draft of a template",)
MEETING = ("offered meeting", "agreed meeting")  # about the first two audits
SWAP = ("swap",)  # asked by the auditor of the practitioner

# ------------------------------------------------------------------ groups of people
READERS = only(  # to whom an audit exists
    Who.PSW, Who.DIRECTOR, Who.HEAD, Who.SERVICE_MANAGER, Who.NAMED_MANAGER, Who.TEAM_MANAGER, Who.DEPUTY, Who.AUDITOR,
    Who.SUPERVISOR, Who.WORKER, Who.OWN_PRACTITIONER, Who.PRACTITIONER, Who.QA,
)  # fmt: skip
WRITING = only(Who.AUDITOR, Who.SUPERVISOR)  # who may read an audit that is still being written, and write in it
MANAGERS = only(Who.NAMED_MANAGER, Who.TEAM_MANAGER, Who.DEPUTY)
SIGNERS = MANAGERS | {Who.WORKER}
MODERATORS = only(Who.PRACTITIONER, Who.QA)
PROGRAMME = only(Who.PSW)
KEEPERS = only(Who.PSW, Who.ADMIN)  # of people and cases
CASE_PEOPLE = KEEPERS | {Who.WORKER, Who.TEAM_MANAGER, Who.DEPUTY}
SENIORS = only(Who.DIRECTOR, Who.HEAD, Who.OTHER_HEAD, Who.SERVICE_MANAGER, Who.LINE_MANAGER)
OVERSEERS = only(Who.DIRECTOR, Who.HEAD, Who.OTHER_HEAD, Who.QA)  # they check how the cases were drawn
STAFF_READERS = KEEPERS | SENIORS | {Who.QA}
DASHBOARD = PROGRAMME | SENIORS | MANAGERS | {Who.QA, Who.OTHER_MANAGER, Who.AUDITOR}
DECIDERS = only(Who.PSW, Who.DIRECTOR, Who.HEAD, Who.OTHER_HEAD)  # about competency
MAIL_READERS = only(Who.PSW, Who.QA)
RISK_READERS = PROGRAMME | only(Who.TEAM_MANAGER, Who.SERVICE_MANAGER, Who.HEAD, Who.AUDITOR, Who.SUPERVISOR)
NOTE_READERS = only(Who.AUDITOR, Who.WORKER, Who.TEAM_MANAGER)  # the last one as the worker's line manager
MEETERS = WRITING | {Who.WORKER, Who.COLLEAGUE}  # the last one as co-worker, who is asked along
REQUEST_READERS = PROGRAMME | only(Who.AUDITOR, Who.LINE_MANAGER)
SWAP_READERS = PROGRAMME | only(Who.AUDITOR, Who.PRACTITIONER)

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
        if who not in _of_state(self.sees, state):
            return "404"
        return "ok" if who in _of_state(self.may, state) else "403"


def _of_state(people: PeopleByState, state: str) -> People:
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
ANSWERS_MEETING = Rule(sees=MEETERS, may=MEETERS - {Who.AUDITOR})
MOVES_MEETING = Rule(sees=MEETERS, may=only(Who.WORKER))
READS_CALENDAR = Rule(sees={"agreed meeting": MEETERS})
SEES_BOOKING = Rule(  # the worker is led to the invitation while there is one
    sees=READERS, may={**in_states(AUDIT, WRITING), **in_states(UNFINISHED, WRITING | {Who.WORKER})}
)
CORE_VERSION = {"code": "core-case-file", "number": "1"}
SECTION = "s1"  # the section whose text holds a secret
EMPTY_PAGE: dict[str, Any] = {"base_revision": 0, "content": {}}

PAGES: tuple[Page, ...] = (
    # page                                   states         reading            posting
    # signing in, and what everybody may read
    Page("account_login",                    PLAIN,         ANYBODY,           ANYBODY,       public=True),
    Page("account_logout",                   PLAIN,         ANYBODY,           ANYBODY,       public=True),
    Page("account_signup",                   PLAIN,         ANYBODY,           ANYBODY,       public=True),
    Page("account_inactive",                 PLAIN,         ANYBODY,           NOT_OFFERED,   public=True),
    Page("account_reset_password",           PLAIN,         ANYBODY,           ANYBODY,       public=True),
    Page("account_reset_password_done",      PLAIN,         ANYBODY,           NOT_OFFERED,   public=True),
    Page("account_reset_password_from_key",  PLAIN,         ANYBODY,           ANYBODY,       public=True,
         given={"uidb36": "1", "key": "no-such-key"}),
    Page("account_reset_password_from_key_done", PLAIN,     ANYBODY,           NOT_OFFERED,   public=True),
    Page("account_change_password",          PLAIN,         ANYBODY,           ANYBODY),
    Page("account_reauthenticate",           PLAIN,         ANYBODY,           ANYBODY),
    Page("health",                           PLAIN,         ANYBODY,           ANYBODY,       public=True),
    Page("accessibility",                    PLAIN,         ANYBODY,           ANYBODY,       public=True),
    # home, dashboards and reports
    Page("home",                             PLAIN,         ANYBODY,           NOT_OFFERED),
    Page("reporting:dashboard",              PLAIN,         Rule(may=DASHBOARD), NOT_OFFERED),
    Page("reporting:reports",                PLAIN,         ANYBODY,           NOT_OFFERED),
    Page("reporting:new_report",             PLAIN,         RUNS,              RUNS),
    Page("reporting:report",                 REPORT,        READS_REPORT,      NOT_OFFERED),
    Page("reporting:report_pdf",             REPORT,        READS_REPORT,      NOT_OFFERED),
    Page("reporting:report_progress",        REPORT,        WRITES_REPORT,     NOT_OFFERED),
    Page("reporting:edit_report",            REPORT,        WRITES_REPORT,     WRITES_REPORT),
    Page("reporting:build_report",           REPORT,        NOT_OFFERED,       WRITES_REPORT),
    Page("reporting:publish_report",         REPORT,        WRITES_REPORT,     WRITES_REPORT),
    # people, mail and activity
    Page("people:list",                      PLAIN,         Rule(may=STAFF_READERS), NOT_OFFERED),
    Page("people:detail",  ("oneself", "somebody else"), Rule(sees={"oneself": ALL, "somebody else": STAFF_READERS}),
         NOT_OFFERED),
    Page("people:add_absence", ("oneself", "somebody else"), KEEPS_ABSENCES,   KEEPS_ABSENCES),
    Page("people:remove_absence",            ("absence",),  NOT_OFFERED,       Rule(sees=STAFF_READERS, may=KEEPERS)),
    Page("people:auditing", ("oneself", "somebody else"), Rule(sees=SEES_PERSON, may=KEEPERS),
         Rule(sees=SEES_PERSON, may=KEEPERS)),
    Page("people:leaves", ("oneself", "somebody else"), Rule(sees=SEES_PERSON, may=KEEPERS),
         Rule(sees=SEES_PERSON, may=KEEPERS)),
    Page("people:stays",                     ("somebody else",), NOT_OFFERED,  Rule(sees=STAFF_READERS, may=KEEPERS)),
    Page("people:add_person",                PLAIN,         KEEPS,             KEEPS),
    Page("people:import_staff",              PLAIN,         KEEPS,             KEEPS),
    Page("people:import_preview",            FILE,          STAFF_FILE,        STAFF_FILE),
    Page("people:import_columns",            FILE,          STAFF_FILE,        STAFF_FILE),
    Page("people:mail",                      PLAIN,         Rule(may=MAIL_READERS), NOT_OFFERED),
    Page("people:mail_detail", ("mail", "password mail"), Rule(sees=MAIL_READERS), NOT_OFFERED),
    Page("people:activity",                  PLAIN,         RUNS,              NOT_OFFERED),
    # cases
    Page("audits:cases",                     PLAIN,         KEEPS,             NOT_OFFERED),
    Page("audits:case",                      CASE,          READS_CASE,        NOT_OFFERED),
    Page("audits:import_cases",              PLAIN,         KEEPS,             KEEPS),
    Page("audits:import_preview",            FILE,          CASE_FILE,         CASE_FILE),
    Page("audits:import_columns",            FILE,          CASE_FILE,         CASE_FILE),
    # templates
    Page("audits:templates",                 PLAIN,         ANYBODY,           NOT_OFFERED),
    Page("audits:template",                  PLAIN,         ANYBODY,           NOT_OFFERED,
         given={"code": "core-case-file", "number": "1"}),
    Page("audits:before_you_meet",           PLAIN,         ANYBODY,           NOT_OFFERED,   CORE_VERSION),
    # templates: made by those who run the programme
    Page("audits:new_template",              PLAIN,         RUNS,              RUNS),
    Page("audits:import_template",           PLAIN,         RUNS,              RUNS),
    Page("audits:example_workbook",          PLAIN,         RUNS,              NOT_OFFERED),
    Page("audits:next_version",              PLAIN,         NOT_OFFERED,       RUNS,          CORE_VERSION),
    Page("audits:template_workbook",         PLAIN,         RUNS,              NOT_OFFERED,   CORE_VERSION),
    Page("audits:compare_versions",          ("two versions",), RUNS,          NOT_OFFERED),
    Page("audits:retire_version",            PLAIN,         RUNS,              RUNS,          CORE_VERSION),
    Page("audits:bring_back_version",        PLAIN,         NOT_OFFERED,       RUNS,          CORE_VERSION),
    Page("audits:template_draft",            DRAFT,         RUNS,              RUNS),
    Page("audits:draft_details",             DRAFT,         RUNS,              RUNS),
    Page("audits:draft_section",             DRAFT,         RUNS,              RUNS),
    Page("audits:draft_area",                DRAFT,         RUNS,              RUNS),
    Page("audits:draft_questions",           DRAFT,         RUNS,              RUNS),
    Page("audits:preview_draft",             DRAFT,         RUNS,              NOT_OFFERED),
    Page("audits:preview_section",           DRAFT,         RUNS,              NOT_OFFERED),
    Page("audits:compare_draft",             DRAFT,         RUNS,              NOT_OFFERED),
    Page("audits:publish_draft",             DRAFT,         RUNS,              RUNS),
    Page("audits:discard_draft",             DRAFT,         RUNS,              RUNS),
    Page("audits:draft_workbook",            DRAFT,         RUNS,              NOT_OFFERED),
    Page("audits:scales",                    PLAIN,         RUNS,              NOT_OFFERED),
    Page("audits:new_scale",                 PLAIN,         RUNS,              RUNS),
    Page("audits:scale",                     PLAIN,         RUNS,              RUNS,          {"code": "ofsted-4"}),
    Page("audits:remove_scale",              PLAIN,         NOT_OFFERED,       RUNS,          {"code": "ofsted-4"}),
    # audits: the list, reading
    Page("audits:list",                      PLAIN,         ANYBODY,           NOT_OFFERED),
    Page("audits:detail",                    AUDIT,         READS,             NOT_OFFERED),
    # audits: filling in
    Page("audits:tasks",                     AUDIT,         WRITES,            NOT_OFFERED),
    Page("audits:page",                      AUDIT,         WRITES,            WRITES,        {"page": "overview"}),
    Page("audits:page",                      AUDIT,         WRITES,            WRITES,        {"page": SECTION}),
    Page("audits:page",                      AUDIT,         WRITES,            WRITES,        {"page": "theme"}),
    Page("audits:page",                      AUDIT,         WRITES,            WRITES,        {"page": "overall"}),
    Page("audits:page",                      AUDIT,         WRITES,            WRITES,        {"page": "timescales"}),
    Page("audits:timescale_hints",           AUDIT,         NOT_OFFERED,       WRITES),
    Page("audits:save_page",                 AUDIT,         NOT_OFFERED,       WRITES,        {"page": "s2"},
         json=EMPTY_PAGE, public=True),
    Page("audits:versions",                  AUDIT,         WRITES,            NOT_OFFERED,   {"page": SECTION}),
    Page("audits:bring_back",                WITH_ACTION,   WRITES,            WRITES,
         {"page": SECTION, "kind": "saved"}),
    Page("audits:writer",                    PLAIN,         ANYBODY,           NOT_OFFERED,
         json=EMPTY_PAGE, public=True),
    Page("audits:smart_actions",             AUDIT,         WRITES,            WRITES),
    Page("audits:change_action",             WITH_ACTION,   WRITES,            WRITES),
    Page("audits:remove_action",             WITH_ACTION,   WRITES,            WRITES),
    Page("audits:check_action",              AUDIT,         NOT_OFFERED,       WRITES),
    Page("audits:learning",                  AUDIT,         WRITES,            WRITES),
    Page("audits:change_learning",           WITH_ACTION,   WRITES,            WRITES),
    Page("audits:remove_learning",           WITH_ACTION,   WRITES,            WRITES),
    Page("audits:check",                     AUDIT,         CHECKS,            SUBMITS),
    Page("audits:submit_urgent",             AUDIT,         SUBMITS,           SUBMITS),
    Page("audits:ask_agreement",             AUDIT,         NOT_OFFERED,       ASKS),
    Page("audits:agree",                     AUDIT,         NOT_OFFERED,       AGREES),
    Page("audits:not_yet",                   AUDIT,         NOT_OFFERED,       AGREES),
    Page("audits:fresh_judgement",           AUDIT,         WRITES,            NOT_OFFERED),
    Page("audits:submitted",                 AUDIT,         READS_SUBMITTED,   NOT_OFFERED),
    Page("audits:sharing",                   AUDIT,         READS,             RECORDS_SHARING),
    # the meeting with the worker
    Page("audits:page",                      AUDIT,         WRITES,            WRITES,        {"page": "meeting"}),
    Page("audits:page",                      AUDIT,         WRITES,            WRITES,        {"page": "child"}),
    Page("audits:meetings",                  AUDIT,         SEES_BOOKING,      NOT_OFFERED),
    Page("audits:book_meeting",              AUDIT,         ASKS,              ASKS),
    Page("audits:call_off_meeting",          AUDIT,         ASKS,              ASKS),
    Page("audits:meeting",                   MEETING,       READS_MEETING,     ANSWERS_MEETING),
    Page("audits:move_meeting",              MEETING,       MOVES_MEETING,     MOVES_MEETING),
    Page("audits:meeting_calendar",          MEETING,       READS_CALENDAR,    NOT_OFFERED),
    # children at risk, private notes
    Page("audits:raise_risk",                AUDIT,         RAISES,            RAISES),
    Page("audits:risks",                     PLAIN,         ANYBODY,           NOT_OFFERED),
    Page("audits:risk",                      RISK,          READS_RISK,        ACKNOWLEDGES),
    Page("audits:write_note",                AUDIT,         WRITES_NOTE,       WRITES_NOTE),
    Page("audits:development_notes",         PLAIN,         ANYBODY,           NOT_OFFERED),
    Page("audits:development_note",          ("note",),     READS_NOTE,        NOT_OFFERED),
    # audits: afterwards
    Page("audits:part_b",                    AUDIT,         READS_PART_B,      SIGNS_PART_B),
    Page("reporting:audit_pdf",              AUDIT,         READS_DOCUMENT,    NOT_OFFERED),
    Page("reporting:audit_word",             AUDIT,         READS_DOCUMENT,    NOT_OFFERED),
    Page("audits:moderate",                  AUDIT,         MODERATES,         MODERATES),
    Page("audits:actions",                   PLAIN,         ANYBODY,           NOT_OFFERED),
    Page("audits:action",                    WITH_ACTION,   READS_ACTION,      COMPLETES),
    # timescales
    Page("audits:timescales",                PLAIN,         ANYBODY,           RUNS),
    Page("audits:new_timescale",             PLAIN,         RUNS,              RUNS),
    Page("audits:timescale",                 PLAIN,         ANYBODY,           RUNS,          {"code": "cp-visit"}),
    Page("audits:remove_timescale",          PLAIN,         NOT_OFFERED,       RUNS,          {"code": "cp-visit"}),
    # months and draws
    Page("allocation:cycles",                PLAIN,         RUNS,              NOT_OFFERED),
    Page("allocation:open_cycle",            PLAIN,         RUNS,              RUNS),
    Page("allocation:pause",                 PLAIN,         RUNS,              RUNS),
    Page("allocation:cycle",                 MONTH,         RUNS,              NOT_OFFERED),
    Page("allocation:draw",                  MONTH,         RUNS,              RUNS),
    Page("allocation:draw_detail",           DRAW,          READS_DRAW,        NOT_OFFERED),
    Page("allocation:draw_inputs",           DRAW,          RUNS,              NOT_OFFERED),
    Page("allocation:draw_cases",            DRAW,          READS_DRAW,        NOT_OFFERED),
    Page("allocation:why_case",              ("case of a draw",), RUNS,        NOT_OFFERED),
    Page("allocation:why_auditor",           ("auditor of a draw",), RUNS,     NOT_OFFERED),
    Page("allocation:take_back_override",    ("override",), RUNS,              RUNS),
    Page("reporting:draw_certificate",       DRAW,          READS_DRAW,        NOT_OFFERED),
    Page("allocation:publish",               MONTH,         RUNS,              RUNS),
    Page("allocation:why_not",               MONTH,         RUNS,              NOT_OFFERED),
    Page("allocation:override",              MONTH,         RUNS,              RUNS),
    Page("allocation:close",                 MONTH,         RUNS,              RUNS),
    Page("allocation:late",                  PLAIN,         ANYBODY,           NOT_OFFERED),
    # who audits, cases kept out, competency
    Page("allocation:rota",                  MONTH,         RUNS,              RUNS),
    Page("allocation:holds",                 PLAIN,         RUNS,              NOT_OFFERED),
    Page("allocation:end_hold",              ("hold",),     RUNS,              RUNS),
    Page("allocation:hold_case",             CASE,          HOLDS_CASE,        HOLDS_CASE),
    Page("allocation:competency",            PLAIN,         Rule(may=DECIDERS), NOT_OFFERED),
    Page("allocation:begin_learning",        PLAIN,         SIGNS_UP,          SIGNS_UP,    {"code": "core-case-file"}),
    Page("allocation:signed_off_before",     PLAIN,         SIGNS_UP,          SIGNS_UP,    {"code": "core-case-file"}),
    Page("allocation:competency_record",     COMPETENCY,    Rule(sees=SEES_COMPETENCY), NOT_OFFERED),
    Page("allocation:evaluate",              COMPETENCY,    EVALUATES,         EVALUATES),
    Page("allocation:sign_off",              COMPETENCY,    SIGNS_OFF,         SIGNS_OFF),
    Page("allocation:supervise",             COMPETENCY,    CHANGES_COMPETENCY, CHANGES_COMPETENCY),
    Page("allocation:withdraw_auditor",      COMPETENCY,    CHANGES_COMPETENCY, CHANGES_COMPETENCY),
    # setting months up, themes, rules, days off
    Page("allocation:change_month",          MONTH,         RUNS,              RUNS),
    Page("allocation:choose_cases",          MONTH,         RUNS,              RUNS),
    Page("allocation:choose_questions",      MONTH,         RUNS,              RUNS),
    Page("allocation:choose_spread",         MONTH,         RUNS,              RUNS),
    Page("allocation:choose_numbers",        MONTH,         RUNS,              RUNS,          {"by": "service"}),
    Page("allocation:choose_fairness",       MONTH,         RUNS,              RUNS),
    Page("allocation:save_theme",            MONTH,         RUNS,              RUNS),
    Page("allocation:themes",                PLAIN,         RUNS,              NOT_OFFERED),
    Page("allocation:new_theme",             PLAIN,         RUNS,              RUNS),
    Page("allocation:theme",                 ("theme",),    RUNS,              RUNS),
    Page("allocation:retire_theme",          ("theme",),    NOT_OFFERED,       RUNS),
    Page("allocation:use_theme_again",       ("theme",),    NOT_OFFERED,       RUNS),
    Page("allocation:rules",                 PLAIN,         RUNS,              RUNS),
    Page("people:holidays",                  PLAIN,         KEEPS,             KEEPS),
    Page("people:remove_closure",            PLAIN,         KEEPS,             KEEPS),
    # requests for more time or an exemption
    Page("allocation:requests",              PLAIN,         ANYBODY,           NOT_OFFERED),
    Page("allocation:ask",                   AUDIT,         ASKS,              ASKS),
    Page("allocation:request",               REQUEST,       READS_REQUEST,     ANSWERS_REQUEST),
    Page("allocation:take_back_request",     REQUEST,       NOT_OFFERED,       TAKES_BACK_REQUEST),
    # swaps and replacements
    Page("allocation:swap_audit",            AUDIT,         ASKS,              ASKS),
    Page("allocation:swap",                  SWAP,          READS_SWAP,        NOT_OFFERED),
    Page("allocation:accept_swap",           SWAP,          NOT_OFFERED,       ANSWERS_SWAP),
    Page("allocation:decline_swap",          SWAP,          NOT_OFFERED,       ANSWERS_SWAP),
    Page("allocation:take_back_swap",        SWAP,          NOT_OFFERED,       TAKES_BACK_SWAP),
    Page("allocation:take_back",             AUDIT,         TAKES_BACK,        TAKES_BACK,    {"step": "withdraw"}),
    Page("allocation:take_back",             AUDIT,         TAKES_BACK,        TAKES_BACK,    {"step": "exempt"}),
    Page("allocation:replace",               AUDIT,         TAKES_BACK,        TAKES_BACK),
    Page("allocation:give_again",            AUDIT,         TAKES_BACK,        TAKES_BACK),
    Page("allocation:leave_it",              AUDIT,         NOT_OFFERED,       TAKES_BACK),
    Page("allocation:changes",               MONTH,         RUNS,              NOT_OFFERED),
)  # fmt: skip

# ------------------------------------------------------------------ what is written somewhere, and whose eyes it is for
# Each is a text that occurs nowhere else (tests/access/world.py), one for every state of what it is written in.
SECRETS: dict[str, PeopleByState] = {
    "answers": in_states(UNFINISHED, WRITING) | in_states(SUBMITTED, READERS),
    "action": in_states(UNFINISHED, WRITING) | in_states(SUBMITTED, READERS | {Who.OWNER}),
    "learning": in_states(UNFINISHED, WRITING) | in_states(SUBMITTED, READERS),
    "risk": RISK_READERS_BY_STATE,
    "note": {"development": NOTE_READERS},
    "part_b": in_states(SUBMITTED, READERS),
    "moderation": in_states(SUBMITTED, READERS),
    "child": in_states((*AUDIT, "case"), CASE_PEOPLE | WRITING) | {"restricted_case": KEEPERS},
    # to those who check a published draw the references in its pool, of cases being or lately audited none
    "case": in_states(AUDIT, READERS | KEEPERS)
    | in_states(SET_ASIDE, READERS | KEEPERS | OVERSEERS)
    | dict.fromkeys(UNFINISHED, READERS | KEEPERS | {Who.COLLEAGUE})
    | {"case": CASE_PEOPLE | OVERSEERS, "restricted_case": KEEPERS},
    "draft": {"report": PROGRAMME},
    "row": {"file": KEEPERS},
    "password": {"mail": NOONE},
    "absence": {"somebody": KEEPERS},  # why somebody is away
    "hold": {"restricted_case": PROGRAMME},  # why a case is kept out
    "evaluation": {"learning": DECIDERS | {Who.AUDITOR, Who.NAMED_MANAGER}},
    # not secret in itself; the first audit is late, which is the line manager's business
    "reference": in_states(UNFINISHED + SET_ASIDE, READERS)
    | in_states(SUBMITTED, READERS | {Who.OWNER})
    | {"allocated": READERS | {Who.LINE_MANAGER, Who.COLLEAGUE}}
    | {"in_progress": READERS | {Who.LINE_MANAGER, Who.COLLEAGUE}},  # asked about; asked along
    "request": dict.fromkeys(("waiting", "programme", "settled"), REQUEST_READERS),
    "swap": {"asked": SWAP_READERS},  # the message that goes with it
    "meeting": dict.fromkeys(("offered", "agreed"), MEETERS),  # the message that goes with it
    "answer": {"offered": WRITING},  # what somebody who is invited says to it
    "moved": {"earlier": WRITING},  # why the meeting before was moved
}


def may_read(who: Who, secret: str, state: str) -> bool:
    """Whether a text is for this person's eyes."""
    return who in _of_state(SECRETS[secret], state)
