"""Timescales beside an audit, as hints from days typed or from the case (A17)."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from audits import answering, pages, submitting
from audits.models import Audit, PageAnswers, TimescaleRule
from audits.structure import form_of
from audits.timescale_lines import timescale_rows
from audits.timescale_table import change, shipped
from people.models import FileImport, Holiday, User
from tests.cast import fill_in
from tests.conftest import NOW, TODAY

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]


@pytest.fixture
def protected(audit: Audit) -> Audit:
    """The audit of a child under a child protection plan, with what a case list says of it."""
    imported = FileImport.objects.create(
        kind="annex_a", file_name="list.xlsx", uploaded_at=NOW, applied_at=datetime(2026, 11, 3, 9, tzinfo=UTC)
    )
    case = audit.case
    case.plan, case.plans, case.last_import = "child_protection", ["child_protection"], imported
    case.facts = {"last_visit": "2026-10-20", "conference": "2026-05-06"}
    case.save()
    audit.plan = "child_protection"
    audit.save()
    return audit


def typed(**days: str) -> dict[str, Any]:
    """The content of the page: icpc_trigger="2 4 2026"."""
    return {"days": {re.sub(r"_(trigger|event)$", r".\1", name).replace("_", "-"): day for name, day in days.items()}}


def save(audit: Audit, content: Any, base: int = 0) -> PageAnswers:
    answering.save_page(
        audit.reference, page="timescales", content=content, base_revision=base, by=audit.auditor, at=NOW
    )
    return PageAnswers.objects.get(audit=audit, page="timescales")


def page_of(client: Client, audit: Audit) -> str:
    return client.get(reverse("audits:page", args=[audit.reference, "timescales"])).content.decode()


def hints_of(client: Client, audit: Audit, **days: str) -> dict[str, Any]:
    posted = {f"days__{name}": day for name, day in typed(**days)["days"].items()}
    found: dict[str, Any] = client.post(reverse("audits:timescale_hints", args=[audit.reference]), posted).json()
    return found


def state_of(audit: Audit) -> str:
    form = form_of(audit.template_version_id)
    states = pages.states(audit, answering.contents_of(audit), form=form)
    return next(state.state for state in states if state.code == "timescales")


class TestStoring:
    def test_keeps_what_was_typed_whatever_it_is(self, protected: Audit) -> None:
        stored = save(protected, typed(icpc_trigger="2 4 2026", icpc_event="soon", cp_visit_trigger=""))
        assert stored.content == {"days": {"icpc.trigger": "2 4 2026", "icpc.event": "soon"}}

    @pytest.mark.parametrize("sent", [None, [], "x", {"days": []}])
    def test_survives_what_is_no_page(self, protected: Audit, sent: Any) -> None:
        assert save(protected, sent).content == {"days": {}}

    @pytest.mark.parametrize("days", [{"icpc": "1"}, {"A.trigger": "1"}, {"icpc.trigger": {}}, {"icpc.other": "1"}])
    def test_leaves_out_what_does_not_belong(self, protected: Audit, days: dict[str, Any]) -> None:
        assert save(protected, {"days": days}).content == {"days": {}}

    def test_keeps_the_days_of_a_rule_that_is_not_in_use(self, protected: Audit, psw: User) -> None:
        change("cp-visit", {"in_use": False}, shown="as it came", by=psw, at=NOW)
        assert save(protected, typed(cp_visit_trigger="2 4 2026")).content["days"] == {"cp-visit.trigger": "2 4 2026"}

    def test_is_what_autosave_and_the_button_both_send(self, as_auditor: Client, protected: Audit) -> None:
        url = reverse("audits:page", args=[protected.reference, "timescales"])
        as_auditor.post(url, {"days__icpc.trigger": "2 4 2026", "base_revision": 0, "go": "stay"})
        saved = PageAnswers.objects.get(audit=protected, page="timescales")
        body = json.dumps({"content": typed(icpc_trigger="2 4 2026"), "base_revision": 0})
        save_url = reverse("audits:save_page", args=[protected.reference, "timescales"])
        assert as_auditor.post(save_url, body, content_type="application/json").json()["revision"] == saved.revision


class TestConflict:
    def test_names_the_rule_and_its_day(self, as_auditor: Client, protected: Audit) -> None:
        save(protected, typed(icpc_trigger="2 4 2026"))
        url = reverse("audits:page", args=[protected.reference, "timescales"])
        response = as_auditor.post(url, {"days__icpc.trigger": "9 4 2026", "base_revision": 0, "go": "next"})
        assert response.status_code == 409
        assert "Initial child protection conference: the day of “Strategy discussion”" in response.content.decode()


class TestState:
    def test_is_worked_out_from_what_is_typed(self, protected: Audit) -> None:
        assert state_of(protected) == "not_started"
        save(protected, typed(icpc_trigger="soon"))
        assert state_of(protected) == "in_progress"
        save(protected, typed(icpc_trigger="2 4 2026"), 1)
        assert state_of(protected) == "completed"

    @pytest.mark.parametrize("days", [{}, {"icpc_trigger": "soon"}])
    def test_never_stands_in_the_way_of_submitting(self, audit: Audit, days: dict[str, str]) -> None:
        fill_in(audit, at=NOW, today=TODAY)
        stored = PageAnswers.objects.get(audit=audit, page="timescales")
        save(audit, typed(**days), stored.revision)
        assert submitting.submit(audit, by=audit.auditor, at=NOW, today=TODAY).is_submitted


class TestPage:
    def test_shows_the_rules_that_fit_first_and_the_others_below(self, as_auditor: Client, protected: Audit) -> None:
        fits, _, others = page_of(as_auditor, protected).partition("Other rules")
        assert "Visits under a child protection plan" in fits
        assert "First child in need meeting" not in fits
        assert "First child in need meeting" in others
        assert "Initial child protection conference" in fits

    def test_goes_by_age_too(self, as_auditor: Client, protected: Audit) -> None:
        assert "Core group after the birth" in page_of(as_auditor, protected).partition("Other rules")[2]
        protected.case.date_of_birth = date(2026, 8, 1)
        protected.case.save()
        assert "Core group after the birth" in page_of(as_auditor, protected).partition("Other rules")[0]

    def test_leaves_out_rules_that_are_not_in_use(self, as_auditor: Client, protected: Audit) -> None:
        assert "Assessment: second checkpoint" not in page_of(as_auditor, protected)

    def test_is_prefilled_from_the_case_and_says_so(self, as_auditor: Client, protected: Audit) -> None:
        page = page_of(as_auditor, protected)
        assert 'name="days__cp-visit.trigger" value="20 10 2026"' in page
        assert "From the case list of 3 November 2026" in page
        assert "Due 17 November 2026, none since in the case list: 7 days left." in page

    def test_tells_nobody_that_something_of_long_ago_is_overdue(self, as_auditor: Client, protected: Audit) -> None:
        page = page_of(as_auditor, protected)
        assert "Was due 20 May 2026. Type the other day to see whether it was in time." in page
        assert "overdue" not in page

    def test_is_not_prefilled_with_what_began_before_the_time_under_review(
        self, as_auditor: Client, protected: Audit
    ) -> None:
        assert "days__referral-decision.trigger" in page_of(as_auditor, protected)
        assert "2 3 2026" not in page_of(as_auditor, protected)  # the referral

    def test_is_not_prefilled_with_what_came_after_the_time_under_review(
        self, as_auditor: Client, protected: Audit
    ) -> None:
        Audit.objects.filter(pk=protected.pk).update(window_end=date(2026, 10, 19))
        assert "20 10 2026" not in page_of(as_auditor, protected)

    def test_is_prefilled_only_until_something_is_typed(self, as_auditor: Client, protected: Audit) -> None:
        save(protected, typed(icpc_trigger="2 4 2026"))
        page = page_of(as_auditor, protected)
        assert 'name="days__cp-visit.trigger" value=""' in page
        assert "From the case list" not in page

    def test_says_what_the_days_come_to(self, as_auditor: Client, protected: Audit) -> None:
        Holiday.objects.bulk_create([Holiday(day=date(2026, 4, 3), name="A"), Holiday(day=date(2026, 4, 6), name="B")])
        save(protected, typed(icpc_trigger="2 4 2026", icpc_event="28/4/26"))
        page = page_of(as_auditor, protected)
        assert "Late by 1 working day: due 27 April 2026, held 28 April 2026." in page
        assert "1 late" in page

    def test_says_beside_a_day_what_is_wrong_with_it(self, as_auditor: Client, protected: Audit) -> None:
        save(protected, typed(icpc_trigger="31 2 2026"))
        page = page_of(as_auditor, protected)
        assert "must be a real date" in page
        assert 'value="31 2 2026"' in page

    def test_goes_on_or_stays(self, as_auditor: Client, protected: Audit) -> None:
        url = reverse("audits:page", args=[protected.reference, "timescales"])
        stays = as_auditor.post(url, {"days__icpc.trigger": "2 4 2026", "base_revision": 0, "go": "stay"})
        assert stays.url == url  # type: ignore[attr-defined]
        goes_on = as_auditor.post(url, {"days__icpc.trigger": "2 4 2026", "base_revision": 1, "go": "next"})
        assert goes_on.url.endswith("/do/overall/")  # type: ignore[attr-defined]

    def test_says_that_these_are_hints_and_where_the_rules_are(self, as_auditor: Client, protected: Audit) -> None:
        page = page_of(as_auditor, protected)
        assert "You get a hint and no answer" in page
        assert reverse("audits:timescales") in page

    def test_costs_no_more_for_many_days(
        self, as_auditor: Client, protected: Audit, django_assert_max_num_queries: Callable[[int], Any]
    ) -> None:
        days = {f"{code.replace('-', '_')}_{side}": "2 4 2026" for code in shipped() for side in ("trigger", "event")}
        save(protected, typed(**days))
        with django_assert_max_num_queries(7):  # session, user; audit, page, rules, holidays; mail or case list
            page_of(as_auditor, protected)


class TestDaysOfARuleOutOfUse:
    """What the page shows is what the browser posts back: an input that is missing takes days away."""

    @pytest.fixture
    def left_out(self, protected: Audit, psw: User) -> Audit:
        save(protected, typed(rcpc_report_trigger="2 4 2026", rcpc_report_event="1 4 2026"))
        change("rcpc-report", {"in_use": False}, shown="as it came", by=psw, at=NOW)
        return protected

    def inputs(self, client: Client, audit: Audit) -> dict[str, str]:
        found = re.findall(r"<input[^>]*>", page_of(client, audit))
        return {
            name[1]: value[1] if (value := re.search(r'value="([^"]*)"', one)) else ""
            for one in found
            if (name := re.search(r'name="(days__[^"]+)"', one))
        }

    def after_changing_another_day(self, client: Client, audit: Audit) -> dict[str, str]:
        posted = {**self.inputs(client, audit), "days__icpc.trigger": "3 4 2026", "base_revision": 1, "go": "stay"}
        client.post(reverse("audits:page", args=[audit.reference, "timescales"]), posted)
        days: dict[str, str] = PageAnswers.objects.get(audit=audit, page="timescales").content["days"]
        return days

    def test_stay_when_another_day_is_changed(self, as_auditor: Client, left_out: Audit) -> None:
        assert self.after_changing_another_day(as_auditor, left_out) == {
            "icpc.trigger": "3 4 2026",
            "rcpc-report.event": "1 4 2026",
            "rcpc-report.trigger": "2 4 2026",
        }

    def test_stay_when_the_rule_is_gone(self, as_auditor: Client, left_out: Audit) -> None:
        TimescaleRule.objects.filter(code="rcpc-report").delete()
        assert len(self.after_changing_another_day(as_auditor, left_out)) == 3

    def test_are_shown_with_a_word_about_it(self, as_auditor: Client, left_out: Audit) -> None:
        page = page_of(as_auditor, left_out)
        assert "The council does not use this rule any more." in page
        assert hints_of(as_auditor, left_out, rcpc_report_trigger="2 4 2026", rcpc_report_event="1 4 2026")["hints"]

    def test_are_shown_to_nobody_who_typed_none(self, as_auditor: Client, protected: Audit, psw: User) -> None:
        change("rcpc-report", {"in_use": False}, shown="as it came", by=psw, at=NOW)
        assert "days__rcpc-report.trigger" not in self.inputs(as_auditor, protected)


class TestHints:
    def test_are_worked_out_by_the_server_and_save_nothing(self, as_auditor: Client, protected: Audit) -> None:
        found = hints_of(
            as_auditor, protected, cp_visit_trigger="1 10 2026", cp_visit_event="2 11 2026", icpc_event="x"
        )
        assert found["hints"] == {
            "cp-visit": {"kind": "late", "words": "Late by 4 days: due 29 October 2026, done 2 November 2026."}
        }
        assert list(found["problems"]) == ["days__icpc.event"]
        assert not PageAnswers.objects.exists()

    def test_follow_the_councils_table(self, as_auditor: Client, protected: Audit, psw: User) -> None:
        change("cp-visit", {"limit": 6}, shown="as it came", by=psw, at=NOW)
        found = hints_of(as_auditor, protected, cp_visit_trigger="1 10 2026", cp_visit_event="2 11 2026")
        assert found["hints"]["cp-visit"]["kind"] == "within"

    def test_are_none_for_nothing(self, as_auditor: Client, protected: Audit) -> None:
        assert hints_of(as_auditor, protected) == {"hints": {}, "problems": {}}


class TestRowsForDocuments:
    def test_say_rule_days_and_hint(self, protected: Audit) -> None:
        content = typed(icpc_trigger="2 4 2026", icpc_event="24 4 2026", cp_visit_trigger="soon")
        first, second = timescale_rows(content, protected, today=TODAY)
        assert (first.name, first.limit) == ("Initial child protection conference", "within 15 working days")
        assert (first.trigger, first.trigger_day) == ("Strategy discussion", "2 April 2026")
        assert (first.event, first.event_day, first.late) == ("Conference held", "24 April 2026", True)
        assert first.hint.startswith("Late by 1 working day")  # no holidays are in the table here
        assert (second.trigger_day, second.hint) == ("soon", "")

    def test_are_none_where_nothing_was_typed(
        self, protected: Audit, django_assert_num_queries: Callable[[int], Any]
    ) -> None:
        with django_assert_num_queries(0):
            assert timescale_rows({}, protected, today=TODAY) == []
            assert timescale_rows({"days": {}}, protected, today=TODAY) == []

    def test_keep_what_a_submitted_audit_said_when_a_rule_changes(self, protected: Audit) -> None:
        TimescaleRule.objects.filter(code="cp-visit").update(limit=6)
        came, changed = TimescaleRule.pgh_event_model.objects.filter(code="cp-visit").order_by("pgh_id")  # type: ignore[attr-defined]
        for event, at in ((came, NOW - timedelta(days=9)), (changed, NOW + timedelta(days=9))):
            type(event).objects.filter(pk=event.pk).update(pgh_created_at=at)
        content = typed(cp_visit_trigger="1 10 2026", cp_visit_event="2 11 2026")
        protected.submitted_at = NOW
        assert timescale_rows(content, protected, today=TODAY)[0].limit == "within 4 weeks"
        protected.submitted_at = NOW + timedelta(days=10)
        assert timescale_rows(content, protected, today=TODAY)[0].limit == "within 6 weeks"
        protected.submitted_at = NOW - timedelta(days=99)  # before there were rules: as they first were
        assert timescale_rows(content, protected, today=TODAY)[0].limit == "within 4 weeks"
