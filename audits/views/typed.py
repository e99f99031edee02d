"""An action or a learning point that is typed and not added yet, as its page shows it."""

from __future__ import annotations

from typing import Any

from audits import typed_ahead
from audits.models import Audit
from audits.posted import content_from_post, revision_from_post
from audits.views.saving import as_shown
from people.requests import StaffRequest


def as_sent(request: StaffRequest) -> typed_ahead.Sent:
    """What the page said of itself as its button was pressed."""
    revision = revision_from_post(request.POST) if "base_revision" in request.POST else None
    return typed_ahead.Sent(revision, request.POST.getlist("undecided"))


def not_added(request: StaffRequest, audit: Audit, page: str) -> typed_ahead.Typed:
    """What is typed now, where what was posted had moved on: with the text of the other window beside it."""
    return typed_ahead.typed_beside(audit, page, posted=content_from_post(request.POST), by=request.user)


def shown(
    request: StaffRequest, page: str, typed: typed_ahead.Typed, *, moved: typed_ahead.MovedOn | None = None
) -> dict[str, Any]:
    """What the form's template has to know: what it is kept as, the revisions, and which texts stand side by side.

    A page that comes back with a question goes on from what it showed: `revision` is what it saves on, `next_revision`
    what its button sends. Where it was not added because it had `moved` on, the next press of the button adds it, and
    what was sent is saved again: on what is stored where that is empty by now, otherwise together with what was typed
    in the other window, which is shown beside it.
    """
    posted = as_sent(request).revision
    showed = typed.revision if posted is None else posted
    return {
        "saved_as": page,
        "revision": typed.revision if moved and moved.is_empty else showed,
        "next_revision": typed.revision if moved else showed,
        "clashes": [as_shown(clash) for clash in typed.clashes],
        "saved": bool(typed.clashes) and (moved is None or moved.is_empty),
        "unsent": moved is not None,
    }
