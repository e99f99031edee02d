"""An action or a learning point that is typed and not added yet: kept, shown again, emptied when added."""

from __future__ import annotations

import importlib
import json
from typing import Any

import pytest
from django.apps import apps
from django.test import Client
from django.urls import reverse

from audits import answering, co_auditing, pages, typed_ahead
from audits.models import Audit, LearningPoint, PageAnswers, SmartAction, StaleDraft
from audits.question_words import QuestionWords
from audits.structure import form_of
from people.models import User
from tests.conftest import NOW
from tests.factories import UserFactory

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
        assert "not_asked" not in PageAnswers.objects.get(page=f"new_action-{audit.auditor_id}").content

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
        assert typed_ahead.typed(audit, "new_action", by=audit.auditor) == typed_ahead.Typed({}, 2, [])
        assert ACTION["outcome"] not in desk.get(url).content.decode().split("Add an action")[1]
        page = f"new_action-{audit.auditor_id}"
        history = PageAnswers.pgh_event_model.objects.filter(audit=audit, page=page).order_by("pgh_id")  # type: ignore[attr-defined]
        assert [state.content.get("outcome") for state in history] == [ACTION["outcome"], None]

    def test_is_emptied_when_the_learning_point_is_added(self, desk: Client, audit: Audit) -> None:
        type_(desk, audit, "new_learning", POINT)
        url = reverse("audits:learning", args=[audit.reference])
        desk.post(url, {**POINT, "due_on_month": "3", "due_on_year": "2027"})
        assert LearningPoint.objects.count() == 1
        assert typed_ahead.typed(audit, "new_learning", by=audit.auditor) == typed_ahead.Typed({}, 2, [])

    def test_is_no_page_of_the_form(self, desk: Client, audit: Audit) -> None:
        type_(desk, audit, "s1", {"rationale": "Seen."})
        before = co_auditing.fingerprint(audit)
        type_(desk, audit, "new_action", ACTION)
        assert list(answering.contents_of(audit)) == ["s1"]
        assert co_auditing.fingerprint(audit) == before
        for name in ("page", "versions"):
            for code in ("new_action", f"new_action-{audit.auditor_id}"):
                assert desk.get(reverse(f"audits:{name}", args=[audit.reference, code])).status_code == 404
        assert desk.get(reverse("audits:tasks", args=[audit.reference])).context["go_on"].code == "s1"

    def test_takes_no_agreement_back_until_it_is_added(self, desk: Client, audit: Audit) -> None:
        Audit.objects.filter(pk=audit.pk).update(supervisor_agreed_at=NOW)
        type_(desk, audit, "new_action", ACTION)
        type_(desk, audit, "new_action", {**ACTION, "how": "Ring."}, base=1)
        audit.refresh_from_db()
        assert audit.supervisor_agreed_at == NOW

    @pytest.mark.parametrize("page", ["new_action-7", "new_learning"])
    def test_has_the_words_of_its_form_where_two_texts_clash(self, audit: Audit, page: str) -> None:
        words = QuestionWords(page, audit=audit, form=form_of(audit.template_version_id))
        fields = pages.unlisted_fields(page)
        assert fields
        for name in fields:
            assert words.label((name,)) == str(fields[name].label)


@pytest.fixture
def supervised(audit: Audit) -> Audit:
    """The audit, with a supervisor who writes it, too."""
    audit.supervisor = UserFactory.create(name="Sunny Supervisor", job_role=audit.auditor.job_role)
    audit.save(update_fields=["supervisor"])
    return audit


class TestSomebodyElse:
    """A learner and the supervisor write the same audit."""

    def test_neither_sees_nor_adds_what_is_not_added_yet(self, desk: Client, supervised: Audit) -> None:
        type_(desk, supervised, "new_action", {"how": "Half an action of the learner."})
        theirs = Client()
        assert supervised.supervisor is not None
        theirs.force_login(supervised.supervisor)
        url = reverse("audits:smart_actions", args=[supervised.reference])
        assert "Half an action" not in theirs.get(url).content.decode()
        assert type_(theirs, supervised, "new_action", {"how": "My own action."}) == 1  # no clash
        due = {"due_on_day": "27", "due_on_month": "11", "due_on_year": "2026"}
        added = theirs.post(url, {**ACTION, **due, "owner": supervised.worker_id, "keep": "yes", "base_revision": "1"})
        assert added.status_code == 302
        assert "Half an action of the learner." in desk.get(url).content.decode()

    def test_has_no_way_to_it_by_its_address(self, desk: Client, supervised: Audit) -> None:
        assert supervised.supervisor is not None
        url = reverse("audits:save_page", args=[supervised.reference, f"new_action-{supervised.supervisor.pk}"])
        sent = json.dumps({"content": {"how": "Not mine."}, "base_revision": 0})
        assert desk.post(url, sent, content_type="application/json").status_code == 404


class TestSecondWindow:
    """Of the same person."""

    @pytest.fixture
    def left(self, desk: Client, audit: Audit) -> str:
        """Two windows said different things, and the second was closed without a choice. The page's address."""
        type_(desk, audit, "new_action", {"how": "Typed in the first window."})
        url = reverse("audits:save_page", args=[audit.reference, "new_action"])
        sent = json.dumps({"content": {"how": "Typed in the second window."}, "base_revision": 0})
        assert desk.post(url, sent, content_type="application/json").status_code == 409
        return reverse("audits:smart_actions", args=[audit.reference])

    def test_closed_without_a_choice_is_offered_again(self, desk: Client, left: str) -> None:
        page = desk.get(left).content.decode()
        assert "You left this page before you had chosen" in page
        assert "Typed in the first window." in page
        assert "Typed in the second window.</textarea>" in page
        assert 'id="clashes"' in page

    def test_is_settled_by_adding_without_the_script(self, desk: Client, audit: Audit, left: str) -> None:
        due = {"due_on_day": "27", "due_on_month": "11", "due_on_year": "2026"}
        posted = {**ACTION, **due, "owner": audit.worker_id, "keep": "yes", "base_revision": "1", "undecided": "how"}
        assert desk.post(left, posted).status_code == 302
        assert 'id="clashes"' not in desk.get(left).content.decode()

    def test_is_offered_after_the_first_was_added(self, desk: Client, audit: Audit, left: str) -> None:
        due = {"due_on_day": "27", "due_on_month": "11", "due_on_year": "2026"}
        desk.post(left, {**ACTION, **due, "owner": audit.worker_id, "keep": "yes", "base_revision": "1"})
        assert "Typed in the second window." in desk.get(left).content.decode()

    def test_is_asked_about_on_no_list(self, desk: Client, audit: Audit, left: str) -> None:
        assert desk.get(reverse("audits:tasks", args=[audit.reference])).context["late"] == []


class TestSecondPress:
    @pytest.fixture
    def posted(self, audit: Audit) -> dict[str, Any]:
        due = {"due_on_day": "27", "due_on_month": "11", "due_on_year": "2026"}
        return {**ACTION, **due, "owner": audit.worker_id, "keep": "yes"}

    @pytest.mark.parametrize("saved", [True, False], ids=["saved as typed", "without the script"])
    def test_adds_no_action_twice_and_keeps_the_text(
        self, desk: Client, audit: Audit, posted: dict[str, Any], saved: bool
    ) -> None:
        revision = type_(desk, audit, "new_action", ACTION) if saved else 0
        url = reverse("audits:smart_actions", args=[audit.reference])
        assert desk.post(url, {**posted, "base_revision": revision}).status_code == 302
        again = desk.post(url, {**posted, "base_revision": revision})
        assert SmartAction.objects.count() == 1
        page = again.content.decode()
        assert "Not added again" in page
        assert ACTION["how"] in page.split("Add an action")[1]
        assert "data-unsent" in page
        assert f'data-revision="{revision + 1}"' in page

    def test_adds_one_more_once_that_is_meant(self, desk: Client, audit: Audit, posted: dict[str, Any]) -> None:
        url = reverse("audits:smart_actions", args=[audit.reference])
        for revision in (0, 0, 1):  # each time what the page shows
            answer = desk.post(url, {**posted, "base_revision": revision})
        assert answer.status_code == 302
        assert SmartAction.objects.count() == 2

    def test_adds_nothing_that_was_typed_on_in_another_window(
        self, desk: Client, audit: Audit, posted: dict[str, Any]
    ) -> None:
        type_(desk, audit, "new_action", ACTION)
        type_(desk, audit, "new_action", {**ACTION, "how": "More in the other window."}, base=1)
        url = reverse("audits:smart_actions", args=[audit.reference])
        page = desk.post(url, {**posted, "base_revision": 1}).content.decode()
        assert "Not added yet: you typed here in another window" in page
        assert 'data-revision="1"' in page  # both are brought together by the next save
        assert 'name="base_revision" value="2"' in page
        assert not SmartAction.objects.exists()

    def test_shows_what_the_other_window_said_before_it_is_emptied(
        self, desk: Client, audit: Audit, posted: dict[str, Any]
    ) -> None:
        type_(desk, audit, "new_action", ACTION)
        elsewhere = {"how": "More in the other window.", "owner": str(audit.worker_id), "due_on_day": "3"}
        type_(desk, audit, "new_action", {**ACTION, **elsewhere}, base=1)
        url = reverse("audits:smart_actions", args=[audit.reference])
        page = desk.post(url, {**posted, "base_revision": 1})  # without the script
        shown = {clash["name"]: (clash["mine"], clash["theirs"]) for clash in page.context["clashes"]}
        assert shown == {"how": (ACTION["how"], "More in the other window."), "due_on": ("27 11 2026", "3")}
        assert f"{ACTION['how']}</textarea>" in page.content.decode()
        assert "More in the other window." in page.content.decode()
        assert desk.post(url, {**posted, "base_revision": 2, "undecided": ["how", "due_on"]}).status_code == 302

    def test_offers_no_choice_against_boxes_that_were_emptied_elsewhere(
        self, desk: Client, audit: Audit, posted: dict[str, Any]
    ) -> None:
        type_(desk, audit, "new_action", ACTION)
        type_(desk, audit, "new_action", {"how": ""}, base=1)
        url = reverse("audits:smart_actions", args=[audit.reference])
        answer = desk.post(url, {**posted, "base_revision": 1})
        page = answer.content.decode()
        assert "you emptied these boxes in another window" in page
        assert "something was added" not in page
        assert answer.context["clashes"] == []
        assert 'data-revision="2"' in page  # nothing is there to be brought together with
        assert desk.post(url, {**posted, "base_revision": 2}).status_code == 302

    def test_is_refused_after_a_question_too(self, desk: Client, audit: Audit, posted: dict[str, Any]) -> None:
        url = reverse("audits:smart_actions", args=[audit.reference])
        asked = {**posted, "how": "Improve how they are seen", "base_revision": 0}
        desk.post(url, asked)
        assert SmartAction.objects.count() == 1
        question = desk.post(url, {**asked, "keep": ""}).content.decode()  # a window that still shows it
        assert "Keep it as it is" in question
        assert 'name="base_revision" value="0"' in question
        assert "Not added again" in desk.post(url, asked).content.decode()
        assert SmartAction.objects.count() == 1

    def test_adds_no_learning_point_twice(self, desk: Client, audit: Audit) -> None:
        url = reverse("audits:learning", args=[audit.reference])
        point = {**POINT, "due_on_month": "3", "due_on_year": "2027", "base_revision": 0}
        assert desk.post(url, point).status_code == 302
        assert "Not added again" in desk.post(url, point).content.decode()
        assert LearningPoint.objects.count() == 1


class TestRowsOfBefore:
    """When there was one unfinished action per audit."""

    def test_become_their_writers_own(self, desk: Client, audit: Audit, psw: User) -> None:
        PageAnswers.objects.create(
            audit=audit, page="new_action", content={"how": "Mine."}, saved_at=NOW, saved_by=audit.auditor
        )
        beside = {"audit": audit, "page": "new_action", "base_revision": 0, "met_revision": 1, "saved_at": NOW}
        StaleDraft.objects.create(**beside, content={"how": "Theirs."}, saved_by=psw, undecided=["how"])
        mine = {"content": {"how": "Mine, elsewhere."}, "saved_by": audit.auditor}
        StaleDraft.objects.create(**beside, **mine, undecided=["how"])
        importlib.import_module("audits.migrations.0014_typed_ahead_is_ones_own").give_to_its_writer(apps, None)
        assert typed_ahead.typed(audit, "new_action", by=psw).content == {"how": "Theirs."}
        kept = typed_ahead.typed(audit, "new_action", by=audit.auditor)
        assert [(clash.theirs, clash.mine) for clash in kept.clashes] == [("Mine.", "Mine, elsewhere.")]
        for name in ("tasks", "check"):  # where nothing of it is listed
            assert desk.get(reverse(f"audits:{name}", args=[audit.reference])).status_code == 200


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
