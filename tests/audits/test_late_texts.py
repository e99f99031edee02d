"""A text that waits for its writer to choose: offered again, flagged, asked about before submitting (R4)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.db import InternalError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from audits import answering, late_texts
from audits.models import Audit, PageAnswers, StaleDraft
from tests.cast import fill_in
from tests.conftest import NOW, TODAY
from tests.factories import UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]
BOX = "You left this page before you had chosen"


@pytest.fixture
def browser(client: Client, audit: Audit) -> Client:
    client.force_login(audit.auditor)
    return client


@pytest.fixture
def left(audit: Audit) -> StaleDraft:
    """A page left with two texts for one question and no choice."""
    save(audit, rationale="In the other tab.")
    with pytest.raises(answering.PageConflict):
        save(audit, rationale="In this tab.")
    return StaleDraft.objects.get()


def save(audit: Audit, base: int = 0, *, chosen: Any = (), **content: Any) -> None:
    save_page = answering.save_page
    save_page(audit.reference, page="s1", content=content, base_revision=base, chosen=chosen, by=audit.auditor, at=NOW)


def page(browser: Client, audit: Audit, name: str = "audits:page") -> str:
    args = [audit.reference, "s1"] if name == "audits:page" else [audit.reference]
    return browser.get(reverse(name, args=args)).content.decode()


@pytest.mark.usefixtures("left")
class TestLateText:
    def test_is_offered_again_on_opening_the_page(self, browser: Client, audit: Audit) -> None:
        shown = page(browser, audit)
        assert BOX in shown
        assert 'name="choice__rationale" value="theirs"' in shown
        assert "In the other tab." in shown
        assert "In this tab.</textarea>" in shown

    def test_is_flagged_on_the_task_list_and_the_check(self, browser: Client, audit: Audit) -> None:
        assert "Choose which text to keep: 1." in page(browser, audit, "audits:tasks")
        assert "Choose which text to keep: 1." in page(browser, audit, "audits:check")

    def test_waits_at_no_other_writers_page(self, audit: Audit) -> None:
        stored = PageAnswers.objects.get(audit=audit)
        assert late_texts.offered(audit, stored, by=audit.worker) == []

    def test_waits_on_while_another_tab_goes_on_writing(self, browser: Client, audit: Audit) -> None:
        save(audit, base=1, rationale="More in the other tab.")
        assert BOX in page(browser, audit)

    @pytest.mark.parametrize("choice", ["mine", "theirs", "both"])
    def test_is_settled_by_a_choice_without_the_script(self, browser: Client, audit: Audit, choice: str) -> None:
        data = {"rationale": "In this tab.", "base_revision": "1", "undecided": "rationale"}
        browser.post(reverse("audits:page", args=[audit.reference, "s1"]), {**data, "choice__rationale": choice})
        assert StaleDraft.objects.get().undecided == []
        assert BOX not in page(browser, audit)
        assert late_texts.beside(audit, answering.contents_of(audit), today=TODAY)["late"] == []

    def test_is_settled_by_a_choice_that_the_script_tells(self, browser: Client, audit: Audit) -> None:
        sent = {"base_revision": 1, "content": {"rationale": "In the other tab."}, "chosen": ["rationale"]}
        address = reverse("audits:save_page", args=[audit.reference, "s1"])
        assert browser.post(address, json.dumps(sent), content_type="application/json").status_code == 200
        assert BOX not in page(browser, audit)

    def test_waits_no_more_once_the_page_says_it_too(self, browser: Client, audit: Audit) -> None:
        save(audit, base=1, rationale="In the other tab.\n\nIn this tab.")
        assert BOX not in page(browser, audit)

    def test_waits_at_the_question_that_is_left_after_one_choice(self, audit: Audit) -> None:
        save(audit, base=1, rationale="In the other tab.", grade="good")
        with pytest.raises(answering.PageConflict):
            save(audit, rationale="In this tab.", grade="inadequate")
        save(audit, base=2, rationale="In this tab.", grade="good", chosen=["rationale"])
        stored = PageAnswers.objects.get(audit=audit)
        assert [other.path for other in late_texts.offered(audit, stored, by=audit.auditor)] == [("grade",)]

    def test_keeps_its_words_for_ever(self, left: StaleDraft) -> None:
        left.content = {"rationale": "Changed."}
        with pytest.raises(InternalError, match="Cannot update"), transaction.atomic():
            left.save()


class TestAfterAHandover:
    """The writer of the text may not write the audit any more."""

    @pytest.fixture(autouse=True)
    def handed_over(self, audit: Audit, client: Client, left: StaleDraft) -> None:
        audit.auditor = UserFactory.create(name="Nell Next", job_role=audit.auditor.job_role)
        audit.save(update_fields=["auditor"])
        client.force_login(audit.auditor)

    def test_nobody_is_asked_to_choose(self, client: Client, audit: Audit) -> None:
        assert late_texts.beside(audit, answering.contents_of(audit), today=TODAY)["late"] == []
        for name in ("audits:tasks", "audits:check"):
            assert "has still to choose" not in page(client, audit, name)
        assert "A text still waits" not in page(client, audit, "audits:check")

    def test_the_new_auditor_finds_the_text_by_a_link(self, client: Client, audit: Audit) -> None:
        link = reverse("audits:versions", args=[audit.reference, "s1"])
        assert link in page(client, audit, "audits:tasks")
        assert "In this tab." in client.get(link).content.decode()


class TestSubmitting:
    def test_asks_about_a_text_that_waits_but_goes_on(self, browser: Client, audit: Audit) -> None:
        fill_in(audit, at=NOW, today=TODAY)
        late = {"content": {"rationale": "In this tab."}, "undecided": ["rationale"]}
        by = audit.auditor
        StaleDraft.objects.create(
            audit=audit, page="s1", base_revision=0, met_revision=1, saved_at=NOW, saved_by=by, **late
        )
        assert "A text still waits to be chosen." in page(browser, audit, "audits:check")
        assert browser.post(reverse("audits:check", args=[audit.reference])).status_code == 302
        audit.refresh_from_db()
        assert audit.is_submitted


class TestOrdinaryPage:
    def test_costs_no_query_more(self, browser: Client, audit: Audit) -> None:
        save(audit, rationale="Alone.")
        page(browser, audit)
        with CaptureQueriesContext(
            connection,
        ) as found:
            page(browser, audit)
        assert sum("staledraft" in query["sql"] for query in found) == 1
        assert [query["sql"][:6] for query in found if "pageanswers" in query["sql"]] == ["SELECT"]
