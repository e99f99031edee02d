"""Who is told at once that a child may be at risk: the managers of the case as it is held today, and others to know."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from audits.models import Audit, RiskRecipient
from people.line_management import managers_above, principal_social_worker
from people.models import Team, User
from people.roles import JobRole

Part = RiskRecipient.Part
MUST_ACKNOWLEDGE = (Part.TEAM_MANAGER, Part.SERVICE_MANAGER)
LEADS = (JobRole.TEAM_MANAGER, JobRole.DEPUTY_TEAM_MANAGER)
TITLE = {
    Part.TEAM_MANAGER: JobRole.TEAM_MANAGER,
    Part.SERVICE_MANAGER: JobRole.SERVICE_MANAGER,
    Part.HEAD_OF_SERVICE: JobRole.HEAD_OF_SERVICE,
    Part.PROGRAMME: JobRole.PRINCIPAL_SOCIAL_WORKER,
}


@dataclass(frozen=True, slots=True)
class Told:
    """Somebody to be told, as what: those with a duty to act acknowledge it, the others are to know."""

    person: User
    part: Part

    @property
    def must_acknowledge(self) -> bool:
        """Whether an answer is waited for."""
        return self.part in MUST_ACKNOWLEDGE


def who_is_told(audit: Audit, *, by: User, today: date) -> list[Told]:
    """The team manager and the service manager of the case today; head of service and PSW in copy (001, A16, R14).

    Where one of them is missing, has left, or writes this audit, the next takes the place: deputy, named manager,
    head of service, PSW, assistant director, anybody who leads a service or a team. Somebody away today comes after
    those who are there. Nobody is named twice. Empty only where nobody else works in the council.
    """
    team = audit.case.team or audit.team
    writers = {audit.auditor_id, audit.supervisor_id, by.pk}
    found: list[Told] = []
    for part, candidates in (
        (Part.TEAM_MANAGER, _team_managers(audit, team, today=today)),
        (Part.SERVICE_MANAGER, _service_managers(team, today=today)),
    ):
        passed_over = writers | {told.person.pk for told in found}
        person = _first([*candidates, *_above(team, today=today)], passed_over=passed_over, today=today)
        found += [Told(person, part)] if person else []
    heads = _of_service(team, JobRole.HEAD_OF_SERVICE, today=today)
    for part, person in (
        (Part.HEAD_OF_SERVICE, heads[0] if heads else None),
        (Part.PROGRAMME, principal_social_worker(today=today)),
    ):
        if person and person.pk not in writers | {told.person.pk for told in found}:
            found.append(Told(person, part))
    return found


def _first(candidates: Iterable[User], *, passed_over: set[int | None], today: date) -> User | None:
    """The first who may be told and is here today, else the first who may be told."""
    may_be_told = [person for person in candidates if person.pk not in passed_over]
    away = set(User.objects.absent_on(today).filter(pk__in={p.pk for p in may_be_told}).values_list("pk", flat=True))
    return min(may_be_told, key=lambda person: person.pk in away, default=None)


def _team_managers(audit: Audit, team: Team | None, *, today: date) -> Iterator[User]:
    working = User.objects.working_on(today)
    if team is not None:
        leads = working.filter(team=team, job_role__in=LEADS).order_by("pk")
        yield from sorted(leads, key=lambda person: LEADS.index(JobRole(person.job_role)))
    yield from working.filter(pk=audit.team_manager_id)  # as named when the audit was given out


def _service_managers(team: Team | None, *, today: date) -> Iterator[User]:
    """Above the team's manager first: a service may have several."""
    if team is None:
        return
    managers = User.objects.working_on(today).filter(team=team, job_role=JobRole.TEAM_MANAGER)
    for manager in managers.select_related("line_manager").order_by("pk"):
        above = managers_above(manager, today=today)
        yield from (person for person in above if person.job_role == JobRole.SERVICE_MANAGER)
    yield from _of_service(team, JobRole.SERVICE_MANAGER, today=today)


def _above(team: Team | None, *, today: date) -> Iterator[User]:
    """Everybody who can take the place of a manager who cannot be told, the nearest first."""
    working = User.objects.working_on(today)
    yield from _of_service(team, JobRole.HEAD_OF_SERVICE, today=today)
    for role in (JobRole.PRINCIPAL_SOCIAL_WORKER, JobRole.ASSISTANT_DIRECTOR, JobRole.HEAD_OF_SERVICE):
        yield from working.filter(job_role=role).order_by("pk")
    yield from working.filter(job_role__in=(JobRole.SERVICE_MANAGER, *LEADS)).order_by("pk")[
        :6
    ]  # more than can be passed over


def _of_service(team: Team | None, role: JobRole, *, today: date) -> list[User]:
    if team is None:
        return []
    return list(User.objects.working_on(today).filter(service=team.service_id, job_role=role).order_by("pk"))
