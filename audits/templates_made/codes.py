"""Lasting codes of sections, standards, questions: made by the portal, never given twice (architecture, rule 9)."""

from __future__ import annotations

import re
from collections.abc import Iterable

from audits.models import AuditTemplate, Section, Standard, TemplateDraft
from audits.templates_made.document import Document, standards_of

CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,19}")  # as files may write them; names of inputs are made from them
TEMPLATE_CODE = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")
NOT_SECTIONS = frozenset(
    {
        "overview", "meeting", "child", "parent", "timescales", "theme", "overall",
        "actions", "check", "learning", "risk", "drafts", "save", "details", "guidance", "questions",
    }
)  # fmt: skip  # other pages of an audit or a draft have these names
NOT_TEMPLATES = frozenset({"drafts", "scales", "new", "import", "example"})
NOT_QUESTIONS = frozenset({"outcomes", "grade", "rationale", "safe_now", "safe_why", "prompts"})


def used_codes(document: Document) -> set[str]:
    """Every code of a section or standard that a template has or once had: in the draft or in any version of it."""
    used = {section["code"] for section in document["sections"]}
    used |= {standard["code"] for _, standard in standards_of(document)}
    used |= set(document.get("spent", []))
    rows = {"version__template__code": document["code"]}
    used |= set(Section.objects.filter(**rows).values_list("code", flat=True))
    return used | set(
        Standard.objects.filter(section__version__template__code=document["code"]).values_list("code", flat=True)
    )


def next_section_code(document: Document, *, used: set[str]) -> str:
    """E.g. s10: the next number that no section of the template ever had, nor a standard's code begins with."""
    numbers = [int(found[1]) for code in used if (found := re.match(r"[sS](\d{1,4})(?:-|$)", code))]
    return f"s{max([*numbers, 0]) + 1}"


def next_standard_code(section: str, *, used: set[str]) -> str:
    """E.g. S10-04: the next number of a section that no standard of the template ever had."""
    stem = re.sub(r"[^A-Z0-9]", "", section.upper())[:15] or "S"
    return _next(f"{stem}-", used, width=2)


def next_code(stem: str, used: Iterable[str]) -> str:
    """E.g. closing_3: the next number of a stem that is not used."""
    return _next(f"{stem}_", set(used), width=1)


def _next(stem: str, used: set[str], *, width: int) -> str:
    numbers = [int(code[len(stem) :]) for code in used if code.startswith(stem) and code[len(stem) :].isdecimal()]
    return f"{stem}{max([*numbers, 0]) + 1:0{width}}"


def template_code(name: str) -> str:
    """A code for a new template from its name, e.g. fostering-audit-2, that no template and no draft has."""
    from_name = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:50].strip("-")
    stem = from_name if from_name and from_name not in NOT_TEMPLATES else "template"
    taken = codes_taken(stem)
    return next(
        code for number in range(1, 10_000) if (code := stem if number == 1 else f"{stem}-{number}") not in taken
    )


def codes_taken(stem: str) -> set[str]:
    """The codes beginning so that templates or drafts have."""
    found = set(AuditTemplate.objects.filter(code__startswith=stem).values_list("code", flat=True))
    return found | set(TemplateDraft.objects.filter(code__startswith=stem).values_list("code", flat=True))
