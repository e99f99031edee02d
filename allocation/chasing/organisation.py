"""Whom a chase goes to: the council's people in memory, so that a thousand questions cost one query (R19)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from allocation.chasing.waiting import Waiting
from allocation.models import Subject, ToWhom
from people.line_management import managers_above, working
from people.models import User
from people.roles import JobRole

# Who is told where the chain ends too early: whoever runs the programme, else the most senior person there is.
LAST_RESORT = (
    JobRole.PRINCIPAL_SOCIAL_WORKER,
    JobRole.ASSISTANT_DIRECTOR,
    JobRole.HEAD_OF_SERVICE,
    JobRole.SERVICE_MANAGER,
    JobRole.QA_OFFICER,
    JobRole.TEAM_MANAGER,
    JobRole.DEPUTY_TEAM_MANAGER,
)


class Organisation:
    """Everybody with their managers, as they stand on one day."""

    def __init__(self, people: Iterable[User], *, today: date) -> None:
        """Links each person to the manager among these people, so that walking up asks the database nothing."""
        self.people = {person.pk: person for person in people}
        self.today = today
        for person in self.people.values():
            person.line_manager = self.people.get(person.line_manager_id)  # type: ignore[arg-type]  # None: nobody
        self._by_role: dict[str, list[User]] = {}
        for person in sorted(self.people.values(), key=lambda each: each.pk):
            if working(person, today=today):
                self._by_role.setdefault(person.job_role, []).append(person)

    @classmethod
    def on(cls, today: date) -> Organisation:
        """The whole council on a day. One query."""
        return cls(User.objects.all(), today=today)

    def owner(self, waiting: Waiting) -> User | None:
        """Whom something waits for today: where a team manager who owes Part B has left, who leads the team now."""
        named = self.people.get(waiting.owner_id or 0)
        if waiting.subject != Subject.PART_B or waiting.key.startswith("worker") or self._works(named):
            return named
        return self._lead_of(waiting.audit.team_id) or named

    def recipient(self, waiting: Waiting, to: str) -> User | None:
        """Who is told: always a person who works here and, for a manager's rung, not the owner.

        An owner who has left cannot be told: their line manager is. None only where nobody else works in the council.
        """
        owner = self.owner(waiting)
        if to == ToWhom.OWNER and self._works(owner):
            return owner
        if to == ToWhom.PROGRAMME:
            return self._last_resort(owner)
        if to == ToWhom.HEAD_OF_SERVICE:
            return self._head_of_service(waiting, owner) or self._last_resort(owner)
        level = 2 if to == ToWhom.NEXT_MANAGER else 1
        above = list(managers_above(owner, today=self.today)) if owner else []
        return above[level - 1] if len(above) >= level else self._last_resort(owner)

    def _works(self, person: User | None) -> bool:
        return person is not None and working(person, today=self.today)

    def _lead_of(self, team_id: int | None) -> User | None:
        for role in (JobRole.TEAM_MANAGER, JobRole.DEPUTY_TEAM_MANAGER):
            for person in self._by_role.get(role, []):
                if team_id is not None and person.team_id == team_id:
                    return person
        return None

    def _head_of_service(self, waiting: Waiting, owner: User | None) -> User | None:
        heads = [person for person in self._by_role.get(JobRole.HEAD_OF_SERVICE, []) if person != owner]
        of_service = [head for head in heads if head.service_id == waiting.audit.service_id is not None]
        above = list(managers_above(owner, today=self.today)) if owner else []
        return next(iter(of_service), None) or next((person for person in above if person in heads), None)

    def _last_resort(self, owner: User | None) -> User | None:
        """Whoever runs the programme, else who is next in LAST_RESORT, else anybody who works here; not the owner."""
        roles = [*LAST_RESORT, *(role for role in self._by_role if role not in LAST_RESORT)]
        candidates = (person for role in roles for person in self._by_role.get(role, []))
        return next((person for person in candidates if person != owner), None)
