"""The rules of the programme in words: what each does, and what changed when, by whom and why."""

from __future__ import annotations

from dataclasses import dataclass

from allocation.models import Rules

# What each rule is called, what it does in a sentence, and its unit.
RULES: dict[str, tuple[str, str, str]] = {
    "lookback_months": (
        "A team’s involvement counts for",
        "A team that worked with a child does not audit the case until this many months after its part ended.",
        "months",
    ),
    "same_child_months": (
        "Not the same child again for",
        "An auditor is not given a child they audited within this many months. 0 switches this off.",
        "months",
    ),
    "same_worker_months": (
        "Not the same worker again for",
        "An auditor is not given a case of a worker whose case they audited within this many months. "
        "0 switches this off.",
        "months",
    ),
    "recently_audited_months": (
        "A case rests after an audit for",
        "A case audited within this many months is not drawn, unless a re-audit is due. 0 switches this off.",
        "months",
    ),
    "newly_opened_days": (
        "A new case is left alone for",
        "A case opened within this many days is not drawn: there is too little in it yet. 0 switches this off.",
        "days",
    ),
    "re_audit_months": (
        "A case with an urgent grade is audited again after",
        "A case graded Inadequate is audited again this many months later. 0: none is.",
        "months",
    ),
    "improvement_sample_percent": (
        "Share of the cases below good that is audited again",
        "Every quarter, this share of the cases graded Requires Improvement is drawn again. 0: none is.",
        "percent",
    ),
    "extension_days": (
        "A line manager may extend by up to",
        "Where an auditor asks for more days than this, the principal social worker decides as well.",
        "days",
    ),
}
COMPETENCY = (
    "Only auditors who are signed off for the template are drawn",
    "Those still learning are drawn together with a supervisor who is signed off.",
)


def now_in_words(rules: Rules, name: str) -> str:
    """What a rule is now, as a sentence."""
    value = getattr(rules, name)
    return f"Now: {_yes_or_no(value) if isinstance(value, bool) else f'{value:,} {RULES[name][2]}'}."


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
