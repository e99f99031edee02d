"""The five letters of an action, and the vague deadlines that are refused (A13, source 001)."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audits.deadlines import is_working_day
from audits.smart import Proposed, check, refusal, vague_deadline

TODAY = date(2026, 11, 10)  # a Tuesday
CHRISTMAS = frozenset({date(2026, 12, 25), date(2026, 12, 28)})
GOOD = {
    "outcome": "The child is seen every two weeks.",
    "how": "Book the visits until the summer with the family.",
    "due_on": date(2026, 12, 15),
    "owner": "Wren Worker",
}


def prompts(**changes: object) -> dict[str, str]:
    """The letters that ask something, for a good action with these changes."""
    letters = check(Proposed(**{**GOOD, **changes}), today=TODAY, holidays=CHRISTMAS)  # type: ignore[arg-type]
    assert [each.letter for each in letters] == list("SMART")
    return {each.letter: each.prompt for each in letters if not each.fine}


class TestLetters:
    def test_of_a_good_action_are_all_fine(self) -> None:
        assert prompts() == {}

    def test_of_a_wish_are_asked_how_anybody_could_tell(self) -> None:
        assert "“Happier” can mean anything" in prompts(outcome="Child is happier", how="Visit the child.")["M"]

    @pytest.mark.parametrize(
        ("changes", "letter", "says"),
        [
            ({"how": ""}, "S", "What exactly"),
            ({"how": "More engagement with the network, 2 times."}, "S", "Begin with what somebody does"),
            ({"how": "Ring the school; visit the father."}, "S", "several steps"),
            ({"how": "Ring the school and visit the father and write it up."}, "S", "several steps"),
            ({"how": "- Ring the school\n- Visit the father"}, "S", "several steps"),
            ({"how": "Write it."}, "S", "a little more"),
            ({"how": "Improve the visits.", "outcome": "The child is seen."}, "M", "“Improve” can mean anything"),
            ({"how": "Visit more often.", "outcome": "The child is seen."}, "M", "“More” can mean anything"),
            ({"how": "Keep the child in mind.", "outcome": "The child is safe."}, "M", "see or count"),
            ({"owner": ""}, "A", "Who can do it"),
            ({"owner_leaves": date(2026, 12, 1)}, "A", "Wren Worker leaves on 1 December 2026"),
            ({"due_on": TODAY}, "A", "That is today"),
            ({"due_on": date(2026, 12, 12)}, "A", "12 December 2026 is not a working day"),
            ({"due_on": date(2026, 12, 25)}, "A", "25 December 2026 is not a working day"),
            ({"outcome": "The chronology is complete."}, "R", "What changes for the child"),
            ({"outcome": ""}, "R", "better for the child"),
            ({"due_on": None}, "T", "which calendar date"),
            ({"due_on": date(2026, 11, 9)}, "T", "gone by"),
            ({"due_on": date(2027, 5, 11)}, "T", "more than 6 months"),
            ({"due_on": date(2026, 11, 12), "immediate": True}, "T", "but the deadline is in 2 days"),
            ({"due_on": date(2027, 5, 11), "immediate": True}, "T", "Can it be done by 11 November 2026?"),
        ],
    )
    def test_ask_about_what_is_missing(self, changes: dict[str, object], letter: str, says: str) -> None:
        found = prompts(**changes)
        assert says in found[letter], found

    @pytest.mark.parametrize(
        "changes",
        [
            {"how": "Ring the school and the nursery about attendance."},
            {"how": "Improve the record: write 3 entries about visits."},
            {"outcome": "Robin knows what happens next.", "child": "Robin Sample"},
            {"outcome": "His mother can say no."},
            {"due_on": TODAY, "immediate": True},
            {"due_on": date(2026, 11, 11), "immediate": True},
            {"due_on": date(2027, 5, 10)},
            {"owner_leaves": date(2026, 12, 16)},
        ],
    )
    def test_leave_in_peace_what_is_there(self, changes: dict[str, object]) -> None:
        assert prompts(**changes) == {}

    @pytest.mark.parametrize(
        ("changes", "letter", "about"),
        [
            ({"how": ""}, "S", "how"),
            ({"owner": ""}, "A", "owner"),
            ({"due_on": TODAY}, "A", "due_on"),
            ({"outcome": ""}, "R", "outcome"),
            ({"due_on": None}, "T", "due_on"),
        ],
    )
    def test_name_the_field_they_ask_about(self, changes: dict[str, object], letter: str, about: str) -> None:
        letters = check(Proposed(**{**GOOD, **changes}), today=TODAY, holidays=CHRISTMAS)  # type: ignore[arg-type]
        assert {each.letter: each.about for each in letters}[letter] == about

    @given(
        outcome=st.text(max_size=300),
        how=st.text(max_size=300),
        due_on=st.none() | st.dates(date(2020, 1, 1), date(2040, 1, 1)),
        leaves=st.none() | st.dates(date(2020, 1, 1), date(2040, 1, 1)),
        owner=st.sampled_from(["", "Wren Worker"]),
    )
    def test_can_be_asked_about_anything_and_never_block(
        self, outcome: str, how: str, due_on: date | None, leaves: date | None, owner: str
    ) -> None:
        action = Proposed(outcome, how, due_on, owner=owner, owner_leaves=leaves)
        letters = check(action, today=TODAY, holidays=CHRISTMAS)
        assert [each.letter for each in letters] == list("SMART")
        assert all(each.fine == (each.prompt == "") and each.meaning for each in letters)
        if due_on is None or due_on < TODAY:
            assert not letters[4].fine


class TestVagueDeadlines:
    @pytest.mark.parametrize(
        ("text", "instead"),
        [
            ("Visit asap", "17 November 2026"),
            ("Visit A.S.A.P.", "17 November 2026"),
            ("Ring as soon as possible.", "17 November 2026"),
            ("Complete within 5 working days", "17 November 2026"),
            ("Complete within five\nworking days.", "17 November 2026"),
            ("Complete in 10 days’ time", "20 November 2026"),
            ("See within 24 hours", "11 November 2026"),
            ("Within a week, ring the school", "17 November 2026"),
            ("In two weeks ring the school", "24 November 2026"),
            ("Write in three months", "10 February 2027"),
            ("Date TBC", "17 November 2026"),
            ("Date to be confirmed", "17 November 2026"),
            ("It has been long. Visit within 5 working days", "17 November 2026"),
        ],
    )
    def test_are_refused_with_the_date_they_come_to(self, text: str, instead: str) -> None:
        refused = refusal(text, due_on=None, today=TODAY, holidays=CHRISTMAS)
        assert "out and put the deadline below, as a date" in refused
        assert refused.endswith(f" {instead}")

    def test_are_told_apart_from_the_date_that_is_there_already(self) -> None:
        refused = refusal("Ring asap", due_on=date(2026, 11, 25), today=TODAY, holidays=CHRISTMAS)
        assert refused == "Take “asap” out: the deadline is the date below, 25 November 2026"

    @pytest.mark.parametrize(
        ("how", "meant"),
        [
            ("Support is ongoing.", "17 November 2026"),
            ("Ring the police immediately", "11 November 2026"),
            ("Ring without delay", "11 November 2026"),
            ("Do it next week", "20 November 2026"),
            ("Do it this week", "13 November 2026"),
            ("Book it by the end of the month", "30 November 2026"),
            ("Book it by end of next month", "31 December 2026"),
            ("Book it by the end of November", "30 November 2026"),
            ("Book it by the end of January", "29 January 2027"),
            ("Ring them in due course", "17 November 2026"),
            ("Ring them soon", "17 November 2026"),
        ],
    )
    def test_that_may_be_none_are_asked_about_and_not_refused(self, how: str, meant: str) -> None:
        assert refusal(how, due_on=None, today=TODAY, holidays=CHRISTMAS) == ""
        assert meant in prompts(how=how, due_on=None)["T"]
        assert "The deadline is 15 December 2026" in prompts(how=how)["T"]

    @pytest.mark.parametrize(
        "text",
        [
            "File her end of year report.",
            "Write down the events of this year.",
            "Keep his attendance above 90% this term.",
            "Find out why the visit within 10 working days was missed.",
            "Find out why he was not seen within 10 working days.",
            "Write down why the risk of neglect is ongoing.",
            "See the child three times in one week.",
            "Show that all visits came within 10 working days.",
        ],
    )
    def test_are_not_refused_where_they_mean_something_else(self, text: str) -> None:
        for due_on in (None, date(2026, 12, 15)):
            assert refusal(text, due_on=due_on, today=TODAY, holidays=CHRISTMAS) == ""

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "Book the visits until the summer.",
            "Keep the ongoing contact with his father safe.",
            "Write it up immediately after each visit.",
            "See the child within 72 hours of every return.",
            "Tell the family as soon as the school has a place.",
            "Review progress in supervision each month until the next review.",
            "Ring by 25 November 2026.",
            "Discuss the fiasco with the team.",
            "Explain within the family what happens.",
        ],
    )
    def test_are_not_seen_in_other_words(self, text: str) -> None:
        assert vague_deadline(text) == ""

    @given(count=st.integers(0, 999), unit=st.sampled_from(["hours", "days", "working days", "weeks", "months"]))
    def test_with_any_number_come_to_a_day_after_today(self, count: int, unit: str) -> None:
        refused = refusal(f"within {count} {unit}", due_on=None, today=TODAY, holidays=CHRISTMAS)
        day = datetime.strptime(refused.rpartition(" would be ")[2], "%d %B %Y").replace(tzinfo=UTC).date()
        assert day > TODAY
        assert is_working_day(day, holidays=CHRISTMAS)

    @given(before=st.text("abc ,.\n", max_size=20), after=st.text("abc ,.\n", max_size=20))
    def test_are_found_wherever_they_stand(self, before: str, after: str) -> None:
        assert vague_deadline(f"{before} asap {after}") == "asap"


def test_two_vague_deadlines_are_both_named() -> None:
    both = "Ring asap and visit within 5 working days"
    said = refusal(both, due_on=None, today=TODAY, holidays=CHRISTMAS)
    assert said == (
        "Take “asap” and “within 5 working days” out and put the deadline below, as a date: "
        "“within 5 working days” would be 17 November 2026"
    )
    assert "Take “asap” and “within 5 working days” out" in refusal(both, due_on=TODAY, today=TODAY, holidays=CHRISTMAS)
