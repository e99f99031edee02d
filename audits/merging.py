"""Bring together what two sides wrote on the same page, question by question, so that neither is overwritten (R4)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

Path = tuple[str, ...]  # where a question's answer stands in a page's content: ("answers", "S1-01")
Tree = Mapping[str, Any]
DATE_PARTS = ("_day", "_month", "_year")


@dataclass(frozen=True)
class Clash:
    """A question that both sides answered differently since they parted."""

    path: Path
    mine: Any
    theirs: Any


@dataclass(frozen=True)
class Merged:
    """The page with both sides' changes; where they clash it keeps theirs, which is stored, until somebody chooses.

    `taken`: the questions at which it says what they wrote, and mine said something else.
    """

    content: dict[str, Any]
    clashes: tuple[Clash, ...]
    taken: tuple[Path, ...]


def name_of(path: Path) -> str:
    """The name of a question's input on the page: answers__S1-01."""
    return "__".join(path)


def questions(content: Tree) -> dict[Path, Any]:
    """What is answered, question by question: a text, rows of people as one, a date's three parts as one.

    An empty answer is no answer and left out.
    """
    found: dict[Path, Any] = {}
    for key, value in content.items():
        if isinstance(value, Mapping):
            found |= {(key, *path): inner for path, inner in questions(value).items()}
        elif value and _stem(key) != key and not content.get(_stem(key)):
            found.setdefault((_stem(key),), {})[key] = value
        elif value:
            found[key,] = value
    return found


def _stem(key: str) -> str:
    """met_on for met_on_day; anything else as it is."""
    part = next((part for part in DATE_PARTS if key.endswith(part) and len(key) > len(part)), "")
    return key.removesuffix(part) if part else key


def with_answer(content: Tree, path: Path, answer: Any) -> dict[str, Any]:
    """The content with one question answered so; None takes the answer away."""
    head, *rest = path
    if rest:
        inner = content.get(head)
        return {**content, head: with_answer(inner if isinstance(inner, Mapping) else {}, tuple(rest), answer)}
    names = {head, *(head + part for part in DATE_PARTS)}
    others = {key: value for key, value in content.items() if key not in names or isinstance(value, Mapping)}
    if answer is None:
        return others
    return {**others, **answer} if isinstance(answer, Mapping) else {**others, head: answer}


def changed(before: Tree, after: Tree) -> dict[Path, tuple[Any, Any]]:
    """The questions that are answered differently: what they said before and what they say after."""
    old, new = questions(before), questions(after)
    return {
        path: (old.get(path), new.get(path)) for path in [*old, *(new.keys() - old.keys())] if _differ(path, old, new)
    }


def _differ(path: Path, one: Mapping[Path, Any], other: Mapping[Path, Any]) -> bool:
    return bool(one.get(path) != other.get(path))


def merge(base: Tree, *, mine: Tree, theirs: Tree, undecided: Collection[str] = ()) -> Merged:
    """Put my changes since `base` into theirs, which are stored. A question that both changed differently is a clash.

    At an `undecided` question, named as on the page, any difference is a clash: the choice is still to be made.
    """
    start, here, there = questions(base), questions(mine), questions(theirs)
    content, clashes, taken = dict(theirs), [], []
    for path in sorted({*here, *there}):
        if not _differ(path, here, there):
            continue
        open_ = name_of(path) in undecided
        if not open_ and not _differ(path, here, start):
            taken.append(path)
        elif not open_ and not _differ(path, there, start):
            content = with_answer(content, path, here.get(path))
        else:
            clashes.append(Clash(path, here.get(path), there.get(path)))
    return Merged(content, tuple(clashes), tuple(taken))
