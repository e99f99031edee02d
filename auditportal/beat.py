"""The timetable's own sign of life: it is written when a task that was due has been put into the queue (R20)."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any

from celery.beat import PersistentScheduler
from django.db import Error, connection
from django.utils import timezone

from people import watching

logger = logging.getLogger(__name__)


class Scheduler(PersistentScheduler):
    """Celery's timetable, which says that it works; that the database is away never stops it."""

    alive_at: datetime | None = None

    def apply_async(self, entry: Any, producer: Any = None, advance: bool = True, **kwargs: Any) -> Any:
        """Put one task into the queue. Raises SchedulingError where the queue cannot be reached."""
        result = super().apply_async(entry, producer=producer, advance=advance, **kwargs)
        self._show_life(timezone.now())
        return result

    def _show_life(self, at: datetime) -> None:
        if self.alive_at is not None and at - self.alive_at < watching.EVERY:
            return
        try:
            watching.beat(watching.BEAT, at=at)
            self.alive_at = at
        except Error as error:
            logger.warning("no sign of life could be written: %s", type(error).__name__)
            connection.close()
