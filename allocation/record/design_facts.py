"""What a draw depends on of the way its month is set up, as it goes on record, and whether that changed since."""

from __future__ import annotations

import json
from typing import Any

from django.db.models import F, Func, TextField, Value

from allocation.models import Cycle, StrataMethod

FACT = "design"  # the name under which it stands among the facts of a frozen draw
WORDS = {
    "due_on": "the due date",
    "template_version": "the template",
    "groups": "who audits",
    "target": "how many audits are wanted",
    "cohort": "which cases it is about",
    "strata": "how it is spread",
    "evened_over": "how loads are made even",
    "one_per_family": "one child per family",
    "with_re_audits": "whether re-audits come on top",
}


def design_of(cycle: Cycle) -> dict[str, Any]:
    """Everything of a month's set-up that a draw depends on, as plain values. The theme and its questions do not."""
    return {
        "due_on": cycle.due_on.isoformat() if cycle.due_on else "",
        "template_version": cycle.template_version_id,
        "groups": sorted(cycle.groups),
        "target": cycle.target,
        "cohort": cycle.cohort,
        "strata": _strata(cycle),
        "evened_over": cycle.evened_over,
        "one_per_family": cycle.one_per_family,
        "with_re_audits": cycle.with_re_audits,
    }


def _strata(cycle: Cycle) -> list[Any]:
    """What it is spread over and how; what does not count for the method chosen is left out."""
    if not cycle.strata_by:
        return []
    fixed = cycle.strata_method == StrataMethod.FIXED
    return [cycle.strata_by, cycle.strata_method, cycle.strata_numbers if fixed else cycle.strata_minimum]


def design_text(cycle: Cycle) -> str:
    """The set-up of a month in its one form, for the facts of a frozen draw (under FACT)."""
    return json.dumps(design_of(cycle), sort_keys=True, separators=(",", ":"))


def changed_since_draw(cycle: Cycle) -> tuple[str, ...]:
    """What of the set-up changed after the latest draw, in words; empty where nothing did or there is no draw.

    Reads the first line of the frozen document, in one query.
    """
    head = Func(F("inputs"), Value("\n"), Value(1), function="split_part", output_field=TextField())
    first = cycle.draws.order_by("-number").annotate(head=head).values_list("head", flat=True).first()
    if first is None:
        return ()
    kept = json.loads(first)["facts"].get(FACT)
    if kept is None:
        return ()
    then, now = json.loads(kept), design_of(cycle)
    return tuple(words for key, words in WORDS.items() if then.get(key) != now[key])
