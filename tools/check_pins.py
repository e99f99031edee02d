"""Fail when a lock file records where a package came from: whoever installs decides that."""

import re
import sys
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ADDRESS = re.compile(r"https?://", re.IGNORECASE)


def lock_files(root: Path) -> list[Path]:
    return [*sorted((root / "requirements").glob("*.txt")), root / "package-lock.json"]


def addresses(files: Iterable[Path]) -> list[str]:
    """Return "file:line" for each line that holds a web address."""
    return [
        f"{file.name}:{number}"
        for file in files
        for number, line in enumerate(file.read_text("utf-8").splitlines(), start=1)
        if ADDRESS.search(line)
    ]


def main() -> int:
    found = addresses(lock_files(ROOT))
    for place in found:
        print(f"{place} holds a web address: `make lock` writes lock files without.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
