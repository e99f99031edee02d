"""The forms around a meeting: offer times, answer, ask for another time, call it off."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time
from typing import Any

from django import forms
from django.forms import BoundField

from audits.deadlines import LONDON
from audits.meeting_place import PlaceNamesChild
from audits.meeting_times import MOST_TIMES, MeetingError
from audits.models import Meeting
from audits.young_person import called
from people.form_fields import GovDateField
from people.models import User

LENGTHS = [(30, "30 minutes"), (45, "45 minutes"), (60, "1 hour"), (90, "1½ hours"), (120, "2 hours")]
EARLIEST, LATEST = 7, 20  # o'clock; what is earlier is a slip, or meant as the afternoon
CLOCK = re.compile(r"(?P<hour>\d{1,2})(?:[:.](?P<minute>\d{2})|(?P<tight>\d{2}))?\s*(?P<half>am|pm)?", re.ASCII)
NOT_A_TIME = "Enter a time between 7:00 and 20:00, like 10:00 or 2:30pm"
NONE_FITS = "none"
ORDINALS = ("first", "second", "third", "fourth", "fifth")


class ClockField(forms.CharField):
    """A time of day as people write it: 10:00, 1430, 9.30, 2pm; one to six without am is the afternoon."""

    def to_python(self, value: Any) -> Any:
        """A `time`, or None where nothing was typed. Raises ValidationError."""
        text = str(value or "").strip().lower()
        if not text:
            return None
        found = CLOCK.fullmatch({"noon": "12:00", "midday": "12:00"}.get(text, text))
        if found is None:
            raise forms.ValidationError(NOT_A_TIME)
        hour, minute = int(found["hour"]), int(found["minute"] or found["tight"] or 0)
        if found["half"] and not 1 <= hour <= 12:
            raise forms.ValidationError(NOT_A_TIME)
        if found["half"] == "pm" or (not found["half"] and 1 <= hour < EARLIEST):
            hour = hour % 12 + 12
        if not EARLIEST <= hour <= LATEST or minute > 59 or (hour == LATEST and minute):
            raise forms.ValidationError(NOT_A_TIME)
        return time(hour, minute)

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Whether anything was typed."""
        return bool(str(data or "").strip())


class RefusableForm(forms.Form):
    """A form that can show what the domain refused."""

    def refuse(self, error: MeetingError) -> None:
        """Show a refusal beside the field it is about, or above the form."""
        self.add_error(error.field if error.field in self.fields else None, str(error))


class OfferForm(RefusableForm):
    """Up to five times, how and where to meet, who comes along; the reason where a meeting is moved."""

    reason = forms.CharField(
        label="Why does it have to move?",
        error_messages={"required": "Write why it has to move"},
        help_text="The worker reads this. It stays with the audit.",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2, "spellcheck": "true"}),
    )
    minutes = forms.TypedChoiceField(label="How long?", choices=LENGTHS, coerce=int, initial=60)
    how = forms.ChoiceField(
        label="How do you meet?",
        choices=Meeting.How.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose how you meet"},
    )
    place = forms.CharField(
        label="Where, or how to join",
        help_text="A room, or the link or number of the call. Leave the child’s name out: it goes into calendars.",
        max_length=200,
        error_messages={"required": "Enter where you meet, or how to join"},
    )
    called_so = forms.BooleanField(label="Yes, the place is simply called so", required=False)
    co_workers = forms.MultipleChoiceField(
        label="Who else works with the child?",
        help_text="Tick whom to invite. They are told the times, and get the calendar entry once one is chosen.",
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    message = forms.CharField(
        label="A message to those you invite (optional)",
        help_text="They read it here after signing in; it is not in the email.",
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "true"}),
    )

    def __init__(
        self, *args: Any, co_workers: Sequence[User], moving: bool, adult: bool, today: date, **kwargs: Any
    ) -> None:
        """`moving` where a meeting was agreed, so that a reason is due; `adult` where the words say young person."""
        super().__init__(*args, **kwargs)
        self.place_in_doubt = False
        for number in range(1, MOST_TIMES + 1):
            self.fields[f"day_{number}"] = GovDateField(
                label=f"Day {number}", what=f"the {ORDINALS[number - 1]} day", required=False, earliest=today
            )
            self.fields[f"time_{number}"] = ClockField(
                label=f"Time {number}",
                help_text="Like 10:00 or 2:30pm",
                required=False,
                widget=forms.TextInput(attrs={"class": "govuk-input--width-5", "autocomplete": "off"}),
            )
        for field in (self.fields["place"], self.fields["co_workers"]):
            field.label, field.help_text = (
                called(str(field.label), adult=adult),
                called(str(field.help_text), adult=adult),
            )
        if not moving:
            del self.fields["reason"]
        asked = self.fields["co_workers"]
        assert isinstance(asked, forms.MultipleChoiceField)
        asked.choices = [(str(person.pk), f"{person.name}, {person.job_title}") for person in co_workers]
        if not co_workers:
            del self.fields["co_workers"]

    def rows(self) -> Iterator[tuple[int, BoundField, BoundField]]:
        """Number, day and time of each row."""
        for number in range(1, MOST_TIMES + 1):
            yield number, self[f"day_{number}"], self[f"time_{number}"]

    def more_open(self) -> bool:
        """Whether anything stands in the rows that are folded away at first."""
        return (
            any(
                self.errors.get(f"{kind}_{number}") or self.cleaned_data.get(f"{kind}_{number}")
                for number in range(3, MOST_TIMES + 1)
                for kind in ("day", "time")
            )
            if self.is_bound
            else False
        )

    def clean(self) -> dict[str, Any]:
        """Each day needs its time, and there is one at least."""
        cleaned = super().clean() or self.cleaned_data
        for number in range(1, MOST_TIMES + 1):
            day, at = f"day_{number}", f"time_{number}"
            if cleaned.get(day) and not cleaned.get(at) and at not in self.errors:
                self.add_error(at, "Enter the time too, like 10:00")
            if cleaned.get(at) and not cleaned.get(day) and day not in self.errors:
                self.add_error(day, "Enter the day too, like 27 3 2026")
        rows = {f"{kind}_{number}" for number in range(1, MOST_TIMES + 1) for kind in ("day", "time")}
        if not rows & set(self.errors) and not self.moments():
            self.add_error("day_1", "Enter at least one day and time")
        return cleaned

    def _filled(self) -> list[int]:
        numbers = range(1, MOST_TIMES + 1)
        return [n for n in numbers if self.cleaned_data.get(f"day_{n}") and self.cleaned_data.get(f"time_{n}")]

    def moments(self) -> list[datetime]:
        """The times that were entered, in the rows' order, in UTC."""
        data = self.cleaned_data
        local = (datetime.combine(data[f"day_{n}"], data[f"time_{n}"], tzinfo=LONDON) for n in self._filled())
        return [moment.astimezone(UTC) for moment in local]

    def asks_about_place(self) -> bool:
        """Whether a word of the place is in doubt, so that the box to say that it is called so is shown."""
        return self.is_bound and (self.place_in_doubt or bool(self.cleaned_data.get("called_so")))

    def is_called_so(self) -> bool:
        """Whether the box was ticked about this very place, and not about one that was typed before."""
        data = self.cleaned_data
        return bool(data.get("called_so")) and self.data.get("asked_about", "").strip() == data.get("place")

    def fingerprint(self) -> str:
        """What the times are, for a page that asks once more about just these."""
        return " ".join(sorted(moment.isoformat() for moment in self.moments()))

    def refuse(self, error: MeetingError) -> None:
        """Show a refusal beside its row: the domain counts the times that were entered, not the rows."""
        self.place_in_doubt = isinstance(error, PlaceNamesChild)
        if error.field and error.field.startswith("day_"):
            row = self._filled()[int(error.field.removeprefix("day_")) - 1]
            error.field = f"day_{row}"
        super().refuse(error)


class ChooseTimeForm(RefusableForm):
    """The worker's answer: one of the times, or none and which would do."""

    choice = forms.ChoiceField(
        label="Which time suits you?",
        widget=forms.RadioSelect,
        error_messages={"required": "Choose a time, or say that none of them suits"},
    )
    note = forms.CharField(
        label="Which times would suit you?",
        help_text="For example Tuesday afternoon, or any morning next week.",
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "true"}),
    )

    def __init__(self, *args: Any, times: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        asked = self.fields["choice"]
        assert isinstance(asked, forms.ChoiceField)
        asked.choices = [*times, (NONE_FITS, "None of these" if times else "These times are over")]


class ComingForm(RefusableForm):
    """A co-worker's answer."""

    coming = forms.ChoiceField(
        label="Can you come?",
        choices=[("yes", "Yes"), ("no", "No")],
        widget=forms.RadioSelect,
        error_messages={"required": "Say whether you can come"},
    )
    note = forms.CharField(
        label="Anything to add? (optional)",
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2, "spellcheck": "true"}),
    )


class MoveForm(RefusableForm):
    """The worker cannot come after all: why, and which times would do."""

    reason = forms.CharField(
        label="Why can you not come?",
        error_messages={"required": "Write why you cannot come"},
        help_text="The auditor of this audit and their supervisor read this. It stays out of the child’s record.",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2, "spellcheck": "true"}),
    )
    note = forms.CharField(
        label="Which times would suit you?",
        error_messages={"required": "Write which times would suit you"},
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "true"}),
    )

    def __init__(self, *args: Any, adult: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        reason = self.fields["reason"]
        reason.help_text = called(str(reason.help_text), adult=adult)


class CallOffForm(RefusableForm):
    """The auditor calls a meeting off."""

    reason = forms.CharField(
        label="Why is it called off?",
        error_messages={"required": "Write why it is called off"},
        help_text="The worker reads this. It stays with the audit.",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2, "spellcheck": "true"}),
    )
