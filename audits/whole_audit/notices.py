"""What a document says of an audit that had to be acted on at once: who was told when, and what they do (S1)."""

from __future__ import annotations

from django.db.models import Prefetch

from audits.acknowledging import still_waited_for
from audits.after.notice_recipients import DUTY
from audits.after.urgent_notices import CORRECTED
from audits.models import Audit, NoticeRecipient, UrgentNotice
from audits.reading import Row
from audits.whole_audit.blocks import Block, Part, facts, moment, table

TITLES = {UrgentNotice.Kind.URGENT: "Had to be acted on at once", UrgentNotice.Kind.CORRECTED: "Not urgent any more"}


def notices(audit: Audit) -> list[Part]:
    """Each notice with everybody who was told, when they answered and the step they took. Two queries."""
    told = Prefetch("recipients", NoticeRecipient.objects.select_related("person", "stands_for__person"))
    found = list(audit.urgent_notices.prefetch_related(told))
    last = found[-1].pk if found else None
    blocks: list[Block] = []
    for notice in found:
        rows = list(notice.recipients.all())
        waiting = {row.pk for row in still_waited_for(rows, duty=DUTY)} if notice.pk == last else set()
        because = Row("Because of", notice.get_cause_display())
        title = TITLES[UrgentNotice.Kind(notice.kind)]
        blocks += facts([Row("Told", moment(notice.at)), because], f"{notice.number}. {title}")
        blocks += _people(notice, rows, waiting)
    return [Part("notices", "Urgent: who was told, and what they do", tuple(blocks))] if blocks else []


def _people(notice: UrgentNotice, rows: list[NoticeRecipient], waiting: set[int]) -> list[Block]:
    caption = f"Who was told, notice {notice.number}"
    if notice.kind == CORRECTED:
        return table(caption, ("Told", "Job"), [(row.person.name, row.person.job_title) for row in rows])
    columns = ("Told", "Job", "When", "Acknowledged", "Step taken")
    shown = [
        (row.person.name, _told_as(row), moment(row.told_at), _acknowledged(row, waiting), row.step_taken)
        for row in rows
    ]
    return table(caption, columns, shown)


def _told_as(row: NoticeRecipient) -> str:
    if row.stands_for is None:
        return row.person.job_title
    return f"{row.person.job_title}, because {row.stands_for.person.name} had not answered"


def _acknowledged(row: NoticeRecipient, waiting: set[int]) -> str:
    """When, or that it is still to come, or that none is waited for."""
    if row.acknowledged_at:
        return moment(row.acknowledged_at)
    return "Not yet" if row.pk in waiting else "Told; need not answer"
