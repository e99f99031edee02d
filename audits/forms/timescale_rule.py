"""A rule of the timescales as the council sets it, and one of the council's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms

from audits.models import TimescaleRule
from audits.timescale_table import AT_LEAST_ONE, TimescaleError, least_limit
from people.wording import choices

LONGEST_LIMIT = 366
OLDEST = 25  # the last year in which somebody can be a care leaver
COUNTING = [
    (TimescaleRule.Counting.NEXT_DAY, "The day after is day 1. This is the usual reading"),
    (TimescaleRule.Counting.SAME_DAY, "The day itself is day 1. Everything falls due a day earlier"),
]
DIRECTIONS = [
    (TimescaleRule.Direction.AFTER, "After it: within the limit"),
    (TimescaleRule.Direction.BEFORE, "Before it: at least so long before"),
]
AGE_WIDTH = {"class": "govuk-input--width-3", "inputmode": "numeric"}


class TimescaleRuleForm(forms.Form):
    """What a council may set of a local rule."""

    name = forms.CharField(label="Name", max_length=150, error_messages={"required": "Give the rule a name"})
    limit = forms.IntegerField(
        label="Limit",
        help_text="How many. Leave it empty if there is no one number, and no hint is given.",
        min_value=0,
        max_value=LONGEST_LIMIT,
        required=False,
        widget=forms.TextInput(attrs=AGE_WIDTH),
        error_messages={"invalid": "The limit must be a whole number, like 10"},
    )
    unit = forms.ChoiceField(label="Counted in", choices=TimescaleRule.Unit.choices, widget=forms.RadioSelect)
    counting = forms.ChoiceField(label="How days are counted", choices=COUNTING, widget=forms.RadioSelect)
    in_use = forms.ChoiceField(
        label="Is this rule in use?",
        help_text="A rule that is not in use is not shown in audits, except where days were typed for it already.",
        choices=[("yes", "Yes"), ("no", "No")],
        widget=forms.RadioSelect,
    )

    def __init__(self, posted: Mapping[str, Any] | None = None, *, instance_of: TimescaleRule) -> None:
        names = [name for name in self.base_fields if hasattr(instance_of, name)]
        initial = {name: getattr(instance_of, name) for name in names}
        super().__init__(posted, initial={**initial, "in_use": "yes" if instance_of.in_use else "no"})
        self.least = least_limit(instance_of)

    def clean_name(self) -> str:
        """On one line."""
        return _on_one_line(self.cleaned_data["name"])

    def clean_limit(self) -> int | None:
        """At least 1, but for a rule that ships with 0."""
        limit: int | None = self.cleaned_data["limit"]
        if limit is not None and limit < self.least:
            raise forms.ValidationError(AT_LEAST_ONE)
        return limit

    def values(self) -> dict[str, Any]:
        """What was asked for, by field of the rule."""
        return {**self.cleaned_data, "in_use": self.cleaned_data["in_use"] == "yes"}

    def refuse(self, error: TimescaleError) -> None:
        """Show a refusal beside its input, or above the form where it has none."""
        self.add_error(error.field if error.field in self.fields else None, str(error))


class OwnRuleForm(TimescaleRuleForm):
    """A rule that the council adds itself: all of it."""

    topic = forms.ChoiceField(label="Topic", help_text="The heading under which it is shown.", required=False)
    new_topic = forms.CharField(label="Or a new topic", max_length=60, required=False)
    trigger = forms.CharField(
        label="What day does it count from?",
        help_text="For example: Referral received. For something that comes again: A visit.",
        max_length=150,
        error_messages={"required": "Say what day the rule counts from"},
    )
    event = forms.CharField(
        label="What has to happen?",
        help_text="For example: Assessment finished. For something that comes again: The next visit. "
        "Hints take up a last word like finished, held or sent: due 3 March, finished 4 March.",
        max_length=150,
        error_messages={"required": "Say what has to happen"},
    )
    plans = forms.MultipleChoiceField(
        label="For which plans?",
        help_text="Choose none for every plan.",
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    from_age = forms.IntegerField(
        label="Youngest age (optional)",
        min_value=0,
        max_value=OLDEST,
        required=False,
        widget=forms.TextInput(attrs=AGE_WIDTH),
    )
    to_age = forms.IntegerField(
        label="Oldest age (optional)",
        help_text="In years, this year of age included. 4 means under five.",
        min_value=0,
        max_value=OLDEST,
        required=False,
        widget=forms.TextInput(attrs=AGE_WIDTH),
    )
    direction = forms.ChoiceField(
        label="When has it to happen, seen from that day?", choices=DIRECTIONS, widget=forms.RadioSelect
    )
    note = forms.CharField(
        label="Note for auditors (optional)",
        help_text="Shown beside the rule in every audit. For example: only for children who live outside the area.",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        required=False,
    )

    field_order = (
        *("name", "topic", "new_topic", "trigger", "event", "direction", "limit", "unit", "counting"),
        *("plans", "from_age", "to_age", "note", "in_use"),
    )

    def __init__(
        self, posted: Mapping[str, Any] | None = None, *, instance_of: TimescaleRule, topics: Sequence[str]
    ) -> None:
        super().__init__(posted, instance_of=instance_of)
        self.fields["topic"].choices = [("", "Choose"), *((topic, topic) for topic in topics)]  # type: ignore[attr-defined]  # the stubs know only Field
        self.fields["plans"].choices = choices("plans")  # type: ignore[attr-defined]  # choice fields both
        if not instance_of.code:
            del self.fields["in_use"]

    def clean(self) -> dict[str, Any]:
        """The topic is a new one where one was typed."""
        cleaned = {**self.cleaned_data}
        topic = _on_one_line(cleaned.pop("new_topic", "")) or cleaned.get("topic", "")
        if not topic:
            self.add_error("topic", "Choose a topic, or type a new one")
        for name in ("trigger", "event", "note"):
            cleaned[name] = _on_one_line(cleaned.get(name, ""))
        return {**cleaned, "topic": topic}

    def values(self) -> dict[str, Any]:
        """What was asked for, by field of the rule."""
        return {**self.cleaned_data, "in_use": self.cleaned_data.get("in_use", "yes") == "yes"}


class CountingForm(forms.Form):
    """One way of counting for every local rule."""

    counting = forms.ChoiceField(
        label="Let every local rule count in one way",
        choices=COUNTING,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose how days are counted"},
    )


def _on_one_line(text: Any) -> str:
    return " ".join(str(text).split())
