"""What the organisation should learn from an audit (A14): written, changed and removed while it is written."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from audits import learning_points
from audits.learning_points import LearningError
from audits.models import Audit, LearningPoint, Status
from people.models import User
from tests.cast import date_parts, submitted
from tests.conftest import NOW, TODAY

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]
DUE = date(2027, 1, 29)
WORDS = {"what": "Both parents are named in the form.", "how": "Change the form.", "who": "Workforce development"}


def added(audit: Audit, **changes: Any) -> LearningPoint:
    values = {**WORDS, "due_on": DUE, **changes}
    return learning_points.add(audit, **values, by=audit.auditor, at=NOW, today=TODAY)


class TestLearningPoints:
    def test_are_numbered_and_begin_the_audit(self, audit: Audit) -> None:
        assert [added(audit).number, added(audit, what="Another.").number] == [1, 2]
        audit.refresh_from_db()
        assert audit.status == Status.IN_PROGRESS

    def test_keep_their_numbers_when_one_goes(self, audit: Audit) -> None:
        first, second = added(audit), added(audit)
        learning_points.remove(first, by=audit.auditor)
        assert list(audit.learning_points.values_list("number", flat=True)) == [second.number]
        assert added(audit).number == 3

    def test_keep_every_state_as_history(self, audit: Audit) -> None:
        point = added(audit)
        learning_points.change(point, **{**WORDS, "how": "Train people."}, due_on=DUE, by=audit.auditor, today=TODAY)
        states = LearningPoint.pgh_event_model.objects.filter(pgh_obj_id=point.pk)  # type: ignore[attr-defined]
        assert list(states.order_by("pgh_id").values_list("how", flat=True)) == [WORDS["how"], "Train people."]

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"what": " "}, "what"),
            ({"how": ""}, "how"),
            ({"who": ""}, "who"),
            ({"due_on": date(2026, 11, 9)}, "due_on"),
        ],
    )
    def test_say_what_how_who_and_when(self, audit: Audit, changes: dict[str, Any], field: str) -> None:
        with pytest.raises(LearningError) as refused:
            added(audit, **changes)
        assert refused.value.field == field
        assert not audit.learning_points.exists()

    def test_are_changed_only_while_the_audit_is_written(self, audit: Audit) -> None:
        point = added(audit)
        values = {**WORDS, "what": "Changed.", "due_on": DUE}
        learning_points.change(point, **values, by=audit.auditor, today=TODAY)
        submitted(audit, at=NOW, today=TODAY)
        with pytest.raises(LearningError, match="submitted"):
            learning_points.change(point, **{**values, "what": "Too late."}, by=audit.auditor, today=TODAY)
        with pytest.raises(LearningError, match="submitted"):
            learning_points.remove(point, by=audit.auditor)
        with pytest.raises(LearningError, match="submitted"):
            added(audit)
        assert audit.learning_points.get().what == "Changed."

    def test_are_nobody_elses_to_write(self, audit: Audit, team_manager: User) -> None:
        with pytest.raises(LearningError):
            learning_points.add(audit, **WORDS, due_on=DUE, by=team_manager, at=NOW, today=TODAY)

    def test_removed_elsewhere_are_not_brought_back_by_a_change(self, audit: Audit) -> None:
        point = added(audit)
        learning_points.remove(LearningPoint.objects.get(pk=point.pk), by=audit.auditor)
        with pytest.raises(LearningError, match="another window"):
            learning_points.change(point, **WORDS, due_on=DUE, by=audit.auditor, today=TODAY)


class TestPages:
    @pytest.fixture
    def page(self, client: Client, auditor: User) -> Client:
        client.force_login(auditor)
        return client

    def test_add_change_and_remove(self, page: Client, audit: Audit) -> None:
        url = reverse("audits:learning", args=[audit.reference])
        page.post(url, {**WORDS, **date_parts("due_on", DUE)})
        assert audit.learning_points.get().who == "Workforce development"
        one = [audit.reference, 1]
        assert WORDS["what"] in page.get(url).content.decode()
        page.post(
            reverse("audits:change_learning", args=one), {**WORDS, "who": "All teams", **date_parts("due_on", DUE)}
        )
        assert audit.learning_points.get().who == "All teams"
        page.post(reverse("audits:remove_learning", args=one))
        assert not audit.learning_points.exists()

    def test_keep_what_was_typed_beside_an_error(self, page: Client, audit: Audit) -> None:
        answer = page.post(reverse("audits:learning", args=[audit.reference]), WORDS)
        text = answer.content.decode()
        assert "Enter the date by which it should be done" in text
        assert WORDS["what"] in text
        assert not audit.learning_points.exists()

    def test_say_in_sentences_what_is_missing(self, page: Client, audit: Audit) -> None:
        text = page.post(reverse("audits:learning", args=[audit.reference]), {"what": ""}).content.decode()
        said = (
            "Say what the organisation should learn or change",
            "Say how it can be done",
            "Say who should take it up",
        )
        assert all(text.count(each) == 2 for each in said)  # at the top and beside the input
        assert "Answer:" not in text

    def test_refuse_what_another_person_had_typed_in_this_browser(
        self, page: Client, audit: Audit, worker: User
    ) -> None:
        sent = {**WORDS, **date_parts("due_on", DUE), "writer": worker.pk}
        assert page.post(reverse("audits:learning", args=[audit.reference]), sent).status_code == 403
        assert not audit.learning_points.exists()


class TestOnTheAuditsPage:
    def test_are_read_by_those_who_may_read_it_with_no_query_more(
        self, client: Client, audit: Audit, team_manager: User, django_assert_num_queries: Any
    ) -> None:
        added(audit)
        with django_assert_num_queries(1):
            read = learning_points.points_of(learning_points.with_points(Audit.objects.filter(pk=audit.pk)).get())
        assert [(point.number, point.what, point.due_on) for point in read] == [(1, WORDS["what"], DUE)]
        client.force_login(team_manager)
        url = reverse("audits:detail", args=[audit.reference])
        assert WORDS["what"] not in client.get(url).content.decode()
        submitted(audit, at=NOW, today=TODAY)
        assert WORDS["what"] in client.get(url).content.decode()


class TestTwoAtOnce:
    """A supervisor writes too: the second to save sees what the first has saved, and decides (R4)."""

    def test_the_second_sees_both_and_saves_with_the_next_press(self, client: Client, audit: Audit) -> None:
        point = added(audit)
        url = reverse("audits:change_learning", args=[audit.reference, point.number])
        client.force_login(audit.auditor)
        shown = client.get(url).context["shown"]
        typed = {**WORDS, **date_parts("due_on", DUE), "how": "Hold a workshop."}
        learning_points.change(point, **{**WORDS, "how": "Write a letter."}, due_on=DUE, by=audit.auditor, today=TODAY)
        first = client.post(url, {**typed, "shown": shown})
        text = first.content.decode()
        assert first.status_code == 200
        assert "Write a letter." in text
        assert "Hold a workshop." in text
        assert audit.learning_points.get().how == "Write a letter."
        assert client.post(url, {**typed, "shown": first.context["shown"]}).status_code == 302
        assert audit.learning_points.get().how == "Hold a workshop."

    def test_the_same_words_twice_are_no_clash(self, client: Client, audit: Audit) -> None:
        point = added(audit)
        url = reverse("audits:change_learning", args=[audit.reference, point.number])
        client.force_login(audit.auditor)
        shown = client.get(url).context["shown"]
        typed = {**WORDS, **date_parts("due_on", DUE), "how": "Hold a workshop.", "shown": shown}
        assert [client.post(url, typed).status_code for _ in range(2)] == [302, 302]
