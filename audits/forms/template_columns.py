"""The form that says which column of a spreadsheet holds what of a template."""

from __future__ import annotations

from typing import Any

from django import forms

from audits.templates_made.sheet_columns import HEADINGS_WITHIN, Columns, cell_text, letter
from people.spreadsheet import Sheet

ASKED = {
    "section": "Section",
    "text": "Standard",
    "hint": "Hint",
    "text_18_plus": "Wording from 18",
    "code": "Code",
    "only_for": "Only for",
    "from_age": "From age",
    "to_age": "To age",
}
SHOWN = 70  # characters of a heading or row


class TemplateColumnsForm(forms.Form):
    """In which row the headings stand, and which column is which; filled in with what was guessed."""

    headings = forms.ChoiceField(
        label="Which row has the headings?", help_text="What stands above that row is left out."
    )

    def __init__(self, data: Any = None, *, sheet: Sheet, guessed: Columns | None) -> None:
        begin = guessed or Columns(sheet.rows[0][0] if sheet.rows else 0, {})
        places = {name: str(place) for name, place in begin.places.items()}
        super().__init__(data, initial={"headings": str(begin.headings), **places})
        self.fields["headings"].choices = [  # type: ignore[attr-defined]  # a ChoiceField
            *((str(number), f"Row {number}: {_row(cells)}") for number, cells in sheet.rows[:HEADINGS_WITHIN]),
            ("0", "None: the first row is a standard already"),
        ]
        columns = [("", "Not in the file"), *_columns(sheet, begin.headings)]
        for name, label in ASKED.items():
            self.fields[name] = forms.ChoiceField(label=label, choices=columns, required=name == "text")
        self.fields["section"].help_text = "Where no column has it, titles on rows of their own are read as sections."
        self.fields["text"].error_messages["required"] = "Choose the column with the standards"

    def clean(self) -> dict[str, Any]:
        """A column can be one thing."""
        cleaned: dict[str, Any] = super().clean() or {}
        taken: dict[str, str] = {}
        for name in ASKED:
            place = cleaned.get(name)
            if place and place in taken:
                self.add_error(name, f"This column is chosen for {ASKED[taken[place]]} already")
            elif place:
                taken[place] = name
        return cleaned

    def columns(self) -> Columns:
        """What was chosen. Call after is_valid."""
        chosen = {name: int(self.cleaned_data[name]) for name in ASKED if self.cleaned_data[name]}
        return Columns(int(self.cleaned_data["headings"]), chosen)


def _row(cells: Any) -> str:
    return _short(" | ".join(text for cell in cells if (text := cell_text(cell))))


def _columns(sheet: Sheet, headings: int) -> list[tuple[str, str]]:
    """Each column by its letter and the first that stands in it, from the headings on."""
    widest = max((len(cells) for _, cells in sheet.rows), default=0)
    below = [cells for number, cells in sheet.rows if number >= headings]
    found = []
    for place in range(widest):
        texts = (cell_text(cells[place]) for cells in below if place < len(cells))
        first = next((text for text in texts if text), "")
        if first:
            found.append((str(place), f"{letter(place)}: {_short(first)}"))
    return found


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= SHOWN else f"{line[:SHOWN].rstrip()}…"
