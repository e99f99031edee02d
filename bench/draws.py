"""Measure whole draws, frozen, hashed, drawn and stored, beside a bare floor: the part "draw" of `make bench`.

A size is measured in a process of its own (`python -m bench.draws ROUNDS`), so that its peak of memory is its own. The
floor is what no draw can do without: read the numbers of the cases, make a ticket of each, sort them.
"""

import hashlib
import json
import math
import resource
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from statistics import median

SIZES = {"normal": (1_500, 60), "small": (100_000, 2_000), "large": (400_000, 2_000)}  # cases, auditors
ROUNDS = {"normal": 15, "small": 3, "large": 3}
GOAL_SECONDS, STRETCH_SECONDS, GOAL_NORMAL, GOAL_MEMORY, GOAL_EXPONENT = 5.0, 2.0, 0.050, 1024.0, 1.1
SEED = "5eed" * 16


# ------------------------------------------------------------------ in the measured process


def backend_seconds() -> float:
    """CPU so far of the PostgreSQL process that serves this one."""
    from django.db import connection

    connection.ensure_connection()
    return int(Path(f"/proc/{connection.connection.info.backend_pid}/schedstat").read_text().split()[0]) / 1e9


class Clock:
    """Seconds on the wall and of CPU, PostgreSQL's included, since it was made."""

    def __init__(self) -> None:
        self.began = time.perf_counter(), time.process_time() + backend_seconds()

    def read(self) -> tuple[float, float]:
        return time.perf_counter() - self.began[0], time.process_time() + backend_seconds() - self.began[1]


def one_draw(number: int) -> tuple[float, float, dict]:
    """A whole draw, committed."""
    from django.db import transaction
    from django.utils import timezone

    from allocation.models import Cycle
    from allocation.record import draw_record
    from bench.draw_data import TODAY

    clock = Clock()
    with transaction.atomic():
        cycle = Cycle.objects.select_for_update().get()
        draw = draw_record.make(
            cycle, number=number, reason="Again", by=None, at=timezone.now(), today=TODAY, new_seed=lambda: SEED
        )
    wall, cpu = clock.read()
    return wall, cpu, {"pairs": len(draw.result["pairs"]), "text": len(draw.inputs)}


def bare_floor() -> tuple[float, float]:
    """Read, ticket and sort the same cases."""
    from django.db import connection

    clock = Clock()
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM audits_case WHERE closed_on IS NULL AND NOT restricted")
        tickets = sorted((hashlib.sha256(f"{SEED}:{case}".encode()).digest(), case) for (case,) in cursor.fetchall())
    assert tickets
    return clock.read()


def measure(rounds: int) -> dict:
    """So many draws and floors in turn; what each took, and the peak of memory."""
    from allocation.models import Draw

    first = Draw.objects.count() + 1
    draws, floors, what = [], [], {}
    one_draw(first)  # once to warm up
    for number in range(first + 1, first + 1 + rounds):
        *took, what = one_draw(number)
        draws.append(took)
        floors.append(bare_floor())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"draws": draws, "floors": floors, "peak": peak, **what}


# ------------------------------------------------------------------ what make bench does with it


def measured(environment: Mapping[str, str]) -> dict[str, dict]:
    """Fill the database, size after size, and measure each."""
    found = {}
    for name, (cases, auditors) in SIZES.items():
        fill = [sys.executable, "-m", "bench.draw_data", str(cases), str(auditors)]
        subprocess.run(fill, env=environment, check=True, stdout=subprocess.DEVNULL)
        run = [sys.executable, "-m", "bench.draws", str(ROUNDS[name])]
        done = subprocess.run(run, env=environment, check=True, stdout=subprocess.PIPE, text=True)
        found[name] = json.loads(done.stdout)
    return found


def middle(rows: list[list[float]], part: int) -> float:
    return median(row[part] for row in rows)


def table(found: Mapping[str, dict]) -> str:
    """Each size with its goals, the exponent, and what the columns mean."""
    headings = ("cases", "auditors", "drawn", "seconds", "CPU s", "times floor", "MB peak", "goal", "verdict")
    lines = [headings, *(row(name, found[name]) for name in found)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(headings))]
    drawn = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines]
    grew = middle(found["large"]["draws"], 1) / middle(found["small"]["draws"], 1)
    exponent = math.log(grew) / math.log(SIZES["large"][0] / SIZES["small"][0])
    verdict = "met" if exponent <= GOAL_EXPONENT else "missed"
    return "\n".join(
        [
            drawn[0],
            "-" * len(drawn[0]),
            *drawn[1:],
            f"exponent from {SIZES['small'][0]:,} to {SIZES['large'][0]:,} cases: {exponent:.2f}, "
            f"goal {GOAL_EXPONENT}: {verdict}",
            "",
            "A whole draw: frozen, hashed, drawn, stored and committed; medians. CPU s: this process and its "
            "PostgreSQL process. times floor: CPU against reading, ticketing and sorting the same cases.",
        ]
    )


def row(name: str, one: dict) -> tuple[str, ...]:
    cases, auditors = SIZES[name]
    wall, cpu = middle(one["draws"], 0), middle(one["draws"], 1)
    goal = {"normal": f"{GOAL_NORMAL:g} s", "large": f"{GOAL_SECONDS:g} s (stretch {STRETCH_SECONDS:g}), 1 GiB"}.get(
        name, ""
    )
    return (
        f"{cases:,}",
        f"{auditors:,}",
        f"{one['pairs']:,}",
        f"{wall:.3f}",
        f"{cpu:.3f}",
        f"{cpu / middle(one['floors'], 1):.1f}",
        f"{one['peak']:.0f}",
        goal,
        verdict_of(name, wall, one["peak"]),
    )


def verdict_of(name: str, wall: float, peak: float) -> str:
    if name == "normal":
        return "met" if wall <= GOAL_NORMAL else "missed"
    if name == "large":
        missed = [
            words for words, is_missed in (("time", wall > GOAL_SECONDS), ("memory", peak > GOAL_MEMORY)) if is_missed
        ]
        return (
            f"missed: {', '.join(missed)}" if missed else "met" + (", stretch met" if wall <= STRETCH_SECONDS else "")
        )
    return ""


if __name__ == "__main__":
    import django

    django.setup()
    print(json.dumps(measure(int(sys.argv[1]))))
