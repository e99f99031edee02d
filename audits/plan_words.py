"""The words that case systems use for a child's plan, read as ours."""

from __future__ import annotations

import re
from collections.abc import Sequence

from audits.models import Plan
from people.file_values import without_code
from people.spreadsheet import Cell
from people.wording import label

PATTERNS = (
    (Plan.CHILD_IN_CARE.value, r"looked after|\bin care\b|child_in_care|cared for|we care for|\b(lac|cla|cic)\b"),
    (Plan.CHILD_PROTECTION.value, r"child protection|child_protection|\bcpp?\b"),
    (Plan.PATHWAY.value, r"pathway|care leaver|leaving care|former relevant|\bcl\b"),
    (Plan.CHILD_IN_NEED.value, r"in need|child_in_need|\bcin\b|family help|section 17|\bs17\b"),
    (Plan.ASSESSMENT.value, r"assessment"),
)
IN_ORDER = tuple(plan.value for plan in Plan)
CLOSED = re.compile(r"^(clos|ended|ceased|inactive)", re.IGNORECASE)
NO_PLAN = re.compile(r"^(no\b|none|not on a plan|referral|duty)", re.IGNORECASE)


def plans_from(cell: Cell | None) -> list[str] | None:
    """Every plan a text names, in order of precedence; ["closed"] if closed, [] for none; None for unknown words."""
    text = without_code(cell).replace("&amp;", "&").casefold()
    if not text or NO_PLAN.match(text):
        return []
    if CLOSED.match(text):
        return [Plan.CLOSED.value]
    return [plan for plan, pattern in PATTERNS if re.search(pattern, text)] or None


def leading(plans: Sequence[str]) -> str:
    """The plan that takes precedence: in care, then child protection, pathway, in need, assessment, none."""
    return next((code for code in IN_ORDER if code in plans), Plan.NONE.value)


def in_words(plan: str, plans: Sequence[str]) -> str:
    """The leading plan and the others with it, in the council's words."""
    if len(plans) < 2:
        return label("plans", plan)
    others = [label("plans", other) for other in plans if other != plan]
    return " and ".join([label("plans", plan), *others])
