"""Queue the reminders and escalations that are due now; what the timetable does every five minutes.

With --pass-over nobody is told: what is due now is recorded as overtaken, and chasing begins with what falls due next.
"""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from allocation.chasing import changing_ladder, reminders


class Command(BaseCommand):
    help = "Queue the reminders and escalations that are due now."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--pass-over", action="store_true", help="tell nobody of what is due until now")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["pass_over"]:
            passed = changing_ladder.pass_over(at=timezone.now())
            self.stdout.write(f"{passed} passed over")
            return
        sent = reminders.chase_due(at=timezone.now())
        self.stdout.write(f"{sent} sent")
