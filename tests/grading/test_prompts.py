"""Questions where answers do not fit together: they ask, they never decide."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grading.prompts import CODES, About, AnsweredIn, StandardsAnswered, prompts
from grading.rules import Outcomes, suggest_overall
from tests.grading.scales import FIVE, FOUR, GOOD, HALVES, INAD, OUT, RI, THREE
from tests.grading.sections import sections


def asked(*grades, overall=None, standards=None, safe_now=None, scale=FOUR, **extra):
    items = sections(*grades, **extra)
    suggestion = suggest_overall(items, scale=scale, outcomes=Outcomes.MET)
    return prompts(items, overall, scale=scale, suggestion=suggestion, standards=standards, safe_now=safe_now)


def keys(*grades, **answers):
    return [prompt.key for prompt in asked(*grades, **answers)]


class TestPrompts:
    def test_are_none_where_everything_fits(self):
        standards = {"s1": StandardsAnswered(yes=10, no=2), "s2": StandardsAnswered(yes=0, no=0)}
        assert asked(GOOD, GOOD, overall=GOOD, standards=standards, safe_now=True) == []

    def test_say_nothing_about_the_overall_grade_before_there_is_one(self):
        assert asked(INAD, GOOD) == []

    def test_keep_their_key_when_the_wording_changes(self):
        """Six of nine, then seven of nine: the same question, so the answer that was written stays with it."""
        first = asked(GOOD, GOOD, overall=GOOD, standards={"s2": StandardsAnswered(yes=3, no=6)})
        later = asked(GOOD, GOOD, overall=GOOD, standards={"s2": StandardsAnswered(yes=2, no=7)})
        assert (
            [prompt.key for prompt in first] == [prompt.key for prompt in later] == ["good_with_most_standards_no-s2"]
        )
        assert first[0].question != later[0].question

    @given(
        grades=st.lists(st.sampled_from([OUT, GOOD, RI, INAD]), min_size=1, max_size=9),
        overall=st.sampled_from([OUT, GOOD, RI, INAD, None]),
        worker=st.lists(st.sampled_from([OUT, GOOD, RI, INAD, None]), max_size=9),
        safe_now=st.sampled_from([True, False, None]),
        no=st.integers(0, 12),
    )
    def test_have_each_a_key_of_their_own_that_is_known(self, grades, overall, worker, safe_now, no):
        standards = {f"s{n}": StandardsAnswered(yes=12 - no, no=no) for n in range(1, 10)}
        found = asked(*grades, overall=overall, worker=tuple(worker), safe_now=safe_now, standards=standards)
        assert len({prompt.key for prompt in found}) == len(found)
        assert {prompt.code for prompt in found} <= set(CODES)
        assert "__" not in "".join(prompt.key for prompt in found)


class TestSafety:
    def test_asks_why_an_urgent_safety_section_leaves_the_audit_better(self):
        first, second = asked(INAD, RI, RI, overall=RI)
        assert (first.key, first.answered_in) == ("urgent_safety_section-s1", AnsweredIn.OWN)
        assert second.code == "differs_from_suggestion"

    def test_does_not_ask_where_the_audit_is_urgent_too(self):
        assert asked(INAD, RI, RI, overall=INAD) == []

    def test_asks_what_makes_a_child_safe_where_a_safety_section_is_urgent(self):
        (prompt,) = asked(INAD, RI, RI, overall=INAD, safe_now=True)
        assert (prompt.code, prompt.about) == ("safe_with_urgent_section", About.SAFETY)
        assert prompt.answered_in == AnsweredIn.SAFE_WHY
        assert "Section 1 (Risk) is Inadequate and bears on the child’s safety" in prompt.question

    def test_asks_so_without_an_overall_grade_too(self):
        assert keys(INAD, GOOD, safe_now=True) == ["safe_with_urgent_section"]

    def test_does_not_ask_where_another_section_is_urgent(self):
        assert keys(RI, INAD, RI, overall=RI, safe_now=True) == []

    @pytest.mark.parametrize("overall", [OUT, GOOD, RI])
    def test_asks_how_an_unsafe_child_goes_with_a_grade_that_is_not_urgent(self, overall):
        found = {prompt.code: prompt for prompt in asked(RI, RI, RI, overall=overall, safe_now=False)}
        assert found["unsafe_without_urgent_grade"].about == About.SAFETY
        assert "you say that the child is not safe now" in found["unsafe_without_urgent_grade"].question.lower()

    def test_does_not_ask_where_the_grade_is_urgent(self):
        assert keys(INAD, overall=INAD, safe_now=False) == []

    def test_looks_at_the_sections_where_there_is_no_overall_grade(self):
        assert keys(GOOD, GOOD, safe_now=False) == ["unsafe_without_urgent_grade"]
        assert keys(GOOD, INAD, safe_now=False) == []

    @pytest.mark.parametrize("scale", [THREE, HALVES])
    def test_takes_the_worst_grade_where_a_scale_has_no_urgent_one(self, scale):
        assert keys("not_yet_good", overall="not_yet_good", scale=scale, safe_now=False) == []
        assert "unsafe_without_urgent_grade" in keys("good", overall="good", scale=scale, safe_now=False)

    def test_knows_a_council_s_own_urgent_point(self):
        assert keys("fire", "weak", overall="fire", scale=FIVE, safe_now=False) == []
        assert keys("weak", "weak", overall="weak", scale=FIVE, safe_now=False) == ["unsafe_without_urgent_grade"]
        assert keys("fire", "weak", overall="fire", scale=FIVE, safe_now=True) == ["safe_with_urgent_section"]


class TestStandards:
    def test_ask_why_a_section_is_good_with_most_answered_no(self):
        (prompt,) = asked(GOOD, GOOD, overall=GOOD, standards={"s2": StandardsAnswered(yes=4, no=5)})
        assert (prompt.code, prompt.section_code) == ("good_with_most_standards_no", "s2")
        assert prompt.question.startswith("5 of 9 key standards in section 2 (Assessment)")

    def test_do_not_ask_at_half_and_half(self):
        assert asked(GOOD, GOOD, overall=GOOD, standards={"s2": StandardsAnswered(yes=5, no=5)}) == []

    def test_ask_what_is_missing_where_all_are_met_and_the_grade_is_not_good(self):
        (prompt,) = asked(RI, overall=RI, standards={"s1": StandardsAnswered(yes=12, no=0)})
        assert prompt.key == "below_good_with_all_standards_yes-s1"

    def test_ask_the_same_of_nearly_good(self):
        """G2: 1.5 is not yet good."""
        standards = {"s1": StandardsAnswered(yes=12, no=0)}
        found = keys("nearly_good", overall="nearly_good", scale=HALVES, standards=standards)
        assert found == ["below_good_with_all_standards_yes-s1"]
        assert keys("nearly_good", overall="nearly_good", scale=HALVES, standards={"s1": StandardsAnswered(2, 9)}) == []

    def test_do_not_ask_where_all_are_met_and_the_grade_is_good(self):
        assert asked(GOOD, overall=GOOD, standards={"s1": StandardsAnswered(yes=12, no=0)}) == []

    def test_leave_out_sections_that_do_not_apply(self):
        standards = {"s2": StandardsAnswered(yes=0, no=5)}
        assert asked(GOOD, GOOD, overall=GOOD, standards=standards, not_applicable=(1,)) == []


class TestOverall:
    def test_is_not_asked_about_impact_where_it_is_not_good_either(self):
        assert asked(RI, RI, RI, RI, RI, RI, RI, RI, RI, overall=RI) == []

    def test_is_asked_what_changed_for_the_child_where_impact_is_below(self):
        (prompt,) = asked(GOOD, GOOD, GOOD, GOOD, GOOD, GOOD, GOOD, GOOD, RI, overall=GOOD)
        assert prompt.key == "impact_below_good-s9"

    def test_gives_its_reasons_where_it_differs_from_the_suggestion(self):
        (prompt,) = asked(GOOD, GOOD, overall=RI)
        assert (prompt.key, prompt.answered_in) == ("differs_from_suggestion", AnsweredIn.RATIONALE)
        assert "suggest Good and you chose Requires Improvement" in prompt.question

    def test_is_asked_for_evidence_where_every_section_is_the_best_there_is(self):
        assert keys(OUT, OUT, OUT, overall=OUT) == ["nothing_but_the_best"]
        assert keys(OUT, OUT, overall=OUT) == []
        assert keys(OUT, OUT, GOOD, overall=OUT) == []


class TestWorker:
    def test_is_asked_about_two_points_away_and_never_waited_for(self):
        (prompt,) = asked(RI, GOOD, overall=RI, worker=(OUT, OUT))
        assert (prompt.key, prompt.gentle) == ("worker_sees_it_differently-s1", True)
        assert "the worker’s own grade was Outstanding, yours is Requires Improvement" in prompt.question

    def test_may_be_the_stricter_of_the_two(self):
        assert keys(GOOD, GOOD, overall=GOOD, worker=(INAD,)) == ["worker_sees_it_differently-s1"]

    @pytest.mark.parametrize("own", [None, OUT, RI])
    def test_is_not_asked_about_nearer_than_that(self, own):
        assert keys(GOOD, GOOD, overall=GOOD, worker=(own,)) == []

    def test_is_counted_in_points_of_the_scale_not_in_scores(self):
        """Between good and not yet good lies nearly good: one mark apart, two points apart."""
        assert keys("good", overall="good", scale=HALVES, worker=("not_yet_good",)) == ["worker_sees_it_differently-s1"]
        assert keys("good", overall="good", scale=HALVES, worker=("nearly_good",)) == []
