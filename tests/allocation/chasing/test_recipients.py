"""Whom a chase goes to, in any council that could be: it always ends at a person who works there (R19)."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from allocation.chasing.organisation import Organisation
from allocation.chasing.waiting import Waiting
from allocation.models import Subject, ToWhom
from audits.models import Audit
from people.models import User
from people.roles import JobRole

TODAY = date(2026, 11, 24)
EXAMPLES = 5000 if os.environ.get("LONG_TESTS") == "1" else 500
LEFT = date(2026, 11, 24)  # the first day on which they are gone


@st.composite
def councils(draw: st.DrawFn) -> list[User]:
    """People with managers at random: none, loops, leavers, accounts that are off, people who have not started."""
    size = draw(st.integers(1, 7))
    roles = st.sampled_from([role for role in JobRole if role != JobRole.PRINCIPAL_SOCIAL_WORKER] * 2 + list(JobRole))
    people = []
    for number in range(1, size + 1):
        manager = draw(st.one_of(st.none(), st.integers(1, size + 1)))
        state = draw(st.sampled_from(["works"] * 3 + ["left", "off", "not yet"]))
        people.append(
            User(
                pk=number,
                name=f"Person {number}",
                job_role=draw(roles),
                line_manager_id=None if manager == number else manager,  # size + 1: nobody of that number
                service_id=draw(st.one_of(st.none(), st.integers(1, 2))),
                team_id=draw(st.one_of(st.none(), st.integers(1, 2))),
                is_active=state != "off",
                leave_date=LEFT if state == "left" else None,
                start_date=date(2026, 12, 1) if state == "not yet" else None,
            )
        )
    return people


def works(person: User) -> bool:
    """Said again, apart from the portal's own word for it."""
    gone = person.leave_date is not None and person.leave_date <= TODAY
    begun = person.start_date is None or person.start_date <= TODAY
    return person.is_active and begun and not gone


def waiting(owner_id: int | None, subject: str = Subject.ACTION, key: str = "1") -> Waiting:
    told = datetime(2026, 11, 2, 9, tzinfo=UTC)
    return Waiting(Audit(pk=1, service_id=1, team_id=1), subject, key, owner_id, date(2026, 11, 20), told)


class TestEveryEscalation:
    @settings(max_examples=EXAMPLES, deadline=None)
    @given(people=councils(), to=st.sampled_from(ToWhom.values), data=st.data())
    def test_ends_at_somebody_who_works_here(self, people: list[User], to: str, data: st.DataObject) -> None:
        owner_id = data.draw(st.one_of(st.none(), st.integers(1, len(people) + 1)))
        subject, key = data.draw(
            st.sampled_from([(Subject.ACTION, "1"), (Subject.PART_B, "manager"), (Subject.PART_B, "worker")])
        )
        organisation = Organisation(people, today=TODAY)
        asked = waiting(owner_id, subject, key)
        told, owner = organisation.recipient(asked, to), organisation.owner(asked)
        others = [person for person in people if works(person) and person != owner]
        if told is None:
            assert not others
        else:
            assert works(told)
            assert told != owner or to == ToWhom.OWNER
        if owner is not None and works(owner) and to == ToWhom.OWNER:
            assert told == owner

    @settings(max_examples=EXAMPLES // 5, deadline=None)
    @given(people=councils(), owner_id=st.integers(1, 9))
    def test_falls_to_whoever_runs_the_programme_before_anybody_else(self, people: list[User], owner_id: int) -> None:
        runs = User(pk=99, name="Petra Programme", job_role=JobRole.PRINCIPAL_SOCIAL_WORKER)
        others = [person for person in people if person.job_role != JobRole.PRINCIPAL_SOCIAL_WORKER]
        organisation = Organisation([*others, runs], today=TODAY)
        assert organisation.recipient(waiting(owner_id), ToWhom.PROGRAMME) == runs


class TestTheManagerAbove:
    def council(self) -> list[User]:
        roles = [JobRole.SOCIAL_WORKER, JobRole.TEAM_MANAGER, JobRole.SERVICE_MANAGER, JobRole.HEAD_OF_SERVICE]
        people = [User(pk=n, name=f"P{n}", job_role=role, line_manager_id=n + 1) for n, role in enumerate(roles, 1)]
        people[-1].line_manager_id = None
        return people

    def told(self, people: list[User], to: str) -> str:
        found = Organisation(people, today=TODAY).recipient(waiting(1), to)
        return found.name if found else ""

    def test_is_the_next_one_up(self) -> None:
        assert self.told(self.council(), ToWhom.OWNER) == "P1"
        assert self.told(self.council(), ToWhom.LINE_MANAGER) == "P2"
        assert self.told(self.council(), ToWhom.NEXT_MANAGER) == "P3"

    def test_is_the_one_after_where_somebody_has_left(self) -> None:
        people = self.council()
        people[1].leave_date = LEFT
        assert self.told(people, ToWhom.LINE_MANAGER) == "P3"
        assert self.told(people, ToWhom.NEXT_MANAGER) == "P4"

    def test_is_told_instead_of_an_owner_who_has_left(self) -> None:
        people = self.council()
        people[0].leave_date = LEFT
        assert self.told(people, ToWhom.OWNER) == "P2"

    def test_is_the_head_of_the_cases_service_where_the_ladder_says_so(self) -> None:
        people = [*self.council(), User(pk=9, name="Ours", job_role=JobRole.HEAD_OF_SERVICE, service_id=1)]
        assert self.told(people, ToWhom.HEAD_OF_SERVICE) == "Ours"
        assert self.told(self.council(), ToWhom.HEAD_OF_SERVICE) == "P4"
