"""What the pages of a draft say after a button was pressed: what is saved, moved, removed, by its name."""

from __future__ import annotations

from typing import Any

from audits.templates_made.document import Document, area_of, section_of, standards_of

LONGEST = 70  # characters of a text in a message


def saved(missing: int) -> str:
    """That a page is saved, and how much on it stands in the way of publishing."""
    if not missing:
        return "Saved."
    return f"Saved. {missing} {'thing is' if missing == 1 else 'things are'} missing or must be put right."


def short(text: str) -> str:
    """The beginning of a text, in quotation marks."""
    text = " ".join(text.split())
    return f"“{text if len(text) <= LONGEST else text[: LONGEST - 1].rstrip() + '…'}”" if text else "(no wording)"


def done_to_standard(document: Document, do: str, code: str) -> str:
    """What a button of a standard or question did; "" where it only saved."""
    group, _, question = code.partition(":")
    if question and group in document and do in {"up", "down"}:
        place = next((n for n, row in enumerate(document[group], 1) if row["code"] == question), 0)
        return f"Saved and moved. It is question {place} now." if place else ""
    for section, standard in standards_of(document):
        if standard["code"] == code:
            number = f"{section['number']}.{section['standards'].index(standard) + 1}"
            return _done(do, code, short(standard["text"]), number, short(section["title"]))
    return ""  # one that is removed is named beside the others, with an Undo


def _done(do: str, code: str, text: str, number: str, title: str) -> str:
    words = {
        "up": f"Saved and moved: {code}, {text}, is {number} now.",
        "down": f"Saved and moved: {code}, {text}, is {number} now.",
        "back": f"{code}, {text}, is back as {number}.",
        "move": f"{code}, {text}, is {number} now, in the section {title}.",
    }
    return words.get(do, "")


def done_to_contents(document: Document, do: str, code: str) -> str:
    """What a button of the contents page did; "" where there is nothing to say."""
    kind, _, rest = code.partition(":") if do == "back" else ("", "", code)
    removed = {one["what"]["code"]: one["what"] for one in document.get("removed", [])}
    if do in {"remove", "remove_area"} and code in removed:
        return f"Removed: {_named(removed[code])}. It can be put back until the draft is published."
    section = section_of(document, rest) if kind in {"", "section"} else None
    area = area_of(document, rest) if kind == "guidance" else None
    if section is not None and do in {"up", "down", "back"}:
        there = "is back as" if do == "back" else "is now"
        return f"{short(section['title'])} {there} section {section['number']}."
    return f"{short(area['title'])} is back." if area is not None else ""


def _named(what: dict[str, Any]) -> str:
    many = len(what.get("standards", []))
    with_ = f", with {many} standard{'' if many == 1 else 's'}" if many else ""
    return (short(what["title"]) if what["title"].strip() else "a part without a title") + with_
