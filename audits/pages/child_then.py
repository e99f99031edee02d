"""The child's case as an audit speaks of it: as it is while the audit is written, as it was once it is submitted."""

from __future__ import annotations

from datetime import date
from typing import Any

from audits.models import Audit, Case

KEPT = ("child_name", "gender", "ethnicity", "primary_language", "disability", "plan", "plans", "facts")
KEPT_DAYS = ("date_of_birth", "referral_date", "opened_on", "closed_on")


def case_facts(case: Case) -> dict[str, Any]:
    """What a submitted audit keeps of the case, so that a later case list does not change what it says (rule 11)."""
    days = {name: getattr(case, name) for name in KEPT_DAYS}
    return {
        **{name: getattr(case, name) for name in KEPT},
        **{name: day.isoformat() if day else None for name, day in days.items()},
        "chair": case.chair.name if case.chair else "",
    }


def case_of(audit: Audit) -> Case:
    """The case as it was when the audit was submitted, to be read and never saved; before that, the case itself."""
    then = _then(audit)
    if then is None:
        return audit.case
    days = {name: date.fromisoformat(then[name]) if then[name] else None for name in KEPT_DAYS}
    return Case(reference=audit.case.reference, **{name: then[name] for name in KEPT}, **days)


def chair_name(audit: Audit) -> str:
    """Who reviewed the case or chaired its conferences, as it was when the audit was submitted; empty for nobody."""
    then = _then(audit)
    if then is not None:
        return str(then["chair"])
    return audit.case.chair.name if audit.case.chair else ""


def _then(audit: Audit) -> dict[str, Any] | None:
    """What was kept; None before submission, and of an audit submitted before anything was kept."""
    return audit.case_then if audit.is_submitted else None
