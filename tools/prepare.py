"""Bring the demo's database and static files up to date: migrations, styles, the demo council, the sign-ins."""

import hashlib
import sys
from collections.abc import Iterator
from pathlib import Path

import django
from django.conf import settings
from django.core.management import call_command

from tools.checkout import FOLDER, ROOT, SIGN_INS

STAMP = FOLDER / "static-stamp"


def static_sources() -> Iterator[Path]:
    for folder in settings.STATICFILES_DIRS:
        yield from sorted(path for path in Path(folder).rglob("*") if path.is_file())
    yield ROOT / "requirements" / "run.txt"  # the packages' own static files change with it


def static_key() -> str:
    """Return a text that changes when any static file does."""
    seen = [f"{path} {path.stat().st_size} {path.stat().st_mtime_ns}" for path in static_sources()]
    return hashlib.sha256("\n".join([str(settings.STATIC_ROOT), *seen]).encode()).hexdigest()


def collect_static() -> None:
    key = static_key()
    if Path(settings.STATIC_ROOT).is_dir() and STAMP.exists() and STAMP.read_text() == key:
        return
    call_command("collectstatic", interactive=False, clear=True, verbosity=0)
    STAMP.write_text(key)


def write_sign_ins() -> None:
    SIGN_INS.touch(mode=0o600)
    with SIGN_INS.open("w") as file:
        call_command("demo_sign_ins", stdout=file)


def main() -> int:
    django.setup()
    call_command("migrate", interactive=False, verbosity=0)
    collect_static()
    call_command("load_demo")
    write_sign_ins()
    return 0


if __name__ == "__main__":
    sys.exit(main())
