"""Why audits changed hands: what was chosen from the list and what was written, for those who may read it."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from allocation.changes import exemptions, swaps
from allocation.changes.swap_reading import Change, changes
from allocation.models import Cycle
from audits.models import Audit, Case
from people.models import User
from people.roles import JobRole
from tests.allocation.published import ask_peer, audits_of, publish, with_exchange
from tests.conftest import NOW, TODAY
from tests.factories import UserFactory

pytestmark = pytest.mark.usefixtures("today")

PAGE = "/cycles/2026-11/changes/"
ILL = "I am in hospital until Christmas."
KNOWS = "I know the school, you know the court work."


@pytest.fixture
def published(cycle: Cycle, cases: list[Case], auditors: list[User], psw: User) -> Cycle:
    return publish(cycle, psw)


@pytest.fixture
def exempt(published: Cycle, psw: User) -> Audit:
    """Whose auditor asked because of sickness; the line manager and the programme agreed."""
    audit = audits_of(published)[0]
    asked = exemptions.ask_exemption(audit, why="sickness", reason=ILL, by=audit.auditor, at=NOW, today=TODAY)
    for by in (asked.line_manager, psw):
        assert by is not None
        asked = exemptions.answer(asked, agreed=True, comment="", by=by, at=NOW, today=TODAY)
    return audit


def of(audit: Audit, viewer: User | None) -> Change:
    return next(each for each in changes(audit.month, viewer=viewer) if each.audit == audit)


def text_of(response: Any) -> str:
    return " ".join(response.content.decode().split())


class TestWhatWasWritten:
    def test_stands_with_the_label_on_the_page_of_the_programme(self, client: Client, exempt: Audit, psw: User) -> None:
        client.force_login(psw)
        text = text_of(client.get(PAGE))
        assert f'Agreed on the auditor’s request.<br><span class="portal-quiet">“Sickness: {ILL}”' in text

    def test_stands_with_a_swap(self, client: Client, published: Cycle, psw: User) -> None:
        audit, peer = with_exchange(published)
        asked = ask_peer(audit, peer.person, their_audit=peer.exchanges[0], message=KNOWS)
        swaps.accept(asked, by=peer.person, at=NOW, today=TODAY)
        client.force_login(psw)
        text = text_of(client.get(PAGE))
        assert f'Exchange audits of this month<br><span class="portal-quiet">“{KNOWS}”' in text

    def test_is_read_by_those_alone_who_may_read_the_request(self, exempt: Audit, psw: User) -> None:
        assert of(exempt, psw).words == f"Sickness: {ILL}"
        assert of(exempt, exempt.auditor).words == f"Sickness: {ILL}"
        for viewer in (None, UserFactory(job_role=JobRole.QA_OFFICER), UserFactory(job_role=JobRole.TEAM_MANAGER)):
            change = of(exempt, viewer)
            assert change.words == ""
            assert "ickness" not in change.reason

    def test_is_no_page_for_anybody_else(self, client: Client, exempt: Audit) -> None:
        for role in (JobRole.QA_OFFICER, JobRole.ASSISTANT_DIRECTOR, JobRole.TEAM_MANAGER):
            client.force_login(UserFactory(job_role=role))
            assert client.get(PAGE).status_code == 403


class TestTheListOfRequests:
    def test_shows_the_words_beneath_the_label_to_those_who_may_read_them(
        self, client: Client, exempt: Audit, psw: User
    ) -> None:
        client.force_login(psw)
        assert f'Sickness<br><span class="portal-quiet">“{ILL}”' in text_of(client.get("/requests/"))
        client.force_login(UserFactory(job_role=JobRole.TEAM_MANAGER))
        assert ILL not in text_of(client.get("/requests/"))
