"""The people of the access matrix: who they are to the audits, their job roles, and who of them go together."""

from __future__ import annotations

from enum import StrEnum

from people.roles import JobRole as Role


class Who(StrEnum):
    """People of the matrix, named for what they are to the audits. Each is one account in tests/access/council.py."""

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
