"""What is there to choose from: templates and their versions, drafts, scales."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Case, Count, Q, When

from audits.models import AuditTemplate, Grade, GradingScale, TemplateDraft, TemplateVersion
from people.models import Activity

PUBLISHED = "published a template"  # how activity says it

IN_USE = Q(published_at__isnull=False, retired_at__isnull=True)
LATEST_FIRST = (Case(When(IN_USE, then=0), default=1).asc(), "-number")  # those in use before the others


@dataclass(frozen=True)
class Listed:
    """A version as the list of templates shows it."""

    version: TemplateVersion
    is_latest: bool
    audits: int


def listed() -> list[Listed]:
    """Every version, those of a template together, the newest first."""
    versions = TemplateVersion.objects.select_related("template", "scale", "published_by")
    rows = versions.annotate(begun=Count("audits")).defer("document").order_by("template__name", "-number")
    newest: dict[int, int] = {}
    for version in rows:
        if version.published_at and not version.retired_at:
            newest.setdefault(version.template_id, version.pk)
    return [Listed(version, newest.get(version.template_id) == version.pk, version.begun) for version in rows]


def drafts() -> list[TemplateDraft]:
    """Every draft, the one changed last first."""
    rows = TemplateDraft.objects.select_related("based_on__template", "changed_by")
    return list(rows.defer("document", "based_on__document"))


def drafts_of_new_templates() -> list[TemplateDraft]:
    """The drafts of templates that have no version yet, by name."""
    codes = AuditTemplate.objects.values("code")
    return list(TemplateDraft.objects.exclude(code__in=codes).defer("document").order_by("name"))


def version_of(code: str, number: int) -> TemplateVersion | None:
    """A version by its template's code and its number, or None."""
    rows = TemplateVersion.objects.select_related("template", "scale", "published_by", "retired_by")
    return rows.filter(template__code=code, number=number).first()


def other_versions(version: TemplateVersion) -> list[TemplateVersion]:
    """The other versions of the same template, newest first."""
    rows = TemplateVersion.objects.filter(template=version.template_id).exclude(pk=version.pk)
    return list(rows.select_related("template").defer("document").order_by("-number"))


def latest_versions() -> list[TemplateVersion]:
    """The latest version of each template, by name: of those in use where there is one."""
    latest = TemplateVersion.objects.order_by("template_id", *LATEST_FIRST).distinct("template_id")
    rows = TemplateVersion.objects.filter(pk__in=latest.values("pk")).select_related("template")
    return list(rows.defer("document").order_by("template__name"))


def latest_of(template: AuditTemplate) -> TemplateVersion | None:
    """The latest version of a template: of those in use where there is one."""
    rows = TemplateVersion.objects.filter(template=template).select_related("template")
    return rows.order_by(*LATEST_FIRST).first()


def draft_of(pk: int) -> TemplateDraft | None:
    """A draft, or None."""
    rows = TemplateDraft.objects.select_related("based_on__template", "based_on__scale", "changed_by", "made_by")
    return rows.filter(pk=pk).first()


def published_from(pk: int) -> TemplateVersion | None:
    """The version that a draft became, or None."""
    row = Activity.objects.filter(verb=PUBLISHED, detail__draft=pk).first()
    return version_of(row.target.partition(":")[2], row.detail["version"]) if row else None


def draft_for(code: str) -> TemplateDraft | None:
    """The draft of the template with a code, or None."""
    return TemplateDraft.objects.filter(code=code).first()


def scale_codes() -> set[str]:
    """The codes of the scales there are."""
    return set(GradingScale.objects.values_list("code", flat=True))


def scale_of(code: str) -> GradingScale | None:
    """A scale by its code, or None."""
    return GradingScale.objects.filter(code=code).first()


@dataclass(frozen=True)
class ListedScale:
    """A scale as the list shows it: its grades, best first, which are good and which urgent, in words."""

    scale: GradingScale
    grades: list[Grade]
    good: str
    urgent: str
    used: int


def scales() -> list[ListedScale]:
    """Every scale with its points, and how many versions use it."""
    rows = GradingScale.objects.annotate(used=Count("versions")).prefetch_related("grades").order_by("name")
    return [_listed_scale(scale, list(scale.grades.all()), used=scale.used) for scale in rows]


def _listed_scale(scale: GradingScale, grades: list[Grade], *, used: int) -> ListedScale:
    good = ", ".join(grade.label for grade in grades if grade.is_good)
    urgent = ", ".join(grade.label for grade in grades if grade.is_urgent)
    return ListedScale(scale, grades, good, urgent, used)


def months_that_have(version: TemplateVersion) -> list[Any]:
    """The months that are set up with a version and have not begun: they could take another."""
    return list(version.cycles.filter(status__in=("open", "proposed")).order_by("month"))


def unfinished_with(code: str) -> int:
    """How many audits are under way with a version of a template: they keep theirs."""
    return (
        TemplateVersion.objects.filter(template__code=code).aggregate(
            begun=Count("audits", filter=Q(audits__status__in=("allocated", "in_progress")))
        )["begun"]
        or 0
    )
