"""Long lists: a page at a time, long ones folded, short cards on a phone, and large numbers that can be read."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Page

from allocation.models import Cycle
from allocation.views.cycles import AUDITS_PER_PAGE, PER_PAGE
from audits.deadlines import add_months
from audits.models import TemplateVersion
from people.models import User
from people.roles import JobRole
from tests.conftest import NOW
from tests.factories import AuditFactory, CaseFactory, CycleFactory, TeamFactory, UserFactory
from tests.journeys.conftest import chromium, clock, desks

__all__ = ["chromium", "clock", "desks"]
PUBLISHED = {"status": "published", "published_at": NOW}
WORDS = "govuk-details__summary-text"
MONTH, CYCLES = "/cycles/2026-11/", "/cycles/"


def published_with(audits: int, template: TemplateVersion, auditor: User) -> Cycle:
    month = CycleFactory(template_version=template, **PUBLISHED)
    case = CaseFactory(team=TeamFactory(name="Disabled Children Invented Vale"))
    for number in range(1, audits + 1):
        AuditFactory(
            reference=f"2026-11-{number:04d}",
            case=case if number == 1 else CaseFactory(team=case.team, worker=case.worker),
            template_version=template,
            auditor=auditor,
            team_manager=auditor,
            worker=case.worker,
        )
    return month


def past_months(count: int, template: TemplateVersion) -> None:
    for number in range(1, count + 1):
        month = add_months(date(2026, 11, 1), -number)
        CycleFactory(month=month, template_version=template, due_on=month.replace(day=28), **PUBLISHED)


def text_of(response: Any) -> str:
    return " ".join(response.content.decode().split())


@pytest.mark.usefixtures("db", "today")
class TestAPageAtATime:
    def test_is_shown_of_the_audits_of_a_month(
        self, client: Client, psw: User, core_template: TemplateVersion, auditor: User
    ) -> None:
        published_with(AUDITS_PER_PAGE + 2, core_template, auditor)
        client.force_login(psw)
        first, second = text_of(client.get(MONTH)), text_of(client.get(MONTH, {"page": "2"}))
        assert first.count('data-label="How it came"') == AUDITS_PER_PAGE
        assert second.count('data-label="How it came"') == 2
        assert 'href="?page=2"' in first
        assert f'<p class="portal-figure__value">{AUDITS_PER_PAGE + 2}</p>' in second

    def test_is_shown_of_the_months_that_are_past(
        self, client: Client, psw: User, core_template: TemplateVersion
    ) -> None:
        past_months(PER_PAGE + 3, core_template)
        client.force_login(psw)
        assert text_of(client.get(CYCLES)).count('data-label="Given out"') == PER_PAGE
        assert text_of(client.get(CYCLES, {"page": "2"})).count('data-label="Given out"') == 3

    def test_asks_the_same_of_a_month_with_many_audits(
        self,
        client: Client,
        psw: User,
        core_template: TemplateVersion,
        auditor: User,
        django_assert_max_num_queries: Callable[[int], Any],
    ) -> None:
        published_with(AUDITS_PER_PAGE, core_template, auditor)
        client.force_login(psw)
        with django_assert_max_num_queries(45):
            client.get(MONTH)


@pytest.mark.usefixtures("db", "today")
class TestAnOpenMonth:
    @pytest.mark.parametrize(("people", "folded"), [(10, False), (11, True)])
    def test_folds_its_auditors_where_there_are_many(
        self, client: Client, psw: User, core_template: TemplateVersion, people: int, folded: bool
    ) -> None:
        CycleFactory(template_version=core_template)
        CaseFactory()
        UserFactory.create_batch(people, job_role=JobRole.IRO)
        client.force_login(psw)
        text = text_of(client.get(MONTH))
        summary = (
            f'<details class="govuk-details"> <summary class="govuk-details__summary"><span class="{WORDS}">{people}'
        )
        assert (f"{summary} auditors, with their places and earlier work</span>" in text) is folded
        assert text.count('data-label="Given in 12 months"') == people


@pytest.mark.usefixtures("db", "today")
class TestNumbers:
    def test_have_separators_on_the_pages_of_a_month(
        self, client: Client, psw: User, core_template: TemplateVersion
    ) -> None:
        month = CycleFactory(template_version=core_template, target=1500, strata_by="team")
        CaseFactory()
        client.force_login(psw)
        for page, words in (
            ("spread/team/", "The numbers must come to 1,500, the audits wanted."),
            ("cases/", "That is fewer than the 1,500 audits wanted."),
            ("people/", '<p class="portal-figure__value">1,500</p>'),
            ("", "1,500 audits wanted"),
        ):
            assert words in text_of(client.get(f"{MONTH}{page}")), page
        Cycle.objects.filter(pk=month.pk).update(**PUBLISHED)
        assert '<p class="portal-figure__value">1,500</p>' in text_of(client.get(CYCLES))


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("clock")
class TestOnAPhone:
    def heights(self, page: Page, table: str) -> list[float]:
        """How high the cards of a table are."""
        rows = page.locator(f"[aria-label='{table}'] tbody tr")
        return [box["height"] for box in (row.bounding_box() for row in rows.all()) if box]

    def test_cards_are_short(self, desks: Any, psw: User, core_template: TemplateVersion, auditor: User) -> None:
        published_with(6, core_template, auditor)
        past_months(6, core_template)
        UserFactory.create_batch(12, job_role=JobRole.IRO)
        CycleFactory(month=date(2026, 12, 1), template_version=core_template, due_on=date(2026, 12, 31))
        phone = desks(psw, width=390)
        for address, table, highest in (
            (MONTH, "Audits of this month", 260),
            (CYCLES, "Months that are past", 180),
            ("/cycles/2026-12/people/", "Auditors", 230),
        ):
            found = self.heights(phone.open(address), table)
            assert len(found) >= 6
            assert max(found) <= highest, address

    def test_the_pages_for_people_and_days_off_can_be_used(self, desks: Any, psw: User, auditor: User) -> None:
        for width in (390, 1280):
            desk = desks(psw, width=width)
            desk.open("/people/new/")
            desk.open(f"/people/{auditor.pk}/leaves/")
            for part, value in (("day", "20"), ("month", "11"), ("year", "2026")):
                desk.page.fill(f"input[name=on_{part}]", value)
            desk.press("Continue")
            desk.press("Record that Ada Auditor leaves")
            desk.press("Ada Auditor stays")
            desk.open("/days-off/")
            for part, value in (("day", "30"), ("month", "11"), ("year", "2026")):
                desk.page.fill(f"input[name=first_{part}]", value)
            desk.page.fill("input[name=name]", "Closed")
            desk.press("Continue")
            desk.press("Add this day off")
            desk.follow("Remove")
            desk.press("Remove this day off")
