"""The pages of an audit, as auditor, team and PSW use them."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from audits import smart_actions
from audits.models import Audit, PageAnswers, Status
from people.models import User
from tests.cast import answered, date_parts, fill_in, submitted
from tests.conftest import NOW, TODAY
from tests.factories import AuditFactory, CaseFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]


@pytest.fixture
def as_auditor(client: Client, auditor: User) -> Client:
    client.force_login(auditor)
    return client


def autosave(client: Client, audit: Audit, page: str, content: dict[str, Any], base: int = 0) -> Any:
    body = json.dumps({"content": content, "base_revision": base})
    url = reverse("audits:save_page", args=[audit.reference, page])
    return client.post(url, body, content_type="application/json")


class TestAutosave:
    def test_answers_with_revision_and_london_time(self, as_auditor: Client, audit: Audit) -> None:
        answer = autosave(as_auditor, audit, "s1", {"rationale": "Clear."})
        assert (answer.status_code, answer.json()) == (200, {"revision": 1, "saved_at": "10:00"})

    def test_gives_the_stored_text_on_a_conflict(self, as_auditor: Client, audit: Audit) -> None:
        autosave(as_auditor, audit, "s1", {"rationale": "first"})
        answer = autosave(as_auditor, audit, "s1", {"rationale": "second"}, base=0)
        assert answer.status_code == 409
        assert answer.json()["clashes"][0]["theirs"] == "first"
        assert answer.json()["revision"] == 1

    def test_never_answers_with_a_sign_in_page(self, client: Client, audit: Audit) -> None:
        answer = autosave(client, audit, "s1", {})
        assert answer.status_code == 401
        assert "signed out" in answer.json()["message"]

    def test_refuses_what_it_cannot_read(self, as_auditor: Client, audit: Audit) -> None:
        url = reverse("audits:save_page", args=[audit.reference, "s1"])
        deep = '{"content": ' + "[" * 100_000 + "]" * 100_000 + "}"
        endless = '{"base_revision": 1e999, "content": {}}'
        for body in ("", "[]", '{"content"', '{"base_revision": "x", "content": {}}', '"text"', endless, deep):
            answer = as_auditor.post(url, body, content_type="application/json")
            assert (answer.status_code, answer.json()["message"]) == (400, "Not saved: the page could not be read.")

    @pytest.mark.parametrize("length", [3_100_000, 6_000_000])
    def test_refuses_more_than_a_page_can_hold(self, as_auditor: Client, audit: Audit, length: int) -> None:
        answer = autosave(as_auditor, audit, "s1", {"rationale": "x" * length})
        assert answer.status_code == 413
        assert "too long" in answer.json()["message"]

    def test_takes_what_a_browser_would_never_send(self, as_auditor: Client, audit: Audit) -> None:
        strange = {"answers": {"S1-01": []}, "grade": {}, "rationale": "a\x00b\ud800"}
        assert autosave(as_auditor, audit, "s1", strange).status_code == 200
        assert autosave(as_auditor, audit, "s1", {"rationale": "b"}, base=10**30).status_code == 409

    def test_writes_only_for_the_person_who_opened_the_page(self, as_auditor: Client, audit: Audit) -> None:
        url = reverse("audits:save_page", args=[audit.reference, "s1"])
        sent = {"content": {"rationale": "Whose?"}, "base_revision": 0}
        for writer, status in ((str(audit.auditor_id + 1), 409), ("", 409), (str(audit.auditor_id), 200)):
            answer = as_auditor.post(url, sent, content_type="application/json", headers={"X-Writer": writer})
            assert answer.status_code == status
            assert answer.json().get("other_user", False) == (status == 409)

    def test_knows_only_the_pages_of_the_form(self, as_auditor: Client, audit: Audit) -> None:
        assert autosave(as_auditor, audit, "s99", {}).status_code == 404

    def test_ends_with_the_submission(self, as_auditor: Client, audit: Audit) -> None:
        submitted(audit, at=NOW, today=TODAY)
        answer = autosave(as_auditor, audit, "s1", {"rationale": "later"}, base=1)
        assert (answer.status_code, answer.json()["closed"]) == (403, True)
        assert "Copy what you typed" in answer.json()["message"]

    def test_takes_four_queries_and_one_commit(
        self, as_auditor: Client, audit: Audit, django_assert_max_num_queries: Any
    ) -> None:
        autosave(as_auditor, audit, "s1", {"rationale": "one"})
        with django_assert_max_num_queries(4 + 2):  # the test's own savepoint and its release
            autosave(as_auditor, audit, "s1", {"rationale": "two"}, base=1)


class TestPageWithoutScript:
    def test_saves_and_goes_on_to_the_next(self, as_auditor: Client, audit: Audit) -> None:
        url = reverse("audits:page", args=[audit.reference, "s1"])
        answer = as_auditor.post(url, {"answers__S1-01": "yes", "rationale": "So far.", "base_revision": "0"})
        assert answer["Location"] == reverse("audits:page", args=[audit.reference, "s2"])
        stored = PageAnswers.objects.get(audit=audit, page="s1").content
        assert (stored["answers"], stored["rationale"]) == ({"S1-01": "yes"}, "So far.")

    def test_keeps_an_impossible_date_and_says_so_beside_it(self, as_auditor: Client, audit: Audit) -> None:
        url = reverse("audits:page", args=[audit.reference, "meeting"])
        data = {"met": "yes", "met_on_day": "31", "met_on_month": "2", "met_on_year": "2026", "base_revision": "0"}
        page = as_auditor.post(url, data).content.decode()
        assert "There is a problem" in page
        assert 'value="31"' in page
        assert PageAnswers.objects.get(audit=audit, page="meeting").content["met_on_day"] == "31"

    def test_keeps_people_in_rows(self, as_auditor: Client, audit: Audit) -> None:
        url = reverse("audits:page", args=[audit.reference, "overview"])
        rows = {"household__0__name": "Mo Sample", "household__0__relationship": "Father", "household__1__name": ""}
        answer = as_auditor.post(url, {**rows, "go": "add_row", "base_revision": "0"})
        stored = PageAnswers.objects.get(audit=audit, page="overview").content
        assert [(row["name"], row["relationship"]) for row in stored["household"]] == [("Mo Sample", "Father")]
        assert 'value="Mo Sample"' in as_auditor.get(answer["Location"]).content.decode()

    def test_shows_both_texts_when_it_was_changed_elsewhere(self, as_auditor: Client, audit: Audit) -> None:
        autosave(as_auditor, audit, "s1", {"rationale": "from the other tab"})
        url = reverse("audits:page", args=[audit.reference, "s1"])
        answer = as_auditor.post(url, {"rationale": "from this tab", "base_revision": "0"})
        page = answer.content.decode()
        assert answer.status_code == 409
        assert "from the other tab" in page
        assert "from this tab" in page

    def test_is_prefilled_from_the_case(self, as_auditor: Client, audit: Audit) -> None:
        page = as_auditor.get(reverse("audits:page", args=[audit.reference, "overview"])).content.decode()
        assert audit.case.child_name in page

    def test_escapes_what_was_typed(self, as_auditor: Client, audit: Audit) -> None:
        autosave(as_auditor, audit, "s1", {"rationale": "</textarea><script>alert(1)</script>"})
        page = as_auditor.get(reverse("audits:page", args=[audit.reference, "s1"])).content.decode()
        assert "<script>alert(1)" not in page


class TestSectionPage:
    def test_takes_four_queries(self, as_auditor: Client, audit: Audit, django_assert_max_num_queries: Any) -> None:
        url = reverse("audits:page", args=[audit.reference, "s1"])
        as_auditor.get(url)
        with django_assert_max_num_queries(4):
            as_auditor.get(url)

    def test_shows_guidance_for_looked_after_children_only_to_them(self, as_auditor: Client, audit: Audit) -> None:
        url = reverse("audits:page", args=[audit.reference, "s9"])
        before = as_auditor.get(url).content.decode()
        Audit.objects.filter(pk=audit.pk).update(plan="child_in_care")
        after = as_auditor.get(url).content.decode()
        assert len(after) > len(before)


class TestOverallPage:
    def test_suggests_a_grade_and_says_why(self, as_auditor: Client, audit: Audit) -> None:
        fill_in(audit, grade="good", at=NOW, today=TODAY)
        page = as_auditor.get(reverse("audits:page", args=[audit.reference, "overall"])).content.decode()
        assert "Suggested grade" in page
        assert "All nine sections are Good" in page

    def test_refuses_good_where_outcomes_are_not_met_beside_the_grade(self, as_auditor: Client, audit: Audit) -> None:
        url = reverse("audits:page", args=[audit.reference, "overall"])
        page = as_auditor.post(url, {"outcomes": "not_met", "grade": "good", "base_revision": "0"}).content.decode()
        assert "An audit cannot be Good when" in page
        assert PageAnswers.objects.get(audit=audit, page="overall").content["grade"] == "good", "nothing is lost"


class TestActions:
    def add(self, client: Client, audit: Audit, year: str = "2026", **changes: str) -> Any:
        data = {
            "outcome": "The child is seen.",
            "how": "Book visits every two weeks.",
            "owner": str(audit.worker_id),
            "due_on_day": "21",
            "due_on_month": "12",
            "due_on_year": year,
            "agreed_with_worker": "True",
        }
        return client.post(reverse("audits:smart_actions", args=[audit.reference]), {**data, **changes})

    def test_are_added_with_a_calendar_date(self, as_auditor: Client, audit: Audit) -> None:
        assert self.add(as_auditor, audit).status_code == 302
        assert str(audit.smart_actions.get().due_on) == "2026-12-21"

    def test_refuse_a_deadline_in_the_past_and_keep_what_was_typed(self, as_auditor: Client, audit: Audit) -> None:
        page = self.add(as_auditor, audit, year="2025").content.decode()
        assert "The deadline must be today or later" in page
        assert "The child is seen." in page
        assert not audit.smart_actions.exists()

    def test_refuse_words_for_a_date(self, as_auditor: Client, audit: Audit) -> None:
        page = self.add(as_auditor, audit, due_on_day="within five working days").content.decode()
        assert "There is a problem" in page

    def test_refuse_an_owner_who_has_left(self, as_auditor: Client, audit: Audit, psw: User) -> None:
        User.objects.filter(pk=psw.pk).update(leave_date=date(2026, 10, 31))
        assert self.add(as_auditor, audit, owner=str(psw.pk)).status_code == 200
        assert not audit.smart_actions.exists()

    def test_that_are_not_smart_are_asked_about_once_and_kept_if_wanted(self, as_auditor: Client, audit: Audit) -> None:
        page = self.add(as_auditor, audit, how="Improve practice.").content.decode()
        assert "Not added yet: 2 things to look at" in page
        assert '<a class="govuk-link" href="#id_how">Measurable: “Improve” can mean anything.' in page
        assert page.index("Not added yet: 2") < page.index("Keep it as it is") < page.index("<h1")
        assert "“Improve” can mean anything" in page
        assert "Improve practice." in page
        assert not audit.smart_actions.exists()
        assert self.add(as_auditor, audit, how="Improve practice.", keep="yes").status_code == 302
        assert audit.smart_actions.get().how == "Improve practice."

    @pytest.mark.parametrize("field", ["how", "outcome"])
    def test_with_a_vague_deadline_are_refused_even_if_it_is_to_be_kept(
        self, as_auditor: Client, audit: Audit, field: str
    ) -> None:
        sent = {field: "Visit the child within five working days."}
        page = self.add(as_auditor, audit, keep="yes", **sent).content.decode()
        assert "Take “within five working days” out: the deadline is the date below, 21 December 2026" in page
        page = self.add(as_auditor, audit, keep="yes", due_on_day="", due_on_month="", year="", **sent).content.decode()
        assert "“within five working days” would be 17 November 2026" in page
        assert not audit.smart_actions.exists()

    def test_not_agreed_with_the_worker_need_a_reason(self, as_auditor: Client, audit: Audit) -> None:
        page = self.add(as_auditor, audit, agreed_with_worker="False").content.decode()
        assert "Say why it is not agreed with the worker" in page
        self.add(as_auditor, audit, agreed_with_worker="False", why_not_agreed="Away until 3 January.")
        action = audit.smart_actions.get()
        assert (action.agreed_with_worker, action.why_not_agreed) == (False, "Away until 3 January.")

    def test_say_whether_they_are_agreed(self, as_auditor: Client, audit: Audit) -> None:
        page = self.add(as_auditor, audit, agreed_with_worker="").content.decode()
        assert "Say whether the worker has agreed" in page

    def test_are_looked_at_while_they_are_typed_and_nothing_is_stored(self, as_auditor: Client, audit: Audit) -> None:
        url = reverse("audits:check_action", args=[audit.reference])
        answer = as_auditor.post(url, {"how": "Improve practice asap", "outcome": ""}).json()
        assert [each["letter"] for each in answer["letters"] if each["prompt"]] == list("SMART")
        assert "Take “asap” out and put the deadline below" in answer["refused"][0]
        assert as_auditor.post(url).json()["refused"] == []
        audit.refresh_from_db()
        assert (audit.smart_actions.exists(), audit.status) == (False, "allocated")

    def test_are_refused_in_the_same_way_without_the_page(self, audit: Audit) -> None:
        values = {"outcome": "The child is seen.", "due_on": TODAY, "agreed_with_worker": True, "immediate": False}
        common: dict[str, Any] = {**values, "owner": audit.worker, "by": audit.auditor, "at": NOW, "today": TODAY}
        with pytest.raises(smart_actions.ActionError) as refused:
            smart_actions.add(audit, **{**common, "how": "Visit asap."})
        assert refused.value.field == "how"
        with pytest.raises(smart_actions.ActionError) as refused:
            smart_actions.add(audit, **{**common, "how": "Visit.", "agreed_with_worker": False})
        assert refused.value.field == "why_not_agreed"

    def test_can_be_changed_and_removed(self, as_auditor: Client, audit: Audit) -> None:
        self.add(as_auditor, audit)
        as_auditor.post(reverse("audits:remove_action", args=[audit.reference, 1]))
        assert not audit.smart_actions.exists()


class TestCheckPage:
    def test_links_to_what_is_missing(self, as_auditor: Client, audit: Audit) -> None:
        page = as_auditor.get(reverse("audits:check", args=[audit.reference])).content.decode()
        assert "Still to do before you can submit" in page
        assert reverse("audits:page", args=[audit.reference, "s3"]) in page

    def test_submits_and_tells_what_happened(self, as_auditor: Client, audit: Audit) -> None:
        fill_in(audit, at=NOW, today=TODAY)
        page = as_auditor.post(reverse("audits:check", args=[audit.reference]), follow=True).content.decode()
        audit.refresh_from_db()
        assert audit.status == Status.WITH_TEAM
        assert "is submitted" in page

    def test_says_who_will_be_told_before_an_urgent_submission(
        self, as_auditor: Client, audit: Audit, worker: User, team_manager: User, head_of_service: User
    ) -> None:
        fill_in(audit, grade="inadequate", outcomes="not_met", at=NOW, today=TODAY)
        page = as_auditor.get(reverse("audits:check", args=[audit.reference])).content.decode()
        assert "told to act today" in page
        assert all(person.name in page for person in (worker, team_manager, head_of_service))


class TestDetail:
    def test_keeps_a_draft_from_everybody_but_the_auditor(
        self, client: Client, audit: Audit, worker: User, psw: User
    ) -> None:
        fill_in(audit, at=NOW, today=TODAY)
        for person in (worker, psw):
            client.force_login(person)
            page = client.get(reverse("audits:detail", args=[audit.reference])).content.decode()
            assert "Not submitted yet" in page
            assert "The file shows it in section" not in page

    def test_shows_the_psw_that_urgent_mail_went(self, client: Client, audit: Audit, psw: User, worker: User) -> None:
        submitted(audit, grade="inadequate", outcomes="not_met", at=NOW, today=TODAY)
        client.force_login(psw)
        page = client.get(reverse("audits:detail", args=[audit.reference])).content.decode()
        assert "Email about it" in page
        assert worker.name in page
        assert "Waiting to be sent" in page

    def test_costs_the_same_for_few_and_many_actions(
        self, client: Client, audit: Audit, worker: User, psw: User, django_assert_num_queries: Any
    ) -> None:
        from tests.cast import add_action

        for _ in range(8):
            add_action(audit, at=NOW, today=TODAY)
        submitted(audit, grade="requires-improvement", at=NOW, today=TODAY)
        url = reverse("audits:detail", args=[audit.reference])
        for person, queries in ((worker, 8), (psw, 9)):  # the second reads the mail about it
            client.force_login(person)
            client.get(url)
            with django_assert_num_queries(queries):
                client.get(url)


class TestPartB:
    def test_is_signed_by_manager_and_worker(
        self, client: Client, audit: Audit, worker: User, team_manager: User
    ) -> None:
        submitted(audit, grade="requires-improvement", at=NOW, today=TODAY)
        url = reverse("audits:part_b", args=[audit.reference])
        client.force_login(team_manager)
        data = {**date_parts("supervision_on", TODAY), "comment": "Fair.", "response_1": "We will."}
        assert client.post(url, data).status_code == 302
        client.force_login(worker)
        assert client.post(url, {"comment": "I agree."}).status_code == 302
        audit.refresh_from_db()
        assert audit.status == Status.ACTIONS
        assert audit.smart_actions.get().response == "We will."

    def test_refuses_a_supervision_in_the_future(self, client: Client, audit: Audit, team_manager: User) -> None:
        submitted(audit, at=NOW, today=TODAY)
        client.force_login(team_manager)
        data = {
            "supervision_on_day": "1",
            "supervision_on_month": "1",
            "supervision_on_year": "2027",
            "comment": "Fair.",
        }
        page = client.post(reverse("audits:part_b", args=[audit.reference]), data).content.decode()
        assert "must be today or in the past" in page
        assert "Fair." in page


class TestActionPage:
    def test_records_evidence(self, client: Client, audit: Audit, worker: User) -> None:
        done = answered(submitted(audit, grade="requires-improvement", at=NOW, today=TODAY), at=NOW, today=TODAY)
        action = done.smart_actions.get()
        client.force_login(worker)
        url = reverse("audits:action", args=[action.pk])
        assert "Say a little more" in client.post(url, {"evidence": "done"}).content.decode()
        client.post(url, {"evidence": "Visited on Monday, see notes."})
        done.refresh_from_db()
        assert done.status == Status.CLOSED


class TestList:
    def test_keeps_filters_while_paging(self, client: Client, audit: Audit, psw: User) -> None:
        for _ in range(60):
            AuditFactory(
                case=CaseFactory(team=audit.team, worker=audit.worker),
                template_version=audit.template_version,
                auditor=audit.auditor,
                team_manager=audit.team_manager,
            )
        client.force_login(psw)
        page = client.get(reverse("audits:list"), {"status": "unfinished", "team": audit.team_id}).content.decode()
        assert "61 audits" in page
        assert f"status=unfinished&amp;team={audit.team_id}&amp;page=2" in page

    @pytest.mark.parametrize("query", [{"month": "soon"}, {"status": "odd"}, {"team": "x"}, {"page": "999"}])
    def test_ignores_filters_that_mean_nothing(self, client: Client, psw: User, query: dict[str, str]) -> None:
        client.force_login(psw)
        assert client.get(reverse("audits:list"), query).status_code == 200

    def test_costs_the_same_for_few_and_many(
        self, client: Client, audit: Audit, psw: User, django_assert_max_num_queries: Any
    ) -> None:
        client.force_login(psw)
        client.get(reverse("audits:list"))
        with django_assert_max_num_queries(5):
            client.get(reverse("audits:list"))
