"""The service navigation: which entries a person sees, and which one is the page they are on."""

from dataclasses import dataclass
from functools import lru_cache

from django.conf import settings
from django.urls import NoReverseMatch, reverse

from people.models import User
from people.roles import Permission, permissions_of


@dataclass(frozen=True, slots=True)
class Entry:
    """One link of the navigation."""

    label: str
    url: str
    current: str = ""  # "page" where it is this very page, "true" where the page lies beneath it


ENTRIES: tuple[tuple[str, str, Permission | None], ...] = (
    ("Home", "home", None),
    ("Audits", "audits:list", None),
    ("Actions", "audits:actions", None),
    ("Cases", "audits:cases", Permission.VIEW_ALL_CASES),
    ("Cycles", "allocation:cycles", Permission.MANAGE_CYCLES),
    ("Templates", "audits:templates", Permission.MANAGE_CYCLES),
    ("Timescales", "audits:timescales", Permission.MANAGE_CYCLES),
    ("People", "people:list", Permission.VIEW_STAFF),
    ("Dashboard", "reporting:dashboard", Permission.VIEW_DASHBOARD),
    ("Reports", "reporting:reports", Permission.READ_REPORTS),
    ("Mail", "people:mail", Permission.VIEW_MAIL),
)


def navigation(user: User, *, path: str = "") -> list[Entry]:
    """The entries this person may follow, the one for `path` marked. Asks the database nothing."""
    entries = _entries_of(user.job_role, settings.ROOT_URLCONF)
    here = max((entry.url for entry in entries if _lies_under(path, entry.url)), key=len, default="")
    return [Entry(entry.label, entry.url, _mark(entry.url, here, path)) for entry in entries]


@lru_cache(maxsize=64)
def _entries_of(job_role: str, urlconf: str) -> tuple[Entry, ...]:
    """A role's entries, without those whose page is not installed."""
    held = permissions_of(job_role)
    allowed = [(label, name) for label, name, needed in ENTRIES if needed is None or needed in held]
    return tuple(Entry(label, url) for label, name in allowed if (url := _address(name)))


def _address(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


def _lies_under(path: str, url: str) -> bool:
    return path == url or (url != "/" and path.startswith(url))


def _mark(url: str, here: str, path: str) -> str:
    if url != here:
        return ""
    return "page" if url == path else "true"
