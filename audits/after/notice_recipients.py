"""Who is told that an audit has to be acted on today: those who hold the case now, and others to know."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from django.db.models import Exists, OuterRef, Q

from audits.models import Audit, RiskRecipient
from people.models import Absence, Team, User
from people.roles import JobRole

Part = RiskRecipient.Part
DUTY = (Part.WORKER, Part.TEAM_MANAGER)  # whose own job it is to answer
LEADS = (JobRole.TEAM_MANAGER, JobRole.DEPUTY_TEAM_MANAGER)
ABOVE = (JobRole.PRINCIPAL_SOCIAL_WORKER, JobRole.ASSISTANT_DIRECTOR, JobRole.HEAD_OF_SERVICE)
ANYBODY = (JobRole.SERVICE_MANAGER, *LEADS)  # where a council has nobody else


@dataclass(frozen=True, slots=True)
class Told:
    """Somebody to be told, as what; those with the duty to act acknowledge it, the others are to know."""

    person: User
    part: Part

    @property
    def must_acknowledge(self) -> bool:
        """Whether an answer is waited for."""
        return self.part in DUTY


def shared_as(part: str, person: User) -> str:
    """What somebody who is told is to the audit, a key of audits.sharing.WORDS: a stand-in as what they are."""
    if person.job_role in {JobRole.HEAD_OF_SERVICE, JobRole.SERVICE_MANAGER}:
        return str(person.job_role)
    return str(Part.PROGRAMME if person.job_role in ABOVE else part)


def who_must_know(audit: Audit, *, today: date) -> list[Told]:
    """The child's worker and the team's manager today, who must answer; head of service and PSW in copy (S1, R14).

    Source: 000 §2.10. A worker or manager who has left is passed over, so is whoever writes or supervises this audit.
    Where the team has no manager who can be told the next takes the place: deputy, the manager named when the audit
    was given out, head of service, PSW, assistant director, anybody who leads a service or a team. A manager who is
    away today comes after those who are there. Nobody is named twice. One query, two where hardly anybody is left.
    """
    team = audit.case.team or audit.team
    people = _people(audit, team, today=today)
    writers = {audit.auditor_id, audit.supervisor_id}
    found: list[Told] = []
    worker = next((each for each in _workers(audit, people) if each.pk not in writers), None)
    found += [Told(worker, Part.WORKER)] if worker else []
    taken = writers | {each.person.pk for each in found}
    manager = _here_first(_managers(audit, team, people), taken)
    manager = manager or _anybody(taken, today=today)
    found += [Told(manager, Part.TEAM_MANAGER)] if manager else []
    service = _service_of(audit, team)
    heads = [each for each in people.values() if _is_head(each) and service and each.service_id == service]
    programme = [each for each in people.values() if each.job_role == JobRole.PRINCIPAL_SOCIAL_WORKER]
    for part, candidates in ((Part.HEAD_OF_SERVICE, heads), (Part.PROGRAMME, programme)):
        first = next(iter(candidates), None)
        if first and first.pk not in writers | {each.person.pk for each in found}:
            found.append(Told(first, part))
    return found


def _people(audit: Audit, team: Team | None, *, today: date) -> dict[int, User]:
    """Everybody who may come into question and works here today, by pk, each with `is_away`."""
    named = {audit.case.worker_id, audit.worker_id, audit.team_manager_id} - {None}
    wanted = Q(pk__in=named) | Q(job_role__in=ABOVE)
    if team is not None:
        wanted |= Q(team=team, job_role__in=LEADS)
    away = Absence.objects.filter(user=OuterRef("pk"), starts__lte=today, ends__gte=today)
    rows = User.objects.working_on(today).filter(wanted).annotate(is_away=Exists(away))
    return {person.pk: person for person in rows.order_by("pk")}


def _workers(audit: Audit, people: dict[int, User]) -> Iterator[User]:
    """Who holds the case now, then who held it when the audit was given out."""
    for pk in (audit.case.worker_id, audit.worker_id):
        if pk in people:
            yield people[pk]


def _managers(audit: Audit, team: Team | None, people: dict[int, User]) -> Iterator[User]:
    """Everybody who may be told as the team's manager, the nearest first; some more than once."""
    leads = [each for each in people.values() if team and each.team_id == team.pk and each.job_role in LEADS]
    named = audit.team_manager_id
    yield from sorted(leads, key=lambda each: (LEADS.index(JobRole(each.job_role)), each.pk != named))
    if named in people:
        yield people[named]
    service = _service_of(audit, team)
    yield from (each for each in people.values() if _is_head(each) and service and each.service_id == service)
    for role in ABOVE:
        yield from (each for each in people.values() if each.job_role == role)


def _here_first(candidates: Iterable[User], taken: set[int | None]) -> User | None:
    may_be_told = [each for each in candidates if each.pk not in taken]
    return min(may_be_told, key=lambda each: bool(getattr(each, "is_away", False)), default=None)


def _anybody(taken: set[int | None], *, today: date) -> User | None:
    rows = User.objects.working_on(today).filter(job_role__in=ANYBODY).exclude(pk__in=taken - {None})
    return rows.order_by("pk").first()


def _service_of(audit: Audit, team: Team | None) -> int | None:
    return team.service_id if team else audit.service_id


def _is_head(person: User) -> bool:
    return bool(person.job_role == JobRole.HEAD_OF_SERVICE)
