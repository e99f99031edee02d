"""What may be stored of a text: any characters but those that no database takes."""

from __future__ import annotations

from typing import Any

from audits.forms import LONGEST_TEXT


def clean_text(value: Any, *, longest: int = LONGEST_TEXT) -> str:
    """A text with one kind of line end, without NUL and half characters; empty where it is no text."""
    text = value if isinstance(value, str) else ""
    text = text.encode("utf-8", "replace").decode()  # half a character, which no database takes
    return text.replace("\x00", "").replace("\r\n", "\n").replace("\r", "\n")[:longest]
