"""What a page says of its last save and of somebody else's text: the time, and of another day the day."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from audits import answering
from audits.models import Audit
from tests.conftest import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]


@pytest.fixture
def browser(client: Client, audit: Audit) -> Client:
    client.force_login(audit.auditor)
    return client


def save(audit: Audit, *, page: str = "s1", days_ago: int = 0, **content: Any) -> None:
    at = NOW - timedelta(days=days_ago)
    answering.save_page(audit.reference, page=page, content=content, base_revision=0, by=audit.auditor, at=at)


class TestAPageSaved:
    @pytest.mark.parametrize(("days_ago", "says"), [(0, "Saved 10:00"), (7, "Saved 3 November 2026 at 10:00")])
    def test_says_when_and_of_another_day_which(self, browser: Client, audit: Audit, days_ago: int, says: str) -> None:
        save(audit, days_ago=days_ago, rationale="Seen.")
        page = browser.get(reverse("audits:page", args=[audit.reference, "s1"])).content.decode()
        assert f">{says}<" in page


class TestAClash:
    def clash(self, browser: Client, audit: Audit, page: str, content: dict[str, Any]) -> dict[str, Any]:
        url = reverse("audits:save_page", args=[audit.reference, page])
        sent = json.dumps({"content": content, "base_revision": 0})
        answer = browser.post(url, sent, content_type="application/json")
        assert answer.status_code == 409
        (found,) = answer.json()["clashes"]
        return dict(found)

    def test_says_on_which_day_the_other_text_came(self, browser: Client, audit: Audit) -> None:
        save(audit, days_ago=7, rationale="Theirs.")
        assert self.clash(browser, audit, "s1", {"rationale": "Mine."})["at"] == "3 November 2026, 10:00"

    @pytest.mark.parametrize(("mine", "both"), [(10, True), (11, False)])
    def test_offers_both_only_where_a_page_keeps_so_many_rows(
        self, browser: Client, audit: Audit, mine: int, both: bool
    ) -> None:
        def people(prefix: str, count: int) -> dict[str, Any]:
            return {"household": [{"name": f"{prefix} {number}"} for number in range(count)]}

        save(audit, page="overview", **people("Theirs", 20))
        assert self.clash(browser, audit, "overview", people("Mine", mine))["both"] is both


class TestFormsSentByTheirButton:
    @pytest.mark.parametrize("name", ["smart_actions", "learning"])
    def test_have_a_link_to_sign_in_again(self, browser: Client, audit: Audit, name: str) -> None:
        page = browser.get(reverse(f"audits:{name}", args=[audit.reference])).content.decode()
        assert f'data-sign-in="{reverse("account_login")}"' in page
