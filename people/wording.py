"""The words a council may change: labels of roles and plans, read once from the wording file."""

from functools import lru_cache
from pathlib import Path

import yaml
from django.conf import settings


@lru_cache(maxsize=1)
def _words() -> dict[str, dict[str, str]]:
    loaded = yaml.safe_load(Path(settings.WORDING_FILE).read_text(encoding="utf-8"))
    return {group: dict(words) for group, words in loaded.items()}


def label(group: str, code: str) -> str:
    """The council's word for a code, e.g. label("plans", "child_in_need"); the code in plain words if it has none."""
    return _words().get(group, {}).get(code) or code.replace("_", " ").capitalize()


def lowered(words: str) -> str:
    """Words that go on after others: without the capital letter at their start."""
    return words[:1].lower() + words[1:]


def choices(group: str) -> list[tuple[str, str]]:
    """Every (code, word) of a group, in the file's order, for a form's choices."""
    return list(_words().get(group, {}).items())
