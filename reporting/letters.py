"""Which characters the machine's fonts can draw; what they cannot is written by its name, so that no box stands for it.

A document that refers to a missing letter is no PDF/UA, and a reader would see an empty box.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import re
import unicodedata
from functools import lru_cache

# Letters of the languages of Western and Central Europe and typographic signs: in every font that we ask for.
COVERED = "\t\n\r -~\u00a0-\u017f\u2010-\u2026"
UNUSUAL = re.compile(f"[^{COVERED}]")
INVISIBLE = {"Cf", "Cc", "Zs", "Zl", "Zp"}  # joiners and spaces: they have no shape of their own
SELECTORS = re.compile("[\u034f\u180b-\u180f\ufe00-\ufe0f\U000e0000-\U000e0fff]")  # say how the letter before looks


class _FontSet(ctypes.Structure):
    _fields_ = [("count", ctypes.c_int), ("room", ctypes.c_int), ("fonts", ctypes.c_void_p)]


@lru_cache(maxsize=1)
def _fontconfig() -> ctypes.CDLL | None:
    """The library that knows the machine's fonts; the PDF library needs it too. None where it cannot be found."""
    try:
        library = ctypes.CDLL(ctypes.util.find_library("fontconfig") or "libfontconfig.so.1")
        library.FcFontList.restype = ctypes.POINTER(_FontSet)
    except (OSError, AttributeError):
        return None
    for name in ("FcPatternCreate", "FcCharSetCreate", "FcObjectSetCreate"):
        getattr(library, name).restype = ctypes.c_void_p
    return library


@lru_cache(maxsize=65_536)
def can_be_drawn(letter: str) -> bool:
    """Whether some font of this machine has a letter; taken for granted where nobody can tell."""
    library = _fontconfig()
    if library is None or unicodedata.category(letter) in INVISIBLE or SELECTORS.match(letter):
        return True
    pattern = ctypes.c_void_p(library.FcPatternCreate())
    letters = ctypes.c_void_p(library.FcCharSetCreate())
    wanted = ctypes.c_void_p(library.FcObjectSetCreate())
    library.FcCharSetAddChar(letters, ctypes.c_uint32(ord(letter)))
    library.FcPatternAddCharSet(pattern, b"charset", letters)
    library.FcObjectSetAdd(wanted, b"family")
    found = library.FcFontList(None, pattern, wanted)
    count = found.contents.count
    library.FcFontSetDestroy(found)
    library.FcObjectSetDestroy(wanted)
    library.FcCharSetDestroy(letters)
    library.FcPatternDestroy(pattern)
    return bool(count)


def drawable(text: str) -> str:
    """The text with every letter that no font has replaced by its name in brackets, such as [child]."""
    return UNUSUAL.sub(lambda found: _or_name(found.group()), text)


@lru_cache(maxsize=65_536)
def _or_name(letter: str) -> str:
    if can_be_drawn(letter):
        return letter
    name = unicodedata.name(letter, "")
    return f"[{name.lower()}]" if name else f"[U+{ord(letter):04X}]"
