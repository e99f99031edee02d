"""What waits on one person after audits: urgent ones, disagreements, moderations, actions to verify, concerns, mail."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.urls import reverse

from allocation.chasing import non_return
from audits.after import calibration, concerns, disputes, moderation, urgent_notices, waiting_actions
from audits.models import Audit, CalibrationGrade, Concern, ModerationTask, NoticeRecipient, SmartAction
from people import mail_care
from people.form_fields import day_in_words
from people.models import OutgoingMail, User
from people.roles import Permission

LATE, WAITS = ("late", "Late"), ("waiting", "Waiting for you")


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that waits: its page, a line about it, and a tag as (code, words)."""

    title: str
    url: str
    hint: str
    tag: tuple[str, str] = WAITS


@dataclass(frozen=True, slots=True)
class Group:
    """Things of one kind that wait, under one heading."""

    code: str
    title: str
    items: list[Item]


def waiting_after(user: User, *, today: date, at: datetime) -> list[Group]:
    """The groups in which anything waits, the most urgent kind first. At most nine queries, whatever the numbers."""
    groups = [
        Group("notices", "Urgent audits to answer", [_notice(row) for row in urgent_notices.waiting_for(user)]),
        Group("disputes", "Disagreements", [_dispute(row, today) for row in disputes.waiting_for(user, today=today)]),
        Group("moderations", "Moderation", [_task(row, user, today) for row in _moderations(user, today=today)]),
        Group("calibrations", "Calibration", [_round(row) for row in calibration.waiting_for(user, today=today)]),
        Group("verify", "Actions to verify", [_verify(row) for row in waiting_actions.to_verify_for(user)]),
        Group("looking-back", "Did these actions help?", [_look_back(row) for row in _old_actions(user, today=today)]),
        Group("non-returns", "Late audits: why?", [_why(row) for row in non_return.waiting_for(user, today=today)]),
        Group("concerns", "Concerns about audits", [_concern(row) for row in concerns.waiting_for(user)]),
        Group("mail", "Email in trouble", [_mail(row) for row in mail_care.waiting_for(user, at=at)]),
    ]
    return [group for group in groups if group.items]


def _notice(row: NoticeRecipient) -> Item:
    audit = row.notice.audit
    hint = f"{_team(audit)}. Say what you do about it."
    return Item(f"Audit {audit.reference} needs you today", reverse("audits:notice", args=[row.notice_id]), hint)


def _dispute(waiting: disputes.Waiting, today: date) -> Item:
    dispute = waiting.dispute
    what = {
        "review": "Hold the review session and record it",
        "again": "No common view was found: raise it once more, or ask for mediation",
        "hand_on": "No common view was found: ask for mediation",
        "mediate": "You mediate: decide line by line",
    }[waiting.what]
    address = reverse("audits:disagreement", args=[dispute.audit.reference])
    tag = LATE if dispute.due_on < today else WAITS
    return Item(f"Audit {dispute.audit.reference}", address, f"{what}. By {day_in_words(dispute.due_on)}.", tag)


def _moderations(user: User, *, today: date) -> list[ModerationTask]:
    """None, without a query, for those who can never moderate or decide."""
    may = (Permission.MODERATE, Permission.MANAGE_CYCLES, Permission.VIEW_SERVICE_AUDITS, Permission.VIEW_ALL_AUDITS)
    return moderation.waiting_for(user, today=today) if any(user.can(each) for each in may) else []


def _task(task: ModerationTask, user: User, today: date) -> Item:
    state = ModerationTask.State
    what = {
        state.WAITING: "Nobody moderates it yet: choose somebody",
        state.GIVEN: "Grade it before you see the auditor’s grade",
        state.TALK: "Talk it over with the auditor and record it",
        state.ADJUDICATION: "You decide between two grades",
    }[state(task.state)]
    if task.state == state.TALK and task.moderator_id != user.pk:
        what = "They still see it differently: choose who decides"
    address = reverse("audits:moderate", args=[task.audit.reference])
    tag = LATE if task.due_on < today else WAITS
    return Item(f"Audit {task.audit.reference}", address, f"{what}. By {day_in_words(task.due_on)}.", tag)


def _round(row: CalibrationGrade) -> Item:
    address = reverse("audits:calibration_round", args=[row.round_id])
    hint = f"Read the anonymised audit and grade it by {day_in_words(row.round.closes_on)}."
    return Item(row.round.title, address, hint)


def _old_actions(user: User, *, today: date) -> Iterable[SmartAction]:
    return waiting_actions.to_look_back_on(user, today=today)


def _verify(action: SmartAction) -> Item:
    done = f", done on {day_in_words(action.done_on)}" if action.done_on else ""
    hint = f"Of {action.owner.name}{done}. Look whether it can be seen, then verify it or send it back."
    return Item(_named(action), reverse("audits:action", args=[action.pk]), hint)


def _look_back(action: SmartAction) -> Item:
    done = f" on {day_in_words(action.done_on)}" if action.done_on else ""
    return Item(_named(action), reverse("audits:action", args=[action.pk]), f"Done{done}. Say whether it helped.")


def _named(action: SmartAction) -> str:
    return f"Audit {action.audit.reference}, action {action.number}"


def _why(audit: Audit) -> Item:
    hint = f"By {audit.auditor.name}, was due {day_in_words(audit.due_on)}. Record why it has not come back."
    return Item(f"Audit {audit.reference}", reverse("allocation:late"), hint, LATE)


def _concern(concern: Concern) -> Item:
    hint = f"{concern.raised_by.name}, {day_in_words(concern.raised_at.date())}: {concern.get_about_display().lower()}."
    return Item(f"Audit {concern.audit.reference}", reverse("audits:concern", args=[concern.pk]), hint)


def _mail(mail: OutgoingMail) -> Item:
    state = ("failed", "Not delivered") if mail.status == OutgoingMail.Status.FAILED else ("queued", "Not sent yet")
    return Item(f"To {mail.recipient.name}", reverse("people:mail_detail", args=[mail.pk]), mail.subject, state)


def _team(audit: Audit) -> str:
    return audit.team.name if audit.team else "No team"
