"""Print the demo's sign-ins, one per role: role, e-mail, password."""

from typing import Any

from django.core.management.base import BaseCommand

from auditportal.demo.showcase import sign_ins


class Command(BaseCommand):
    help = "Print one sign-in per role of the demo council."

    def handle(self, *args: Any, **options: Any) -> None:
        for role, email, password in sign_ins():
            self.stdout.write(f"{role:<32}{email:<44}{password}")
