"""What an auditor may ask for, and what the form says before it is sent."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from allocation.changes import exemptions
from allocation.month_lock import CycleError
from audits.models import Audit, StatusChange
from audits.workflow import move
from people.models import Activity, Holiday, OutgoingMail, User
from tests.allocation.changes.requests.asking import (
    DUE,
    REASON,
    WEEK,
    exemption,
    extension,
    fresh,
    kinds_to,
    say,
)
from tests.cast import submitted
from tests.conftest import NOW, TODAY

pytestmark = pytest.mark.django_db


class TestAsking:
    def test_goes_to_the_line_manager_first(self, audit: Audit, line_manager: User, psw: User) -> None:
        request = exemption(audit)
        assert (request.state, request.line_manager) == ("line_manager", line_manager)
        assert kinds_to(line_manager) == ["to_line_manager"]
        assert kinds_to(psw) == []

    def test_changes_nothing_until_somebody_agrees(self, audit: Audit) -> None:
        exemption(audit)
        assert (fresh(audit).status, fresh(audit).due_on) == ("allocated", DUE)

    def test_goes_straight_to_the_programme_where_nobody_is_above(self, audit: Audit, psw: User) -> None:
        User.objects.filter(pk=audit.auditor_id).update(line_manager=None)
        audit = fresh(audit)
        request = exemption(audit)
        assert (request.state, request.line_manager) == ("programme", None)
        assert kinds_to(psw) == ["to_programme"]
        assert say(request, psw).state == "agreed"

    def test_goes_straight_to_a_line_manager_who_runs_the_programme(self, audit: Audit, psw: User) -> None:
        User.objects.filter(pk=audit.auditor_id).update(line_manager=psw)
        request = exemption(fresh(audit))
        assert (request.state, request.line_manager) == ("programme", None)

    def test_steps_over_a_line_manager_who_has_left(
        self, audit: Audit, line_manager: User, assistant_director: User
    ) -> None:
        User.objects.filter(pk=line_manager.pk).update(leave_date=TODAY)
        assert exemption(fresh(audit)).line_manager == assistant_director

    @pytest.mark.parametrize("by", ["line_manager", "psw", "worker", "team_manager"])
    def test_is_for_its_auditor_alone(self, audit: Audit, request: Any, by: str) -> None:
        with pytest.raises(CycleError, match="Only its auditor"):
            exemption(audit, by=request.getfixturevalue(by))

    def test_happens_once_at_a_time(self, audit: Audit) -> None:
        first = exemption(audit)
        with pytest.raises(CycleError, match="asked already"):
            extension(audit)
        exemptions.take_back(first, by=audit.auditor, at=NOW)
        assert extension(audit).is_open

    def test_is_held_to_one_at_a_time_by_the_database(self, audit: Audit) -> None:
        request = exemption(audit)
        request.pk = None
        with pytest.raises(IntegrityError, match="one_open_request_per_audit"), transaction.atomic():
            request.save(force_insert=True)

    @pytest.mark.parametrize("step", ["withdraw", "exempt"])
    def test_is_over_when_the_audit_is(self, audit: Audit, psw: User, step: str) -> None:
        move(audit, step, by=psw, at=NOW, reason="The case has moved away.")
        with pytest.raises(CycleError, match="nothing to ask for"):
            exemption(fresh(audit))

    def test_is_over_when_the_audit_is_submitted(self, audit: Audit) -> None:
        submitted(audit, at=NOW, today=TODAY)
        with pytest.raises(CycleError, match="nothing to ask for"):
            exemption(fresh(audit))

    @pytest.mark.parametrize(("reason", "field"), [("", "reason"), ("  Away.  ", "reason")])
    def test_needs_a_reason_that_says_something(self, audit: Audit, reason: str, field: str) -> None:
        with pytest.raises(CycleError) as refused:
            exemption(audit, reason=reason)
        assert refused.value.field == field

    def test_needs_a_reason_from_the_list(self, audit: Audit) -> None:
        with pytest.raises(CycleError) as refused:
            exemption(audit, why="because")
        assert refused.value.field == "why"

    def test_offers_no_more_time_to_somebody_who_knows_the_family(self, audit: Audit) -> None:
        with pytest.raises(CycleError) as refused:
            extension(audit, why="known")
        assert refused.value.field == "kind"

    @pytest.mark.parametrize(
        ("until", "words"),
        [
            (DUE, "after 30 November 2026"),
            (date(2026, 11, 27), "after 30 November 2026"),
            (date(2026, 12, 5), "working day"),  # a Saturday
            (date(2026, 12, 25), "working day"),
        ],
    )
    def test_refuses_a_date_that_cannot_be(self, audit: Audit, until: date, words: str) -> None:
        with pytest.raises(CycleError, match=words) as refused:
            extension(audit, until)
        assert refused.value.field == "wanted_due_on"

    @pytest.mark.parametrize(("due_on", "latest"), [(DUE, date(2027, 2, 26)), (date(2026, 6, 30), date(2027, 2, 10))])
    def test_reaches_three_months_from_the_due_date_or_from_today(
        self, audit: Audit, due_on: date, latest: date
    ) -> None:
        Audit.objects.filter(pk=audit.pk).update(due_on=due_on)
        with pytest.raises(CycleError, match=r"more than 3 months after .* Check the year\."):
            extension(fresh(audit), latest + timedelta(days=3))
        assert extension(fresh(audit), latest).wanted_due_on == latest

    @pytest.mark.parametrize(("until", "allowed"), [(TODAY, False), (TODAY + timedelta(days=1), True)])
    def test_refuses_a_date_that_is_not_after_today(self, audit: Audit, until: date, allowed: bool) -> None:
        Audit.objects.filter(pk=audit.pk).update(due_on=date(2026, 11, 3))
        if allowed:
            assert extension(fresh(audit), until).wanted_due_on == until
        else:
            with pytest.raises(CycleError, match="after today"):
                extension(fresh(audit), until)

    def test_refuses_a_date_on_which_the_auditor_has_left(self, audit: Audit) -> None:
        User.objects.filter(pk=audit.auditor_id).update(leave_date=WEEK)
        audit = fresh(audit)
        with pytest.raises(
            CycleError, match=f"{audit.auditor} leaves on .*, so the new date must be before that."
        ) as no:
            extension(audit, WEEK)
        assert no.value.field == "wanted_due_on"
        User.objects.filter(pk=audit.auditor_id).update(leave_date=WEEK + timedelta(days=1))
        assert extension(fresh(audit), WEEK).wanted_due_on == WEEK

    def test_counts_the_councils_closure_days(self, audit: Audit) -> None:
        Holiday.objects.create(day=WEEK, name="Closure", closure=True)
        with pytest.raises(CycleError, match="working day"):
            extension(audit, WEEK)

    def test_says_nothing_of_the_reason_in_mail_or_activity(self, audit: Audit, line_manager: User, psw: User) -> None:
        say(say(exemption(audit, why="sickness"), line_manager), psw)
        written = [mail.subject + mail.body for mail in OutgoingMail.objects.all()]
        written += [str(row.detail) + row.verb for row in Activity.objects.all()]
        written += StatusChange.objects.values_list("reason", flat=True)
        assert len(written) == 7
        assert not [text for text in written if REASON in text or "ickness" in text or audit.case.child_name in text]
