"""Forms of a month's moderation: its day, the draw, and who moderates or decides."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms

from allocation.forms.month_forms import DomainForm, reason_field
from allocation.moderating.giving import Load
from people.form_fields import GovDateField
from people.models import User


class ModerationDayForm(DomainForm):
    """The moderation day of a month."""

    day = GovDateField(
        label="Moderation day",
        what="the moderation day",
        help_text="Audits that come in after this day are marked late and are not in the sample.",
    )


class DrawSampleForm(DomainForm):
    """Why the sample is drawn again; not asked the first time."""

    reason = reason_field(
        "Why is the sample drawn again?", "The first draw stays on record. What is graded already stays as it is."
    )

    def __init__(self, *args: Any, again: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not again:
            del self.fields["reason"]


class _PersonForm(DomainForm):
    """One person of several."""

    to = forms.ModelChoiceField(
        label="Who?",
        queryset=User.objects.none(),
        widget=forms.RadioSelect,
        empty_label=None,
        error_messages={"required": "Choose a person"},
    )

    def __init__(self, *args: Any, people: Sequence[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        to = self.fields["to"]
        assert isinstance(to, forms.ModelChoiceField)
        to.queryset = User.objects.filter(pk__in=[person.pk for person in people]).order_by("name", "pk")


class GiveForm(_PersonForm):
    """Who moderates, of those who could."""

    def __init__(self, *args: Any, loads: Sequence[Load], **kwargs: Any) -> None:
        super().__init__(*args, people=[load.person for load in loads], **kwargs)
        words = {load.person.pk: f"{load.person.name} ({load.now} open, {load.ever} in all)" for load in loads}
        self.fields["to"].label = "Give it to"
        self.fields["to"].choices = [(load.person.pk, words[load.person.pk]) for load in loads]  # type: ignore[attr-defined]


class AskToDecideForm(_PersonForm):
    """Who decides between auditor and moderator."""

    def __init__(self, *args: Any, people: Sequence[User], **kwargs: Any) -> None:
        super().__init__(*args, people=people, **kwargs)
        self.fields["to"].label = "Ask to decide"


class DropForm(DomainForm):
    """Why an audit is not moderated after all."""

    reason = reason_field("Why is it not moderated?", "It stays on record with this reason.")
