"""Draw again from the frozen inputs and seed of stored draws and say whether the result is identical (R21)."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from allocation.draw_record import verify
from allocation.models import Draw


class Command(BaseCommand):
    help = "Verify one draw by its id, or all of them."

    def add_arguments(self, parser: CommandParser) -> None:
        which = parser.add_mutually_exclusive_group(required=True)
        which.add_argument("draw_id", nargs="?", type=int, help="the id of a draw")
        which.add_argument("--all", action="store_true", help="every draw there is")

    def handle(self, *args: Any, **options: Any) -> None:
        draws = Draw.objects.select_related("cycle").order_by("pk")
        chosen = list(draws if options["all"] else draws.filter(pk=options["draw_id"]))
        if not chosen and not options["all"]:
            raise CommandError(f"There is no draw {options['draw_id']}.")
        differing = sum(not self._verified(draw) for draw in chosen)
        if differing:
            raise CommandError(f"{differing} of {len(chosen)} not identical")
        self.stdout.write(f"{len(chosen)} of {len(chosen)} identical")

    def _verified(self, draw: Draw) -> bool:
        check = verify(draw)
        words = "identical" if check.identical else "NOT identical: " + "; ".join(check.problems)
        self.stdout.write(f"{draw.pk} {draw}: {words}")
        return check.identical
