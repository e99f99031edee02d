"""What the govuk form pack needs to know about a field: its kind, its classes, its errors and where they point."""

from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.forms import BoundField
from django.utils.safestring import SafeString

from people.form_fields import OPTIONAL, PARTS, DateInputs

# The first that fits, so narrower widgets come before the ones they inherit from.
KINDS: tuple[tuple[type[forms.Widget], str], ...] = (
    (DateInputs, "date"),
    (forms.CheckboxSelectMultiple, "checkboxes"),
    (forms.RadioSelect, "radios"),
    (forms.CheckboxInput, "checkbox"),
    (forms.Select, "select"),
    (forms.Textarea, "textarea"),
    (forms.FileInput, "file"),
    (forms.PasswordInput, "password"),
)
CLASSES = {
    "select": "govuk-select",
    "textarea": "govuk-textarea",
    "file": "govuk-file-upload",
    "password": "govuk-input govuk-password-input__input govuk-js-password-input-input",
    "input": "govuk-input",
}
CHOSEN = {"radios", "checkboxes", "select", "file"}
NO_ARTICLE = {"the", "a", "an", "your", "their", "how", "what", "when", "which", "who", "why"}
LONGEST_COUNTED = 20_000  # characters: nobody comes near a longer limit, and counting down from it only puts off
BOUNDS = {MinValueValidator.message: "or more", MaxValueValidator.message: "or less"}
ERROR_CLASSES = {
    "select": "govuk-select--error",
    "textarea": "govuk-textarea--error",
    "file": "govuk-file-upload--error",
    "password": "govuk-input--error",
    "input": "govuk-input--error",
}


def field_kind(field: BoundField) -> str:
    """Which template of the pack draws this field."""
    return next((kind for widget, kind in KINDS if isinstance(field.field.widget, widget)), "input")


def widget(field: BoundField) -> SafeString:
    """The field's input with the pack's classes; the server checks what was typed, not the browser."""
    field.form.use_required_attribute = False
    kind = field_kind(field)
    attrs: dict[str, Any] = {"placeholder": False}
    if kind == "date":
        attrs = {"data-wrong": " ".join(wrong_parts(field))}
    elif kind in CLASSES:
        attrs["class"] = _classes(field, kind)
    if kind == "password":
        attrs |= {"spellcheck": "false", "autocapitalize": "none"}
    if length_limit(field):
        attrs |= _counted_attributes(field)
    return field.as_widget(attrs=attrs)


def options(field: BoundField) -> list[dict[str, Any]]:
    """The choices of radios or checkboxes, with the hint that `field.choice_hints` gives for a value."""
    field.form.use_required_attribute = False
    hints = getattr(field.field, "choice_hints", {})
    return [
        {
            "id": option.data["attrs"].get("id", ""),
            "name": option.data["name"],
            "value": option.data["value"],
            "label": option.data["label"],
            "checked": option.data["selected"],
            "disabled": option.data["attrs"].get("disabled", False),
            "hint": hints.get(str(option.data["value"]), ""),
        }
        for option in field.subwidgets
    ]


def own_class(field: BoundField) -> str:
    """The class the form gave the widget, e.g. govuk-radios--inline."""
    return str(field.field.widget.attrs.get("class", ""))


def length_limit(field: BoundField) -> dict[str, Any]:
    """What the character count needs: a limit in characters or words, for long text; none that nobody comes near."""
    if field_kind(field) != "textarea":
        return {}
    attrs = field.field.widget.attrs
    if attrs.get("data-maxwords"):
        return {"words": attrs["data-maxwords"]}
    longest = attrs.get("maxlength")
    return {"characters": longest} if longest and int(longest) <= LONGEST_COUNTED else {}


def error_target(field: BoundField) -> str:
    """The id an error in the summary links to: the input, the first choice, or the first wrong part of a date."""
    kind = field_kind(field)
    if kind == "date":
        return f"{field.auto_id}_{PARTS.index(wrong_parts(field)[0])}"
    if kind in {"radios", "checkboxes"}:
        return f"{field.auto_id}_0"
    return str(field.id_for_label or field.auto_id)


def wrong_parts(field: BoundField) -> list[str]:
    """The parts of a date that are in error; all three where the error is about the whole."""
    errors = field.errors.as_data() if field.errors else []
    named = [part for error in errors for part in ((error.params or {}).get("parts") or "").split()]
    return [part for part in PARTS if not named or part in named] if errors else []


def form_errors(form: Any) -> list[dict[str, str]]:
    """Every error of a form or formset as text and the id it points to (empty where it is about the whole)."""
    if not getattr(form, "is_bound", False):
        return []
    if hasattr(form, "forms"):
        whole = [{"text": str(text), "target": ""} for text in form.non_form_errors()]
        return whole + [error for one in form.forms for error in form_errors(one)]
    whole = [{"text": str(text), "target": ""} for text in form.non_field_errors()]
    return whole + [{"text": text, "target": error_target(field)} for field in form for text in field_errors(field)]


def field_errors(field: BoundField) -> list[str]:
    """A field's errors in words; Django's own for an empty field and for a number become ones that name the field."""
    usual = str(forms.Field.default_error_messages["required"])
    bounds = _out_of_bounds(field)
    return [_what_is_missing(field) if text == usual else bounds.get(str(text), str(text)) for text in field.errors]


def _out_of_bounds(field: BoundField) -> dict[str, str]:
    """Django's words for a number that is too small or too large, and ours: it must be 1 or more."""
    found = {}
    for error in field.errors.as_data() if field.errors else []:
        if error.message in BOUNDS and error.params:
            limit = f"{error.params['limit_value']:,} {BOUNDS[error.message]}"
            found[str(error.messages[0])] = f"{str(field.label).removesuffix(OPTIONAL)} must be {limit}"
    return found


def _what_is_missing(field: BoundField) -> str:
    """E.g. Enter the full name, Choose the team; a label that is a question is repeated as it is."""
    label, kind = str(field.label).removesuffix(OPTIONAL), field_kind(field)
    if label.endswith("?"):
        return f"Answer: {label}"
    if kind == "checkbox":
        return f"Tick “{label}”"
    named = label if label[:2].isupper() else label[:1].lower() + label[1:]
    verb = "Choose" if kind in CHOSEN else "Enter"
    return f"{verb} {named}" if named.split(" ")[0] in NO_ARTICLE else f"{verb} the {named}"


def _classes(field: BoundField, kind: str) -> str:
    wrong = ERROR_CLASSES[kind] if field.errors else ""
    counted = "govuk-js-character-count" if length_limit(field) else ""
    return " ".join(part for part in (CLASSES[kind], own_class(field), counted, wrong) if part)


def _counted_attributes(field: BoundField) -> dict[str, Any]:
    """The browser must not cut pasted text off; the count says how much is too much."""
    described = " ".join(part for part in (field.aria_describedby, f"{field.auto_id}-info") if part)
    return {"maxlength": False, "data-maxwords": False, "aria-describedby": described}
