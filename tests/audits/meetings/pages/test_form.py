"""The form's pages about the meeting and the contact with child and family."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from audits import answering, drafts
from audits.models import Audit, Meeting, PageAnswers
from audits.structure import form_of
from tests.audits.meetings.offering import FIRST
from tests.audits.meetings.pages.visits import DAY
from tests.cast import date_parts, page_content
from tests.conftest import TODAY

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]


class TestMeetingPage:
    def url(self, audit: Audit) -> str:
        return reverse("audits:page", args=[audit.reference, "meeting"])

    def test_is_filled_in_from_the_meeting_once_it_is_over(self, client: Client, audit: Audit, agreed: Meeting) -> None:
        with time_machine.travel(FIRST + timedelta(hours=2), tick=False):
            client.force_login(audit.auditor)
            form = client.get(self.url(audit)).context["form"]
        assert form["met_on"].value() == ["19", "11", "2026"]
        assert form["met_how"].value() == "in_person"
        assert not PageAnswers.objects.exists()

    def test_sends_no_day_that_nobody_typed_where_they_did_not_meet(
        self, client: Client, audit: Audit, agreed: Meeting
    ) -> None:
        with time_machine.travel(FIRST + timedelta(hours=2), tick=False):
            client.force_login(audit.auditor)
            form = client.get(self.url(audit)).context["form"]
            hidden = {**date_parts("met_on", DAY), "met_how": form["met_how"].value(), "others": ""}
            typed = {"met": "no", "why_not": "They were called to court."}
            answer = client.post(self.url(audit), {**hidden, **typed, "base_revision": "0", "go": "next"})
            assert answer.status_code == 302
            url = reverse("audits:save_page", args=[audit.reference, "meeting"])
            again = {"base_revision": 1, "content": {**hidden, **typed, "worries": "Gaps."}}
            assert client.post(url, again, content_type="application/json").status_code == 200
        stored = {name: value for name, value in PageAnswers.objects.get().content.items() if value}
        assert stored == {**typed, "worries": "Gaps."}

    def test_brings_no_such_day_back_with_an_earlier_version(self, audit: Audit, agreed: Meeting) -> None:
        typed = {"met": "no", "why_not": "They were called to court."}
        to_save: dict[str, Any] = {"page": "meeting", "by": audit.auditor}
        early, late = FIRST - timedelta(hours=2), FIRST + timedelta(hours=2)
        answering.save_page(
            audit.reference, content={**typed, **date_parts("met_on", DAY)}, base_revision=0, at=early, **to_save
        )
        answering.save_page(audit.reference, content=typed, base_revision=1, at=late, **to_save)
        first = drafts.versions(audit, "meeting", one_by_one=True)[-1]
        drafts.bring_back(audit.reference, kind=first.kind, pk=first.pk, revision=2, at=late, **to_save)
        stored = {name: value for name, value in PageAnswers.objects.get().content.items() if value}
        assert stored == typed

    def test_keeps_another_day_that_was_typed(self, client: Client, audit: Audit, agreed: Meeting) -> None:
        with time_machine.travel(FIRST + timedelta(hours=2), tick=False):
            client.force_login(audit.auditor)
            typed = {"met": "no", **date_parts("met_on", date(2026, 11, 18)), "base_revision": "0", "go": "next"}
            answer = client.post(self.url(audit), typed)
        assert "You say you did not meet, but on 18 November 2026" in answer.content.decode()
        content = PageAnswers.objects.get().content
        assert [content[f"met_on_{part}"] for part in ("day", "month", "year")] == ["18", "11", "2026"]

    def test_takes_no_date_that_is_still_to_come(self, client: Client, audit: Audit) -> None:
        client.force_login(audit.auditor)
        tomorrow = {"met": "yes", **date_parts("met_on", date(2026, 11, 11)), "base_revision": "0", "go": "next"}
        answer = client.post(self.url(audit), tomorrow)
        assert answer.status_code == 200
        assert "The date you met must be 10 November 2026 or earlier" in answer.content.decode()
        assert PageAnswers.objects.get().content["met_on_day"] == "11"

    @pytest.mark.parametrize(
        ("typed", "says"),
        [
            ({"met": "no", **date_parts("met_on", TODAY)}, "You say you did not meet, but on 10 November 2026"),
            ({"met": "yes", "why_not": "They were ill."}, "You say you met. Take this out"),
        ],
    )
    def test_asks_about_answers_that_do_not_go_together_and_saves_them(
        self, client: Client, audit: Audit, typed: dict[str, str], says: str
    ) -> None:
        client.force_login(audit.auditor)
        answer = client.post(self.url(audit), {**typed, "base_revision": "0", "go": "next"})
        assert answer.status_code == 200
        assert says in answer.content.decode()
        assert PageAnswers.objects.get().content["met"] == typed["met"]

    def test_costs_two_queries_more_than_a_page_without_a_meeting(
        self, client: Client, audit: Audit, agreed: Meeting, django_assert_max_num_queries: Any
    ) -> None:
        client.force_login(audit.auditor)
        form_of(audit.template_version_id)  # published forms are read once
        with django_assert_max_num_queries(8):
            client.get(self.url(audit))


class TestContactPage:
    def test_keeps_every_answer_it_asks_for(self, client: Client, audit: Audit) -> None:
        client.force_login(audit.auditor)
        form = form_of(audit.template_version_id)
        content = page_content("child", form, grade="good", outcomes="met", day=TODAY, plan=audit.plan, age=11)
        more = {"quote_ok": "yes", "quote": "It got better.", "different": "Fewer people.", "spoken_how": "video"}
        url = reverse("audits:page", args=[audit.reference, "child"])
        sent = client.post(url, {**content, **more, "base_revision": "0", "go": "next"})
        assert sent.status_code == 302
        stored = PageAnswers.objects.get().content
        typed = {name: value for name, value in {**content, **more}.items() if value}
        assert {name: stored[name] for name in typed} == typed

    def test_speaks_of_a_young_person_from_18(self, client: Client, audit: Audit) -> None:
        audit.case.date_of_birth = date(2007, 5, 1)
        audit.case.save()
        client.force_login(audit.auditor)
        page = client.get(reverse("audits:page", args=[audit.reference, "parent"])).content.decode()
        assert "A parent’s, carer’s or supporter’s views" in page
        assert "only if the young person agrees" in page

    def test_asks_for_help_with_communication_where_the_case_says_so(self, client: Client, audit: Audit) -> None:
        audit.case.primary_language = "Urdu"
        audit.case.save()
        client.force_login(audit.auditor)
        page = client.get(reverse("audits:page", args=[audit.reference, "child"])).content.decode()
        assert "First language in the case: Urdu." in page
