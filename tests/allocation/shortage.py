"""A month in which the team rule keeps the draw from its target."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from allocation.models import Cycle, Draw, Override
from allocation.months import overriding
from audits.models import Case
from people.models import User
from people.roles import JobRole
from tests.allocation.drawn_months import drawn
from tests.conftest import NOW, TODAY
from tests.factories import CaseFactory, TeamFactory, UserFactory


@dataclass
class Shortage:
    """Three cases of one team; only `outsider`, with one place, is kept from none of them."""

    draw: Draw
    cases: list[Case]
    manager: User
    deputy: User
    outsider: User

    @property
    def left_over(self) -> list[Case]:
        """The cases that nobody got."""
        given = {pair["case_id"] for pair in self.draw.result["pairs"]}
        return [case for case in self.cases if str(case.pk) not in given]


def shortage(cycle: Cycle, psw: User, *, wanted: int = 3) -> Shortage:
    """Draw a month where two of three auditors are in the team that holds every case."""
    team = TeamFactory()
    manager = UserFactory(name="Mia Manager", job_role=JobRole.TEAM_MANAGER, team=team)
    deputy = UserFactory(name="Dora Deputy", job_role=JobRole.DEPUTY_TEAM_MANAGER, team=team)
    outsider = UserFactory(name="Otto Outsider", job_role=JobRole.TEAM_MANAGER, team=TeamFactory())
    User.objects.filter(pk__in=[manager.pk, deputy.pk, outsider.pk]).update(audits_as_rule=True, monthly_quota=1)
    User.objects.exclude(pk__in=[manager.pk, deputy.pk, outsider.pk]).update(audits_as_rule=False)
    cases = [CaseFactory(team=team, worker=UserFactory(team=team)) for _ in range(3)]
    Cycle.objects.filter(pk=cycle.pk).update(target=wanted)
    cycle.refresh_from_db()
    return Shortage(drawn(cycle, psw), cases, manager, deputy, outsider)


def add_override(short: Shortage, psw: User) -> Override:
    """Give a case that was left over to the deputy of its own team, after reading what stands against it."""
    case = short.left_over[0]
    wanted = {"case": case, "auditor": short.deputy, "reason": "Nobody else can sign", "by": psw, "at": NOW}
    with pytest.raises(overriding.StandsAgainst) as refused:
        overriding.override(short.draw.cycle, **wanted, today=TODAY)
    made = overriding.override(short.draw.cycle, **wanted, today=TODAY, read=refused.value.mark)
    assert isinstance(made, Override)
    return made
