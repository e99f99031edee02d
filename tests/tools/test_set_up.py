"""Set-up: what the system lacks is installed where it may be, and otherwise named in one sentence."""

import os
from pathlib import Path

import pytest

from tools import set_up

APT = """#!/bin/sh
echo "$@" >> "$0.calls"
case "$1" in update) touch "$0.lists";; install) test -e "$0.lists";; esac
"""
SUDO = '#!/bin/sh\nshift\nexec "$@"\n'


@pytest.fixture
def apt_calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A system whose apt-get installs only once its lists are there, and lets us; gives the record of its calls."""
    for name, program in {"apt-get": APT, "sudo": SUDO}.items():
        (tmp_path / name).write_text(program)
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.defpath}")
    return tmp_path / "apt-get.calls"


@pytest.fixture
def lacking_pango(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(set_up, "PANGO", {"libm.so.6": "libm", "libnotthere.so.0": "libnotthere0"})


@pytest.mark.usefixtures("lacking_pango")
class TestPango:
    def test_is_installed_where_it_may_be_with_fresh_lists_if_need_be(self, apt_calls: Path) -> None:
        set_up.need_pango()
        wanted = "install --yes --no-install-recommends libnotthere0"
        assert apt_calls.read_text().splitlines() == [wanted, "update", wanted]

    def test_is_named_in_a_sentence_where_it_may_not(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PATH", str(tmp_path))
        with pytest.raises(set_up.Missing, match=r"PDF reports need Pango: .*libnotthere0"):
            set_up.need_pango()


class TestBrowser:
    def test_is_the_one_that_is_named(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("CHROMIUM", "/opt/chromium")
        assert set_up.browser() == "/opt/chromium"

    def test_is_asked_for_where_there_is_none(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("CHROMIUM", raising=False)
        monkeypatch.setenv("PATH", str(tmp_path))
        monkeypatch.setenv("HOME", str(tmp_path))
        with pytest.raises(set_up.Missing, match="need Chromium"):
            set_up.need_browser()


class TestPython:
    def test_that_is_too_old_is_refused(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setattr(set_up, "OLDEST", (99, 0))
        assert set_up.main(["demo"]) == 1
        assert "PYTHON=" in capsys.readouterr().err


class TestStamps:
    def test_change_with_what_was_installed_from(self, tmp_path: Path) -> None:
        file, stamp = tmp_path / "run.txt", tmp_path / "stamp"
        file.write_text("django==5.2.1\n")
        stamp.write_text(set_up.key_of(file))
        assert set_up.is_done(stamp, set_up.key_of(file))
        file.write_text("django==5.2.2\n")
        assert not set_up.is_done(stamp, set_up.key_of(file))
