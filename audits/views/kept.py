"""Forms that are not saved as one types: who opened the page is who may send it (R3)."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied

from people.requests import StaffRequest


def refuse_another_writer(request: StaffRequest) -> None:
    """Raises PermissionDenied for a post from a page that somebody else had opened in this browser."""
    writer = request.POST.get("writer", str(request.user.pk))
    if request.method == "POST" and writer != str(request.user.pk):
        raise PermissionDenied("This page was opened by another person, so nothing was saved.")
