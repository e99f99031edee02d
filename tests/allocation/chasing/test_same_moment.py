"""A look and what somebody does in the same moment, and many looks at once, with real commits (R15, R18)."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from threading import Barrier
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import Count

from allocation.chasing.reminders import chase_due
from allocation.models import Chase
from audits.after import following_actions, urgent_notices
from audits.models import Audit, NoticeRecipient, SmartAction, TemplateVersion
from people.holidays import ensure_holidays
from people.models import OutgoingMail, User
from tests.allocation.chasing.test_long_run import Council
from tests.sizes import times

pytestmark = pytest.mark.django_db(transaction=True)
MORNING = datetime(2026, 11, 25, 9, tzinfo=UTC)
RACES = times(12, 120)


def together(*works: Callable[[], Any]) -> list[Any]:
    """Do these in threads that start together."""
    barrier = Barrier(len(works))

    def one(work: Callable[[], Any]) -> Any:
        try:
            barrier.wait()
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(works)) as pool:
        return [each.result() for each in [pool.submit(one, work) for work in works]]


@pytest.fixture
def council(core_template: TemplateVersion) -> Council:
    """Six weeks of everything that is waited for, nothing of it settled."""
    ensure_holidays()
    made = Council(core_template, first=date(2026, 10, 19), last=date(2026, 12, 11), seed=5)
    made.random.random = lambda: 1.0  # type: ignore[method-assign]  # nothing is settled by itself
    return made


class TestTwentyLooksAtOnce:
    def test_handle_each_stage_of_every_subject_once(self, council: Council) -> None:
        for add in (council.add_audits, council.add_part_bs, council.add_actions, council.add_moderations):
            add(4, ())
        council.add_answers(6, ())
        sent = together(*[lambda: chase_due(at=MORNING)] * 20)
        while chase_due(at=MORNING):  # one that was held by another look at the very end is taken next time
            pass
        rows = Chase.objects.filter(superseded=False)
        assert sum(sent) <= rows.count()
        twice = Chase.objects.values("audit", "subject", "key", "stage").annotate(n=Count("pk")).filter(n__gt=1)
        assert list(twice) == []
        assert {row.subject for row in rows} == {"audit", "part_b", "action", "notice", "risk", "moderation"}
        again = OutgoingMail.objects.values("recipient", "subject", "kind").annotate(n=Count("pk")).filter(n__gt=1)
        assert list(again.exclude(kind="late_to_auditor")) == []


def _settled_first(told: str, settled: str) -> list[str]:
    """Of which audits somebody was told after it was settled: both mails are written under the audit's lock."""
    chased = dict(OutgoingMail.objects.filter(kind=told).order_by("pk").values_list("about", "pk"))
    done = dict(OutgoingMail.objects.filter(kind=settled).order_by("-pk").values_list("about", "pk"))
    return [about for about, number in done.items() if chased.get(about, 0) > number]


class TestInTheSameMoment:
    def test_nobody_is_asked_in_the_place_of_one_who_has_just_answered(self, council: Council) -> None:
        council.add_answers(RACES, ())
        rows = list(NoticeRecipient.objects.select_related("notice", "person"))
        before = OutgoingMail.objects.count()

        def answer() -> None:
            for row in rows:
                urgent_notices.acknowledge(row.notice, step="Rang the family.", by=row.person, at=MORNING)

        together(answer, lambda: chase_due(at=MORNING))
        assert OutgoingMail.objects.count() > before
        assert _settled_first("urgent", "urgent seen") == []
        chase_due(at=MORNING)
        handled = Chase.objects.filter(subject="notice").count()
        assert chase_due(at=datetime(2026, 12, 18, 9, tzinfo=UTC)) >= 0
        assert Chase.objects.filter(subject="notice").count() == handled

    def test_nobody_is_chased_for_an_action_that_is_just_done(self, council: Council) -> None:
        council.add_actions(RACES, ())
        actions = list(SmartAction.objects.select_related("audit", "owner"))

        def complete() -> None:
            for action in actions:
                given = {"evidence": "The plan is on the file.", "by": action.owner, "at": MORNING}
                following_actions.complete(action, **given, today=MORNING.date())

        together(complete, lambda: chase_due(at=MORNING))
        handled = Chase.objects.count()
        assert chase_due(at=datetime(2026, 12, 18, 9, tzinfo=UTC)) == 0
        assert Chase.objects.count() == handled

    def test_an_audit_that_is_being_submitted_is_left_alone(self, council: Council, auditor: User) -> None:
        council.add_audits(4, ())
        waiting = Audit.objects.filter(due_on__lt=MORNING.date())
        count = waiting.count()
        with transaction.atomic():
            held = list(waiting.select_for_update().values_list("pk", flat=True))
            assert together(lambda: chase_due(at=MORNING), lambda: chase_due(at=MORNING))
            fields = {"submitted_at": MORNING, "part_b_due_on": date(2026, 12, 9)}
            Audit.objects.filter(pk__in=held).update(status="with_team", **fields)
        assert count
        assert not Chase.objects.filter(audit__in=held).exists()
