"""Two pages open at once: neither sets back what was changed on the other."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from allocation.as_shown import ChangedMeanwhile, marks, to_save
from allocation.eligibility import rules
from allocation.models import Cycle, Rules, Theme
from audits.models import Case
from people.models import Activity
from tests.conftest import NOW
from tests.factories import CaseFactory

pytestmark = pytest.mark.usefixtures("today")

CYCLE = "/cycles/2026-11/"
RULES = "/cycles/rules/"
WORDS = {"one": "the first", "two": "the second"}


class Tab:
    """A page that is open: it posts what it showed, with what is typed over it."""

    def __init__(self, page: Client, address: str) -> None:
        response = page.get(address)
        form = response.context["form"]
        hidden = re.search(r'name="shown" value="([^"]+)"', response.content.decode())
        assert hidden is not None
        self.page, self.address = page, address
        self.posted: dict[str, Any] = {"shown": hidden.group(1)}
        for field in form:
            value = field.value()
            if field.name == "due_on":
                parts = {"due_on_day": value.day, "due_on_month": value.month, "due_on_year": value.year}
                self.posted |= parts if value else {}
            elif value not in (None, False):
                self.posted[field.html_name] = value

    def post(self, **typed: Any) -> str:
        response = self.page.post(self.address, self.posted | typed, follow=True)
        return " ".join(response.content.decode().split())


class TestToSave:
    def test_is_what_was_changed_on_the_page(self) -> None:
        shown = marks({"one": 1, "two": 2})
        assert to_save({"one": 9, "two": 2}, {"one": 1, "two": 3}, shown=shown, words=WORDS) == {"two": 3}

    def test_is_everything_that_differs_where_no_marks_come(self) -> None:
        assert to_save({"one": 9, "two": 2}, {"one": 1, "two": 2}, shown="", words=WORDS) == {"one": 1}

    def test_is_nothing_where_both_changed_it_alike(self) -> None:
        assert to_save({"one": 9}, {"one": 9}, shown=marks({"one": 1}), words=WORDS) == {}

    def test_is_refused_where_both_changed_it(self) -> None:
        with pytest.raises(ChangedMeanwhile, match="somebody changed this: the first"):
            to_save({"one": 9, "two": 2}, {"one": 5, "two": 3}, shown=marks({"one": 1, "two": 2}), words=WORDS)

    def test_takes_values_that_belong_together_as_one(self) -> None:
        shown = marks({"one": 1, "two": 2})
        with pytest.raises(ChangedMeanwhile, match="the first"):
            to_save({"one": 9, "two": 2}, {"one": 1, "two": 3}, shown=shown, words=WORDS, whole=True)
        assert to_save({"one": 9, "two": 2}, {"one": 1, "two": 2}, shown=shown, words=WORDS, whole=True) == {}

    @pytest.mark.parametrize("shown", ["x", ":", "one:", "one:zz two", "one:1:2"])
    def test_takes_marks_that_make_no_sense_for_changed(self, shown: str) -> None:
        try:
            assert to_save({"one": 9}, {"one": 1}, shown=shown, words=WORDS) == {"one": 1}
        except ChangedMeanwhile:
            assert shown.startswith("one:")


@pytest.mark.django_db
class TestRulesPage:
    REASON = "Agreed by the leadership team"

    def test_leaves_alone_what_only_the_other_page_changed(self, page: Client) -> None:
        first, second = Tab(page, RULES), Tab(page, RULES)
        assert "The rules are changed" in first.post(same_worker_months=9, reason=self.REASON)
        assert "The rules are changed" in second.post(extension_days=5, reason=self.REASON)
        now = rules.current()
        assert (now.same_worker_months, now.extension_days) == (9, 5)

    def test_says_what_the_other_page_changed_too(self, page: Client) -> None:
        first, second = Tab(page, RULES), Tab(page, RULES)
        first.post(same_worker_months=9, reason=self.REASON)
        text = second.post(same_worker_months=4, extension_days=5, reason=self.REASON)
        assert "somebody changed this: Not the same worker again for. Nothing of yours is saved." in text
        assert 'value="9"' in text
        assert Rules.objects.count() == 1

    def test_keeps_what_it_showed_while_something_is_wrong_on_it(self, page: Client) -> None:
        first, second = Tab(page, RULES), Tab(page, RULES)
        first.post(same_worker_months=9, reason=self.REASON)
        text = second.post(extension_days=5, reason="")
        assert f'name="shown" value="{second.posted["shown"]}"' in text


class TestMonthPage:
    def test_leaves_alone_what_only_the_other_page_changed(self, page: Client, cycle: Cycle) -> None:
        first, second = Tab(page, f"{CYCLE}change/"), Tab(page, f"{CYCLE}change/")
        assert "Saved." in first.post(target=10)
        assert "Saved." in second.post(theme="Neglect")
        now = Cycle.objects.get()
        assert (now.target, now.theme) == (10, "Neglect")

    def test_does_not_set_a_due_date_back_either(self, page: Client, cycle: Cycle) -> None:
        first, second = Tab(page, f"{CYCLE}change/"), Tab(page, f"{CYCLE}change/")
        first.post(due_on_day=27)
        second.post(theme="Neglect")
        assert Cycle.objects.get().due_on.day == 27

    def test_says_what_the_other_page_changed_too(self, page: Client, cycle: Cycle) -> None:
        first, second = Tab(page, f"{CYCLE}change/"), Tab(page, f"{CYCLE}change/")
        first.post(target=10)
        text = second.post(target=12, theme="Neglect")
        assert "somebody changed this: how many audits. Nothing of yours is saved." in text
        now = Cycle.objects.get()
        assert (now.target, now.theme) == (10, "")
        assert Activity.objects.filter(verb="changed the month").count() == 1

    def test_brings_a_saved_theme_without_setting_the_rest_back(self, page: Client, cycle: Cycle) -> None:
        theme = Theme.objects.create(name="Under five", cohort={"age_to": 4}, made_at=NOW)
        first, second = Tab(page, f"{CYCLE}change/"), Tab(page, f"{CYCLE}change/")
        first.post(target=10)
        second.post(saved_theme=theme.pk)
        now = Cycle.objects.get()
        assert (now.target, now.theme, now.cohort) == (10, "Under five", {"age_to": 4})


class TestThemePage:
    def test_leaves_alone_what_only_the_other_page_changed(self, page: Client, db: None) -> None:
        theme = Theme.objects.create(name="Under five", cohort={"age_to": 4}, made_at=NOW)
        address = f"/cycles/themes/{theme.pk}/"
        first, second = Tab(page, address), Tab(page, address)
        first.post(question_1="Who helps?")
        second.post(name="Babies")
        theme.refresh_from_db()
        assert (theme.name, theme.cohort, theme.questions) == ("Babies", {"age_to": 4}, ["Who helps?"])
        assert "somebody changed this: its name" in first.post(name="Toddlers")


class TestSetUpPages:
    @pytest.mark.parametrize(
        ("name", "one", "other", "words"),
        [
            ("cases", {"age_to": 4}, {"cp_category": "neglect"}, "which cases the month is about"),
            ("questions", {"question_1": "Who helps?"}, {"question_1": "Is it safe?"}, "its questions"),
            ("spread", {"strata_by": "team"}, {"minimum": 3, "strata_by": "service"}, "the spread"),
            ("fairness", {"evened_over": "year"}, {}, ""),
        ],
    )
    def test_are_refused_where_both_changed_the_same(
        self, page: Client, cycle: Cycle, name: str, one: dict[str, Any], other: dict[str, Any], words: str
    ) -> None:
        CaseFactory()
        first, second = Tab(page, f"{CYCLE}{name}/"), Tab(page, f"{CYCLE}{name}/")
        assert "Saved." in first.post(**one)
        saved = Cycle.objects.values().get()
        text = second.post(**other)
        assert Cycle.objects.values().get() == saved
        assert (f"somebody changed this: {words}. Nothing" if words else "Saved.") in text

    def test_keep_fixed_numbers_that_another_page_set(self, page: Client, cycle: Cycle, cases: list[Case]) -> None:
        spread, numbers = Tab(page, f"{CYCLE}spread/"), Tab(page, f"{CYCLE}spread/service/")
        assert "Saved." in numbers.post(number_0=5, number_1=0)
        text = spread.post(strata_by="team")
        assert "somebody changed this: the spread" in text
        assert Cycle.objects.get().strata_method == "fixed"

    def test_change_one_switch_of_fairness_each(self, page: Client, cycle: Cycle) -> None:
        first, second = Tab(page, f"{CYCLE}fairness/"), Tab(page, f"{CYCLE}fairness/")
        first.post(evened_over="year")
        second.post(one_per_family="on")
        now = Cycle.objects.get()
        assert (now.evened_over, now.one_per_family) == ("year", True)
