"""A draft of the core template's next version with a few changes, so that its pages have something to show."""

from __future__ import annotations

from datetime import datetime

from audits.models import TemplateDraft, TemplateVersion
from audits.templates_made import drafting, editing
from audits.templates_made.document import Document, section_of
from people.models import User

CORE = "core-case-file"
REWORDED = (
    "Contact and referral were handled promptly, and the family got the right help when they needed it. Any repeat "
    "referrals, and what they meant for the child, were weighed up."
)
NEW = ("Fathers, and the father's family, were asked what they see.", "The school was asked what it sees.")


def begin_next_version(*, by: User, at: datetime) -> TemplateDraft | None:
    """A draft by the principal social worker; None where the core template is not loaded."""
    version = TemplateVersion.objects.filter(template__code=CORE).order_by("-number").first()
    if version is None:
        return None
    draft = drafting.begin_next(version, by=by, at=at)
    return drafting.change(draft, _change, by=by, at=at)


def _change(document: Document) -> None:
    """A standard reworded, two added, one moved, one removed."""
    first = section_of(document, "s1")
    if first is None:
        return
    first["standards"][0]["text"] = REWORDED
    for text in NEW:
        editing.add_standard(document, first, text=text)
    editing.move(first["standards"], "S1-03", by=-1)
    editing.remove_standard(document, first, "S1-05")
