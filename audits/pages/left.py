"""What is left to do on a page, in a few words for the task list; and where to go on."""

from __future__ import annotations

from collections.abc import Sequence

from audits.models import Audit
from audits.pages.listed import Child, Content, PageState, Problem
from audits.pages.sections import standards_in_use
from audits.structure import AuditForm, SectionForm

DONE = {"completed", "set_aside"}
LONGEST_REASON = 120  # characters of the auditor's own reason in the list


def left_in_section(section: SectionForm, content: Content, *, form: AuditForm, child: Child, state: str) -> str:
    """Such as “3 of 12 standards, no grade yet”; how many there are before it is begun, the grade once it is done."""
    asked = standards_in_use(section, **child, content=content)
    answered = sum(standard.code in content.get("answers", {}) for standard in asked)
    grade = form.grade(content.get("grade"))
    standards = f"{len(asked)} standard{'' if len(asked) == 1 else 's'}"
    if state == "not_started":
        return standards
    if state == "completed":
        return f"Graded {grade.point.label}" if grade else ""
    parts = [
        f"{answered} of {standards}" if answered < len(asked) else f"all {standards}",
        "" if grade else "no grade yet",
        "" if content.get("rationale", "").strip() else "no reasons yet",
    ]
    words = ", ".join(part for part in parts if part)
    return words[:1].upper() + words[1:]


def left_on_page(problems: Sequence[Problem], *, state: str) -> str:
    """The first thing that a page still needs, once it is begun, and how many more there are."""
    if state != "in_progress" or not problems:
        return ""
    more = len(problems) - 1
    return problems[0].message + (f", and {more} more" if more else "")


def left_of_theme(content: Content, *, audit: Audit, state: str) -> str:
    """How many of the month's questions are answered."""
    answered = sum(bool(content.get(f"q{n}", "").strip()) for n in range(1, len(audit.questions) + 1))
    return "" if state == "completed" else f"{answered} of {len(audit.questions)} answered"


def shortened(reason: str) -> str:
    """A reason in one line, cut where it is long."""
    line = " ".join(reason.split())
    line = line[:1].upper() + line[1:]
    return line if len(line) <= LONGEST_REASON else line[: LONGEST_REASON - 1].rstrip() + "…"


def go_on_with(states: Sequence[PageState], *, last_saved: str | None) -> PageState | None:
    """The page to go on with: the one saved last, or if that is done the next in order that is not.

    None where nothing has to be done any more. While nothing was saved (`last_saved` is None) it is the first page.
    """
    codes = [state.code for state in states]
    start = codes.index(last_saved) if last_saved in codes else 0
    in_turn = [*states[start:], *states[:start]]
    return next((state for state in in_turn if state.state == "in_progress" or is_needed(state)), None)


def is_done(state: PageState) -> bool:
    """Whether nothing is left to do on a page."""
    return state.state in DONE


def how_far(states: Sequence[PageState]) -> tuple[int, int]:
    """How many pages are done, of how many that have to be."""
    needed = [state for state in states if not state.is_optional]
    return sum(map(is_done, needed)), len(needed)


def is_needed(state: PageState) -> bool:
    """Whether a page is still to be done; an optional one may stay empty."""
    return not is_done(state) and not state.is_optional
