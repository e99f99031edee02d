"""The random sample of a month's audits for moderation: stratified by grade, from a seed (pure).

An audit's ticket is SHA-256 of "moderation:seed:reference", that of a grade SHA-256 of "moderation grade:seed:grade".
Each grade gives its share of the sample, by largest remainder; equal remainders go by the tickets of the grades. Of
each grade the lowest tickets are drawn. So the same audits and the same seed give the same sample, and anybody can
work a ticket out.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Stratum:
    """A grade: how many audits of the lot have it, and how many of them were drawn."""

    grade: str
    there: int
    drawn: int


@dataclass(frozen=True, slots=True)
class Sample:
    """What a draw gives: the references in the order of their tickets, and each grade's share."""

    references: tuple[str, ...]
    strata: tuple[Stratum, ...]


def ticket(reference: str, *, seed: str) -> str:
    """The ticket of an audit, in hexadecimal."""
    return hashlib.sha256(f"moderation:{seed}:{reference}".encode()).hexdigest()


def grade_ticket(grade: str, *, seed: str) -> str:
    """The ticket of a grade, which decides between equal remainders."""
    return hashlib.sha256(f"moderation grade:{seed}:{grade}".encode()).hexdigest()


def size(there: int, *, percent: int) -> int:
    """How many audits are drawn: the percentage rounded up, at least one, none of none.

    Raises ValueError for a percentage outside 1 to 100.
    """
    if not 1 <= percent <= 100:
        raise ValueError(f"{percent} is no percentage of a sample.")
    return -(-there * percent // 100)


def shares(counts: Mapping[str, int], *, total: int, seed: str) -> dict[str, int]:
    """How many each grade gives, in proportion; `total` is at most what is there. A grade gives none it does not have.

    Raises ValueError for more than there is.
    """
    there = sum(counts.values())
    if not 0 <= total <= there:
        raise ValueError(f"{total} cannot be drawn of {there}.")
    if not there:
        return {}
    given = {grade: total * count // there for grade, count in counts.items()}
    by_rest = sorted(counts, key=lambda grade: (-(total * counts[grade] % there), grade_ticket(grade, seed=seed)))
    for grade in by_rest[: total - sum(given.values())]:
        given[grade] += 1
    return given


def draw(lot: Mapping[str, str], *, percent: int, seed: str) -> Sample:
    """Draw from a lot, which says of each reference its grade. The order of the lot makes no difference."""
    counts = Counter(lot.values())
    given = shares(counts, total=size(len(lot), percent=percent), seed=seed)
    in_order = sorted(lot, key=lambda reference: (ticket(reference, seed=seed), reference))
    taken: list[str] = []
    left = dict(given)
    for reference in in_order:
        if left[lot[reference]]:
            left[lot[reference]] -= 1
            taken.append(reference)
    strata = tuple(Stratum(grade, counts[grade], given[grade]) for grade in sorted(counts))
    return Sample(tuple(taken), strata)
