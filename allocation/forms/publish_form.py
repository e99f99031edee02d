"""The form of publishing: nothing to fill in, unless an earlier month is not published yet."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms

from allocation.forms.month_forms import DomainForm
from allocation.messages import month_in_words
from allocation.months import earlier_months


class PublishForm(DomainForm):
    """Whether it is meant that a month is published before those that come before it."""

    def __init__(self, data: Any = None, *, month: date, before: Sequence[date]) -> None:
        super().__init__(data)
        self.before = earlier_months.in_a_sentence(before) if before else ""
        if before:
            label = f"I mean to publish {month_in_words(month)} first"
            self.fields["past"] = forms.MultipleChoiceField(
                label="Earlier months",
                choices=[(earlier_months.mark(before), label)],
                widget=forms.CheckboxSelectMultiple,
                error_messages={
                    "required": f"{self.before}. Tick the box if you mean to publish {month_in_words(month)} first.",
                    "invalid_choice": "The months have changed meanwhile. Read it again, then tick the box.",
                },
            )

    @property
    def past(self) -> str:
        """The mark of the months that were ticked; empty where none had to be."""
        return "".join(self.cleaned_data.get("past", []))
