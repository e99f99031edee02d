"""Autosave: JSON in and out, for what is typed on a page."""

from __future__ import annotations

import json
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import BadRequest, RequestDataTooBig
from django.http import Http404, HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_POST

from audits import answering
from people.models import User

LARGEST_SAVE = 3_000_000  # bytes: nine long answers with room to spare
SIGNED_OUT = "You were signed out: sign in in another tab, then this page goes on saving"
OTHER_USER = "Not saved: this page was opened by another person, and what they typed is hidden."
UNREADABLE = "Not saved: the page could not be read."
TOO_LONG = "Not saved: this page is too long. Make it shorter."
NOT_THERE = "Not saved: there is no such page. Copy what you typed before you leave."


@login_not_required  # a signed-out browser gets 401 and keeps its text, never a sign-in page
@require_POST
def save_page(request: HttpRequest, reference: str, page: str) -> JsonResponse:
    """Autosave: JSON in and out, never a redirect. 200 saved; every refusal says why in `message`.

    400 unreadable, 401 signed out, 403 `closed`, 404, 409 changed elsewhere or `other_user`, 413 too long.
    """
    user = request.user
    if not isinstance(user, User):
        return _not_saved(SIGNED_OUT, status=401)
    if request.headers.get("X-Writer", str(user.pk)) != str(user.pk):
        return _not_saved(OTHER_USER, status=409, other_user=True)
    try:
        base, content = _sent(request)
        saved = answering.save_page(
            reference, page=page, content=content, base_revision=base, by=user, at=timezone.now()
        )
    except RequestDataTooBig:
        return _not_saved(TOO_LONG, status=413)
    except Http404:
        return _not_saved(NOT_THERE, status=404)
    except answering.NotWritable as refused:
        return _not_saved(f"{refused} Copy what you typed before you leave.", status=403, closed=True)
    except answering.PageConflict as conflict:
        stored = conflict.stored
        return _not_saved(str(conflict), status=409, content=stored.content, revision=stored.revision)
    except BadRequest:
        return _not_saved(UNREADABLE, status=400)
    local = timezone.localtime(saved.at)
    return JsonResponse({"revision": saved.revision, "saved_at": f"{local:%H:%M}"})


def _sent(request: HttpRequest) -> tuple[int, Any]:
    """The revision the writer started from, and the content. Raises RequestDataTooBig or BadRequest."""
    if len(request.body) > LARGEST_SAVE:
        raise RequestDataTooBig
    try:
        sent = json.loads(request.body)
        return int(sent.get("base_revision") or 0), sent["content"]
    except (ValueError, KeyError, AttributeError, TypeError, OverflowError, RecursionError) as unreadable:
        raise BadRequest from unreadable


def _not_saved(message: str, *, status: int, **more: Any) -> JsonResponse:
    return JsonResponse({"message": message, **more}, status=status)
