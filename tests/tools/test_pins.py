"""Lock files: no address in them, in the checkout and after `make lock`."""

from pathlib import Path

from tools.check_pins import ROOT, addresses, lock_files
from tools.lock import without_addresses


class TestLockFiles:
    def test_hold_no_web_address(self) -> None:
        assert addresses(lock_files(ROOT)) == []

    def test_are_all_looked_at(self) -> None:
        names = {file.name for file in lock_files(ROOT)}
        assert names == {"run.txt", "demo.txt", "dev.txt", "package-lock.json"}

    def test_with_an_address_are_named_with_the_line(self, tmp_path: Path) -> None:
        file = tmp_path / "run.txt"
        file.write_text("django==5.2\n--index-url HTTPS://packages.example/simple\n")
        assert addresses([file]) == ["run.txt:2"]

    def test_of_npm_lose_the_pages_that_ask_for_money(self) -> None:
        lock = {"lockfileVersion": 3, "packages": {"a": {"version": "1", "funding": {"url": "https://a.example"}}}}
        assert without_addresses(lock) == {"lockfileVersion": 3, "packages": {"a": {"version": "1"}}}

    def test_pin_every_python_package_with_a_hash(self) -> None:
        for file in (ROOT / "requirements").glob("*.txt"):
            blocks = file.read_text().replace("\\\n", " ").splitlines()
            pinned = [line for line in blocks if line and not line.lstrip().startswith("#")]
            assert pinned
            assert all("==" in line and "--hash=sha256:" in line for line in pinned)
