"""How a month is set up: what can be chosen until it is published, and what a change means for a draw."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from allocation.models import Cycle, Draw, Theme
from allocation.months import cycles, design, design_words
from allocation.months.cycles import CycleError, changed_since_draw
from audits.models import Case, TemplateVersion
from people.holidays import add_closure
from people.models import Activity, Team, User
from tests.allocation.drawn_months import DUE, drawn, opened
from tests.conftest import NOW, TODAY
from tests.factories import CaseFactory

COHORT = {"plans": ["child_protection"], "age_to": 4}


@pytest.fixture
def act(psw: User) -> dict[str, Any]:
    """Who changes it, and when."""
    return {"by": psw, "at": NOW}


@pytest.fixture
def month(cycle: Cycle) -> dict[str, Any]:
    """The month as it is, in the form that change_month takes."""
    return {
        "theme": cycle.theme,
        "template_version": cycle.template_version,
        "target": cycle.target,
        "due_on": cycle.due_on,
        "groups": cycle.groups,
        "today": TODAY,
    }


class TestChangingTheMonth:
    def test_changes_it_and_says_who_did(self, cycle: Cycle, month: dict[str, Any], act: dict[str, Any]) -> None:
        design.change_month(cycle, **(month | {"theme": "Neglect", "target": 8, "groups": ["B"]}), **act)
        cycle.refresh_from_db()
        assert (cycle.theme, cycle.target, cycle.groups) == ("Neglect", 8, ["B"])
        done = Activity.objects.get(target="cycle:2026-11")
        assert (done.verb, done.by, done.detail) == (
            "changed the month",
            act["by"],
            {"changed": ["groups", "target", "theme"]},
        )

    def test_records_nothing_where_nothing_changes(
        self, cycle: Cycle, month: dict[str, Any], act: dict[str, Any]
    ) -> None:
        design.change_month(cycle, **month, **act)
        assert not Activity.objects.exists()

    @pytest.mark.parametrize(
        ("changes", "field", "words"),
        [
            ({"due_on": TODAY}, "due_on", "The due date must be after today"),
            ({"due_on": date(2026, 11, 28)}, "due_on", "must be a working day"),
            ({"due_on": date(2027, 1, 26)}, "due_on", "more than 8 weeks after November 2026 ends. Check the year"),
            ({"due_on": date(2027, 11, 30)}, "due_on", "Check the year of the due date"),
            ({"target": 0}, "target", "between 1 and 2,000"),
            ({"template_version": None}, "template_version", "Choose a template that is published"),
        ],
    )
    def test_refuses_what_makes_no_sense(
        self, cycle: Cycle, month: dict[str, Any], act: dict[str, Any], changes: dict[str, Any], field: str, words: str
    ) -> None:
        with pytest.raises(CycleError, match=words) as refused:
            design.change_month(cycle, **(month | changes), **act)
        assert refused.value.field == field
        cycle.refresh_from_db()
        assert (cycle.target, cycle.due_on) == (5, DUE)

    def test_lets_a_due_date_stand_that_became_a_day_off(
        self, cycle: Cycle, month: dict[str, Any], act: dict[str, Any], psw: User
    ) -> None:
        add_closure(first=DUE, last=None, name="Closed", by=psw, at=NOW, today=TODAY)
        assert design.change_month(cycle, **(month | {"target": 7}), **act).target == 7
        assert "The due date is a day off now: choose another day" in design_words.summary(cycle)[0].value

    def test_takes_the_cases_and_questions_of_a_saved_theme(
        self, cycle: Cycle, month: dict[str, Any], act: dict[str, Any]
    ) -> None:
        theme = Theme.objects.create(name="Under five", cohort=COHORT, questions=["Is the home safe?"], made_at=NOW)
        changed = design.change_month(cycle, **(month | {"theme": "", "saved_theme": theme}), **act)
        assert (changed.theme, changed.cohort, changed.questions) == ("Under five", COHORT, ["Is the home safe?"])

    @pytest.mark.parametrize("state", ["published", "closed", "paused"])
    def test_is_refused_once_the_month_is_published_or_paused(
        self, cycle: Cycle, month: dict[str, Any], act: dict[str, Any], state: str
    ) -> None:
        published_at = None if state == "paused" else NOW
        due_on = None if state == "paused" else DUE
        Cycle.objects.update(status=state, published_at=published_at, due_on=due_on)
        changes = (
            lambda: design.change_month(cycle, **month, **act),
            lambda: design.choose_cohort(cycle, cohort={}, **act),
            lambda: design.choose_questions(cycle, questions=[], **act),
            lambda: design.choose_spread(cycle, strata_by="", **act),
            lambda: design.choose_fairness(cycle, evened_over="year", one_per_family=True, with_re_audits=True, **act),
        )
        for change in changes:
            with pytest.raises(CycleError, match="November 2026 is p"):
                change()
        assert not Activity.objects.exists()


class TestChoosingCases:
    def test_keeps_the_cohort_and_narrows_the_pool(self, cycle: Cycle, cases: list[Case], act: dict[str, Any]) -> None:
        young = CaseFactory(plan="child_protection", date_of_birth=date(2024, 1, 1))
        changed = design.choose_cohort(cycle, cohort={**COHORT, "flags": []}, **act)
        assert changed.cohort == COHORT
        left = design_words.cases_left(COHORT, month=cycle.month, today=TODAY)
        assert (left.open, left.in_cohort, left.can_be_drawn) == (31, 1, 1)
        assert drawn(changed, act["by"]).result["pairs"][0]["case_id"] == str(young.pk)

    def test_counts_what_the_rules_keep_out(self, cycle: Cycle, cases: list[Case]) -> None:
        Case.objects.filter(pk=cases[0].pk).update(restricted=True)
        left = design_words.cases_left({}, month=cycle.month, today=TODAY)
        assert (left.open, left.in_cohort, left.can_be_drawn) == (30, 30, 29)

    def test_refuses_ages_the_wrong_way_round_beside_the_age(self, cycle: Cycle, act: dict[str, Any]) -> None:
        with pytest.raises(CycleError, match="oldest age") as refused:
            design.choose_cohort(cycle, cohort={"age_from": 9, "age_to": 3}, **act)
        assert refused.value.field == "age_to"

    def test_refuses_what_no_cohort_knows(self, cycle: Cycle, act: dict[str, Any]) -> None:
        with pytest.raises(CycleError, match="There is no plan"):
            design.choose_cohort(cycle, cohort={"plans": ["imaginary"]}, **act)


class TestChoosingQuestions:
    def test_keeps_up_to_five_without_the_empty_ones(self, cycle: Cycle, act: dict[str, Any]) -> None:
        changed = design.choose_questions(cycle, questions=["  Is the   home safe? ", "", "Who helps?"], **act)
        assert changed.questions == ["Is the home safe?", "Who helps?"]

    @pytest.mark.parametrize(
        ("questions", "words"),
        [
            ([f"Question {number}?" for number in range(6)], "up to 5 questions"),
            (["x" * 301], "up to 300 characters"),
            (["Who helps?", "who helps?"], "the same"),
        ],
    )
    def test_refuses_too_many_too_long_and_twice_the_same(
        self, cycle: Cycle, act: dict[str, Any], questions: list[str], words: str
    ) -> None:
        with pytest.raises(CycleError, match=words) as refused:
            design.choose_questions(cycle, questions=questions, **act)
        assert refused.value.field == "questions"


class TestChoosingTheSpread:
    def test_keeps_a_spread_in_proportion_with_its_minimum(self, cycle: Cycle, act: dict[str, Any]) -> None:
        changed = design.choose_spread(cycle, strata_by="service", minimum=2, **act)
        assert (changed.strata_by, changed.strata_method, changed.strata_minimum) == ("service", "proportional", 2)
        assert "Over services, in proportion to their cases, at least 2 from each" in words_of(changed)

    def test_wants_fixed_numbers_that_come_to_the_target(
        self, cycle: Cycle, teams: list[Team], act: dict[str, Any]
    ) -> None:
        one, two = (str(team.pk) for team in teams[:2])
        with pytest.raises(CycleError, match="The numbers come to 6, but 5 audits are wanted") as refused:
            design.choose_spread(cycle, strata_by="team", method="fixed", numbers={one: 4, two: 2}, **act)
        assert refused.value.field == "numbers"
        changed = design.choose_spread(cycle, strata_by="team", method="fixed", numbers={one: 5, two: 0}, **act)
        assert changed.strata_numbers == {one: 5}
        assert f"{teams[0].name}: 5" in words_of(changed)

    def test_says_that_fixed_numbers_no_longer_fit_and_draws_nothing(
        self, cycle: Cycle, cases: list[Case], teams: list[Team], month: dict[str, Any], act: dict[str, Any]
    ) -> None:
        numbers = {str(teams[0].pk): 5}
        design.choose_spread(cycle, strata_by="team", method="fixed", numbers=numbers, **act)
        changed = design.change_month(cycle, **(month | {"target": 6}), **act)
        assert "The numbers come to 5, but 6 audits are wanted" in words_of(changed)
        with pytest.raises(CycleError, match="The numbers come to 5, but 6 audits are wanted"):
            drawn(changed, act["by"])

    def test_forgets_what_no_longer_counts(self, cycle: Cycle, teams: list[Team], act: dict[str, Any]) -> None:
        numbers = {str(teams[0].pk): 5}
        design.choose_spread(cycle, strata_by="team", method="fixed", numbers=numbers, **act)
        changed = design.choose_spread(cycle, strata_by="", method="fixed", **act)
        assert (changed.strata_by, changed.strata_method, changed.strata_numbers) == ("", "proportional", {})

    def test_refuses_a_minimum_above_the_target(self, cycle: Cycle, act: dict[str, Any]) -> None:
        with pytest.raises(CycleError, match="between 0 and 5") as refused:
            design.choose_spread(cycle, strata_by="service", minimum=6, **act)
        assert refused.value.field == "minimum"

    def test_offers_shares_that_come_to_the_target(self, cycle: Cycle, cases: list[Case], teams: list[Team]) -> None:
        rows = design_words.strata_rows(cycle, "team", today=TODAY)
        assert {row.key for row in rows} == {str(team.pk) for team in teams}
        assert {row.pool for row in rows} == {5}
        assert sum(row.share for row in rows) == cycle.target == 5


def words_of(cycle: Cycle) -> str:
    """The summary of a month as one text."""
    return "\n".join(line.value for line in design_words.summary(cycle))


class TestChoosingWhatIsFair:
    def test_keeps_all_three(self, cycle: Cycle, act: dict[str, Any]) -> None:
        changed = design.choose_fairness(cycle, evened_over="year", one_per_family=True, with_re_audits=False, **act)
        assert (changed.evened_over, changed.one_per_family, changed.with_re_audits) == ("year", True, False)
        assert "Auditors’ loads even over the last twelve months" in words_of(changed)
        assert "One child of a family at most" in words_of(changed)
        assert "Without re-audits" in words_of(changed)


class TestAProposedDraw:
    @pytest.fixture
    def proposed(self, cycle: Cycle, cases: list[Case], psw: User) -> Draw:
        """The draw of the month, not published."""
        return drawn(cycle, psw)

    def test_is_up_to_date_while_nothing_it_depends_on_changes(
        self, proposed: Draw, month: dict[str, Any], act: dict[str, Any]
    ) -> None:
        assert changed_since_draw(proposed.cycle) == ()
        design.change_month(proposed.cycle, **(month | {"theme": "Neglect"}), **act)
        design.choose_questions(proposed.cycle, questions=["Who helps?"], **act)
        assert changed_since_draw(Cycle.objects.get()) == ()

    def test_is_out_of_date_after_a_change_that_it_depends_on(
        self, proposed: Draw, month: dict[str, Any], act: dict[str, Any]
    ) -> None:
        design.change_month(proposed.cycle, **(month | {"target": 4, "groups": ["B"]}), **act)
        design.choose_cohort(proposed.cycle, cohort=COHORT, **act)
        design.choose_spread(proposed.cycle, strata_by="service", **act)
        design.choose_fairness(proposed.cycle, evened_over="year", one_per_family=True, with_re_audits=False, **act)
        assert set(changed_since_draw(Cycle.objects.get())) == {
            "who audits",
            "how many audits are wanted",
            "which cases it is about",
            "how it is spread",
            "how loads are made even",
            "one child per family",
            "whether re-audits come on top",
        }

    def test_is_up_to_date_again_when_the_change_is_undone_or_it_is_drawn_again(
        self, proposed: Draw, month: dict[str, Any], act: dict[str, Any]
    ) -> None:
        design.change_month(proposed.cycle, **(month | {"target": 4}), **act)
        assert changed_since_draw(Cycle.objects.get())
        design.change_month(proposed.cycle, **month, **act)
        assert not changed_since_draw(Cycle.objects.get())
        design.change_month(proposed.cycle, **(month | {"target": 4}), **act)
        drawn(proposed.cycle, act["by"], reason="Fewer audits are wanted")
        assert not changed_since_draw(Cycle.objects.get())

    def test_cannot_be_published_once_it_is_out_of_date(
        self, proposed: Draw, month: dict[str, Any], act: dict[str, Any]
    ) -> None:
        design.change_month(proposed.cycle, **(month | {"target": 4}), **act)
        with pytest.raises(CycleError, match="how many audits are wanted"):
            cycles.publish(proposed.cycle, **act, today=TODAY)
        assert Cycle.objects.get().status == "proposed"


class TestANewMonth:
    NEXT: dict[str, Any] = {"month": date(2026, 12, 1), "due_on": date(2026, 12, 31)}  # read only

    def test_draws_as_the_last_one_did_but_is_about_every_case(
        self, cycle: Cycle, core_template: TemplateVersion, act: dict[str, Any]
    ) -> None:
        design.choose_spread(cycle, strata_by="service", minimum=2, **act)
        design.choose_fairness(cycle, evened_over="year", one_per_family=True, with_re_audits=False, **act)
        design.choose_cohort(cycle, cohort=COHORT, **act)
        design.choose_questions(cycle, questions=["Who helps?"], **act)
        new = opened(core_template, **self.NEXT)
        assert (new.strata_by, new.strata_minimum, new.evened_over) == ("service", 2, "year")
        assert (new.one_per_family, new.with_re_audits, new.cohort, new.questions) == (True, False, {}, [])

    @pytest.mark.parametrize(("target", "method"), [(5, "fixed"), (6, "proportional")])
    def test_keeps_fixed_numbers_only_where_they_come_to_its_target(
        self,
        cycle: Cycle,
        core_template: TemplateVersion,
        teams: list[Team],
        act: dict[str, Any],
        target: int,
        method: str,
    ) -> None:
        numbers = {str(teams[0].pk): 5}
        design.choose_spread(cycle, strata_by="team", method="fixed", numbers=numbers, **act)
        new = opened(core_template, **self.NEXT, target=target)
        assert (new.strata_by, new.strata_method) == ("team", method)
        assert new.strata_numbers == (numbers if method == "fixed" else {})

    def test_copies_a_saved_theme(self, core_template: TemplateVersion, holidays: None) -> None:
        theme = Theme.objects.create(name="Under five", cohort=COHORT, questions=["Is the home safe?"], made_at=NOW)
        new = opened(core_template, saved_theme=theme)
        assert (new.theme, new.cohort, new.questions) == ("Under five", COHORT, ["Is the home safe?"])
        assert opened(core_template, **self.NEXT, saved_theme=theme, theme="Babies").theme == "Babies"

    def test_refuses_a_theme_that_is_out_of_use(self, core_template: TemplateVersion, holidays: None) -> None:
        theme = Theme.objects.create(name="Under five", made_at=NOW, retired_at=NOW)
        with pytest.raises(CycleError, match="no longer in use") as refused:
            opened(core_template, saved_theme=theme)
        assert refused.value.field == "saved_theme"
        assert not Cycle.objects.exists()

    def test_that_was_open_before_it_was_paused_draws_as_it_did(
        self, cycle: Cycle, core_template: TemplateVersion, act: dict[str, Any]
    ) -> None:
        design.choose_cohort(cycle, cohort=COHORT, **act)
        design.choose_spread(cycle, strata_by="plan", **act)
        cycles.pause(month=cycle.month, reason="Inspection expected", **act)
        again = opened(core_template)
        assert (again.status, again.cohort, again.strata_by) == ("open", COHORT, "plan")
