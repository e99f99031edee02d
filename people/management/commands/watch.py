"""Watches the portal's processes and mail from outside, and raises the alarm: once, or for ever with --loop."""

import logging
import signal
import subprocess
import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import Error, connection
from django.utils import timezone

from people import watching
from people.watching import Alarm

PAUSE = 30  # seconds between looks
PATIENCE = 10  # seconds for the database to answer
AGAIN_AFTER = 3600  # seconds until the same alarm is raised again
NO_DATABASE = Alarm(
    "database away",
    "The portal’s database cannot be reached. Nobody can work in the portal, and no mail leaves.",
    "Ask IT to start PostgreSQL again.",
)
logger = logging.getLogger(__name__)


class Command(BaseCommand):
    help = "Say what is wrong with the portal's processes and mail; run ALARM_COMMAND with it."
    stopping = False
    raised: tuple[str, ...] = ()
    raised_at = 0.0

    def run_from_argv(self, argv: list[str]) -> None:
        """A database that does not answer must not silence the one that watches it."""
        options = connection.settings_dict.setdefault("OPTIONS", {})
        options.setdefault("connect_timeout", PATIENCE)
        options.setdefault("options", f"-c statement_timeout={PATIENCE * 1000}")
        super().run_from_argv(argv)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--loop", action="store_true", help="go on until stopped")

    def handle(self, *args: Any, **options: Any) -> None:
        """Raises CommandError, for an exit code that is not 0, where something is wrong and it does not loop."""
        if not options["loop"]:
            alarms = self.look()
            self.raise_alarm(alarms, now=time.monotonic())
            if alarms:
                raise CommandError(in_words(alarms))
            self.stdout.write("All is well.")
            return
        signal.signal(signal.SIGTERM, self._stop)
        signal.signal(signal.SIGINT, self._stop)
        while not self.stopping:
            self.raise_alarm(self.look(), now=time.monotonic())
            time.sleep(PAUSE)

    def _stop(self, *_: Any) -> None:
        self.stopping = True
        raise SystemExit(0)

    def look(self) -> list[Alarm]:
        """What is wrong now; that the database is away is an alarm, too."""
        try:
            return watching.look(at=timezone.now())
        except Error:
            connection.close()
            return [NO_DATABASE]

    def raise_alarm(self, alarms: list[Alarm], *, now: float) -> None:
        """Run the alarm command where something is wrong that it has not told, or not for an hour."""
        codes = tuple(alarm.code for alarm in alarms)
        if not codes or (set(codes) <= set(self.raised) and now - self.raised_at < AGAIN_AFTER):
            self.raised = tuple(code for code in self.raised if code in codes)
            return
        self.raised, self.raised_at = codes, now
        logger.error("%s", "; ".join(codes))
        run(settings.ALARM_COMMAND, in_words(alarms))


def in_words(alarms: list[Alarm]) -> str:
    """A line for each alarm."""
    return "\n".join(f"{alarm.sentence} {alarm.do}" for alarm in alarms)


def run(command: list[str], text: str) -> None:
    """Run the council's alarm command with the text on its standard input; what it does is logged, never raised."""
    if not command:
        return
    try:
        subprocess.run(command, input=text.encode(), timeout=60, check=True)  # noqa: S603  # the council's own setting
    except (OSError, subprocess.SubprocessError) as error:
        logger.exception("the alarm command failed: %s", type(error).__name__)
