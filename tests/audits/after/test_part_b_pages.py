"""The pages of Part B: cards with their boxes, saved without signing, sent back with a comment (S2)."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from audits.after import part_b
from audits.models import Audit, PartB, PartBReturn, Side, Status
from people.models import User
from tests.audits.after.test_part_b import BACK, sign_manager, sign_worker
from tests.cast import date_parts, submitted
from tests.conftest import NOW, TODAY

pytestmark = pytest.mark.usefixtures("today")


@pytest.fixture
def weak(audit: Audit) -> Audit:
    """A submitted audit that requires improvement, with one action."""
    return submitted(audit, grade="requires-improvement", at=NOW, today=TODAY)


def url(audit: Audit, name: str = "audits:part_b", *more: str) -> str:
    return reverse(name, args=[audit.reference, *more])


def read(client: Client, person: User, address: str) -> str:
    client.force_login(person)
    return " ".join(client.get(address).content.decode().split())


class TestPage:
    def test_has_a_box_beside_each_finding_and_action(self, client: Client, weak: Audit, team_manager: User) -> None:
        page = read(client, team_manager, url(weak))
        for code in ("overall", *weak.section_grades.values_list("section__code", flat=True)):
            assert f'name="finding_{code}"' in page
        assert 'name="response_1"' in page
        assert "Then Part B waits for the worker" in page

    def test_asks_the_worker_for_no_supervision_and_says_that_only_the_comment_is_needed(
        self, client: Client, weak: Audit, worker: User
    ) -> None:
        page = read(client, worker, url(weak))
        assert "supervision_on_day" not in page
        assert "Only your comment at the end has to be there" in page

    def test_keeps_what_was_typed_when_signing_is_refused(
        self, client: Client, weak: Audit, team_manager: User
    ) -> None:
        client.force_login(team_manager)
        data = {**date_parts("supervision_on", TODAY), "comment": "Half of it.", "base_revision": "0", "do": "sign"}
        page = client.post(url(weak), data).content.decode()
        assert "Write a response to action 1" in page
        assert "Half of it." in page
        assert part_b.draft_of(PartB.objects.get(audit=weak), Side.MANAGER).typed["comment"] == "Half of it."

    def test_saves_without_signing_and_shows_it_to_that_side_alone(
        self, client: Client, weak: Audit, worker: User, team_manager: User, psw: User
    ) -> None:
        client.force_login(worker)
        sent = {"comment": "Not finished yet", "base_revision": "0", "do": "save"}
        assert client.post(url(weak), sent).status_code == 302
        assert "Not finished yet" in read(client, worker, url(weak))
        for other in (team_manager, psw, weak.auditor):
            for address in (url(weak), url(weak, "audits:detail")):
                assert "Not finished yet" not in read(client, other, address)

    def test_pressed_twice_leads_to_what_was_signed(self, client: Client, weak: Audit, worker: User) -> None:
        client.force_login(worker)
        sent = {"comment": "I agree.", "base_revision": "0", "do": "sign"}
        assert [client.post(url(weak), sent).status_code for _ in range(2)] == [302, 302]
        assert client.post(url(weak), {**sent, "comment": "Other words."}).status_code == 403

    def test_shows_the_rounds_to_whoever_reads_it(
        self, client: Client, weak: Audit, worker: User, team_manager: User
    ) -> None:
        sign_worker(weak, comment="The first version.")
        part_b.send_back(
            PartB.objects.get(audit=weak), side=Side.WORKER, comment=BACK, by=team_manager, at=NOW, today=TODAY
        )
        page = read(client, weak.auditor, url(weak))
        assert "The first version." in page
        assert BACK in page
        assert "Your part came back to you" in read(client, worker, url(weak))

    def test_asks_the_database_as_much_for_many_actions_as_for_one(
        self, client: Client, weak: Audit, worker: User, django_assert_max_num_queries: Any
    ) -> None:
        client.force_login(worker)
        client.get(url(weak))
        with django_assert_max_num_queries(18):
            client.get(url(weak))


class TestSavingItself:
    def save(self, client: Client, audit: Audit, content: dict[str, str], base: int = 0) -> Any:
        body = {"content": content, "base_revision": base}
        return client.post(url(audit, "audits:save_part_b"), body, content_type="application/json")

    def test_answers_with_the_revision(self, client: Client, weak: Audit, worker: User) -> None:
        client.force_login(worker)
        first = self.save(client, weak, {"comment": "One.", "writer": "7", "nonsense": "x"})
        assert (first.status_code, first.json()["revision"]) == (200, 1)
        assert part_b.draft_of(PartB.objects.get(audit=weak), Side.WORKER).typed == {"comment": "One."}

    def test_shows_both_texts_where_two_windows_differ(self, client: Client, weak: Audit, worker: User) -> None:
        client.force_login(worker)
        self.save(client, weak, {"comment": "One."})
        answer = self.save(client, weak, {"comment": "Two."})
        [clash] = answer.json()["clashes"]
        assert (answer.status_code, clash["mine"], clash["theirs"]) == (409, "Two.", "One.")

    def test_says_that_it_is_signed(self, client: Client, weak: Audit, worker: User) -> None:
        sign_worker(weak)
        client.force_login(worker)
        answer = self.save(client, weak, {"comment": "Late."})
        assert (answer.status_code, answer.json()["closed"]) == (403, True)

    def test_is_refused_in_words_when_signed_out_or_unreadable(self, client: Client, weak: Audit, worker: User) -> None:
        assert self.save(client, weak, {"comment": "x"}).status_code == 401
        client.force_login(worker)
        answer = client.post(url(weak, "audits:save_part_b"), "nonsense", content_type="application/json")
        assert answer.status_code == 400


class TestSendingBackPage:
    def test_sends_the_workers_part_back(self, client: Client, weak: Audit, worker: User, team_manager: User) -> None:
        sign_worker(weak, comment="Mine.")
        address = url(weak, "audits:send_back_part_b", "worker")
        assert "Mine." in read(client, team_manager, address)
        assert client.post(address, {"comment": BACK}).status_code == 302
        assert PartBReturn.objects.get().comment == BACK
        assert client.post(address, {"comment": BACK}).status_code == 302  # pressed twice
        assert client.post(address, {"comment": "Another comment."}).status_code == 403
        assert PartBReturn.objects.count() == 1

    def test_is_offered_to_those_who_may(self, client: Client, weak: Audit, worker: User, psw: User) -> None:
        sign_manager(weak)
        words = "Send the team manager’s part back"
        for person, offered in ((worker, True), (psw, True), (weak.team_manager, False), (weak.auditor, True)):
            assert person is not None
            assert (words in read(client, person, url(weak))) is offered, person

    def test_is_no_page_for_another_side(self, client: Client, weak: Audit, psw: User) -> None:
        client.force_login(psw)
        assert client.get(url(weak, "audits:send_back_part_b", "both")).status_code == 404
        assert Audit.objects.get(pk=weak.pk).status == Status.WITH_TEAM
