"""The loop of an audit in eight points, from allocated to looked at again: done, to come, late, missed, not needed."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Count, Max, Min, Q

from audits.deadlines import london_date
from audits.models import SET_ASIDE, Audit, PageAnswers, SmartAction, Status, StatusChange
from audits.structure import form_of

DONE, NOT_YET, LATE, MISSED, NOT_NEEDED = "done", "not-yet", "late", "missed", "not-needed"
HEARD = "Heard child and family"
HEARD_ON = ("meeting", "child", "parent")  # the pages that say who was met and heard


@dataclass(frozen=True)
class Point:
    """One point of the loop: what it is, how it stands, in a word, and the day it happened or falls due."""

    name: str
    state: str
    word: str
    day: date | None = None

    @property
    def said(self) -> str:
        """The word with its day: "Done 3 Nov 2026", "2 of 2, 3 Nov 2026"."""
        if self.day is None:
            return self.word
        between = " " if self.word.endswith(("ue", "Done", "Signed")) else ", "  # due, Was due
        return f"{self.word}{between}{self.day.day} {self.day:%b %Y}"


@dataclass(frozen=True)
class Known:
    """What is known of an audit beside its own row; read for many audits at once."""

    pages: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    actions: Mapping[str, Any] = field(default_factory=dict)
    answered_on: date | None = None
    again: tuple[bool, date | None] | None = None  # of the audit that looks again: submitted, when


def loop_of(audit: Audit, *, reads: bool, sees_grade: bool = True, today: date) -> tuple[Point, ...]:
    """The eight points of one audit; four queries. `reads`: may read what is in it; `sees_grade`: its grades too."""
    return loops_of([audit], reads={audit.pk} if reads else set(), today=today, blind=() if sees_grade else {audit.pk})[
        audit.pk
    ]


def loops_of(
    audits: Collection[Audit], *, reads: Collection[int], today: date, blind: Collection[int] = ()
) -> dict[int, tuple[Point, ...]]:
    """The points of many audits by pk: four queries at most, whatever their number.

    `reads` are those whose answers this person may read, `blind` those whose grades are kept from them.
    """
    known = _known(audits)
    return {
        audit.pk: _points(
            audit, known.get(audit.pk, Known()), reads=audit.pk in reads, blind=audit.pk in blind, today=today
        )
        for audit in audits
    }


def _known(audits: Collection[Audit]) -> dict[int, Known]:
    """What is known of each; nothing is asked where there can be nothing to find."""
    submitted = [audit.pk for audit in audits if audit.is_submitted]
    signed = [audit.pk for audit in audits if audit.status in (Status.ACTIONS, Status.CLOSED)]
    pages, actions = _heard_pages([audit.pk for audit in audits]), _counted(submitted)
    again = _repeated([audit.pk for audit in audits if audit.is_submitted and getattr(audit, "followed", True)])
    answered = _answered(signed)
    return {
        audit.pk: Known(pages.get(audit.pk, {}), actions.get(audit.pk, {}), answered.get(audit.pk), again.get(audit.pk))
        for audit in audits
    }


def _heard_pages(pks: list[int]) -> dict[int, dict[str, Any]]:
    found: dict[int, dict[str, Any]] = {}
    rows = PageAnswers.objects.filter(audit__in=pks, page__in=HEARD_ON).values_list("audit_id", "page", "content")
    for audit_id, page, content in rows:
        found.setdefault(audit_id, {})[page] = content
    return found


def _counted(pks: list[int]) -> dict[int, Mapping[str, Any]]:
    rows = SmartAction.objects.filter(audit__in=pks).order_by().values("audit_id")
    counted = rows.annotate(
        all=Count("pk"),
        done=Count("done_on"),
        verified=Count("verified_on"),
        last_done=Max("done_on"),
        last_verified=Max("verified_on"),
        next_due=Min("due_on", filter=Q(done_on__isnull=True)),
    )
    return {row["audit_id"]: row for row in counted}


def _answered(pks: list[int]) -> dict[int, date]:
    signed = StatusChange.objects.filter(audit__in=pks, step="answer").order_by("at").values_list("audit_id", "at")
    return {audit_id: london_date(at) for audit_id, at in signed}


def _repeated(pks: list[int]) -> dict[int, tuple[bool, date | None]]:
    """Of each audit, whether the one that looks again was submitted, and when; not one that was set aside."""
    rows = Audit.objects.filter(re_audit_of__in=pks).exclude(status__in=SET_ASIDE).order_by("month", "pk")
    found: dict[int, tuple[bool, date | None]] = {}
    for first, at in rows.values_list("re_audit_of_id", "submitted_at"):
        if first is not None:
            found[first] = (at is not None, london_date(at) if at else None)
    return found


def _points(audit: Audit, known: Known, *, reads: bool, blind: bool, today: date) -> tuple[Point, ...]:
    if audit.status in SET_ASIDE:
        return ()
    heard = (_met(audit, known), _heard(audit, known)) if reads else (_unread("Met the worker"), _unread(HEARD))
    return (
        Point("Allocated", DONE, "Done", london_date(audit.allocated_at)),
        *heard,
        _submitted(audit, today=today),
        _part_b(audit, known, today=today),
        *_actions(audit, known, today=today),
        _again(audit, known, blind=blind),
    )


def _unread(name: str) -> Point:
    return Point(name, NOT_YET, "Known once submitted")


def _day(content: Mapping[str, Any], name: str) -> date | None:
    """A day typed as three inputs; None where they make no date."""
    try:
        return date(*(int(content.get(f"{name}_{part}", "")) for part in ("year", "month", "day")))
    except ValueError:
        return None


def _met(audit: Audit, known: Known) -> Point:
    page = known.pages.get("meeting", {})
    if page.get("met") == "yes":
        return Point("Met the worker", DONE, "Done", _day(page, "met_on"))
    if page.get("met") == "no":
        return Point("Met the worker", MISSED, "Did not meet")
    return Point("Met the worker", NOT_YET, "Not recorded" if audit.is_submitted else "Not yet")


def _heard(audit: Audit, known: Known) -> Point:
    pages = {name: known.pages.get(name, {}) for name in ("child", "parent")}
    spoken = [name for name, page in pages.items() if page.get("spoken") == "yes"]
    days = [found for name in spoken if (found := _day(pages[name], "spoken_on"))]
    if len(spoken) == 2:
        return Point(HEARD, DONE, "Both", max(days, default=None))
    if spoken:
        words = {"child": "Child only", "parent": "Family only"}
        return Point(HEARD, DONE if audit.is_submitted else NOT_YET, words[spoken[0]], max(days, default=None))
    if audit.is_submitted:
        return Point(HEARD, MISSED, "Not heard")
    return Point(HEARD, NOT_YET, "Not yet")


def _submitted(audit: Audit, *, today: date) -> Point:
    if audit.submitted_at:
        return Point("Submitted", DONE, "Done", london_date(audit.submitted_at))
    late = audit.is_overdue(today)
    return Point("Submitted", LATE if late else NOT_YET, "Was due" if late else "Due", audit.due_on)


def _part_b(audit: Audit, known: Known, *, today: date) -> Point:
    if audit.status in (Status.ACTIONS, Status.CLOSED):
        return Point("Part B", DONE, "Signed", known.answered_on)
    if not audit.is_submitted or audit.part_b_due_on is None:
        return Point("Part B", NOT_YET, "Not yet")
    if audit.status in (Status.DISPUTED, Status.MEDIATION):
        return Point("Part B", NOT_YET, audit.get_status_display())
    late = audit.part_b_due_on < today
    return Point("Part B", LATE if late else NOT_YET, "Was due" if late else "Due", audit.part_b_due_on)


def _actions(audit: Audit, known: Known, *, today: date) -> tuple[Point, Point]:
    found = known.actions
    if not audit.is_submitted:
        return Point("Actions done", NOT_YET, "Not yet"), Point("Verified", NOT_YET, "Not yet")
    if not found:
        return Point("Actions done", NOT_NEEDED, "None set"), Point("Verified", NOT_NEEDED, "None set")
    done = Point("Actions done", DONE, _of(found, "done"), found["last_done"])
    if found["done"] < found["all"]:
        next_due = found["next_due"]
        late = next_due < today
        done = Point(
            "Actions done", LATE if late else NOT_YET, f"{_of(found, 'done')}, {'was ' * late}due", found["next_due"]
        )
    whole = found["verified"] == found["all"]
    day = found["last_verified"] if whole else None
    return done, Point("Verified", DONE if whole else NOT_YET, _of(found, "verified"), day)


def _of(found: Mapping[str, Any], name: str) -> str:
    return f"{found[name]} of {found['all']}"


def _again(audit: Audit, known: Known, *, blind: bool) -> Point:
    if known.again:
        submitted, day = known.again
        return (
            Point("Looked at again", DONE, "Done", day) if submitted else Point("Looked at again", NOT_YET, "Under way")
        )
    if not audit.is_submitted:
        return Point("Looked at again", NOT_YET, "Known later")
    if blind:
        return Point("Looked at again", NOT_YET, "Not yet")
    grade = form_of(audit.template_version_id).grade_by_pk(audit.grade_now_id)
    if grade is not None and grade.point.is_urgent:
        return Point("Looked at again", NOT_YET, "To be done")
    return Point("Looked at again", NOT_NEEDED, "Not needed")
