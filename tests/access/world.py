"""One council that holds every person, state and secret of the matrix, made through the domain functions."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from django.conf import settings
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from allocation.changes import exemptions
from allocation.competence import competency
from allocation.eligibility import holds
from allocation.models import Cycle, Override, Swap
from allocation.months import cycles, themes
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
from audits.case_import import CASES
from audits.models import Audit, AuditTemplate, Case, Selection, TemplateVersion
from audits.template_import import load_templates
from audits.templates_made import drafting, publishing
from audits.timescale_table import load_timescales
from people import absences, activity, file_import, mail
from people.models import FileImport, Team, User
from people.spreadsheet import Limits, read_sheets
from people.staff_import import STAFF
from reporting import highlight_report, snapshot
from reporting.figures import count_figures
from reporting.highlight_report import Build
from reporting.models import HighlightReport
from tests.access.addresses import parts_of
from tests.access.matrix import AUDIT, ROLE, SECTION, Page, Who
from tests.cast import fill_in
from tests.conftest import NOW, TODAY
from tests.factories import (
    MONTH,
    AuditFactory,
    CaseFactory,
    CycleFactory,
    InvolvementFactory,
    ServiceFactory,
    TeamFactory,
    UserFactory,
)

SECRET = re.compile(rb"SECRET-([a-z_]+?)-([a-z_]+)")
REFERENCE = re.compile(rb"\b2026-11-(\d{4})\b")
LIMITS = Limits(size=1 << 20, inflated=1 << 24, rows=100)
BUSINESS_FREE = {"django_session"}  # signing in writes there, and reading may


def secret(kind: str, state: str) -> str:
    """A text that occurs nowhere else: what it is written in, and the state of that."""
    return f"SECRET-{kind}-{state}"


def secrets_in(response: HttpResponse) -> set[tuple[str, str]]:
    """The secrets that a response shows, in its text or in an address it leads to; and the audits that it names."""
    text = response.content + response.headers.get("Location", "").encode()
    found = {(kind.decode(), state.decode()) for kind, state in SECRET.findall(text)}
    numbers = {int(number) for number in REFERENCE.findall(response.content)}
    return found | {("reference", AUDIT[number - 1]) for number in numbers if number <= len(AUDIT)}


@dataclass
class World:
    """The people with their sessions, and for each state the parts of an address that lead to it."""

    template: TemplateVersion
    people: dict[Who, User] = field(default_factory=dict)
    sessions: dict[Who, str] = field(default_factory=dict)
    places: dict[str, dict[str, Any]] = field(default_factory=lambda: {"": {}})

    def address(self, page: Page, state: str, who: Who) -> str:
        """The address of a page about a state, as this person would type it."""
        known = {**self.places.get(state, {}), **page.given}
        if state == "oneself":
            known["pk"] = self.people[who if who != Who.NOBODY else Who.STRANGER].pk
        return reverse(page.name, kwargs={part: known[part] for part in parts_of(page.name)})

    def client(self, who: Who, **options: Any) -> Client:
        """A browser in which this person is signed in."""
        client = Client(**options)
        if who != Who.NOBODY:
            client.cookies[settings.SESSION_COOKIE_NAME] = self.sessions[who]
        return client

    def ask(self, who: Who, address: str, method: str = "get", json: Any = None) -> HttpResponse:
        """What this person gets when they read or post to an address."""
        client = self.client(who)
        if method == "post" and json is not None:
            return client.post(address, json, content_type="application/json")
        return client.post(address) if method == "post" else client.get(address)


def checksum() -> dict[str, tuple[Any, ...]]:
    """For every table but the sessions: how many rows, a sum over all they hold, and who wrote last."""
    with connection.cursor() as cursor:
        tables = sorted(set(connection.introspection.table_names(cursor)) - BUSINESS_FREE)
        one = (
            "SELECT '{0}', count(*), coalesce(sum(hashtext(t::text)::bigint), 0),"
            ' coalesce(max(xmin::text::bigint), 0) FROM "{0}" t'
        )
        cursor.execute(" UNION ALL ".join(one.format(table) for table in tables))
        return {row[0]: tuple(row[1:]) for row in cursor.fetchall()}


# ------------------------------------------------------------------ making it


def build() -> World:
    """Make all of it. About a second and a half."""
    versions = load_templates(settings.BASE_DIR / "fixtures" / "audit_templates", at=NOW)
    world = World(next(version for version in versions if version.template.code == "core-case-file"))
    load_timescales()
    teams = _people(world)
    _months(world)
    for number, status in enumerate(AUDIT, 1):
        _audit(world, teams[Who.WORKER], status, number)
    _risks(world)
    _note(world)
    _meetings(world)
    _requests(world)
    _swap(world)
    _cases(world, teams[Who.WORKER])
    _propose(world)
    _reports(world)
    _files(world)
    _mails(world)
    theme = themes.save_theme(None, name="Neglect", cohort={}, questions=[], by=world.people[Who.PSW], at=NOW)
    world.places["theme"] = {"pk": theme.pk}
    world.places["somebody else"] = {"pk": UserFactory(name="Some Body Else").pk}
    _absence(world)
    _competencies(world, next(version.template for version in versions if version != world.template))
    _hold(world)
    _template_draft(world)
    return world


def _absence(world: World) -> None:
    person = User.objects.get(pk=world.places["somebody else"]["pk"])
    reason, by = secret("absence", "somebody"), world.people[Who.ADMIN]
    absence = absences.add(person, starts=TODAY, ends=date(2026, 11, 20), reason=reason, by=by, at=NOW)
    world.places["absence"] = {"pk": person.pk, "absence": absence.pk}


def _competencies(world: World, template: AuditTemplate) -> None:
    """For another template than the one that the months are drawn with."""
    people, psw = world.people, world.people[Who.PSW]
    before = {"note": "Signed off by the leadership team", "on": date(2025, 5, 1), "by": psw, "at": NOW}
    iro, named = competency.sign_off_before([people[Who.IRO], people[Who.NAMED_MANAGER]], template, **before)
    if iro.user != people[Who.IRO]:
        iro, named = named, iro
    learning = competency.begin(people[Who.AUDITOR], template, supervisor=named.user, by=psw, at=NOW)
    comment = secret("evaluation", "learning")
    competency.evaluate(learning, ready=False, comment=comment, by=people[Who.HEAD], at=NOW)
    competency.withdraw(iro, note="Does not audit any more", by=psw, at=NOW)
    records = {"learning": learning, "signed off": named, "withdrawn competency": iro}
    world.places |= {state: {"pk": record.pk} for state, record in records.items()}


def _template_draft(world: World) -> None:
    """A draft of the next version of the core template; and two versions of another."""
    by = {"by": world.people[Who.PSW], "at": NOW}
    draft = drafting.begin_next(world.template, **by)
    world.places["draft of a template"] = {"pk": draft.pk, "section": "s1", "area": "g1"}
    other = TemplateVersion.objects.get(template__code="core-case-file-sections", number=1)
    following = drafting.begin_next(other, **by)
    publishing.publish(following, revision=1, note="Nothing but the number changed.", **by)
    world.places["two versions"] = {"code": "core-case-file-sections", "number": 2, "other": 1}


def _hold(world: World) -> None:
    case = Case.objects.get(pk=world.places["restricted case"]["pk"])
    note, psw = secret("hold", "restricted_case"), world.people[Who.PSW]
    world.places["hold"] = {"pk": holds.hold(case, why="complaint", note=note, until=None, by=psw, at=NOW).pk}


def _people(world: World) -> dict[Who, Team]:
    ours, other = ServiceFactory(name="Safeguarding"), ServiceFactory(name="Children in care")
    harbour = TeamFactory(name="Harbour Team", service=ours)
    lagoon = TeamFactory(name="Lagoon Team", service=ours)
    meadow = TeamFactory(name="Meadow Team", service=other)
    teams = dict.fromkeys((Who.TEAM_MANAGER, Who.DEPUTY, Who.WORKER, Who.COLLEAGUE, Who.OWNER), harbour)
    teams |= {Who.OWN_PRACTITIONER: harbour, Who.NAMED_MANAGER: lagoon, Who.OTHER_MANAGER: lagoon}
    teams |= dict.fromkeys((Who.AUDITOR, Who.PRACTITIONER, Who.CONSULTANT, Who.LEAD, Who.STRANGER), meadow)
    teams[Who.SUPERVISOR] = meadow
    services = {Who.HEAD: ours, Who.SERVICE_MANAGER: ours, Who.OTHER_HEAD: other, Who.LINE_MANAGER: other}
    for who, role in ROLE.items():
        person = UserFactory(name=who.name.title(), job_role=role, team=teams.get(who), service=services.get(who))
        client = Client()
        client.force_login(person)
        world.people[who], world.sessions[who] = person, client.cookies[settings.SESSION_COOKIE_NAME].value
    world.people[Who.AUDITOR].line_manager = world.people[Who.LINE_MANAGER]
    world.people[Who.AUDITOR].save()
    world.people[Who.WORKER].line_manager = world.people[Who.TEAM_MANAGER]
    world.people[Who.WORKER].save()
    return teams


def _case(world: World, team: Team, state: str, **fields: Any) -> Case:
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
        case=_case(world, team, status),
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


def _months(world: World) -> None:
    psw = world.people[Who.PSW]
    CycleFactory(template_version=world.template, opened_by=psw, status="published", published_at=NOW, published_by=psw)
    cycles.pause(month=date(2027, 2, 1), reason="An inspection is expected.", by=psw, at=NOW)
    for month, due_on in ((date(2026, 12, 1), date(2026, 12, 18)), (date(2027, 1, 1), date(2027, 1, 29))):
        cycles.open_cycle(
            month=month,
            theme="Visits",
            template_version=world.template,
            target=2,
            due_on=due_on,
            by=psw,
            at=NOW,
            today=TODAY,
        )
    months = {"published": MONTH, "proposed": date(2026, 12, 1), "open": date(2027, 1, 1), "paused": date(2027, 2, 1)}
    world.places |= {f"{state} month": {"month": month, "number": 1} for state, month in months.items()}


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


def _cases(world: World, team: Team) -> None:
    world.places["case"] = {"pk": _case(world, team, "case").pk}
    world.places["restricted case"] = {"pk": _case(world, team, "restricted_case", restricted=True).pk}


def _propose(world: World) -> None:
    cycle = Cycle.objects.get(month=date(2026, 12, 1))
    psw, place = world.people[Who.PSW], {"month": cycle.month, "number": 1}
    draw = cycles.propose_draw(cycle, by=psw, at=NOW, today=TODAY)
    world.places["case of a draw"] = place | {"pk": world.places["case"]["pk"]}
    world.places["auditor of a draw"] = place | {"pk": world.people[Who.AUDITOR].pk}
    override = Override.objects.create(
        draw=draw, case=CaseFactory(), auditor=psw, reason="Nobody else can sign.", by=psw, at=NOW, taken_back_at=NOW
    )
    world.places["override"] = {"month": cycle.month, "pk": override.pk}
    draw.pk, draw.cycle = None, Cycle.objects.get(month=MONTH)  # as if the published month had been drawn so
    draw.save(force_insert=True)
    world.places["published draw"] = {"month": MONTH, "number": 1}


def _reports(world: World) -> None:
    psw = world.people[Who.PSW]
    first = highlight_report.draft(MONTH, by=psw, at=NOW, today=TODAY)
    highlight_report.publish(_built(first, "Visits were on time."), by=psw, at=NOW, today=TODAY)
    second = highlight_report.draft(MONTH, by=psw, at=NOW, today=TODAY, reason="A late audit came in.")
    _built(second, secret("draft", "report"))
    world.places["published report"] = {"month": "2026-11", "version": 1}
    world.places["draft report"] = {"month": "2026-11", "version": 2}


def _built(report: HighlightReport, words: str) -> HighlightReport:
    """As the worker leaves it, without the second that WeasyPrint takes."""
    figures = count_figures(MONTH, as_of=TODAY)
    report.what_we_found, report.build, report.build_percent = words, Build.READY, 100
    report.figures, report.figures_sha256 = snapshot.plain(figures), snapshot.fingerprint(figures)
    report.pdf = f"%PDF-1.7 {words}".encode()
    report.pdf_sha256 = highlight_report.hashlib.sha256(report.pdf).hexdigest()
    report.save()
    return report


def _files(world: World) -> None:
    staff = f"staff number,{secret('row', 'file')}\n7,somebody\n".encode()
    case = f"case number,{secret('row', 'file')}\n8,somebody\n".encode()
    for state, kind, content in (("staff file", STAFF, staff), ("case file", CASES, case)):
        received = file_import.receive(
            kind,
            sheets=read_sheets(content, limits=LIMITS),
            content=content,
            name="people.csv",
            options={"add_teams": False},
            by=world.people[Who.ADMIN],
            at=NOW,
            today=TODAY,
        )
        assert received.status == FileImport.Status.MAPPING
        world.places[state] = {"pk": received.pk}


def _mails(world: World) -> None:
    person = world.people[Who.STRANGER]
    plain = mail.queue(person, key="plain", kind="submitted", subject="An audit", body="Sign in.", at=NOW)
    body = f"/password/reset/key/{secret('password', 'mail')}/"
    private = mail.queue(person, key="private", kind="password reset", subject="New password", body=body, at=NOW)
    world.places |= {"mail": {"pk": plain.pk}, "password mail": {"pk": private.pk}}
    activity.record("signed in", target=f"person:{person.pk}", by=person, at=NOW)
