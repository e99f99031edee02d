"""Grading scales and audit templates from readable files; fixtures/audit_templates/README.md tells their shape."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml
from django.db import transaction

from audits.models import AuditTemplate, Grade, GradingScale, GuidanceArea, Section, Standard, TemplateVersion
from people.models import User

FAST_AND_SAFE = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class TemplateFileError(ValueError):
    """A template file that cannot be taken; the message says which and why."""


def load_templates(folder: Path, *, at: datetime) -> list[TemplateVersion]:
    """Load every scale and template version of a folder that is not there yet; return the versions the folder holds.

    Loading again changes nothing. A file whose version is stored with other words is refused: versions never change,
    a changed template gets a new version number. Raises TemplateFileError.
    """
    scales = [_read(path) for path in sorted(folder.glob("scale-*.yml"))]
    templates = {}
    for path in sorted(set(folder.glob("*.yml")) - set(folder.glob("scale-*.yml"))):
        content = _read(path)
        templates[f"{content['code']}@{content['version']}"] = content
    with transaction.atomic():
        for scale in scales:
            _save_scale(scale)
        return [save_version(_with_base(content, templates), at=at) for content in templates.values()]


def _read(path: Path) -> dict[str, Any]:
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=FAST_AND_SAFE)  # noqa: S506  # a safe loader, in C
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise TemplateFileError(f"{path.name} cannot be read: {error}") from error
    if not isinstance(content, dict) or "code" not in content:
        raise TemplateFileError(f"{path.name} has no code.")
    return content


def _with_base(content: dict[str, Any], templates: dict[str, dict[str, Any]]) -> dict[str, Any]:
    base_name = content.get("extends")
    if not base_name:
        return content
    if base_name not in templates:
        raise TemplateFileError(f"{content['code']} extends {base_name}, which is not in the folder.")
    return {**templates[base_name], **content}


def _hash(content: dict[str, Any]) -> str:
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _save_scale(content: dict[str, Any]) -> None:
    scale, created = GradingScale.objects.get_or_create(code=content["code"], defaults={"name": content["name"]})
    if not created:
        return
    Grade.objects.bulk_create(
        [
            Grade(
                scale=scale,
                code=point["code"],
                label=point["label"],
                order=point["order"],
                score=point.get("score"),
                is_good=point["is_good"],
                is_urgent=point["is_urgent"],
                colour=point["colour"],
                descriptor=point["descriptor"],
            )
            for point in content["points"]
        ]
    )


def save_version(content: dict[str, Any], *, at: datetime, by: User | None = None, note: str = "") -> TemplateVersion:
    """Save a version with its rows, in the caller's transaction; one that is there with the same words stays as it is.

    `content` is a template file's, whole. Raises TemplateFileError where it is stored with other words.
    """
    digest = _hash(content)
    template, _ = AuditTemplate.objects.get_or_create(
        code=content["code"], defaults={"name": content["name"], "kind": content["kind"]}
    )
    found = template.versions.filter(number=content["version"]).first()
    if found:
        if found.content_sha256 != digest:
            raise TemplateFileError(
                f"{content['code']} version {content['version']} is stored with other words. "
                "Give the changed file a new version."
            )
        return found
    version = TemplateVersion.objects.create(
        template=template,
        number=content["version"],
        scale=GradingScale.objects.get(code=content["scale"]),
        overall_grade=content["overall_grade"],
        closing=content["closing"],
        outcome_question=content["outcome_question"],
        grading_guidance=content["grading_guidance"],
        reflection_questions=content["reflection_questions"],
        source_note=content.get("source_note", ""),
        content_sha256=digest,
        document=content,
        note=note,
        published_at=at,
        published_by=by,
    )
    sections = [_save_section(version, section, order) for order, section in enumerate(content["sections"], 1)]
    _save_guidance(version, content["guidance"], {section.code: section for section in sections})
    return version


def _save_section(version: TemplateVersion, content: dict[str, Any], order: int) -> Section:
    section = Section.objects.create(
        version=version,
        code=content["code"],
        number=content["number"],
        order=order,
        title=content["title"],
        short_title=content["short_title"],
        is_safety=content.get("safety", False),
        is_impact=content.get("impact", False),
        rationale_prompt=content["rationale_prompt"],
        rationale_prompt_18_plus=content.get("rationale_prompt_18_plus", ""),
        **_fit(content),
    )
    Standard.objects.bulk_create(
        [
            Standard(
                section=section,
                code=standard["code"],
                order=number,
                text=standard["text"],
                text_18_plus=standard.get("text_18_plus", ""),
                hint=standard.get("hint", ""),
                **_fit(standard),
            )
            for number, standard in enumerate(content["standards"], 1)
        ]
    )
    return section


def _fit(content: dict[str, Any]) -> dict[str, Any]:
    """Whom a section or a standard is for (A8): `only_for` plans, `from_age` and `to_age` in years."""
    return {
        "only_for_plans": content.get("only_for", []),
        "from_age": content.get("from_age"),
        "to_age": content.get("to_age"),
    }


def _save_guidance(version: TemplateVersion, areas: list[dict[str, Any]], sections: dict[str, Section]) -> None:
    for order, content in enumerate(areas, 1):
        area = GuidanceArea.objects.create(
            version=version,
            code=content["code"],
            title=content["title"],
            order=order,
            only_for_plans=content.get("only_for", []),
            factors=content["factors"],
        )
        area.sections.set([sections[code] for code in content["beside"]])
