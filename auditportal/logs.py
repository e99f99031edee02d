"""Log lines without children: what a database error quotes from a row stays out (rule 10)."""

import logging
import re
from typing import Any

QUOTED = re.compile(
    r"^(DETAIL|CONTEXT|LINE \d+):.*?(?=^\S*(?:Traceback|The above|During)|\Z)", re.MULTILINE | re.DOTALL
)


class Discreet(logging.Formatter):
    """The usual line; of a database error only what went wrong, never the values of the row."""

    def formatException(self, ei: Any) -> str:  # the name is logging's
        return QUOTED.sub(r"\1: left out", super().formatException(ei))
