"""Draw again from the frozen inputs and seed of stored draws and say whether the result is identical (R21)."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from allocation.models import Draw
from allocation.record.draw_record import verify


class Command(BaseCommand):
    help = "Verify one draw by its id, or all of them."

    def add_arguments(self, parser: CommandParser) -> None:
        which = parser.add_mutually_exclusive_group(required=True)
        which.add_argument("draw_id", nargs="?", type=int, help="the id of a draw")
        which.add_argument("--all", action="store_true", help="every draw there is")

    def handle(self, *args: Any, **options: Any) -> None:
        draws = Draw.objects.order_by("pk").values_list("pk", flat=True)
        chosen = list(draws if options["all"] else draws.filter(pk=options["draw_id"]))
        if not chosen and not options["all"]:
            raise CommandError(f"There is no draw {options['draw_id']}.")
        differing = sum(not self._verified(pk) for pk in chosen)
        if differing:
            raise CommandError(f"{differing} of {len(chosen)} not identical")
        self.stdout.write(f"{len(chosen)} of {len(chosen)} identical")

    def _verified(self, pk: int) -> bool:
        """Verify one draw. Each is fetched by itself: the frozen texts of all together may not fit into memory."""
        draw = Draw.objects.select_related("cycle").get(pk=pk)
        check = verify(draw)
        words = "identical" if check.identical else "NOT identical: " + "; ".join(check.problems)
        self.stdout.write(f"{draw.pk} {draw}: {words}")
        return check.identical
