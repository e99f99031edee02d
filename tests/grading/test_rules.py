"""The overall grade: what is suggested and why, what is refused, what is asked."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grading.rules import Outcomes, Rule, Suggestion, refusals, suggest_overall
from grading.scale import Scale, ScaleError
from tests.grading.scales import FIVE, FOUR, GOOD, HALVES, INAD, OUT, RI, THREE
from tests.grading.sections import sections


def suggested(*grades: str | None, outcomes=Outcomes.MET, scale: Scale = FOUR, **extra) -> Suggestion:
    return suggest_overall(sections(*grades, **extra), scale=scale, outcomes=outcomes)


class TestSuggestOverall:
    @pytest.mark.parametrize(
        ("grades", "grade"),
        [
            ((GOOD,) * 9, GOOD),
            ((GOOD, GOOD, GOOD, GOOD, GOOD, RI, RI, RI, RI), GOOD),
            ((GOOD, GOOD, GOOD, GOOD, RI, RI, RI, RI, RI), RI),
            ((OUT, OUT, GOOD, GOOD, GOOD, GOOD, RI, RI, RI), GOOD),
            ((OUT, OUT, OUT, OUT, OUT, GOOD, GOOD, GOOD, GOOD), OUT),
            ((GOOD, GOOD, RI, RI), RI),
            ((OUT, GOOD), GOOD),
            ((RI,), RI),
        ],
    )
    def test_is_the_best_grade_that_more_than_half_of_the_sections_reach(self, grades, grade):
        suggestion = suggested(*grades)
        assert (suggestion.grade, suggestion.rule) == (grade, Rule.MIDDLE_GRADE)

    def test_counts_the_sections_in_words(self):
        assert suggested(RI, GOOD, GOOD, GOOD, GOOD, GOOD, OUT, OUT, OUT).reason == (
            "Five of nine sections are Good; three are Outstanding; Section 1 (Risk) is Requires Improvement. "
            "Good is the best grade that more than half of the sections reach."
        )

    def test_needs_few_words_when_all_agree(self):
        assert suggested(GOOD, GOOD, GOOD).reason == "All three sections are Good."
        assert suggested(GOOD).reason == "Section 1 (Risk) is Good; no other section is graded."

    def test_is_urgent_when_a_section_about_safety_is(self):
        suggestion = suggested(INAD, GOOD, GOOD, GOOD, GOOD, GOOD, GOOD, GOOD, OUT)
        assert (suggestion.grade, suggestion.rule) == (INAD, Rule.URGENT_SAFETY_SECTION)
        assert suggestion.reason.endswith(
            "Section 1 (Risk) is Inadequate and bears on the child’s safety, so the suggestion is Inadequate."
        )

    def test_is_just_above_urgent_when_another_section_is_urgent(self):
        suggestion = suggested(GOOD, INAD, GOOD, GOOD, GOOD, GOOD, GOOD, GOOD, OUT)
        assert (suggestion.grade, suggestion.rule) == (RI, Rule.URGENT_SECTION)
        assert "Section 2 (Assessment) is Inadequate, so the suggestion is Requires Improvement." in suggestion.reason

    def test_follows_the_example_of_four_sections_and_one_urgent(self):
        assert suggested(RI, RI, INAD, RI, RI).grade == RI
        assert suggested(INAD, RI, RI, RI, RI).grade == INAD

    def test_names_every_urgent_section(self):
        assert (
            "Section 2 (Assessment) and Section 3 (Plans) are Inadequate"
            in suggested(GOOD, INAD, INAD, GOOD, GOOD, GOOD).reason
        )

    def test_is_below_good_when_outcomes_are_not_met(self):
        suggestion = suggested(GOOD, GOOD, GOOD, outcomes="not_met")
        assert (suggestion.grade, suggestion.rule) == (RI, Rule.OUTCOMES_NOT_MET)
        assert suggestion.reason.endswith("neither met nor on the way, so the suggestion is Requires Improvement.")

    def test_may_be_good_when_outcomes_are_on_the_way(self):
        assert suggested(GOOD, GOOD, GOOD, outcomes="on_the_way").grade == GOOD

    def test_mentions_the_open_question_about_outcomes_only_where_it_matters(self):
        suggestion = suggested(GOOD, GOOD, GOOD, outcomes=None)
        assert suggestion.grade == GOOD
        assert "it can be Requires Improvement at most" in suggestion.reason
        assert suggested(RI, RI, outcomes=None).reason == "Both sections are Requires Improvement."

    def test_leaves_out_sections_that_do_not_apply(self):
        assert suggested(GOOD, INAD, GOOD, not_applicable=(1,)).reason == "Both sections are Good."

    def test_mentions_sections_that_are_still_to_be_graded(self):
        assert suggested(GOOD, None, None).reason.endswith("Two sections are still to be graded.")
        assert suggested(GOOD, None).reason.endswith("One section is still to be graded.")

    def test_does_not_wait_for_a_grade_where_a_section_does_not_apply(self):
        assert suggested(GOOD, None, GOOD, not_applicable=(1,)).reason == "Both sections are Good."

    def test_is_nothing_before_the_first_grade(self):
        assert suggested(None, None) == Suggestion(None, "No section has been graded yet.", Rule.NOTHING_GRADED)
        assert suggested(GOOD, not_applicable=(0,)).grade is None

    def test_works_on_a_scale_without_an_urgent_grade(self):
        assert suggested("not_yet_good", "good", "good", scale=THREE).grade == "good"
        assert suggested("good", "good", scale=THREE, outcomes="not_met").grade == "not_yet_good"

    def test_refuses_a_grade_of_another_scale(self):
        with pytest.raises(ScaleError, match="not_yet_good"):
            suggested("not_yet_good")

    def test_refuses_an_unknown_answer_about_outcomes(self):
        with pytest.raises(ValueError, match="perhaps"):
            suggested(GOOD, outcomes="perhaps")

    @given(st.lists(st.sampled_from([OUT, GOOD, RI, INAD, None]), max_size=9), st.sampled_from([*Outcomes, None]))
    def test_is_never_itself_refused_once_outcomes_are_answered(self, grades, outcomes):
        suggestion = suggested(*grades, outcomes=outcomes)
        if outcomes is not None:
            assert refusals(suggestion.grade, scale=FOUR, outcomes=outcomes) == []

    @given(st.lists(st.sampled_from([OUT, GOOD, RI, INAD]), min_size=1, max_size=9), st.data())
    def test_never_rises_when_a_section_falls(self, grades, data):
        place = data.draw(st.integers(0, len(grades) - 1))
        fallen = [*grades]
        fallen[place] = data.draw(st.sampled_from([p.code for p in FOUR.at_or_below(grades[place])]))
        assert not FOUR.is_better(suggested(*fallen).grade, suggested(*grades).grade)


class TestOwnScales:
    """G2 and G3: half steps, and a council's own points."""

    @pytest.mark.parametrize(
        ("grades", "grade"),
        [
            (("nearly_good",) * 3, "nearly_good"),
            (("good", "good", "nearly_good", "not_yet_good"), "nearly_good"),
            (("good", "good", "good", "not_yet_good"), "good"),
            (("not_yet_good", "not_yet_good", "good"), "not_yet_good"),
        ],
    )
    def test_with_a_half_mark_count_it_as_a_grade_of_its_own(self, grades, grade):
        assert suggested(*grades, scale=HALVES).grade == grade

    def test_with_a_half_mark_never_call_nearly_good_good(self):
        assert suggested("good", "good", "good", outcomes="not_met", scale=HALVES).grade == "nearly_good"
        assert refusals("nearly_good", scale=HALVES, outcomes="not_met") == []
        assert refusals("good", scale=HALVES, outcomes="not_met")[0].code == "outcomes_not_met"

    @pytest.mark.parametrize(
        ("grades", "grade", "rule"),
        [
            (("fire", "strong", "strong", "strong", "strong"), "fire", Rule.URGENT_SAFETY_SECTION),
            (("strong", "fire", "strong", "strong", "strong"), "weak", Rule.URGENT_SECTION),
            (("weak", "strong", "strong", "fair", "fair"), "fair", Rule.MIDDLE_GRADE),
        ],
    )
    def test_of_five_points_pull_the_same_way(self, grades, grade, rule):
        found = suggested(*grades, scale=FIVE)
        assert (found.grade, found.rule) == (grade, rule)

    def test_of_five_points_cap_at_the_best_that_is_not_good(self):
        assert suggested("star", "star", "strong", outcomes="not_met", scale=FIVE).grade == "fair"


class TestRefusals:
    @pytest.mark.parametrize("overall", [OUT, GOOD])
    def test_refuse_a_good_grade_where_outcomes_are_not_met(self, overall):
        (refusal,) = refusals(overall, scale=FOUR, outcomes="not_met")
        assert refusal.code == "outcomes_not_met"
        assert FOUR.point(overall).label in refusal.message
        assert "Requires Improvement or lower" in refusal.message

    @pytest.mark.parametrize("outcomes", [None, ""])
    def test_ask_for_the_answer_about_outcomes_first(self, outcomes):
        (refusal,) = refusals(GOOD, scale=FOUR, outcomes=outcomes)
        assert refusal.code == "outcomes_unanswered"

    @pytest.mark.parametrize("outcomes", ["met", "on_the_way", Outcomes.MET])
    def test_let_a_good_grade_stand_where_outcomes_are_met_or_on_the_way(self, outcomes):
        assert refusals(OUT, scale=FOUR, outcomes=outcomes) == []

    @pytest.mark.parametrize("outcomes", ["not_met", "met", None])
    @pytest.mark.parametrize("overall", [RI, INAD, None])
    def test_never_stop_a_grade_below_good(self, overall, outcomes):
        assert refusals(overall, scale=FOUR, outcomes=outcomes) == []
