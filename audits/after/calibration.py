"""A calibration round: prepared, read through, opened, graded by everybody blind, closed, compared (S5)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction

from audits import messages_calibration as mails
from audits.after.anonymising import anonymised
from audits.after.moderation import had_part
from audits.models import Audit, CalibrationGrade, CalibrationRound, Grade
from audits.structure import form_of
from grading.agreement import Agreement, agreement
from people import activity
from people.models import User
from people.refusal import Refused
from people.roles import Permission, roles_with

State = CalibrationRound.State
CONFIRM = "I have read it through: nobody can be recognised"


class CalibrationError(Refused):
    """Something that cannot be done with a round; the message says why."""


@dataclass(frozen=True)
class Result:
    """What a closed round shows: the panel's grade, how many graded of those asked, how far they agree with it."""

    panel: Grade | None
    graded: int
    asked: int
    agreed: Agreement | None  # of everybody outside the panel


def prepare(audit: Audit, *, title: str, closes_on: date, by: User, at: datetime, today: date) -> CalibrationRound:
    """A round with a copy of a finished audit, without the names that the portal knows. Raises CalibrationError."""
    if not audit.is_submitted or audit.overall_grade_id is None:
        raise CalibrationError("Choose an audit that is submitted and has an overall grade.", field="reference")
    if closes_on <= today:
        raise CalibrationError("The last day must be after today.", field="closes_on")
    with transaction.atomic():
        made = CalibrationRound.objects.create(
            title=title.strip(),
            source=audit,
            template_version=audit.template_version,
            text=anonymised(audit, today=today),
            closes_on=closes_on,
            made_by=by,
            made_at=at,
        )
        activity.record("prepared a calibration round", target=_target(made), by=by, at=at)
    return made


def edit(found: CalibrationRound, *, values: Mapping[str, str], by: User, at: datetime) -> CalibrationRound:
    """Change texts of the copy, by "part-row"; an emptied one goes. It has to be read through again."""
    with transaction.atomic():
        locked = _locked(found, State.DRAFT)
        locked.text = [
            {**part, "rows": [{**row, "value": text} for row, text in _changed(part, number, values) if text]}
            for number, part in enumerate(locked.text)
        ]
        locked.read_through_by = None
        locked.save(update_fields=["text", "read_through_by"])
        activity.record("changed the text of a calibration round", target=_target(locked), by=by, at=at)
    return locked


def _changed(part: Mapping[str, Any], number: int, values: Mapping[str, str]) -> list[tuple[dict[str, str], str]]:
    return [(row, values.get(f"{number}-{place}", row["value"]).strip()) for place, row in enumerate(part["rows"])]


def could_take_part(found: CalibrationRound, *, today: date) -> list[User]:
    """Who could be asked: auditors and moderators without a part in the audit or its team, by name. Six queries."""
    source = found.source
    roles = {*roles_with(Permission.AUDIT), *roles_with(Permission.MODERATE)}
    named = {source.auditor_id, source.supervisor_id, source.worker_id, source.team_manager_id}
    out = {*named, *had_part([source.pk])[source.pk]}
    rows = User.objects.working_on(today).filter(job_role__in=roles).order_by("name", "pk")
    return [each for each in rows if each.pk not in out and (source.team_id is None or each.team_id != source.team_id)]


def invite(
    found: CalibrationRound, *, people: Collection[User], panel: Collection[User], by: User, at: datetime, today: date
) -> None:
    """Say who grades, and who of them is the panel; replaces what was said before. Raises CalibrationError."""
    free = {person.pk for person in could_take_part(found, today=today)}
    everybody = {person.pk: person for person in (*people, *panel)}
    if near := [person.name for pk, person in everybody.items() if pk not in free]:
        raise CalibrationError(f"They had a part in this audit: {', '.join(near)}.", field="people")
    on_panel = {person.pk for person in panel}
    with transaction.atomic():
        locked = _locked(found, State.DRAFT)
        locked.grades.all().delete()
        rows = [
            CalibrationGrade(round=locked, person=each, on_panel=each.pk in on_panel) for each in everybody.values()
        ]
        CalibrationGrade.objects.bulk_create(rows)
        activity.record("named who grades in a calibration round", target=_target(locked), by=by, at=at)


def open_round(found: CalibrationRound, *, read_through: bool, by: User, at: datetime, today: date) -> CalibrationRound:
    """Open it once somebody has read the copy through; everybody asked gets an email. Raises CalibrationError."""
    if not read_through:
        raise CalibrationError(f"Read the copy through, then confirm: {CONFIRM.lower()}.", field="read_through")
    with transaction.atomic():
        locked = _locked(found, State.DRAFT)
        asked = list(locked.grades.select_related("person"))
        if not any(row.on_panel for row in asked) or all(row.on_panel for row in asked):
            raise CalibrationError("Name a panel, and at least one person who is compared with it.", field="people")
        if locked.closes_on <= today:
            raise CalibrationError("The last day is past. Prepare the round again with a later one.")
        locked.state, locked.read_through_by, locked.opened_at = State.OPEN, by, at
        locked.save(update_fields=["state", "read_through_by", "opened_at"])
        for row in asked:
            mails.asked(row, at=at)
        activity.record("opened a calibration round", target=_target(locked), by=by, at=at)
    return locked


def grade(
    found: CalibrationRound, *, grade: Grade, sections: Mapping[str, Grade], reason: str, by: User, at: datetime
) -> CalibrationGrade:
    """Record what somebody who was asked gives, once and before any other grade is shown. Raises CalibrationError."""
    if not reason.strip():
        raise CalibrationError("Write what leads to your grade.", field="reason")
    with transaction.atomic():
        locked = _locked(found, State.OPEN)
        row = locked.grades.select_for_update().filter(person=by).first()
        if row is None:
            raise CalibrationError("You are not asked to grade in this round.")
        if row.graded_at is not None:
            raise CalibrationError("You have graded it already. Your grade stands.")
        if any(each.scale_id != locked.template_version.scale_id for each in (grade, *sections.values())):
            raise CalibrationError("Choose a grade of the scale of this audit.", field="grade")
        row.grade, row.reason, row.graded_at = grade, reason.strip(), at
        row.sections = {code: given.code for code, given in sections.items()}
        row.save()
        activity.record("graded in a calibration round", target=_target(locked), by=by, at=at)
    return row


def close(found: CalibrationRound, *, by: User, at: datetime) -> CalibrationRound:
    """Close it: from now on everybody who graded sees their grade beside the panel's. Raises CalibrationError."""
    with transaction.atomic():
        locked = _locked(found, State.OPEN)
        if not locked.grades.filter(on_panel=True, graded_at__isnull=False).exists():
            raise CalibrationError("Nobody of the panel has graded yet, so there is nothing to compare with.")
        locked.state, locked.closed_at = State.CLOSED, at
        locked.save(update_fields=["state", "closed_at"])
        activity.record("closed a calibration round", target=_target(locked), by=by, at=at)
    return locked


def panel_grade(found: CalibrationRound, grades: Sequence[CalibrationGrade]) -> Grade | None:
    """The middle grade of the panel, of two middle ones the lower; None while nobody of it has graded."""
    best_first = sorted((row.grade for row in grades if row.on_panel and row.grade), key=lambda each: -each.order)
    return best_first[len(best_first) // 2] if best_first else None


def result(found: CalibrationRound, grades: Sequence[CalibrationGrade]) -> Result:
    """What a round shows; only pairs of the panel's grade with those outside it count."""
    panel = panel_grade(found, grades)
    others = [row for row in grades if not row.on_panel]
    pairs = [(panel.code, row.grade.code) for row in others if panel and row.grade]
    scale = form_of(found.template_version_id).scale
    graded = sum(row.graded_at is not None for row in others)
    return Result(panel, graded, len(others), agreement(pairs, scale=scale) if pairs else None)


def waiting_for(user: User, *, today: date) -> list[CalibrationGrade]:
    """The rounds in which this person has still to grade, the first to close first. One query, at most 20."""
    rows = CalibrationGrade.objects.filter(person=user, graded_at__isnull=True, round__state=State.OPEN)
    return list(rows.select_related("round").order_by("round__closes_on", "pk")[:20])


def _locked(found: CalibrationRound, state: str) -> CalibrationRound:
    locked = CalibrationRound.objects.select_for_update(of=("self",)).get(pk=found.pk)
    if locked.state != state:
        raise CalibrationError(f"This round is “{locked.get_state_display().lower()}” meanwhile. Look at it again.")
    return locked


def _target(found: CalibrationRound) -> str:
    return f"calibration:{found.pk}"
