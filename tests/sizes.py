"""How many times a test goes: a few times each day, as often as reliability asks for where LONG_TESTS is set."""

import os

LONG = bool(os.environ.get("LONG_TESTS"))


def times(few: int, many: int) -> int:
    """The few of every day, or the many of `make long-tests`."""
    return many if LONG else few
