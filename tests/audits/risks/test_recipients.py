"""Who is told of a child at risk today, and who of them must answer (A16)."""

from __future__ import annotations

import pytest

from audits.models import Audit, RiskRecipient
from audits.risk_recipients import Told, who_is_told
from people import absences
from people.models import Team, User
from people.roles import JobRole
from tests.audits.risks.raising import leave
from tests.conftest import NOW, TODAY
from tests.factories import UserFactory


def told(audit: Audit, by: User | None = None) -> list[tuple[str, str]]:
    return [(one.person.name, str(one.part)) for one in who_is_told(audit, by=by or audit.auditor, today=TODAY)]


@pytest.mark.django_db
@pytest.mark.usefixtures("everybody")
class TestWhoIsTold:
    TEAM, SERVICE, HEAD, PSW = "team_manager", "service_manager", "head_of_service", "programme"

    def test_are_both_managers_and_to_know_head_and_psw(self, audit: Audit) -> None:
        assert told(audit) == [
            ("Tamar Manager", self.TEAM),
            ("Sani Service", self.SERVICE),
            ("Hana Head", self.HEAD),
            ("Petra Programme", self.PSW),
        ]

    def test_must_acknowledge_are_the_managers_only(self, audit: Audit) -> None:
        both = [one.person.name for one in who_is_told(audit, by=audit.auditor, today=TODAY) if one.must_acknowledge]
        assert both == ["Tamar Manager", "Sani Service"]

    def test_follow_the_case_to_the_team_that_holds_it_today(
        self, audit: Audit, other_team: Team, team_manager: User
    ) -> None:
        now = UserFactory(name="Mo Meadow", job_role=JobRole.DEPUTY_TEAM_MANAGER, team=other_team)
        audit.case.team = other_team
        audit.case.save()
        leave(*User.objects.filter(job_role=JobRole.SERVICE_MANAGER, service=other_team.service))
        assert told(audit)[0] == (now.name, self.TEAM)

    def test_are_the_deputy_where_the_manager_has_left(self, audit: Audit, team_manager: User, team: Team) -> None:
        UserFactory(name="Dee Deputy", job_role=JobRole.DEPUTY_TEAM_MANAGER, team=team)
        leave(team_manager)
        assert told(audit)[0] == ("Dee Deputy", self.TEAM)

    def test_are_the_deputy_while_the_manager_is_away(
        self, audit: Audit, team_manager: User, team: Team, psw: User
    ) -> None:
        absences.add(team_manager, starts=TODAY, ends=TODAY, reason="Leave", by=psw, at=NOW)
        assert told(audit)[0] == ("Hana Head", self.TEAM)
        UserFactory(name="Dee Deputy", job_role=JobRole.DEPUTY_TEAM_MANAGER, team=team)
        assert told(audit)[0] == ("Dee Deputy", self.TEAM)

    def test_are_head_and_psw_where_the_managers_have_left(
        self, audit: Audit, team_manager: User, service_manager: User
    ) -> None:
        leave(team_manager, service_manager)
        assert told(audit) == [("Hana Head", self.TEAM), ("Petra Programme", self.SERVICE)]

    def test_never_are_whoever_writes_the_audit(self, audit: Audit, team_manager: User, service_manager: User) -> None:
        audit.auditor, audit.supervisor = team_manager, service_manager
        audit.save()
        assert told(audit) == [("Hana Head", self.TEAM), ("Petra Programme", self.SERVICE)]

    def test_never_are_nobody(self, audit: Audit) -> None:
        """As long as anybody who leads works in the council beside the auditor."""
        leave(*User.objects.exclude(pk=audit.auditor_id))
        assert told(audit) == []
        UserFactory(name="Asa Director", job_role=JobRole.ASSISTANT_DIRECTOR)
        assert told(audit) == [("Asa Director", self.TEAM)]
        UserFactory(name="Far Manager", job_role=JobRole.TEAM_MANAGER)
        assert told(audit) == [("Asa Director", self.TEAM), ("Far Manager", self.SERVICE)]

    def test_are_the_service_manager_above_the_team_first(self, audit: Audit, team: Team, team_manager: User) -> None:
        above = UserFactory(name="Uma Upper", job_role=JobRole.SERVICE_MANAGER, service=team.service)
        team_manager.line_manager = above
        team_manager.save()
        assert told(audit)[1] == ("Uma Upper", self.SERVICE)

    def test_are_found_without_a_team(self, audit: Audit) -> None:
        audit.case.team = audit.team = None
        audit.case.save()
        audit.save()
        assert told(audit)[0] == ("Tamar Manager", self.TEAM)
        assert told(audit)[1] == ("Petra Programme", self.SERVICE)

    def test_are_named_once(self, audit: Audit, service_manager: User) -> None:
        leave(service_manager)
        names = [name for name, _ in told(audit)]
        assert len(names) == len(set(names))


def test_told_says_whether_an_answer_is_waited_for(db: None) -> None:
    person = UserFactory()
    assert [Told(person, part).must_acknowledge for part in RiskRecipient.Part] == [False, True, True, False, False]
