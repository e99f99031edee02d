"""Who gets to the pages of cycles, and what an address alone may not do."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from allocation.models import Cycle, Draw
from audits.models import Audit
from people.roles import JobRole, Permission
from tests.factories import UserFactory

pytestmark = pytest.mark.usefixtures("today")

CYCLE = "/cycles/2026-11/"


class TestAccess:
    PAGES = (
        "/cycles/",
        "/cycles/new/",
        "/cycles/pause/",
        CYCLE,
        "/cycles/1999-01/",
        f"{CYCLE}publish/",
        f"{CYCLE}why-not/",
        f"{CYCLE}override/",
        f"{CYCLE}close/",
    )
    POSTS = (
        "/cycles/new/",
        "/cycles/pause/",
        f"{CYCLE}draw/",
        f"{CYCLE}publish/",
        f"{CYCLE}override/",
        f"{CYCLE}close/",
    )

    @pytest.mark.parametrize("role", [role for role in JobRole if role != JobRole.PRINCIPAL_SOCIAL_WORKER])
    def test_is_refused_to_everybody_who_does_not_run_the_programme(
        self, client: Client, proposed: Draw, role: str
    ) -> None:
        client.force_login(UserFactory(job_role=role))
        assert {client.get(address).status_code for address in self.PAGES} == {403}
        assert {client.post(address).status_code for address in self.POSTS} == {403}
        assert Cycle.objects.get().status == "proposed"

    @pytest.mark.parametrize("role", [role for role in JobRole if role != JobRole.PRINCIPAL_SOCIAL_WORKER])
    def test_shows_nobody_else_a_draw_before_its_month_is_published(
        self, client: Client, proposed: Draw, role: str
    ) -> None:
        person = UserFactory(job_role=role)
        client.force_login(person)
        assert client.get(f"{CYCLE}draws/1/").status_code == (404 if person.can(Permission.READ_CERTIFICATES) else 403)

    def test_needs_signing_in(self, client: Client, cycle: Cycle) -> None:
        assert client.get(CYCLE).headers["Location"].startswith(reverse("account_login"))

    def test_knows_no_month_that_was_not_opened(self, page: Client) -> None:
        for address in (CYCLE, "/cycles/0000-01/", "/cycles/2026-13/", "/cycles/2026-1/"):
            assert page.get(address).status_code == 404

    def test_changes_nothing_on_a_get(self, page: Client, proposed: Draw) -> None:
        response = page.get(f"{CYCLE}draw/")
        assert (response.status_code, response.headers["Location"]) == (302, CYCLE)
        assert Draw.objects.count() == 1
        page.get(f"{CYCLE}publish/")
        assert not Audit.objects.exists()
