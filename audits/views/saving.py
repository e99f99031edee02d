"""Autosave: JSON in and out, for what is typed on a page."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import BadRequest, RequestDataTooBig
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from audits import answering
from audits.merging import DATE_PARTS, name_of
from audits.pages import MOST_ROWS
from audits.question_words import DATE, ROWS, TEXT
from audits.stale_saves import Other, both
from people.form_fields import day_in_words
from people.models import User

LARGEST_SAVE = 3_000_000  # bytes: nine long answers with room to spare
SIGNED_OUT = "You were signed out: sign in in another tab, then this page goes on saving"
OTHER_USER = "Not saved: this page was opened by another person, and what they typed is hidden."
UNREADABLE = "Not saved: the page could not be read."
TOO_LONG = "Not saved: this page is too long. Make it shorter."
NOT_THERE = "Not saved: there is no such page. Copy what you typed before you leave."


@login_not_required  # a signed-out browser gets 401, never a sign-in page
@require_http_methods(["GET", "HEAD"])
def writer(request: HttpRequest) -> JsonResponse:
    """Who is signed in, by number: a page asks before it sends what somebody typed. 401 when nobody is."""
    user = request.user
    if not isinstance(user, User):
        return _not_saved(SIGNED_OUT, status=401)
    return JsonResponse({"writer": user.pk})


@login_not_required  # a signed-out browser gets 401 and keeps its text, never a sign-in page
@require_POST
def save_page(request: HttpRequest, reference: str, page: str) -> JsonResponse:
    """Autosave: JSON in and out, never a redirect. 200 saved; every refusal says why in `message`.

    400 unreadable, 401 signed out, 403 `closed`, 404, 409 `clashes` or `other_user`, 413 too long. What others wrote
    meanwhile comes back as `others`, for the page to show.
    """
    user = request.user
    if not isinstance(user, User):
        return _not_saved(SIGNED_OUT, status=401)
    if request.headers.get("X-Writer", str(user.pk)) != str(user.pk):
        return _not_saved(OTHER_USER, status=409, other_user=True)
    try:
        sent = _sent(request)
        saved = answering.save_page(reference, page=page, **sent, by=user, at=timezone.now())
    except answering.PageConflict as conflict:
        clashes = [as_shown(clash) for clash in conflict.saved.clashes]
        return _not_saved(str(conflict), status=409, clashes=clashes, **_stored(conflict.saved))
    except answering.TooLong as too_long:
        return _not_saved(TOO_LONG, status=413, errors={name_of(too_long.path): str(too_long)})
    except RequestDataTooBig:
        return _not_saved(TOO_LONG, status=413)
    except answering.NotThere:
        return _not_saved(NOT_THERE, status=404)
    except answering.NotWritable as refused:
        return _not_saved(f"{refused} Copy what you typed before you leave.", status=403, closed=True)
    except (BadRequest, RecursionError):
        return _not_saved(UNREADABLE, status=400)
    return JsonResponse(_stored(saved))


def _stored(saved: answering.Saved) -> dict[str, Any]:
    """What the page has to know of what is stored now."""
    taken = [as_shown(other) for other in saved.taken]
    stored = {"revision": saved.revision, "saved_at": f"{timezone.localtime(saved.at):%H:%M}"}
    return {**stored, "others": taken} if taken else stored


def as_shown(other: Other) -> dict[str, Any]:
    """What somebody else wrote, for the page: under the names of its inputs, and in words."""
    *above, last = other.path
    name = name_of(other.path)
    if isinstance(other.value, dict) or other.kind == DATE:
        parts = other.value or {}
        inputs = {name_of((*above, last + part)): parts.get(last + part, "") for part in DATE_PARTS}
    else:
        inputs = {} if other.kind == ROWS else {name: other.value or ""}
    return {
        "name": name,
        "label": other.label,
        "kind": other.kind,
        "inputs": inputs,
        "both": _can_stand_together(other),
        "rows": (other.value or []) if other.kind == ROWS else None,
        "theirs": other.theirs,
        "mine": other.mine,
        "by": "You, in another window" if other.by_sender else other.by,
        "at": _when(other.at) if other.at else "",
    }


def _when(at: datetime) -> str:
    """14:02 of today, and of any other day 21 November 2026, 14:02."""
    local = timezone.localtime(at)
    return f"{local:%H:%M}" if local.date() == timezone.localdate() else f"{day_in_words(local.date())}, {local:%H:%M}"


def _can_stand_together(other: Other) -> bool:
    """Whether both texts can be kept, one after the other: of rows, as many as a page keeps."""
    if not other.value or not other.sent:
        return False
    return other.kind == TEXT or (other.kind == ROWS and len(both(other.value, other.sent)) <= MOST_ROWS)


def _sent(request: HttpRequest) -> dict[str, Any]:
    """The revision the writer started from, the content, and where the writer has yet to choose, or has chosen since.

    Raises RequestDataTooBig or BadRequest.
    """
    if len(request.body) > LARGEST_SAVE:
        raise RequestDataTooBig
    try:
        sent = json.loads(request.body)
        undecided = {str(name) for name in sent.get("undecided") or ()}
        chosen = {str(name) for name in sent.get("chosen") or ()}
        base = int(sent.get("base_revision") or 0)
        return {"base_revision": base, "content": sent["content"], "undecided": undecided, "chosen": chosen}
    except (ValueError, KeyError, AttributeError, TypeError, OverflowError, RecursionError) as unreadable:
        raise BadRequest from unreadable


def _not_saved(message: str, *, status: int, **more: Any) -> JsonResponse:
    return JsonResponse({"message": message, **more}, status=status)
