"""Small charts as SVG text: grades by month, and what became of the audits (pure).

Only presentation attributes, so that they look the same under a strict content security policy and in the PDF. Every
segment carries its own label, never colour alone; a title and a description speak for the picture, and the page
prints a table beneath.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from html import escape
from itertools import pairwise

FONT = "Arimo, Arial, Helvetica, sans-serif"
INK = "#1d2733"
RULE = "#c8ced6"
QUIET = "#4a5561"
# A grade's colour token → fill and label colour; every pair is above 4.5:1.
COLOURS = {
    "green-dark": ("#0a5c36", "#ffffff"),
    "green": ("#9fd6b0", "#10281b"),
    "amber": ("#f6cf76", "#33260a"),
    "red": ("#a4262c", "#ffffff"),
    "blue": ("#bcd6ee", "#0d2a45"),
    "grey": ("#dfe3e8", "#1d2733"),
}
SPARE = ("#ffffff", "#1d2733")
# What became of the audits: key, words, colour token.
FATES = (
    ("completed", "Completed", "green-dark"),
    ("in_progress", "In progress", "blue"),
    ("overdue", "Overdue", "red"),
    ("exempt", "Exempt", "grey"),
    ("withdrawn", "Withdrawn", "white"),
)


@dataclass(frozen=True, slots=True)
class GradeKey:
    """One grade of a scale as a chart shows it; grades come best first."""

    code: str
    label: str
    colour: str


@dataclass(frozen=True, slots=True)
class ScaleKey:
    """A scale and its grades, best first."""

    code: str
    name: str
    grades: tuple[GradeKey, ...]


@dataclass(frozen=True, slots=True)
class MonthColumn:
    """One month of a chart: counts by scale code and grade code (most months have one scale, an empty one none)."""

    month: date
    paused: bool
    counts: dict[str, dict[str, int]]

    @property
    def total(self) -> int:
        """How many graded audits the month has."""
        return sum(sum(counts.values()) for counts in self.counts.values())


@dataclass(frozen=True, slots=True)
class Frame:
    """Where the plot lies within the drawing."""

    left: float
    top: float
    width: float
    height: float


def rect(x: float, y: float, width: float, height: float, fill: str, *, stroke: str = "none") -> str:
    """A rectangle."""
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" fill="{fill}" '
        f'stroke="{stroke}" stroke-width="1"/>'
    )


def line(x1: float, y1: float, x2: float, y2: float, *, stroke: str = RULE, dash: str = "") -> str:
    """A line, dashed where `dash` says so."""
    dashes = f' stroke-dasharray="{dash}"' if dash else ""
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{stroke}" stroke-width="1"{dashes}/>'


def text(
    x: float,
    y: float,
    words: str,
    *,
    size: float = 11,
    fill: str = INK,
    anchor: str = "middle",
    bold: bool = False,
    turn: int = 0,
) -> str:
    """Words at a point, escaped; `turn` rotates them about it."""
    weight = ' font-weight="bold"' if bold else ""
    turned = f' transform="rotate({turn} {x:.1f} {y:.1f})"' if turn else ""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-family="{FONT}" font-size="{size:g}" fill="{fill}" '
        f'text-anchor="{anchor}"{weight}{turned}>{escape(words)}</text>'
    )


def drawing(parts: Sequence[str], *, width: float, height: float, key: str, title: str, description: str) -> str:
    """A whole SVG with its title and description. `key` makes its ids unique on a page."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" width="{width:g}" '
        f'height="{height:g}" role="img" class="portal-chart" '
        f'aria-labelledby="{escape(key)}-title {escape(key)}-description">'
        f'<title id="{escape(key)}-title">{escape(title)}</title>'
        f'<desc id="{escape(key)}-description">{escape(description)}</desc>{"".join(parts)}</svg>'
    )


def hatched(x: float, y: float, width: float, height: float) -> list[str]:
    """An area that is crossed out lightly, for a paused month."""
    parts = [rect(x, y, width, height, "#f1f3f5", stroke=RULE)]
    step = 8.0
    offset = step
    while offset < width + height:
        x1, y1 = x + min(offset, width), y + max(0.0, offset - width)
        x2, y2 = x + max(0.0, offset - height), y + min(offset, height)
        parts.append(line(x1, y1, x2, y2))
        offset += step
    return parts


def initials(scale: ScaleKey) -> dict[str, str]:
    """A short mark for each grade: the first letters of its words, or its number from the best where those repeat."""
    marks = {grade.code: "".join(word[0] for word in grade.label.split()).upper() for grade in scale.grades}
    if len(set(marks.values())) == len(marks):
        return marks
    return {grade.code: str(number) for number, grade in enumerate(scale.grades, 1)}


def nice_top(most: int) -> int:
    """The top of an axis for counts: the next round number that four steps divide."""
    for top in (4, 8, 12, 20, 40, 60, 80, 100, 120, 160, 200, 400, 600, 800, 1000):
        if most <= top:
            return top
    return -(-most // 1000) * 1000


def grades_by_month(
    months: Sequence[MonthColumn], scales: Sequence[ScaleKey], *, key: str = "grades", width: float = 720
) -> str:
    """Stacked columns of overall grades by month, labelled with counts.

    Paused months are crossed out; a dashed line stands where the grading scale changes.
    """
    legend = [part for number, scale in enumerate(scales) for part in _legend(scale, top=14 + 22 * number)]
    frame = Frame(left=34, top=22 * max(len(scales), 1) + 22, width=width - 40, height=230)
    top = nice_top(max((column.total for column in months), default=0))
    parts = [*legend, *_axis(frame, top)]
    slot = frame.width / max(len(months), 1)
    by_code = {scale.code: scale for scale in scales}
    for place, column in enumerate(months):
        parts += _column(column, by_code, frame, left=frame.left + place * slot, slot=slot, top=top)
    parts += _breaks(months, frame, slot)
    return drawing(
        parts,
        width=width,
        height=frame.top + frame.height + 40,
        key=key,
        title="Overall grades by month",
        description=describe_grades(months, scales),
    )


def describe_grades(months: Sequence[MonthColumn], scales: Sequence[ScaleKey]) -> str:
    """What the chart of grades shows, in sentences."""
    by_code = {scale.code: scale for scale in scales}
    sentences = [_month_in_words(column, by_code) for column in months]
    changes = [after.month for before, after in pairwise(months) if _changes(before, after)]
    sentences += [f"The grading scale changes in {month:%B %Y}." for month in changes]
    return " ".join(sentences) or "There are no months to show."


def _month_in_words(column: MonthColumn, scales: dict[str, ScaleKey]) -> str:
    given = [
        f"{counts.get(grade.code, 0)} {grade.label}"
        for code, counts in column.counts.items()
        for grade in scales[code].grades
    ]
    if given:
        return f"{column.month:%B %Y}{' (paused)' if column.paused else ''}: {', '.join(given)}."
    return f"{column.month:%B %Y}: {'paused' if column.paused else 'no graded audits'}."


def _legend(scale: ScaleKey, *, top: float) -> list[str]:
    marks = initials(scale)
    parts: list[str] = []
    left = 34.0
    for grade in scale.grades:
        fill, ink = COLOURS.get(grade.colour, SPARE)
        parts += [
            rect(left, top - 11, 22, 15, fill, stroke=INK),
            text(left + 11, top, marks[grade.code], size=10, fill=ink, bold=True),
            text(left + 28, top, grade.label, anchor="start", size=12),
        ]
        left += 28 + 7.0 * len(grade.label) + 18
    return parts


def _axis(frame: Frame, top: int) -> list[str]:
    parts = []
    for step in range(5):
        y = frame.top + frame.height * (1 - step / 4)
        parts.append(line(frame.left, y, frame.left + frame.width, y, stroke=INK if step == 0 else "#e3e7ec"))
        parts.append(text(frame.left - 6, y + 4, str(top * step // 4), anchor="end", size=10, fill=QUIET))
    return parts


def _column(
    column: MonthColumn, scales: dict[str, ScaleKey], frame: Frame, *, left: float, slot: float, top: int
) -> list[str]:
    foot = frame.top + frame.height
    parts: list[str] = []
    if column.paused:
        parts += hatched(left + slot * 0.1, frame.top, slot * 0.8, frame.height)
        parts.append(text(left + slot / 2 + 4, frame.top + frame.height / 2, "Paused", bold=True, turn=-90, size=12))
    elif column.total == 0:
        parts.append(text(left + slot / 2, foot - 6, "0", size=10, fill=QUIET))
    share = slot * 0.84 / max(len(column.counts), 1)
    for number, (code, counts) in enumerate(column.counts.items()):
        parts += _stack(counts, scales[code], frame, left=left + slot * 0.08 + number * share, width=share, top=top)
    parts.append(text(left + slot / 2, foot + 15, f"{column.month:%b}", size=10.5))
    if column.month.month == 1 or left == frame.left:
        parts.append(text(left + slot / 2, foot + 30, f"{column.month:%Y}", size=10.5, bold=True))
    return parts


def _stack(counts: dict[str, int], scale: ScaleKey, frame: Frame, *, left: float, width: float, top: int) -> list[str]:
    """One column: the worst grade at the foot, the best on top, the total above."""
    marks = initials(scale)
    y = frame.top + frame.height
    parts = []
    for grade in reversed(scale.grades):
        height = frame.height * counts.get(grade.code, 0) / top
        y -= height
        if height:
            parts += _segment(left, y, width, height, grade, f"{marks[grade.code]} {counts[grade.code]}")
    parts.append(text(left + width / 2, y - 4, str(sum(counts.values())), size=10.5, bold=True))
    return parts


def _segment(left: float, y: float, width: float, height: float, grade: GradeKey, label: str) -> list[str]:
    fill, ink = COLOURS.get(grade.colour, SPARE)
    parts = [rect(left, y, width, height, fill, stroke="#ffffff")]
    if height >= 9:
        size = min(10.5, height, 1.75 * width / max(len(label), 1))
        parts.append(text(left + width / 2, y + height / 2 + size * 0.36, label, size=round(size, 1), fill=ink))
    return parts


def _changes(before: MonthColumn, after: MonthColumn) -> bool:
    return bool(before.counts and after.counts) and set(before.counts) != set(after.counts)


def _breaks(months: Sequence[MonthColumn], frame: Frame, slot: float) -> list[str]:
    """A dashed line where the scale changes; empty months between do not hide the change."""
    parts: list[str] = []
    last: MonthColumn | None = None
    for place, column in enumerate(months):
        if last and _changes(last, column):
            x = frame.left + place * slot
            parts.append(line(x, frame.top - 12, x, frame.top + frame.height, stroke=INK, dash="5 3"))
            parts.append(text(x + 4, frame.top - 3, "new scale", anchor="start", size=10))
        last = column if column.counts else last
    return parts


def fates(
    rows: Sequence[tuple[str, dict[str, int]]],
    *,
    key: str = "compliance",
    width: float = 720,
    title: str = "What became of the audits",
) -> str:
    """One bar from 0 to 100% for each row (label, counts by fate), labelled with counts."""
    parts = _fates_legend()
    for place, (label, counts) in enumerate(rows):
        parts += _fate_bar(label, counts, top=34 + place * 34, left=190, width=width - 196)
    return drawing(
        parts, width=width, height=34 + 34 * len(rows), key=key, title=title, description=describe_fates(rows)
    )


def describe_fates(rows: Sequence[tuple[str, dict[str, int]]]) -> str:
    """What the bars show, in sentences."""
    sentences = []
    for label, counts in rows:
        listed = ", ".join(f"{counts[fate]:,} {words.lower()}" for fate, words, _ in FATES)
        sentences.append(f"{label}: {sum(counts[fate] for fate, _, _ in FATES):,} allocated, {listed}.")
    return " ".join(sentences)


def _fates_legend() -> list[str]:
    parts: list[str] = []
    left = 190.0
    for _, words, colour in FATES:
        fill, _ = COLOURS.get(colour, SPARE)
        parts += [rect(left, 3, 14, 14, fill, stroke=INK), text(left + 20, 14, words, anchor="start", size=12)]
        left += 20 + 7 * len(words) + 20
    return parts


def _fate_bar(label: str, counts: dict[str, int], *, top: float, left: float, width: float) -> list[str]:
    total = sum(counts[fate] for fate, _, _ in FATES)
    parts = [text(0, top + 16, label, anchor="start", size=12)]
    if total == 0:
        return [*parts, text(left, top + 16, "None allocated", anchor="start", size=12, fill=QUIET)]
    x = left
    for fate, _, colour in FATES:
        part = width * counts[fate] / total
        if part:
            fill, ink = COLOURS.get(colour, SPARE)
            parts.append(rect(x, top, part, 24, fill, stroke=INK))
            words = f"{counts[fate]:,}"
            if part > 7.5 * len(words):
                parts.append(text(x + part / 2, top + 16, words, fill=ink, bold=True))
            x += part
    return parts
