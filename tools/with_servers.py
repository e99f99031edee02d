"""Run one command with a throwaway PostgreSQL and Valkey: `python -m tools.with_servers COMMAND...`.

The database keeps its promises on disk as in production, so that what is measured is what people will get.
"""

import os
import secrets
import subprocess
import sys

from tools.services import postgres, valkey
from tools.testing import scratch_folder

SETTINGS = {"PORTAL_MODE": "demo", "ALLOWED_HOSTS": "localhost,127.0.0.1,testserver", "PUBLIC_URL": "http://localhost"}


def main(command: list[str]) -> int:
    with (
        scratch_folder() as folder,
        postgres(folder, sockets=folder) as database_url,
        valkey(folder / "queue", sockets=folder) as redis_url,
    ):
        addresses = {"DATABASE_URL": database_url, "REDIS_URL": redis_url, "SECRET_KEY": secrets.token_urlsafe(48)}
        return subprocess.run(command, env={**os.environ, **SETTINGS, **addresses}).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
