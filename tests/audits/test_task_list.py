"""The task list of an audit: states from the answers, what is left in words, where to go on."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from audits import answering, pages
from audits.models import Audit
from audits.pages import PageState, Problem, go_on_with, states
from audits.structure import form_of
from tests.cast import fill_in
from tests.conftest import NOW, TODAY

MISSING = [Problem("x", "y", "Something is missing")]


def state(code: str, how_far: str, *, hint: str = "") -> PageState:
    problems = [] if how_far in {"completed", "set_aside", "optional"} else MISSING
    return PageState(code, code.upper(), "not_started" if how_far == "optional" else how_far, problems, hint)


class TestGoingOn:
    LIST = (
        state("overview", "completed"),
        state("s1", "in_progress"),
        state("s2", "completed"),
        state("s3", "set_aside"),
        state("timescales", "optional"),
        state("overall", "not_started"),
    )

    @pytest.mark.parametrize(
        ("last_saved", "wanted"),
        [
            (None, "s1"),  # the first that is not done
            ("s1", "s1"),  # where they stopped
            ("s2", "overall"),  # done: the next that is not; what is set aside or need not be done is passed over
            ("overall", "overall"),
            ("gone", "s1"),  # a page that the form no longer has
        ],
    )
    def test_is_where_one_stopped_or_the_next_after_it(self, last_saved: str | None, wanted: str) -> None:
        found = go_on_with(self.LIST, last_saved=last_saved)
        assert found is not None
        assert found.code == wanted

    def test_begins_again_at_the_top_after_the_last_page(self) -> None:
        found = go_on_with([state("overview", "not_started"), state("s1", "completed")], last_saved="s1")
        assert found is not None
        assert found.code == "overview"

    def test_comes_to_an_end(self) -> None:
        assert go_on_with([state("s1", "completed"), state("timescales", "optional")], last_saved="s1") is None


@pytest.mark.django_db
@pytest.mark.usefixtures("today")
class TestStates:
    def of(self, audit: Audit, page: str, content: dict[str, Any] | None) -> PageState:
        form = form_of(audit.template_version_id)
        found = states(audit, {} if content is None else {page: content}, form=form)
        return next(each for each in found if each.code == page)

    def answers(self, audit: Audit, number: int) -> dict[str, str]:
        section = form_of(audit.template_version_id).sections[0]
        return {standard.code: "yes" for standard in section.standards[:number]}

    def test_of_a_section_say_what_is_left(self, audit: Audit) -> None:
        content: dict[str, Any] = {}
        assert self.hint(audit, None) == ("not_started", "12 standards")
        content["answers"] = self.answers(audit, 3)
        assert self.hint(audit, content) == ("in_progress", "3 of 12 standards, no grade yet, no reasons yet")
        content["answers"] = self.answers(audit, 12)
        assert self.hint(audit, content) == ("in_progress", "All 12 standards, no grade yet, no reasons yet")
        content["grade"] = "good"
        assert self.hint(audit, content) == ("in_progress", "All 12 standards, no reasons yet")
        content["rationale"] = "Seen on the file."
        assert self.hint(audit, content) == ("completed", "Graded Good")

    def hint(self, audit: Audit, content: dict[str, Any] | None) -> tuple[str, str]:
        found = self.of(audit, "s1", content)
        return found.state, found.hint

    def test_of_a_section_set_aside_by_hand_give_its_reason(self, audit: Audit) -> None:
        assert self.hint(audit, {"set_aside": "another council\nholds this part"}) == (
            "set_aside",
            "Another council holds this part",
        )
        assert len(self.hint(audit, {"set_aside": "word " * 100})[1]) <= 120

    def test_of_other_pages_name_the_first_thing_to_do(self, audit: Audit) -> None:
        found = self.of(audit, "overview", {"child_name": "Robin Sample"})
        assert (found.state, found.hint) == (
            "in_progress",
            "Say whether the child has a disability, and 1 more",
        )

    def test_of_a_page_with_a_comment_only_are_in_progress(self, audit: Audit) -> None:
        assert self.hint(audit, {"comments": {"S1-01": "Late."}})[0] == "in_progress"


@pytest.mark.django_db
@pytest.mark.usefixtures("today")
class TestPage:
    @pytest.fixture
    def seen(self, audit: Audit, client: Client) -> Any:
        client.force_login(audit.auditor)
        return lambda: client.get(reverse("audits:tasks", args=[audit.reference])).content.decode()

    def save(self, audit: Audit, page: str, content: dict[str, Any], minutes: int) -> None:
        at = NOW + timedelta(minutes=minutes)
        answering.save_page(audit.reference, page=page, content=content, base_revision=0, by=audit.auditor, at=at)

    def test_begins_and_goes_on_where_one_stopped(self, audit: Audit, seen: Any) -> None:
        assert "Begin<" in seen()
        self.save(audit, "s4", {"rationale": "So far."}, 1)
        self.save(audit, "s2", {"rationale": "And here."}, 2)
        page = seen()
        assert f'href="/audits/{audit.reference}/do/s2/">Go on where you stopped' in page
        assert "0 of 9 standards, no grade yet" in page

    def test_ends_with_checking(self, audit: Audit, seen: Any) -> None:
        fill_in(audit, at=NOW, today=TODAY)
        page = seen()
        assert "Go on where you stopped" not in page
        assert f'href="/audits/{audit.reference}/do/check/">Check your answers and submit' in page

    def test_never_counts_what_need_not_be_done(self, audit: Audit, seen: Any) -> None:
        form = form_of(audit.template_version_id)
        needed = [code for code in pages.page_codes(form) if code not in {"timescales", "theme"}]
        assert f"0 of {len(needed)} pages done" in seen()


@pytest.mark.django_db
@pytest.mark.usefixtures("today")
class TestSectionPage:
    @pytest.fixture
    def seen(self, audit: Audit, client: Client) -> Any:
        client.force_login(audit.auditor)

        def look(content: dict[str, Any] | None = None) -> str:
            if content:
                answering.save_page(
                    audit.reference, page="s1", content=content, base_revision=0, by=audit.auditor, at=NOW
                )
            return client.get(reverse("audits:page", args=[audit.reference, "s1"])).content.decode()

        return look

    def test_shows_the_time_under_review(self, audit: Audit, seen: Any) -> None:
        page = seen()
        for day in (audit.window_start, audit.window_end):
            assert f"<b>{day.day} {day:%B %Y}</b>" in page

    def test_opens_the_boxes_of_comments_that_are_there_and_no_others(self, seen: Any) -> None:
        page = seen({"comments": {"S1-02": "<b>No date</b>"}, "worker_grade": "good"})
        assert "&lt;b&gt;No date&lt;/b&gt;" in page
        assert 'id="id_comments__S1-02_box" data-comment-box>' in page
        assert 'id="id_comments__S1-01_box" data-comment-box hidden>' in page
        assert 'portal-worker-grade" open' in page

    def test_says_how_many_are_answered(self, seen: Any) -> None:
        assert "2 of 12 answered" in seen({"answers": {"S1-01": "yes", "S1-02": "na"}})
