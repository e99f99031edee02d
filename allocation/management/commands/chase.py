"""Queue the reminders and escalations that are due now; what the timetable does every five minutes."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from allocation.chasing import reminders


class Command(BaseCommand):
    help = "Queue the reminders and escalations that are due now."

    def handle(self, *args: Any, **options: Any) -> None:
        sent = reminders.chase_due(at=timezone.now())
        self.stdout.write(f"{sent} sent")
