"""Write the lock files anew: requirements/*.txt from pyproject.toml, package-lock.json from package.json.

Needs uv and npm. Neither file records an address.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from tools.set_up import npm

ROOT = Path(__file__).resolve().parent.parent
EXPORT = ("uv", "export", "--quiet", "--format", "requirements-txt")
GROUPS = {
    "run": ("--no-dev",),
    "demo": ("--no-dev", "--group", "demo"),
    "dev": ("--group", "dev", "--group", "demo"),
}


def lock_python() -> None:
    subprocess.run(["uv", "lock", "--quiet"], cwd=ROOT, check=True)
    for name, groups in GROUPS.items():
        done = subprocess.run(
            [*EXPORT, *groups, "--no-emit-project"], cwd=ROOT, check=True, capture_output=True, text=True
        )
        (ROOT / "requirements" / f"{name}.txt").write_text(done.stdout, "utf-8")


def without_addresses(lock: dict[str, Any]) -> dict[str, Any]:
    """Return npm's lock without the pages where packages ask for money: they are addresses too."""
    packages = {
        name: {key: value for key, value in package.items() if key != "funding"}
        for name, package in lock["packages"].items()
    }
    return {**lock, "packages": packages}


def lock_front_end() -> None:
    subprocess.run([npm(), "install", "--package-lock-only", "--ignore-scripts"], cwd=ROOT, check=True)
    path = ROOT / "package-lock.json"
    lock = json.loads(path.read_text("utf-8"))
    path.write_text(json.dumps(without_addresses(lock), indent=2) + "\n", "utf-8")


def main() -> int:
    lock_python()
    lock_front_end()
    return 0


if __name__ == "__main__":
    sys.exit(main())
