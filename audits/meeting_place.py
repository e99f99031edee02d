"""Whether a child's name stands in the place of a meeting, which goes into calendars and email (pure)."""

from __future__ import annotations

import re
import unicodedata

from audits.meeting_times import MeetingError

WORD = re.compile(r"[^\W_]+")
SHORTEST_NAME = 3  # letters; a shorter part stands in too many words and links


class PlaceNamesChild(MeetingError):
    """A word of the place is part of the child's name; whoever offers may say that the place is called so."""

    def __init__(self, word: str) -> None:
        super().__init__(
            f"“{word}” is part of the child’s or young person’s name, and this goes into calendars and email. "
            "Name the place without it. If the place is simply called so, tick the box below.",
            field="place",
        )


def name_in(place: str, name: str) -> str:
    """What of a child's name stands in a place, as it was typed there: all of it, or one part as a word of its own.

    Empty where none does. Capitals and accents make no difference: a home is as well Zoë's as zoe's.
    """
    typed, parts = WORD.findall(unicodedata.normalize("NFC", place)), _plain(name)
    plain = [(_plain(word) or [""])[0] for word in typed]
    for at in range(len(plain) if parts else 0):
        if plain[at : at + len(parts)] == parts:
            return " ".join(typed[at : at + len(parts)])
    long = {part for part in parts if len(part) >= SHORTEST_NAME and part.isalpha()}
    return next((word for word, same in zip(typed, plain, strict=True) if same in long), "")


def is_whole_name(found: str, name: str) -> bool:
    """Whether what `name_in` found is the whole name, and not one part of several."""
    parts = _plain(name)
    return len(parts) > 1 and _plain(found) == parts


def _plain(text: str) -> list[str]:
    """The words of a text in small letters without accents."""
    bare = "".join(letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter))
    return WORD.findall(bare.casefold())
