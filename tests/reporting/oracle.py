"""Every figure a second time: plain Python over whole rows, one loop each, nothing shared with the product."""

from __future__ import annotations

from collections import Counter
from datetime import date
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

from allocation.models import Allocation, AuditRequest, Chase, Handover, Override
from audits.models import Audit, PartB, SmartAction
from people.models import Activity, OutgoingMail

LONDON = ZoneInfo("Europe/London")
SUBMITTED = {"with_team", "actions", "closed"}


def compliance(audits: list[Audit], as_of: date) -> dict[str, int]:
    counts = Counter()
    for audit in audits:
        counts["allocated"] += 1
        if audit.status in SUBMITTED:
            counts["completed"] += 1
        elif audit.status in {"exempt", "withdrawn"}:
            counts[audit.status] += 1
        elif as_of > audit.due_on:
            counts["overdue"] += 1
        else:
            counts["in_progress"] += 1
    keys = ("allocated", "completed", "in_progress", "overdue", "exempt", "withdrawn")
    return {key: counts[key] for key in keys}


def on_time(audits: list[Audit]) -> dict[str, int]:
    done = [audit for audit in audits if audit.status in SUBMITTED]
    good = [audit for audit in done if audit.submitted_at.astimezone(LONDON).date() <= audit.due_on]
    return {"n": len(good), "total": len(done)}


def graded(audits: list[Audit]) -> list[Audit]:
    return [a for a in audits if a.status in SUBMITTED and a.selection == "random" and a.overall_grade is not None]


def grade_counts(audits: list[Audit]) -> dict[str, int]:
    return dict(Counter(audit.overall_grade.code for audit in graded(audits)))


def good(audits: list[Audit]) -> dict[str, int]:
    rows = graded(audits)
    return {"n": sum(audit.overall_grade.is_good for audit in rows), "total": len(rows)}


def urgent(audits: list[Audit]) -> dict[str, int]:
    rows = graded(audits)
    return {"n": sum(audit.overall_grade.is_urgent for audit in rows), "total": len(rows)}


def part_b(audits: list[Audit], as_of: date) -> dict[str, int]:
    done = [audit for audit in audits if audit.status in SUBMITTED]
    waiting = [audit for audit in done if audit.status == "with_team"]
    late = [audit for audit in waiting if audit.part_b_due_on < as_of]
    return {
        "completed": len(done),
        "waiting": len(waiting) - len(late),
        "late": len(late),
        "answered": len(done) - len(waiting),
    }


def days(audits: list[Audit]) -> dict[str, Any]:
    ids = {audit.pk: audit for audit in audits}
    took = []
    for part in PartB.objects.all():
        if part.audit_id in ids and part.manager_signed_at and part.worker_signed_at:
            both = max(part.manager_signed_at, part.worker_signed_at).astimezone(LONDON).date()
            took.append((both - ids[part.audit_id].submitted_at.astimezone(LONDON).date()).days)
    return {"days": median(took) if took else None, "of": len(took)}


def actions(audits: list[Audit], as_of: date) -> dict[str, int]:
    ids = {audit.pk for audit in audits if audit.status in SUBMITTED}
    rows = [action for action in SmartAction.objects.all() if action.audit_id in ids]
    done = [action for action in rows if action.done_on]
    overdue = [action for action in rows if not action.done_on and action.due_on < as_of]
    return {
        "total": len(rows),
        "open": len(rows) - len(done) - len(overdue),
        "overdue": len(overdue),
        "done": len(done),
        "done_on_time": sum(action.done_on <= action.due_on for action in done),
    }


def chases(audits: list[Audit]) -> dict[str, int]:
    ids = {audit.pk for audit in audits}
    found = Counter(chase.stage for chase in Chase.objects.all() if chase.audit_id in ids and not chase.superseded)
    return {stage: found[stage] for stage in ("before", "on_due_date", "line_manager", "next_manager")}


def urgent_mail(audits: list[Audit]) -> dict[str, int]:
    about = {
        f"audit:{a.reference}"
        for a in audits
        if a.status in SUBMITTED and a.overall_grade and a.overall_grade.is_urgent
    }
    rows = [mail for mail in OutgoingMail.objects.all() if mail.about in about and mail.kind == "urgent"]
    return {"n": sum(mail.status == "sent" for mail in rows), "total": len(rows)}


def kinds(audits: list[Audit], as_of: date) -> dict[str, dict[str, Any]]:
    found = {}
    for kind in {audit.selection for audit in audits}:
        mine = [audit for audit in audits if audit.selection == kind]
        marked = [audit for audit in mine if audit.status in SUBMITTED and audit.overall_grade]
        found[kind] = {
            "compliance": compliance(mine, as_of),
            "good": {"n": len([a for a in marked if a.overall_grade.is_good]), "total": len(marked)},
            "urgent": {"n": len([a for a in marked if a.overall_grade.is_urgent]), "total": len(marked)},
        }
    return found


def left_out(audits: list[Audit]) -> dict[str, int]:
    counts = dict.fromkeys(("thematic", "targeted", "re_audit", "complaint"), 0)
    for audit in audits:
        if audit.status in SUBMITTED and audit.selection != "random":
            counts[audit.selection] += 1
    return counts


def improvement(audits: list[Audit]) -> dict[str, int]:
    counts = dict.fromkeys(("better", "same", "worse", "not_comparable"), 0)
    for audit in audits:
        if audit.selection != "re_audit" or audit.status not in SUBMITTED:
            continue
        before, now = audit.re_audit_of and audit.re_audit_of.overall_grade, audit.overall_grade
        if not before or not now or before.scale_id != now.scale_id:
            counts["not_comparable"] += 1
        else:
            step = now.order - before.order
            counts["better" if step > 0 else "worse" if step < 0 else "same"] += 1
    return counts


def changes(audits: list[Audit]) -> dict[str, int]:
    ids = {audit.pk for audit in audits}
    allocations = [row for row in Allocation.objects.all() if row.audit_id in ids]
    handovers = [row for row in Handover.objects.all() if row.audit_id in ids]
    longer = [row for row in AuditRequest.objects.all() if row.audit_id in ids and row.kind == "extension"]
    return {
        "by_hand": len([row for row in allocations if row.override_reason]),
        "in_spite_of_a_rule": len([row for row in allocations if row.override_reason and in_spite(row)]),
        "swaps": len([row for row in handovers if row.swap_id]),
        "to_another": len([row for row in handovers if not row.swap_id]),
        "from_reserve": len([row for row in allocations if row.origin == "reserve"]),
        "again": len([row for row in allocations if row.origin == "again"]),
        "extensions": len([row for row in longer if row.state == "agreed"]),
    }


def in_spite(row: Allocation) -> bool:
    kept = [o for o in Override.objects.all() if (o.draw_id, o.case_id) == (row.draw_id, row.case_id) and o.against]
    told = [a for a in Activity.objects.all() if a.target == f"audit:{row.audit.reference}" and a.detail.get("against")]
    return any(not o.taken_back_at for o in kept) or bool(told)


def not_returned(audits: list[Audit], as_of: date) -> Counter[tuple[str, str]]:
    replaced = {row.replaces.audit_id for row in Allocation.objects.select_related("replaces") if row.replaces}
    requests = [row for row in AuditRequest.objects.order_by("pk") if row.state != "withdrawn"]
    found: Counter[tuple[str, str]] = Counter()
    for audit in audits:
        mine = [row for row in requests if row.audit_id == audit.pk]
        agreed = [row for row in mine if row.kind == "exemption" and row.state == "agreed"]
        if audit.status == "exempt":
            found["exempt", _why(agreed[-1]) if agreed else "Decided without a request"] += 1
        elif audit.status == "withdrawn":
            instead = audit.pk in replaced
            found["withdrawn", "Another case came in its place" if instead else "Taken back without another case"] += 1
        elif audit.status not in SUBMITTED and audit.due_on < as_of:
            found["overdue", _why(mine[-1]) if mine else "No reason known"] += 1
    return found


def _why(row: AuditRequest) -> str:
    return "Personal reasons" if _personal(row) else str(row.get_why_display())


def _personal(row: AuditRequest) -> bool:
    return row.why in {"leave", "sickness", "leaving"}


def requests(audits: list[Audit], kind: str) -> dict[str, tuple[int, int, int]]:
    ids = {audit.pk for audit in audits}
    rows = [row for row in AuditRequest.objects.all() if row.audit_id in ids and row.kind == kind]
    for row in rows:
        row.why = "personal" if _personal(row) else row.why
    return {
        why: tuple(
            len([row for row in rows if row.why == why and row.state in states])
            for states in (("agreed", "refused", "withdrawn"), ("agreed",), ("refused",))
        )
        for why in {row.why for row in rows}
    }
