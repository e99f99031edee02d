"""The rules of the programme in words: what each does, and what changed when, by whom and why."""

from __future__ import annotations

from dataclasses import dataclass

from allocation.models import Rules

# What each rule is called, what it does in a sentence, and its unit.
RULES: dict[str, tuple[str, str, str]] = {
    "lookback_months": (
        "A team’s involvement counts for",
        "A team that was involved in a case does not audit it until its part has been over for so long.",
        "months",
    ),
    "same_child_months": (
        "Not the same child again for",
        "An auditor does not get a child whom they audited in this time. 0: no such rule.",
        "months",
    ),
    "same_worker_months": (
        "Not the same worker again for",
        "An auditor does not get a case of a worker whose case they audited in this time. 0: no such rule.",
        "months",
    ),
    "recently_audited_months": (
        "A case rests after an audit for",
        "A case audited in this time is not drawn, unless a re-audit of it is due. 0: no such rule.",
        "months",
    ),
    "newly_opened_days": (
        "A new case is left alone for",
        "A case that was opened so recently has too little in it to audit. 0: no such rule.",
        "days",
    ),
    "re_audit_months": (
        "A case with an urgent grade is audited again after",
        "A case graded Inadequate comes up again after so long. 0: no re-audits.",
        "months",
    ),
    "improvement_sample_percent": (
        "Part of the cases below good that is audited again",
        "Once a quarter so many of the cases graded Requires Improvement are audited again.",
        "percent",
    ),
    "extension_days": (
        "A line manager may extend by up to",
        "A longer extension goes on to the principal social worker.",
        "days",
    ),
}
COMPETENCY = (
    "Only auditors who are signed off for the template are drawn",
    "Those still learning are drawn with a supervisor who is signed off.",
)


@dataclass(frozen=True, slots=True)
class RuleChange:
    """One change of the rules: the row it made, and each rule with what it was and what it is."""

    rules: Rules
    changed: tuple[tuple[str, str, str], ...]


def changes() -> list[RuleChange]:
    """Every change of the rules, the newest first. One query."""
    rows = list(Rules.objects.select_related("changed_by"))
    before = [*rows, Rules()][1:]  # of each row the next older one; of the first the rules as the portal came
    return [RuleChange(row, _compared(old, row)) for row, old in zip(rows, before, strict=True)]


def _compared(old: Rules, new: Rules) -> tuple[tuple[str, str, str], ...]:
    found = [
        (words, f"{getattr(old, name):,} {unit}", f"{getattr(new, name):,} {unit}")
        for name, (words, _, unit) in RULES.items()
        if getattr(old, name) != getattr(new, name)
    ]
    if old.competency_required != new.competency_required:
        found.append((COMPETENCY[0], _yes_or_no(old.competency_required), _yes_or_no(new.competency_required)))
    return tuple(found)


def _yes_or_no(value: bool) -> str:
    return "yes" if value else "no"
