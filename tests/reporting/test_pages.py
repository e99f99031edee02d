"""Home, dashboards and report pages: who sees what, where each number leads, what a page costs."""

from __future__ import annotations

import random
import re
from datetime import date, timedelta
from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import Client
from django.urls import reverse

from allocation.models import Cycle
from audits.models import UNFINISHED, Audit, SmartAction, Status
from people.models import OutgoingMail, Team, User
from people.roles import JobRole
from reporting import highlight_report, report_building
from reporting.highlight_report import Build
from reporting.models import HighlightReport
from tests.conftest import NOW, TODAY
from tests.factories import UserFactory
from tests.reporting.council import Council

OCTOBER, NOVEMBER = date(2026, 10, 1), date(2026, 11, 1)
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def page(user: User, name: str, *args: Any, query: str = "") -> str:
    response = signed_in(user).get(reverse(name, args=args) + query)
    assert response.status_code == 200, response.status_code
    return unescape(response.content.decode())


def status(user: User, name: str, *args: Any, method: str = "get", data: Any = None) -> int:
    return int(getattr(signed_in(user), method)(reverse(name, args=args), data or {}).status_code)


@pytest.fixture
def history(council: Council) -> Council:
    """Two months of audits in every state."""
    for month in (OCTOBER, NOVEMBER):
        council.cycle(month)
    council.random_audits(80, months=[OCTOBER, NOVEMBER], dice=random.Random(2))
    return council


@pytest.fixture
def draft(psw: User, history: Council) -> HighlightReport:
    return highlight_report.draft(OCTOBER, by=psw, at=NOW, today=TODAY)


@pytest.fixture
def published(psw: User, draft: HighlightReport) -> HighlightReport:
    return highlight_report.publish(report_building.build(draft, at=NOW), by=psw, at=NOW, today=TODAY)


class TestHome:
    def test_says_that_nothing_waits(self, administrator: User) -> None:
        assert "Nothing is waiting on you" in page(administrator, "home")

    def test_lists_audits_to_do_with_due_date_and_progress(self, council: Council) -> None:
        (audit,) = council.save([council.audit(NOVEMBER)])
        shown = page(audit.auditor, "home")
        assert f"Audit {audit.reference}" in shown
        assert "Due 28 November 2026. 0 of 14 pages done." in shown

    def test_asks_worker_and_manager_for_part_b_but_never_the_auditor(self, council: Council) -> None:
        (audit,) = council.save([council.audit(OCTOBER, status=Status.WITH_TEAM)])
        for person in (audit.worker, audit.team_manager):
            assert person
            assert "Part B to answer" in page(person, "home")
        assert "Part B to answer" not in page(audit.auditor, "home")

    def test_tells_workers_which_of_their_cases_are_audited(self, council: Council) -> None:
        (audit,) = council.save([council.audit(NOVEMBER)])
        assert audit.worker
        shown = page(audit.worker, "home")
        assert "Audits of your cases" in shown
        assert f'href="/audits/{audit.reference}/"' in shown
        assert audit.case.reference not in shown
        assert "Nothing is waiting on you" not in shown
        assert signed_in(audit.worker).get(f"/audits/{audit.reference}/").status_code == 200
        assert "Audits of your cases" not in page(audit.auditor, "home")
        Audit.objects.filter(pk=audit.pk).update(status=Status.WITHDRAWN)
        assert "Audits of your cases" not in page(audit.worker, "home")

    def test_lists_the_actions_a_person_owns(self, council: Council, worker: User) -> None:
        (audit,) = council.save([council.audit(OCTOBER, status=Status.ACTIONS)])
        SmartAction.objects.create(
            audit=audit, number=1, outcome="Visits happen.", how="Book them.", owner=worker, due_on=TODAY
        )
        shown = page(worker, "home")
        assert "Visits happen." in shown
        assert "Due 10 November 2026" in shown

    def test_tells_line_managers_who_is_late_and_nothing_of_the_content(self, council: Council, psw: User) -> None:
        boss = UserFactory(name="Bo Boss", job_role=JobRole.SERVICE_MANAGER)
        User.objects.filter(pk=council.auditors[0].pk).update(line_manager=boss)
        (audit,) = council.save([council.audit(NOVEMBER, due_on=TODAY - timedelta(days=1))])
        shown = page(boss, "home")
        assert audit.auditor.name in shown
        assert audit.reference in shown
        assert audit.case.reference not in shown
        assert f"/audits/{audit.reference}/" not in shown

    def test_shows_the_programme_its_cycle_its_urgent_audits_and_its_drafts(
        self, psw: User, draft: HighlightReport
    ) -> None:
        shown = page(psw, "home")
        assert "Audits are due on 28 November 2026" in shown
        assert "Emails sent" in shown
        assert "October 2026, version 1" in shown

    def test_counts_the_overdue_audits_of_the_programme_and_leads_to_them(self, psw: User, council: Council) -> None:
        council.cycle(NOVEMBER)
        council.save([council.audit(OCTOBER, due_on=TODAY - timedelta(days=days)) for days in (0, 1, 300)])
        shown = page(psw, "home")
        assert '<a class="govuk-link" href="/audits/?status=overdue">2 audits are overdue</a>' in shown
        assert listed(signed_in(psw), "/audits/?status=overdue") == 2
        assert "Nothing is waiting on you" not in shown

    def test_says_overdue_of_one_audit_too(self, psw: User, council: Council) -> None:
        council.save([council.audit(OCTOBER, due_on=OCTOBER)])
        assert ">1 audit is overdue</a>" in page(psw, "home")

    def test_says_that_nothing_waits_where_the_programme_needs_nothing(self, psw: User, council: Council) -> None:
        council.cycle(NOVEMBER)
        shown = page(psw, "home")
        assert "Nothing is waiting on you" in shown
        assert "overdue" not in shown
        assert "No audit of October 2026 or November 2026 has a grade that needs urgent action." in shown
        assert '<a class="govuk-link" href="/cycles/2026-11/">November 2026</a>' in shown

    @pytest.mark.parametrize("status", ["queued", "failed"])
    def test_never_says_nothing_waits_while_an_urgent_email_is_not_sent(
        self, psw: User, council: Council, status: str
    ) -> None:
        council.cycle(NOVEMBER)
        council.random_audits(40, months=[OCTOBER], dice=random.Random(3))
        Cycle.objects.filter(month=OCTOBER).update(status=Cycle.Status.CLOSED)
        Audit.objects.filter(status__in=UNFINISHED).update(due_on=TODAY)
        OutgoingMail.objects.update(status="sent", sent_at=NOW)
        assert "Nothing is waiting on you" in page(psw, "home")
        OutgoingMail.objects.update(status=status, sent_at=None)
        assert "Nothing is waiting on you" not in page(psw, "home")

    def test_never_says_nothing_waits_while_a_draw_is_proposed_or_a_report_is_a_draft(
        self, psw: User, council: Council
    ) -> None:
        cycle = council.cycle(NOVEMBER)
        Cycle.objects.update(status=Cycle.Status.PROPOSED, published_at=None)
        assert "Nothing is waiting on you" not in page(psw, "home")
        Cycle.objects.update(status=Cycle.Status.PUBLISHED, published_at=NOW)
        highlight_report.draft(cycle.month, by=psw, at=NOW, today=TODAY)
        assert "Nothing is waiting on you" not in page(psw, "home")

    def test_offers_to_open_the_month_where_no_cycle_is(self, psw: User) -> None:
        assert "No cycle is open for November 2026" in page(psw, "home")

    def test_costs_as_many_queries_for_many_rows_as_for_few(
        self, council: Council, psw: User, django_assert_max_num_queries: Any
    ) -> None:
        client = signed_in(psw)
        for count in (10, 200):
            council.random_audits(count, months=[OCTOBER], dice=random.Random(count))
            client.get("/")
            with django_assert_max_num_queries(20):
                client.get("/")


class TestDashboard:
    def test_is_for_those_who_follow_the_programme(
        self, psw: User, assistant_director: User, head_of_service: User, worker: User, administrator: User
    ) -> None:
        people = (psw, assistant_director, head_of_service, worker, administrator)
        assert [status(person, "reporting:dashboard") for person in people] == [200, 200, 200, 403, 403]

    def test_shows_a_team_manager_their_own_team_and_no_other(self, council: Council) -> None:
        mine, other = council.save(
            [council.audit(OCTOBER, status=Status.CLOSED, team=team, grade=council.grades[1]) for team in (0, 1)]
        )
        shown = page(council.managers[0], "reporting:dashboard")
        assert mine.reference in shown
        assert other.reference not in shown
        assert str(council.teams[1]) not in shown

    def test_shows_a_head_of_service_only_their_service(self, council: Council) -> None:
        head = UserFactory(job_role=JobRole.HEAD_OF_SERVICE, service=council.services[0])
        council.save([council.audit(OCTOBER, team=team, due_on=OCTOBER) for team in (0, 1)])
        shown = page(head, "reporting:dashboard", query="?by=team")
        assert council.teams[0].name in shown
        assert council.teams[1].name not in shown

    def test_shows_mail_only_to_those_who_may_see_mail(
        self, psw: User, assistant_director: User, history: Council
    ) -> None:
        assert "Emails sent" in page(psw, "reporting:dashboard")
        assert "Emails sent" not in page(assistant_director, "reporting:dashboard")

    def test_lists_the_latest_due_of_the_overdue_audits_first(self, psw: User, council: Council) -> None:
        old, new = council.save([council.audit(OCTOBER, due_on=TODAY - timedelta(days=days)) for days in (540, 1)])
        shown = page(psw, "reporting:dashboard")
        assert shown.index(new.reference) < shown.index(old.reference)

    def test_says_of_which_months_no_audit_is_urgent(self, psw: User) -> None:
        shown = page(psw, "reporting:dashboard", query="?month=2026-10")
        assert "No audit of September 2026 or October 2026 has a grade that needs urgent action." in shown

    def test_has_no_number_for_an_empty_programme(self, psw: User) -> None:
        assert "(0 of 0)" in page(psw, "reporting:dashboard")

    def test_says_that_a_month_is_paused(self, psw: User, council: Council) -> None:
        council.cycle(NOVEMBER, paused=True, reason="Visits were checked weekly instead.")
        assert "the programme is paused: Visits were checked weekly instead." in page(psw, "reporting:dashboard")

    @pytest.mark.parametrize("query", ["?by=team", "?by=auditor", "?by=nonsense", "?month=2026-10", "?month="])
    def test_takes_any_grouping_and_month(self, psw: User, history: Council, query: str) -> None:
        assert "Compliance" in page(psw, "reporting:dashboard", query=query)

    def test_knows_no_month_that_is_none(self, psw: User) -> None:
        assert signed_in(psw).get("/dashboard/?month=2026-13").status_code == 404

    @pytest.mark.parametrize("by", ["service", "auditor"])
    def test_costs_as_many_queries_for_many_audits_as_for_few(
        self, council: Council, psw: User, django_assert_max_num_queries: Any, by: str
    ) -> None:
        client = signed_in(psw)
        for count in (10, 200):
            council.random_audits(count, months=[OCTOBER, NOVEMBER], dice=random.Random(count))
            client.get(f"/dashboard/?by={by}")
            with django_assert_max_num_queries(14):
                client.get(f"/dashboard/?by={by}")


TILE = re.compile(
    r'href="(/audits/\?[^"]+)">[^<]+</a></p>\s*<p class="portal-figure__note">\(([\d,]+) of'  # its number stands below
)
LINK = re.compile(r'href="(/audits/\?[^"]+)">([\d,]+)<')


def listed(client: Client, url: str) -> int:
    return int(client.get(url).context["page_obj"].paginator.count)


class TestDrillDown:
    """Every number that is a link leads to a list of that length (R28)."""

    def check(self, client: Client, shown: str) -> int:
        links = LINK.findall(shown) + TILE.findall(shown)
        wrong = [(url, number, listed(client, url)) for url, number in links]
        assert [row for row in wrong if int(row[1].replace(",", "")) != row[2]] == []
        return len(links)

    def test_from_the_dashboard(self, psw: User, history: Council) -> None:
        assert self.check(signed_in(psw), page(psw, "reporting:dashboard")) > 20

    def test_from_a_team_managers_dashboard(self, history: Council) -> None:
        manager = history.managers[0]
        assert self.check(signed_in(manager), page(manager, "reporting:dashboard")) > 10

    @pytest.mark.parametrize("by", ["team", "auditor"])
    def test_from_a_head_of_services_dashboard(self, history: Council, by: str) -> None:
        head = UserFactory(job_role=JobRole.HEAD_OF_SERVICE, service=history.services[1])
        assert self.check(signed_in(head), page(head, "reporting:dashboard", query=f"?by={by}")) > 20

    def test_from_a_draft_of_a_report(self, psw: User, draft: HighlightReport) -> None:
        assert self.check(signed_in(psw), page(psw, "reporting:report", "2026-10", 1)) > 20

    def test_is_not_offered_to_those_whose_list_would_be_shorter(
        self, worker: User, published: HighlightReport
    ) -> None:
        assert LINK.findall(page(worker, "reporting:report", "2026-10", 1)) == []


WRITING = ["edit_report", "publish_report", "report_progress"]


class TestReports:
    def test_readers_find_published_ones_only(self, worker: User, psw: User, published: HighlightReport) -> None:
        highlight_report.draft(OCTOBER, by=psw, at=NOW, today=TODAY, reason="An audit came late.")
        assert "Version 2" not in page(worker, "reporting:reports")
        assert status(worker, "reporting:report", "2026-10", 1) == 200
        assert status(worker, "reporting:report", "2026-10", 2) == 404
        assert status(worker, "reporting:report_pdf", "2026-10", 2) == 404

    @pytest.mark.parametrize("name", WRITING)
    def test_a_draft_does_not_exist_for_readers(self, worker: User, draft: HighlightReport, name: str) -> None:
        assert status(worker, f"reporting:{name}", "2026-10", 1) == 404

    @pytest.mark.parametrize("name", WRITING)
    def test_readers_may_not_write_what_they_read(self, worker: User, published: HighlightReport, name: str) -> None:
        assert status(worker, f"reporting:{name}", "2026-10", 1) == 403
        assert status(worker, "reporting:build_report", "2026-10", 1, method="post") == 403
        assert status(worker, "reporting:new_report") == 403

    def test_a_visitor_is_sent_to_sign_in(self, published: HighlightReport) -> None:
        assert AnonymousUser().is_anonymous
        for url in ("/", "/dashboard/", "/reports/", "/reports/2026-10/1/pdf/"):
            response = Client().get(url)
            assert response.status_code == 302
            assert "/sign-in/" in response["Location"]

    @pytest.mark.parametrize("month", ["2026-13", "nonsense", "2026-1"])
    def test_a_month_that_is_none_is_not_found(self, psw: User, month: str) -> None:
        assert status(psw, "reporting:report", month, 1) == 404

    def test_from_the_first_word_to_the_download(self, psw: User, worker: User, history: Council) -> None:
        client = signed_in(psw)
        client.post("/reports/new/", {"month": "2026-10-01", "reason": ""})
        client.post("/reports/2026-10/1/edit/", {"introduction": "A good month.", "recommendations": "One\nTwo"})
        client.post("/reports/2026-10/1/build/")
        progress = client.get("/reports/2026-10/1/progress/").json()
        assert (progress["state"], progress["percent"], progress["url"]) == ("waiting", 0, "")
        assert "data-progress-url" in page(psw, "reporting:report", "2026-10", 1)
        report_building.build_waiting(now=lambda: NOW)
        assert client.get("/reports/2026-10/1/progress/").json()["url"] == "/reports/2026-10/1/"
        assert "Publish the report" in page(psw, "reporting:publish_report", "2026-10", 1)
        client.post("/reports/2026-10/1/publish/")
        answer = signed_in(worker).get("/reports/2026-10/1/pdf/")
        assert answer["Content-Disposition"] == 'attachment; filename="highlight-report-2026-10-v1.pdf"'
        assert answer.content.startswith(b"%PDF")
        assert "A good month." in page(worker, "reporting:report", "2026-10", 1)

    def test_the_request_only_marks_the_report_as_waiting(self, psw: User, draft: HighlightReport) -> None:
        response = signed_in(psw).post("/reports/2026-10/1/build/")
        assert response.status_code == 302
        draft.refresh_from_db()
        assert (draft.build, draft.pdf) == (Build.WAITING, None)

    def test_why_it_cannot_be_published_is_said_on_the_page(self, psw: User, draft: HighlightReport) -> None:
        assert "Make the PDF first" in page(psw, "reporting:publish_report", "2026-10", 1)

    def test_a_wrong_month_is_an_error_on_the_form(self, psw: User, draft: HighlightReport) -> None:
        response = signed_in(psw).post("/reports/new/", {"month": "2026-10-01"})
        assert response.status_code == 200
        assert "still a draft" in response.content.decode()
        assert signed_in(psw).post("/reports/new/", {"month": "1999-01-01"}).status_code == 200
        assert "Select the month" in signed_in(psw).post("/reports/new/", {}).content.decode()

    def test_a_month_to_come_is_not_offered(self, psw: User, council: Council) -> None:
        council.cycle(date(2027, 1, 1))
        assert "January 2027" not in page(psw, "reporting:new_report")
        assert Cycle.objects.count() == 1

    def test_a_failed_build_says_why(self, psw: User, draft: HighlightReport) -> None:
        HighlightReport.objects.update(build=Build.FAILED, build_error="Compliance: 27 is not 26.")
        assert "Compliance: 27 is not 26." in page(psw, "reporting:report", "2026-10", 1)

    def test_a_replaced_version_says_so(self, psw: User, worker: User, published: HighlightReport) -> None:
        again = highlight_report.draft(OCTOBER, by=psw, at=NOW, today=TODAY, reason="An audit came late.")
        highlight_report.publish(report_building.build(again, at=NOW), by=psw, at=NOW, today=TODAY)
        assert "A later version of this report has been published" in page(worker, "reporting:report", "2026-10", 1)
        assert "An audit came late." in page(worker, "reporting:report", "2026-10", 2)

    def test_nothing_changes_by_looking(self, psw: User, published: HighlightReport) -> None:
        before = list(HighlightReport.objects.values())
        for name in ("report", "edit_report", "publish_report", "report_pdf", "report_progress"):
            signed_in(psw).get(reverse(f"reporting:{name}", args=["2026-10", 1]))
        assert list(HighlightReport.objects.values()) == before

    def test_the_list_costs_the_same_for_many_as_for_few(
        self, psw: User, council: Council, django_assert_max_num_queries: Any
    ) -> None:
        rows = [
            HighlightReport(
                month=OCTOBER, version=n, author=psw, created_at=NOW, restatement_reason="Late." if n > 1 else ""
            )
            for n in range(1, 61)
        ]
        HighlightReport.objects.bulk_create(rows)
        client = signed_in(psw)
        with django_assert_max_num_queries(5):
            client.get("/reports/")


def test_pages_hold_no_inline_style_or_script(psw: User, published: HighlightReport) -> None:
    for name, args in (("home", ()), ("reporting:dashboard", ()), ("reporting:report", ("2026-10", 1))):
        shown = page(psw, name, *args)
        assert not re.search(r'<style|<script(?![^>]+src=)| style="| on\w+="', shown)


def test_another_teams_audit_never_shows_on_a_team_dashboard(council: Council, other_team: Team) -> None:
    council.save([council.audit(OCTOBER, status=Status.CLOSED, grade=council.grades[3])])
    stranger = UserFactory(job_role=JobRole.TEAM_MANAGER, team=other_team)
    assert Audit.objects.get().reference not in page(stranger, "reporting:dashboard")
