"""The forms for importing cases and filtering the case list."""

from __future__ import annotations

from typing import Any

from django import forms

from audits.models import Plan
from people.forms import UploadForm
from people.models import Team
from people.wording import label

CASES, INVOLVEMENTS = "cases", "involvements"


class CaseUploadForm(UploadForm):
    """Choose a file of cases or of involvements."""

    content = forms.ChoiceField(
        label="What is in the file?",
        choices=[
            (CASES, "Cases: an Annex A workbook or any list of cases"),
            (INVOLVEMENTS, "Involvements: who and which teams worked with a child, from when to when"),
        ],
        initial=CASES,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose what is in the file."},
    )
    full = forms.BooleanField(
        label="This file lists every open case",
        help_text="For cases: open ones that are not in the file will be closed. You see which before it is saved.",
        required=False,
        initial=True,
    )
    field_order = ("content", "file", "full")


class CaseFilter(forms.Form):
    """Which cases are shown."""

    q = forms.CharField(label="Child's id", required=False, max_length=50)
    plan = forms.ChoiceField(label="Plan", required=False)
    team = forms.ModelChoiceField(label="Team", queryset=Team.objects.all(), required=False, empty_label="All")
    worker = forms.CharField(label="Worker", required=False, max_length=100)
    state = forms.ChoiceField(
        label="Open or closed", required=False, choices=[("", "Open"), ("closed", "Closed"), ("all", "Both")]
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        words = [(code, label("plans", code)) for code in Plan.values if code != Plan.CLOSED]
        self.fields["plan"] = forms.ChoiceField(label="Plan", required=False, choices=[("", "All"), *words])
