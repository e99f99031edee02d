"""Those who oversee the programme check how the cases of a published month were drawn."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from django.test import Client

from allocation.models import Cycle, Draw
from allocation.months import cycles
from audits.models import Case
from people.models import User
from people.roles import JobRole
from reporting.draw_certificate import certificate_html
from tests.allocation.drawn_months import drawn
from tests.conftest import NOW, TODAY
from tests.factories import UserFactory

pytestmark = pytest.mark.usefixtures("today")

DRAW = "/cycles/2026-11/draws/1/"
PAGES = ("", "cases/", "certificate.pdf")


@pytest.fixture
def proposed(cycle: Cycle, cases: list[Case], psw: User) -> Draw:
    Case.objects.filter(pk=cases[0].pk).update(restricted=True)
    return drawn(cycle, psw)


@pytest.fixture
def published(proposed: Draw, psw: User) -> Draw:
    cycles.publish(proposed.cycle, by=psw, at=NOW, today=TODAY)
    return proposed


@pytest.fixture(params=[JobRole.ASSISTANT_DIRECTOR, JobRole.HEAD_OF_SERVICE, JobRole.QA_OFFICER])
def overseer(client: Client, request: pytest.FixtureRequest) -> Client:
    """The browser of somebody who oversees the programme."""
    client.force_login(UserFactory(job_role=request.param, monthly_quota=0))
    return client


def text_of(response: Any) -> str:
    return " ".join(response.content.decode().split())


class TestOversight:
    def test_reads_the_certificate_and_the_tickets_of_a_published_month(
        self, published: Draw, overseer: Client
    ) -> None:
        assert [overseer.get(f"{DRAW}{name}").status_code for name in PAGES] == [200] * 3
        text = text_of(overseer.get(DRAW))
        assert "<strong>Verified.</strong>" in text
        assert published.seed in text

    def test_learns_nothing_of_a_month_before_it_is_published(self, proposed: Draw, overseer: Client) -> None:
        assert [overseer.get(f"{DRAW}{name}").status_code for name in PAGES] == [404] * 3

    def test_is_led_to_no_page_that_is_closed_to_them(self, published: Draw, overseer: Client) -> None:
        for name in ("", "cases/"):
            text = text_of(overseer.get(f"{DRAW}{name}"))
            for closed in (
                f'href="{DRAW}cases/1',
                f'href="{DRAW}auditors/',
                'href="/cases/',
                'href="/cycles/"',
                "?out=",
                "inputs.txt",
            ):
                assert closed not in text, (name, closed)

    def test_is_led_there_from_the_dashboard(self, published: Draw, overseer: Client) -> None:
        assert f'href="{DRAW}"' in text_of(overseer.get("/dashboard/?month=2026-11"))

    def test_is_not_told_which_cases_were_left_out(self, published: Draw, overseer: Client, cases: list[Case]) -> None:
        """Nor by number in the frozen inputs, nor by a hash of a few numbers, which trying them all would undo."""
        assert overseer.get(f"{DRAW}cases/?out=1").status_code == 404
        assert overseer.get(f"{DRAW}inputs.txt").status_code == 403
        hidden = hashlib.sha256(f"{cases[0].pk}\n".encode()).hexdigest()
        assert hidden in certificate_html(published)
        assert hidden not in certificate_html(published, left_out=False)
        for html in (text_of(overseer.get(DRAW)), certificate_html(published, left_out=False)):
            assert cases[0].reference not in html
            assert "The record is restricted" in html
        assert cases[0].reference in certificate_html(published)


class TestOthers:
    @pytest.mark.parametrize("role", [JobRole.SERVICE_MANAGER, JobRole.TEAM_MANAGER, JobRole.ADMINISTRATOR])
    def test_may_not(self, published: Draw, client: Client, role: JobRole) -> None:
        client.force_login(UserFactory(job_role=role))
        assert [client.get(f"{DRAW}{name}").status_code for name in PAGES] == [403] * 3
