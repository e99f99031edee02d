"""What each job role may do: permissions as one enum, roles as one table."""

from dataclasses import dataclass
from enum import StrEnum

from django.db import models


class Permission(StrEnum):
    """One thing that somebody may do. Which rows they may do it to is `visible_to`'s business."""

    IMPORT_STAFF = "import staff"
    VIEW_STAFF = "view staff"
    IMPORT_CASES = "import cases"
    VIEW_ALL_CASES = "view all cases"
    MANAGE_CYCLES = "open, draw and publish cycles"
    READ_CERTIFICATES = "check how the cases of a published month were drawn"
    VIEW_ALL_AUDITS = "view every audit"
    VIEW_SERVICE_AUDITS = "view the audits of their service"
    VIEW_TEAM_AUDITS = "view the audits of their team"
    AUDIT = "audit cases they are given"
    ANSWER_PART_B_AS_MANAGER = "answer Part B as team manager"
    ANSWER_PART_B_AS_WORKER = "answer Part B as worker"
    EVALUATE_AUDITORS = "say whether a learning auditor is ready"
    SIGN_OFF_AUDITORS = "sign off auditors for the leadership team"
    MODERATE = "moderate audits they had no part in"
    VIEW_MAIL = "see what mail was sent"
    VIEW_ACTIVITY = "see who did what"
    VIEW_DASHBOARD = "see the programme's dashboard"
    WRITE_REPORTS = "write and publish reports"
    READ_REPORTS = "read published reports"


class JobRole(models.TextChoices):
    """Stored by code. The words people see come from the wording file and can be changed by the council."""

    PRINCIPAL_SOCIAL_WORKER = "principal_social_worker", "Principal social worker"
    ASSISTANT_DIRECTOR = "assistant_director", "Assistant director"
    HEAD_OF_SERVICE = "head_of_service", "Head of service"
    SERVICE_MANAGER = "service_manager", "Service manager"
    TEAM_MANAGER = "team_manager", "Team manager"
    DEPUTY_TEAM_MANAGER = "deputy_team_manager", "Deputy team manager"
    IRO = "iro", "Independent reviewing officer"
    CP_CHAIR = "cp_chair", "Child protection chair"
    ADVANCED_PRACTITIONER = "advanced_practitioner", "Advanced practitioner"
    CONSULTANT_SOCIAL_WORKER = "consultant_social_worker", "Consultant social worker"
    SOCIAL_WORKER = "social_worker", "Social worker"
    LEAD_PRACTITIONER = "lead_practitioner", "Family help lead practitioner"
    SUPPORT_WORKER = "support_worker", "Support worker"
    QA_OFFICER = "qa_officer", "Quality assurance officer"
    ADMINISTRATOR = "administrator", "Administrator"


@dataclass(frozen=True)
class Role:
    """A row of the table: a sentence for people, the permissions, and whether the role audits as a rule."""

    sentence: str
    permissions: frozenset[Permission]
    audits: bool = False


P = Permission
_MANAGER = {P.AUDIT, P.VIEW_TEAM_AUDITS, P.ANSWER_PART_B_AS_MANAGER, P.READ_REPORTS}
_SENIOR = {P.AUDIT, P.VIEW_SERVICE_AUDITS, P.VIEW_DASHBOARD, P.READ_REPORTS, P.VIEW_STAFF}
_REVIEWER = {P.AUDIT, P.READ_REPORTS}
_WORKER = {P.ANSWER_PART_B_AS_WORKER, P.READ_REPORTS}

ROLES: dict[str, Role] = {
    JobRole.PRINCIPAL_SOCIAL_WORKER: Role(
        "Runs the audit programme: imports people and cases, draws, follows every audit, writes the report.",
        frozenset(
            {
                P.IMPORT_STAFF,
                P.VIEW_STAFF,
                P.IMPORT_CASES,
                P.VIEW_ALL_CASES,
                P.MANAGE_CYCLES,
                P.READ_CERTIFICATES,
                P.VIEW_ALL_AUDITS,
                P.VIEW_MAIL,
                P.VIEW_ACTIVITY,
                P.VIEW_DASHBOARD,
                P.WRITE_REPORTS,
                P.READ_REPORTS,
            }
        ),
    ),
    JobRole.ASSISTANT_DIRECTOR: Role(
        "Senior management team: sees every audit, the dashboard and the reports; signs off auditors; audits when "
        "given a case.",
        frozenset(
            {
                P.AUDIT,
                P.READ_CERTIFICATES,
                P.VIEW_ALL_AUDITS,
                P.VIEW_DASHBOARD,
                P.READ_REPORTS,
                P.VIEW_STAFF,
                P.SIGN_OFF_AUDITORS,
            }
        ),
        audits=True,
    ),
    JobRole.HEAD_OF_SERVICE: Role(
        "Senior management team: sees the audits of their service, the dashboard and the reports; says whether "
        "learning auditors are ready; audits.",
        frozenset(_SENIOR | {P.EVALUATE_AUDITORS, P.READ_CERTIFICATES}),
        audits=True,
    ),
    JobRole.SERVICE_MANAGER: Role(
        "Sees the audits of their service and the dashboard; audits.",
        frozenset(_SENIOR),
        audits=True,
    ),
    JobRole.TEAM_MANAGER: Role(
        "Sees and answers the audits of their team; audits cases of other teams.",
        frozenset(_MANAGER),
        audits=True,
    ),
    JobRole.DEPUTY_TEAM_MANAGER: Role(
        "Sees and answers the audits of their team; audits cases of other teams.",
        frozenset(_MANAGER),
        audits=True,
    ),
    JobRole.IRO: Role("Audits cases they do not review.", frozenset(_REVIEWER), audits=True),
    JobRole.CP_CHAIR: Role("Audits cases they do not chair.", frozenset(_REVIEWER), audits=True),
    JobRole.ADVANCED_PRACTITIONER: Role(
        "Audits and moderates, and answers Part B for cases they hold.",
        frozenset(_REVIEWER | _WORKER | {P.MODERATE, P.VIEW_ALL_AUDITS}),
        audits=True,
    ),
    JobRole.CONSULTANT_SOCIAL_WORKER: Role("Answers Part B for cases they hold.", frozenset(_WORKER)),
    JobRole.SOCIAL_WORKER: Role("Answers Part B for cases they hold.", frozenset(_WORKER)),
    JobRole.LEAD_PRACTITIONER: Role("Answers Part B for cases they hold.", frozenset(_WORKER)),
    JobRole.SUPPORT_WORKER: Role("Reads the audits of cases they hold.", frozenset(_WORKER)),
    JobRole.QA_OFFICER: Role(
        "Quality assurance: follows and moderates audits, sees the dashboard and the reports.",
        frozenset(
            {
                P.MODERATE,
                P.READ_CERTIFICATES,
                P.VIEW_ALL_AUDITS,
                P.VIEW_DASHBOARD,
                P.READ_REPORTS,
                P.VIEW_STAFF,
                P.VIEW_MAIL,
            }
        ),
    ),
    JobRole.ADMINISTRATOR: Role(
        "Keeps people and cases up to date; sees no audit's content.",
        frozenset({P.IMPORT_STAFF, P.VIEW_STAFF, P.IMPORT_CASES, P.VIEW_ALL_CASES, P.READ_REPORTS}),
    ),
}


def permissions_of(job_role: str) -> frozenset[Permission]:
    """The permissions of a job role by its code; none for a code that is not in the table."""
    role = ROLES.get(job_role)
    return role.permissions if role else frozenset()


def roles_with(permission: Permission) -> list[str]:
    """The codes of the job roles that hold a permission."""
    return [code for code, role in ROLES.items() if permission in role.permissions]


def auditing_roles() -> list[str]:
    """The codes of the job roles whose holders audit as a rule."""
    return [code for code, role in ROLES.items() if role.audits]
