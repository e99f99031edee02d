"""Many at once, against a real PostgreSQL with real commits (R15, R18, R22). See test_kills for those cut off."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from threading import Barrier
from typing import Any

import pytest
from django.db import connection, transaction

from allocation.chasing.reminders import chase_due
from allocation.models import Allocation, Chase, Cycle, Draw
from allocation.months import cycles
from allocation.months.cycles import CycleError
from audits.models import Audit, Case, TemplateVersion
from people.models import OutgoingMail, User
from tests.conftest import NOW, TODAY
from tests.factories import AuditFactory
from tests.sizes import times

pytestmark = pytest.mark.django_db(transaction=True)
AT_ONCE = 40
AGAIN = pytest.mark.parametrize("again", range(times(1, 100)))
MORNING = datetime(2026, 11, 25, 9, tzinfo=UTC)


def at_once(work: Callable[[], Any], times: int = AT_ONCE) -> list[Any]:
    """Do the same in so many threads that start together; what each gave back, or its refusal."""
    barrier = Barrier(times)

    def one(_: int) -> Any:
        try:
            barrier.wait()
            return work()
        except CycleError as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(one, range(times)))


@pytest.fixture
def proposed(cycle: Cycle, cases: list[Case], psw: User) -> Cycle:
    """A month with a draw that is not published."""
    cycles.propose_draw(cycle, by=psw, at=NOW, today=TODAY)
    return Cycle.objects.get(pk=cycle.pk)


class TestPublishingAtOnce:
    @AGAIN
    def test_happens_once_and_says_so_to_the_others(self, proposed: Cycle, psw: User, again: int) -> None:
        outcomes = at_once(lambda: cycles.publish(proposed, by=psw, at=NOW, today=TODAY))
        refusals = [str(outcome) for outcome in outcomes if isinstance(outcome, CycleError)]
        assert len(refusals) == AT_ONCE - 1
        assert set(refusals) == {"November 2026 is already published, by Petra Programme on 10 November 2026 at 10:00."}
        assert (Audit.objects.count(), Allocation.objects.count(), OutgoingMail.objects.count()) == (5, 5, 15)


class TestProposingAtOnce:
    def test_makes_one_draw_by_the_timetable(
        self, cases: list[Case], psw: User, holidays: None, core_template: TemplateVersion
    ) -> None:
        outcomes = at_once(lambda: cycles.propose_monthly(at=datetime(2026, 11, 2, 6, 10, tzinfo=UTC)))
        assert sum(isinstance(outcome, Draw) for outcome in outcomes) == 1
        assert (Cycle.objects.count(), Draw.objects.count(), OutgoingMail.objects.count()) == (1, 1, 1)

    @AGAIN
    def test_makes_one_first_draw_by_hand(self, cycle: Cycle, cases: list[Case], psw: User, again: int) -> None:
        outcomes = at_once(lambda: cycles.propose_draw(cycle, by=psw, at=NOW, today=TODAY))
        assert sum(isinstance(outcome, Draw) for outcome in outcomes) == 1
        assert Draw.objects.count() == 1

    def test_opens_a_month_once(self, core_template: TemplateVersion, psw: User, holidays: None) -> None:
        def work() -> Cycle:
            return cycles.open_cycle(
                month=date(2026, 11, 1),
                theme="",
                template_version=core_template,
                target=5,
                due_on=date(2026, 11, 30),
                by=psw,
                at=NOW,
                today=TODAY,
            )

        outcomes = at_once(work)
        assert sum(isinstance(outcome, Cycle) for outcome in outcomes) == 1


class TestChasingAtOnce:
    def test_sends_each_stage_once(self, core_template: TemplateVersion, auditor: User, holidays: None) -> None:
        for _ in range(8):
            AuditFactory(template_version=core_template, auditor=auditor, due_on=date(2026, 11, 24))
        sent = at_once(lambda: chase_due(at=MORNING), times=6)
        assert sum(sent) == 8
        assert Chase.objects.filter(superseded=False).count() == 8
        assert OutgoingMail.objects.count() == 16

    def test_leaves_an_audit_alone_that_is_being_submitted(
        self, core_template: TemplateVersion, auditor: User, holidays: None
    ) -> None:
        audit = AuditFactory(template_version=core_template, auditor=auditor, due_on=date(2026, 11, 24))
        with transaction.atomic():
            Audit.objects.select_for_update().get(pk=audit.pk)
            assert at_once(lambda: chase_due(at=MORNING), times=2) == [0, 0]
            Audit.objects.filter(pk=audit.pk).update(
                status="with_team", submitted_at=MORNING, part_b_due_on=date(2026, 12, 9)
            )
        assert chase_due(at=MORNING) == 0
        assert not OutgoingMail.objects.exists()
