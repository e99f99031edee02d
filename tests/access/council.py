"""One council that holds every person, state and secret of the matrix, made through the domain functions."""

from __future__ import annotations

from datetime import date

from django.conf import settings
from django.test import Client

from allocation.competence import competency
from allocation.eligibility import holds
from allocation.models import Cycle, Override
from allocation.months import cycles, themes
from audits.case_import import CASES
from audits.models import AuditTemplate, Case, TemplateVersion
from audits.template_import import load_templates
from audits.templates_made import drafting, publishing, scales
from audits.templates_made.scales import Point
from audits.timescale_table import load_timescales
from people import absences, activity, file_import, mail
from people.models import FileImport, Team, User
from people.spreadsheet import Limits, read_sheets
from people.staff_import import STAFF
from reporting import highlight_report, snapshot
from reporting.figures import count_figures
from reporting.highlight_report import Build
from reporting.models import HighlightReport
from tests.access.council_audits import build_audits, secret_case
from tests.access.people import ROLE, Who
from tests.access.world import World, secret
from tests.conftest import NOW, TODAY
from tests.factories import MONTH, CaseFactory, CycleFactory, ServiceFactory, TeamFactory, UserFactory

LIMITS = Limits(size=1 << 20, inflated=1 << 24, rows=100)


def build() -> World:
    """Make all of it. About a second and a half."""
    versions = load_templates(settings.BASE_DIR / "fixtures" / "audit_templates", at=NOW)
    world = World(next(version for version in versions if version.template.code == "core-case-file"))
    load_timescales()
    teams = _people(world)
    _months(world)
    build_audits(world, teams[Who.WORKER])
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
    """A draft of the next version of the core template; two versions of another; a scale that nothing uses yet."""
    by = {"by": world.people[Who.PSW], "at": NOW}
    points = [Point("Good", "green", is_good=True), Point("Mixed", "amber"), Point("Poor", "red", is_urgent=True)]
    scales.make(name="Ours", points=points, **by)
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


def _cases(world: World, team: Team) -> None:
    world.places["case"] = {"pk": secret_case(world, team, "case").pk}
    world.places["restricted case"] = {"pk": secret_case(world, team, "restricted_case", restricted=True).pk}


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
