"""What can be done to a draft's document: each function changes the document it is given and says what was done."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

from audits.templates_made.codes import next_code, next_section_code, next_standard_code, used_codes
from audits.templates_made.document import Document, Part, area_of, blank_section, numbered, section_of, tidy


def add_section(document: Document, *, title: str) -> Part:
    """A new section at the end, with a code that no section of the template ever had."""
    section = blank_section(spend_section_code(document), title=tidy(title))
    document["sections"].append(section)
    numbered(document)
    return section


def spend_section_code(document: Document) -> str:
    """The next code for a section; it counts as given from now on."""
    code = next_section_code(document, used=used_codes(document))
    _spend(document, code)
    return code


def add_standard(document: Document, section: Part, *, text: str) -> Part:
    """A new standard at the end of a section, with a code that no standard of the template ever had."""
    standard = {"code": spend_standard_code(document, section), "text": tidy(text)}
    section["standards"].append(standard)
    return standard


def spend_standard_code(document: Document, section: Part) -> str:
    """The next code for a standard of a section; it counts as given from now on."""
    code = next_standard_code(section["code"], used=used_codes(document))
    _spend(document, code)
    return code


def new_code(document: Document, section: Part, code: str) -> str:
    """Give a standard a code of its own: it asks something else now, and its figures begin anew. Returns the code."""
    standard = _one(section["standards"], code)
    if standard is None:
        return ""
    _spend(document, code)
    standard["code"] = spend_standard_code(document, section)
    return str(standard["code"])


def move(rows: list[Part], code: str, *, by: int) -> None:
    """Move the row with a code up (-1) or down (1); the first and last stay where they are."""
    place = next((place for place, row in enumerate(rows) if row["code"] == code), None)
    if place is not None and 0 <= place + by < len(rows):
        rows[place], rows[place + by] = rows[place + by], rows[place]


def move_section(document: Document, code: str, *, by: int) -> None:
    """Move a section up or down; its code and those of its standards stay."""
    move(document["sections"], code, by=by)
    numbered(document)


def move_to_section(document: Document, section: Part, code: str, *, to: str) -> bool:
    """Move a standard to the end of another section; it keeps its code. Returns whether both are there."""
    standard, target = _one(section["standards"], code), section_of(document, to)
    if standard is None or target is None or target is section:
        return False
    section["standards"].remove(standard)
    target["standards"].append(standard)
    return True


def remove_section(document: Document, code: str) -> None:
    """Take a section out with its standards; it can be put back until the draft is published."""
    section = section_of(document, code)
    if section is None:
        return
    order = _order(document, "section", document["sections"])
    beside = [area["code"] for area in document["guidance"] if code in area["beside"]]
    document["sections"].remove(section)
    for area in document["guidance"]:
        area["beside"] = [other for other in area["beside"] if other != code]
    _keep_removed(document, "section", section, order=order, beside=beside)
    numbered(document)


def remove_standard(document: Document, section: Part, code: str) -> None:
    """Take a standard out; it can be put back until the draft is published."""
    standard = _one(section["standards"], code)
    if standard is not None:
        order = _order(document, "standard", section["standards"], section=section["code"])
        section["standards"].remove(standard)
        _keep_removed(document, "standard", standard, order=order, section=section["code"])


def remove_area(document: Document, code: str) -> None:
    """Take a guidance area out; it can be put back until the draft is published."""
    area = area_of(document, code)
    if area is not None:
        order = _order(document, "guidance", document["guidance"])
        document["guidance"].remove(area)
        _keep_removed(document, "guidance", area, order=order)
        numbered(document)


def put_back(document: Document, kind: str, code: str) -> bool:
    """Put something removed back between the neighbours it had. Returns whether it could be done."""
    removed = document.get("removed", [])
    found = next((one for one in removed if one["kind"] == kind and one["what"]["code"] == code), None)
    if found is None:
        return False
    rows = _rows_for(document, found)
    if rows is None:
        return False
    rows.insert(_place(rows, found), found["what"])
    removed.remove(found)
    if kind == "section":
        _stand_beside_again(document, code, found["beside"])
    numbered(document)
    return True


def _order(document: Document, kind: str, rows: list[Part], *, section: str = "") -> list[str]:
    """The codes of a list in their order, those that were taken out of it before at the places they had."""
    order = [row["code"] for row in rows]
    for one in reversed(document.get("removed", [])):
        if one["kind"] == kind and one.get("section", "") == section:
            order.insert(_place([{"code": code} for code in order], one), one["what"]["code"])
    return order


def _place(rows: list[Part], found: Part) -> int:
    """Where something removed goes: after the nearest row that stood before it, else before the nearest after it."""
    codes, order, code = [row["code"] for row in rows], found.get("order", []), found["what"]["code"]
    here = order.index(code) if code in order else 0
    for other in reversed(order[:here]):
        if other in codes:
            return codes.index(other) + 1
    for other in order[here + 1 :]:
        if other in codes:
            return codes.index(other)
    return min(int(found.get("place", len(rows))), len(rows))


def _stand_beside_again(document: Document, code: str, areas: list[str]) -> None:
    """A section that is back has its guidance again, also where that is taken out itself at the moment."""
    for area in document["guidance"]:
        if area["code"] in areas:
            beside = {*area["beside"], code}
            area["beside"] = [one["code"] for one in document["sections"] if one["code"] in beside]
    for one in document.get("removed", []):
        if one["kind"] == "guidance" and one["what"]["code"] in areas and code not in one["what"]["beside"]:
            one["what"]["beside"].append(code)


def _rows_for(document: Document, found: Part) -> list[Part] | None:
    if found["kind"] == "section":
        return list_of(document, "sections")
    if found["kind"] == "guidance":
        return list_of(document, "guidance")
    section = section_of(document, found["section"])
    return list_of(section, "standards") if section else None


def list_of(part: Part, name: str) -> list[Part]:
    """The rows that a part of a document has under a name."""
    rows: list[Part] = part[name]
    return rows


def add_area(document: Document, *, title: str) -> Part:
    """A new guidance area, beside no section yet."""
    removed = [one["what"] for one in document.get("removed", []) if one["kind"] == "guidance"]
    codes = {area["code"] for area in [*document["guidance"], *removed]} | set(document.get("spent", []))
    code = next_code("guidance", codes)
    area: Part = {"code": code, "title": tidy(title), "beside": [], "factors": []}
    document["guidance"].append(area)
    _spend(document, code)
    return area


def questions_from(document: Document, group: str, rows: list[Part]) -> list[Part]:
    """Closing or reflection questions as typed: those without a code get a new one, empty ones are left out."""
    stem = {"closing": "closing", "reflection_questions": "reflection"}[group]
    before = {question["code"]: question for question in document[group]}
    codes = {row["code"] for row in rows} | set(before) | set(document.get("spent", []))
    kept = []
    for row in rows:
        if not row["label"].strip() and not row.get("hint", "").strip():
            continue
        if row["code"] not in before:
            row["code"] = next_code(stem, codes)
            codes.add(row["code"])
            _spend(document, row["code"])
        kept.append({**before.get(row["code"], {}), **row})
    for code in set(before) - {row["code"] for row in kept}:
        _spend(document, code)
    return kept


def changed(document: Document, change: Callable[[Document], Any]) -> Document:
    """A copy of a document with a change made to it."""
    copy = deepcopy(document)
    change(copy)
    return copy


def _one(rows: list[Part], code: str) -> Part | None:
    return next((row for row in rows if row["code"] == code), None)


def _spend(document: Document, code: str) -> None:
    """Codes that were given stay given, also where what had them is gone."""
    if code not in document.setdefault("spent", []):
        document["spent"].append(code)


def _keep_removed(document: Document, kind: str, what: Part, **where: Any) -> None:
    document.setdefault("removed", []).append({"kind": kind, "what": what, **where})
    codes = [what["code"], *(standard["code"] for standard in what.get("standards", []))]
    for code in codes:
        _spend(document, code)
