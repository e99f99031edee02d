"""Publish a draft as a version, take a version out of use and into use again. A published version never changes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet

from audits.models import AuditTemplate, GradingScale, TemplateDraft, TemplateVersion
from audits.template_import import save_version
from audits.templates_made.catalogue import PUBLISHED
from audits.templates_made.checking import gaps
from audits.templates_made.drafting import ChangedMeanwhile, TemplateError, lock, refuse_taken_name, target
from audits.templates_made.publishable import published
from people import activity
from people.models import User

SHORTEST_NOTE = 10


@dataclass(frozen=True)
class Next:
    """What publishing a draft would make: the number of the version and the one it follows."""

    number: int
    before: TemplateVersion | None


def next_version(code: str) -> Next:
    """The version that comes next of the template with a code; 1 where it is new."""
    last = TemplateVersion.objects.filter(template__code=code).order_by("-number").first()
    return Next(last.number + 1 if last else 1, last)


def publish(draft: TemplateDraft, *, revision: int, note: str, by: User, at: datetime) -> TemplateVersion:
    """Make a draft the next version of its template, in one transaction; the draft is gone then.

    Audits that were begun keep their version (rule 9). Raises ChangedMeanwhile where the draft is not the one that was
    read, TemplateError where something is missing, in the draft or in the note on what changed.
    """
    with transaction.atomic():
        locked = lock(draft)
        if locked.revision != revision:
            raise ChangedMeanwhile("The draft was changed since you opened this page. Read it again before publishing.")
        list(AuditTemplate.objects.select_for_update().filter(code=locked.code))
        following = next_version(locked.code)
        if following.before is not None and len(note.strip()) < SHORTEST_NOTE:
            raise TemplateError(f"Say what changed in at least {SHORTEST_NOTE} characters.", field="note")
        if following.before is None:
            refuse_taken_name(locked.document["name"], besides=locked.code)
        missing = gaps(locked.document, scales=set(GradingScale.objects.values_list("code", flat=True)))
        if missing:
            raise TemplateError(f"It cannot be published yet. {missing[0].text}")
        content = published(locked.document, number=following.number)
        version = save_version(content, at=at, by=by, note=note.strip())
        locked.delete()
        detail = {"version": version.number, "draft": draft.pk}
        activity.record(PUBLISHED, target=target(locked.code), by=by, at=at, **detail)
    return version


def retire(version: TemplateVersion, *, by: User, at: datetime) -> TemplateVersion:
    """Take a version out of use: no new month offers it; audits and months that have it keep it."""
    return _set_retired(version, "took a template out of use", by=by, at=at, retired=True)


def bring_back(version: TemplateVersion, *, by: User, at: datetime) -> TemplateVersion:
    """Offer a version to new months again."""
    return _set_retired(version, "brought a template back into use", by=by, at=at, retired=False)


def _set_retired(version: TemplateVersion, verb: str, *, by: User, at: datetime, retired: bool) -> TemplateVersion:
    with transaction.atomic():
        locked = TemplateVersion.objects.select_for_update(of=("self",)).select_related("template").get(pk=version.pk)
        if (locked.retired_at is not None) == retired:
            return locked
        locked.retired_at, locked.retired_by = (at, by) if retired else (None, None)
        locked.save(update_fields=["retired_at", "retired_by"])
        activity.record(verb, target=target(locked.template.code), by=by, at=at, version=locked.number)
    return locked


def offered(*, besides: int | None = None) -> QuerySet[TemplateVersion]:
    """What a new month may choose: of each template the latest version that is published and not retired.

    `besides` is the version a month has already, offered whatever became of it.
    """
    usable = TemplateVersion.objects.filter(published_at__isnull=False, retired_at__isnull=True)
    latest = usable.order_by("template_id", "-number").distinct("template_id")
    wanted = Q(pk__in=latest.values("pk")) | Q(pk=besides)
    return TemplateVersion.objects.filter(wanted).select_related("template").defer("document")


def left_without(version: TemplateVersion) -> TemplateVersion | None:
    """The version of the same template that new months would offer, were this one out of use; None: no such one."""
    usable = TemplateVersion.objects.filter(published_at__isnull=False, retired_at__isnull=True)
    others = usable.filter(template=version.template_id).exclude(pk=version.pk)
    return others.select_related("template").defer("document").order_by("-number").first()


def in_words(version: TemplateVersion) -> str:
    """E.g. Core case file audit, version 2; and that it is out of use where it is."""
    return f"{version} (out of use)" if version.retired_at else str(version)
