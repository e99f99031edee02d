"""A template from a YAML or JSON file that somebody chose: read safely, its shape checked, its texts kept (R44)."""

from __future__ import annotations

import json
from typing import Any

import yaml

from audits.templates_made import editing
from audits.templates_made.code_checking import unusable_codes
from audits.templates_made.codes import next_code, used_codes
from audits.templates_made.document import Document, Part, blank, numbered, standards_of, tidy
from audits.templates_made.sheet_columns import same
from people.spreadsheet import FileRefused

LARGEST = 1024 * 1024  # bytes; the core template has 40,000
DEEPEST, MOST_NODES = 12, 20_000
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
# a few lines of aliases unpack to more than a computer holds
ALIASES = "The file uses YAML aliases (&name and *name), which the portal does not read."
CODES = "These codes cannot be used, or are used twice:"
HOW_CODES = "Take them out, and the portal makes codes of its own; or use letters, numbers and hyphens, up to 20."
MOST_NAMED = 5
NOT_A_TEMPLATE = "The file is not a template: it has no sections."


def read_document(content: bytes, *, base: Document) -> Document:
    """The document in a YAML or JSON file, with the code, name and version of `base`.

    Raises FileRefused where it is no such file, larger than a template can be, or not in the shape of one.
    """
    if len(content) > LARGEST:
        raise FileRefused("The file is larger than a template can be (1 MB).")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FileRefused("The file is not text in UTF-8. Save it as UTF-8 and choose it again.") from error
    loaded = _load(text)
    if not isinstance(loaded, dict):
        raise FileRefused(NOT_A_TEMPLATE)
    if loaded.get("extends"):
        raise FileRefused("The file builds on another template (extends). Choose a file that holds the whole template.")
    return _shaped(loaded, base)


def _load(text: str) -> Any:
    try:
        if text.lstrip().startswith("{"):
            return json.loads(text)
        _refuse_large(text)
        return yaml.load(text, Loader=LOADER)  # noqa: S506  # a safe loader, in C
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        if isinstance(error, FileRefused):
            raise
        raise FileRefused(f"The file cannot be read: {_where(error)}") from error


def _refuse_large(text: str) -> None:
    """Refuse what is too deep or has too many parts, before anything is built from it."""
    deep = 0
    for nodes, event in enumerate(yaml.parse(text, Loader=LOADER), 1):
        if isinstance(event, yaml.AliasEvent):
            raise FileRefused(ALIASES)
        if isinstance(event, yaml.CollectionStartEvent):
            deep += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            deep -= 1
        if deep > DEEPEST or nodes > MOST_NODES:
            raise FileRefused("The file has more parts than a template can have.")


def _where(error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    return f"look at line {mark.line + 1}." if mark else "it is not YAML or JSON."


TEXTS = ("title", "short_title", "rationale_prompt", "rationale_prompt_18_plus", "text", "text_18_plus", "hint")
QUESTION_TEXTS = ("label", "label_18_plus", "hint")


def _shaped(loaded: dict[Any, Any], base: Document) -> Document:
    """Only what a template has, each in its type; what is of another type is refused, naming it."""
    document = blank(code=base["code"], name=base["name"], kind=base["kind"], scale=base["scale"])
    document |= {"version": base["version"], "spent": list(base.get("spent", []))}
    document["name"] = base["name"] or _text(loaded, "name")
    for name in ("kind", "scale", "source_note"):
        document[name] = _text(loaded, name) or document[name]
    document["overall_grade"] = loaded.get("overall_grade", True) is not False
    sections = _parts(loaded, "sections")
    if not sections:
        raise FileRefused(NOT_A_TEMPLATE)
    document["sections"] = [_section(section) for section in sections]
    document["guidance"] = [_area(area) for area in _parts(loaded, "guidance")]
    if "grading_guidance" in loaded:
        document["grading_guidance"] = _lines(loaded, "grading_guidance")
    for group in ("closing", "reflection_questions"):
        if group in loaded:
            document[group] = [_question(question) for question in _parts(loaded, group)]
    if isinstance(asked := loaded.get("outcome_question"), dict):
        document["outcome_question"] |= {name: _text(asked, name) for name in QUESTION_TEXTS if name in asked}
    return numbered(_refuse_codes(_coded(document, base)))


def _refuse_codes(document: Document) -> Document:
    """The document, whose pages have its codes in their addresses: one that will not do could not even be opened."""
    if bad := unusable_codes(document):
        named = ", ".join(f"“{code[:40]}”" for code in bad[:MOST_NAMED])
        raise FileRefused(f"{CODES} {named}{' and more' if len(bad) > MOST_NAMED else ''}. {HOW_CODES}")
    return document


def _coded(document: Document, base: Document) -> Document:
    """With a code for everything. A code that the template gave up before is not given again: it gets a new one."""
    before = {same(standard["text"]): standard["code"] for _, standard in standards_of(base)}
    current = {standard["code"] for _, standard in standards_of(base)}
    used = used_codes(base) if base["sections"] else set()
    given_up = used - current - {section["code"] for section in base["sections"]}
    document["spent"] = sorted({*document["spent"], *used})
    for section in document["sections"]:
        if not section["code"] or section["code"] in given_up:
            section["code"] = editing.spend_section_code(document)
    given = {standard["code"] for _, standard in standards_of(document)} - given_up
    for section, standard in standards_of(document):
        if not standard["code"] or standard["code"] in given_up:
            kept = before.get(same(standard["text"]), "")
            standard["code"] = "" if kept in given else kept
            standard["code"] = standard["code"] or editing.spend_standard_code(document, section)
            given.add(standard["code"])
    for area in document["guidance"]:
        if not area["code"]:
            area["code"] = next_code("guidance", {one["code"] for one in document["guidance"]})
    for group, stem in (("closing", "closing"), ("reflection_questions", "reflection")):
        for question in document[group]:
            if not question["code"]:
                question["code"] = next_code(stem, {one["code"] for one in document[group]})
    return document


def _section(given: Part) -> Part:
    section: Part = {"code": _text(given, "code"), "number": "", "title": _text(given, "title"), "short_title": ""}
    section |= _texts(given, TEXTS) | _fit(given)
    section |= {"safety": given.get("safety") is True, "impact": given.get("impact") is True}
    section.setdefault("rationale_prompt", "")
    standards = _standards(given)
    section["standards"] = [
        {"code": _text(one, "code"), "text": "", **_texts(one, TEXTS), **_fit(one), **_seldom(one)} for one in standards
    ]
    return section


def _standards(given: Part) -> list[dict[Any, Any]]:
    """The standards of a section; a plain text is one with that wording."""
    value = given.get("standards") or []
    worded = [{"text": one} if isinstance(one, str) else one for one in value] if isinstance(value, list) else value
    return _parts({"standards": worded}, "standards")


def _area(given: Part) -> Part:
    factors = [
        {
            "number": 0,
            "text": _text(one, "text"),
            **({"examples": _lines(one, "examples")} if one.get("examples") else {}),
        }
        for one in _parts(given, "factors")
    ]
    area = {"code": _text(given, "code"), "title": _text(given, "title"), "beside": _lines(given, "beside")}
    return area | {"factors": factors} | {name: fit for name, fit in _fit(given).items() if name == "only_for"}


def _question(given: Part) -> Part:
    code = {"code": _text(given, "code"), "required": given.get("required") is True}
    return {"label": ""} | code | _texts(given, QUESTION_TEXTS)


def _seldom(given: Part) -> Part:
    return {"not_usually_for": _lines(given, "not_usually_for")} if given.get("not_usually_for") else {}


def _fit(given: Part) -> Part:
    fit: Part = {"only_for": _lines(given, "only_for")} if given.get("only_for") else {}
    return fit | {name: given[name] for name in ("from_age", "to_age") if type(given.get(name)) is int}


def _texts(given: Part, names: tuple[str, ...]) -> Part:
    return {name: _text(given, name) for name in names if given.get(name) is not None}


def _text(given: dict[Any, Any], name: str) -> str:
    value = given.get(name, "")
    if isinstance(value, dict | list):
        raise FileRefused(f"“{name}” should be a text.")
    return tidy("" if value is None else value)


def _lines(given: dict[Any, Any], name: str) -> list[str]:
    value = given.get(name) or []
    if not isinstance(value, list) or any(isinstance(line, dict | list) for line in value):
        raise FileRefused(f"“{name}” should be a list of texts.")
    return [tidy(line) for line in value]


def _parts(given: dict[Any, Any], name: str) -> list[dict[Any, Any]]:
    value = given.get(name) or []
    if not isinstance(value, list) or not all(isinstance(part, dict) for part in value):
        raise FileRefused(f"“{name}” should be a list, each with its fields.")
    return value
