"""The council's table of timescales on its pages: who sees it, and how a rule is changed (A17)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from audits.models import TimescaleRule
from audits.timescale_table import as_shown, change, shipped
from people.models import User
from tests.conftest import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]


@pytest.fixture
def as_psw(client: Client, psw: User) -> Client:
    client.force_login(psw)
    return client


class TestTable:
    def test_shows_everybody_the_rules_with_their_sources(self, as_auditor: Client) -> None:
        page = as_auditor.get(reverse("audits:timescales")).content.decode()
        assert page.count('class="govuk-link" href="/timescales/') == len(shipped())
        assert "regulation 28(2)" in page
        assert "Set all local rules" not in page

    def test_costs_one_query(self, as_psw: Client, django_assert_max_num_queries: Callable[[int], Any]) -> None:
        with django_assert_max_num_queries(3):  # session, user, rules
            as_psw.get(reverse("audits:timescales"))

    def test_is_folded_by_topic_and_opens_at_one_rule_or_everywhere(self, as_auditor: Client) -> None:
        def opened(show: str) -> int:
            page = as_auditor.get(reverse("audits:timescales") + show).content.decode()
            return page.count('<details class="portal-fold" open>')

        topics = len({rule["topic"] for rule in shipped().values()})
        assert (opened(""), opened("?show=cp-visit"), opened("?show=all")) == (0, 1, topics)

    def test_tells_only_those_who_set_the_rules_what_they_have_to_decide(self, as_auditor: Client, psw: User) -> None:
        assert "Councils differ" not in as_auditor.get(reverse("audits:timescales")).content.decode()
        assert "Councils differ" not in as_auditor.get("/timescales/cp-visit/").content.decode()
        as_auditor.force_login(psw)
        assert "Councils differ" in as_auditor.get(reverse("audits:timescales")).content.decode()
        assert "Councils differ" in as_auditor.get("/timescales/cp-visit/").content.decode()

    def test_lets_every_local_rule_count_in_one_way(self, as_psw: Client) -> None:
        as_psw.post(reverse("audits:timescales"), {"counting": "same_day"})
        assert set(TimescaleRule.objects.filter(statutory=False).values_list("counting", flat=True)) == {"same_day"}

    def test_asks_how_days_are_counted(self, as_psw: Client) -> None:
        response = as_psw.post(reverse("audits:timescales"), {})
        assert "Choose how days are counted" in response.content.decode()

    def test_says_that_it_is_empty(self, as_psw: Client) -> None:
        TimescaleRule.objects.all().delete()
        assert "No timescales yet" in as_psw.get(reverse("audits:timescales")).content.decode()


class TestRulePage:
    URL = "/timescales/cp-visit/"
    VALUES: dict[str, Any] = {
        "name": "Our visits",
        "limit": "2",
        "unit": "weeks",
        "counting": "next_day",
        "in_use": "yes",
    }

    def test_changes_a_local_rule(self, as_psw: Client) -> None:
        response = as_psw.post(self.URL, {**self.VALUES, "shown": "as it came"}, follow=True)
        changed = TimescaleRule.objects.get(code="cp-visit")
        assert (changed.name, changed.limit) == ("Our visits", 2)
        assert "Saved “Our visits”." in response.content.decode()
        page = as_psw.get(self.URL).content.decode()
        assert "Limit: was within 4 weeks, now within 2 weeks" in page
        assert "by Petra Programme" in page
        assert "It came as: within 4 weeks." in page

    def test_puts_it_back(self, as_psw: Client, psw: User) -> None:
        change("cp-visit", {"limit": 2}, shown="as it came", by=psw, at=NOW)
        shown = as_shown(TimescaleRule.objects.get(code="cp-visit"))
        as_psw.post(self.URL, {"reset": "yes", "shown": shown})
        assert TimescaleRule.objects.get(code="cp-visit").limit == 4

    def test_overwrites_nothing_from_a_second_tab(self, as_psw: Client, psw: User) -> None:
        change("cp-visit", {"limit": 3}, shown="as it came", by=psw, at=NOW)
        response = as_psw.post(self.URL, {**self.VALUES, "shown": "as it came"}, follow=True)
        assert "somebody changed this rule" in response.content.decode()
        assert TimescaleRule.objects.get(code="cp-visit").limit == 3

    @pytest.mark.parametrize("limit", ["-1", "367", "many", "1.5"])
    def test_refuses_a_limit_that_is_none(self, as_psw: Client, limit: str) -> None:
        response = as_psw.post(self.URL, {**self.VALUES, "limit": limit, "shown": "as it came"})
        assert "There is a problem" in response.content.decode()
        assert TimescaleRule.objects.get(code="cp-visit").limit == 4

    def test_refuses_a_limit_of_nothing_beside_the_field(self, as_psw: Client) -> None:
        response = as_psw.post(self.URL, {**self.VALUES, "limit": "0", "shown": "as it came"})
        assert "The limit must be 1 or more" in response.content.decode()
        assert TimescaleRule.objects.get(code="cp-visit").limit == 4

    def test_takes_a_limit_of_nothing_for_a_rule_that_came_so(self, as_psw: Client) -> None:
        as_psw.post("/timescales/cla-visit-first-day/", {**self.VALUES, "limit": "0", "shown": "as it came"})
        assert TimescaleRule.objects.get(code="cla-visit-first-day").name == "Our visits"

    def test_shows_a_statutory_rule_locked(self, as_psw: Client) -> None:
        page = as_psw.get("/timescales/icpc/").content.decode()
        assert "cannot be changed here" in page
        assert "Save the rule" not in page
        as_psw.post("/timescales/icpc/", {**self.VALUES, "shown": "as it came"})
        assert TimescaleRule.objects.get(code="icpc").limit == 15

    def test_shows_others_no_form(self, as_auditor: Client) -> None:
        assert "Save the rule" not in as_auditor.get(self.URL).content.decode()

    def test_is_not_there_for_a_rule_that_is_not(self, as_psw: Client) -> None:
        assert as_psw.get("/timescales/no-such-rule/").status_code == 404
