"""Forms of the pages of templates: beginning one, what it is, choosing a file, publishing. They check, nothing more."""

from __future__ import annotations

from typing import Any

from django import forms

from audits.models import TemplateVersion
from audits.templates_made import catalogue
from audits.templates_made.document import KINDS, Document
from audits.templates_made.drafting import TemplateError, refuse_taken_name

LONGEST_NAME = 150
LONGEST_NOTE = 2_000


class TemplateFormBase(forms.Form):
    """A form that can show what was refused beside the input it is about."""

    def refuse(self, error: TemplateError) -> None:
        """Show a refusal beside its input, or above the form where it has none."""
        self.add_error(error.field if error.field in self.fields else None, str(error))


class NewTemplateForm(TemplateFormBase):
    """A new template: from nothing or as a copy."""

    name = forms.CharField(
        label="Name",
        help_text="As auditors will see it. For example: Fostering file audit.",
        max_length=LONGEST_NAME,
        error_messages={"required": "Give the template a name"},
    )
    kind = forms.ChoiceField(label="What kind of file", choices=list(KINDS.items()), widget=forms.RadioSelect)
    start = forms.ModelChoiceField(
        label="Begin with",
        help_text="A copy is a template of its own: what you change does not touch the one it came from.",
        queryset=TemplateVersion.objects.none(),
        empty_label="Nothing: an empty template",
        required=False,
    )

    def __init__(self, data: Any = None, *, start: str = "") -> None:
        super().__init__(data, initial={"kind": "case_file", "start": start})
        versions = TemplateVersion.objects.select_related("template").order_by("template__name", "-number")
        self.fields["start"].queryset = versions.defer("document")  # type: ignore[attr-defined]  # a ModelChoiceField
        self.fields["start"].label_from_instance = lambda version: f"A copy of {version}"  # type: ignore[attr-defined]  # the stubs know only Field


class DetailsForm(TemplateFormBase):
    """What a template is. Nothing is refused: an unfinished draft is saved as it is."""

    name = forms.CharField(label="Name", required=False)  # too long a one is kept and said before publishing
    kind = forms.ChoiceField(label="What kind of file", widget=forms.RadioSelect, required=False)
    scale = forms.ChoiceField(label="Grading scale", widget=forms.RadioSelect, required=False)
    overall_grade = forms.ChoiceField(
        label="Is the whole file graded, too?",
        choices=[("yes", "Yes: an overall grade, besides one for each section"), ("no", "No: only the sections")],
        widget=forms.RadioSelect,
        required=False,
    )
    source_note = forms.CharField(
        label="Where it comes from (optional)",
        help_text="For whoever asks in some years. For example: agreed by the practice board in May 2026.",
        widget=forms.Textarea(attrs={"rows": 3}),
        required=False,
    )

    def __init__(self, data: Any = None, *, document: Document, new: bool) -> None:
        first = {name: document.get(name) for name in ("name", "kind", "scale", "source_note")}
        super().__init__(data, initial=first | {"overall_grade": "yes" if document["overall_grade"] else "no"})
        kinds = {**KINDS, **({document["kind"]: document["kind"]} if document["kind"] not in KINDS else {})}
        self.fields["kind"].choices = list(kinds.items())  # type: ignore[attr-defined]  # a ChoiceField
        scales = catalogue.scales()
        self.fields["scale"].choices = [(row.scale.code, row.scale.name) for row in scales]  # type: ignore[attr-defined]  # the stubs know only Field
        self.fields["scale"].choice_hints = {  # type: ignore[attr-defined]  # read by the form pack
            row.scale.code: ", ".join(grade.label for grade in row.grades) for row in scales
        }
        if not new:
            del self.fields["name"], self.fields["kind"]

    def typed(self) -> dict[str, Any]:
        """What was typed, for the draft. Call after is_valid, whatever it said."""
        found = dict(self.cleaned_data)
        found["overall_grade"] = found.get("overall_grade") != "no"
        return found


class ImportForm(TemplateFormBase):
    """A file with a template, and what it is for."""

    target = forms.ChoiceField(label="What is the file for?")
    name = forms.CharField(
        label="Name of the new template",
        help_text="Only where it is a new one.",
        max_length=LONGEST_NAME,
        required=False,
    )
    file = forms.FileField(
        label="File",
        help_text="An Excel workbook (.xlsx, .xls) or CSV, up to 5 MB, or a template as YAML or JSON.",
        error_messages={"required": "Choose a file", "empty": "The file is empty"},
    )

    def __init__(self, data: Any = None, files: Any = None, *, target: str = "") -> None:
        super().__init__(data, files, initial={"target": target})
        self.fields["target"].choices = [  # type: ignore[attr-defined]  # a ChoiceField
            ("", "A new template"),
            *((v.template.code, f"The next version of {v.template.name}") for v in catalogue.latest_versions()),
            *((draft.code, f"The draft “{draft.name}”") for draft in catalogue.drafts_of_new_templates()),
        ]
        self.fields["target"].required = False

    def clean(self) -> dict[str, Any]:
        """A new template needs a name that no other has."""
        cleaned: dict[str, Any] = super().clean() or {}
        name = (cleaned.get("name") or "").strip()
        if cleaned.get("target"):
            return cleaned
        if not name:
            self.add_error("name", "Give the new template a name")
            return cleaned
        try:
            refuse_taken_name(name)
        except TemplateError as error:
            self.refuse(error)
        return cleaned


class PublishForm(TemplateFormBase):
    """What changed, for those who compare the versions later."""

    note = forms.CharField(
        label="What changed",
        help_text="A sentence or two, shown with the version. For example: two questions about fathers were added.",
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=LONGEST_NOTE,
        required=False,
    )
