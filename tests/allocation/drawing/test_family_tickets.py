"""Where one child of a family is drawn at most, the pages say whose ticket decides and who stood for whom."""

from __future__ import annotations

import pytest
from django.test import Client

from allocation.models import Cycle, Draw
from allocation.months.why import Record
from audits.models import Case
from people.models import User
from tests.allocation.drawn_months import drawn

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today", "auditors")]
DRAW = "/cycles/2026-11/draws/1/"


@pytest.fixture
def family_draw(cycle: Cycle, cases: list[Case], psw: User) -> Draw:
    """A draw of one child per family: fifteen families of two."""
    for number, case in enumerate(cases):
        case.family_reference = f"F{number // 2}"
    Case.objects.bulk_update(cases, ["family_reference"])
    Cycle.objects.update(one_per_family=True)
    cycle.refresh_from_db()
    return drawn(cycle, psw)


@pytest.fixture
def page(client: Client, psw: User) -> Client:
    """The browser of whoever runs the programme."""
    client.force_login(psw)
    return client


def text_of(page: Client, address: str) -> str:
    return " ".join(page.get(address).content.decode().split())


class TestFamilies:
    def test_are_explained_on_the_certificate(self, page: Client, family_draw: Draw) -> None:
        text = text_of(page, DRAW)
        assert "Of each family one child can be drawn, by the family’s ticket." in text
        assert "The child with the lowest ticket of its own stands for the family." in text

    def test_draw_by_their_own_ticket_and_the_page_of_a_child_says_so(self, page: Client, family_draw: Draw) -> None:
        record = Record(family_draw)
        first = next(each for each in record.order if each.place == 1)
        assert first.case_id in record.auditor_of
        text = text_of(page, f"{DRAW}cases/{first.case_id}/")
        assert "The family’s ticket was 1st of 15, counted from the lowest." in text

    def test_have_one_child_that_was_not_offered(self, page: Client, family_draw: Draw) -> None:
        siblings = [each for each in Record(family_draw).order if not each.place]
        assert len(siblings) == 15
        text = text_of(page, f"{DRAW}cases/{siblings[0].case_id}/")
        assert "another child stood for this one" in text
        assert "Its ticket was number" not in text

    def test_are_listed_by_the_ticket_that_decides(self, page: Client, family_draw: Draw) -> None:
        rows = page.get(f"{DRAW}cases/").context["rows"]
        offered = [row for row in rows if row.place]
        assert [row.place for row in offered] == list(range(1, 16))
        assert [row.ticket for row in offered] == sorted(row.ticket for row in offered)
        assert all(row.of_family for row in offered)
        assert not any(row.of_family for row in rows if not row.place)
