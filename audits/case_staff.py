"""Which team, worker and chair of ours a case list means by its names, and what is odd about them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from audits.case_parts import Note
from people.directory import Directory
from people.models import Team, User

REMEMBERED = 200_000  # combinations of a team, a worker and a chair in one file


@dataclass(frozen=True, slots=True, eq=False)  # one object for each combination of names
class Staff:
    """The team, worker and chair of a case, as far as we know them, and the names it is kept with."""

    team: Team | None
    team_name: str
    worker: User | None
    worker_name: str
    chair: User | None
    notes: tuple[Note, ...]

    def keys(self) -> tuple[int | None, int | None, int | None]:
        """Team, worker and chair by key; a team added with the file has one as soon as it is saved."""
        return (
            self.team.id if self.team else None,
            self.worker.id if self.worker else None,
            self.chair.id if self.chair else None,
        )


StaffOf = Callable[[str, str, str], Staff]


class StaffNames:
    """Looks up what a file calls people and teams, each once."""

    def __init__(self, directory: Directory) -> None:
        self.directory = directory
        self.team_of = lru_cache(maxsize=None)(directory.team)
        self.people: dict[tuple[str, int | None], tuple[User | None, str]] = {}
        self.staff_of = lru_cache(maxsize=REMEMBERED)(self.staff)

    def person(self, text: str, team: Team | None) -> tuple[User | None, str]:
        """Whom a name in a team means, or why nobody."""
        key = (text, team.pk if team else None)
        if key not in self.people:
            self.people[key] = self.directory.person(text, team=team)
        return self.people[key]

    def staff(self, team_text: str, worker_text: str, chair_text: str) -> Staff:
        """The staff of a new case."""
        team, team_notes = self.team(team_text)
        worker, worker_notes = self.worker(worker_text, team)
        chair, chair_notes = self.chair(chair_text)
        name = worker.name if worker else worker_text
        return Staff(team, team_text, worker, name[:150], chair, (*team_notes, *worker_notes, *chair_notes))

    def team(self, text: str) -> tuple[Team | None, list[Note]]:
        """The team of a name, and a note where a name is not known."""
        team = self.team_of(text) if text else None
        return team, [Note(f"Team “{text}” is not known here.")] if text and team is None else []

    def worker(self, text: str, team: Team | None) -> tuple[User | None, list[Note]]:
        """The worker of a name in a team, and a note where that is nobody or not clear."""
        user, problem = self.person(text, team) if text else (None, "")
        return user, [Note(f"Worker “{text}” {problem}.")] if problem else []

    def chair(self, text: str) -> tuple[User | None, list[Note]]:
        """The reviewing officer or chair of a name, and a note where that is nobody or not clear."""
        user, problem = self.person(text, None) if text else (None, "")
        return user, [Note(f"Reviewing officer or chair “{text}” {problem}.")] if problem else []
