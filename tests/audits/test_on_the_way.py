"""What the form says while it is written: what is left, whom it speaks of, and when it can be submitted."""

from __future__ import annotations

import html
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from audits import answering, pages
from audits.models import Audit
from audits.structure import form_of
from audits.timescale_table import load_timescales
from reporting.waiting import waiting_on
from tests.cast import fill_in
from tests.conftest import NOW, TODAY

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]


@pytest.fixture
def browser(client: Client, audit: Audit) -> Client:
    client.force_login(audit.auditor)
    return client


def shown(browser: Client, audit: Audit, name: str, *more: str) -> str:
    return html.unescape(browser.get(reverse(name, args=[audit.reference, *more])).content.decode())


def save(audit: Audit, page: str, content: dict[str, Any]) -> None:
    answering.save_page(audit.reference, page=page, content=content, base_revision=0, by=audit.auditor, at=NOW)


def all_standards(audit: Audit, answer: str) -> dict[str, str]:
    section = form_of(audit.template_version_id).section("s1")
    assert section is not None
    return {standard.code: answer for standard in section.standards}


class TestAge:
    def test_is_that_of_today_for_contact_and_wording(self, browser: Client, audit: Audit) -> None:
        audit.case.date_of_birth = date(TODAY.year - 18, TODAY.month, TODAY.day)
        audit.case.save()
        Audit.objects.filter(pk=audit.pk).update(window_end=TODAY - timedelta(days=1))
        audit.refresh_from_db()
        assert pages.age_of(audit) == 17
        assert pages.is_adult(audit, today=TODAY)
        assert "The young person’s views" in shown(browser, audit, "audits:page", "child")


class TestWhatIsMissing:
    @pytest.mark.parametrize("page", ["parent", "child", "s1"])
    def test_stops_nobody_and_is_said_on_the_next_page(self, browser: Client, audit: Audit, page: str) -> None:
        data = {"go": "next", "base_revision": "0", "appropriate": "no"}
        answer = browser.post(reverse("audits:page", args=[audit.reference, page]), data, follow=True)
        assert answer.redirect_chain
        assert "Saved. Still to say on “" in answer.content.decode()
        assert f'<a class="govuk-notification-banner__link" href="/audits/{audit.reference}/do/{page}/#id_' in (
            answer.content.decode()
        )


class TestSubmit:
    def test_has_no_button_while_something_is_missing(self, browser: Client, audit: Audit) -> None:
        assert "Submit this audit" not in shown(browser, audit, "audits:check")
        fill_in(audit, at=NOW, today=TODAY)
        assert "Submit this audit" in shown(browser, audit, "audits:check")


class TestReasonForSettingAside:
    @pytest.mark.parametrize(("reason", "left"), [("n/a", True), ("Not in care yet.", False)])
    def test_has_to_say_something(self, audit: Audit, reason: str, left: bool) -> None:
        found = pages.problems_of(
            "s1", {"set_aside": reason}, audit=audit, form=form_of(audit.template_version_id), today=TODAY
        )
        assert [problem.name for problem in found] == (["set_aside"] if left else [])


class TestSecondLook:
    @pytest.mark.parametrize(
        ("answer", "grade", "where"), [("yes", "inadequate", "all_yes"), ("no", "good", "most_no")]
    )
    def test_is_asked_beside_the_grade(
        self, browser: Client, audit: Audit, answer: str, grade: str, where: str
    ) -> None:
        save(audit, "s1", {"answers": all_standards(audit, answer), "grade": grade})
        page = shown(browser, audit, "audits:page", "s1")
        assert f'data-when="{where}">' in page
        assert page.count('data-when="') - page.count('" hidden>Every') - page.count('" hidden>Most') == 1

    def test_needs_no_second_box_where_the_section_says_why(self, audit: Audit) -> None:
        contents = {"s1": {"answers": all_standards(audit, "yes"), "grade": "inadequate", "rationale": "Late."}}
        asked = pages.asked_prompts(contents, form=form_of(audit.template_version_id), **pages.child_of(audit))
        assert "below_good_with_all_standards_yes" not in [each.prompt.code for each in asked]

    def test_of_a_good_grade_with_outcomes_not_met_is_said_at_once(self, browser: Client, audit: Audit) -> None:
        save(audit, "overall", {"grade": "good", "outcomes": "not_met"})
        assert "cannot be Good when" in shown(browser, audit, "audits:fresh_judgement")


class TestCount:
    def test_is_the_same_at_home_and_in_the_task_list(self, browser: Client, audit: Audit) -> None:
        save(audit, "s1", {"set_aside": "Not in care yet."})
        save(audit, "s2", {"grade": "good"})  # begun, and not done
        (todo,) = waiting_on(audit.auditor, today=TODAY, at=NOW).audits
        assert todo.pages_done == 1
        how_far = f"1 of {todo.pages} pages done"
        assert how_far in shown(browser, audit, "audits:tasks")
        assert how_far in browser.get(reverse("home")).content.decode()


class TestTimescales:
    def test_are_on_the_check_once_they_are_filled_in(self, browser: Client, audit: Audit) -> None:
        load_timescales()
        nothing = "Nothing is filled in here. It is not needed."
        assert nothing in shown(browser, audit, "audits:check")
        save(audit, "timescales", {"days": {"icpc.trigger": "2 4 2026"}})
        assert nothing not in shown(browser, audit, "audits:check")
