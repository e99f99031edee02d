"""A copy of an audit without the names that the portal knows, its days made coarse; a person reads it through (S5)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from audits.after.moderation_evidence import evidence
from audits.models import Audit, Involvement
from audits.pages import case_of, child_of
from audits.reading import AnsweredPage
from people.models import User

LEFT_OUT_PAGES = {"timescales"}  # days only
LEFT_OUT_ROWS = {"child_name", "date_of_birth", "ethnicity", "primary_language"}
MONTHS = (
    "January|February|March|April|May|June|July|August|September|October|November|December"
    "|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept|Sep|Oct|Nov|Dec"
)
NAMED_DAY = re.compile(rf"\b\d{{1,2}}(?:st|nd|rd|th)?\s+(?:of\s+)?({MONTHS})\.?,?(\s+\d{{4}})?\b")
WRITTEN_DAY = re.compile(r"\b(?:\d{1,2}[./-]\d{1,2}[./-]\d{2,4}|\d{4}-\d{2}-\d{2})\b")
CONTACT = re.compile(r"[\w.+-]+@[\w-]+\.[\w.]+|\b0\d[\d ]{8,11}\b|\b[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}\b")
SCHOOL = re.compile(
    r"\b(?:[A-Z][\w’'.-]+ )+(?:School|Academy|College|Nursery|Hospital|Surgery|Road|Street|Lane|Avenue|Close)\b"
)
ANSWERS = {"yes": "Yes", "no": "No", "na": "Not applicable", "aside": "Not asked", "": "Not answered"}
WHOLE_ONLY = {"a member of staff", "the team", "the service", "the case", "this audit"}  # known by the whole name only
SHORTEST = 3  # letters of a part of a name that is replaced by itself


def anonymised(audit: Audit, *, today: date) -> list[dict[str, Any]]:
    """The evidence of an audit as parts of {code, title, rows of {label, value}}, without names, grades or days."""
    names = names_of(audit)
    adult = (child_of(audit)["age"] or 0) >= 18
    known = {name: ("the young person" if adult and role == "the child" else role) for name, role in names.items()}
    pages = [page for page in evidence(audit, today=today) if page.code not in LEFT_OUT_PAGES and not page.set_aside]
    parts = [{"code": page.code, "title": page.title, "rows": _rows(page, known)} for page in pages]
    return [part for part in parts if part["rows"]]


def _rows(page: AnsweredPage, names: Mapping[str, str]) -> list[dict[str, str]]:
    said = [(row.label, row.value) for row in page.rows if row.value and row.name not in LEFT_OUT_ROWS]
    said += [(f"{line['number']} {line['text']}", ANSWERS[line["value"]]) for line in page.standards]
    said += [(row.label, row.value) for row in page.comments]
    return [{"label": label, "value": without_names(value, names)} for label, value in said]


def names_of(audit: Audit) -> dict[str, str]:
    """Every name that the portal knows around an audit, with the role that stands for it. Three queries."""
    case, then = audit.case, case_of(audit)
    found = {case.child_name: "the child", then.child_name: "the child"}
    found |= {row["name"]: _who(row) for row in _people_named(audit) if row.get("name")}
    found |= {person.name: "a member of staff" for person in User.objects.only("name")}
    rows = Involvement.objects.filter(case=case, user__isnull=False).select_related("user")
    found |= {row.user.name: "a worker" for row in rows if row.user}
    roles = {"auditor": "the auditor", "supervisor": "the supervisor", "team_manager": "the team manager"}
    roles["worker"] = "the worker"
    found |= {person.name: words for role, words in roles.items() if (person := getattr(audit, role)) is not None}
    found |= {case.worker_name: "the worker", case.reference: "the case", audit.reference: "this audit"}
    if audit.team:
        found[audit.team.name] = "the team"
    if audit.service:
        found[audit.service.name] = "the service"
    return {name: role for name, role in found.items() if name.strip()}


def _people_named(audit: Audit) -> list[dict[str, str]]:
    """The rows of people on the audit's first page: family, brothers and sisters, professionals."""
    stored = audit.pages.filter(page="overview").first()
    content = stored.content if stored else {}
    rows = [row for value in content.values() if isinstance(value, list) for row in value if isinstance(row, dict)]
    return [*rows, {"name": str(content.get("child_name", "")), "role": "the child"}]


def _who(row: Mapping[str, str]) -> str:
    role = str(row.get("role") or row.get("relation") or row.get("relationship") or "").strip()
    return role if role.startswith("the ") else f"[{role.lower()}]" if role else "[somebody]"


def without_names(text: str, names: Mapping[str, str]) -> str:
    """A text with roles for names, the longest first, then for the single names of those close to the case."""
    for pattern, word in ((CONTACT, "[contact]"), (SCHOOL, "[place]")):
        text = pattern.sub(word, text)
    whole = sorted(names, key=lambda each: (-len(each), each))
    persons = [name for name in reversed(whole) if names[name] not in WHOLE_ONLY]
    close = {part: names[name] for name in persons for part in _parts(name)}
    single = {part: role for part, role in close.items() if part not in names}
    lower = {name.lower(): role for name, role in names.items()}
    text = _replaced(text, lower, flags=re.IGNORECASE)
    text = _replaced(text, single)
    return coarse(text)


def _replaced(text: str, known: Mapping[str, str], *, flags: re.RegexFlag = re.NOFLAG) -> str:
    """A text with what is known replaced, the longest first; with IGNORECASE what is known is in small letters."""
    if not known:
        return text
    either = "|".join(re.escape(name) for name in sorted(known, key=lambda each: (-len(each), each)))

    def role_of(hit: re.Match[str]) -> str:
        return known[hit.group(1).lower() if flags else hit.group(1)]

    return re.sub(rf"\b({either})\b", role_of, text, flags=flags)


def _parts(name: str) -> list[str]:
    """The single names in a name that are long enough to stand for somebody."""
    return [
        part for part in re.split(r"[\s-]+", name) if len(part) >= SHORTEST and part[:1].isupper() and part.isalpha()
    ]


def coarse(text: str) -> str:
    """A text whose days are months only: "18 November 2026" becomes "November 2026", "18/11/2026" "[a day]"."""
    return WRITTEN_DAY.sub("[a day]", NAMED_DAY.sub(lambda hit: f"{hit.group(1)}{hit.group(2) or ''}", text))
