"""Tickets: numbers that nobody can choose or foresee, made from the seed of a draw (pure).

The ticket of a case is SHA-256 of "seed:case", that of an auditor SHA-256 of "auditor:seed:auditor", that of a
stratum SHA-256 of "stratum:seed:stratum", that of a family SHA-256 of "family:seed:family". The seed is written in
lower-case hexadecimal digits, so no case can have the ticket of an auditor, a stratum or a family. Tickets are
compared as numbers; should two ever be equal, the ids decide. Anybody can work a ticket out with the SHA-256 tool of
any computer (R. L. Rivest, "Reference implementation code for pseudo-random sampler for election audits", 2011, takes
samples in the same way).
"""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

SEED_FORM = re.compile(r"[0-9a-f]{32,128}")
ROOM = 2**64  # of the first eight bytes of a ticket
SPREAD = 6  # standard deviations by which a guess at the lowest tickets is rounded up

NO_FAMILIES: Mapping[str, str] = {}

Ticketed = tuple[bytes, str]


def case_ticket(case_id: str, *, seed: str) -> str:
    """The ticket of a case: SHA-256 of "seed:case" in hexadecimal."""
    return hashlib.sha256(f"{seed}:{case_id}".encode()).hexdigest()


def auditor_ticket(auditor_id: str, *, seed: str) -> str:
    """The ticket of an auditor: SHA-256 of "auditor:seed:auditor" in hexadecimal."""
    return hashlib.sha256(f"auditor:{seed}:{auditor_id}".encode()).hexdigest()


def stratum_ticket(key: str, *, seed: str) -> str:
    """The ticket of a stratum: SHA-256 of "stratum:seed:stratum" in hexadecimal."""
    return hashlib.sha256(f"stratum:{seed}:{key}".encode()).hexdigest()


def family_ticket(family: str, *, seed: str) -> str:
    """The ticket of a family: SHA-256 of "family:seed:family" in hexadecimal."""
    return hashlib.sha256(f"family:{seed}:{family}".encode()).hexdigest()


class InTicketOrder:
    """Cases by ticket, lowest first; the whole list is sorted only when more than the likely ones are wanted.

    A case that stands for a family (`family_of`) comes by the ticket of the family.
    """

    def __init__(
        self, case_ids: Sequence[str], *, seed: str, likely: int, family_of: Mapping[str, str] = NO_FAMILIES
    ) -> None:
        self._case_ids = case_ids
        self._seed = seed
        self._family_of = family_of
        bound = None if family_of else _bound(likely, among=len(case_ids))
        self._sorted = self._in_order(below=bound)
        self._whole = bound is None

    def __len__(self) -> int:
        """How many cases there are."""
        return len(self._case_ids)

    @property
    def unsorted(self) -> Sequence[str]:
        """The cases as they came: no ticket is made."""
        return self._case_ids

    def __iter__(self) -> Iterator[str]:
        """Every case, lowest ticket first."""
        return (self.at(position)[1] for position in range(len(self)))

    def at(self, position: int) -> Ticketed:
        """The ticket and the case at a position. Raises IndexError beyond the last one."""
        if position >= len(self._sorted) and not self._whole:
            self._sorted = self._in_order(below=None)
            self._whole = True
        return self._sorted[position]

    def _in_order(self, *, below: bytes | None) -> list[Ticketed]:
        found = _tickets(self._case_ids, seed=self._seed, below=below)
        for position, (_, case_id) in enumerate(found if self._family_of else ()):
            if family := self._family_of.get(case_id):
                found[position] = (bytes.fromhex(family_ticket(family, seed=self._seed)), case_id)
        return sorted(found)


def _bound(likely: int, *, among: int) -> bytes | None:
    """A number that at least the likely lowest tickets will be below; None for all of them."""
    generous = likely + int(SPREAD * likely**0.5) + SPREAD
    if 2 * generous >= among:
        return None
    return (generous * ROOM // among).to_bytes(8, "big")


def _tickets(case_ids: Iterable[str], *, seed: str, below: bytes | None) -> list[Ticketed]:
    """Each case with its ticket; written out for speed, since a pool can hold hundreds of thousands: what all tickets
    begin with is hashed once."""
    begun, found = hashlib.sha256(f"{seed}:".encode()), []
    for case_id in case_ids:
        whole = begun.copy()
        whole.update(case_id.encode())
        ticket = whole.digest()
        if below is None or ticket < below:
            found.append((ticket, case_id))
    return found
