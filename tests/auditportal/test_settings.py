"""Production refuses to start with unsafe settings."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
SAFE = {
    "SECRET_KEY": "a-random-text-of-more-than-fifty-letters-made-for-this-test-only",
    "ALLOWED_HOSTS": "audits.exampleshire.example",
    "PUBLIC_URL": "https://audits.exampleshire.example",
    "DATABASE_URL": "postgres://localhost/nowhere",
}


def start(**changes: str | None) -> subprocess.CompletedProcess[str]:
    """Read the settings in a process of their own; None takes a variable away."""
    wanted = {**SAFE, **changes}
    environment = {"PATH": os.environ["PATH"], **{name: value for name, value in wanted.items() if value is not None}}
    command = [sys.executable, "-c", "from auditportal import settings; print(settings.PORTAL_MODE)"]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False)


class TestProduction:
    def test_is_what_a_process_is_unless_told_otherwise(self) -> None:
        started = start()
        assert started.returncode == 0, started.stderr
        assert started.stdout.strip() == "production"

    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            ({"SECRET_KEY": None}, "Set SECRET_KEY"),
            ({"SECRET_KEY": "short"}, "Set SECRET_KEY"),
            ({"DEBUG": "true"}, "DEBUG must not be on"),
            ({"ALLOWED_HOSTS": None}, "Set ALLOWED_HOSTS"),
            ({"ALLOWED_HOSTS": "*"}, "Set ALLOWED_HOSTS"),
            ({"ALLOWED_HOSTS": "audits.exampleshire.example,*"}, "Set ALLOWED_HOSTS"),
            ({"ALLOWED_HOSTS": "audits.exampleshire.example, * "}, "Set ALLOWED_HOSTS"),
            ({"ALLOWED_HOSTS": ".exampleshire.example"}, "Set ALLOWED_HOSTS"),
            ({"PUBLIC_URL": None}, "Set PUBLIC_URL"),
            ({"PUBLIC_URL": "http://audits.exampleshire.example"}, "Set PUBLIC_URL"),
            ({"PORTAL_MODE": "staging"}, "PORTAL_MODE must be"),
        ],
    )
    def test_refuses_to_start(self, changes: dict[str, str | None], message: str) -> None:
        started = start(**changes)
        assert started.returncode != 0
        assert "ImproperlyConfigured" in started.stderr
        assert message in started.stderr

    def test_does_not_print_the_secret(self) -> None:
        started = start(SECRET_KEY="too-short-but-secret", ALLOWED_HOSTS="*")
        assert "too-short-but-secret" not in started.stderr + started.stdout


class TestDemo:
    def test_starts_without_hosts_but_not_without_a_secret(self) -> None:
        assert start(PORTAL_MODE="demo", ALLOWED_HOSTS=None, PUBLIC_URL=None).returncode == 0
        assert start(PORTAL_MODE="demo", SECRET_KEY=None).returncode != 0
