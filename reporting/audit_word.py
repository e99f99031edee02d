"""An audit as a Word document that can be edited: real headings, tables with header rows, the same texts as the PDF."""

from __future__ import annotations

import io
from typing import Any

from django.conf import settings
from docx import Document
from docx.document import Document as WordDocument
from docx.oxml.ns import qn
from docx.shared import Length, Mm
from docx.text.paragraph import Paragraph

from audits.reading import Row
from audits.whole_audit import Block, Facts, Note, Standards, Table, Verdict, WholeAudit
from reporting import word_pieces as pieces

KIND = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
MARKING = "Official-sensitive: about a {}"
DRAFT = "Draft, not submitted. It may still change. It does not belong on the {}’s record."
WIDTH = 174  # mm between the margins
BESIDE = 40  # letters of a label that leave room for the answer beside it
STANDARDS, GRADES = (Mm(14), Mm(130), Mm(30)), (Mm(120), Mm(54))
GROUNDS = {"green-dark": "0A4A38", "green": "D3ECD9", "amber": "FDE6B8", "red": "B3261E", "": "EEF1F4"}
WHITE_ON = {"green-dark", "red"}


def file_name(reference: str) -> str:
    """The audit's reference and nothing about the child."""
    return f"audit-{reference}.docx"


def audit_word(whole: WholeAudit) -> bytes:
    """The audit as a Word document; the same to the byte as long as the record is the same."""
    document = Document()
    pieces.dress(document)
    _describe(document, whole)
    _margins(document, whole)
    _front(document, whole)
    for part in whole.parts:
        document.add_heading(part.title, 1)
        for block in part.blocks:
            _add(document, block)
    made = io.BytesIO()
    document.save(made)
    return pieces.without_clock(made.getvalue())


def _describe(document: WordDocument, whole: WholeAudit) -> None:
    """Title and author; nothing about the child, and of days only that of submitting."""
    about: Any = document.core_properties
    about.title, about.subject = f"Audit {whole.reference}", f"A case file audit of {whole.month}"
    about.author = about.last_modified_by = settings.COUNCIL_NAME
    about.language, about.comments, about.keywords = "en-GB", "", ""
    if whole.submitted_at is not None:
        about.created = about.modified = whole.submitted_at.replace(tzinfo=None)
        return
    for name in ("dcterms:created", "dcterms:modified"):
        for element in about._element.findall(qn(name)):
            about._element.remove(element)


def _margins(document: WordDocument, whole: WholeAudit) -> None:
    section = document.sections[0]
    section.header.paragraphs[0].add_run(MARKING.format(whole.person)).bold = True
    footer = section.footer.paragraphs[0]
    footer.add_run(f"Audit {whole.reference}\t\t")
    pieces.add_page_numbers(footer)


def _front(document: WordDocument, whole: WholeAudit) -> None:
    document.add_paragraph(f"{settings.COUNCIL_NAME}, {settings.SERVICE_NAME}", style="Marking")
    document.add_heading(f"Case file audit {whole.reference}", 0)
    if whole.is_draft:
        document.add_paragraph(DRAFT.format(whole.person), style="Marking")
    _fact(document, whole.person.capitalize(), whole.child_name or "Name not recorded")
    _fact(document, "Case number", whole.case_reference)
    _fact(document, "Month", whole.month)
    _fact(document, "Audited by", whole.auditor)
    _fact(document, "Submitted", whole.submitted or "Not yet")
    for label, grade in (("Overall grade", whole.overall), ("After moderation", whole.moderated)):
        if grade is not None:
            _grade(_fact(document, label, ""), grade)
    _fact(document, f"{whole.person.capitalize()}’s outcomes", whole.outcomes or "Not given")
    if whole.safe_now:
        _fact(document, "Safe now", whole.safe_now)
    if whole.risks:
        _fact(document, "Immediate risks", f"{whole.risks} raised during the audit")
    document.add_heading("Grades by section", 1)
    table = pieces.add_table(document, ("Section", "Grade"), GRADES)
    for section in whole.sections:
        title, word = pieces.add_row(table, GRADES)
        pieces.add_line(title.paragraphs[0], section.label)
        _grade(word.paragraphs[0], section)


def _fact(document: WordDocument, label: str, value: str) -> Paragraph:
    paragraph = document.add_paragraph(style="Fact")
    run = paragraph.add_run(label)
    run.bold, run.font.color.rgb = True, pieces.QUIET
    paragraph.add_run("\t")
    if value:
        pieces.add_line(paragraph, value)
    return paragraph


def _grade(paragraph: Paragraph, grade: Verdict) -> None:
    ground = GROUNDS.get(grade.colour, GROUNDS[""])
    pieces.add_shaded(paragraph, grade.word, fill=ground, white=grade.colour in WHITE_ON)


def _add(document: WordDocument, block: Block) -> None:
    if isinstance(block, Note):
        document.add_paragraph(block.text)
    elif isinstance(block, Verdict):
        paragraph = _fact(document, block.label, "")
        paragraph.paragraph_format.keep_with_next = True
        _grade(paragraph, block)
    elif block.title:
        document.add_heading(block.title, 2)
    if isinstance(block, Facts):
        beside = all(len(row.label) <= BESIDE and not row.is_long for row in block.rows)  # one way in each block
        for row in block.rows:
            _answer(document, row, beside=beside)
    elif isinstance(block, Table):
        _table(document, block)
    elif isinstance(block, Standards):
        _standards(document, block)


def _answer(document: WordDocument, row: Row, *, beside: bool) -> None:
    if beside:
        _fact(document, row.label, row.value)
        return
    document.add_paragraph(row.label, style="Question")
    pieces.add_text(document, row.value)


def _table(document: WordDocument, block: Table) -> None:
    widths: tuple[Length, ...] = (Mm(WIDTH / len(block.heads)),) * len(block.heads)
    table = pieces.add_table(document, block.heads, widths)
    for row in block.rows:
        for cell, text in zip(pieces.add_row(table, widths), row, strict=True):
            pieces.add_text(cell, text, first=cell.paragraphs[0])


def _standards(document: WordDocument, block: Standards) -> None:
    table = pieces.add_table(document, ("No.", "Standard", "Answer"), STANDARDS)
    for row in block.rows:
        number, standard, answer = pieces.add_row(table, STANDARDS)
        pieces.add_line(number.paragraphs[0], row.number)
        pieces.add_line(standard.paragraphs[0], row.text)
        pieces.add_line(answer.paragraphs[0], row.answer).bold = True
        if row.comment:
            standard.add_paragraph("Comment", style="Question")
            pieces.add_text(standard, row.comment)
