"""What Word documents are put together from: styles, texts as typed, tables with header rows, page numbers."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from typing import Any

from docx.document import Document
from docx.enum.style import WD_STYLE_TYPE
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Length, Mm, Pt, RGBColor
from docx.table import Table, _Cell
from docx.text.paragraph import Paragraph
from docx.text.run import Run

from reporting.audit_pdf import is_rtl

FONT = "Arial"
INK, DEEP, QUIET, WHITE = (RGBColor.from_string(each) for each in ("1D2733", "0D4A55", "4A5561", "FFFFFF"))
HEADINGS = {"Title": 24, "Heading 1": 15, "Heading 2": 12}
LINE = "C3CED2"
BESIDE = Mm(76)  # from a label's beginning to that of the answer beside it
THEMED = [qn(f"w:{name}Theme") for name in ("ascii", "hAnsi", "eastAsia", "cs")]
EARLIEST = (1980, 1, 1, 0, 0, 0)  # the first moment that a zip file can name


def dress(document: Document) -> None:
    """A4, our margins, one typeface, British English, and the styles that the pieces use."""
    for section in document.sections:
        section.page_width, section.page_height = Mm(210), Mm(297)
        section.left_margin = section.right_margin = Mm(18)
        section.top_margin = section.bottom_margin = Mm(20)
    settings: Any = document.settings.element
    for language in (*document.styles.element.iter(qn("w:lang")), *settings.iter(qn("w:themeFontLang"))):
        language.set(qn("w:val"), "en-GB")
    for fonts in document.styles.element.iter(qn("w:rFonts")):
        for name in THEMED:
            fonts.attrib.pop(name, None)
    normal: Any = document.styles["Normal"]
    normal.font.name, normal.font.size, normal.font.color.rgb = FONT, Pt(10.5), INK
    normal.paragraph_format.space_after = Pt(4)
    for name, size in HEADINGS.items():
        style: Any = document.styles[name]
        style.font.name, style.font.size, style.font.bold, style.font.color.rgb = FONT, Pt(size), True, DEEP
        style.paragraph_format.space_before, style.paragraph_format.space_after = Pt(size), Pt(4)
    _own_styles(document)


def _own_styles(document: Document) -> None:
    question: Any = document.styles.add_style("Question", WD_STYLE_TYPE.PARAGRAPH)
    question.base_style = document.styles["Normal"]
    question.font.bold, question.font.color.rgb = True, QUIET
    question.paragraph_format.space_before, question.paragraph_format.keep_with_next = Pt(6), True
    fact: Any = document.styles.add_style("Fact", WD_STYLE_TYPE.PARAGRAPH)
    fact.base_style = document.styles["Normal"]
    fact.paragraph_format.left_indent, fact.paragraph_format.first_line_indent = BESIDE, -BESIDE
    fact.paragraph_format.tab_stops.add_tab_stop(BESIDE)
    marking: Any = document.styles.add_style("Marking", WD_STYLE_TYPE.PARAGRAPH)
    marking.base_style = document.styles["Normal"]
    marking.font.bold, marking.font.color.rgb = True, DEEP


def add_text(place: Document | _Cell, text: str, *, first: Paragraph | None = None, style: str = "Normal") -> None:
    """A text as typed: every line a paragraph, those of right-to-left scripts set from the right.

    `first` is an empty paragraph that takes the first line.
    """
    for number, line in enumerate(text.split("\n")):
        paragraph = first if first is not None and number == 0 else place.add_paragraph(style=style)
        add_line(paragraph, line)


def add_line(paragraph: Paragraph, line: str) -> Run:
    """One line of a text at the end of a paragraph."""
    run = paragraph.add_run(line)
    if is_rtl(line):
        paragraph._p.get_or_add_pPr().append(OxmlElement("w:bidi"))
        run.font.rtl = True
    return run


def add_shaded(paragraph: Paragraph, word: str, *, fill: str, white: bool) -> None:
    """A word on a ground of colour."""
    run = paragraph.add_run(f" {word} ")
    run.bold = True
    if white:
        run.font.color.rgb = WHITE
    shade = OxmlElement("w:shd")
    for name, value in (("val", "clear"), ("color", "auto"), ("fill", fill)):
        shade.set(qn(f"w:{name}"), value)
    run._r.get_or_add_rPr().append(shade)


def add_table(document: Document, heads: Sequence[str], widths: Sequence[Length]) -> Table:
    """A table with lines between its rows and a header row, which Word repeats on every page."""
    table = document.add_table(rows=1, cols=len(heads))
    table.autofit = False
    _rule(table)
    row: Any = table.rows[0]
    row._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
    for column, cell, head, width in zip(table.columns, row.cells, heads, widths, strict=True):
        column.width = cell.width = width
        cell.paragraphs[0].add_run(head).bold = True
        cell.paragraphs[0].paragraph_format.keep_with_next = True
    return table


def _rule(table: Table) -> None:
    """Lines above, below and between the rows; none between columns."""
    borders = OxmlElement("w:tblBorders")
    for side in ("top", "bottom", "insideH"):
        line = OxmlElement(f"w:{side}")
        for name, value in (("val", "single"), ("sz", "4"), ("space", "0"), ("color", LINE)):
            line.set(qn(f"w:{name}"), value)
        borders.append(line)
    table._tbl.tblPr.append(borders)


def add_row(table: Table, widths: Sequence[Length]) -> tuple[_Cell, ...]:
    """A further row; its cells."""
    row: Any = table.add_row()  # type: ignore[no-untyped-call]  # the library has no types there
    row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))  # a standard stays on one page where it fits on one
    cells = row.cells
    for cell, width in zip(cells, widths, strict=True):
        cell.width = width
    return tuple(cells)


def add_page_numbers(paragraph: Paragraph) -> None:
    """“Page 2 of 9”, counted by Word."""
    paragraph.add_run("Page ")
    _field(paragraph, "PAGE")
    paragraph.add_run(" of ")
    _field(paragraph, "NUMPAGES")


def _field(paragraph: Paragraph, code: str) -> None:
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), code)
    run: Any = OxmlElement("w:r")
    shown: Any = OxmlElement("w:t")
    shown.text = "1"
    run.append(shown)
    field.append(run)
    paragraph._p.append(field)


def without_clock(made: bytes) -> bytes:
    """The same document with every file in it as old as can be: when it was made does not show."""
    again = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(made)) as source, zipfile.ZipFile(again, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            target.writestr(zipfile.ZipInfo(name, EARLIEST), source.read(name), zipfile.ZIP_DEFLATED)
    return again.getvalue()
