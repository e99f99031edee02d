"""Codes that a file brings and that cannot be used: names of inputs and addresses of pages are made from them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from audits.merging import DATE_PARTS
from audits.templates_made.codes import CODE, NOT_QUESTIONS, NOT_SECTIONS
from audits.templates_made.document import Document, standards_of

GROUPS = ("closing", "reflection_questions")
# other inputs of the pages of an audit have these names
NOT_INPUTS = NOT_QUESTIONS | {
    "answers", "base_revision", "choice", "comments", "csrfmiddlewaretoken", "do", "go", "household", "next",
    "set_aside", "shown", "undecided", "use_anyway", "worker_grade",
}  # fmt: skip


def unusable_codes(document: Document) -> list[str]:
    """Every code of a section, standard, guidance area or question that cannot be used or is there twice, once each."""
    sections = [section["code"] for section in document["sections"]]
    standards = [standard["code"] for _, standard in standards_of(document)]
    areas = [area["code"] for area in document["guidance"]]
    bad = [code for code in [*sections, *standards] if not CODE.fullmatch(code)]
    bad += [code for code in sections if code.lower() in NOT_SECTIONS]
    bad += [code for code in areas if not _is_name(code)]
    for group in GROUPS:
        codes = [question["code"] for question in document[group]]
        bad += [code for code in codes if not _is_input(code)]
        bad += _twice(codes)
    return list(dict.fromkeys([*bad, *_twice(sections), *_twice(standards), *_twice(areas)]))


def _is_name(code: str) -> bool:
    """Whether a code has nothing but letters, numbers, hyphens and single underscores."""
    return bool(CODE.fullmatch(code.replace("_", "-"))) and "__" not in code


def _is_input(code: str) -> bool:
    """Whether a code can be the name of an input: `a__b` would be read as b of a, `met_on_day` as part of a date."""
    return _is_name(code) and code.lower() not in NOT_INPUTS and not code.lower().endswith(DATE_PARTS)


def _twice(codes: Sequence[str]) -> Iterator[str]:
    """Codes that differ in capitals at most count as one."""
    times = Counter(code.casefold() for code in codes)
    return (code for code in codes if times[code.casefold()] > 1)
