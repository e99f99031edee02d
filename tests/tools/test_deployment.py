"""What is said about deploying: the compose file and the page on operations agree with the settings."""

import re
from typing import Any

import pytest
import yaml

from tools.check_pins import ROOT


@pytest.fixture(scope="module")
def services() -> dict[str, dict[str, Any]]:
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    return dict(compose["services"])


def settings_names() -> set[str]:
    return set(re.findall(r"\benv\.\w+\(\s*\"([A-Z_]+)\"", (ROOT / "auditportal" / "settings.py").read_text()))


class TestCompose:
    def test_runs_the_four_processes_and_their_servers(self, services: dict[str, dict[str, Any]]) -> None:
        assert {"web", "worker", "beat", "mail-sender", "database", "queue", "mail-catcher"} <= set(services)
        assert services["mail-catcher"]["profiles"] == ["dev"]
        assert "profiles" not in services["web"]

    def test_holds_no_secret(self, services: dict[str, dict[str, Any]]) -> None:
        for service in services.values():
            for name, value in service.get("environment", {}).items():
                if "SECRET" in name or "PASSWORD" in name:
                    assert re.fullmatch(r"\$\{\w+:[?-].*\}", value)

    def test_sets_nothing_that_the_settings_do_not_read(self, services: dict[str, dict[str, Any]]) -> None:
        assert set(services["web"]["environment"]) <= settings_names()

    def test_opens_no_port_to_the_network(self, services: dict[str, dict[str, Any]]) -> None:
        for service in services.values():
            assert all(port.startswith("127.0.0.1:") for port in service.get("ports", []))


class TestOperationsPage:
    def test_lists_exactly_the_settings_that_there_are(self) -> None:
        page = (ROOT / "docs" / "operations.md").read_text()
        table = page.split("## Environment")[1].split("## Backup")[0]
        names = {
            name
            for line in table.splitlines()
            for name in re.findall(r"`([A-Z_]+)`", line.partition("|")[2].split("|")[0])
        }
        assert names == settings_names()
