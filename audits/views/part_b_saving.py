"""Part B saves itself while somebody types: JSON in and out, as the pages of an audit do (static/js/autosave.js)."""

from __future__ import annotations

import json
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import HttpRequest, JsonResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_POST

from audits.after.part_b import PartBError, save_draft
from audits.after.part_b_drafts import DATE, SavedDraft, group
from audits.after.part_b_record import side_of
from audits.forms.part_b import FINDING, RESPONSE, typed_in
from audits.models import Audit
from audits.views.saving import OTHER_USER, SIGNED_OUT, UNREADABLE
from people.models import User

COPY_IT = "Copy what you typed before you leave."
LARGEST = 3_000_000


@login_not_required  # a signed-out browser gets 401 and keeps its text, never a sign-in page
@require_POST
def save_part_b(request: HttpRequest, reference: str) -> JsonResponse:
    """Store a draft. 200 saved; 400 unreadable, 401 signed out, 403 `closed`, 404, 409 `clashes` or `other_user`."""
    user = request.user
    if not isinstance(user, User):
        return JsonResponse({"message": SIGNED_OUT}, status=401)
    if request.headers.get("X-Writer", str(user.pk)) != str(user.pk):
        return JsonResponse({"message": OTHER_USER, "other_user": True}, status=409)
    audit = get_object_or_404(Audit.objects.visible_to(user).select_related("team_manager"), reference=reference)
    side = side_of(audit, user)
    if side is None:
        raise PermissionDenied("This part is somebody else’s to write.")
    try:
        saved = save_draft(audit, side=side, **_sent(request), by=user, at=timezone.now())
    except BadRequest:
        return JsonResponse({"message": UNREADABLE}, status=400)
    except PartBError as refused:
        return JsonResponse({"message": f"Not saved: {refused} {COPY_IT}", "closed": True}, status=403)
    return _answer(saved, user)


def _answer(saved: SavedDraft, user: User) -> JsonResponse:
    at = timezone.localtime(saved.draft.at) if saved.draft.at else timezone.localtime()
    stored: dict[str, Any] = {"revision": saved.draft.revision, "saved_at": f"{at:%H:%M}"}
    by = "You, in another window" if saved.draft.by_id in {user.pk, None} else "A colleague"
    if saved.taken:
        stored["others"] = [_shown(name, "", theirs, saved, by=by) for name, theirs in saved.taken.items()]
    if not saved.clashes:
        return JsonResponse(stored)
    clashes = {group(name): (name, mine, theirs) for name, (mine, theirs) in saved.clashes.items()}
    shown = [_shown(name, mine, theirs, saved, by=by) for name, mine, theirs in clashes.values()]
    return JsonResponse({**stored, "message": "Two texts for the same question.", "clashes": shown}, status=409)


def _shown(name: str, mine: str, theirs: str, saved: SavedDraft, *, by: str) -> dict[str, Any]:
    """What stands against each other, as conflict.js draws it; the three boxes of the date are one question."""
    about, is_date = group(name), group(name) == DATE
    names = [f"{DATE}_{part}" for part in ("day", "month", "year")] if is_date else [name]
    return {
        "name": about,
        "label": _label(about),
        "kind": "date" if is_date else "text",
        "inputs": {each: saved.draft.typed.get(each, "") for each in names},
        "rows": None,
        "both": bool(mine) and not is_date,
        "mine": mine,
        "theirs": theirs,
        "by": by,
        "at": "",
    }


def _label(name: str) -> str:
    if name.startswith(RESPONSE):
        return f"Your response to action {name.removeprefix(RESPONSE)}"
    if name.startswith(FINDING):
        return f"Your response to a finding ({name.removeprefix(FINDING)})"
    return "The supervision’s date" if name == DATE else "What do you make of the findings?"


def _sent(request: HttpRequest) -> dict[str, Any]:
    """What was typed, from which revision, and what is still to be chosen. Raises BadRequest."""
    try:
        if len(request.body) > LARGEST:
            raise BadRequest
        sent = json.loads(request.body)
        texts = {str(name): text for name, text in sent["content"].items() if isinstance(text, str)}
        undecided = frozenset(str(name) for name in sent.get("undecided") or ())
        return {"typed": typed_in(texts), "base_revision": int(sent.get("base_revision") or 0), "undecided": undecided}
    except (ValueError, KeyError, AttributeError, TypeError, OverflowError, RecursionError) as unreadable:
        raise BadRequest from unreadable
