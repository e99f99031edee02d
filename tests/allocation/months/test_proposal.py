"""A draw read back in people's words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from allocation.models import Cycle, Override, Strata
from allocation.months import overriding, proposal
from allocation.months.freeing import freeing
from allocation.months.overriding import AS_DRAWN, StandsAgainst
from audits.models import Case
from people.models import User
from people.roles import JobRole
from tests.allocation.drawn_months import drawn
from tests.allocation.shortage import Shortage, shortage
from tests.conftest import NOW, TODAY
from tests.factories import CaseFactory, TeamFactory, UserFactory


class TestReading:
    def test_names_the_cases_and_people_of_the_draw(self, cycle: Cycle, cases: list[Case], psw: User) -> None:
        draw = drawn(cycle, psw)
        read = proposal.read(draw)
        pairs = [(pair["case_id"], pair["auditor_id"]) for pair in draw.result["pairs"]]
        assert [(str(pair.case.pk), str(pair.auditor.pk)) for pair in read.pairs] == pairs
        assert read.random_pairs == read.pairs
        assert [person for person, _ in read.kept_out] == [User.objects.get(name="Hedda Above")]
        assert len(read.without_case) == 1
        assert read.precision_text == "± 40.7"

    def test_gives_weights_in_words(self, cycle: Cycle, cases: list[Case], psw: User) -> None:
        Cycle.objects.update(strata_by=Strata.SERVICE)
        read = proposal.read(drawn(Cycle.objects.get(), psw))
        assert read.is_spread
        words = {line.given: line.weight_in_words for line in read.strata}
        assert words == {2: "each stands for 7.5 cases", 3: "each stands for 5 cases"}

    @pytest.mark.parametrize(
        ("weight", "words"),
        [("12.5000", "12.5"), ("10.0000", "10"), ("3.3333", "3.33"), ("74.7550", "74.76"), ("1250.0000", "1,250")],
    )
    def test_writes_numbers_as_people_do(self, weight: str, words: str) -> None:
        assert proposal.plain_number(weight) == words

    def test_asks_no_more_questions_of_sixty_auditors_than_of_ten(
        self, cycle: Cycle, psw: User, django_assert_max_num_queries: Callable[[int], Any]
    ) -> None:
        def count(auditors: int, reason: str = "") -> int:
            for _ in range(auditors):
                team = TeamFactory()
                UserFactory(job_role=JobRole.TEAM_MANAGER, team=team)
                CaseFactory(team=team)
            Cycle.objects.update(target=User.objects.auditors().count())
            draw = drawn(Cycle.objects.get(), psw, reason=reason)
            with django_assert_max_num_queries(10) as captured:
                proposal.read(draw)
            return len(captured)

        few = count(10)
        assert count(50, "Fifty more auditors joined") <= few


class TestFreeing:
    @pytest.fixture
    def short(self, cycle: Cycle, psw: User) -> Shortage:
        return shortage(cycle, psw)

    def test_names_the_blocking_cases_and_auditors(self, short: Shortage) -> None:
        found = freeing(short.draw, proposal.read(short.draw), today=TODAY)
        assert found is not None
        assert {each.case for each in found.cases} == set(short.cases)
        assert {each.case for each in found.left_over} == set(short.left_over)
        assert found.auditors == [short.outsider]

    def test_offers_only_pairs_between_which_nothing_but_the_team_rule_stands(self, short: Shortage) -> None:
        found = freeing(short.draw, proposal.read(short.draw), today=TODAY)
        assert found is not None
        assert [(pair.case in short.left_over, pair.auditor) for pair in found.pairs] == [(True, short.deputy)]

    def test_offers_pairs_that_the_override_takes(self, short: Shortage, psw: User) -> None:
        found = freeing(short.draw, proposal.read(short.draw), today=TODAY)
        assert found is not None
        (pair,) = found.pairs
        wanted = {"case": pair.case, "auditor": pair.auditor, "reason": "Nobody else is left", "by": psw, "at": NOW}
        with pytest.raises(StandsAgainst) as refused:
            overriding.override(short.draw.cycle, **wanted, today=TODAY, selection=AS_DRAWN)
        assert refused.value.reasons == ["Is in the team that holds this case"]
        made = overriding.override(short.draw.cycle, **wanted, today=TODAY, selection=AS_DRAWN, read=refused.value.mark)
        assert isinstance(made, Override)
        after = freeing(short.draw, proposal.read(short.draw), today=TODAY)
        assert after is not None
        assert pair.case not in {each.case for each in after.cases}
        assert after.pairs == []

    def test_says_nothing_where_nothing_is_missing(self, cycle: Cycle, cases: list[Case], psw: User) -> None:
        draw = drawn(cycle, psw)
        assert freeing(draw, proposal.read(draw), today=TODAY) is None
