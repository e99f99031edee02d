"""How an urgent notice stands: why, who was told, who has answered with what. For pages, never for the record."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q, Subquery

from audits.acknowledging import acknowledge_by, still_waited_for
from audits.after.moderation_blind import blind_tasks, may_be_blind
from audits.after.notice_recipients import DUTY
from audits.after.urgent_notices import CORRECTED, URGENT, unanswered
from audits.deadlines import london_date
from audits.models import Audit, GradeChange, NoticeRecipient, SafeNow, SmartAction, UrgentNotice
from audits.models.urgent_notice import UrgentNoticeQuerySet
from audits.risk_reading import how_long
from audits.risk_recipients import TITLE, Part
from audits.young_person import called
from people.holidays import holiday_set
from people.models import User
from people.wording import label


@dataclass(frozen=True, slots=True)
class NoticeState:
    """One notice with those who were told, as it stands at a moment."""

    notice: UrgentNotice
    recipients: list[NoticeRecipient]
    at: datetime
    answer_by: datetime
    ended_at: datetime | None = None  # when the audit was found not to be urgent any more
    mine: NoticeRecipient | None = None  # of whoever looks

    @property
    def is_correction(self) -> bool:
        """Whether it says that the audit is not urgent any more."""
        return self.notice.kind == CORRECTED

    @property
    def waiting_for(self) -> list[NoticeRecipient]:
        """Whose answer is still waited for."""
        if self.is_correction or self.ended_at:
            return []
        return still_waited_for(self.recipients, duty=DUTY)

    @property
    def waits_for_me(self) -> bool:
        """Whether whoever looks must still answer."""
        return self.mine is not None and self.mine in self.waiting_for

    @property
    def may_answer(self) -> bool:
        """Whether whoever looks was told and may say what they do; those told to know may too."""
        told = self.mine is not None and self.mine.acknowledged_at is None
        return told and not self.is_correction and self.ended_at is None

    @property
    def names(self) -> str:
        """Whose answer is waited for, by name."""
        return " and ".join(row.person.name for row in self.waiting_for)

    @property
    def answered(self) -> list[NoticeRecipient]:
        """Who has answered."""
        return [row for row in self.recipients if row.acknowledged_at]

    @property
    def ago(self) -> str:
        """How long ago it was sent."""
        return how_long(self.at - self.notice.at)

    @property
    def is_late(self) -> bool:
        """Whether an answer should have come by now."""
        return bool(self.waiting_for) and self.at > self.answer_by


def in_place_of(row: NoticeRecipient) -> str:
    """In whose place somebody was told from the start, e.g. "team manager"; empty where it is their own job."""
    if row.part not in DUTY or row.part == Part.WORKER:
        return ""
    return "" if row.person.job_role == TITLE[Part(row.part)] else label("roles", TITLE[Part(row.part)]).lower()


def with_end(notices: UrgentNoticeQuerySet) -> UrgentNoticeQuerySet:
    """These notices, each with `ended_at`: when the next one of its audit was written; no query more."""
    later = UrgentNotice.objects.filter(audit=OuterRef("audit"), number__gt=OuterRef("number")).order_by("number")
    return notices.annotate(ended_at=Subquery(later.values("at")[:1]))


def seen_by(viewer: User) -> UrgentNoticeQuerySet:
    """The notices this person may read, `with_end`; none that would tell a moderator a grade before they have graded.

    Who was told of one knows it already.
    """
    rows = with_end(UrgentNotice.objects.visible_to(viewer))
    if not may_be_blind(viewer):
        return rows
    told = NoticeRecipient.objects.filter(notice=OuterRef("pk"), person=viewer)
    return rows.exclude(~Exists(told), audit__in=blind_tasks(viewer).values("audit"))


def listed(viewer: User, *, only_open: bool) -> UrgentNoticeQuerySet:
    """The notices that this person may see, the latest first; or only those that somebody must still answer."""
    rows = seen_by(viewer).filter(kind=URGENT)
    if only_open:
        rows = rows.filter(Exists(unanswered().filter(notice=OuterRef("pk")).order_by()))
    return rows.select_related("audit__team").order_by("-at", "-pk")


def states_of(notices: Iterable[UrgentNotice], *, viewer: User, at: datetime) -> list[NoticeState]:
    """These notices `with_end` as they stand, in their order. Two queries, none where there are no notices."""
    found = list(notices)
    if not found:
        return []
    rows = NoticeRecipient.objects.filter(notice__in=found).select_related("person", "stands_for__person")
    told: dict[int, list[NoticeRecipient]] = {notice.pk: [] for notice in found}
    for row in rows.order_by("pk"):
        told[row.notice_id].append(row)
    first, last = min(n.at for n in found), max(n.at for n in found)
    days = holiday_set(london_date(first), london_date(last) + timedelta(days=30))
    return [
        NoticeState(
            notice,
            told[notice.pk],
            at,
            acknowledge_by(notice.at, holidays=days),
            getattr(notice, "ended_at", None),
            next((row for row in told[notice.pk] if row.person_id == viewer.pk), None),
        )
        for notice in found
    ]


def state_of(notice: UrgentNotice, *, viewer: User, at: datetime) -> NoticeState:
    """One notice `with_end` as it stands. Two queries."""
    return states_of([notice], viewer=viewer, at=at)[0]


def latest_of(audit: Audit, *, viewer: User, at: datetime) -> NoticeState | None:
    """The last notice of an audit as it stands, for who may read it; None where it never was urgent.

    One query, three where it was.
    """
    last = seen_by(viewer).filter(audit=audit).order_by("-number").first()
    return state_of(last, viewer=viewer, at=at) if last else None


def why(audit: Audit, *, adult: bool) -> list[str]:
    """What makes an audit urgent as it stands, in sentences; give it an audit with both overall grades.

    One query. `adult` where they speak of a young person (A8).
    """
    grade = audit.final_grade or audit.overall_grade
    found = [f"The overall grade is {grade.label}."] if grade and grade.is_urgent else []
    if audit.safe_now == SafeNow.NO:
        found.append(called("The auditor says that the child was not safe on the day it was submitted.", adult=adult))
    if grade is None:
        sections = audit.section_grades.select_related("section", "grade", "final_grade").order_by("section__order")
        graded = [(each.section.title, each.final_grade or each.grade) for each in sections]
        found += [f"“{title}” is graded {given.label}." for title, given in graded if given and given.is_urgent]
    return found


def what_changed(notice: UrgentNotice) -> list[GradeChange]:
    """The changes of grades that a notice came with, the latest first. One query."""
    before = UrgentNotice.objects.filter(audit=notice.audit_id, number__lt=notice.number).order_by("-number")
    since = Q(at__gt=Subquery(before.values("at")[:1])) if notice.number > 1 else Q()
    changes = GradeChange.objects.filter(since, audit=notice.audit_id, at__lte=notice.at)
    return list(changes.select_related("from_grade", "to_grade", "by").order_by("-at", "-pk"))


def to_do_first(audit: Audit) -> list[SmartAction]:
    """What has to happen now: the immediate actions, or every open one where none is marked so. One query."""
    actions = list(audit.smart_actions.select_related("owner").order_by("due_on", "number"))
    return [a for a in actions if a.immediate] or [a for a in actions if a.done_on is None]
