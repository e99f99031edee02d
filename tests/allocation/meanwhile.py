"""Something that another month does with a case while a change is under way, with real commits."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from django.db import connection, transaction

from allocation.month_lock import CycleError
from audits.models import Case

WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
PATIENCE = 2000  # looks, a hundredth of a second apart


def _attempt(work: Callable[[], Any]) -> Any:
    try:
        return work()
    except CycleError as error:
        return error
    finally:
        connection.close()


def how_many_wait() -> int:
    """How many connections wait for a lock, as it is now: within a transaction the first answer would be kept."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute(WAITING)
        (waiting,) = cursor.fetchone()
    return int(waiting)


def _all_wait_or_are_done(running: list[Future[Any]]) -> bool:
    waiting = how_many_wait()
    return waiting + sum(each.done() for each in running) >= len(running)


def while_cases_are_held(*works: Callable[[], Any], meanwhile: Callable[[], Any] | None = None) -> list[Any]:
    """Start these changes while every case is locked, let go once they all wait (or are done); what each came to.

    `meanwhile` is done by whoever holds the cases before the changes start, and they can see it only afterwards.
    """
    with ThreadPoolExecutor(len(works)) as pool:
        with transaction.atomic():
            # As another month locks them; held harder where nothing else is done, so that nothing can be added either.
            list(Case.objects.select_for_update(no_key=meanwhile is not None).order_by("pk"))
            if meanwhile is not None:
                meanwhile()
            running = [pool.submit(_attempt, work) for work in works]
            for _ in range(PATIENCE):
                if _all_wait_or_are_done(running):
                    break
                time.sleep(0.01)
        return [each.result() for each in running]
