"""Whose case it is and who did the audit: the first parts of the document, and how the meeting came about."""

from __future__ import annotations

from collections.abc import Iterable

from audits.deadlines import london_date
from audits.meeting_reading import relation
from audits.models import Audit, Meeting, MeetingGuest
from audits.pages import ROW_FIELDS, age_of, case_of, chair_name
from audits.plan_words import in_words
from audits.reading import AnsweredPage, Row
from audits.structure import AuditForm
from audits.whole_audit.blocks import Block, Part, day, facts, moment, table
from people.models import User

NONE = "None recorded"


def name_of(person: User | None) -> str:
    """Somebody's name; where there is nobody, the words for it."""
    return person.name if person else NONE


def audit_details(audit: Audit, *, form: AuditForm, others: Iterable[Audit]) -> Part:
    """Who audited what when (003 §1), and which audits of the case came before and after (L6)."""
    before = [other for other in others if other.pk == audit.re_audit_of_id]
    after = [other for other in others if other.pk != audit.re_audit_of_id]
    rows = [
        Row("Reference", audit.reference),
        Row("Month", month(audit)),
        Row("Auditor", name_of(audit.auditor)),
        Row("Auditor’s supervisor", audit.supervisor.name if audit.supervisor else ""),
        Row("Supervisor agreed", moment(audit.supervisor_agreed_at)),
        Row("Date audit completed", moment(audit.submitted_at) or "Draft, not submitted"),
        Row("Due", day(audit.due_on)),
        Row("Part B due", day(audit.part_b_due_on)),
        Row("Closed", moment(audit.closed_at)),
        Row("How the case was chosen", audit.get_selection_display()),
        Row("Time under review", f"{day(audit.window_start)} to {day(audit.window_end)}"),
        Row("Form", f"{form.name}, version {form.number}"),
        *(Row("Re-audit of", f"{other.reference}, {month(other)}") for other in before),
        *(Row("Looked at again in", month(other)) for other in after),
    ]
    return Part("audit", "Audit details", tuple(facts(rows)))


def month(audit: Audit) -> str:
    """E.g. November 2026."""
    return day(audit.month).partition(" ")[2]


def service_details(audit: Audit) -> Part:
    """The people and the team responsible when the audit was allocated (003 §2)."""
    rows = [
        Row("Allocated worker", name_of(audit.worker)),
        Row("Team manager", name_of(audit.team_manager)),
        Row("Team", audit.team.name if audit.team else NONE),
        Row("Service", audit.service.name if audit.service else NONE),
        Row("Child protection chair or IRO", chair_name(audit) or NONE),
    ]
    return Part("service", "Service details", tuple(facts(rows)))


def child_details(audit: Audit, page: AnsweredPage) -> list[Part]:
    """The child (003 §3): what is on record, what was typed, the plan, disability, household and others; the case."""
    case, age = case_of(audit), age_of(audit)
    typed = {row.name: row for row in page.rows}
    overview = typed.pop("overview", Row("", ""))
    name = typed.pop("child_name", Row("", ""))
    disability = [typed.pop(key) for key in list(typed) if key.startswith("disability")]
    rows = [
        Row("Case number", case.reference),
        Row("Full name", name.value or case.child_name),
        Row("Date of birth", day(case.date_of_birth)),
        Row("Age at the end of the time under review", "" if age is None else str(age)),
        *typed.values(),
        Row("Plan when the audit was allocated", audit.plan_label),
        Row("All plans on record", in_words(case.plan, case.plans)),
    ]
    blocks = [*facts(rows), *facts(disability, "Disability"), *_people(page)]
    overview_blocks = facts([overview])
    return [
        Part("child_details", "Child or young person", tuple(blocks)),
        *([Part("overview", "Case overview", tuple(overview_blocks))] if overview_blocks else []),
    ]


def _people(page: AnsweredPage) -> list[Block]:
    heads = tuple(name.capitalize() for name in ROW_FIELDS)
    found: list[Block] = []
    for group in page.people:
        rows = [tuple(person.get(name, "") for name in ROW_FIELDS) for person in group["rows"]]
        found += table(group["title"], heads, rows)
    return found


def meetings(audit: Audit, found: Iterable[Meeting]) -> list[Block]:
    """How the meeting with the worker was arranged (A3): what was agreed, and with whom.

    Where it is held and why it was moved stay out: a door code or somebody's illness is not the child's record. What
    the auditor wrote about it is on the page.
    """
    blocks: list[Block] = []
    for meeting in found:
        guests = ", ".join(_guest(guest, audit) for guest in meeting.guests.all())
        rows = [
            Row("Meeting", meeting.get_state_display()),
            Row("Agreed for", moment(meeting.starts_at)),
            Row("How", meeting.get_how_display()),
            Row("Invited", guests),
        ]
        blocks += facts(rows, f"Meeting arranged {day(london_date(meeting.offered_at))}")
    return blocks


def _guest(guest: MeetingGuest, audit: Audit) -> str:
    return f"{guest.person.name} ({relation(guest, audit)}: {guest.get_answer_display()})"
