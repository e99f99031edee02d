"""The pages of exemptions and extensions as auditors, line managers and the programme use them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
import time_machine
from django.test import Client

from allocation.changes import exemptions
from allocation.models import AuditRequest
from audits.models import Audit, TemplateVersion
from audits.workflow import move
from people.holidays import ensure_holidays
from people.models import Absence, User
from tests.cast import date_parts
from tests.conftest import NOW, TODAY
from tests.factories import AuditFactory

REASON = "Two of my team are away until December."
WEEK, LONGER = date(2026, 12, 7), date(2026, 12, 8)


@pytest.fixture(autouse=True)
def ten_november(db: None) -> Iterator[None]:
    ensure_holidays()
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def line_manager(auditor: User) -> User:
    assert auditor.line_manager is not None
    return auditor.line_manager


@pytest.fixture(autouse=True)
def programme(psw: User) -> User:
    return psw


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def text_of(response: Any) -> str:
    return " ".join(response.content.decode().split())


def read(user: User, address: str) -> str:
    response = signed_in(user).get(address, follow=True)
    assert response.status_code == 200
    return text_of(response)


def post(user: User, address: str, **posted: Any) -> str:
    return text_of(signed_in(user).post(address, posted, follow=True))


def ask_address(audit: Audit) -> str:
    return f"/requests/new/{audit.reference}/"


def page_of(request: AuditRequest) -> str:
    return f"/requests/{request.pk}/"


@pytest.fixture
def asked(audit: Audit) -> AuditRequest:
    """Ada Auditor asks for eight more days, one too many for the line manager alone."""
    return exemptions.ask_extension(
        audit, why="leave", reason=REASON, wanted_due_on=LONGER, by=audit.auditor, at=NOW, today=TODAY
    )


@pytest.fixture
def exemption(audit: Audit) -> AuditRequest:
    return exemptions.ask_exemption(audit, why="known", reason=REASON, by=audit.auditor, at=NOW, today=TODAY)


class TestAsking:
    def test_is_offered_on_the_audits_own_pages(self, audit: Audit) -> None:
        for address in (f"/audits/{audit.reference}/", f"/audits/{audit.reference}/do/"):
            assert "Ask for more time or an exemption" in read(audit.auditor, address)

    @pytest.mark.parametrize("who", ["psw", "worker", "team_manager"])
    def test_is_offered_to_nobody_else(self, audit: Audit, request: Any, who: str) -> None:
        shown = read(request.getfixturevalue(who), f"/audits/{audit.reference}/")
        assert "Ask for more time" not in shown
        assert "If you cannot do it" not in shown

    def test_says_who_answers_and_what_stays_as_it_is(self, audit: Audit) -> None:
        shown = read(audit.auditor, ask_address(audit))
        assert "The due date stands until somebody agrees" in shown
        assert "More time, until 7 December 2026 at the latest:</strong> Lin Manager, your line manager" in shown
        assert "Lin Manager first, then the principal social worker" in shown

    def test_says_that_one_answer_is_enough_where_nobody_is_above(self, audit: Audit) -> None:
        User.objects.filter(pk=audit.auditor_id).update(line_manager=None)
        assert "The principal social worker. One answer is enough." in read(audit.auditor, ask_address(audit))

    def test_says_so_where_nobody_runs_the_programme(self, audit: Audit, psw: User) -> None:
        assert "Nobody is recorded" not in read(audit.auditor, ask_address(audit))
        User.objects.filter(pk=psw.pk).update(is_active=False)
        assert "Nobody is recorded as running the programme" in read(audit.auditor, ask_address(audit))

    def test_for_more_time_leads_to_the_request(self, audit: Audit) -> None:
        posted = {"kind": "extension", "why": "leave", "reason": REASON, **date_parts("wanted_due_on", WEEK)}
        shown = post(audit.auditor, ask_address(audit), **posted)
        assert "Your request is sent" in shown
        assert "More time for audit" in shown
        assert "With Lin Manager" in shown
        assert "7 December 2026, 7 days later" in shown
        request = AuditRequest.objects.get()
        assert (request.kind, request.why, request.reason) == ("extension", "leave", REASON)

    def test_for_an_exemption_needs_no_date(self, audit: Audit) -> None:
        posted = {"kind": "exemption", "why": "known", "reason": REASON, "wanted_due_on_day": "31"}
        assert "Exemption from audit" in post(audit.auditor, ask_address(audit), **posted)
        assert AuditRequest.objects.get().wanted_due_on is None

    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"kind": ""}, "Choose what you need"),
            ({"why": ""}, "Choose the reason that fits best"),
            ({"reason": ""}, "Say in your own words why you ask"),
            ({"reason": "Away."}, "at least 10 characters"),
            ({"reason": "x" * 1001}, "at most 1000 characters"),
            ({"wanted_due_on_day": ""}, "The new due date must include a day"),
            ({"wanted_due_on_day": "", "wanted_due_on_month": "", "wanted_due_on_year": ""}, "Enter the new due date"),
            ({"wanted_due_on_day": "5"}, "The new date must be a working day."),
            (
                date_parts("wanted_due_on", date(2030, 6, 4)),
                "4 June 2030 is more than 3 months after the due date. Check the year.",
            ),
            ({"wanted_due_on_month": "11"}, "The new date must be after 30 November 2026."),
            ({"why": "known"}, "More time does not help where you or your team know the family."),
        ],
    )
    def test_shows_what_is_wrong_and_keeps_what_was_typed(
        self, audit: Audit, changes: dict[str, str], words: str
    ) -> None:
        posted = {"kind": "extension", "why": "leave", "reason": REASON, **date_parts("wanted_due_on", WEEK)}
        shown = post(audit.auditor, ask_address(audit), **(posted | changes))
        assert "There is a problem" in shown
        assert words in shown
        assert (changes.get("reason") or REASON) in shown or changes.get("reason") == ""
        assert not AuditRequest.objects.exists()

    def test_again_leads_to_the_request_that_waits(self, asked: AuditRequest) -> None:
        response = signed_in(asked.asked_by).get(ask_address(asked.audit))
        assert response["Location"] == page_of(asked)

    def test_is_replaced_by_the_request_on_the_audits_page(self, asked: AuditRequest, psw: User) -> None:
        shown = read(asked.asked_by, f"/audits/{asked.audit.reference}/")
        assert f'href="{page_of(asked)}">Extension until 8 December 2026</a>: With Lin Manager.' in shown
        assert "Ask for more time" not in shown
        assert f'href="{page_of(asked)}"' in read(psw, f"/audits/{asked.audit.reference}/")

    def test_page_costs_as_many_queries_however_many_were_asked(
        self, audit: Audit, django_assert_max_num_queries: Any
    ) -> None:
        client = signed_in(audit.auditor)
        for _ in range(3):
            with django_assert_max_num_queries(12):
                assert client.get(ask_address(audit)).status_code == 200
            found = exemptions.ask_exemption(audit, why="leave", reason=REASON, by=audit.auditor, at=NOW, today=TODAY)
            exemptions.take_back(found, by=audit.auditor, at=NOW)


class TestAnswering:
    def test_says_what_a_yes_does_before_it_is_given(self, asked: AuditRequest, line_manager: User, psw: User) -> None:
        assert "it goes on to the principal social worker" in read(line_manager, page_of(asked))
        assert "Do you agree?" not in read(psw, page_of(asked))
        shown = post(line_manager, page_of(asked), agreed="yes", comment="")
        assert "Your yes is recorded. The principal social worker answers next" in shown
        assert "Do you agree?" not in shown
        assert "due on 8 December 2026 from now on" in read(psw, page_of(asked))
        shown = post(psw, page_of(asked), agreed="yes", comment="As an exception.")
        assert "is now due on 8 December 2026" in shown
        assert "Yes, as line manager" in shown
        assert "Yes, as principal social worker" in shown
        assert "As an exception." in shown
        assert Audit.objects.get().due_on == LONGER

    def test_of_an_exemption_warns_that_it_cannot_be_undone(
        self, exemption: AuditRequest, line_manager: User, psw: User
    ) -> None:
        post(line_manager, page_of(exemption), agreed="yes")
        assert "This cannot be undone." in read(psw, page_of(exemption))
        shown = post(psw, page_of(exemption), agreed="yes")
        assert "is exempt" in shown
        assert "Ada Auditor is recorded as knowing this family" in shown
        assert "recorded as knowing" not in read(exemption.asked_by, page_of(exemption))

    def test_no_needs_a_comment(self, asked: AuditRequest, line_manager: User) -> None:
        shown = post(line_manager, page_of(asked), agreed="no", comment="")
        assert "There is a problem" in shown
        assert "Give the reason for saying no" in shown
        shown = post(line_manager, page_of(asked), agreed="no", comment="The month has just begun.")
        assert "Your no is recorded." in shown
        assert "Not agreed" in shown
        assert "The month has just begun." in read(asked.asked_by, page_of(asked))

    def test_needs_a_yes_or_no(self, asked: AuditRequest, line_manager: User) -> None:
        assert "Choose yes or no" in post(line_manager, page_of(asked), comment="Perhaps later.")

    def test_in_the_line_managers_place_is_said_and_recorded(
        self, exemption: AuditRequest, line_manager: User, psw: User
    ) -> None:
        Absence.objects.create(user=line_manager, starts=TODAY, ends=TODAY)
        shown = read(psw, page_of(exemption))
        assert "You may answer in the line manager’s place: Lin Manager is away until 10 November 2026." in shown
        assert "the principal social worker may answer in their place" in read(exemption.asked_by, page_of(exemption))
        shown = post(psw, page_of(exemption), agreed="yes")
        assert "Yes, in place of Lin Manager" in shown

    def test_second_is_told_who_was_first(self, asked: AuditRequest, line_manager: User, psw: User) -> None:
        post(line_manager, page_of(asked), agreed="no", comment="The month has just begun.")
        assert "Lin Manager has already said no to this request." in post(psw, page_of(asked), agreed="yes")

    def test_out_of_turn_is_refused_with_a_sentence(self, asked: AuditRequest, line_manager: User, psw: User) -> None:
        assert "Lin Manager answers first." in post(psw, page_of(asked), agreed="yes")
        post(line_manager, page_of(asked), agreed="yes")
        assert "It is now for the principal social worker" in post(line_manager, page_of(asked), agreed="yes")

    def test_is_not_for_the_auditor(self, asked: AuditRequest) -> None:
        client = signed_in(asked.asked_by)
        assert client.post(page_of(asked), {"agreed": "yes"}).status_code == 403

    def test_shows_the_line_manager_nothing_of_the_child(self, asked: AuditRequest, line_manager: User) -> None:
        shown = read(line_manager, page_of(asked))
        assert asked.audit.reference in shown
        assert REASON in shown
        assert asked.audit.case.reference not in shown
        assert asked.audit.case.child_name not in shown
        assert "Go to the audit" not in shown

    def test_is_over_when_the_audit_is(self, asked: AuditRequest, line_manager: User, psw: User) -> None:
        move(asked.audit, "withdraw", by=psw, at=NOW, reason="The case has moved away.")
        shown = read(line_manager, page_of(asked))
        assert "The audit is withdrawn, so this request is no longer needed." in shown
        assert "Do you agree?" not in shown
        assert "No longer needed" in read(line_manager, "/requests/")
        assert "no longer needed" in post(line_manager, page_of(asked), agreed="yes")


class TestTakingBack:
    def test_is_one_click(self, asked: AuditRequest) -> None:
        assert "Take the request back" in read(asked.asked_by, page_of(asked))
        shown = post(asked.asked_by, f"{page_of(asked)}take-back/")
        assert "Your request is taken back. The due date stands." in shown
        assert "Take the request back" not in shown

    def test_is_not_offered_to_whoever_answers(self, asked: AuditRequest, line_manager: User) -> None:
        assert "Take the request back" not in read(line_manager, page_of(asked))
        assert signed_in(line_manager).post(f"{page_of(asked)}take-back/").status_code == 403

    def test_too_late_is_said(self, asked: AuditRequest, line_manager: User) -> None:
        post(line_manager, page_of(asked), agreed="no", comment="The month has just begun.")
        assert "Lin Manager has already said no" in post(asked.asked_by, f"{page_of(asked)}take-back/")


@pytest.fixture
def many(core_template: TemplateVersion, auditor: User, line_manager: User, psw: User) -> list[AuditRequest]:
    """Six requests about two months, in every state."""
    found = []
    for number, why in enumerate(["leave", "leave", "sickness", "capacity", "capacity", "other"]):
        month = date(2026, 11 if number < 4 else 12, 1)
        reference = f"{month:%Y-%m}-{500 + number:04d}"
        audit = AuditFactory(
            template_version=core_template, auditor=auditor, month=month, due_on=date(2026, 12, 18), reference=reference
        )
        found.append(exemptions.ask_exemption(audit, why=why, reason=REASON, by=auditor, at=NOW, today=TODAY))
    for request in found[1:4]:
        exemptions.answer(request, agreed=True, comment="", by=line_manager, at=NOW, today=TODAY)
    exemptions.answer(found[2], agreed=True, comment="", by=psw, at=NOW, today=TODAY)
    exemptions.answer(found[3], agreed=False, comment="Please do try.", by=psw, at=NOW, today=TODAY)
    exemptions.take_back(found[4], by=auditor, at=NOW)
    return found


def listed(user: User, query: str = "") -> list[str]:
    response = signed_in(user).get(f"/requests/{query}")
    return sorted(asked.audit.reference for asked, _ in response.context["rows"])


class TestList:
    def test_shows_what_waits_for_each(
        self, many: list[AuditRequest], auditor: User, line_manager: User, psw: User
    ) -> None:
        def waiting(user: User) -> list[str]:
            response = signed_in(user).get("/requests/")
            return [asked.audit.reference for asked, _ in response.context["waiting"]]

        assert waiting(line_manager) == ["2026-11-0500", "2026-12-0505"]
        assert waiting(psw) == ["2026-11-0501"]
        assert waiting(auditor) == []

    def test_shows_each_their_own(
        self, many: list[AuditRequest], auditor: User, line_manager: User, psw: User, worker: User
    ) -> None:
        everything = sorted(request.audit.reference for request in many)
        for user in (auditor, line_manager, psw):
            assert listed(user) == everything
        assert listed(worker) == []
        assert "No requests" in read(worker, "/requests/")

    @pytest.mark.parametrize(
        ("query", "references"),
        [
            ("?kind=extension", []),
            ("?kind=exemption&month=2026-12", ["2026-12-0504", "2026-12-0505"]),
            ("?state=waiting", ["2026-11-0500", "2026-11-0501", "2026-12-0505"]),
            ("?state=agreed", ["2026-11-0502"]),
            ("?state=refused", ["2026-11-0503"]),
            ("?state=withdrawn", ["2026-12-0504"]),
            ("?state=waiting&month=2026-12", ["2026-12-0505"]),
        ],
    )
    def test_can_be_filtered(self, many: list[AuditRequest], psw: User, query: str, references: list[str]) -> None:
        assert listed(psw, query) == references
        assert "Clear filters" in read(psw, f"/requests/{query}")

    @pytest.mark.parametrize("query", ["?month=2026-13", "?state=nonsense&kind=0", "?page=99&month=x'--"])
    def test_leaves_out_a_filter_that_makes_no_sense(self, many: list[AuditRequest], psw: User, query: str) -> None:
        assert len(listed(psw, query)) == 6

    def test_tells_what_was_overtaken_from_what_was_taken_back(self, many: list[AuditRequest], psw: User) -> None:
        move(many[0].audit, "withdraw", by=psw, at=NOW, reason="The case has moved away.")
        Audit.objects.filter(pk=many[1].audit_id).update(status="withdrawn")  # not by the portal
        assert listed(psw, "?state=withdrawn") == ["2026-12-0504"]
        assert set(listed(psw, "?state=overtaken")) >= {"2026-11-0500"}
        assert read(psw, "/requests/?state=overtaken").count(">No longer needed</strong>") == len(
            listed(psw, "?state=overtaken")
        )

    def test_counts_by_reason_for_the_programme_alone(
        self, many: list[AuditRequest], psw: User, line_manager: User
    ) -> None:
        assert "By reason" in read(psw, "/requests/")
        assert "By reason" not in read(line_manager, "/requests/")
        counts = signed_in(psw).get("/requests/?month=2026-11").context["by_why"]
        assert [(row.why, row.asked) for row in counts] == [("leave", 2), ("capacity", 1), ("sickness", 1)]

    def test_keeps_filters_while_paging(self, core_template: TemplateVersion, auditor: User, psw: User) -> None:
        for _ in range(51):
            audit = AuditFactory(template_version=core_template, auditor=auditor)
            exemptions.ask_exemption(audit, why="leave", reason=REASON, by=auditor, at=NOW, today=TODAY)
        assert "?state=waiting&amp;page=2" in read(psw, "/requests/?state=waiting")
        assert len(listed(psw, "?state=waiting&page=2")) == 1

    @pytest.mark.parametrize("who", ["psw", "line_manager"])
    def test_costs_as_many_queries_for_many_rows_as_for_few(
        self, core_template: TemplateVersion, auditor: User, request: Any, who: str, django_assert_max_num_queries: Any
    ) -> None:
        client = signed_in(request.getfixturevalue(who))
        for _ in range(2):
            for _ in range(10):
                audit = AuditFactory(template_version=core_template, auditor=auditor)
                exemptions.ask_exemption(audit, why="leave", reason=REASON, by=auditor, at=NOW, today=TODAY)
            with django_assert_max_num_queries(7):
                client.get("/requests/")


class TestHome:
    def test_asks_those_who_may_answer(self, asked: AuditRequest, line_manager: User, psw: User, auditor: User) -> None:
        link = f'href="{page_of(asked)}"'
        assert link in read(line_manager, "/")
        assert "More time for audit" in read(line_manager, "/")
        assert link not in read(psw, "/")
        post(line_manager, page_of(asked), agreed="yes")
        assert link not in read(line_manager, "/")
        assert link in read(psw, "/")
        assert link not in read(auditor, "/")

    def test_leads_auditors_and_the_programme_to_the_list(self, auditor: User, psw: User, administrator: User) -> None:
        for user in (auditor, psw):
            assert 'href="/requests/"' in read(user, "/")
        assert 'href="/requests/"' not in read(administrator, "/")
