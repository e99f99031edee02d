"""Run the checks that need no database, two at a time: lint, types, import contracts, migrations, templates, pins."""

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
# The last-resort values of a process that only reads the settings; none of these reaches a server.
TEST_SETTINGS = {
    "PORTAL_MODE": "test",
    "SECRET_KEY": "only-for-reading-the-settings-0123456789",
    "ALLOWED_HOSTS": "localhost",
    "PYTHONWARNINGS": "ignore::RuntimeWarning",  # makemigrations says that it could not ask the database
}
PRODUCTION_SETTINGS = {
    "PORTAL_MODE": "production",
    "SECRET_KEY": "x9-for-reading-the-production-settings-only-7f3k2m8q5w1z4v6b0n",
    "ALLOWED_HOSTS": "audits.exampleshire.example",
    "PUBLIC_URL": "https://audits.exampleshire.example",
}


@dataclass(frozen=True)
class Check:
    """One check: what it looks at, and the command."""

    name: str
    command: tuple[str, ...]
    settings: tuple[tuple[str, str], ...] = tuple(TEST_SETTINGS.items())


# Types come first: they take longest, and the others run beside them.
CHECKS = (
    Check("types", (f"{BIN}/mypy", ".")),
    Check("lint", (f"{BIN}/ruff", "check", ".")),
    Check("format", (f"{BIN}/ruff", "format", "--check", "--output-format", "concise", ".")),
    Check("import contracts", (f"{BIN}/lint-imports", "--no-cache")),
    Check("migrations", (sys.executable, "manage.py", "makemigrations", "--check", "--dry-run")),
    Check("templates", (f"{BIN}/djlint", "templates", "--lint", "--quiet")),
    Check("pins", (sys.executable, "-m", "tools.check_pins")),
    Check(
        "production settings",
        (sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"),
        tuple(PRODUCTION_SETTINGS.items()),
    ),
)


def run(check: Check) -> bool:
    """Run one check and say how it went; what it printed is shown only when it failed."""
    begun = time.monotonic()
    environment = {**os.environ, **dict(check.settings)}
    done = subprocess.run(check.command, cwd=ROOT, env=environment, capture_output=True, text=True)
    word = "ok" if done.returncode == 0 else "FAILED"
    said = "" if done.returncode == 0 else f"\n{done.stdout}{done.stderr}"
    print(f"{word:<7}{check.name} ({time.monotonic() - begun:.1f} s){said}", flush=True)
    return done.returncode == 0


def main() -> int:
    with ThreadPoolExecutor(max_workers=2) as workers:
        return 0 if all(list(workers.map(run, CHECKS))) else 1


if __name__ == "__main__":
    sys.exit(main())
