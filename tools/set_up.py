"""Install what a command needs, once: `python3 tools/set_up.py demo` or `python3 tools/set_up.py tests`.

Runs before anything is installed, so it uses nothing but Python. What the system lacks is installed where we are root
or may use sudo without a password; otherwise one sentence says what to install.
"""

import ctypes
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
OLDEST = (3, 11)
PANGO = {
    "libpango-1.0.so.0": "libpango-1.0-0",
    "libpangoft2-1.0.so.0": "libpangoft2-1.0-0",
    "libharfbuzz-subset.so.0": "libharfbuzz-subset0",
}
DRIVER = {"libatomic.so.1": "libatomic1"}  # what drives the browser is linked against it; a bare Debian lacks it
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


class Missing(Exception):
    """Something has to be installed by hand; the message is a sentence that says what."""


def say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


# ------------------------------------------------------------------ the system


def run_quietly(command: Sequence[str | Path], *, env: dict[str, str] | None = None) -> bool:
    """Run a command without a word; say whether it went well."""
    return subprocess.run([str(word) for word in command], capture_output=True, env=env).returncode == 0


def install_words() -> list[str] | None:
    """Return how to call apt-get here, or None when we may not."""
    if not shutil.which("apt-get"):
        return None
    if os.geteuid() == 0:
        return ["apt-get"]
    if shutil.which("sudo") and run_quietly(["sudo", "-n", "true"]):
        return ["sudo", "-n", "apt-get"]
    return None


def install(packages: Sequence[str], *, why: str) -> bool:
    """Install system packages where we may; say whether it went well."""
    apt = install_words()
    if apt is None:
        return False
    say(f"Installing {' '.join(packages)} ({why}).")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    words = [*apt, "install", "--yes", "--no-install-recommends", *packages]
    return run_quietly(words, env=environment) or (
        run_quietly([*apt, "update"], env=environment) and run_quietly(words, env=environment)
    )


def loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def need_pango() -> None:
    """Raises Missing when the PDF's libraries are not here and may not be installed."""
    lacking = [package for library, package in PANGO.items() if not loads(library)]
    if lacking and not install(lacking, why="for the PDF reports"):
        raise Missing(f"PDF reports need Pango: install {' '.join(lacking)} (`sudo apt-get install ...`).")


def browser() -> str | None:
    """Return the path of a Chromium or Chrome: CHROMIUM where it is set, the system's, else Playwright's own."""
    found = [os.environ.get("CHROMIUM"), *map(shutil.which, BROWSERS)]
    found += sorted(map(str, Path.home().glob(".cache/ms-playwright/chromium-*/chrome-linux*/chrome")))
    return next((path for path in found if path), None)


def need_driver() -> None:
    """Install what Playwright's own programs need of the system, or say so."""
    lacking = [package for library, package in DRIVER.items() if not loads(library)]
    if lacking and not install(lacking, why="to drive the browser"):
        raise Missing(f"The browser tests need a library: `sudo apt-get install {' '.join(lacking)}`.")


def need_browser() -> None:
    """Raises Missing when there is no Chromium for the browser tests and none may be installed."""
    if browser() or (install(["chromium"], why="for the browser tests") and browser()):
        return
    if install_words():  # Ubuntu has no such package outside snap
        run_quietly([PYTHON, "-m", "playwright", "install", "--with-deps", "chromium"])
    if not browser():
        raise Missing("The browser tests need Chromium: `sudo apt-get install chromium`, or set CHROMIUM to its path.")


# ------------------------------------------------------------------ Python


def key_of(*files: Path) -> str:
    """Return a text that changes with the files' content and the Python that runs."""
    digest = hashlib.sha256(repr(sys.version_info[:2]).encode())
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()


def is_done(stamp: Path, key: str) -> bool:
    return stamp.exists() and stamp.read_text() == key


def need_venv() -> None:
    """Make .venv unless it is there and works. Raises Missing when Python lacks the means."""
    if PYTHON.exists():
        return
    say("Making the virtual environment.")
    package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
    if make_venv() or (install([package], why="for the virtual environment") and make_venv()):
        return
    shutil.rmtree(VENV, ignore_errors=True)
    raise Missing(f"Python cannot make a virtual environment: `sudo apt-get install {package}`.")


def make_venv() -> bool:
    return run_quietly([sys.executable, "-m", "venv", "--clear", VENV])


def need_pip() -> None:
    """A virtual environment made by another tool may have no pip. Raises Missing."""
    if not run_quietly([PYTHON, "-m", "pip", "--version"]) and not run_quietly([PYTHON, "-m", "ensurepip"]):
        raise Missing("The virtual environment in .venv has no pip: remove .venv and try again.")


def need_packages(name: str) -> None:
    """Install requirements/`name`.txt as locked, unless that is done. Raises Missing."""
    requirements = ROOT / "requirements" / f"{name}.txt"
    stamp, key = VENV / f"installed-{name}", key_of(requirements)
    if is_done(stamp, key):
        return
    need_pip()
    say("Installing Python packages (the first time, this takes a minute).")
    pip = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--root-user-action=ignore"]
    if subprocess.run([*pip, "--require-hashes", "-r", str(requirements)]).returncode:
        raise Missing("Installing the Python packages failed: see above; is the network up?")
    stamp.write_text(key)


# ------------------------------------------------------------------ the front end


def npm() -> str:
    """Return npm: the system's, else the one that came as a Python package."""
    return shutil.which("npm") or str(VENV / "bin" / "npm")


def need_front_end() -> None:
    """Install styles, script and typeface as locked, and copy what pages need. Raises Missing."""
    lock, builder = ROOT / "package-lock.json", ROOT / "tools" / "front_end.py"
    stamp, key = ROOT / ".front_end" / ".stamp", key_of(lock, builder)
    if is_done(stamp, key):
        return
    say("Installing styles and typeface.")
    words = [npm(), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel", "error"]
    path = os.pathsep.join([os.environ.get("PATH", os.defpath), str(VENV / "bin")])
    if subprocess.run(words, cwd=ROOT, env={**os.environ, "PATH": path}, stdout=subprocess.DEVNULL).returncode:
        raise Missing("Installing the front end failed: see above; is the network up?")
    subprocess.run([PYTHON, "-m", "tools.front_end"], cwd=ROOT, check=True)
    stamp.write_text(key)


# ------------------------------------------------------------------ the two set-ups


def set_up_demo() -> None:
    """Everything the demo needs; without Pango it runs all the same, only the PDFs are missing."""
    need_venv()
    need_packages("demo")
    need_front_end()
    try:
        need_pango()
    except Missing as missing:
        say(str(missing))


def set_up_tests() -> None:
    need_venv()
    need_packages("dev")
    need_front_end()
    need_pango()
    need_driver()
    need_browser()


def main(arguments: list[str]) -> int:
    if sys.version_info < OLDEST:
        say(f"This needs Python 3.11 or later, not {sys.version.split()[0]}: name another, as in PYTHON=python3.12.")
        return 1
    try:
        set_up_tests() if arguments == ["tests"] else set_up_demo()
    except Missing as missing:
        say(str(missing))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
