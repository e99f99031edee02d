"""A draw of a small council on record, as if the portal had made it."""

from __future__ import annotations

from dataclasses import asdict

from allocation.drawing.draw import canonical_result
from allocation.drawing.draw_document import replay
from allocation.models import Cycle, Draw
from tests.allocation.organisations import Organisation
from tests.conftest import NOW


def stored(cycle: Cycle, org: Organisation) -> Draw:
    """The next draw of this month, which is of that council."""
    frozen = org.frozen()
    result = replay(frozen.text, seed=org.seed)
    number = cycle.draws.count() + 1
    made = Draw.objects.create(
        cycle=cycle, number=number, reason="" if number == 1 else "Another council", inputs=frozen.text,
        inputs_sha256=frozen.sha256, seed=org.seed, algorithm=result.algorithm, result=asdict(result),
        result_sha256=canonical_result(result).sha256, drawn_at=NOW,
    )  # fmt: skip
    return Draw.objects.get(pk=made.pk)
