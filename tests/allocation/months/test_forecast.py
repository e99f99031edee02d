"""What a draw would reach, before there is one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
import time_machine
from django.test import Client

from allocation.models import Cycle, Draw, Strata
from allocation.months import forecast as forecasts
from allocation.months import proposal
from allocation.months.forecast import forecast, trial_seed, trials_for
from allocation.record.freezing import freeze
from audits.models import Case, TemplateVersion
from people.models import User
from people.roles import JobRole
from tests.allocation.drawn_months import drawn
from tests.allocation.shortage import shortage
from tests.conftest import NOW, TODAY
from tests.factories import AuditFactory, CaseFactory, TeamFactory, UserFactory


class TestPool:
    """The page before the draw and the page after it give the same numbers."""

    @pytest.mark.parametrize("one_per_family", [False, True])
    def test_is_that_of_the_draw_with_families_and_re_audits(
        self, cycle: Cycle, cases: list[Case], core_template: TemplateVersion, psw: User, one_per_family: bool
    ) -> None:
        Cycle.objects.update(one_per_family=one_per_family, strata_by=Strata.SERVICE)
        Case.objects.filter(pk__in=[case.pk for case in cases[2:5]]).update(family_reference="F1")
        urgent = core_template.scale.grades.get(is_urgent=True)
        for case in cases[:2]:
            AuditFactory(
                case=case, template_version=core_template, month=date(2026, 7, 1), status="actions",
                overall_grade=urgent, submitted_at=datetime(2026, 7, 6, 9, tzinfo=UTC), part_b_due_on=TODAY,
            )  # fmt: skip
        found = forecast(Cycle.objects.get(), today=TODAY)
        read = proposal.read(drawn(Cycle.objects.get(), psw))
        assert (found.pool_size, found.re_audit_pool) == (read.pool_at_random, read.re_audit_pool) == (28, 2)
        assert found.pool_note == read.pool_note == "and 2 for re-audits, counted apart"
        pools = [(line.name, line.pool) for line in read.strata]
        assert [(line.name, line.pool) for line in found.strata] == pools
        assert sum(pool for _, pool in pools) == (26 if one_per_family else 28)

    def test_is_that_of_the_draw_without_trials_too(
        self, cycle: Cycle, cases: list[Case], core_template: TemplateVersion, psw: User,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:  # fmt: skip
        urgent = core_template.scale.grades.get(is_urgent=True)
        AuditFactory(
            case=cases[0], template_version=core_template, month=date(2026, 7, 1), status="actions",
            overall_grade=urgent, submitted_at=datetime(2026, 7, 6, 9, tzinfo=UTC), part_b_due_on=TODAY,
        )  # fmt: skip
        monkeypatch.setattr(forecasts, "LONGEST_TRIED", 5)
        found = forecast(cycle, today=TODAY)
        read = proposal.read(drawn(cycle, psw))
        assert (found.pool_size, found.re_audit_pool) == (read.pool_at_random, read.re_audit_pool) == (29, 1)


class TestForecast:
    def test_says_how_far_these_auditors_reach(self, cycle: Cycle, cases: list[Case]) -> None:
        found = forecast(cycle, today=TODAY)
        assert found.sentence == "With these 6 auditors you reach 5 of 5."
        assert found.trials_in_words == "In 20 trial draws: 5 each time."
        assert (found.pool_size, found.reach) == (30, 5)

    def test_counts_conflicts_and_not_only_places(self, cycle: Cycle, psw: User) -> None:
        short = shortage(cycle, psw)
        found = forecast(short.draw.cycle, today=TODAY)
        assert found.at_most == 3
        assert found.reached == [1] * 20
        assert found.sentence == "With these 3 auditors you reach 1 of 3."

    def test_says_why_it_reaches_fewer(self, cycle: Cycle, cases: list[Case]) -> None:
        def why(target: int) -> str:
            Cycle.objects.update(target=target)
            return forecast(Cycle.objects.get(), today=TODAY).why_short

        assert why(5) == ""
        assert why(9) == "The auditors have only 6 places."
        User.objects.filter(monthly_quota=1).update(monthly_quota=1000)
        assert why(1031) == "The pool has 1,001 cases too few."

    def test_says_that_conflicts_are_why_it_reaches_fewer(self, cycle: Cycle, psw: User) -> None:
        short = shortage(cycle, psw)
        found = forecast(short.draw.cycle, today=TODAY)
        assert found.why_short == "Conflicts with the auditors keep 2 cases from being given."

    def test_says_it_without_trials_too(self, cycle: Cycle, cases: list[Case], monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(forecasts, "LONGEST_TRIED", 5)
        Cycle.objects.update(target=40)
        found = forecast(Cycle.objects.get(), today=TODAY)
        assert found.sentence == "With these 6 auditors you reach 6 of 40."
        assert found.why_short == "The auditors have only 6 places."

    def test_reaches_what_the_real_draw_reaches(self, cycle: Cycle, cases: list[Case], psw: User) -> None:
        Cycle.objects.update(target=9)
        found = forecast(Cycle.objects.get(), today=TODAY)
        made = drawn(Cycle.objects.get(), psw)
        assert found.reached[0] <= len(made.result["pairs"]) <= found.reached[-1]
        assert found.reach == 6

    def test_says_between_what_the_trials_lie(self, cycle: Cycle, cases: list[Case]) -> None:
        found = forecast(cycle, today=TODAY)
        fewer = forecasts.Forecast(
            **{name: getattr(found, name) for name in found.__dataclass_fields__ if name != "trials"},
            trials=(*found.trials[:3], type(found.trials[0])(**{
                **{name: getattr(found.trials[0], name) for name in found.trials[0].__dataclass_fields__},
                "pairs": found.trials[0].pairs[:3],
            })),
        )  # fmt: skip
        assert fewer.trials_in_words == "In 4 trial draws: between 3 and 5."
        assert fewer.reach_words == "3 to 5"

    def test_says_how_many_re_audits_wait_for_part_b(
        self, cycle: Cycle, cases: list[Case], core_template: TemplateVersion, psw: User, client: Client
    ) -> None:
        urgent = core_template.scale.grades.get(is_urgent=True)
        for case in cases[:2]:
            AuditFactory(
                case=case, template_version=core_template, month=date(2026, 7, 1), status="with_team",
                overall_grade=urgent, submitted_at=datetime(2026, 7, 6, 9, tzinfo=UTC), part_b_due_on=TODAY,
            )  # fmt: skip
        found = forecast(cycle, today=TODAY)
        assert (len(found.re_audits.waiting), found.re_audits_wanted) == (2, 0)
        client.force_login(psw)
        with time_machine.travel(NOW, tick=False):
            page = client.get(f"/cycles/{cycle.month:%Y-%m}/").content.decode()
        assert "2 cases wait for a re-audit until the team has finished Part B of the last audit." in page

    def test_changes_nothing(self, cycle: Cycle, cases: list[Case]) -> None:
        forecast(cycle, today=TODAY)
        assert not Draw.objects.exists()
        assert Cycle.objects.get().status == "open"

    def test_gives_the_share_of_each_stratum(self, cycle: Cycle, cases: list[Case]) -> None:
        Cycle.objects.update(strata_by=Strata.SERVICE, target=4)
        found = forecast(Cycle.objects.get(), today=TODAY)
        assert found.is_spread
        assert [(line.pool, line.wanted) for line in found.strata] == [(15, 2), (15, 2)]
        assert all(line.name.strip() for line in found.strata)

    def test_still_tells_the_pool_where_nothing_can_be_drawn(self, cycle: Cycle) -> None:
        found = forecast(cycle, today=TODAY)
        assert (found.pool_size, found.trials, found.reach) == (0, (), 0)
        CaseFactory(restricted=True)
        assert forecast(cycle, today=TODAY).excluded == [("The record is restricted", 1)]

    def test_asks_no_more_questions_of_sixty_auditors_than_of_ten(
        self, cycle: Cycle, django_assert_max_num_queries: Callable[[int], Any]
    ) -> None:
        def count(auditors: int) -> int:
            for _ in range(auditors):
                team = TeamFactory()
                UserFactory(job_role=JobRole.TEAM_MANAGER, team=team)
                CaseFactory(team=team)
            with django_assert_max_num_queries(40) as captured:
                forecast(cycle, today=TODAY)
            return len(captured)

        few = count(10)
        assert count(50) <= few

    def test_tries_no_draw_where_too_many_cases_are_open(
        self, cycle: Cycle, cases: list[Case], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(forecasts, "LONGEST_TRIED", 29)
        found = forecast(cycle, today=TODAY)
        assert (found.trials, found.pool_size, found.reach) == ((), 30, 5)
        assert "conflicts between auditors and cases are not counted" in found.trials_in_words


class TestTrials:
    @pytest.mark.parametrize(("pool", "trials"), [(0, 20), (30, 20), (3_000, 20), (20_000, 3), (20_001, 0)])
    def test_are_fewer_for_a_large_pool(self, pool: int, trials: int) -> None:
        assert trials_for(pool) == trials

    def test_have_seeds_that_anybody_can_work_out_and_no_draw_has(
        self, cycle: Cycle, cases: list[Case], psw: User
    ) -> None:
        frozen = freeze(cycle, today=TODAY)
        found = forecast(cycle, today=TODAY)
        assert [trial.seed for trial in found.trials] == [trial_seed(frozen.sha256, each) for each in range(1, 21)]
        made = drawn(cycle, psw)
        assert made.inputs_sha256 == frozen.sha256
        assert made.seed not in {trial.seed for trial in found.trials}
