"""A month whose cases are narrowed: what its pages and its certificate call it, before it is published and after."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from allocation.models import Cycle, Draw
from allocation.months import cycles
from audits.models import Audit, Case, Plan
from people.models import User
from reporting.draw_certificate import certificate_html
from tests.allocation.drawn_months import drawn
from tests.conftest import NOW, TODAY

pytestmark = pytest.mark.usefixtures("today")

CYCLE = "/cycles/2026-11/"
APART = "all 5 audits count as “Theme”: reports count them apart, and they are in no headline percentage."


@pytest.fixture
def narrowed(cycle: Cycle, cases: list[Case]) -> Cycle:
    Case.objects.update(plan=Plan.CHILD_PROTECTION)
    Cycle.objects.update(cohort={"plans": [Plan.CHILD_PROTECTION]})
    return Cycle.objects.get()


def text_of(response: Any) -> str:
    return " ".join(response.content.decode().split())


def words_of(draw: Draw) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", certificate_html(draw)).split())


class TestTheme:
    def test_is_what_the_forecast_the_draw_and_publishing_call_it(
        self, page: Client, narrowed: Cycle, psw: User
    ) -> None:
        text = text_of(page.get(CYCLE))
        assert "theme audits you reach" in text
        assert APART in text
        drawn(narrowed, psw)
        text = text_of(page.get(CYCLE))
        assert "theme cases given to auditors" in text
        assert "random cases" not in text
        assert text.count('portal-tag">Theme</strong>') == 5
        assert APART in text
        assert APART in text_of(page.get(f"{CYCLE}publish/"))
        assert "all 5 audits then count as “Theme”" in text_of(page.get(f"{CYCLE}cases/"))

    def test_is_what_the_certificate_calls_it_before_publishing_and_after(
        self, page: Client, narrowed: Cycle, psw: User
    ) -> None:
        draw = drawn(narrowed, psw)
        before = words_of(draw)
        assert "5 of the theme, of 5 wanted" in before
        assert " Random " not in before
        text = text_of(page.get(f"{CYCLE}draws/1/"))
        assert ">Theme cases given</dt>" in text
        cycles.publish(narrowed, by=psw, at=NOW, today=TODAY)
        assert words_of(draw) == before
        assert {audit.get_selection_display() for audit in Audit.objects.all()} == {"Theme"}

    def test_is_not_named_where_nothing_is_narrowed(
        self, page: Client, cycle: Cycle, cases: list[Case], psw: User
    ) -> None:
        draw = drawn(cycle, psw)
        for text in (text_of(page.get(CYCLE)), text_of(page.get(f"{CYCLE}publish/")), words_of(draw)):
            assert "headline" not in text
        assert "random cases given to auditors" in text_of(page.get(CYCLE))
        assert "5 at random, of 5 wanted" in words_of(draw)
