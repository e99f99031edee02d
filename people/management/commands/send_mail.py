"""The mail sender: sends queued mail once, or for ever with --loop."""

import signal
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import OperationalError, connection
from django.utils import timezone

from people import mail

PAUSE = 1.0  # seconds between looks at the queue


class Command(BaseCommand):
    help = "Send queued mail."
    stopping = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--loop", action="store_true", help="go on until stopped")

    def handle(self, *args: Any, **options: Any) -> None:
        signal.signal(signal.SIGTERM, self._stop)
        signal.signal(signal.SIGINT, self._stop)
        while not self.stopping:
            sent = self._send()
            if not options["loop"]:
                self.stdout.write(f"{sent} sent")
                return
            if not sent:
                time.sleep(PAUSE)

    def _stop(self, *_: Any) -> None:
        self.stopping = True

    def _send(self) -> int:
        try:
            return mail.send_queued(now=timezone.now)
        except OperationalError:  # the database is restarting: the queue waits there
            connection.close()
            return 0
