"""What is kept of requests, and how they are counted."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db import transaction

from allocation.changes import exemptions, replacing
from allocation.models import AuditRequest, Cycle, RequestDecision
from audits.models import Audit, Case
from people.models import Activity, User
from tests.allocation.changes.requests.asking import (
    exemption,
    extension,
    say,
)
from tests.allocation.published import audits_of, publish
from tests.conftest import NOW, TODAY
from tests.factories import AuditFactory

pytestmark = pytest.mark.django_db


class TestRecord:
    def test_of_an_answer_cannot_be_changed_or_deleted(self, audit: Audit, line_manager: User) -> None:
        say(exemption(audit), line_manager)
        decision = RequestDecision.objects.get()
        for spoil in (decision.delete, lambda: RequestDecision.objects.update(agreed=False)):
            with pytest.raises(Exception, match="append_only"), transaction.atomic():
                spoil()

    def test_names_what_each_did(self, audit: Audit, line_manager: User, psw: User) -> None:
        say(say(exemption(audit), line_manager), psw)
        rows = Activity.objects.filter(target=f"audit:{audit.reference}").order_by("pk")
        assert [(row.verb, str(row.by)) for row in rows] == [
            ("asked for an exemption", "Ada Auditor"),
            ("agreed to a request", "Lin Manager"),
            ("agreed to a request", "Petra Programme"),
        ]


class TestCounts:
    def test_tell_reasons_apart_and_add_up(
        self, core_template: Any, auditor: User, line_manager: User, psw: User
    ) -> None:
        def new() -> Audit:
            return AuditFactory(template_version=core_template, auditor=auditor)

        say(say(exemption(new(), why="sickness"), line_manager), psw)
        say(exemption(new(), why="sickness"), line_manager, agreed=False)
        exemption(new(), why="sickness")
        say(extension(new(), why="leave"), line_manager)
        exemptions.take_back(extension(new(), why="leave"), by=auditor, at=NOW)
        over = new()
        extension(over, why="other")
        Audit.objects.filter(pk=over.pk).update(status="withdrawn")
        exemption(AuditFactory(template_version=core_template, auditor=auditor, month=date(2026, 12, 1)), why="other")
        counts = exemptions.counts_by_why(date(2026, 11, 10))
        shown = [(row.why, row.asked, row.agreed, row.refused, row.waiting, row.withdrawn) for row in counts]
        assert shown == [("sickness", 3, 1, 1, 1, 0), ("leave", 2, 1, 0, 0, 1), ("other", 1, 0, 0, 0, 1)]
        assert all(row.asked == row.agreed + row.refused + row.waiting + row.withdrawn for row in counts)
        assert [row.words for row in counts] == ["Sickness", "Annual leave", "Another reason"]
        assert [row.why for row in exemptions.counts_by_why(date(2026, 11, 1), kind="extension")] == ["leave", "other"]

    def test_say_how_often_the_case_was_given_to_somebody_else(
        self, cycle: Cycle, cases: list[Case], auditors: list[User], psw: User
    ) -> None:
        published = publish(cycle, psw)
        for audit in audits_of(published)[:2]:
            say(exemption(audit, why="capacity"), psw if audit.auditor.line_manager is None else self.above(audit))
        for request in AuditRequest.objects.filter(state="programme"):
            say(request, psw)
        first = audits_of(published)[0]
        replacing.give_again(first, reason="Nobody else has it", by=psw, at=NOW, today=TODAY)
        (row,) = exemptions.counts_by_why(published.month)
        assert (row.agreed, row.given_again) == (2, 1)

    @staticmethod
    def above(audit: Audit) -> User:
        assert audit.auditor.line_manager is not None
        return audit.auditor.line_manager

    def test_of_a_month_without_requests_are_none(self) -> None:
        assert exemptions.counts_by_why(date(2026, 11, 1)) == []
