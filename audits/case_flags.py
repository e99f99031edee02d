"""What a case's own fields say of its cohorts: under five, not yet born, disabled, at risk of sexual abuse."""

from __future__ import annotations

from datetime import date

from audits.models.case import age_on

WORKED_OUT = frozenset({"under_five", "unborn", "sexual_abuse", "disability"})


def worked_out(
    *, born: date | None, gender: str, disability: bool | None, category: str, today: date
) -> frozenset[str]:
    """The flags that follow from these fields on a day."""
    unborn = "unborn" in gender.casefold() if born is None else born > today
    age = age_on(born, today)
    told = {
        "unborn": unborn,
        "under_five": age is not None and age < 5,
        "disability": bool(disability),
        "sexual_abuse": "sexual" in category.casefold(),
    }
    return frozenset(flag for flag, holds in told.items() if holds)
