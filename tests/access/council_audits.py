"""The audits of the council in every state, with their risks, notes, meetings, requests and swap."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from allocation.changes import exemptions
from allocation.models import Swap
from audits import (
    answering,
    co_auditing,
    development_notes,
    immediate_risks,
    learning_points,
    meetings,
    moderation,
    page_history,
    part_b,
    smart_actions,
    submitting,
    workflow,
)
from audits.models import Audit, Case, Selection
from people.models import Team
from tests.access.matrix import SECTION
from tests.access.people import Who
from tests.access.states import AUDIT
from tests.access.world import World, secret
from tests.cast import fill_in
from tests.conftest import NOW, TODAY
from tests.factories import AuditFactory, CaseFactory, InvolvementFactory


def build_audits(world: World, team: Team) -> None:
    """An audit in every state, of cases of this team, with all that hangs on the audits."""
    for number, status in enumerate(AUDIT, 1):
        _audit(world, team, status, number)
    _risks(world)
    _note(world)
    _meetings(world)
    _requests(world)
    _swap(world)


def secret_case(world: World, team: Team, state: str, **fields: Any) -> Case:
    """A case of this team, whose names are secrets of this state."""
    return CaseFactory(
        reference=secret("case", state),
        child_name=secret("child", state),
        team=team,
        worker=world.people[Who.WORKER],
        chair=world.people[Who.CHAIR],
        **fields,
    )


def _audit(world: World, team: Team, status: str, number: int) -> None:
    people = world.people
    audit = AuditFactory(
        reference=f"2026-11-{number:04d}",
        case=secret_case(world, team, status),
        template_version=world.template,
        auditor=people[Who.AUDITOR],
        supervisor=people[Who.SUPERVISOR],
        questions=["Who else lives with the child?"],
        worker=people[Who.WORKER],
        team_manager=people[Who.NAMED_MANAGER],
        selection=Selection.RANDOM,
        due_on=date(2026, 11, 6) if number % 2 else date(2026, 11, 30),
    )
    if status != "allocated":
        fill_in(audit, grade="good", at=NOW, today=TODAY)
        _write_secret(audit, status)
    _act(world, audit, status)
    action = audit.smart_actions.first()
    world.places[status] = {"reference": audit.reference, "pk": action.pk if action else 0, "number": 1}
    if status != "allocated":
        version = page_history.states_of(audit, SECTION).values_list("pgh_id", flat=True)[0]
        world.places[status]["version"] = version


def _write_secret(audit: Audit, status: str) -> None:
    """Put a secret beside the answers of the first section."""
    stored = audit.pages.get(page=SECTION)
    content = {**stored.content, "rationale": secret("answers", status)}
    answering.save_page(
        audit.reference, page=SECTION, content=content, base_revision=stored.revision, by=audit.auditor, at=NOW
    )


def _act(world: World, audit: Audit, status: str) -> None:
    """Take an audit to a state, step by step."""
    people, auditor = world.people, audit.auditor
    if status == "allocated":
        return
    smart_actions.add(
        audit,
        outcome=secret("action", status),
        how="Book the visits until the summer.",
        owner=people[Who.OWNER],
        due_on=date(2026, 12, 15),
        agreed_with_worker=True,
        immediate=False,
        by=auditor,
        at=NOW,
        today=TODAY,
    )
    learning_points.add(
        audit,
        what=secret("learning", status),
        how="A workshop for every team.",
        who="Workforce development",
        due_on=date(2027, 1, 29),
        by=auditor,
        at=NOW,
        today=TODAY,
    )
    audit.refresh_from_db()
    if status in {"exempt", "withdrawn"}:
        step = "exempt" if status == "exempt" else "withdraw"
        workflow.move(audit, step, by=people[Who.PSW], at=NOW, reason="The case moved to another council.")
    if status not in {"with_team", "actions", "closed"}:
        return
    if audit.supervisor is not None:
        seen = co_auditing.fingerprint(audit)
        co_auditing.agree(audit, seen=seen, by=audit.supervisor, at=NOW, today=TODAY)
    audit = submitting.submit(audit, by=auditor, at=NOW, today=TODAY)
    if status != "with_team":
        _answer(world, audit, status)
    if status == "closed":
        action = audit.smart_actions.get()
        smart_actions.complete(action, evidence="Seen in the file.", by=action.owner, at=NOW, today=TODAY)
        grade = audit.overall_grade
        assert grade is not None
        moderator = people[Who.QA]
        moderation.moderate(audit, grade=grade, reason=secret("moderation", status), by=moderator, at=NOW)


def _answer(world: World, audit: Audit, status: str) -> None:
    manager, worker = world.people[Who.NAMED_MANAGER], world.people[Who.WORKER]
    part_b.sign_as_manager(
        audit,
        comment=secret("part_b", status),
        supervision_on=TODAY,
        responses={1: "We will do this."},
        by=manager,
        at=NOW,
        today=TODAY,
    )
    part_b.sign_as_worker(audit, comment=secret("part_b", status), by=worker, at=NOW, today=TODAY)


def _risks(world: World) -> None:
    """One that nobody has acknowledged, of the audit in progress; one that both managers have, of the one submitted."""
    people = world.people
    for number, state in ((2, "open"), (3, "acknowledged")):
        risk, _ = immediate_risks.raise_risk(
            Audit.objects.get(reference=f"2026-11-{number:04d}"),
            concern=secret("risk", state),
            done_already="Rang the duty team.",
            by=people[Who.AUDITOR],
            at=NOW,
            today=TODAY,
        )
        world.places[f"{state} risk"] = {"pk": risk.pk}
    for who in (Who.TEAM_MANAGER, Who.SERVICE_MANAGER):
        immediate_risks.acknowledge(risk, step=secret("risk", "acknowledged"), by=people[who], at=NOW)


def _note(world: World) -> None:
    audit, text = Audit.objects.get(reference="2026-11-0003"), secret("note", "development")
    note = development_notes.send(audit, text=text, by=world.people[Who.AUDITOR], at=NOW, today=TODAY)
    world.places["note"] = {"pk": note.pk}


def _meetings(world: World) -> None:
    """Times offered about the first audit, and declined; the meeting about the second was moved once, and is agreed."""
    auditor, worker, colleague = (world.people[who] for who in (Who.AUDITOR, Who.WORKER, Who.COLLEAGUE))
    day = datetime(2026, 11, 19, 10, 0, tzinfo=UTC)
    common: dict[str, Any] = {"by": auditor, "at": NOW, "today": TODAY, "co_workers_asked": [colleague.pk]}
    for number, state in ((1, "offered"), (2, "agreed")):
        audit = Audit.objects.get(reference=f"2026-11-{number:04d}")
        InvolvementFactory(case=audit.case, user=colleague)
        what = meetings.Offer([day], "in_person", "Room 2", message=secret("meeting", state))
        meeting = meetings.offer(audit, what, **common)
        if state == "offered":
            meetings.say_none_fits(meeting, note=secret("answer", "offered"), by=worker, at=NOW)
        else:
            meetings.agree(meeting, starts_at=day, by=worker, at=NOW)
            meeting = meetings.offer(audit, what, **common, reason=secret("moved", "earlier"))
            meetings.agree(meeting, starts_at=day, by=worker, at=NOW)
        world.places[f"{state} meeting"] = {"pk": meeting.pk}


def _requests(world: World) -> None:
    """One with the line manager, about the late audit; on the other a refused one, and one that has gone further."""
    auditor, line_manager = world.people[Who.AUDITOR], world.people[Who.LINE_MANAGER]
    common: dict[str, Any] = {"by": auditor, "at": NOW, "today": TODAY}
    late, other = (Audit.objects.get(reference=f"2026-11-{number:04d}") for number in (1, 2))
    waiting = exemptions.ask_extension(
        late, why="leave", reason=secret("request", "waiting"), wanted_due_on=date(2026, 11, 13), **common
    )
    refused = exemptions.ask_exemption(other, why="capacity", reason=secret("request", "settled"), **common)
    comment = secret("request", "settled")
    exemptions.answer(refused, agreed=False, comment=comment, by=line_manager, at=NOW, today=TODAY)
    further = exemptions.ask_exemption(other, why="known", reason=secret("request", "programme"), **common)
    exemptions.answer(further, agreed=True, comment="", by=line_manager, at=NOW, today=TODAY)
    places = {"request to the line manager": waiting, "request to the programme": further, "settled request": refused}
    world.places |= {state: {"pk": request.pk} for state, request in places.items()}


def _swap(world: World) -> None:
    """Asked about the late audit, as if before it was late."""
    swap = Swap.objects.create(
        kind=Swap.Kind.NEXT_MONTH,
        audit=Audit.objects.get(reference="2026-11-0001"),
        asked_by=world.people[Who.AUDITOR],
        peer=world.people[Who.PRACTITIONER],
        message=secret("swap", "asked"),
        asked_at=NOW,
    )
    world.places["swap"] = {"pk": swap.pk}
