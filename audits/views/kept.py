"""Forms that are not saved as one types: who opened the page is who may send it (R3)."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied

from people.requests import StaffRequest


class TooLate(PermissionDenied):
    """What was sent cannot be saved any more: why, and where to read on.

    Raised instead of leading there, so that what was typed stays on a page that a script sends (kept.js).
    """

    def __init__(self, why: str, *, see: str, see_text: str) -> None:
        super().__init__(why)
        self.see, self.see_text = see, see_text


def refuse_another_writer(request: StaffRequest) -> None:
    """Raises PermissionDenied for a post from a page that somebody else had opened in this browser."""
    writer = request.POST.get("writer", str(request.user.pk))
    if request.method == "POST" and writer != str(request.user.pk):
        raise PermissionDenied("This page was opened by another person, so nothing was saved.")
