"""Two sides of a page brought together: whatever they wrote, neither is written over without a choice (R4)."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from audits.merging import changed, merge, name_of, questions, with_answer
from tests.sizes import times

TEXT = st.sampled_from(["", "a", "b", "Seen weekly.", "👩‍👧"])
ROWS = st.lists(st.fixed_dictionaries({"name": TEXT, "age": TEXT}), max_size=2)
PAGE: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {
        "answers": st.dictionaries(st.sampled_from(["S1-01", "S1-02"]), st.sampled_from(["yes", "no"])),
        "rationale": TEXT,
        "household": ROWS,
        "met_on_day": TEXT,
        "met_on_month": TEXT,
    },
    optional={"comments": st.dictionaries(st.sampled_from(["S1-01"]), TEXT), "days": st.just({})},
)
MANY = settings(max_examples=times(200, 5000), deadline=None)


class TestQuestions:
    def test_are_the_leaves_with_rows_and_dates_as_one(self) -> None:
        page = {"answers": {"S1-01": "yes"}, "household": [{"name": "Mo"}], "met_on_day": "3", "met_on_year": "2026"}
        assert questions(page) == {
            ("answers", "S1-01"): "yes",
            ("household",): [{"name": "Mo"}],
            ("met_on",): {"met_on_day": "3", "met_on_year": "2026"},
        }

    def test_leave_out_what_is_empty(self) -> None:
        assert questions({"rationale": "", "household": [], "answers": {}, "met_on_day": ""}) == {}

    def test_keep_apart_a_text_and_what_only_looks_like_its_date(self) -> None:
        assert questions({"a": "x", "a_day": "1"}) == {("a",): "x", ("a_day",): "1"}

    def test_are_named_as_on_the_page(self) -> None:
        assert name_of(("answers", "S1-01")) == "answers__S1-01"

    @given(PAGE, PAGE)
    @MANY
    def test_can_be_answered_one_by_one_until_the_page_says_the_same(self, page: Any, wanted: Any) -> None:
        for path, (_, new) in changed(page, wanted).items():
            page = with_answer(page, path, new)
        assert questions(page) == questions(wanted)


class TestMerge:
    def test_keeps_both_sides_where_they_changed_different_questions(self) -> None:
        base = {"answers": {}, "rationale": "a"}
        merged = merge(base, mine={"answers": {"S1-01": "no"}, "rationale": "a"}, theirs={**base, "rationale": "b"})
        assert merged.content == {"answers": {"S1-01": "no"}, "rationale": "b"}
        assert (merged.clashes, merged.taken) == ((), (("rationale",),))

    def test_asks_where_they_changed_the_same_question(self) -> None:
        merged = merge({"rationale": "a"}, mine={"rationale": "b"}, theirs={"rationale": "c"})
        [clash] = merged.clashes
        assert (clash.path, clash.mine, clash.theirs) == (("rationale",), "b", "c")
        assert merged.content == {"rationale": "c"}

    def test_keeps_what_one_side_took_away(self) -> None:
        assert merge({"rationale": "a"}, mine={"rationale": ""}, theirs={"rationale": "a"}).content == {}

    def test_asks_again_at_an_undecided_question_even_where_only_one_side_changed_it(self) -> None:
        merged = merge({"rationale": "a"}, mine={"rationale": "b"}, theirs={"rationale": "a"}, undecided=["rationale"])
        assert [clash.mine for clash in merged.clashes] == ["b"]

    @given(PAGE, PAGE)
    @MANY
    def test_changes_nothing_where_only_one_side_wrote(self, base: Any, other: Any) -> None:
        for merged in (merge(base, mine=other, theirs=base), merge(base, mine=base, theirs=other)):
            assert questions(merged.content) == questions(other)
            assert merged.clashes == ()

    @given(PAGE, PAGE, PAGE)
    @MANY
    def test_loses_no_change_of_either_side(self, base: Any, mine: Any, theirs: Any) -> None:
        merged = merge(base, mine=mine, theirs=theirs)
        said, asked = questions(merged.content), {clash.path: clash for clash in merged.clashes}
        for path, (_, new) in changed(base, mine).items():
            assert said.get(path) == new or asked[path].mine == new
        for path, (_, new) in changed(base, theirs).items():
            assert said.get(path) == new

    @given(PAGE, PAGE, PAGE)
    @MANY
    def test_asks_only_where_both_changed_the_same_question_differently(
        self, base: Any, mine: Any, theirs: Any
    ) -> None:
        here, there = changed(base, mine), changed(base, theirs)
        both = {path for path in here.keys() & there.keys() if here[path] != there[path]}
        assert {clash.path for clash in merge(base, mine=mine, theirs=theirs).clashes} == both

    @given(PAGE, PAGE, PAGE)
    @MANY
    def test_does_not_depend_on_who_came_first_but_at_a_clash(self, base: Any, mine: Any, theirs: Any) -> None:
        one, other = merge(base, mine=mine, theirs=theirs), merge(base, mine=theirs, theirs=mine)
        asked = {clash.path for clash in one.clashes}
        assert asked == {clash.path for clash in other.clashes}
        assert {path for path, _ in changed(one.content, other.content).items()} <= asked
