"""Kinds of audits counted apart, what re-audits found, and what the report says of cases given by hand (L2, L6)."""

from __future__ import annotations

from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from allocation.models import Allocation, AuditRequest
from audits.models import Audit, Selection, Status
from people.models import User
from reporting import highlight_report, report_building
from reporting.changes import reasons_by_hand
from reporting.figures import count_figures
from reporting.identities import identities
from reporting.kinds import in_words
from reporting.report_page import figures_context
from tests.conftest import NOW, TODAY
from tests.factories import UserFactory
from tests.reporting.council import AS_OF, Council

OCTOBER = date(2026, 10, 1)
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


@pytest.fixture
def october(council: Council) -> Council:
    """A month with one completed audit of each kind, and a second re-audit."""
    council.cycle(OCTOBER)
    best, good, poor = council.grades[0], council.grades[1], council.grades[2]
    kinds = [Selection.RANDOM, Selection.THEMATIC, Selection.TARGETED, Selection.COMPLAINT]
    audits = [council.audit(OCTOBER, status=Status.CLOSED, selection=kind, grade=poor) for kind in kinds]
    again = [
        council.audit(OCTOBER, status=Status.CLOSED, selection=Selection.RE_AUDIT, grade=grade)
        for grade in (best, good)
    ]
    saved = council.save([*audits, *again])
    for audit, before in zip(again, saved, strict=False):
        Audit.objects.filter(pk=audit.pk).update(re_audit_of=before)
    return council


def given_by_hand(council: Council, reason: str) -> Allocation:
    (audit,) = council.save([council.audit(OCTOBER, selection=Selection.TARGETED, due_on=date(2026, 11, 30))])
    row = council.allocation(audit, council.draw(OCTOBER), origin="override", override_reason=reason)
    row.save()
    return row


class TestKinds:
    def test_are_named_in_words(self) -> None:
        assert (
            in_words({"thematic": 3, "re_audit": 2, "complaint": 1}) == "3 thematic, 2 re-audits, 1 after a complaint"
        )
        assert in_words({"re_audit": 1, "targeted": 0}) == "1 re-audit"
        assert in_words({}) == ""

    def test_explain_a_month_that_held_none_at_random(self, council: Council, client: Client, psw: User) -> None:
        council.cycle(OCTOBER)
        thematic = [council.audit(OCTOBER, status=Status.CLOSED, selection=Selection.THEMATIC) for _ in range(2)]
        council.save([*thematic, council.audit(OCTOBER, status=Status.CLOSED, selection=Selection.TARGETED)])
        client.force_login(psw)
        page = reverse("reporting:dashboard")
        text = " ".join(client.get(page, {"month": "2026-10"}).content.decode().split())
        assert "No random audits this month:" in text
        assert 'month=2026-10&amp;selection=thematic">2 thematic audits</a>,' in text
        assert 'selection=targeted">1 targeted audit</a> are counted apart.' in text
        council.save([council.audit(OCTOBER, status=Status.CLOSED, selection=Selection.RANDOM)])
        assert "No random audits this month" not in client.get(page, {"month": "2026-10"}).content.decode()

    def test_are_each_counted_and_only_the_random_one_says_something_about_practice(self, october: Council) -> None:
        shown = figures_context(count_figures(OCTOBER, as_of=AS_OF))
        counted = {kind["words"]: kind["compliance"].completed for kind in shown["kinds"]}
        assert counted == {"Random draw": 1, "Theme": 1, "Targeted": 1, "Re-audit": 2, "After a complaint": 1}
        assert shown["figures"]["practice"]["good"].total == 1
        assert shown["apart"] == "1 thematic, 1 targeted, 2 re-audits, 1 after a complaint"

    def test_show_in_the_report_and_on_the_dashboard(self, client: Client, psw: User, october: Council) -> None:
        highlight_report.draft(OCTOBER, by=psw, at=NOW, today=TODAY)
        client.force_login(psw)
        for address in (reverse("reporting:report", args=["2026-10", 1]), "/dashboard/?month=2026-10"):
            page = client.get(address).content.decode()
            assert (
                "Completed this month and counted apart: 1 thematic, 1 targeted, 2 re-audits, 1 after a complaint."
                in page
            )
            assert "month=2026-10&amp;selection=complaint&amp;status=completed" in page


class TestReAudits:
    def test_are_compared_with_the_audit_before(self, october: Council) -> None:
        found = figures_context(count_figures(OCTOBER, as_of=AS_OF))["figures"]["improvement"]["month"]
        assert (found.better, found.same, found.worse, found.not_comparable) == (2, 0, 0, 0)
        assert str(found.rate) == "100% (2 of 2)"


class TestIdentities:
    def test_hold_where_one_case_was_replaced_and_another_given_again(self, council: Council) -> None:
        """Both are allocated: the one that dropped out, and the one in its place."""
        council.cycle(OCTOBER)
        states = (Status.WITHDRAWN, Status.CLOSED, Status.EXEMPT, Status.IN_PROGRESS, Status.CLOSED)
        audits = council.save([council.audit(OCTOBER, status=status, grade=council.grades[0]) for status in states])
        draw = council.draw(OCTOBER)
        rows = [council.allocation(audit, draw) for audit in audits]
        for instead, gone, origin in ((1, 0, "reserve"), (3, 2, "again")):
            rows[instead].origin, rows[instead].replaces = origin, rows[gone]
        for row in rows:
            row.save()
        figures = count_figures(OCTOBER, as_of=AS_OF)
        counts = figures["compliance"]["first"]
        assert counts == {
            "allocated": 5, "completed": 2, "in_progress": 0, "overdue": 1, "exempt": 1, "withdrawn": 1,
        }  # fmt: skip
        assert figures["changes"]["month"]["from_reserve"] == figures["changes"]["month"]["again"] == 1
        assert {"state": "withdrawn", "why": "Another case came in its place", "n": 1} in figures["not_returned"]
        identities(figures)


class TestPersonalReasons:
    def test_are_counted_together_so_that_nobody_reads_who_was_ill(
        self, client: Client, psw: User, council: Council
    ) -> None:
        council.cycle(OCTOBER)
        reasons = ("sickness", "leave", "leaving", "capacity")
        audits = council.save([council.audit(OCTOBER, status=Status.EXEMPT) for _ in reasons])
        for audit, why in zip(audits, reasons, strict=True):
            AuditRequest.objects.create(
                audit=audit, kind="exemption", why=why, reason="Too much else.", due_on_before=audit.due_on,
                asked_by=audit.auditor, asked_at=NOW, state="agreed", settled_at=NOW,
            )  # fmt: skip
        figures = count_figures(OCTOBER, as_of=AS_OF)
        assert {(row["state"], row["why"]): row["n"] for row in figures["not_returned"]} == {
            ("exempt", "Personal reasons"): 3,
            ("exempt", "No capacity"): 1,
        }
        asked = [(row["words"], row["asked"], row["agreed"]) for row in figures["requests"]["exemption"]]
        assert asked == [("Personal reasons", 3, 3), ("No capacity", 1, 1)]
        identities(figures)
        report = report_building.build(highlight_report.draft(OCTOBER, by=psw, at=NOW, today=TODAY), at=NOW)
        client.force_login(psw)
        page = client.get(reverse("reporting:report", args=["2026-10", report.version])).content.decode()
        assert page.count("Personal reasons") == 2
        for telling in ("Sickness", "Annual leave", "leaving"):
            assert telling not in page
            assert telling not in str(report.figures)


class TestByHand:
    def test_shows_the_reason_without_the_names(self, council: Council) -> None:
        council.cycle(OCTOBER)
        plain = "Nobody else of the group is there this month."
        child = given_by_hand(council, "A complaint.").case
        staff = UserFactory(name="Minnie Named")
        given_by_hand(council, plain)
        for name in (child.reference, child.child_name, staff.name.upper()):
            given_by_hand(council, f"Asked for by {name}, see the minutes.")
        shown = reasons_by_hand(OCTOBER)
        assert shown[:2] == ["A complaint.", plain]
        assert all("names somebody" in reason for reason in shown[2:])
        assert len(shown) == 5

    def test_is_read_by_senior_managers_and_never_in_the_pdf(
        self, client: Client, psw: User, head_of_service: User, worker: User, october: Council
    ) -> None:
        reason = "Nobody else of the group is there this month."
        given_by_hand(october, reason)
        draft = highlight_report.draft(OCTOBER, by=psw, at=NOW, today=TODAY)
        report = highlight_report.publish(report_building.build(draft, at=NOW), by=psw, at=NOW, today=TODAY)
        address = reverse("reporting:report", args=["2026-10", 1])
        for person, reads in ((psw, True), (head_of_service, True), (worker, False)):
            client.force_login(person)
            page = client.get(address).content.decode()
            assert (reason in page) is reads
            assert "Given by hand, each a recorded decision" in page
        assert reason not in report_building.pdf_html(report, report.figures or {})


class TestOlderReports:
    def test_are_shown_without_what_they_did_not_count(self, client: Client, psw: User, october: Council) -> None:
        draft = highlight_report.draft(OCTOBER, by=psw, at=NOW, today=TODAY)
        figures = count_figures(OCTOBER, as_of=TODAY)
        for name in ("kinds", "improvement", "changes", "not_returned", "requests"):
            del figures[name]
        draft.figures, draft.build = {**figures, "schema": 1, "overrides": {"month": 1, "running": 4}}, "ready"
        draft.pdf = b"%PDF-1.7"
        draft.save()
        client.force_login(psw)
        page = client.get(reverse("reporting:report", args=["2026-10", 1])).content.decode()
        assert "1 this month, 4 since the programme began" in page
        assert "After the draw" not in page
        with pytest.raises(highlight_report.ReportError, match="counts more than it did"):
            highlight_report.publish(draft, by=psw, at=NOW, today=TODAY)
