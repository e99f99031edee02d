"""Who may do what with a request in each situation: one table."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from django.db import transaction

from allocation.changes import exemptions
from allocation.models import AuditRequest
from allocation.month_lock import CycleError
from audits.models import Audit
from audits.workflow import move
from people.models import Absence, User
from people.roles import JobRole
from tests.allocation.changes.requests.asking import (
    exemption,
    extension,
    fresh,
    say,
)
from tests.cast import submitted
from tests.conftest import NOW, TODAY
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


SITUATIONS: dict[str, Callable[[AuditRequest, User, User], None]] = {}


def situation(make: Callable[[AuditRequest, User, User], None]) -> Callable[[AuditRequest, User, User], None]:
    SITUATIONS[make.__name__] = make
    return make


@situation
def asked(request: AuditRequest, line_manager: User, psw: User) -> None:
    """Nobody has answered."""


@situation
def manager_away(request: AuditRequest, line_manager: User, psw: User) -> None:
    Absence.objects.create(user=line_manager, starts=TODAY, ends=TODAY)


@situation
def manager_said_yes(request: AuditRequest, line_manager: User, psw: User) -> None:
    say(request, line_manager)


@situation
def refused(request: AuditRequest, line_manager: User, psw: User) -> None:
    say(request, line_manager, agreed=False)


@situation
def agreed(request: AuditRequest, line_manager: User, psw: User) -> None:
    say(say(request, line_manager), psw)


@situation
def taken_back(request: AuditRequest, line_manager: User, psw: User) -> None:
    exemptions.take_back(request, by=request.asked_by, at=NOW)


@situation
def audit_submitted(request: AuditRequest, line_manager: User, psw: User) -> None:
    submitted(request.audit, at=NOW, today=TODAY)


@situation
def audit_withdrawn(request: AuditRequest, line_manager: User, psw: User) -> None:
    move(request.audit, "withdraw", by=psw, at=NOW, reason="The case has moved away.")


@situation
def audit_handed_over(request: AuditRequest, line_manager: User, psw: User) -> None:
    Audit.objects.filter(pk=request.audit_id).update(auditor=UserFactory(job_role=JobRole.TEAM_MANAGER))


ACTS: dict[str, Callable[[AuditRequest, User], Any]] = {
    "say yes": lambda request, by: say(request, by),
    "say no": lambda request, by: say(request, by, agreed=False),
    "take back": lambda request, by: exemptions.take_back(request, by=by, at=NOW),
    "ask again": lambda request, by: extension(fresh(request.audit), by=by),
}
PEOPLE = ("auditor", "line_manager", "psw", "assistant_director", "team_manager", "worker")
ANSWERS = ("say yes", "say no")
ALLOWED: dict[str, set[tuple[str, str]]] = {
    "asked": {("line_manager", act) for act in ANSWERS} | {("auditor", "take back")},
    "manager_away": {(who, act) for who in ("line_manager", "psw") for act in ANSWERS} | {("auditor", "take back")},
    "manager_said_yes": {("psw", act) for act in ANSWERS} | {("auditor", "take back")},
    "refused": {("auditor", "ask again")},
    "agreed": set(),
    "taken_back": {("auditor", "ask again")},
    "audit_submitted": set(),
    "audit_withdrawn": set(),
    "audit_handed_over": {("auditor", "take back")},  # not by the portal's own handover, which settles it
}


class TestWhoMayDoWhat:
    @pytest.mark.parametrize("name", SITUATIONS)
    def test_is_as_the_table_says(self, audit: Audit, line_manager: User, psw: User, name: str, request: Any) -> None:
        asked_for = exemption(audit)
        SITUATIONS[name](asked_for, line_manager, psw)
        people = {who: User.objects.get(pk=request.getfixturevalue(who).pk) for who in PEOPLE}
        done = set()
        for who, person in people.items():
            for act, do in ACTS.items():
                found = AuditRequest.objects.get(pk=asked_for.pk)
                with transaction.atomic():
                    with suppress(CycleError):
                        do(found, person)
                        done.add((who, act))
                    transaction.set_rollback(True)
        assert done == ALLOWED[name]

    @pytest.mark.parametrize("name", SITUATIONS)
    def test_is_what_pages_and_lists_offer(
        self, audit: Audit, line_manager: User, psw: User, name: str, request: Any
    ) -> None:
        asked_for = exemption(audit)
        SITUATIONS[name](asked_for, line_manager, psw)
        people = {who: User.objects.get(pk=request.getfixturevalue(who).pk) for who in PEOPLE}
        expected = {who for who, act in ALLOWED[name] if act == "say yes"}
        found = AuditRequest.objects.get(pk=asked_for.pk)
        assert {who for who, person in people.items() if exemptions.may_answer(found, person, today=TODAY)} == expected
        listed = {
            who for who, person in people.items() if exemptions.requests_waiting_for(person, today=TODAY).exists()
        }
        assert listed == expected
        assert {person.pk for person in exemptions.who_answers(found, today=TODAY)} == {
            people[who].pk for who in expected
        }

    def test_nobody_answers_a_request_of_their_own(self, audit: Audit, psw: User) -> None:
        Audit.objects.filter(pk=audit.pk).update(auditor=psw)
        request = exemption(fresh(audit))
        with pytest.raises(CycleError, match="of their own"):
            say(request, psw)
        assert not exemptions.requests_waiting_for(psw, today=TODAY).exists()
        assert exemptions.who_answers(request, today=TODAY) == []
        second = UserFactory(name="Second Programme", job_role=JobRole.PRINCIPAL_SOCIAL_WORKER)
        assert say(request, second).state == "agreed"
