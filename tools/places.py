"""Folders, sockets and accounts of the embedded servers."""

import hashlib
import os
import pwd
import stat
import tempfile
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

LONGEST_SOCKET_PATH = 100  # the kernel allows 107 bytes


class ServiceError(Exception):
    """A server could not be started; the message is a sentence for the person at the keyboard."""


@dataclass(frozen=True)
class Owner:
    """The account PostgreSQL runs as: ourselves, or nobody when we are root (it refuses root)."""

    uid: int
    gid: int
    switch: bool

    @property
    def as_user(self) -> dict[str, int]:
        return {"user": self.uid, "group": self.gid} if self.switch else {}


def server_account() -> Owner:
    if os.geteuid() != 0:
        return Owner(os.geteuid(), os.getegid(), switch=False)
    nobody = pwd.getpwnam("nobody")
    return Owner(nobody.pw_uid, nobody.pw_gid, switch=True)


def wheel_folder(package: str) -> Path | None:
    """Find a package's folder without importing it."""
    spec = find_spec(package)
    return Path(spec.submodule_search_locations[0]) if spec and spec.submodule_search_locations else None


def passable(folder: Path) -> bool:
    """Say whether every account may go down to `folder`."""
    return all(place.stat().st_mode & stat.S_IXOTH for place in (folder, *folder.parents))


def open_to_all(program: Path) -> bool:
    """Say whether every account may read and run `program`."""
    needed = stat.S_IROTH | stat.S_IXOTH
    return passable(program.parent) and program.stat().st_mode & needed == needed


def path_key(path: Path) -> str:
    return hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:12]


def socket_folder(checkout: Path) -> Path:
    """Return this checkout's own short folder for sockets, made if need be.

    Raises ServiceError when somebody else holds a folder of that name.
    """
    base = Path(tempfile.gettempdir())
    if len(str(base)) > 40:
        base = Path("/tmp")
    folder = base / f"portal-{os.geteuid()}-{path_key(checkout)}"
    folder.mkdir(mode=0o711, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o022:
        raise ServiceError(f"{folder} belongs to somebody else: remove it and try again.")
    return folder


def private_folder(path: Path, *, owner: Owner) -> Path:
    """Make a folder that only `owner` may enter. Raises ServiceError when another account's stands there."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    if owner.switch:
        os.chown(path, owner.uid, owner.gid)
    elif path.stat().st_uid != owner.uid:
        raise ServiceError(f"{path} was made by another account: run as that account, or remove it.")
    path.chmod(0o700)
    return path


def check_socket(path: Path) -> Path:
    if len(str(path)) > LONGEST_SOCKET_PATH:
        raise ServiceError(f"{path} is too long for a Unix socket: set TMPDIR to a shorter folder.")
    return path


def last_line(log: Path) -> str:
    lines = log.read_text(errors="replace").strip().splitlines()
    return lines[-1] if lines else "it said nothing"
