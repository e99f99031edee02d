"""The mail sender: sends queued mail once, or for ever with --loop."""

import logging
import signal
import time
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import Error, connection
from django.utils import timezone

from people import mail_sending, watching

PAUSE = 1.0  # seconds between looks at the queue
logger = logging.getLogger(__name__)


class Command(BaseCommand):
    help = "Send queued mail."
    stopping = False
    alive_at: datetime | None = None

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--loop", action="store_true", help="go on until stopped")

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["loop"]:
            self.stdout.write(f"{self._send()} sent")
            return
        signal.signal(signal.SIGTERM, self._stop)
        signal.signal(signal.SIGINT, self._stop)
        while not self.stopping:
            if not self._send():
                time.sleep(PAUSE)

    def _stop(self, *_: Any) -> None:
        self.stopping = True

    def _alive(self, at: datetime) -> None:
        """Write a sign of life after a look at the queue, not at each of them."""
        if self.alive_at is None or at - self.alive_at >= watching.EVERY:
            watching.beat(watching.SENDER, at=at)
            self.alive_at = at

    def _send(self) -> int:
        try:
            return mail_sending.send_queued(now=timezone.now, alive=self._alive)
        except Error as error:  # the database is restarting, or being upgraded: the queue waits there
            logger.warning("the queue of mail cannot be read: %s", type(error).__name__)
            connection.close()
        except Exception:  # whatever it is, the next mail must go
            logger.exception("sending mail broke off")
        return 0
