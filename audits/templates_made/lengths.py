"""Texts of a draft that are too long to be published: they are kept whole, and said here with where they stand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from audits.templates_made.document import Document, Part

LONGEST = 4_000  # characters of one text; a standard's wording has a limit of its own (checking)


@dataclass(frozen=True)
class TooLong:
    """A text that is too long: the page it is on (its part and code), its input and what to say."""

    part: str
    text: str
    code: str = ""
    name: str = ""


def too_long(document: Document) -> Iterator[TooLong]:
    """Every text of a draft that is too long, in the order of the pages."""
    yield from _found("details", [("source_note", "where the template comes from", document["source_note"])])
    for section in document["sections"]:
        yield from _found("sections", _section(section), code=section["code"], where=f"Section {section['number']}: ")
    for area in document["guidance"]:
        named = f"Guidance “{area['title'].strip()[:60] or 'without a title'}”: "
        yield from _found("guidance", _area(area), code=area["code"], where=named)
    yield from _found("questions", _questions(document))


def _found(
    part: str, texts: Iterable[tuple[str, str, object]], *, code: str = "", where: str = ""
) -> Iterator[TooLong]:
    for name, words, text in texts:
        if (length := len(str(text or "").strip())) > LONGEST:
            said = f"{where}{words} can have up to {LONGEST:,} characters. It has {length:,}."
            yield TooLong(part, said[:1].upper() + said[1:], code=code, name=name)


def _section(section: Part) -> Iterator[tuple[str, str, object]]:
    yield "rationale_prompt", "what is asked above the box for the reasons", section.get("rationale_prompt")
    yield "rationale_prompt_18_plus", "what is asked from 18", section.get("rationale_prompt_18_plus")
    for place, standard in enumerate(section["standards"]):
        number = f"{section['number']}.{place + 1}"
        yield f"standards__{place}__hint", f"the hint of standard {number}", standard.get("hint")


def _area(area: Part) -> Iterator[tuple[str, str, object]]:
    for factor in area["factors"]:
        texts = [factor["text"], *factor.get("examples", [])]
        yield "factors", f"the line that begins with “{factor['text'][:30]}”", max(texts, key=len)


def _questions(document: Document) -> Iterator[tuple[str, str, object]]:
    outcome = document["outcome_question"]
    for name, words in (("label", "the question about outcomes"), ("label_18_plus", "its wording from 18")):
        yield f"outcome__{name}", words, outcome.get(name)
    yield "outcome__hint", "the hint of the question about outcomes", outcome.get("hint")
    yield "grading_guidance", "a line of the guidance", max(document["grading_guidance"], key=len, default="")
    for group, words in (("closing", "closing question"), ("reflection_questions", "question to the worker")):
        for place, question in enumerate(document[group]):
            texts = [question.get(name) or "" for name in ("label", "label_18_plus", "hint")]
            yield f"{group}__{place}__label", f"{words} {place + 1}, with its hint,", max(texts, key=len)
