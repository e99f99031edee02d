"""Bring the table of timescales up to what ships; safe to run again."""

from typing import Any

from django.core.management.base import BaseCommand

from audits.timescale_table import load_timescales


class Command(BaseCommand):
    help = "Add timescale rules that are missing and renew statutory ones; what the council set stays as it is."

    def handle(self, *args: Any, **options: Any) -> None:
        done = load_timescales()
        self.stdout.write(f"{len(done.added)} rules added, {len(done.renewed)} renewed.")
        if done.kept:
            self.stdout.write(f"Local rules set otherwise than they ship, left as they are: {', '.join(done.kept)}.")
        if done.not_shipped:
            self.stdout.write(f"In the table but no longer shipped, left as they are: {', '.join(done.not_shipped)}.")
