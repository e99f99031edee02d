"""Themes that are kept to be used again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from allocation.models import Cycle, Theme
from allocation.months import themes
from allocation.months.cycles import CycleError
from allocation.months.themes import NameTaken
from audits.models import TemplateVersion
from people.models import Activity, User
from tests.conftest import NOW
from tests.factories import ServiceFactory

COHORT = {"plans": ["child_protection"], "age_to": 4}


@pytest.fixture
def theme(psw: User) -> Theme:
    """Child protection under five, with one question."""
    return kept(psw, "Under five")


@pytest.fixture
def page(client: Client, psw: User) -> Client:
    """The browser of the principal social worker."""
    client.force_login(psw)
    return client


def kept(by: User, name: str, **changes: Any) -> Theme:
    wanted: dict[str, Any] = {"cohort": COHORT, "questions": ["Is the home safe?"], "by": by, "at": NOW}
    return themes.save_theme(None, name=name, **(wanted | changes))


def text_of(response: Any) -> str:
    return " ".join(response.content.decode().split())


class TestSaving:
    def test_keeps_name_cases_and_questions(self, theme: Theme, psw: User) -> None:
        theme.refresh_from_db()
        assert (theme.name, theme.cohort, theme.questions) == ("Under five", COHORT, ["Is the home safe?"])
        assert (theme.made_by, theme.made_at) == (psw, NOW)
        assert Activity.objects.get(target=f"theme:{theme.pk}").verb == "saved the theme"

    def test_asks_before_it_replaces_one_of_the_same_name(self, theme: Theme, cycle: Cycle, psw: User) -> None:
        cycle.questions = ["Who helps?"]
        cycle.save()
        with pytest.raises(NameTaken, match="is saved already"):
            themes.save_theme_of(cycle, name="under FIVE", by=psw, at=NOW)
        again = themes.save_theme_of(cycle, name="under FIVE", by=psw, at=NOW, replace=True)
        assert (again.pk, again.questions, again.cohort) == (theme.pk, ["Who helps?"], {})
        assert Theme.objects.count() == 1

    def test_never_takes_the_name_of_another_when_one_is_changed(self, theme: Theme, psw: User) -> None:
        other = kept(psw, "Neglect")
        with pytest.raises(NameTaken):
            themes.save_theme(other, name="Under five", cohort={}, questions=[], by=psw, at=NOW, replace=True)
        assert Theme.objects.get(pk=theme.pk).questions == ["Is the home safe?"]

    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"name": "  "}, "Give the theme a name"),
            ({"cohort": {"plans": ["imaginary"]}}, "There is no plan"),
            ({"questions": ["x"] * 6}, "up to 5 questions"),
        ],
    )
    def test_refuses_what_a_month_would_refuse(self, psw: User, changes: dict[str, Any], words: str) -> None:
        with pytest.raises(CycleError, match=words):
            kept(psw, **({"name": "Neglect"} | changes))
        assert not Theme.objects.exists()

    def test_leaves_months_that_used_it_alone(self, theme: Theme, cycle: Cycle, psw: User) -> None:
        Cycle.objects.update(cohort=theme.cohort, questions=theme.questions)
        themes.save_theme(theme, name="Under five", cohort={}, questions=[], by=psw, at=NOW)
        assert (Cycle.objects.get().cohort, Cycle.objects.get().questions) == (COHORT, ["Is the home safe?"])


class TestRetiring:
    def test_takes_a_theme_out_of_use_and_back(self, theme: Theme, psw: User) -> None:
        assert themes.retire(theme, by=psw, at=NOW).retired_at == NOW
        assert [line.theme for line in themes.kept()["out_of_use"]] == [theme]
        assert themes.take_up_again(theme, by=psw, at=NOW).retired_at is None
        assert [line.theme for line in themes.kept()["in_use"]] == [theme]

    def test_happens_once(self, theme: Theme, psw: User) -> None:
        for _ in range(2):
            themes.retire(theme, by=psw, at=NOW)
        assert Activity.objects.filter(verb="retired the theme").count() == 1


class TestThemesPage:
    def test_says_what_each_is_about_and_how_often_it_was_used(self, page: Client, theme: Theme, cycle: Cycle) -> None:
        Cycle.objects.update(theme="Under five")
        text = text_of(page.get("/cycles/themes/"))
        for words in ("Under five", "Child protection plan", "Aged under 5", "Is the home safe?", "In 1 month"):
            assert words in text
        assert f'href="/cycles/new/?theme={theme.pk}"' in text

    def test_says_what_to_do_when_there_is_none(self, page: Client) -> None:
        assert "No theme is saved yet" in text_of(page.get("/cycles/themes/"))

    def test_takes_out_of_use_and_back_by_a_button(self, page: Client, theme: Theme) -> None:
        text = text_of(page.post(f"/cycles/themes/{theme.pk}/retire/", follow=True))
        assert "The theme “Under five” is out of use." in text
        assert "Use again" in text
        text = text_of(page.post(f"/cycles/themes/{theme.pk}/use-again/", follow=True))
        assert "The theme “Under five” is in use again." in text

    def test_asks_a_fixed_number_of_questions_for_each_theme(
        self, page: Client, psw: User, django_assert_max_num_queries: Callable[[int], Any]
    ) -> None:
        services = [ServiceFactory(name=f"Service of {number}") for number in range(20)]
        for service in services:
            kept(psw, f"Theme of {service.pk}", cohort={"services": [service.pk]})
        with django_assert_max_num_queries(7):
            text = text_of(page.get("/cycles/themes/"))
        assert all(f"Service: Service of {number}" in text for number in range(20))


class TestThemeForm:
    @pytest.fixture
    def posted(self) -> dict[str, Any]:
        return {"name": "Neglect", "plans": ["child_protection"], "age_to": "4", "question_2": "Who helps?"}

    def test_keeps_a_new_theme(self, page: Client, posted: dict[str, Any]) -> None:
        response = page.post("/cycles/themes/new/", posted, follow=True)
        assert "The theme “Neglect” is saved." in text_of(response)
        theme = Theme.objects.get()
        assert (theme.name, theme.cohort, theme.questions) == ("Neglect", COHORT, ["Who helps?"])

    def test_is_filled_in_with_what_a_theme_has(self, page: Client, theme: Theme) -> None:
        form = page.get(f"/cycles/themes/{theme.pk}/").context["form"]
        assert (form["name"].value(), form["plans"].value(), form["age_to"].value()) == (
            "Under five",
            ["child_protection"],
            4,
        )
        assert form["question_1"].value() == "Is the home safe?"

    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"name": ""}, "Give the theme a name"),
            ({"name": "under five"}, "A theme named “Under five” is saved already"),
            ({"age_from": "9"}, "The oldest age must not be below the youngest"),
            ({"age_to": "old"}, "Oldest age: enter a whole number from 0 to 30"),
            ({"question_1": "Who helps?"}, "Two of the questions are the same"),
            ({"question_1": "x" * 301}, "A question can have up to 300 characters"),
        ],
    )
    def test_says_what_is_wrong_and_keeps_what_was_typed(
        self, page: Client, theme: Theme, posted: dict[str, Any], changes: dict[str, Any], words: str
    ) -> None:
        text = text_of(page.post("/cycles/themes/new/", posted | changes))
        assert words in text
        assert "There is a problem" in text
        assert "Who helps?</textarea>" in text
        assert Theme.objects.count() == 1

    def test_knows_no_theme_that_is_not_there(self, page: Client) -> None:
        assert page.get("/cycles/themes/99999/").status_code == 404

    def test_is_offered_when_a_month_is_opened(
        self, page: Client, theme: Theme, core_template: TemplateVersion, holidays: None
    ) -> None:
        ServiceFactory()
        form = page.get(f"/cycles/new/?theme={theme.pk}").context["form"]
        assert str(form["saved_theme"].value()) == str(theme.pk)
