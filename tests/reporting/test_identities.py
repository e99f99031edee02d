"""A report whose sums do not add up is refused (R29)."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from reporting.figures import count_figures
from reporting.identities import ReportError, check_sum, identities
from reporting.snapshot import canonical, fingerprint, plain, restored
from tests.reporting.council import AS_OF, Council

MONTHS = [date(2026, 9, 1), date(2026, 10, 1)]


class TestSums:
    def test_of_the_sources_pass_or_are_refused(self) -> None:
        check_sum("August 2017", 17, {"not yet good": 14, "good": 3, "outstanding": 0})
        check_sum("Programme", 1632, {"completed": 1298, "not completed": 334})
        with pytest.raises(ReportError, match=r"27 is not 19 returned \+ 7 not completed \(26\)"):
            check_sum("August 2017", 27, {"returned": 19, "not_completed": 7})


@pytest.fixture
def figures(council: Council) -> dict[str, Any]:
    for month in MONTHS:
        council.cycle(month)
    council.random_audits(60, months=MONTHS, dice=random.Random(11))
    return count_figures(MONTHS[-1], as_of=AS_OF)


def bump(*path: Any, by: int = 1) -> Callable[[dict[str, Any]], None]:
    def change(figures: Any) -> None:
        for key in path[:-1]:
            figures = figures[key]
        figures[path[-1]] += by

    return change


BROKEN = [
    bump("compliance", "first", "allocated"),
    bump("compliance", "first_running", "completed"),
    bump("compliance", "re_audits", "overdue"),
    bump("compliance", "re_audits_running", "exempt"),
    bump("months", -1, "first", "withdrawn"),
    bump("months", 0, "not_graded"),
    bump("months", -1, "grades", "ofsted-4", "good"),
    bump("services", 0, "first_running", "in_progress"),
    bump("part_b", "month", "late"),
    bump("part_b", "running", "completed"),
    bump("actions", "running", "done"),
    bump("practice", "good", "total"),
    bump("kinds", 0, "compliance", "allocated"),
    bump("kinds", -1, "compliance", "completed"),
    bump("left_out", "thematic"),
    bump("improvement", "month", "better"),
    bump("improvement", "running", "not_comparable"),
    bump("not_returned", 0, "n"),
    bump("changes", "month", "in_spite_of_a_rule", by=100),
    bump("not_returned", -1, "n"),
]


@pytest.mark.django_db
class TestIdentities:
    def test_hold_for_what_was_counted(self, figures: dict[str, Any]) -> None:
        identities(figures)

    @pytest.mark.parametrize("change", BROKEN)
    def test_refuse_any_number_that_does_not_add_up(
        self, figures: dict[str, Any], change: Callable[[dict[str, Any]], None]
    ) -> None:
        change(figures)
        with pytest.raises(ReportError):
            identities(figures)

    def test_refuse_a_group_that_is_missing(self, figures: dict[str, Any]) -> None:
        figures["teams"].pop()
        with pytest.raises(ReportError, match="Allocated by teams"):
            identities(figures)

    def test_refuse_more_audits_in_place_of_others_than_dropped_out(self, figures: dict[str, Any]) -> None:
        figures["changes"]["running"]["from_reserve"] += 60
        with pytest.raises(ReportError, match="Audits in place of others"):
            identities(figures)

    def test_refuse_a_share_above_its_total(self, figures: dict[str, Any]) -> None:
        figures["timeliness"]["month"]["n"] = figures["timeliness"]["month"]["total"] + 1
        with pytest.raises(ReportError, match="cannot be part of"):
            identities(figures)


@pytest.mark.django_db
class TestSnapshot:
    def test_comes_back_as_the_values_it_was_made_of(self, figures: dict[str, Any]) -> None:
        assert plain(restored(figures)) == figures
        assert canonical(restored(figures)) == canonical(figures)

    def test_has_one_fingerprint_whatever_the_order_of_its_keys(self, figures: dict[str, Any]) -> None:
        assert fingerprint(dict(reversed(figures.items()))) == fingerprint(figures)
        assert fingerprint({**figures, "as_of": "2026-11-11"}) != fingerprint(figures)
