"""Who manages whom: the chain above a person always ends at a person."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date

from people.models import User
from people.roles import JobRole

LONGEST_CHAIN = 20  # steps; no council is deeper, and a loop in the staff file must end


def working(user: User, *, today: date) -> bool:
    """Whether a person works here on a day (started, not left, account on)."""
    started = user.start_date is None or user.start_date <= today
    left = user.leave_date is not None and user.leave_date <= today
    return user.is_active and started and not left


def managers_above(user: User, *, today: date) -> Iterator[User]:
    """The working managers above a person, nearest first. Leavers are stepped over; a loop ends it."""
    seen = {user.pk}
    current = user.line_manager
    for _ in range(LONGEST_CHAIN):
        if current is None or current.pk in seen:
            return
        seen.add(current.pk)
        if working(current, today=today):
            yield current
        current = current.line_manager


def principal_social_worker(*, today: date) -> User | None:
    """The person who runs the programme; where several, the one longest on the staff list."""
    return User.objects.working_on(today).filter(job_role=JobRole.PRINCIPAL_SOCIAL_WORKER).order_by("pk").first()


def manager_above(user: User, *, level: int, today: date) -> User | None:
    """The manager `level` steps above (1 line manager, 2 the next above, the "grandparent").

    Where the chain is shorter, the principal social worker; None only where there is none either.
    """
    chain = list(managers_above(user, today=today))
    return chain[level - 1] if len(chain) >= level else principal_social_worker(today=today)


def team_manager_of(team_id: int | None, *, today: date) -> User | None:
    """The manager of a team: its team manager, else its deputy; None where it has neither."""
    if team_id is None:
        return None
    people = User.objects.working_on(today).filter(team_id=team_id)
    for role in (JobRole.TEAM_MANAGER, JobRole.DEPUTY_TEAM_MANAGER):
        found = people.filter(job_role=role).order_by("pk").first()
        if found:
            return found
    return None


def team_managers_of(team_ids: Collection[int], *, today: date) -> dict[int, User]:
    """The manager of each of these teams, as team_manager_of finds them; teams without one are left out. One query."""
    roles = (JobRole.DEPUTY_TEAM_MANAGER, JobRole.TEAM_MANAGER)
    people = User.objects.working_on(today).filter(team_id__in=team_ids, job_role__in=roles).order_by("-pk")
    ranked = sorted(people, key=lambda person: roles.index(JobRole(person.job_role)))
    return {person.team_id: person for person in ranked if person.team_id is not None}
