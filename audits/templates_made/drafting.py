"""Drafts of templates: begun from nothing, from a version or as a copy; saved whole, with two tabs kept apart."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from audits.models import AuditTemplate, TemplateDraft, TemplateVersion
from audits.templates_made.codes import template_code
from audits.templates_made.document import Document, blank, document_of
from people import activity
from people.models import User
from people.refusal import Refused

LONGEST_NAME = 150


class TemplateError(Refused):
    """Something that cannot be done with a template, draft or scale; `field` names the input it is about."""


class ChangedMeanwhile(TemplateError):
    """What is to be saved was changed elsewhere since it was shown; the draft is as it was."""


def begin(*, name: str, kind: str, by: User, at: datetime) -> TemplateDraft:
    """A draft of a new template that asks nothing yet. Raises TemplateError without a name."""
    return create(blank(code="", name=_named(name), kind=kind), based_on=None, by=by, at=at)


def begin_copy(version: TemplateVersion, *, name: str, by: User, at: datetime) -> TemplateDraft:
    """A draft of a new template that asks what a version asks. Raises TemplateError without a name."""
    document = document_of(version) | {"code": "", "name": _named(name), "version": 1}
    return create(document, based_on=version, by=by, at=at)


def begin_next(version: TemplateVersion, *, by: User, at: datetime) -> TemplateDraft:
    """The draft of a template's next version, made from this one: codes stay. One that is there stays as it is."""
    there = TemplateDraft.objects.filter(code=version.template.code)
    found = there.first()
    if found is not None:
        return found
    try:
        return create(document_of(version), based_on=version, by=by, at=at)
    except TemplateError:  # somebody else was first, at the same moment
        if (found := there.first()) is None:
            raise
        return found


def create(document: Document, *, based_on: TemplateVersion | None, by: User, at: datetime) -> TemplateDraft:
    """Keep a document as a draft; one without a code gets the code of a new template.

    Raises TemplateError where the template has a draft already, or a new one has the name of another.
    """
    if not document["code"]:
        refuse_taken_name(document["name"])
    code = document["code"] or template_code(document["name"])
    document |= {"code": code}
    try:
        with transaction.atomic():
            draft = TemplateDraft.objects.create(
                code=code,
                name=document["name"],
                based_on=based_on,
                document=document,
                made_by=by,
                made_at=at,
                changed_by=by,
                changed_at=at,
            )
            activity.record("began a draft of a template", target=target(code), by=by, at=at)
    except IntegrityError as error:
        raise TemplateError("Somebody has begun a draft of this template meanwhile. Open that one.") from error
    return draft


def change(
    draft: TemplateDraft,
    how: Callable[[Document], Any],
    *,
    part: Callable[[Document], Any] | None = None,
    shown: str = "",
    by: User,
    at: datetime,
) -> TemplateDraft:
    """Change a draft and save it, whatever it says; the row is locked and read again first.

    `part` picks what a page shows of the document and `shown` is its fingerprint on that page: where that part says
    something else by now, ChangedMeanwhile is raised and nothing is saved.
    """
    with transaction.atomic():
        locked = lock(draft)
        if part is not None and fingerprint(part(locked.document)) != shown:
            raise ChangedMeanwhile(f"{locked.changed_by.name} has changed this page meanwhile, perhaps in another tab.")
        before = fingerprint(locked.document)
        how(locked.document)
        if fingerprint(locked.document) != before:
            locked.name = locked.document["name"].strip()[:LONGEST_NAME] or locked.name
            locked.revision += 1
            locked.changed_by, locked.changed_at = by, at
            locked.save()
    return locked


def lock(draft: TemplateDraft) -> TemplateDraft:
    """A draft's row, locked and read again, in the caller's transaction. Raises ChangedMeanwhile where it is gone."""
    locked = TemplateDraft.objects.select_for_update().filter(pk=draft.pk).first()
    if locked is None:
        raise ChangedMeanwhile("The draft was published or thrown away meanwhile, perhaps in another tab.")
    return locked


def replace(draft: TemplateDraft, document: Document, *, revision: int, by: User, at: datetime) -> TemplateDraft:
    """Put a document read from a file in a draft's place; codes used up stay used up. Raises ChangedMeanwhile."""

    def put(there: Document) -> None:
        spent = sorted({*there.get("spent", []), *document.get("spent", [])})
        there.clear()
        there.update(document | {"code": draft.code, "spent": spent})

    with transaction.atomic():
        locked = lock(draft)
        if locked.revision != revision:
            raise ChangedMeanwhile("The draft was changed while you checked the file. Read the file again.")
        return change(locked, put, by=by, at=at)


def made_before(document: Document, *, by: User) -> TemplateDraft | None:
    """The draft that somebody made of this very document, not changed since; None where there is none."""
    wanted = fingerprint(_as_typed(document))
    mine = TemplateDraft.objects.filter(changed_by=by, name=document["name"].strip()[:LONGEST_NAME])
    return next((draft for draft in mine if fingerprint(_as_typed(draft.document)) == wanted), None)


def _as_typed(document: Document) -> Document:
    """A document without what is added when it is kept."""
    return {key: value for key, value in document.items() if key not in {"code", "spent"}}


def discard(draft: TemplateDraft, *, by: User, at: datetime) -> None:
    """Throw a draft away; versions that are published stay."""
    with transaction.atomic():
        gone, _ = TemplateDraft.objects.filter(pk=draft.pk).delete()
        if gone:
            activity.record("threw away a draft of a template", target=target(draft.code), by=by, at=at)


def fingerprint(part: Any) -> str:
    """A short digest of what a page shows, to see whether it was changed meanwhile."""
    text = json.dumps(part, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:20]


def target(code: str) -> str:
    """How activity names a template."""
    return f"template:{code}"


def refuse_taken_name(name: str, *, besides: str = "") -> None:
    """Two templates of one name cannot be told apart in a list. `besides` is the code of the template that asks.

    Raises TemplateError where another template or draft has the name already.
    """
    wanted = name.strip()
    if AuditTemplate.objects.filter(name__iexact=wanted).exclude(code=besides).exists():
        raise TemplateError(f"There is a template called {wanted} already. Choose another name.", field="name")
    if TemplateDraft.objects.filter(name__iexact=wanted).exclude(code=besides).exists():
        raise TemplateError(f"There is a draft called {wanted} already. Choose another name.", field="name")


def _named(name: str) -> str:
    if not name.strip():
        raise TemplateError("Give the template a name.", field="name")
    return name.strip()
