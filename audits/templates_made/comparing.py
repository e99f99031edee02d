"""Two versions of a template side by side: what was added, removed, reworded, moved, word by word (pure)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import Any

from audits.templates_made.document import KINDS, Document, Part, standards_of
from people.wording import label as wording

SAME, ADDED, REMOVED, REWORDED, MOVED = "same", "added", "removed", "reworded", "moved"
WORDS = re.compile(r"\s+|[^\W_]+|.", re.DOTALL)


@dataclass(frozen=True)
class Piece:
    """A run of words: `kind` says whether both have it, or only the new (added) or the old (removed)."""

    kind: str
    text: str


@dataclass(frozen=True)
class Difference:
    """A text that changed, named for people, as runs of words."""

    label: str
    pieces: tuple[Piece, ...]


@dataclass(frozen=True)
class Line:
    """A section, standard or question that changed: how, and in which of its texts."""

    code: str
    text: str
    kinds: tuple[str, ...]
    differences: tuple[Difference, ...] = ()
    moved_from: str = ""


@dataclass(frozen=True)
class SectionChange:
    """A section with what changed in it; `line` is about the section itself, None where it stayed."""

    title: str
    line: Line | None
    standards: tuple[Line, ...]
    order: tuple[str, ...] = ()  # the codes of its standards now, where those that stayed stand in another order


@dataclass(frozen=True)
class Comparison:
    """All that differs between two versions, and what stayed."""

    sections: tuple[SectionChange, ...]
    others: tuple[Line, ...]  # name, scale, questions, guidance
    counts: Mapping[str, int] = field(default_factory=dict)  # standards by what happened to them
    scale_changed: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether both say the same."""
        return not (self.sections or self.others)

    @property
    def for_reports(self) -> list[str]:
        """What the changes mean for figures over the years, in words."""
        found = [
            words[0] if self.counts[kind] == 1 else words[1].format(self.counts[kind])
            for kind, words in MEANS.items()
            if self.counts.get(kind)
        ]
        reordered = sum(bool(section.order) for section in self.sections)
        if reordered:
            found.append(REORDERED[0] if reordered == 1 else REORDERED[1].format(reordered))
        return [*found, OTHER_SCALE] if self.scale_changed else found


MEANS = {  # of one standard, of several
    SAME: (
        "1 standard kept its wording and code: years compare as they are.",
        "{} standards kept their wording and code: years compare as they are.",
    ),
    REWORDED: (
        "1 standard kept its code with another wording: reports go on counting it as the same question.",
        "{} standards kept their codes with another wording: reports go on counting them as the same questions.",
    ),
    MOVED: (
        "1 standard moved to another section and kept its code: its own figures go on, and it counts in the section "
        "where it is now.",
        "{} standards moved to another section and kept their codes: their own figures go on, and they count in the "
        "sections where they are now.",
    ),
    ADDED: (
        "1 standard is new: its figures begin with the first audits that use the new version.",
        "{} standards are new: their figures begin with the first audits that use the new version.",
    ),
    REMOVED: (
        "1 standard is gone: its figures end with the last audits that use the old version.",
        "{} standards are gone: their figures end with the last audits that use the old version.",
    ),
}
REORDERED = (
    "In 1 section the standards stand in another order: that changes no figure.",
    "In {} sections the standards stand in another order: that changes no figure.",
)
OTHER_SCALE = "The two versions grade on different scales, so their grades cannot be set side by side."


def compare(before: Document, after: Document) -> Comparison:
    """What differs between two documents of a template. Rows are matched by their code."""
    old = {standard["code"]: (section, standard) for section, standard in standards_of(before)}
    new = {standard["code"]: (section, standard) for section, standard in standards_of(after)}
    lines = {code: _standard(code, old.get(code), new.get(code)) for code in {**old, **new}}
    counts: dict[str, int] = {}
    for line in lines.values():
        for kind in line.kinds:
            counts[kind] = counts.get(kind, 0) + 1
    return Comparison(
        sections=tuple(_sections(before, after, lines)),
        others=tuple(_others(before, after)),
        counts=counts,
        scale_changed=before["scale"] != after["scale"],
    )


def _sections(before: Document, after: Document, lines: Mapping[str, Line]) -> list[SectionChange]:
    """Sections of the new version in its order, then those that are gone; what stayed as it was is left out."""
    old = {section["code"]: section for section in before["sections"]}
    new = {section["code"]: section for section in after["sections"]}
    moved = _out_of_order([code for code in old if code in new], [code for code in new if code in old])
    found = []
    for code, section in {**new, **{code: one for code, one in old.items() if code not in new}}.items():
        codes = [standard["code"] for standard in new.get(code, {"standards": []})["standards"]]
        here = [lines[standard] for standard in codes]
        here += [
            lines[standard["code"]]
            for standard in old.get(code, {"standards": []})["standards"]
            if REMOVED in lines[standard["code"]].kinds
        ]
        line = _line(code, section["title"], old.get(code), new.get(code), SECTION_TEXTS, moved=code in moved)
        changed = tuple(one for one in here if one.kinds != (SAME,))
        order = _new_order(old.get(code), new.get(code))
        if changed or order or line.kinds != (SAME,):
            found.append(SectionChange(section["title"], None if line.kinds == (SAME,) else line, changed, order))
    return found


SECTION_TEXTS = {
    "title": "Title",
    "short_title": "Short title",
    "rationale_prompt": "Prompt",
    "rationale_prompt_18_plus": "Prompt from 18",
    "safety": "Marked as about safety",
    "impact": "Marked as about impact",
    "only_for": "Only for",
    "from_age": "From age",
    "to_age": "To age",
}
STANDARD_TEXTS = {
    "text": "Wording",
    "text_18_plus": "Wording from 18",
    "hint": "Hint",
    "only_for": "Only for",
    "from_age": "From age",
    "to_age": "To age",
}
QUESTION_TEXTS = {
    "label": "Question",
    "label_18_plus": "Question from 18",
    "hint": "Hint",
    "required": "Has to be answered",
}
AREA_TEXTS = {"title": "Title", "only_for": "Only for", "beside": "Beside sections", "factors": "What to look for"}
DETAILS = {"name": "Name", "kind": "Kind", "scale": "Scale", "overall_grade": "Overall grade", "source_note": "Source"}


def _standard(code: str, old: tuple[Part, Part] | None, new: tuple[Part, Part] | None) -> Line:
    there = new or old
    text = there[1]["text"] if there else ""
    before, after = (pair[1] if pair else None for pair in (old, new))
    moved = bool(old and new and old[0]["code"] != new[0]["code"])
    elsewhere = old[0]["title"] if old and moved else ""
    return _line(code, text, before, after, STANDARD_TEXTS, moved=moved, moved_from=elsewhere)


def _line(
    code: str,
    text: str,
    before: Part | None,
    after: Part | None,
    texts: Mapping[str, str],
    *,
    moved: bool = False,
    moved_from: str = "",
) -> Line:
    if before is None or after is None:
        return Line(code, text, (ADDED if before is None else REMOVED,))
    differences = tuple(
        Difference(label, word_difference(said(name, before.get(name)), said(name, after.get(name))))
        for name, label in texts.items()
        if said(name, before.get(name)) != said(name, after.get(name))
    )
    kinds = (*([REWORDED] if differences else []), *([MOVED] if moved else []))
    return Line(code, text, kinds or (SAME,), differences, moved_from)


def _others(before: Document, after: Document) -> list[Line]:
    found = [_line("", "About the template", before, after, DETAILS)]
    for group, texts in (
        ("closing", QUESTION_TEXTS),
        ("reflection_questions", QUESTION_TEXTS),
        ("guidance", AREA_TEXTS),
    ):
        titles = _titles(before, after)
        old, new = ({row["code"]: _named(row, titles) for row in document[group]} for document in (before, after))
        for code in {**old, **new}:
            row = new.get(code) or old[code]
            found.append(_line(code, row.get("label") or row["title"], old.get(code), new.get(code), texts))
    asked, asks = (document["outcome_question"] for document in (before, after))
    found.append(_line("", "Question about outcomes", asked, asks, QUESTION_TEXTS))
    found.append(_line("", "Guidance on the overall grade", before, after, {"grading_guidance": "Text"}))
    return [line for line in found if line.kinds != (SAME,)]


def _titles(before: Document, after: Document) -> dict[str, str]:
    """The titles of sections in one order for both versions: other titles or places are no change of guidance."""
    old, new = ({section["code"]: section["title"] for section in one["sections"]} for one in (before, after))
    return new | {code: title for code, title in old.items() if code not in new}


def _named(row: Part, titles: Mapping[str, str]) -> Part:
    """A guidance area with the titles of the sections it stands beside; other rows as they are."""
    if "beside" not in row:
        return row
    return row | {"beside": [title for code, title in titles.items() if code in row["beside"]]}


def said(name: str, value: Any) -> str:
    """A field of a document as people read it: plans and kinds by their names."""
    if name == "only_for":
        return in_words([wording("plans", plan) for plan in value or []])
    return in_words(KINDS.get(value, value) if name == "kind" else value)


def in_words(value: Any) -> str:
    """A field of a document as text: lists joined by lines, yes and no, nothing for what is not there."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, list):
        return "\n".join(in_words(one["text"] if isinstance(one, dict) else one) for one in value)
    return str(value).strip()


def word_difference(before: str, after: str) -> tuple[Piece, ...]:
    """Two texts as runs of words that are the same, removed or added."""
    old, new = WORDS.findall(before), WORDS.findall(after)
    pieces: list[Piece] = []
    for tag, old_from, old_to, new_from, new_to in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            pieces.append(Piece(SAME, "".join(old[old_from:old_to])))
            continue
        gone, come = "".join(old[old_from:old_to]), "".join(new[new_from:new_to])
        pieces += [Piece(kind, text) for kind, text in ((REMOVED, gone), (ADDED, come)) if text]
    return tuple(pieces)


def _new_order(before: Part | None, after: Part | None) -> tuple[str, ...]:
    """The codes of a section in their new order, where those that stayed in it stand in another; else none.

    Which of two that changed places was moved cannot be told, so that none is named.
    """
    if before is None or after is None:
        return ()
    old, new = (tuple(standard["code"] for standard in section["standards"]) for section in (before, after))
    return new if [code for code in old if code in new] != [code for code in new if code in old] else ()


def _out_of_order(before: Sequence[str], after: Sequence[str]) -> set[str]:
    """The fewest (nearly) that have to move to make one order of the other."""
    blocks = SequenceMatcher(None, before, after, autojunk=False).get_matching_blocks()
    kept = {code for block in blocks for code in before[block.a : block.a + block.size]}
    return set(before) - kept
