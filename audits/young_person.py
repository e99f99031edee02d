"""What the portal's own words call whom an audit is about: nobody of 18 or over is called a child (A8)."""

from __future__ import annotations

import re

THE_CHILD = re.compile(r"\b([Tt]h(?:e|is)) child\b(?! protection\b| in need\b)")


def called(text: str, *, adult: bool) -> str:
    """A sentence of the portal's about "the child" or "this child", said of "the young person" where `adult`."""
    return THE_CHILD.sub(r"\1 young person", text) if adult else text
