"""The demo's runner: its ports, its environment, and one run at a time on one checkout's data."""

import socket
from pathlib import Path

import pytest

from tools import checkout, demo
from tools.places import ServiceError


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(checkout, "FOLDER", tmp_path)
    monkeypatch.setattr(checkout, "LOCK", tmp_path / "lock")
    monkeypatch.setattr(checkout, "STATE", tmp_path / "demo.json")
    return tmp_path


class TestPorts:
    def test_that_are_taken_are_refused_with_what_to_do(self, monkeypatch: pytest.MonkeyPatch) -> None:
        with socket.socket() as other:
            other.bind((demo.HOST, 0))
            other.listen()
            taken = other.getsockname()[1]
            monkeypatch.setenv("PORT", str(taken))
            with pytest.raises(ServiceError, match=f"Port {taken} is in use: run `make demo PORT="):
                demo.choose_ports()
            assert demo.free_port(rather=taken) != taken

    @pytest.mark.parametrize("asked", ["web", "0", "70000", "-1"])
    def test_that_are_none_are_refused(self, asked: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PORT", asked)
        with pytest.raises(ServiceError, match="not a port number"):
            demo.choose_ports()

    def test_are_remembered_for_commands(self, folder: Path) -> None:
        assert checkout.last_ports() == checkout.DEFAULT_PORTS
        ports = {"port": 8123, "page_port": 9123, "smtp_port": 10123}
        checkout.remember_ports(ports)
        assert checkout.last_ports() == ports


class TestClaim:
    def test_names_the_holder_to_whoever_comes_second(self, folder: Path) -> None:
        with checkout.claim("demo"), pytest.raises(checkout.InUse) as refused, checkout.claim("reset"):
            pass
        assert refused.value.holder == "demo"
        assert demo.in_use_sentence("demo").startswith("A demo of this checkout is up at http://localhost:")

    def test_ends_with_the_block(self, folder: Path) -> None:
        for what in ("manage", "demo"):
            with checkout.claim(what):
                assert (folder / "lock").read_text() == what


class TestEnvironment:
    def test_has_a_secret_of_its_own_that_only_its_owner_may_read(self, folder: Path) -> None:
        environment = checkout.demo_environment(checkout.DEFAULT_PORTS)
        assert environment["PORTAL_MODE"] == "demo"
        assert len(environment["SECRET_KEY"]) >= 50
        assert checkout.demo_environment(checkout.DEFAULT_PORTS)["SECRET_KEY"] == environment["SECRET_KEY"]
        assert (folder / "secret").stat().st_mode & 0o077 == 0

    def test_never_inherits_another_database_or_debug(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("DATABASE_URL", "postgres://live.example/audits")
        monkeypatch.setenv("DEBUG", "true")
        environment = checkout.demo_environment(checkout.DEFAULT_PORTS)
        assert "live.example" not in environment["DATABASE_URL"]
        assert environment["DEBUG"] == "false"


class TestStopOrder:
    def test_names_every_process_once_and_the_database_last(self) -> None:
        names = [name for group in demo.STOP_ORDER for name in group]
        own = {*demo.commands(checkout.DEFAULT_PORTS), "sender", "queue", "data"}
        assert sorted(names) == sorted(own)
        assert names[0] == "web"
        assert names[-2:] == ["queue", "data"]
