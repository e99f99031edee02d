"""The govuk form pack: what each kind of field becomes."""

from html.parser import HTMLParser

import pytest
from crispy_forms.helper import FormHelper
from crispy_forms.layout import Div, Fieldset, Layout, Row, Submit
from django import forms
from django.template import Context, Template

from auditportal.form_pack import field_errors, form_errors
from tests.auditportal.gallery import HOSTILE, GalleryForm

pytestmark = pytest.mark.urls("tests.auditportal.every_page")  # crispy looks addresses up


class Collector(HTMLParser):
    """Every element's name and attributes, and the ids."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def ids(self) -> list[str]:
        return [attrs["id"] or "" for _, attrs in self.elements if "id" in attrs]

    def named(self, name: str) -> dict[str, str | None]:
        return next(attrs for _, attrs in self.elements if attrs.get("name") == name)


def crispy(form: object) -> str:
    return Template("{% load crispy_forms_tags %}{{ form|crispy }}").render(Context({"form": form}))


def crispy_tag(form: object) -> str:
    return Template("{% load crispy_forms_tags %}{% crispy form %}").render(Context({"form": form, "csrf_token": "t"}))


def summary(form: object) -> str:
    return Template("{% include 'components/error_summary.html' %}").render(Context({"form": form}))


@pytest.fixture
def empty() -> str:
    """The form as first shown."""
    return crispy(GalleryForm())


@pytest.fixture
def wrong() -> str:
    """The form sent back with nothing in it."""
    return crispy(GalleryForm({}))


class TestPack:
    def test_shows_html_in_labels_hints_and_choices_as_text(self, empty: str) -> None:
        assert "<script>" not in empty
        assert empty.count("&lt;script&gt;alert(1)&lt;/script&gt;") == 3

    def test_shows_html_in_values_and_errors_as_text(self) -> None:
        form = GalleryForm({"hostile": HOSTILE, "team": HOSTILE, "rationale": HOSTILE, "due_on_day": HOSTILE})
        assert "<script>" not in crispy(form) + summary(form)

    def test_gives_every_input_its_class(self, empty: str) -> None:
        found = Collector(empty)
        assert found.named("name")["class"] == "govuk-input"
        assert found.named("team")["class"] == "govuk-select"
        assert found.named("file")["class"] == "govuk-file-upload"
        assert found.named("grade")["class"] == "govuk-radios__input"
        assert found.named("plans")["class"] == "govuk-checkboxes__input"
        assert "govuk-password-input__input" in str(found.named("password")["class"])
        assert found.named("due_on_year")["class"] == "govuk-input govuk-date-input__input govuk-input--width-4"

    def test_marks_every_input_in_error(self, wrong: str) -> None:
        found = Collector(wrong)
        assert "govuk-input--error" in str(found.named("name")["class"])
        assert "govuk-textarea--error" in str(found.named("rationale")["class"])
        assert "govuk-select--error" in str(found.named("team")["class"])
        assert "govuk-input--error" in str(found.named("due_on_day")["class"])

    def test_names_only_ids_that_exist_and_each_once(self, wrong: str) -> None:
        found = Collector(wrong)
        ids = found.ids()
        assert len(ids) == len(set(ids))
        for _, attrs in found.elements:
            for name in ("for", "aria-describedby", "aria-controls"):
                assert set((attrs.get(name) or "").split()) <= set(ids), attrs

    def test_ties_hint_and_error_to_the_input(self, wrong: str) -> None:
        assert Collector(wrong).named("name")["aria-describedby"] == "id_name_helptext id_name_error"

    def test_groups_choices_and_dates_in_a_fieldset_with_a_legend(self, empty: str) -> None:
        assert empty.count("<fieldset") == 3
        assert empty.count("<legend") == 3

    def test_leaves_checking_to_the_server(self, wrong: str) -> None:
        for _, attrs in Collector(wrong).elements:
            assert not {"required", "maxlength", "placeholder"} & set(attrs) - {"maxlength"}
        assert 'maxlength="400"' not in wrong.replace('data-maxlength="400"', "")

    def test_counts_characters_where_text_is_limited(self, empty: str) -> None:
        assert 'data-module="govuk-character-count" data-maxlength="400"' in empty
        assert "id_rationale-info" in str(Collector(empty).named("rationale")["aria-describedby"])

    def test_shows_the_hint_of_a_choice(self, empty: str) -> None:
        assert "What was expected was done" in empty
        assert Collector(empty).named("grade")["aria-describedby"] == "id_grade_0_hint"

    def test_keeps_choices_that_were_made(self) -> None:
        html = crispy(GalleryForm({"grade": "ri", "plans": ["cp"], "agreed": "on", "team": "1"}))
        ticked = [attrs.get("value") for _, attrs in Collector(html).elements if "checked" in attrs]
        assert ticked == ["ri", "cp", None]
        assert '<option value="1" selected>' in html

    def test_keeps_hidden_fields_hidden(self, empty: str) -> None:
        assert '<input type="hidden" name="secret" id="id_secret">' in empty

    def test_has_neither_inline_style_nor_script(self, wrong: str) -> None:
        for tag, attrs in Collector(wrong).elements:
            assert tag not in {"script", "style"}
            assert not [name for name in attrs if name == "style" or name.startswith("on")]


class TestErrors:
    def test_name_the_field_instead_of_this_field_is_required(self, wrong: str) -> None:
        form = GalleryForm({})
        assert [error["text"] for error in form_errors(form)] == [
            "Enter the full name",
            "Answer: Why this grade?",
            "Choose the team",
            "Choose the overall grade",
            "Choose the plans",
            "Tick “Agreed with the worker”",
            "Enter the due date",
        ]
        assert "This field is required" not in wrong

    @pytest.mark.parametrize(
        ("typed", "words"), [("0", "Cases must be 1 or more"), ("1001", "Cases must be 1,000 or less")]
    )
    def test_say_of_a_number_what_it_must_be(self, typed: str, words: str) -> None:
        class Number(forms.Form):
            cases = forms.IntegerField(label="Cases (optional)", min_value=1, max_value=1000)

        form = Number({"cases": typed})
        assert field_errors(form["cases"]) == [words]
        assert [error["text"] for error in form_errors(form)] == [words]

    def test_keep_the_form_s_own_words(self) -> None:
        class OwnWords(forms.Form):
            reason = forms.CharField(error_messages={"required": "Say why this month is paused"})

        assert field_errors(OwnWords({})["reason"]) == ["Say why this month is paused"]

    def test_link_to_something_on_the_page(self, wrong: str) -> None:
        targets = [error["target"] for error in form_errors(GalleryForm({}))]
        assert set(targets) <= set(Collector(wrong).ids())
        assert "id_grade_0" in targets

    def test_link_to_the_part_of_a_date_that_is_wrong(self) -> None:
        form = GalleryForm({"due_on_day": "1", "due_on_month": "2", "due_on_year": ""})
        html = crispy(form)
        assert {"text": "The due date must include a year", "target": "id_due_on_2"} in form_errors(form)
        assert "govuk-input--error" not in str(Collector(html).named("due_on_day")["class"])
        assert "govuk-input--error" in str(Collector(html).named("due_on_year")["class"])

    def test_stand_in_a_summary(self) -> None:
        html = summary(GalleryForm({}))
        assert "There is a problem" in html
        assert '<a href="#id_name">Enter the full name</a>' in html

    def test_come_from_outside_a_form_too(self) -> None:
        problems = [{"text": HOSTILE, "target": "row-3"}, {"text": "Nobody is free", "target": ""}]
        html = Template("{% include 'components/error_summary.html' %}").render(Context({"problems": problems}))
        assert '<a href="#row-3">&lt;script&gt;' in html
        assert "<script>" not in html

    def test_are_none_for_a_form_that_was_not_sent(self) -> None:
        assert form_errors(GalleryForm()) == []
        assert form_errors(None) == []


class TestCrispyTag:
    class Laid(forms.Form):
        """A form that says how it is laid out."""

        first = forms.CharField()
        second = forms.CharField()
        third = forms.BooleanField(required=False)

        @property
        def helper(self) -> FormHelper:
            helper = FormHelper()
            helper.layout = Layout(Fieldset("Who", Row("first", "second")), Div("third", css_class="portal-card"))
            helper.add_input(Submit("save", "Save it"))
            return helper

    def test_draws_element_token_layout_and_button(self) -> None:
        html = crispy_tag(self.Laid())
        assert html.count("<form") == html.count("</form>") == 1
        assert "novalidate" in html
        assert 'name="csrfmiddlewaretoken"' in html
        assert "portal-field-row" in html
        assert '<legend class="govuk-fieldset__legend govuk-fieldset__legend--m">Who</legend>' in html
        assert 'class="govuk-button"' in html
        assert "btn" not in html

    def test_draws_a_form_without_a_helper(self) -> None:
        html = crispy_tag(GalleryForm())
        assert 'enctype="multipart/form-data"' in html
        assert "Full name" in html

    def test_draws_formsets(self) -> None:
        formset = forms.formset_factory(self.Laid, extra=2)()
        for html in (crispy(formset), crispy_tag(formset)):
            assert 'name="form-TOTAL_FORMS"' in html
            assert 'name="form-1-second"' in html

    def test_lists_the_errors_of_formsets(self) -> None:
        data = {"form-TOTAL_FORMS": "1", "form-INITIAL_FORMS": "0", "form-0-first": "x"}
        formset = forms.formset_factory(self.Laid, extra=1)(data)
        assert not formset.is_valid()
        assert form_errors(formset) == [{"text": "Enter the second", "target": "id_form-0-second"}]
