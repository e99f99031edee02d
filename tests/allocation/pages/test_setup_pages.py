"""The pages on which a month is set up, as people use them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.test import Client

from allocation.models import Cycle, Draw, Theme
from allocation.months import cycles as domain
from allocation.months import design, design_words
from audits.models import Case
from people.models import Team, User
from tests.allocation.drawn_months import drawn
from tests.conftest import NOW, TODAY
from tests.factories import CaseFactory, ServiceFactory

pytestmark = pytest.mark.usefixtures("today")

CYCLE = "/cycles/2026-11/"


@pytest.fixture
def month(cycle: Cycle) -> dict[str, Any]:
    """The month as it is, as the form posts it."""
    return {
        "theme": cycle.theme,
        "template_version": cycle.template_version_id,
        "target": cycle.target,
        "due_on_day": "30",
        "due_on_month": "11",
        "due_on_year": "2026",
    }


def text_of(response: Any) -> str:
    return " ".join(response.content.decode().split())


class TestSummary:
    @pytest.mark.parametrize("name", ["change", "cases", "questions", "spread", "fairness"])
    def test_leads_to_a_page_for_each_choice(self, page: Client, cycle: Cycle, cases: list[Case], name: str) -> None:
        text = text_of(page.get(CYCLE))
        assert "How this month draws" in text
        assert f'href="{CYCLE}{name}/"' in text
        assert page.get(f"{CYCLE}{name}/").status_code == 200

    def test_says_how_a_published_month_drew_without_offering_a_change(
        self, page: Client, cycle: Cycle, cases: list[Case], psw: User
    ) -> None:
        design.choose_questions(cycle, questions=["Who helps?"], by=psw, at=NOW)
        drawn(cycle, psw)
        domain.publish(cycle, by=psw, at=NOW, today=TODAY)
        text = text_of(page.get(CYCLE))
        assert "Who helps?" in text
        assert f'href="{CYCLE}questions/"' not in text
        response = page.get(f"{CYCLE}questions/", follow=True)
        assert response.redirect_chain == [(CYCLE, 302)]
        assert "November 2026 cannot be changed any more." in text_of(response)

    def test_asks_nothing_more_of_a_month_with_everything_chosen(
        self,
        page: Client,
        cycle: Cycle,
        teams: list[Team],
        psw: User,
        django_assert_max_num_queries: Callable[[int], Any],
    ) -> None:
        cohort = {"services": [team.service_id for team in teams[:2]], "teams": [team.pk for team in teams]}
        design.choose_cohort(cycle, cohort=cohort, by=psw, at=NOW)
        numbers = dict.fromkeys((str(team.pk) for team in teams[:5]), 1)
        design.choose_spread(cycle, strata_by="team", method="fixed", numbers=numbers, by=psw, at=NOW)
        cycle = Cycle.objects.select_related("template_version__template").get()
        with django_assert_max_num_queries(4):
            words = "\n".join(line.value for line in design_words.summary(cycle))
        assert all(team.name in words for team in teams)


class TestMonthForm:
    def test_changes_the_month(self, page: Client, month: dict[str, Any]) -> None:
        posted = month | {"theme": "Neglect", "target": "8", "due_on_day": "27"}
        response = page.post(f"{CYCLE}change/", posted, follow=True)
        assert response.redirect_chain == [(CYCLE, 302)]
        text = text_of(response)
        assert "Saved. Check the pool, then draw." in text
        assert "8 audits wanted, due 27 November 2026" in text

    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"due_on_day": "28"}, "The due date must be a working day."),
            ({"due_on_day": "9"}, "The due date must be after today."),
            ({"due_on_day": "31"}, "must be a real date"),
            ({"target": "many"}, "How many audits: enter a whole number, like 30"),
            ({"target": "0"}, "How many audits must be between 1 and 2,000"),
            ({"due_on_month": "11", "due_on_year": "2027"}, "Check the year of the due date."),
            ({"due_on_month": "10"}, "The due date must be after today."),
            ({"template_version": "0"}, "Select a valid choice"),
        ],
    )
    def test_says_what_is_wrong_and_keeps_what_was_typed(
        self, page: Client, month: dict[str, Any], changes: dict[str, Any], words: str
    ) -> None:
        text = text_of(page.post(f"{CYCLE}change/", month | {"theme": "Neglect"} | changes))
        assert words in text
        assert "There is a problem" in text
        assert 'value="Neglect"' in text
        assert Cycle.objects.get().theme == ""

    def test_takes_the_name_of_a_saved_theme_unless_another_is_typed(self, page: Client, month: dict[str, Any]) -> None:
        Cycle.objects.update(theme="Neglect")
        theme = Theme.objects.create(name="Under five", cohort={"age_to": 4}, made_at=NOW)
        page.post(f"{CYCLE}change/", month | {"theme": "Neglect", "saved_theme": theme.pk})
        assert (Cycle.objects.get().theme, Cycle.objects.get().cohort) == ("Under five", {"age_to": 4})
        page.post(f"{CYCLE}change/", month | {"theme": "Babies", "saved_theme": theme.pk})
        assert Cycle.objects.get().theme == "Babies"


class TestCasesForm:
    POSTED: dict[str, Any] = {"plans": ["child_protection"], "age_from": "", "age_to": "4", "cp_category": ""}

    @pytest.fixture(autouse=True)
    def children(self, cycle: Cycle) -> None:
        """Two young children on a plan, one of whom may not be drawn, and one older child."""
        CaseFactory(plan="child_protection", date_of_birth=date(2024, 1, 1), flags=["missing"])
        CaseFactory(plan="child_protection", date_of_birth=date(2024, 1, 1), restricted=True)
        CaseFactory(plan="child_protection")

    def test_counts_the_cases_without_saving(self, page: Client) -> None:
        text = text_of(page.post(f"{CYCLE}cases/", self.POSTED | {"count": "1"}))
        assert "2 of 3 open cases fit" in text
        assert "1 can be drawn today" in text
        assert "That is fewer than the 5 audits wanted." in text
        assert "Nothing is saved yet." in text
        assert 'value="child_protection" checked' in text
        assert Cycle.objects.get().cohort == {}

    def test_saves_and_says_it_in_words(self, page: Client) -> None:
        text = text_of(page.post(f"{CYCLE}cases/", self.POSTED, follow=True))
        assert "Child protection plan<br>Aged under 5" in text
        assert Cycle.objects.get().cohort == {"plans": ["child_protection"], "age_to": 4}

    def test_takes_every_kind_of_choice(self, page: Client) -> None:
        service = ServiceFactory()
        chosen = {"flags": ["missing"], "flags_all": "all", "services": [service.pk], "cp_category": "Neglect"}
        page.post(f"{CYCLE}cases/", chosen)
        assert Cycle.objects.get().cohort == {"flags": ["missing"], "services": [service.pk], "cp_category": "Neglect"}

    @pytest.mark.parametrize("button", [{}, {"count": "1"}])
    def test_says_what_is_wrong_and_keeps_what_was_typed(self, page: Client, button: dict[str, str]) -> None:
        text = text_of(page.post(f"{CYCLE}cases/", self.POSTED | {"age_from": "9"} | button))
        assert "The oldest age must not be below the youngest" in text
        assert 'value="9"' in text
        assert 'value="child_protection" checked' in text
        assert "open cases fit" not in text
        assert Cycle.objects.get().cohort == {}

    def test_asks_no_more_of_many_cases(
        self, page: Client, django_assert_max_num_queries: Callable[[int], Any]
    ) -> None:
        for _ in range(30):
            CaseFactory(flags=["missing"])
        with django_assert_max_num_queries(10):
            page.get(f"{CYCLE}cases/")


class TestQuestionsForm:
    def test_keeps_those_that_are_filled_in(self, page: Client, cycle: Cycle) -> None:
        text = text_of(page.post(f"{CYCLE}questions/", {"question_1": "Who helps?", "question_4": "Who is missed?"}))
        assert text == ""
        assert Cycle.objects.get().questions == ["Who helps?", "Who is missed?"]
        form = page.get(f"{CYCLE}questions/").context["form"]
        assert [form[f"question_{number}"].value() for number in (1, 2, 3)] == ["Who helps?", "Who is missed?", ""]

    def test_says_that_two_are_the_same_and_keeps_them(self, page: Client, cycle: Cycle) -> None:
        text = text_of(page.post(f"{CYCLE}questions/", {"question_1": "Who helps?", "question_2": "Who helps?"}))
        assert "Two of the questions are the same." in text
        assert text.count("Who helps?</textarea>") == 2


class TestSpreadForm:
    def test_saves_a_spread_in_proportion_at_once(self, page: Client, cycle: Cycle) -> None:
        posted = {"strata_by": "plan", "method": "proportional", "minimum": "2"}
        text = text_of(page.post(f"{CYCLE}spread/", posted, follow=True))
        assert "Over plans, in proportion to their cases, at least 2 from each" in text

    def test_asks_for_fixed_numbers_on_the_next_page(
        self, page: Client, cycle: Cycle, cases: list[Case], teams: list[Team]
    ) -> None:
        posted = {"strata_by": "team", "method": "fixed", "minimum": "1"}
        response = page.post(f"{CYCLE}spread/", posted, follow=True)
        assert response.redirect_chain == [(f"{CYCLE}spread/team/", 302)]
        assert "Together: 5 of 5 wanted." in text_of(response)
        assert Cycle.objects.get().strata_by == ""
        numbers = {f"number_{place}": "0" for place in range(6)} | {"number_0": "3", "number_2": "2"}
        page.post(f"{CYCLE}spread/team/", numbers)
        assert sorted(Cycle.objects.get().strata_numbers.values()) == [2, 3]
        assert Cycle.objects.get().strata_by == "team"

    @pytest.mark.parametrize(
        ("number", "words"),
        [("4", "The numbers come to 4, but 5 audits are wanted"), ("x", "enter a whole number from 0 to 2,000")],
    )
    def test_says_when_the_numbers_do_not_come_to_the_target_and_keeps_them(
        self, page: Client, cycle: Cycle, cases: list[Case], number: str, words: str
    ) -> None:
        text = text_of(page.post(f"{CYCLE}spread/team/", {"number_1": number}))
        assert words in text
        assert "There is a problem" in text
        assert f'value="{number}"' in text
        assert f"Together: {number.replace('x', '0')} of 5 wanted." in text
        assert Cycle.objects.get().strata_by == ""

    def test_says_that_a_minimum_is_too_high(self, page: Client, cycle: Cycle) -> None:
        posted = {"strata_by": "plan", "method": "proportional", "minimum": "9"}
        assert "The minimum must be between 0 and 5" in text_of(page.post(f"{CYCLE}spread/", posted))

    def test_has_no_numbers_for_what_nothing_is_spread_over(self, page: Client, cycle: Cycle) -> None:
        assert page.get(f"{CYCLE}spread/colour/").headers["Location"] == CYCLE
        assert "There are no cases in the pool" in text_of(page.get(f"{CYCLE}spread/team/"))


class TestFairnessForm:
    def test_saves_all_three(self, page: Client, cycle: Cycle) -> None:
        page.post(f"{CYCLE}fairness/", {"evened_over": "year", "one_per_family": "on"})
        cycle.refresh_from_db()
        assert (cycle.evened_over, cycle.one_per_family, cycle.with_re_audits) == ("year", True, False)

    def test_wants_an_answer(self, page: Client, cycle: Cycle) -> None:
        assert "There is a problem" in text_of(page.post(f"{CYCLE}fairness/", {"evened_over": ""}))


class TestAProposedDraw:
    @pytest.fixture
    def proposed(self, cycle: Cycle, cases: list[Case], psw: User) -> Draw:
        """The draw of the month, not published."""
        return drawn(cycle, psw)

    def test_says_that_it_has_to_be_made_again_after_a_change(
        self, page: Client, proposed: Draw, month: dict[str, Any]
    ) -> None:
        assert "A draw is proposed for this month." in text_of(page.get(f"{CYCLE}change/"))
        before = text_of(page.get(CYCLE))
        assert "changed after this draw" not in before
        assert f'href="{CYCLE}publish/"' in before
        text = text_of(page.post(f"{CYCLE}change/", month | {"target": "4"}, follow=True))
        assert text.count("The month was changed after this draw: draw again.") == 1
        assert f'href="{CYCLE}publish/"' not in text
        assert "how many audits are wanted" in text
        text = text_of(page.post(f"{CYCLE}publish/", follow=True))
        assert "how many audits are wanted" in text
        assert Cycle.objects.get().status == "proposed"


class TestSavingATheme:
    @pytest.fixture(autouse=True)
    def questions(self, cycle: Cycle, psw: User) -> None:
        """A month with a theme and a question."""
        Cycle.objects.update(theme="Neglect")
        design.choose_questions(cycle, questions=["Who helps?"], by=psw, at=NOW)

    def test_keeps_the_months_cases_and_questions(self, page: Client) -> None:
        assert f'href="{CYCLE}theme/"' in text_of(page.get(CYCLE))
        assert page.get(f"{CYCLE}theme/").context["form"]["name"].value() == "Neglect"
        text = text_of(page.post(f"{CYCLE}theme/", {"name": "Neglect"}, follow=True))
        assert "The theme “Neglect” is saved." in text
        assert Theme.objects.get().questions == ["Who helps?"]

    def test_asks_before_it_replaces_one(self, page: Client) -> None:
        Theme.objects.create(name="Neglect", made_at=NOW)
        text = text_of(page.post(f"{CYCLE}theme/", {"name": "neglect"}))
        assert "A theme named “Neglect” is saved already" in text
        assert "Replace the saved theme “Neglect”" in text
        assert Theme.objects.get().questions == []
        page.post(f"{CYCLE}theme/", {"name": "neglect", "replace": "on"})
        assert Theme.objects.get().questions == ["Who helps?"]

    def test_wants_a_name(self, page: Client) -> None:
        assert "Give the theme a name" in text_of(page.post(f"{CYCLE}theme/", {"name": " "}))
