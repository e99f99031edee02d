"""Which questions of a page come up only after a certain answer (static/contact.css, static/audits.css)."""

from __future__ import annotations

from collections.abc import Mapping

from audits.forms.contact import GROUPS
from audits.forms.meeting import ABOUT
from audits.pages.listed import Content

# As the style sheets say it: the class of a group, and the answer that it comes up after.
AFTER: Mapping[str, tuple[str, str]] = {
    "portal-if-right": ("appropriate", "yes"),
    "portal-if-not-right": ("appropriate", "no"),
    "portal-if-alone": ("consent", "self"),
    "portal-if-left-out": ("explained", "no"),
    "portal-if-spoken": ("spoken", "yes"),
    "portal-if-not-spoken": ("spoken", "no"),
    "portal-if-quoted": ("quote_ok", "yes"),
}
IF_DISABLED = frozenset({"disability_since", "disability_detail", "disability_impact"})
IF_MET, IF_NOT_MET = frozenset(ABOUT), frozenset({"why_not"})
NOTHING: frozenset[str] = frozenset()


def not_asked(code: str, content: Content) -> frozenset[str]:
    """The questions of a page that the answers given to others leave out."""
    if code == "overview":
        return IF_DISABLED if content.get("disability") in {"no", "unknown"} else NOTHING
    if code == "meeting":
        met = content.get("met")
        return (NOTHING if met == "yes" else IF_MET) | (NOTHING if met == "no" else IF_NOT_MET)
    if code in {"child", "parent"}:
        return frozenset(name for _, shown, names in GROUPS if not _comes_up(shown, content) for name in names)
    return NOTHING


def _comes_up(shown: str, content: Content) -> bool:
    classes = shown.split()
    if "portal-if-not-alone" in classes and content.get("consent") == "self":
        return False
    return all(content.get(AFTER[each][0]) == AFTER[each][1] for each in classes if each in AFTER)
