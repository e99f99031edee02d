"""What was answered on the pages of an audit: meeting, contacts, sections, questions of the month, the judgement."""

from __future__ import annotations

from audits.reading import AnsweredPage, Row
from audits.structure import AuditForm
from audits.whole_audit.blocks import Block, Note, Part, Standard, Standards, Verdict, facts, table, verdict
from audits.young_person import called

ANSWER_WORDS = {
    "yes": "Yes",
    "no": "No",
    "na": "Not applicable",
    "aside": "Not for this age or plan",
    "": "Not answered",
}
WRITTEN_BEFORE = "Written before it was set aside"


def page_part(page: AnsweredPage, more: list[Block] | None = None) -> list[Part]:
    """A page of questions and answers; left out where nothing was written on it."""
    blocks = [*(more or []), *facts(page.rows)]
    return [Part(page.code, page.title, tuple(blocks))] if blocks else []


def days(page: AnsweredPage) -> list[Block]:
    """The days typed on the page of timescales, with what comes of them (A17)."""
    rows = [
        (f"{row.name} ({row.limit})", _day(row.trigger, row.trigger_day), _day(row.event, row.event_day), row.hint)
        for row in page.timescales
    ]
    return table("", ("Timescale", "Counted from", "What happened", "Hint from the portal"), rows)


def _day(label: str, typed: str) -> str:
    return f"{label}: {typed}" if typed else ""


def section_part(page: AnsweredPage) -> Part:
    """A section (003 §5): the grade and why, the worker's own grade, each standard with its answer and comment."""
    if page.set_aside:
        note = Note(f"Set aside: {page.set_aside}")
        return Part(page.code, page.title, (note, *facts(page.written_before, WRITTEN_BEFORE)))
    comments = {row.name: row.value for row in page.comments}
    standards = tuple(
        Standard(row["number"], row["text"], ANSWER_WORDS[row["value"]], comments.get(row["number"], ""))
        for row in page.standards
    )
    blocks = [
        verdict("Grade of this section", page.grade),
        *([verdict("The worker’s own grade", page.worker_grade)] if page.worker_grade else []),
        *facts(page.rows),
        Standards(standards),
    ]
    return Part(page.code, page.title, tuple(blocks))


def judgement_part(page: AnsweredPage, *, form: AuditForm, adult: bool) -> Part:
    """The overall judgement (003 §6): outcomes, safe now, grade and why, questions answered, closing questions."""
    rows = {row.name: row for row in page.rows}
    outcomes = [rows.pop("outcomes")] if "outcomes" in rows else []
    safe = [rows.pop(name) for name in list(rows) if name.startswith("safe_")]
    reasons = [rows.pop(name) for name in ("rationale",) if name in rows]
    rows.pop("grade", None)
    blocks: list[Block] = [
        *facts(outcomes, called("Outcomes for the child", adult=adult)),
        *facts(safe, called("Is the child safe now?", adult=adult)),
        *([verdict("Overall grade", page.grade)] if form.overall_grade else [Note("This form has no overall grade.")]),
        *facts(reasons, "Reasons for the grade"),
        *facts(page.prompts, "Questions that the portal asked, and the answers"),
        *facts(rows.values(), "Closing questions"),
    ]
    return Part(page.code, page.title, tuple(blocks))


def section_grades(pages: list[AnsweredPage]) -> tuple[Verdict, ...]:
    """The grade of each section, for the front of the document."""
    return tuple(
        Verdict(page.title, "Set aside") if page.set_aside else verdict(page.title, page.grade)
        for page in pages
        if page.standards
    )


def said(pages: dict[str, AnsweredPage], page: str, name: str) -> str:
    """One answer by page and input; empty where it is not there."""
    rows: list[Row] = pages[page].rows if page in pages else []
    return next((row.value for row in rows if row.name == name), "")
