"""The form without its script: two texts side by side with a choice, and coming back to a page that is submitted."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from audits import answering
from audits.models import Audit, PageAnswers, StaleDraft
from tests.cast import submitted
from tests.conftest import NOW, TODAY

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]


@pytest.fixture
def browser(client: Client, audit: Audit) -> Client:
    client.force_login(audit.auditor)
    return client


def save(audit: Audit, base: int = 0, **content: Any) -> None:
    answering.save_page(audit.reference, page="s1", content=content, base_revision=base, by=audit.auditor, at=NOW)


def post(browser: Client, audit: Audit, **data: str) -> Any:
    return browser.post(reverse("audits:page", args=[audit.reference, "s1"]), data)


class TestTwoTexts:
    def test_stand_side_by_side_with_a_choice(self, browser: Client, audit: Audit) -> None:
        save(audit, rationale="In the other window.")
        answer = post(browser, audit, rationale="In this window.", grade="good", base_revision="0")
        page = answer.content.decode()
        assert answer.status_code == 409
        assert "In the other window." in page
        assert "You, in another window, 10:00" in page
        assert 'name="choice__rationale" value="both"' in page
        assert 'name="base_revision" value="2"' in page
        assert PageAnswers.objects.get(audit=audit).content["grade"] == "good"
        assert StaleDraft.objects.get().content["rationale"] == "In this window."

    @pytest.mark.parametrize(
        ("choice", "kept"), [("mine", "Mine."), ("theirs", "Theirs."), ("both", "Theirs.\n\nMine.")]
    )
    def test_become_what_was_chosen(self, browser: Client, audit: Audit, choice: str, kept: str) -> None:
        save(audit, rationale="Theirs.")
        post(browser, audit, rationale="Mine.", base_revision="0")
        chosen = {"undecided": "rationale", "choice__rationale": choice}
        answer = post(browser, audit, rationale="Mine.", base_revision="1", **chosen)
        assert answer.status_code == 302
        assert PageAnswers.objects.get(audit=audit).content["rationale"] == kept

    def test_stay_side_by_side_until_one_is_chosen(self, browser: Client, audit: Audit) -> None:
        save(audit, rationale="Theirs.")
        post(browser, audit, rationale="Mine.", base_revision="0")
        answer = post(browser, audit, rationale="Mine, and more.", base_revision="1", undecided="rationale")
        assert answer.status_code == 409
        assert PageAnswers.objects.get(audit=audit).content["rationale"] == "Theirs."

    def test_are_only_asked_about_where_they_clash(self, browser: Client, audit: Audit) -> None:
        save(audit, rationale="Theirs.")
        answer = post(browser, audit, grade="good", base_revision="0")
        assert answer.status_code == 302
        content = PageAnswers.objects.get(audit=audit).content
        assert (content["rationale"], content["grade"]) == ("Theirs.", "good")
        assert "Both are kept. Theirs: Why this grade." in browser.get(answer["Location"]).content.decode()


class TestTooLong:
    def test_stays_on_the_page_and_says_so(self, browser: Client, audit: Audit) -> None:
        answer = post(browser, audit, rationale="x" * 1_000_001, base_revision="0")
        assert answer.status_code == 413
        page = answer.content.decode()
        assert "This answer is too long" in page
        assert "x" * 1_000_001 in page

    def test_together_leaves_both_to_choose_from(self, browser: Client, audit: Audit) -> None:
        long = "x" * 600_000
        save(audit, rationale="a" + long)
        post(browser, audit, rationale="b" + long, base_revision="0")
        both = {"undecided": "rationale", "choice__rationale": "both"}
        answer = post(browser, audit, rationale="b" + long, base_revision="1", **both)
        page = answer.content.decode()
        assert answer.status_code == 409
        assert "Together the two are too long" in page
        assert 'name="choice__rationale" value="mine"' in page
        assert PageAnswers.objects.get(audit=audit).content["rationale"] == "a" + long

    def test_with_a_choice_still_open_does_not_replace_the_other_text(self, browser: Client, audit: Audit) -> None:
        save(audit, rationale="Theirs.")
        answer = post(browser, audit, rationale="x" * 1_000_001, base_revision="1", undecided="rationale")
        assert 'name="base_revision" value="0"' in answer.content.decode()
        assert post(browser, audit, rationale="Shorter.", base_revision="0").status_code == 409


class TestComingBack:
    def test_to_a_submitted_audit_says_what_happened_and_leads_to_it(self, browser: Client, audit: Audit) -> None:
        submitted(audit, at=NOW, today=TODAY)
        answer = browser.get(reverse("audits:page", args=[audit.reference, "s1"]))
        page = answer.content.decode()
        assert answer.status_code == 403
        assert "This audit is submitted" in page
        assert "10 November 2026 at 10:00" in page
        assert f'href="{reverse("audits:detail", args=[audit.reference])}"' in page


class TestWhoIsSignedIn:
    def test_is_told_by_number(self, browser: Client, audit: Audit) -> None:
        assert browser.get(reverse("audits:writer")).json() == {"writer": audit.auditor_id}

    def test_is_nobody_without_a_sign_in_page(self, client: Client) -> None:
        answer = client.get(reverse("audits:writer"))
        assert answer.status_code == 401
        assert "signed out" in json.loads(answer.content)["message"]
