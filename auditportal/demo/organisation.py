"""The people of Exampleshire: 25 teams in 5 services and 3 areas, about 60 managers, their workers."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import cycle
from random import Random

from django.contrib.auth.hashers import make_password

from auditportal.demo.names import invented_names
from people.models import Absence, Area, Service, Team, User
from people.roles import JobRole

DOMAIN = "exampleshire.example"
PASSWORD = "exampleshire-demo"  # noqa: S105  # the demo's own, printed on the screen
AREAS = ("North", "Vale", "Coast")
TEAMS = {  # service -> name of its teams, how many, whether they are spread over the areas
    "Assessment and Family Help": ("Assessment", 6),
    "Safeguarding and Support": ("Safeguarding", 9),
    "Children in Care": ("Children in Care", 5),
    "Care Leavers": ("Moving On", 3),
    "Children with Disabilities": ("Disabled Children", 2),
}
WORKERS_PER_TEAM = 5
DEPUTIES = 12
IROS, CHAIRS, PRACTITIONERS = 6, 4, 4


@dataclass
class Organisation:
    """Who is who."""

    teams: list[Team] = field(default_factory=list)
    people: dict[str, list[User]] = field(default_factory=dict)
    members: dict[int, list[User]] = field(default_factory=dict)  # team id -> its workers

    def of(self, role: str) -> list[User]:
        """Everybody with a job role."""
        return self.people.get(role, [])

    @property
    def psw(self) -> User:
        """The principal social worker."""
        return self.people[JobRole.PRINCIPAL_SOCIAL_WORKER][0]

    @property
    def auditors(self) -> list[User]:
        """Everybody with a rota group."""
        return [person for people in self.people.values() for person in people if person.audit_group]


class _Maker:
    """Makes people one after the other, with names and addresses from the seed."""

    def __init__(self, rng: Random, *, began: date) -> None:
        self.rng = rng
        self.began = began
        self.names = iter(invented_names(400, rng=rng))
        self.password = make_password(PASSWORD)
        self.groups = cycle("ABC")
        self.made = Organisation()
        self.numbers = iter(range(1001, 3000))

    def person(self, role: str, *, audits: bool = False, **fields: object) -> User:
        name = next(self.names)
        person = User.objects.create(
            name=name,
            email=f"{name.lower().replace(' ', '.')}@{DOMAIN}",
            staff_number=f"EX{next(self.numbers)}",
            job_role=role,
            password=self.password,
            start_date=self.began - timedelta(days=self.rng.randint(200, 3000)),
            audit_group=next(self.groups) if audits else "",
            **fields,
        )
        self.made.people.setdefault(role, []).append(person)
        return person


def _teams(services: list[Service], areas: list[Area]) -> list[Team]:
    made = []
    for service in services:
        stem, count = TEAMS[service.name]
        for number in range(count):
            area = areas[number % len(areas)]
            made.append(
                Team.objects.create(name=f"{stem} {area.name} {number // len(areas) + 1}", service=service, area=area)
            )
    return made


def make_organisation(*, rng: Random, began: date, today: date) -> Organisation:
    """Everybody, top down, so that each has a line manager."""
    maker = _Maker(rng, began=began)
    areas = [Area.objects.create(name=name) for name in AREAS]
    services = [Service.objects.create(name=name) for name in TEAMS]
    director = maker.person(JobRole.ASSISTANT_DIRECTOR, audits=True)
    maker.person(JobRole.PRINCIPAL_SOCIAL_WORKER, line_manager=director)
    maker.person(JobRole.ADMINISTRATOR, line_manager=director)
    maker.made.teams = _teams(services, areas)
    for service in services:
        _service(maker, service, director)
    _reviewers(maker, director, services)
    _absences(maker.made, rng=rng, today=today)
    return maker.made


def _service(maker: _Maker, service: Service, director: User) -> None:
    head = maker.person(JobRole.HEAD_OF_SERVICE, audits=True, service=service, line_manager=director)
    manager = maker.person(JobRole.SERVICE_MANAGER, audits=True, service=service, line_manager=head)
    for number, team in enumerate(team for team in maker.made.teams if team.service_id == service.pk):
        lead = maker.person(JobRole.TEAM_MANAGER, audits=True, team=team, service=service, line_manager=manager)
        if number % 2 == 0 and len(maker.made.of(JobRole.DEPUTY_TEAM_MANAGER)) < DEPUTIES:
            maker.person(JobRole.DEPUTY_TEAM_MANAGER, audits=True, team=team, service=service, line_manager=lead)
        maker.made.members[team.pk] = [
            maker.person(JobRole.SOCIAL_WORKER, team=team, service=service, line_manager=lead)
            for _ in range(WORKERS_PER_TEAM)
        ]


def _reviewers(maker: _Maker, director: User, services: list[Service]) -> None:
    quality = maker.person(JobRole.QA_OFFICER, line_manager=director)
    for role, count in (
        (JobRole.IRO, IROS),
        (JobRole.CP_CHAIR, CHAIRS),
        (JobRole.ADVANCED_PRACTITIONER, PRACTITIONERS),
    ):
        for _ in range(count):
            maker.person(role, audits=True, line_manager=quality if role != JobRole.ADVANCED_PRACTITIONER else director)


def _absences(made: Organisation, *, rng: Random, today: date) -> None:
    """A long sick leave now, and a few holidays."""
    managers = made.of(JobRole.TEAM_MANAGER)
    away, on_holiday = rng.sample(managers, 2)
    Absence.objects.create(
        user=away, starts=today - timedelta(days=60), ends=today + timedelta(days=60), reason="Sickness"
    )
    Absence.objects.create(
        user=on_holiday, starts=today - timedelta(days=3), ends=today + timedelta(days=4), reason="Annual leave"
    )
