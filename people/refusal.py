"""What cannot be done as it was asked for, in words for whoever asked."""

from __future__ import annotations


class Refused(ValueError):
    """Something that cannot be done; the message says why, or what to do instead.

    `field` is what a form shows the message beside.
    """

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field
