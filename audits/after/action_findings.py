"""Which findings the actions of an audit answer, and which ones no action answers (S7)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from audits.models import SmartAction
from audits.reading import AnsweredPage
from audits.structure import AuditForm

LONGEST = 160  # characters of a standard's wording beside its number


@dataclass(frozen=True)
class ToAnswer:
    """Something that is not good: a section by its grade, or a standard answered No."""

    code: str
    words: str
    section: str  # the code of its section; its own where it is one


@dataclass(frozen=True)
class Unanswered:
    """A section with what no action answers: itself, or only so many of its standards."""

    code: str
    title: str
    whole: bool  # graded below good, and no action answers it or anything in it
    standards: int  # answered No, without an action


def to_answer(pages: Iterable[AnsweredPage]) -> list[ToAnswer]:
    """Sections graded below good and standards answered No, in the form's order; nothing of a section set aside."""
    found = []
    for page in pages:
        if page.standards and not page.set_aside:
            if _is_weak(page):
                found.append(ToAnswer(page.code, page.title, page.code))
            found += [
                ToAnswer(each["code"], f"{each['number']} {each['text']}"[:LONGEST], page.code) for each in _noes(page)
            ]
    return found


def _is_weak(page: AnsweredPage) -> bool:
    return page.grade is not None and not page.grade.point.is_good


def _noes(page: AnsweredPage) -> list[dict[str, str]]:
    return [each for each in page.standards if each["value"] == "no"]


def choices(pages: Iterable[AnsweredPage]) -> list[tuple[str, str]]:
    """What an auditor may tick for an action: (code, words)."""
    return [(each.code, each.words) for each in to_answer(pages)]


def names(form: AuditForm) -> dict[str, str]:
    """The words of every section and standard of a form, by code: "3. Plans", "3.2" for a standard."""
    found = {}
    for section in form.sections:
        found[section.code] = f"{section.number}. {section.title}"
        for number, standard in enumerate(section.standards, 1):
            found[standard.code] = f"standard {section.number}.{number}"
    return found


def answered_by(action: SmartAction, *, form: AuditForm) -> str:
    """What an action answers, in words; empty where nothing was ticked."""
    known = names(form)
    said = ", ".join(known[code] for code in action.findings if code in known)
    return said[:1].upper() + said[1:]


def unanswered(pages: Iterable[AnsweredPage], actions: Iterable[SmartAction]) -> list[Unanswered]:
    """What no action answers, section by section: a ticked section answers all in it, a ticked standard itself."""
    ticked = {code for action in actions for code in action.findings}
    left = []
    for page in pages:
        if not page.standards or page.set_aside or page.code in ticked:
            continue
        open_ = [each for each in _noes(page) if each["code"] not in ticked]
        whole = _is_weak(page) and len(open_) == len(_noes(page))
        if whole or open_:
            left.append(Unanswered(page.code, page.title, whole, len(open_)))
    return left
