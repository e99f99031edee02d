"""The certificate of a draw: everything that shows how it was made and lets anybody check it."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import QuerySet

from allocation.drawing import draw_document
from allocation.drawing.tickets import case_ticket
from allocation.models import Allocation, Cycle, Draw, Handover, Origin
from allocation.months import proposal
from allocation.months.proposal import Proposal
from allocation.record import draw_record
from allocation.record.draw_record import Verification
from allocation.record.frozen_words import rules_of, settings_of
from audits.models import Audit, Case, Status
from people.models import User
from people.roles import Permission

LISTED = 3_000  # references beyond so many are counted and hashed
TABLED = 300  # lines beyond so many are set as running text in the PDF, which a table would make slow
CHECKED_AT_ONCE = 20_000  # a larger pool is drawn again only when asked for


@dataclass(frozen=True)
class References:
    """Cases of one kind: how many, which (none where they are too many to list), and a hash of which."""

    reason: str
    count: int
    listed: tuple[str, ...]
    sha256: str  # of the portal's numbers of the cases, each followed by a line feed, lowest first; "" if kept back
    kept_back: bool = False  # whoever reads this may see how many, but not which

    @property
    def too_many(self) -> bool:
        """Whether they are counted only."""
        return self.count > LISTED


@dataclass(frozen=True)
class Example:
    """A ticket worked out, for somebody who wants to check one by hand."""

    case: Case
    text: str
    ticket: str


@dataclass(frozen=True)
class Change:
    """Something that happened to the audits of a draw after it was published."""

    at: datetime
    words: str
    audit: Audit


@dataclass(frozen=True)
class Certificate:
    """A draw with all that proves it. `check` is None where it was not drawn again."""

    draw: Draw
    read: Proposal
    pool: References
    excluded: list[References]
    auditors_out: list[tuple[User, str]]
    example: Example | None
    check: Verification | None
    earlier: list[Draw]

    @property
    def compact(self) -> bool:
        """Whether the lists are too long for tables in a PDF."""
        return max(len(self.read.pairs), len(self.read.loads), len(self.auditors_out)) > TABLED

    @property
    def settings(self) -> list[tuple[str, str]]:
        """How the month was set up when it was drawn."""
        return settings_of(self.read.inputs.facts)

    @property
    def rules(self) -> list[tuple[str, str]]:
        """The rules that were in force when it was drawn."""
        return rules_of(self.read.inputs.facts)

    @property
    def excluded_count(self) -> int:
        """How many cases were not in the draw."""
        return sum(each.count for each in self.excluded)


def months_for(user: User) -> QuerySet[Cycle]:
    """The months whose certificates somebody may read: those who oversee the programme once they are published."""
    if user.can(Permission.READ_CERTIFICATES) and not user.can(Permission.MANAGE_CYCLES):
        return Cycle.objects.filter(status__in=[Cycle.Status.PUBLISHED, Cycle.Status.CLOSED])
    return Cycle.objects.visible_to(user)


def latest_for(user: User, month: date) -> int | None:
    """The number of the draw by which a month was published, for those who may read its certificate. One query."""
    published = months_for(user).filter(month=month, published_at__isnull=False)
    draws = Draw.objects.filter(cycle__in=published).order_by("-number")
    return draws.values_list("number", flat=True).first()


def certificate(draw: Draw, *, check: bool | None = None, left_out: bool = True) -> Certificate:
    """Everything about a draw as it is on record. The same number of queries, whatever its size.

    `check` says whether to draw again now; None: only where the pool is small enough to do it at once. `left_out`:
    the cases that were left out are named too, restricted records and those on hold among them.
    """
    document = draw_document.read(draw.inputs)
    pool_ids = [int(row[0]) for row in document.rows()]
    named = [ids for ids in (pool_ids, *(document.out.values() if left_out else ())) if len(ids) <= LISTED]
    references = _references(each for ids in named for each in ids)
    again = document.pool_size <= CHECKED_AT_ONCE if check is None else check
    read = proposal.read(draw)
    return Certificate(
        draw=draw,
        read=read,
        pool=_listed("In the pool", pool_ids, references),
        excluded=[
            _listed(reason, document.out[reason], references if left_out else None)
            for reason, n in read.inputs.excluded
            if n
        ],
        auditors_out=read.kept_out,
        example=_example(read),
        check=draw_record.verify(draw) if again else None,
        earlier=list(draws_up_to(draw)),
    )


def draws_up_to(draw: Draw) -> Iterable[Draw]:
    """The draws of the month from the first to this one, with the reason for each second one."""
    draws = Draw.objects.filter(cycle=draw.cycle_id, number__lte=draw.number).select_related("drawn_by")
    return draws.defer("inputs", "result").order_by("number")


def _references(ids: Iterable[int]) -> dict[int, str]:
    return dict(Case.objects.filter(pk__in=set(ids)).order_by().values_list("pk", "reference"))


def _listed(reason: str, ids: Collection[int], references: Mapping[int, str] | None) -> References:
    if references is None:  # nor a hash: numbers are few enough to try them all
        return References(reason, len(ids), (), "", kept_back=True)
    text = "".join(f"{each}\n" for each in sorted(ids)).encode()
    known = references if len(ids) <= LISTED else {}
    listed = tuple(sorted(known[each] for each in ids if each in known))
    return References(reason, len(ids), listed, hashlib.sha256(text).hexdigest())


def _example(read: Proposal) -> Example | None:
    """The ticket of the first case that was drawn."""
    cases = [pair.case for pair in read.pairs]
    if not cases:
        return None
    text = f"{read.draw.seed}:{cases[0].pk}"
    return Example(cases[0], text, case_ticket(str(cases[0].pk), seed=read.draw.seed))


def changes_since(draw: Draw) -> list[Change]:
    """What happened to the audits of a draw after it was published, oldest first. Two queries."""
    given = draw.allocations.select_related("case", "auditor", "audit", "replaces__case", "replaces__audit")
    allocations = list(given.order_by("pk"))
    moved = Handover.objects.filter(audit__allocation__draw=draw).select_related("audit", "from_auditor", "to_auditor")
    found = [change for allocation in allocations for change in _of_allocation(draw, allocation)]
    found += [Change(each.at, _handed_over(each), each.audit) for each in moved]
    return sorted(found, key=lambda change: (change.at, change.audit.reference))


def _of_allocation(draw: Draw, given: Allocation) -> Iterable[Change]:
    audit, at = given.audit, given.audit.allocated_at
    published = draw.cycle.published_at
    if given.origin == Origin.RESERVE and given.replaces is not None:
        instead = f"in place of case {given.replaces.case.reference} (audit {given.replaces.audit.reference})"
        yield Change(at, f"Case {given.case.reference} came from the reserve {instead}, to {given.auditor}.", audit)
    elif given.origin == Origin.AGAIN:
        yield Change(at, f"Case {given.case.reference} was given again, to {given.auditor}.", audit)
    elif given.origin == Origin.OVERRIDE and published is not None and at > published:
        words = f"Case {given.case.reference} was given by hand to {given.auditor}: {given.override_reason}"
        yield Change(at, words, audit)
    if audit.status in {Status.EXEMPT, Status.WITHDRAWN}:
        yield Change(audit.updated_at, f"It is {audit.get_status_display().lower()}.", audit)


def _handed_over(each: Handover) -> str:
    why = f": {each.reason}" if each.reason else ""
    return f"It went from {each.from_auditor} to {each.to_auditor} ({each.get_kind_display().lower()}{why})."
