"""Requests answered by two people at once, and settled in the second of a tick: real threads, real commits (R18)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from allocation.changes import exemptions
from allocation.chasing.reminders import chase_due
from allocation.models import AuditRequest, Chase
from allocation.month_lock import CycleError
from audits.models import Audit, TemplateVersion
from people.models import OutgoingMail, User
from people.roles import JobRole
from tests.conftest import NOW, TODAY
from tests.factories import AuditFactory, CaseFactory, TeamFactory, UserFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("holidays")]
MORNING = datetime(2026, 11, 25, 9, tzinfo=UTC)
LATE = date(2026, 11, 24)
NEW_DATE = date(2026, 11, 27)
REASON = "Two of my team are away."
RACES, ROUNDS = 100, 5


def together(*work: Callable[[], Any]) -> list[Any]:
    """Do different things in threads that start together; what each gave back, or its refusal in words."""
    barrier = Barrier(len(work))

    def one(do: Callable[[], Any]) -> Any:
        try:
            barrier.wait()
            return do()
        except CycleError as error:
            return str(error)
        finally:
            connection.close()

    with ThreadPoolExecutor(len(work)) as pool:
        return list(pool.map(one, work))


def say(request: AuditRequest, by: User, agreed: bool) -> AuditRequest:
    return exemptions.answer(request, agreed=agreed, comment="I have thought about it.", by=by, at=NOW, today=TODAY)


@pytest.fixture
def request_to_programme(audit: Audit, psw: User) -> AuditRequest:
    """An exemption to which the line manager has agreed."""
    asked = exemptions.ask_exemption(audit, why="capacity", reason=REASON, by=audit.auditor, at=NOW, today=TODAY)
    line_manager = audit.auditor.line_manager
    assert line_manager is not None
    return say(asked, line_manager, True)


class TestTwoAnswersAtOnce:
    @pytest.mark.parametrize("_again", range(10))
    def test_one_counts_and_the_other_is_told_who_was_first(
        self, request_to_programme: AuditRequest, psw: User, _again: int
    ) -> None:
        second = UserFactory(name="Second Programme", job_role=JobRole.PRINCIPAL_SOCIAL_WORKER)
        outcomes = together(
            lambda: say(request_to_programme, psw, True), lambda: say(request_to_programme, second, False)
        )
        request = AuditRequest.objects.get()
        first = psw if request.state == "agreed" else second
        refusals = [outcome for outcome in outcomes if isinstance(outcome, str)]
        did = "agreed to" if first == psw else "said no to"
        assert refusals == [f"{first} has already {did} this request."]
        assert [decision.by for decision in request.decisions.filter(stage="programme")] == [first]
        assert Audit.objects.get().status == ("exempt" if first == psw else "allocated")
        assert OutgoingMail.objects.filter(kind__in=["request_agreed", "request_refused"]).count() == 1

    @pytest.mark.parametrize("_again", range(10))
    def test_an_answer_and_a_taking_back_do_not_both_count(
        self, request_to_programme: AuditRequest, psw: User, auditor: User, _again: int
    ) -> None:
        outcomes = together(
            lambda: say(request_to_programme, psw, True),
            lambda: exemptions.take_back(request_to_programme, by=auditor, at=NOW),
        )
        assert sum(isinstance(outcome, str) for outcome in outcomes) == 1
        state, status = AuditRequest.objects.get().state, Audit.objects.get().status
        assert (state, status) in {("agreed", "exempt"), ("withdrawn", "allocated")}

    def test_ten_clicks_ask_once(self, audit: Audit) -> None:
        def ask() -> AuditRequest:
            return exemptions.ask_exemption(audit, why="leave", reason=REASON, by=audit.auditor, at=NOW, today=TODAY)

        outcomes = together(*[ask] * 10)
        refusals = [outcome for outcome in outcomes if isinstance(outcome, str)]
        assert len(refusals) == 9
        assert set(refusals) == {"You have asked already. Wait for the answer, or take your request back first."}
        assert AuditRequest.objects.count() == 1


class TestInTheSecondOfATick:
    """Each audit is late, so that the tick tells a line manager; meanwhile its request is agreed."""

    def asked(self, template: TemplateVersion, auditor: User, **request: Any) -> list[AuditRequest]:
        """A request about each of so many late audits."""
        team = TeamFactory()
        manager = UserFactory(job_role=JobRole.TEAM_MANAGER, team=team)
        worker = UserFactory(team=team, line_manager=manager)
        cases = [CaseFactory(team=team, worker=worker) for _ in range(RACES)]
        common = {"template_version": template, "auditor": auditor, "due_on": LATE, "team_manager": manager}
        return AuditRequest.objects.bulk_create(
            AuditRequest(
                audit=AuditFactory(case=case, **common),
                why="leave",
                reason=REASON,
                due_on_before=LATE,
                asked_by=auditor,
                asked_at=NOW,
                **request,
            )
            for case in cases
        )

    def answering(self, requests: Sequence[AuditRequest], by: User) -> Callable[[], None]:
        def work() -> None:
            for request in requests:
                exemptions.answer(request, agreed=True, comment="", by=by, at=MORNING, today=MORNING.date())

        return work

    def last_chase_before(self, settled_kind: str) -> dict[str, tuple[int, int]]:
        """For each audit the number of its last mail about lateness, and of the mail that says it is agreed.

        Both are written under the audit's lock, so their numbers say which transaction came first.
        """
        chased = OutgoingMail.objects.filter(kind__startswith="late_").values_list("about", "pk")
        agreed = dict(OutgoingMail.objects.filter(kind=settled_kind).values_list("about", "pk"))
        last: dict[str, int] = {}
        for about, number in chased:
            last[about] = max(number, last.get(about, 0))
        return {about: (last.get(about, 0), number) for about, number in agreed.items()}

    @pytest.mark.parametrize("_again", range(ROUNDS))
    def test_nothing_goes_out_after_an_exemption(
        self, core_template: TemplateVersion, auditor: User, psw: User, _again: int
    ) -> None:
        asked = self.asked(core_template, auditor, kind="exemption", state="programme")
        together(lambda: chase_due(at=MORNING), self.answering(asked, psw))
        order = self.last_chase_before("request_agreed")
        assert len(order) == RACES
        assert [about for about, (chased, agreed) in order.items() if chased > agreed] == []
        before = Chase.objects.count()
        assert chase_due(at=MORNING) == 0
        assert Chase.objects.count() == before

    def test_what_goes_out_after_an_extension_is_about_the_new_date(
        self, core_template: TemplateVersion, auditor: User, psw: User
    ) -> None:
        line_manager = auditor.line_manager
        assert line_manager is not None
        asked = self.asked(core_template, auditor, kind="extension", wanted_due_on=NEW_DATE, line_manager=line_manager)
        together(lambda: chase_due(at=MORNING), self.answering(asked, line_manager))
        order = self.last_chase_before("request_agreed")
        assert len(order) == RACES
        assert [about for about, (chased, agreed) in order.items() if chased > agreed] == []
        assert set(Chase.objects.values_list("audit_due_on", flat=True)) <= {LATE}
        assert chase_due(at=MORNING) == 0  # the new date was told today: no reminder of it today
