"""Run bench.importing in a process of its own and print its figures: the part "import" of `make bench`."""

import json
import subprocess
import sys
from collections.abc import Mapping
from statistics import median

ROWS, ROUNDS = 400_000, 1
GOAL = 1.5


def measured(environment: Mapping[str, str]) -> dict:
    """The rounds of floor and product, in seconds of CPU and on the clock, and the peak of memory."""
    command = [sys.executable, "-m", "bench.importing", str(ROWS), str(ROUNDS)]
    done = subprocess.run(command, env=dict(environment), check=True, capture_output=True, text=True)
    return json.loads(done.stdout)


def table(answer: dict) -> str:
    """The figures and what they mean."""
    rounds = answer["rounds"]
    cpu = {side: [one[side]["own"] + one[side]["server"] for one in rounds] for side in ("floor", "product")}
    clock = {side: [one[side]["clock"] for one in rounds] for side in ("floor", "product")}
    times = median(product / floor for product, floor in zip(cpu["product"], cpu["floor"], strict=True))
    verdict = "met" if times <= GOAL else "missed"
    return "\n".join(
        [
            f"import of {ROWS:,} cases beside a staged COPY of the same rows",
            f"  staged COPY   {median(cpu['floor']):.1f} s of CPU, {median(clock['floor']):.1f} s on the clock",
            f"  import_cases  {median(cpu['product']):.1f} s of CPU, {median(clock['product']):.1f} s on the clock",
            f"  times {times:.2f}, goal {GOAL:g}: {verdict}; peak of memory {answer['peak_kb'] / 1024:.0f} MB",
        ]
    )
