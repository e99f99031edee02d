"""An audit as a PDF for the child's record: tagged, the same to the byte as long as the record is the same (A21)."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string

from audits.reading import Row
from audits.whole_audit import Block, Facts, Standards, Table, WholeAudit, each_text
from reporting.draw_certificate import NoPdfError
from reporting.letters import drawable

BETWEEN_PARAGRAPHS = re.compile(r"\n(?:[ \t]*\n)+")
RIGHT_TO_LEFT = {"R", "AL"}
STRONG = {"L", *RIGHT_TO_LEFT}
# How long setting takes grows with letters and with lines, and one line takes as long as some fifty letters. This much
# is set in about half a minute, and is more than a thousand pages.
PER_LINE, MOST_WORK = 55, 3_000_000
TOO_LONG = "This audit is too long for a PDF. Download it as a Word document."


@dataclass(frozen=True)
class Paragraph:
    """A run of lines with the direction in which it is read."""

    text: str
    rtl: bool


def file_name(reference: str) -> str:
    """The audit's reference and nothing about the child."""
    return f"audit-{reference}.pdf"


def audit_pdf(whole: WholeAudit) -> bytes:
    """The audit as a tagged PDF. Raises NoPdfError where the machine cannot make one, or not in time (R46)."""
    # Here and not above: without Pango on the machine only this may fail, not every page.
    try:
        from reporting import pdf
    except OSError as error:
        raise NoPdfError("The PDF library needs Pango (libpango-1.0-0 and libpangoft2-1.0-0): install it.") from error
    page = audit_html(whole)
    if len(page) + PER_LINE * page.count("\n") > MOST_WORK:
        raise NoPdfError(TOO_LONG)
    return pdf.render(page)


def audit_html(whole: WholeAudit) -> str:
    """The document's pages as HTML; nothing in it depends on the day on which it is made."""
    shown = each_text(whole, drawable)
    context = {
        "whole": shown,
        "parts": [
            {"code": part.code, "title": part.title, "blocks": [_drawn(block) for block in part.blocks]}
            for part in shown.parts
        ],
        "council_name": settings.COUNCIL_NAME,
        "service_name": settings.SERVICE_NAME,
    }
    return render_to_string("pdf/audit.html", context)


def _drawn(block: Block) -> dict[str, Any]:
    """A block for the template, its texts cut into paragraphs."""
    drawn: dict[str, Any] = {"kind": block.kind, "block": block}
    if isinstance(block, Facts):
        drawn["rows"] = [_fact(row) for row in block.rows]
    elif isinstance(block, Table):
        drawn["rows"] = [[paragraphs(cell) for cell in row] for row in block.rows]
    elif isinstance(block, Standards):
        drawn["rows"] = [{"standard": row, "comment": paragraphs(row.comment)} for row in block.rows]
    return drawn


def _fact(row: Row) -> dict[str, Any]:
    return {"label": row.label, "is_long": row.is_long, "paragraphs": paragraphs(row.value)}


def paragraphs(text: str) -> list[Paragraph]:
    """A text cut at its blank lines, each piece with its direction."""
    pieces = [piece.strip("\n") for piece in BETWEEN_PARAGRAPHS.split(text)]
    return [Paragraph(piece, is_rtl(piece)) for piece in pieces if piece.strip()]


def is_rtl(text: str) -> bool:
    """Whether the first letter that has a direction is one of a script written from right to left."""
    kinds = map(unicodedata.bidirectional, text)
    return next((kind in RIGHT_TO_LEFT for kind in kinds if kind in STRONG), False)
