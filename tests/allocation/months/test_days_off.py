"""What a day off changes about due dates, said before it is added or removed."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest
from django.test import Client

from allocation.models import Cycle
from allocation.months.cycles import default_due_on
from allocation.months.days_off import Effect, effect
from audits.models import Audit, Status, TemplateVersion
from people.holidays import add_closure, ensure_holidays
from people.models import User
from tests.conftest import NOW, TODAY
from tests.factories import AuditFactory, CaseFactory, CycleFactory

pytestmark = pytest.mark.usefixtures("db", "today")

LAST_OF_NOVEMBER, LAST_OF_DECEMBER = date(2026, 11, 30), date(2026, 12, 31)
PUBLISHED = {"status": "published", "published_at": NOW}


@pytest.fixture(autouse=True)
def bank_holidays(db: None) -> None:
    """England's."""
    ensure_holidays()


def closing(viewer: User, *days: date) -> Effect:
    return effect(days, become_off=True, viewer=viewer, today=TODAY)


def opening(viewer: User, *days: date) -> Effect:
    return effect(days, become_off=False, viewer=viewer, today=TODAY)


def text_of(response: Any) -> str:
    return " ".join(response.content.decode().split())


def main_of(text: str) -> str:
    """A page without its tokens, which differ each time."""
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", text[text.index("<main") : text.index("</main>")])


class TestAddingADayOff:
    def test_moves_the_due_date_of_a_month_that_nobody_opened(self, psw: User) -> None:
        (month,) = closing(psw, LAST_OF_DECEMBER).months
        assert (month.cycle, month.before, month.after) == (None, LAST_OF_DECEMBER, date(2026, 12, 30))
        add_closure(first=LAST_OF_DECEMBER, last=None, name="Closed", by=psw, at=NOW, today=TODAY)
        assert default_due_on(date(2026, 12, 1)) == month.after

    def test_names_months_that_are_due_on_it_and_their_audits_which_stay(self, psw: User, audit: Audit) -> None:
        month = CycleFactory(template_version=audit.template_version, **PUBLISHED)
        found = closing(psw, LAST_OF_NOVEMBER)
        assert (found.due_on_them, found.audits, found.named) == ((month,), 1, (audit,))
        add_closure(first=LAST_OF_NOVEMBER, last=None, name="Closed", by=psw, at=NOW, today=TODAY)
        audit.refresh_from_db()
        month.refresh_from_db()
        assert (audit.due_on, month.due_on) == (LAST_OF_NOVEMBER, LAST_OF_NOVEMBER)

    def test_counts_no_audit_that_is_done(self, psw: User, audit: Audit) -> None:
        Audit.objects.filter(pk=audit.pk).update(
            status=Status.WITH_TEAM, submitted_at=NOW, part_b_due_on=date(2026, 11, 24)
        )
        assert closing(psw, LAST_OF_NOVEMBER).audits == 0

    def test_counts_for_those_who_may_not_open_audits_but_names_none(self, administrator: User, audit: Audit) -> None:
        found = closing(administrator, audit.due_on)
        assert (found.audits, found.named, found.not_named) == (1, (), 1)

    def test_tells_of_no_month_whether_it_is_open_to_those_who_do_not_run_the_programme(
        self, administrator: User, core_template: TemplateVersion
    ) -> None:
        unopened = closing(administrator, LAST_OF_NOVEMBER, LAST_OF_DECEMBER)
        CycleFactory(template_version=core_template, **PUBLISHED)
        CycleFactory(month=date(2026, 12, 1), template_version=core_template, due_on=LAST_OF_DECEMBER)
        opened = closing(administrator, LAST_OF_NOVEMBER, LAST_OF_DECEMBER)
        assert opened == unopened
        assert [(month.cycle, month.after) for month in opened.months] == [
            (None, date(2026, 11, 27)),
            (None, date(2026, 12, 30)),
        ]
        assert opened.due_on_them == ()

    def test_has_to_do_with_nothing_in_the_middle_of_a_month(self, psw: User, audit: Audit) -> None:
        CycleFactory(template_version=audit.template_version, **PUBLISHED)
        assert closing(psw, date(2026, 11, 18)).is_nothing
        assert closing(psw, date(2026, 12, 16)).is_nothing


class TestRemovingADayOff:
    @pytest.fixture(autouse=True)
    def closed(self, psw: User) -> None:
        """The last working days of two months are off."""
        for day in (LAST_OF_NOVEMBER, LAST_OF_DECEMBER):
            add_closure(first=day, last=None, name="Closed", by=psw, at=NOW, today=TODAY)

    def test_moves_the_due_date_of_a_month_that_nobody_opened(self, psw: User) -> None:
        (month,) = opening(psw, LAST_OF_DECEMBER).months
        assert (month.cycle, month.before, month.after) == (None, date(2026, 12, 30), LAST_OF_DECEMBER)

    def test_leaves_an_open_month_and_its_audits_where_they_are(
        self, psw: User, core_template: TemplateVersion, auditor: User
    ) -> None:
        friday = date(2026, 11, 27)
        CycleFactory(template_version=core_template, due_on=friday, **PUBLISHED)
        AuditFactory(case=CaseFactory(), template_version=core_template, auditor=auditor, due_on=friday)
        found = opening(psw, LAST_OF_NOVEMBER)
        (month,) = found.months
        assert month.cycle is not None
        assert (month.cycle.due_on, month.after, month.can_be_changed) == (friday, LAST_OF_NOVEMBER, False)
        assert found.audits == 1


class TestPages:
    def add(self, page: Client, day: date) -> str:
        parts = {"first_day": day.day, "first_month": day.month, "first_year": day.year}
        return text_of(page.post("/days-off/", parts | {"name": "Closed"}))

    def test_say_what_stays_and_offer_to_change_what_can_be(
        self, client: Client, psw: User, audit: Audit, core_template: TemplateVersion
    ) -> None:
        CycleFactory(template_version=core_template, **PUBLISHED)
        CycleFactory(month=date(2026, 12, 1), template_version=core_template, due_on=LAST_OF_DECEMBER)
        client.force_login(psw)
        text = self.add(client, LAST_OF_NOVEMBER)
        assert "<strong>November 2026</strong> is due on 30 November 2026, which will be a day off." in text
        assert "<strong>1 audit</strong> that is not finished is due then and keeps its due date: none moves." in text
        assert f'href="/audits/{audit.reference}/"' in text
        assert "/cycles/2026-11/change/" not in text
        assert 'href="/cycles/2026-12/change/"' in self.add(client, LAST_OF_DECEMBER)

    def test_name_the_months_that_a_removal_moves(self, client: Client, psw: User) -> None:
        add_closure(first=LAST_OF_DECEMBER, last=None, name="Closed", by=psw, at=NOW, today=TODAY)
        client.force_login(psw)
        text = text_of(client.get("/days-off/remove/", {"first": "2026-12-31", "last": "2026-12-31"}))
        assert "Its audits will be due on 31 December 2026 instead of 30 December 2026." in text

    def test_say_so_where_nothing_is_due(self, client: Client, psw: User) -> None:
        client.force_login(psw)
        assert "No month and no audit is due on a day that this changes" in self.add(client, date(2026, 12, 16))
        assert not Cycle.objects.exists()

    def test_read_alike_to_an_administrator_whether_a_month_is_open_or_not(
        self, client: Client, administrator: User, core_template: TemplateVersion
    ) -> None:
        client.force_login(administrator)
        days = (LAST_OF_NOVEMBER, LAST_OF_DECEMBER, date(2026, 12, 16))
        unopened = [main_of(self.add(client, day)) for day in days]
        CycleFactory(template_version=core_template, **PUBLISHED)
        CycleFactory(month=date(2026, 12, 1), template_version=core_template, due_on=date(2026, 12, 16))
        assert [main_of(self.add(client, day)) for day in days] == unopened
        assert (
            "The last working day of <strong>November 2026</strong> will be 27 November 2026 instead of" in unopened[0]
        )
        assert "No audit that is under way is due on a day that this changes" in unopened[2]
