"""A page of a draft typed in two tabs: what was changed on it is put in, field by field, and nothing else (R4)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from audits.templates_made.comparing import (
    AREA_TEXTS,
    DETAILS,
    QUESTION_TEXTS,
    SECTION_TEXTS,
    STANDARD_TEXTS,
    said,
)
from audits.templates_made.document import Document, Part
from audits.templates_made.drafting import ChangedMeanwhile
from audits.templates_made.section_saving import TypedSection, factors_as_typed

GROUPS = {"closing": "Question at the end", "reflection_questions": "Question to the worker"}
GROUP_FIELDS = ("label", "label_18_plus", "hint", "required")
MESSAGE = "This was changed meanwhile, perhaps in another tab, and you changed it, too."


@dataclass(frozen=True)
class Clash:
    """A field that both changed: its input, its name for people, what is saved now and what was typed here."""

    name: str
    label: str
    theirs: str
    mine: str

    @property
    def target(self) -> str:
        """The id of the input on its page."""
        return f"id_{self.name}"


class Clashing(ChangedMeanwhile):
    """Fields were changed here and elsewhere since the page was shown; nothing is saved."""

    def __init__(self, clashes: Sequence[Clash]) -> None:
        super().__init__(MESSAGE)
        self.clashes = list(clashes)


def base_from(posted: str) -> Part | None:
    """What the page showed, as it sends it back; None where it sends nothing that can be read."""
    try:
        found = json.loads(posted)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def base_of(shown: Any) -> str:
    """What a page shows, for the page to send back."""
    return json.dumps(shown, ensure_ascii=False, separators=(",", ":"))


def changed_fields(typed: Part, base: Part) -> Part:
    """The fields that were typed differently from what the page showed."""
    return {name: value for name, value in typed.items() if not _same(value, base.get(name))}


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, list) or isinstance(other, list):
        return sorted(map(str, _listed(one))) == sorted(map(str, _listed(other)))
    if isinstance(one, bool) or isinstance(other, bool):
        return bool(one) == bool(other)
    return _text(one) == _text(other)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: Any) -> str:
    return "" if value is None else str(value).strip()


def clashes(
    changes: Part, *, base: Part, now: Part, labels: Mapping[str, str], stem: str = "", where: str = ""
) -> Iterator[Clash]:
    """The changed fields that say something else by now than the page showed, and than what was typed."""
    for name, mine in changes.items():
        if name in labels and not _same(now.get(name), base.get(name)) and not _same(now.get(name), mine):
            yield Clash(stem + name, f"{where}{labels[name]}", said(name, now.get(name)), said(name, mine))


def demand_none(found: Sequence[Clash]) -> None:
    """Raises Clashing where there is any."""
    if found:
        raise Clashing(found)


# ------------------------------------------------------------------ a section


def section_changes(typed: TypedSection, base: Part) -> TypedSection:
    """A section of which only what was changed on the page is left; a standard keeps `was`, the wording it had."""
    shown = _by_code(base.get("standards"))
    rows = []
    for row in typed.standards:
        before = shown.get(row["code"], {})
        changes = changed_fields({name: value for name, value in row.items() if name != "code"}, before)
        rows.append({"code": row["code"], **changes, "was": str(before.get("text", ""))} if changes else {})
    return replace(typed, fields=changed_fields(typed.fields, base), standards=[row for row in rows if row])


def section_clashes(changes: TypedSection, *, base: Part, now: Part) -> list[Clash]:
    """Where a section was changed on the page and elsewhere."""
    found = list(clashes(changes.fields, base=base, now=now, labels=SECTION_TEXTS))
    shown, mine = _by_code(base.get("standards")), {row["code"]: row for row in changes.standards}
    for place, standard in enumerate(now["standards"]):
        if (code := standard["code"]) in mine and code in shown:
            stem, where = f"standards__{place}__", f"Standard {now['number']}.{place + 1}: "
            about: dict[str, Any] = {"now": standard, "labels": STANDARD_TEXTS, "stem": stem, "where": where}
            found += clashes(mine[code], base=shown[code], **about)
    return found


def _by_code(rows: Any) -> dict[str, Part]:
    return {str(row["code"]): row for row in _listed(rows) if isinstance(row, dict) and "code" in row}


# ------------------------------------------------------------------ what it is, a guidance area


def details_clashes(changes: Part, *, base: Part, now: Part) -> list[Clash]:
    """Where what the template is was changed on the page and elsewhere."""
    return list(clashes(changes, base=base, now=now, labels=DETAILS))


def area_as_typed(area: Part) -> Part:
    """A guidance area as its page shows it."""
    return {
        "title": area["title"],
        "beside": list(area["beside"]),
        "only_for": list(area.get("only_for", [])),
        "factors": factors_as_typed(area),
    }


def area_clashes(changes: Part, *, base: Part, now: Part) -> list[Clash]:
    """Where a guidance area was changed on the page and elsewhere."""
    return list(clashes(changes, base=base, now=now, labels=AREA_TEXTS))


# ------------------------------------------------------------------ the questions


def questions_as_typed(document: Document) -> dict[str, Any]:
    """The questions as their page shows them."""
    return {
        "outcome": {name: document["outcome_question"].get(name, "") for name in ("label", "label_18_plus", "hint")},
        "grading_guidance": "\n".join(document["grading_guidance"]),
        **{
            group: [{name: row.get(name, "") for name in ("code", *GROUP_FIELDS)} for row in document[group]]
            for group in GROUPS
        },
    }


def questions_merged(
    typed: dict[str, Any], *, base: dict[str, Any], now: dict[str, Any]
) -> tuple[dict[str, Any], list[Clash]]:
    """The questions as saved now with what was changed on the page, and where both changed the same.

    Rows keep the order they have now. One that is new on the page, or taken out meanwhile and changed here, is last.
    """
    shown = base.get("outcome")
    asked = shown if isinstance(shown, dict) else {}
    outcome = changed_fields(typed["outcome"], asked)
    found = list(clashes(outcome, base=asked, now=now["outcome"], labels=QUESTION_TEXTS, stem="outcome__"))
    guidance = changed_fields({"grading_guidance": typed["grading_guidance"]}, base)
    found += clashes(guidance, base=base, now=now, labels={"grading_guidance": "Guidance beside the overall grade"})
    merged = {"outcome": now["outcome"] | outcome, "grading_guidance": now["grading_guidance"], **guidance}
    for group in GROUPS:
        merged[group], more = _rows_merged(group, typed[group], base=_by_code(base.get(group)), now=now[group])
        found += more
    return merged, found


def _rows_merged(
    group: str, typed: list[Part], *, base: dict[str, Part], now: list[Part]
) -> tuple[list[Part], list[Clash]]:
    changes = {row["code"]: changed_fields(row, base[row["code"]]) for row in typed if row["code"] in base}
    found: list[Clash] = []
    for place, row in enumerate(now):
        where, stem = f"{GROUPS[group]} {place + 1}: ", f"{group}__{place}__"
        about: dict[str, Any] = {"now": row, "labels": QUESTION_TEXTS, "stem": stem, "where": where}
        found += clashes(changes.get(row["code"], {}), base=base.get(row["code"], {}), **about)
    there = {row["code"] for row in now}
    new = [row | {"code": ""} for row in typed if row["code"] not in base]
    new += [row | {"code": ""} for row in typed if row["code"] not in there and changes.get(row["code"])]
    return [row | changes.get(row["code"], {}) for row in now] + new, found
