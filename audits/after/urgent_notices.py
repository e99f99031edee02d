"""An audit that has to be acted on today: tell those who must act, take their answer, go up, correct (S1, R13, R14)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from audits import messages, messages_notice, sharing
from audits.acknowledging import acknowledge_by, is_waited_for
from audits.after.notice_recipients import DUTY, Told, shared_as, who_must_know
from audits.deadlines import london_date
from audits.models import Audit, Cause, Grade, NoticeRecipient, SafeNow, UrgentNotice
from people import activity
from people.line_management import working
from people.models import User
from people.refusal import Refused
from people.roles import JobRole

__all__ = [
    "NoticeError",
    "acknowledge",
    "acknowledge_by",
    "after_grade_change",
    "go_up",
    "is_urgent_now",
    "on_submission",
    "unanswered",
    "waiting_for",
]
URGENT, CORRECTED = UrgentNotice.Kind.URGENT, UrgentNotice.Kind.CORRECTED
SHOWN = 20


class NoticeError(Refused):
    """Something that cannot be acknowledged; `field` is what a form shows the message beside."""


def is_urgent_now(audit: Audit) -> bool:
    """Whether a submitted audit has to be acted on at once, by its grades as they stand now (S1).

    The child is not safe, or the overall grade is urgent; under a template without one, the grade of any section.
    Up to two queries.
    """
    if audit.safe_now == SafeNow.NO:
        return True
    if audit.template_version.overall_grade:
        now = audit.grade_now_id
        return now is not None and Grade.objects.filter(pk=now, is_urgent=True).exists()
    grades = audit.section_grades.values_list("grade__is_urgent", "final_grade__is_urgent", "final_grade")
    return any(final if changed else first for first, final, changed in grades)


def on_submission(audit: Audit, *, by: User, at: datetime, today: date) -> UrgentNotice | None:
    """Tell those concerned where the audit that is submitted now is urgent; None where it is not.

    In the transaction that submits it: the notice, who was told as what, the sharing record and the mail stand or fall
    with it (R8). Told once: an audit that has a notice gets no second one here.
    """
    if not is_urgent_now(audit) or audit.urgent_notices.exists():
        return None
    return _tell(audit, cause=Cause.SUBMITTED, by=by, at=at, today=today)


def after_grade_change(audit: Audit, *, cause: Cause, by: User, at: datetime, today: date) -> UrgentNotice | None:
    """Tell, or correct, after a grade of a submitted audit was changed; the caller has locked the audit (R14).

    Urgent now and was not: a new notice to everybody concerned today. Urgent as before: only those concerned today who
    were not told yet. Not urgent any more: a correction to everybody who was told so, never the first message again.
    Returns the notice that was written or added to; None where nobody had to be told.
    """
    fresh = Audit.objects.select_related("case__team", "team", "template_version").get(pk=audit.pk)
    last = fresh.urgent_notices.last()
    told_so = last is not None and last.kind == URGENT
    if is_urgent_now(fresh):
        if told_so:
            return _tell_more(fresh, last, at=at, today=today)
        return _tell(fresh, cause=cause, by=by, at=at, today=today)
    return _correct(fresh, last, cause=cause, by=by, at=at, today=today) if told_so else None


def _tell(audit: Audit, *, cause: Cause, by: User, at: datetime, today: date) -> UrgentNotice:
    notice = _write(audit, URGENT, cause=cause, by=by, at=at)
    _add(notice, who_must_know(audit, today=today), at=at)
    return notice


def _tell_more(audit: Audit, notice: UrgentNotice | None, *, at: datetime, today: date) -> UrgentNotice | None:
    """Those concerned today who were not told of this notice yet."""
    assert notice is not None
    known = set(notice.recipients.values_list("person", flat=True))
    new = [each for each in who_must_know(audit, today=today) if each.person.pk not in known]
    notice.audit = audit
    return notice if _add(notice, new, at=at) else None


def _correct(
    audit: Audit, last: UrgentNotice | None, *, cause: Cause, by: User, at: datetime, today: date
) -> UrgentNotice:
    """Everybody who was told that it is urgent, and who still works here, learns that it is not."""
    assert last is not None
    notice = _write(audit, CORRECTED, cause=cause, by=by, at=at)
    told = [row for row in last.recipients.select_related("person") if working(row.person, today=today)]
    rows = [
        NoticeRecipient(notice=notice, person=row.person, part=row.part, must_acknowledge=False, told_at=at)
        for row in told
    ]
    for row in NoticeRecipient.objects.bulk_create(rows):
        messages_notice.corrected(row, at=at)
    return notice


def _write(audit: Audit, kind: str, *, cause: Cause, by: User, at: datetime) -> UrgentNotice:
    last = audit.urgent_notices.last()
    number = last.number + 1 if last else 1
    notice = UrgentNotice.objects.create(audit=audit, number=number, kind=kind, cause=cause, by=by, at=at)
    verb = "an audit became urgent" if kind == URGENT else "an audit is not urgent any more"
    activity.record(verb, target=messages.about(audit), by=by, at=at, notice=number)
    return notice


def _add(notice: UrgentNotice, told: Iterable[Told], *, at: datetime) -> list[NoticeRecipient]:
    """Write down who is told of a notice, with the sharing record and the mail."""
    rows = [
        NoticeRecipient(
            notice=notice, person=one.person, part=one.part, must_acknowledge=one.must_acknowledge, told_at=at
        )
        for one in told
    ]
    NoticeRecipient.objects.bulk_create(rows)
    for row in rows:
        messages_notice.urgent(row, at=at)
        _share(row, at=at)
    return rows


def _share(row: NoticeRecipient, *, at: datetime) -> None:
    """Each notice is a sharing of its own (A20); the first is that of the submitted audit itself."""
    notice = row.notice
    occasion = f"notice {notice.number}" if notice.number > 1 else ""
    words = sharing.WORDS[shared_as(row.part, row.person)]
    sharing.record(notice.audit, person=row.person, part=words, at=at, today=london_date(at), occasion=occasion)


def acknowledge(notice: UrgentNotice, *, step: str, by: User, at: datetime) -> NoticeRecipient:
    """Write down that somebody who was told has seen it and what they do; who wrote the audit is told (R13). Only once.

    The same words again change nothing. Raises NoticeError.
    """
    step = step.strip()
    if not step:
        raise NoticeError("Say what you do about it.", field="step_taken")
    with transaction.atomic():
        audit = Audit.objects.select_for_update(of=("self",)).select_related("auditor").get(pk=notice.audit_id)
        mine = NoticeRecipient.objects.select_for_update(of=("self",)).filter(notice=notice, person=by)
        row = mine.select_related("notice", "person").first()
        if row is None or row.notice.kind != URGENT:
            raise NoticeError("Only those who were told to act can answer here.")
        if row.acknowledged_at is not None:
            if row.step_taken == step:
                return row
            raise NoticeError("You have answered this already.")
        row.notice.audit = audit
        row.acknowledged_at, row.step_taken = at, step
        row.save(update_fields=["acknowledged_at", "step_taken"])
        if working(audit.auditor, today=london_date(at)):
            messages_notice.acknowledged(row, to=audit.auditor, at=at)
        target = messages.about(audit)
        activity.record("answered an urgent audit", target=target, by=by, at=at, notice=row.notice.number)
    return row


def go_up(recipient: NoticeRecipient, *, to: User, at: datetime, today: date) -> NoticeRecipient:
    """Ask somebody higher up in the place of one who has not answered: urgent mail, once for each notice (R13).

    The row of the one who is asked comes back, new or as it was; nobody is asked, and the row of the silent one comes
    back, where an answer is not waited for any more, or where `to` is the silent one.
    """
    with transaction.atomic():
        Audit.objects.select_for_update(of=("self",)).get(pk=recipient.notice.audit_id)
        silent = unanswered().select_related("notice__audit").filter(pk=recipient.pk).first()
        if silent is None or silent.person_id == to.pk:
            return recipient
        row = NoticeRecipient.objects.select_related("notice__audit", "person").filter(notice=silent.notice, person=to)
        above = _stand_in(row.first(), silent, to=to, at=at)
        messages_notice.gone_up(above, at=at)
        _share(above, at=at)
        target = messages.about(silent.notice.audit)
        activity.record("an urgent audit went up", target=target, by=None, at=at, notice=silent.notice.number)
    return above


def _stand_in(there: NoticeRecipient | None, silent: NoticeRecipient, *, to: User, at: datetime) -> NoticeRecipient:
    """The row of the one higher up, who has to answer from now on; for whom they stood first stays."""
    if there is None:
        is_psw = to.job_role == JobRole.PRINCIPAL_SOCIAL_WORKER
        part = NoticeRecipient.Part.PROGRAMME if is_psw else NoticeRecipient.Part.HEAD_OF_SERVICE
        return NoticeRecipient.objects.create(
            notice=silent.notice, person=to, part=part, must_acknowledge=True, told_at=at, stands_for=silent
        )
    there.must_acknowledge = True
    there.stands_for = there.stands_for or silent
    there.save(update_fields=["must_acknowledge", "stands_for"])
    return there


def unanswered() -> QuerySet[NoticeRecipient]:
    """Those whose answer is still waited for, the longest told first; nobody once the audit is not urgent any more."""
    later = UrgentNotice.objects.filter(audit=OuterRef("notice__audit"), number__gt=OuterRef("notice__number"))
    waited_for = is_waited_for(NoticeRecipient, of="notice", duty=DUTY)
    rows = NoticeRecipient.objects.filter(waited_for, must_acknowledge=True, notice__kind=URGENT)
    return rows.filter(~Exists(later)).order_by("told_at", "pk")


def waiting_for(user: User) -> list[NoticeRecipient]:
    """The notices that wait for this person's answer, the longest told first, with notice and audit. One query."""
    return list(unanswered().filter(person=user).select_related("notice__audit__team")[:SHOWN])
