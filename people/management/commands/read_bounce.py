"""Takes an email that came back from standard input, as a mail server hands it to a command."""

import sys
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from people import bounces

LONGEST = 5 * 1024 * 1024  # bytes; what is more is cut, the report stands before what came back


class Command(BaseCommand):
    help = "Read a delivery status notification (RFC 3464) from standard input."

    def handle(self, *args: Any, **options: Any) -> None:
        """Never fails for what is no report: the mail server would send that back in turn."""
        found = bounces.take(sys.stdin.buffer.read(LONGEST), at=timezone.now())
        self.stdout.write(f"email {found.pk} came back" if found else "no email of the portal came back")
