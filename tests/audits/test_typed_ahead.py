"""An action or a learning point that is typed and not added yet: kept, shown again, emptied when added."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from audits import answering, co_auditing, pages, typed_ahead
from audits.models import Audit, LearningPoint, PageAnswers, SmartAction
from audits.question_words import QuestionWords
from audits.structure import form_of
from people.models import User
from tests.conftest import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]
ACTION = {
    "outcome": "Ada is seen every two weeks.",
    "how": "Book the visits until 27 March 2027.",
    "due_on_day": "asap",
    "due_on_month": "",
    "due_on_year": "",
    "agreed_with_worker": "False",
    "why_not_agreed": "The worker is away.",
    "immediate": "on",
}
POINT = {"what": "Both parents are named.", "how": "Change the form.", "who": "Forms group", "due_on_day": "1"}


def type_(client: Client, audit: Audit, page: str, content: dict[str, Any], base: int = 0) -> int:
    url = reverse("audits:save_page", args=[audit.reference, page])
    answer = client.post(url, json.dumps({"content": content, "base_revision": base}), content_type="application/json")
    assert answer.status_code == 200, answer.content
    return int(answer.json()["revision"])


@pytest.fixture
def desk(client: Client, audit: Audit) -> Client:
    """The auditor's browser."""
    client.force_login(audit.auditor)
    return client


class TestWhatIsTyped:
    def test_of_an_action_is_there_when_the_page_is_opened_again(self, desk: Client, audit: Audit) -> None:
        type_(desk, audit, "new_action", {**ACTION, "owner": str(audit.worker_id), "not_asked": "x"})
        page = desk.get(reverse("audits:smart_actions", args=[audit.reference])).content.decode()
        for words in ("Ada is seen every two weeks.", "Book the visits until", 'value="asap"', "The worker is away."):
            assert words in page
        assert f'value="{audit.worker_id}" selected' in page
        assert 'data-revision="1"' in page
        assert not SmartAction.objects.exists()
        assert "not_asked" not in PageAnswers.objects.get(page="new_action").content

    def test_of_a_learning_point_is_there_too(self, desk: Client, audit: Audit) -> None:
        type_(desk, audit, "new_learning", POINT)
        page = desk.get(reverse("audits:learning", args=[audit.reference])).content.decode()
        assert "Both parents are named." in page
        assert "Forms group" in page
        assert not LearningPoint.objects.exists()

    def test_is_emptied_when_the_action_is_added_and_stays_in_the_history(self, desk: Client, audit: Audit) -> None:
        type_(desk, audit, "new_action", ACTION)
        due = {"due_on_day": "27", "due_on_month": "11", "due_on_year": "2026"}
        url = reverse("audits:smart_actions", args=[audit.reference])
        desk.post(url, {**ACTION, **due, "owner": audit.worker_id, "keep": "yes"})
        assert SmartAction.objects.get().outcome == ACTION["outcome"]
        assert typed_ahead.typed(audit, "new_action") == ({}, 2)
        assert ACTION["outcome"] not in desk.get(url).content.decode().split("Add an action")[1]
        history = PageAnswers.pgh_event_model.objects.filter(audit=audit, page="new_action").order_by("pgh_id")  # type: ignore[attr-defined]
        assert [state.content.get("outcome") for state in history] == [ACTION["outcome"], None]

    def test_is_emptied_when_the_learning_point_is_added(self, desk: Client, audit: Audit) -> None:
        type_(desk, audit, "new_learning", POINT)
        url = reverse("audits:learning", args=[audit.reference])
        desk.post(url, {**POINT, "due_on_month": "3", "due_on_year": "2027"})
        assert LearningPoint.objects.count() == 1
        assert typed_ahead.typed(audit, "new_learning") == ({}, 2)

    def test_is_no_page_of_the_form(self, desk: Client, audit: Audit) -> None:
        type_(desk, audit, "s1", {"rationale": "Seen."})
        before = co_auditing.fingerprint(audit)
        type_(desk, audit, "new_action", ACTION)
        assert list(answering.contents_of(audit)) == ["s1"]
        assert co_auditing.fingerprint(audit) == before
        for name in ("page", "versions"):
            assert desk.get(reverse(f"audits:{name}", args=[audit.reference, "new_action"])).status_code == 404
        assert desk.get(reverse("audits:tasks", args=[audit.reference])).context["go_on"].code == "s1"

    def test_takes_no_agreement_back_until_it_is_added(self, desk: Client, audit: Audit) -> None:
        Audit.objects.filter(pk=audit.pk).update(supervisor_agreed_at=NOW)
        type_(desk, audit, "new_action", ACTION)
        type_(desk, audit, "new_action", {**ACTION, "how": "Ring."}, base=1)
        audit.refresh_from_db()
        assert audit.supervisor_agreed_at == NOW

    @pytest.mark.parametrize("page", ["new_action", "new_learning"])
    def test_has_the_words_of_its_form_where_two_texts_clash(self, audit: Audit, page: str) -> None:
        words = QuestionWords(page, audit=audit, form=form_of(audit.template_version_id))
        for name in pages.UNLISTED[page]:
            assert words.label((name,)) == str(pages.UNLISTED[page][name].label)


class TestOwners:
    def test_may_be_anybody_who_works_here_those_around_the_child_first(
        self, desk: Client, audit: Audit, psw: User
    ) -> None:
        url = reverse("audits:smart_actions", args=[audit.reference])
        form = desk.get(url).context["form"]
        _, (near, around), (rest, others) = form["owner"].field.widget.choices
        assert (near, rest) == ("Around this child", "Everybody else")
        assert "Wren Worker" in dict(around).values()
        assert f"Petra Programme, {psw.job_title}" in dict(others).values()
        assert not {pk for pk, _ in around} & {pk for pk, _ in others}
        due = {"due_on_day": "27", "due_on_month": "11", "due_on_year": "2026"}
        desk.post(url, {**ACTION, **due, "owner": psw.pk, "keep": "yes"})
        assert SmartAction.objects.get().owner == psw

    def test_are_asked_for_in_words(self, desk: Client, audit: Audit) -> None:
        page = desk.post(reverse("audits:smart_actions", args=[audit.reference]), {"how": "x"}).content.decode()
        assert "Choose who will do it" in page
        assert "Answer:" not in page
