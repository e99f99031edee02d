"""Add England's bank holidays that the table does not have yet; safe to run again."""

from typing import Any

from django.core.management.base import BaseCommand

from people import holidays


class Command(BaseCommand):
    help = "Add England's bank holidays that the table does not have yet."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{holidays.ensure_holidays()} added")
