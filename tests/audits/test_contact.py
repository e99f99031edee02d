"""Who is asked before a child or a parent is spoken to, and what a page of contact needs (A4)."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from audits.contact import Situation, consent_choices, consent_problem, words_for
from audits.forms import ContactForm
from tests.cast import contact_content, date_parts

TODAY = date(2026, 11, 10)
GIVEN_OUT = date(2026, 11, 2)
IN_NEED = Situation("child", "child_in_need", 11)
PROTECTED = Situation("child", "child_protection", 11)
IN_CARE = Situation("child", "child_in_care", 11)
SIXTEEN = Situation("child", "child_protection", 16)
ADULT = Situation("child", "pathway", 19)
PARENT = Situation("parent", "child_in_need", 11)
SUPPORTER = Situation("parent", "pathway", 19)


def contact(situation: Situation, **content: Any) -> ContactForm:
    return ContactForm(content, person=situation.person, situation=situation, earliest=GIVEN_OUT, today=TODAY)


def finished(situation: Situation, **changes: Any) -> ContactForm:
    whole = contact_content(situation.person, plan=situation.plan, age=situation.age)
    return contact(situation, **{**whole, **date_parts("spoken_on", TODAY), **changes})


class TestConsent:
    @pytest.mark.parametrize("situation", [IN_NEED, PROTECTED])
    def test_is_a_parents_first_with_a_plan(self, situation: Situation) -> None:
        assert situation.asks_parent_first
        assert consent_choices(situation)[0][0] == "parent"
        assert consent_problem(situation, "parent", why="") == ""
        assert "a parent agrees first" in consent_problem(situation, "self", why="")

    def test_of_the_child_alone_needs_the_reason_with_a_plan(self) -> None:
        assert consent_problem(PROTECTED, "self", why="The parent is who hurt the child.") == ""

    @pytest.mark.parametrize("plan", ["assessment", "none"])
    def test_of_the_child_alone_will_do_without_a_plan(self, plan: str) -> None:
        assert consent_problem(Situation("child", plan, 11), "self", why="") == ""

    def test_for_a_child_in_care_may_be_the_councils(self) -> None:
        assert [code for code, _ in consent_choices(IN_CARE)] == ["council", "parent", "self"]
        assert IN_CARE.is_looked_after

    @pytest.mark.parametrize(("age", "alone"), [(15, False), (16, True), (17, True), (18, True), (None, False)])
    def test_is_ones_own_from_16(self, age: int | None, alone: bool) -> None:
        situation = Situation("child", "child_protection", age)
        assert situation.decides_alone == alone
        assert situation.asks_parent_first == (not alone)
        assert bool(consent_problem(situation, "parent", why="They insisted.")) == alone

    def test_is_ones_own_with_a_pathway_plan_whose_age_is_not_known(self) -> None:
        assert Situation("child", "pathway", None).decides_alone

    @pytest.mark.parametrize("agreed", ["parent", "council", "young_person"])
    def test_of_an_adult_is_nobody_elses_for_whatever_reason(self, agreed: str) -> None:
        assert [code for code, _ in consent_choices(ADULT)] == ["self"]
        assert "18 or over" in consent_problem(ADULT, agreed, why="Their mother was sure that they would agree.")

    def test_decides_whether_anybody_is_asked_about_an_adult(self) -> None:
        assert [code for code, _ in consent_choices(SUPPORTER)] == ["young_person"]
        assert consent_problem(SUPPORTER, "self", why="They rang me.")

    def test_is_never_left_open(self) -> None:
        for situation in (IN_NEED, IN_CARE, SIXTEEN, ADULT, PARENT, SUPPORTER):
            assert consent_problem(situation, "", why="")
            assert consent_problem(situation, consent_choices(situation)[0][0], why="") == ""


class TestWords:
    @pytest.mark.parametrize("situation", [ADULT, SUPPORTER])
    def test_call_nobody_of_18_a_child(self, situation: Situation) -> None:
        form = contact(situation)
        said = [words_for(situation).title, *(f"{f.label} {f.help_text}" for f in form.fields.values())]
        said += [label for f in form.fields.values() for _, label in getattr(f, "choices", [])]
        assert not [text for text in said if "child" in text.lower()]


class TestPage:
    @pytest.mark.parametrize("situation", [IN_NEED, PROTECTED, IN_CARE, SIXTEEN, ADULT, PARENT, SUPPORTER])
    def test_is_finished_with_what_was_agreed_and_said(self, situation: Situation) -> None:
        assert finished(situation).problems() == {}

    def test_begins_with_whether_it_was_right(self) -> None:
        assert list(contact(IN_NEED).problems()) == ["appropriate"]

    def test_needs_a_reason_where_it_was_not_right(self) -> None:
        assert list(contact(IN_NEED, appropriate="no").problems()) == ["why_not_reason"]
        assert contact(IN_NEED, appropriate="no", why_not_reason="too_young").problems() == {}
        other = contact(IN_NEED, appropriate="no", why_not_reason="other")
        assert list(other.problems()) == ["why_not"]

    def test_offers_no_reason_that_does_not_fit_the_age(self) -> None:
        form = contact(ADULT, appropriate="no", why_not_reason="too_young")
        assert "why_not_reason" in form.problems()

    def test_needs_what_was_tried_where_nobody_was_reached(self) -> None:
        form = contact(IN_NEED, appropriate="yes", spoken="no")
        assert list(form.problems()) == ["not_reached", "why_not_spoken"]
        told = {"not_reached": "no_answer", "why_not_spoken": "Three calls in a week."}
        assert contact(IN_NEED, appropriate="yes", spoken="no", **told).problems() == {}

    @pytest.mark.parametrize("name", ["consent", "consent_by", "explained", "views", "spoken_on"])
    def test_needs_what_makes_the_views_fair(self, name: str) -> None:
        gone = {"spoken_on_day": "", "spoken_on_month": "", "spoken_on_year": ""} if name == "spoken_on" else {name: ""}
        assert list(finished(IN_NEED, **gone).problems()) == [name]

    def test_needs_to_know_who_a_parent_is(self) -> None:
        assert list(finished(PARENT, relation="").problems()) == ["relation"]

    def test_asks_for_the_reviewing_officer_of_a_child_in_care_only(self) -> None:
        assert list(finished(IN_CARE, iro="").problems()) == ["iro"]
        assert "iro" not in finished(IN_NEED, iro="").fields

    def test_asks_about_help_with_communication_where_the_case_says_so(self) -> None:
        for asked in (Situation("child", "none", 11, language="Urdu"), Situation("child", "none", 11, disability=True)):
            assert "support" in contact(asked).fields
            assert list(finished(asked).problems()) == ["support"]
        assert "support" not in contact(Situation("child", "none", 11, language=" english ")).fields

    def test_keeps_what_was_typed_into_a_question_that_is_not_asked_any_more(self) -> None:
        assert "iro" in contact(IN_NEED, iro="yes").fields


class TestDays:
    def test_are_not_still_to_come(self) -> None:
        problems = finished(IN_NEED, **date_parts("spoken_on", date(2026, 11, 11))).problems()
        assert problems == {"spoken_on": "The date you spoke must be 10 November 2026 or earlier"}

    def test_are_not_before_the_audit_was_given_out(self) -> None:
        assert "spoken_on" in finished(IN_NEED, **date_parts("spoken_on", date(2026, 11, 1))).problems()

    def test_are_in_order_agreeing_before_speaking(self) -> None:
        days = {**date_parts("consent_on", TODAY), **date_parts("spoken_on", date(2026, 11, 9))}
        assert "People agree before you speak" in finished(IN_NEED, **days).problems()["consent_on"]
        assert finished(IN_NEED, **date_parts("consent_on", TODAY)).problems() == {}


class TestQuestionsBeside:
    """What does not go together is asked about beside the field; nothing merely missing is."""

    @pytest.mark.parametrize(
        ("content", "field"),
        [
            ({"appropriate": "no", "spoken": "yes"}, "spoken"),
            ({"appropriate": "yes", "why_not_reason": "distress"}, "why_not_reason"),
            ({"spoken": "no", "views": "It is better."}, "spoken"),
            ({"spoken": "yes", "not_reached": "no_answer"}, "not_reached"),
            ({"quote_ok": "no", "quote": "It is better."}, "quote"),
            ({"consent": "self"}, "consent_why"),
        ],
    )
    def test_name_the_two_answers(self, content: dict[str, str], field: str) -> None:
        form = ContactForm(content, person="child", situation=PROTECTED, show_errors=True)
        assert list(form.errors) == [field]

    def test_are_silent_while_somebody_writes(self) -> None:
        form = ContactForm({"spoken": "no", "views": "x"}, person="child", situation=PROTECTED)
        assert not form.errors

    def test_do_not_ask_for_what_is_missing(self) -> None:
        assert not ContactForm({"appropriate": "yes"}, person="child", situation=PROTECTED, show_errors=True).errors

    def test_ask_who_agreed_again_where_the_young_person_has_come_of_age(self) -> None:
        form = ContactForm({"consent": "parent"}, person="child", situation=ADULT, show_errors=True)
        assert "only they can agree" in form.errors["consent"][0]


class TestQuotes:
    def test_need_the_words_and_the_yes(self) -> None:
        assert list(finished(PARENT, quote_ok="yes").problems()) == ["quote"]
        assert list(finished(PARENT, quote="It is better.").problems()) == ["quote_ok"]
        assert finished(PARENT, quote_ok="yes", quote="It is better.").problems() == {}
        assert finished(PARENT, quote_ok="no").problems() == {}
