"""A date asked for as day, month and year."""

from datetime import date

import pytest
from django import forms
from django.http import QueryDict

from people.form_fields import GovDateField


class DueForm(forms.Form):
    """Asks for a date."""

    due_on = GovDateField(label="Due date", earliest=date(2026, 11, 21), latest=date(2027, 11, 21))


class OptionalForm(forms.Form):
    """Asks for a date that may be left out."""

    seen_on = GovDateField(label="When was the child seen?", what="the day the child was seen", required=False)


def due(day: str, month: str, year: str) -> DueForm:
    return DueForm({"due_on_day": day, "due_on_month": month, "due_on_year": year})


def errors(form: forms.Form) -> list[str]:
    return [str(text) for text in next(iter(form.errors.values()), [])]


class TestGovDateField:
    @pytest.mark.parametrize(
        ("day", "month", "year"),
        [
            ("1", "12", "2026"),
            ("01", "12", "2026"),
            (" 1 ", "dec", "2026"),
            ("1", "December", "2026"),
            ("1", "DEC", "2026"),
            ("1", "12", "26"),
        ],
    )
    def test_takes_numbers_and_names_of_months(self, day: str, month: str, year: str) -> None:
        form = due(day, month, year)
        assert form.is_valid(), form.errors
        assert form.cleaned_data["due_on"] == date(2026, 12, 1)

    def test_takes_the_usual_short_form_of_september(self) -> None:
        assert due("30", "Sept", "2027").is_valid()

    @pytest.mark.parametrize(
        ("day", "month", "year", "message"),
        [
            ("", "", "", "Enter the due date"),
            ("21", "", "", "The due date must include a month and year"),
            ("", "11", "2026", "The due date must include a day"),
            ("asap", "", "", "Write a calendar date, for example 25 November 2026"),
            ("31", "2", "2027", "The due date must be a real date, like 27 3 2026"),
            ("one", "2", "2027", "The due date must be a real date, like 27 3 2026"),
            ("1", "2", "85", "The due date must have a year of four numbers, like 2026"),
            ("+1", "2", "2027", "The due date must be a real date, like 27 3 2026"),
            ("1_0", "2", "2027", "The due date must be a real date, like 27 3 2026"),
            ("20", "11", "2026", "The due date must be 21 November 2026 or later"),
            ("22", "11", "2027", "The due date must be 21 November 2027 or earlier"),
            ("٢", "11", "2027", "The due date must be a real date, like 27 3 2026"),
        ],
    )
    def test_says_what_is_wrong(self, day: str, month: str, year: str, message: str) -> None:
        assert errors(due(day, month, year)) == [message]

    def test_takes_both_ends_of_the_allowed_days(self) -> None:
        assert due("21", "11", "2026").is_valid()
        assert due("21", "11", "2027").is_valid()

    def test_keeps_what_was_typed_after_an_error(self) -> None:
        html = str(due("31", "Feb", "2027")["due_on"])
        assert 'value="31"' in html
        assert 'value="Feb"' in html

    def test_is_none_when_optional_and_empty(self) -> None:
        form = OptionalForm(QueryDict("seen_on_day=&seen_on_month=&seen_on_year="))
        assert form.is_valid()
        assert form.cleaned_data["seen_on"] is None

    def test_is_named_by_its_own_words_where_the_label_is_a_question(self) -> None:
        form = OptionalForm({"seen_on_day": "1", "seen_on_month": "", "seen_on_year": "2026"})
        assert errors(form) == ["The day the child was seen must include a month"]

    def test_shows_an_initial_date_in_its_parts(self) -> None:
        html = str(DueForm(initial={"due_on": date(2026, 12, 1)})["due_on"])
        for name, value in (("day", "1"), ("month", "12"), ("year", "2026")):
            assert f'name="due_on_{name}" type="text" inputmode="numeric" autocomplete="off" value="{value}"' in html

    def test_knows_whether_the_date_changed(self) -> None:
        initial = {"due_on": date(2026, 12, 1)}
        same = DueForm({"due_on_day": "01", "due_on_month": "dec", "due_on_year": "2026"}, initial=initial)
        other = DueForm({"due_on_day": "2", "due_on_month": "12", "due_on_year": "2026"}, initial=initial)
        assert not same.has_changed()
        assert other.has_changed()

    def test_shows_hostile_text_as_text(self) -> None:
        assert "<script>" not in str(due('"><script>', "1", "2027")["due_on"])

    def test_survives_a_percent_sign_in_its_name(self) -> None:
        field = GovDateField(label="100% date")
        with pytest.raises(forms.ValidationError) as caught:
            field.clean(["1", "", "2027"])
        assert caught.value.messages == ["The 100% date must include a month"]
