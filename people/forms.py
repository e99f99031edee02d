"""The forms of imports and the filters of the people, mail and activity lists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile

from people.file_columns import Column, Field
from people.form_fields import GovDateField
from people.models import FileImportRow, OutgoingMail, Team
from people.roles import JobRole
from people.wording import label

FILE_HINT = "A CSV file or an Excel workbook (.xlsx or .xls), up to {} MB and 20,000 rows."
ADD_TEAMS = "Add teams, services and areas that are not known here yet"


class UploadForm(forms.Form):
    """Choose a file."""

    file = forms.FileField(label="File", allow_empty_file=True)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["file"].help_text = FILE_HINT.format(settings.UPLOAD_LIMIT_BYTES // 1_048_576)

    def clean_file(self) -> UploadedFile[Any]:
        """The file, unless it is too large to be read into memory."""
        file: UploadedFile[Any] = self.cleaned_data["file"]
        if file.size and file.size > settings.UPLOAD_LIMIT_BYTES:
            limit = settings.UPLOAD_LIMIT_BYTES // 1_048_576
            raise forms.ValidationError(f"The file is larger than {limit} MB. Split it into smaller files.")
        return file


class ColumnsForm(forms.Form):
    """One select per field of ours: which of the file's columns holds it."""

    def __init__(
        self, *args: Any, fields: Sequence[Field], columns: Sequence[Column], guessed: Mapping[str, str], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", "Not in this file"), *((column.key, column.heading) for column in columns)]
        for field in fields:
            self.fields[field.code] = forms.ChoiceField(
                label=field.label,
                help_text=field.hint,
                choices=choices,
                required=field.required,
                initial=guessed.get(field.code, ""),
                error_messages={"required": f"Choose the column that holds: {field.label}."},
            )


class OptionsForm(forms.Form):
    """How the preview reads the file."""

    add_teams = forms.BooleanField(label=ADD_TEAMS, required=False)


class FullListOptionsForm(OptionsForm):
    """How the preview reads a file of cases."""

    full = forms.BooleanField(
        label="This file lists every open case",
        help_text="Open cases that are not in it will be closed.",
        required=False,
    )
    field_order = ("full", "add_teams")


class PreviewFilter(forms.Form):
    """Which rows of a preview are shown."""

    outcome = forms.ChoiceField(
        choices=[("", "All rows"), ("warning", "To look at"), *FileImportRow.Outcome.choices], required=False
    )


class PeopleFilter(forms.Form):
    """Which people are shown."""

    q = forms.CharField(label="Name or e-mail", required=False, max_length=100)
    team = forms.ModelChoiceField(label="Team", queryset=Team.objects.all(), required=False, empty_label="All")
    role = forms.ChoiceField(label="Job role", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        words = [(code, label("roles", code)) for code in JobRole.values]
        self.fields["role"] = forms.ChoiceField(label="Job role", required=False, choices=[("", "All"), *words])


class MailFilter(forms.Form):
    """Which mails are shown."""

    q = forms.CharField(label="About or recipient", required=False, max_length=100)
    status = forms.ChoiceField(label="Status", required=False, choices=[("", "All"), *OutgoingMail.Status.choices])
    kind = forms.ChoiceField(label="Kind", required=False)

    def __init__(self, *args: Any, kinds: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        words = [(kind, kind.replace("_", " ").replace("-", " ").capitalize()) for kind in kinds]
        self.fields["kind"] = forms.ChoiceField(label="Kind", required=False, choices=[("", "All"), *words])


class ActivityFilter(forms.Form):
    """Which activity is shown."""

    q = forms.CharField(label="What was done, to what, or by whom", required=False, max_length=100)


def chosen(form: forms.Form) -> dict[str, Any]:
    """What a filter form was given, without the fields that make no sense."""
    form.is_valid()
    return {name: value for name, value in form.cleaned_data.items() if value not in (None, "")}


class ClosureForm(forms.Form):
    """Days on which the council is closed."""

    first = GovDateField(label="First day", what="the first day")
    last = GovDateField(
        label="Last day (optional)",
        what="the last day",
        help_text="Leave it empty for a single day. Weekends and bank holidays in between are days off anyway.",
        required=False,
    )
    name = forms.CharField(label="What it is", help_text="For example: Christmas closure.", max_length=60)


class RemoveClosureForm(forms.Form):
    """Closure days that are working days again."""

    first = forms.DateField()
    last = forms.DateField()
