"""Requests that were taken back or that something else overtook."""

from __future__ import annotations

from contextlib import suppress

import pytest
from django.db import transaction

from allocation.changes import exemptions, overtaken
from allocation.changes import request_reading as reading
from allocation.changes.setting_aside import set_aside
from allocation.models import AuditRequest
from allocation.month_lock import CycleError
from audits.models import Audit
from people.models import OutgoingMail, User
from people.roles import JobRole
from tests.allocation.changes.requests.asking import (
    exemption,
    extension,
    fresh,
    kinds_to,
    say,
)
from tests.cast import submitted
from tests.conftest import NOW, TODAY
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


class TestTakingBack:
    @pytest.mark.parametrize("after_yes", [False, True])
    def test_ends_it_at_either_stage(self, audit: Audit, line_manager: User, after_yes: bool) -> None:
        request = exemption(audit)
        if after_yes:
            request = say(request, line_manager)
        request = exemptions.take_back(request, by=audit.auditor, at=NOW)
        assert (request.state, request.settled_at, fresh(audit).status) == ("withdrawn", NOW, "allocated")

    def test_is_for_the_one_who_asked(self, audit: Audit, line_manager: User) -> None:
        with pytest.raises(CycleError, match="Only the person who asked"):
            exemptions.take_back(exemption(audit), by=line_manager, at=NOW)

    def test_comes_too_late_after_the_answer(self, audit: Audit, line_manager: User) -> None:
        request = exemption(audit)
        say(request, line_manager, agreed=False)
        with pytest.raises(CycleError, match="Lin Manager has already said no to this request"):
            exemptions.take_back(request, by=audit.auditor, at=NOW)


class TestSettledByThePortal:
    def test_ends_what_is_open_and_nothing_else(self, audit: Audit, line_manager: User) -> None:
        say(exemption(audit), line_manager, agreed=False)
        request = extension(fresh(audit))
        assert overtaken.settle_requests(audit, by=None, at=NOW) == 1
        assert overtaken.settle_requests(audit, by=None, at=NOW) == 0
        assert sorted(AuditRequest.objects.values_list("pk", "state")) == [
            (request.pk - 1, "refused"),
            (request.pk, "overtaken"),
        ]

    def test_ends_with_the_submission_and_tells_who_was_to_answer(self, audit: Audit, line_manager: User) -> None:
        request = exemption(audit)
        submitted(audit, at=NOW, today=TODAY)
        request.refresh_from_db()
        assert (request.state, request.settled_at) == ("overtaken", NOW)
        assert kinds_to(line_manager) == ["to_line_manager", "overtaken"]
        assert reading.standing(request)[1] == "No longer needed"

    def test_stands_or_falls_with_the_submission(self, audit: Audit, line_manager: User) -> None:
        """One transaction: a submission that fails after its step leaves the request open, and tells nobody."""
        request = exemption(audit)
        with suppress(RuntimeError), transaction.atomic():
            submitted(audit, at=NOW, today=TODAY)
            assert AuditRequest.objects.get(pk=request.pk).state == "overtaken"
            raise RuntimeError
        assert AuditRequest.objects.get(pk=request.pk).is_open
        assert kinds_to(line_manager) == ["to_line_manager"]

    @pytest.mark.parametrize("step", ["exempt", "withdraw"])
    def test_ends_when_the_audit_is_set_aside_and_tells_everybody_but_who_did_it(
        self, audit: Audit, line_manager: User, psw: User, step: str
    ) -> None:
        second = UserFactory(name="Second Programme", job_role=JobRole.PRINCIPAL_SOCIAL_WORKER)
        request = say(exemption(audit), line_manager)
        set_aside(fresh(audit), step, reason="The case has moved away.", by=psw, at=NOW, today=TODAY)
        assert AuditRequest.objects.get(pk=request.pk).state == "overtaken"
        assert [kinds_to(second)[-1], kinds_to(psw)[-1]] == ["overtaken", "to_programme"]
        assert kinds_to(line_manager)[-1] == "to_line_manager"  # who has answered already

    def test_is_not_overtaken_by_its_own_exemption(self, audit: Audit, line_manager: User, psw: User) -> None:
        request = say(say(exemption(audit), line_manager), psw)
        assert (request.state, fresh(audit).status) == ("agreed", "exempt")
        assert not OutgoingMail.objects.filter(kind="request_overtaken").exists()

    def test_what_the_auditor_before_asked_does_not_stand_in_the_way(self, audit: Audit) -> None:
        exemption(audit)
        other = UserFactory(job_role=JobRole.TEAM_MANAGER)
        Audit.objects.filter(pk=audit.pk).update(auditor=other)
        assert extension(fresh(audit)).asked_by == other
