"""One page to take to supervision: an audit's findings and actions in short, room for notes, signatures (S2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string

from audits.after.dispute_findings import Finding, findings_of
from audits.after.grade_changes import OVERALL
from audits.answering import contents_of
from audits.models import Audit, SmartAction
from audits.pages import case_of, is_adult
from reporting.draw_certificate import NoPdfError
from reporting.letters import drawable

MORE = " … in the portal"
QUESTIONS = (
    "What do the findings say about how this {person} lives, and what {person_s} want to be different?",
    "What do we see differently, and what would show it?",
    "What stands in the way of the actions, and who helps with it?",
)


@dataclass(frozen=True)
class Room:
    """How much of everything is shown: letters of a text, and rows."""

    letters: int
    findings: int
    actions: int


MOST_LINES = 48  # of findings and actions on a page, roughly
# From a page that shows nearly all to one that fits whatever was written; the first that is one page is printed.
ROOMS = (
    Room(600, 12, 12),
    Room(320, 12, 12),
    Room(200, 12, 12),
    Room(130, 12, 12),
    Room(90, 10, 12),
    Room(60, 8, 12),
    Room(34, 6, 12),
    Room(24, 3, 6),
    Room(12, 1, 2),
)


def file_name(reference: str) -> str:
    """The audit's reference and nothing about the child."""
    return f"supervision-sheet-{reference}.pdf"


def sheet_pdf(audit: Audit, *, today: date) -> bytes:
    """The sheet as a tagged PDF of exactly one page. Raises NoPdfError where the machine cannot make one."""
    # Here and not above: without Pango on the machine only this may fail, not every page.
    try:
        from reporting import pdf
    except OSError as error:
        raise NoPdfError("The PDF library needs Pango (libpango-1.0-0 and libpangoft2-1.0-0): install it.") from error
    context = _context(audit, today=today)
    for room in (each for each in ROOMS if _lines(context, each) <= MOST_LINES or each is ROOMS[-1]):
        page = _html(context, room)
        if pdf.pages_of(page) == 1:
            return pdf.render(page)
    raise NoPdfError("This audit does not fit on one page. Download it as a Word document.")


def _lines(context: dict[str, Any], room: Room) -> int:
    """About how many lines findings and actions would take, so that what cannot fit is not set first."""
    overall = context["overall"]
    why = [each.why for each in context["weak"][: room.findings]] + ([overall.why] if overall else [])
    found = sum(1 + min(len(text), room.letters) // 120 for text in why)
    return found + sum(1 + min(len(each.how), room.letters) // 45 for each in context["actions"][: room.actions])


def _context(audit: Audit, *, today: date) -> dict[str, Any]:
    adult = is_adult(audit, today=today)
    person = "young person" if adult else "child"
    name = contents_of(audit).get("overview", {}).get("child_name") or case_of(audit).child_name
    found = findings_of(audit, today=today)
    graded = [each for each in found if each.code != OVERALL]
    return {
        "audit": audit,
        "person": person,
        "child_name": drawable(name),
        "overall": next((each for each in found if each.code == OVERALL), None),
        "weak": [each for each in graded if not _is_good(each)],
        "good": [each for each in graded if _is_good(each)],
        "actions": list(audit.smart_actions.select_related("owner")),
        "questions": [each.format(person=person, person_s="they") for each in QUESTIONS],
        "council_name": settings.COUNCIL_NAME,
        "service_name": settings.SERVICE_NAME,
    }


def _is_good(finding: Finding) -> bool:
    return finding.grade is not None and finding.grade.point.is_good


def _html(context: dict[str, Any], room: Room) -> str:
    weak, actions = context["weak"], context["actions"]
    overall = context["overall"]
    shown = {
        "overall_why": short(overall.why, room.letters) if overall else "",
        "weak": [(each, short(each.why, room.letters)) for each in weak[: room.findings]],
        "weak_more": len(weak[room.findings :]),
        "good_titles": short("; ".join(each.label for each in context["good"]), max(room.letters * 3, 120)),
        "actions": [_action(each, room.letters) for each in actions[: room.actions]],
        "actions_more": len(actions[room.actions :]),
        "density": _density(len(actions[: room.actions]) + len(weak[: room.findings])),
    }
    return render_to_string("pdf/supervision_sheet.html", {**context, **shown})


def _action(action: SmartAction, letters: int) -> dict[str, Any]:
    return {"action": action, "how": short(action.how, letters), "owner": short(action.owner.name, 60)}


def _density(rows: int) -> str:
    """How much room each row leaves for notes."""
    if rows <= 4:
        return "airy"
    return "middle" if rows <= 9 else "dense"


def short(text: str, letters: int) -> str:
    """A text in one paragraph, cut at a word where it is longer; the end says where the rest can be read."""
    one = " ".join(drawable(text).split())
    if len(one) <= letters:
        return one
    cut = one[:letters].rsplit(" ", 1)[0] if " " in one[:letters] else one[:letters]
    return cut.rstrip(" ,;:.") + MORE
