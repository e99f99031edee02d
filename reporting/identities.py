"""What must add up before a report may be published (R29)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

COMPLIANCE = ("completed", "in_progress", "overdue", "exempt", "withdrawn")
PART_B = ("waiting", "late", "answered")
ACTIONS = ("open", "overdue", "done")


class ReportError(ValueError):
    """A report that cannot be drafted, built or published; the message is for people."""


def check_sum(name: str, whole: int, parts: Mapping[str, int]) -> None:
    """Raises ReportError unless the parts add up to the whole."""
    if sum(parts.values()) != whole:
        listed = " + ".join(f"{count:,} {label.replace('_', ' ')}" for label, count in parts.items())
        raise ReportError(f"{name}: {whole:,} is not {listed} ({sum(parts.values()):,}).")


def check_share(name: str, share: Mapping[str, int]) -> None:
    """Raises ReportError unless n is part of the total."""
    if not 0 <= share["n"] <= share["total"]:
        raise ReportError(f"{name}: {share['n']:,} cannot be part of {share['total']:,}.")


def identities(figures: Mapping[str, Any]) -> None:
    """Check every sum and share of a report's figures (plain values). Raises ReportError with the first that fails."""
    for name, counts in _compliance_counts(figures):
        check_sum(f"Compliance, {name}", counts["allocated"], {part: counts[part] for part in COMPLIANCE})
    for kind in ("services", "teams"):
        _check_groups(kind, figures)
    for month in figures["months"]:
        _check_grades(month)
    for name, counts in figures["part_b"].items():
        check_sum(f"Part B, {name}", counts["completed"], {part: counts[part] for part in PART_B})
    for name, counts in figures["actions"].items():
        check_sum(f"Actions, {name}", counts["total"], {part: counts[part] for part in ACTIONS})
    _check_kinds(figures)
    _check_after_the_draw(figures)
    _check_shares("", figures)
    _check_month_against_whole(figures)


def _compliance_counts(figures: Mapping[str, Any]) -> Iterable[tuple[str, Mapping[str, int]]]:
    yield from figures["compliance"].items()
    for month in figures["months"]:
        yield f"first audits of {month['month']}", month["first"]
        yield f"re-audits of {month['month']}", month["re_audits"]
    for group in [*figures["services"], *figures["teams"]]:
        for part in ("first", "first_running", "re_audits_running"):
            yield group["name"], group[part]


def _check_groups(kind: str, figures: Mapping[str, Any]) -> None:
    """The groups together are the whole."""
    for part in ("first", "first_running", "re_audits_running"):
        whole = figures["compliance"][part]["allocated"]
        sizes = {f"in {group['name']}": group[part]["allocated"] for group in figures[kind]}
        check_sum(f"Allocated by {kind}", whole, sizes)


def _check_grades(month: Mapping[str, Any]) -> None:
    given = {f"{scale}: {code}": n for scale, counts in month["grades"].items() for code, n in counts.items()}
    check_sum(f"Grades of {month['month']}", month["randomly_drawn"], {**given, "not graded": month["not_graded"]})


def _check_kinds(figures: Mapping[str, Any]) -> None:
    """The kinds of audits together are the month, and only the random ones are in its grades."""
    both = [figures["compliance"][part] for part in ("first", "re_audits")]
    for fate in ("allocated", "completed"):
        counts = {kind["kind"]: kind["compliance"][fate] for kind in figures["kinds"]}
        check_sum(f"The month’s {fate} by kind", sum(part[fate] for part in both), counts)
    random = {kind["kind"]: kind["compliance"]["completed"] for kind in figures["kinds"] if kind["kind"] == "random"}
    check_sum("Randomly drawn", figures["months"][-1]["randomly_drawn"], random)
    apart = {kind: n for kind, n in figures["left_out"].items() if n}
    completed = {k["kind"]: k["compliance"]["completed"] for k in figures["kinds"]}
    check_sum("Left out of the percentages", sum(completed.values()) - sum(random.values()), apart)


def _check_after_the_draw(figures: Mapping[str, Any]) -> None:
    """Re-audits by what they found, audits that did not come back by reason, and those in place of others."""
    for part, whole in (("month", "re_audits"), ("running", "re_audits_running")):
        done = figures["compliance"][whole]["completed"]
        check_sum(f"Re-audits by what they found, {part}", done, figures["improvement"][part])
        first, again = (
            figures["compliance"][kind + whole.removeprefix("re_audits")] for kind in ("first", "re_audits")
        )
        dropped_out = sum(counts[fate] for counts in (first, again) for fate in ("exempt", "withdrawn"))
        changed = figures["changes"][part]
        check_share(
            f"Audits in place of others, {part}",
            {"n": changed["from_reserve"] + changed["again"], "total": dropped_out},
        )
        check_share(f"In spite of a rule, {part}", {"n": changed["in_spite_of_a_rule"], "total": changed["by_hand"]})
    both = [figures["compliance"][part] for part in ("first", "re_audits")]
    for fate in ("overdue", "exempt", "withdrawn"):
        reasons = {row["why"]: row["n"] for row in figures["not_returned"] if row["state"] == fate}
        check_sum(f"Not returned, {fate}", sum(part[fate] for part in both), reasons)


def _check_month_against_whole(figures: Mapping[str, Any]) -> None:
    """The month's own row in the series is the month's headline."""
    last = figures["months"][-1]
    for part in ("first", "re_audits"):
        check_sum(f"The month's {part}", figures["compliance"][part]["allocated"], {"listed": last[part]["allocated"]})
    graded = sum(sum(counts.values()) for counts in last["grades"].values())
    check_sum("Graded audits of the month", figures["practice"]["good"]["total"], {"in the chart": graded})


def _check_shares(name: str, value: Any) -> None:
    if isinstance(value, dict) and set(value) == {"n", "total"}:
        check_share(name, value)
    elif isinstance(value, dict):
        for key, entry in value.items():
            _check_shares(f"{name} {key}".strip(), entry)
    elif isinstance(value, list):
        for entry in value:
            _check_shares(name, entry)
