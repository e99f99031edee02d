"""Cases that a file adds, written by the thousand: lighter than models until they are rows."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from audits.models import Case, Plan
from audits.models.case import age_on
from people.copying import array_text, copy_rows
from people.models import FileImport, Team, User

PLAIN = (
    "child_name",
    "date_of_birth",
    "gender",
    "ethnicity",
    "primary_language",
    "disability",
    "cp_category",
    "referral_date",
    "opened_on",
    "family_reference",
    "restricted",
)


@dataclass(slots=True)
class NewCase:
    """A case that a file adds, until it is written: as a Case, but made in a tenth of the time."""

    reference: str
    child_name: str = ""
    date_of_birth: date | None = None
    gender: str = ""
    ethnicity: str = ""
    primary_language: str = ""
    disability: bool | None = None
    cp_category: str = ""
    referral_date: date | None = None
    opened_on: date | None = None
    family_reference: str = ""
    restricted: bool = False
    plan: str = Plan.NONE.value
    plans: list[str] = field(default_factory=list)
    closed_on: date | None = None
    team: Team | None = None
    team_name: str = ""
    worker: User | None = None
    worker_name: str = ""
    chair: User | None = None
    flags: list[str] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)

    def age_on(self, day: date) -> int | None:
        return age_on(self.date_of_birth, day)

    def take(self, values: Mapping[str, Any]) -> None:
        """Take the plain values that a file gives."""
        for name in PLAIN:
            if name in values:
                setattr(self, name, values[name])

    @property
    def team_id(self) -> int | None:
        return self.team.pk if self.team else None

    @property
    def worker_id(self) -> int | None:
        return self.worker.pk if self.worker else None

    @property
    def chair_id(self) -> int | None:
        return self.chair.pk if self.chair else None


COPIED = (
    "reference",
    *PLAIN,
    "plan",
    "plans",
    "closed_on",
    "team_id",
    "team_name",
    "worker_id",
    "worker_name",
    "chair_id",
    "flags",
    "facts",
    "last_import_id",
)


def copied(case: NewCase, file_import: FileImport) -> list[Any]:
    """A new case as a row of COPIED."""
    plain = [getattr(case, name) for name in PLAIN]
    return [
        case.reference,
        *plain,
        case.plan,
        array_text(case.plans),
        case.closed_on,
        case.team_id,
        case.team_name,
        case.worker_id,
        case.worker_name,
        case.chair_id,
        array_text(case.flags),
        json.dumps(case.facts),
        file_import.pk,
    ]


def write_new(cases: Iterable[NewCase], file_import: FileImport) -> None:
    """Add the cases of a file."""
    copy_rows(Case, COPIED, (copied(case, file_import) for case in cases))
