"""The table of timescales: what ships, how it is loaded and renewed, who may change what, and what is kept of it."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction

from audits.annex_a_lists import FACT_DATES
from audits.models import Plan, TimescaleRule
from audits.timescale_lines import FIELDS_OF_THE_CASE
from audits.timescale_table import (
    BLANK,
    ChangedMeanwhile,
    TimescaleError,
    as_shown,
    change,
    count_all_local,
    differs,
    history,
    load_timescales,
    notes_for_council,
    reset,
    shipped,
)
from people.models import Activity, User
from tests.conftest import NOW

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)
FIELDS = {*BLANK, "code", "topic", "name", "trigger", "event", "order"}
# What the performance standards of file 000 §6 ask for: code, limit, unit, direction.
STANDARDS_OF_000: list[tuple[str, int | None, str, str]] = [
    ("cin-visit", 3, "weeks", "after"),
    ("cin-review", 3, "months", "after"),
    ("cin-meeting", 10, "working_days", "after"),
    ("cin-minutes", 2, "working_days", "after"),
    ("cin-disability-visit", 12, "weeks", "after"),
    ("cin-disability-meeting", 6, "months", "after"),
    ("cin-disability-review", 6, "months", "after"),
    ("icpc", 15, "working_days", "after"),
    ("prebirth-conference", 10, "weeks", "before"),
    ("first-rcpc", 3, "months", "after"),
    ("later-rcpc", 6, "months", "after"),
    ("transfer-in-conference", 15, "working_days", "after"),
    ("first-core-group", 10, "working_days", "after"),
    ("core-group-after-birth", 10, "days", "after"),
    ("icpc-report", 2, "working_days", "before"),
    ("rcpc-report", 5, "working_days", "before"),
    ("conference-decisions", 1, "working_days", "after"),
    ("conference-minutes", 20, "working_days", "after"),
    ("cp-visit", 4, "weeks", "after"),
    ("cla-notification", 5, "working_days", "after"),
    ("cla-first-review", 20, "working_days", "after"),
    ("cla-second-review", 3, "months", "after"),
    ("cla-later-review", 6, "months", "after"),
    ("cla-review-invitation", 10, "working_days", "before"),
    ("cla-first-report", 3, "working_days", "before"),
    ("cla-later-report", 5, "working_days", "before"),
    ("cla-review-minutes", 15, "working_days", "after"),
    ("cla-visit-first-day", 0, "days", "after"),
    ("cla-visit-first-week", 1, "weeks", "after"),
    ("cla-visit", 6, "weeks", "after"),
    ("cla-visit-permanent", 3, "months", "after"),
    ("pathway-assessment", 3, "months", "after"),
    ("pathway-plan-by-16", 0, "days", "before"),
    ("leaving-care-visit", 8, "weeks", "after"),
    ("leaving-care-visit-21", None, "weeks", "after"),
    ("pathway-review", 6, "months", "after"),
]
# What other sources add (brief/domain.md 5.3).
ADDED: list[tuple[str, int | None, str, str]] = [
    ("referral-decision", 1, "working_days", "after"),
    ("assessment", 45, "working_days", "after"),
    ("family-contacted", 5, "working_days", "after"),
    ("assessment-checkpoint-10", 10, "working_days", "after"),
    ("assessment-checkpoint-20", 20, "working_days", "after"),
    ("cla-visit-weekly", 1, "weeks", "after"),
    ("cla-visit-temporary-approval", 4, "weeks", "after"),
    ("cla-visit-care-order-home", 1, "weeks", "after"),
    ("cla-health-under-five", 6, "months", "after"),
    ("cla-health", 12, "months", "after"),
    ("pathway-review-accommodation", 28, "days", "after"),
    ("adviser-first-visit", 7, "days", "after"),
    ("adviser-visit-before-review", 0, "days", "before"),
    ("adviser-visit", 2, "months", "after"),
    ("private-fostering-first-visit", 7, "working_days", "after"),
    ("private-fostering-first-year", 6, "weeks", "after"),
    ("private-fostering-later", 12, "weeks", "after"),
    ("adoption-first-visit", 1, "weeks", "after"),
    ("adoption-weekly-visit", 1, "weeks", "after"),
    ("subject-access", 1, "months", "after"),
]
# What the fostering and the care leavers' templates ask for besides.
FOR_TEMPLATES: list[tuple[str, int | None, str, str]] = [
    ("return-interview", 3, "days", "after"),
    ("placement-plan", 5, "working_days", "after"),
    ("pep-first", 10, "working_days", "after"),
    ("pep-first-review", 0, "days", "before"),
    ("pep-later", 4, "months", "after"),
    ("foster-review", 12, "months", "after"),
    ("foster-unannounced-visit", 12, "months", "after"),
    ("foster-training-standards", 12, "months", "after"),
    ("foster-training-standards-relatives", 18, "months", "after"),
    ("allegation-referral", 1, "working_days", "after"),
    ("allegation-meeting", None, "working_days", "after"),
]


@pytest.fixture
def table(db: None) -> None:
    """The rules as they ship."""
    load_timescales()


def rule(code: str) -> TimescaleRule:
    return TimescaleRule.objects.get(code=code)


def set_limit(code: str, limit: int | None, *, by: User, at: datetime = NOW, shown: str = "") -> TimescaleRule:
    return change(code, {"limit": limit}, shown=shown or as_shown(rule(code)), by=by, at=at)


class TestShippedRules:
    def test_are_those_of_the_sources(self) -> None:
        found = [(r["code"], r["limit"], r["unit"], r["direction"]) for r in shipped().values()]
        assert sorted(found, key=str) == sorted(STANDARDS_OF_000 + ADDED + FOR_TEMPLATES, key=str)

    def test_have_only_known_fields(self) -> None:
        for values in shipped().values():
            assert set(values) == FIELDS
            TimescaleRule(**values).clean_fields(exclude=["changed_by"])

    def test_name_known_plans_and_facts(self) -> None:
        known = {*FIELDS_OF_THE_CASE, *FACT_DATES, "birthday_16", ""}
        for values in shipped().values():
            assert set(values["plans"]) <= set(Plan.values)
            assert {values["trigger_fact"], values["event_fact"]} <= known

    def test_say_where_they_come_from(self) -> None:
        assert not [code for code, values in shipped().items() if not values["source"]]
        statutory = [values["source"] for values in shipped().values() if values["statutory"]]
        assert not [source for source in statutory if "Regulation" not in source and "guidance" not in source]

    def test_name_the_regulation_or_the_chapter_and_the_year_where_they_are_statutory(self) -> None:
        statutory = {code: values["source"] for code, values in shipped().items() if values["statutory"]}
        place, year = re.compile(r"\b(regulations?|article|chapter) \d"), re.compile(r"\b(19|20)\d\d\b")
        assert [code for code, source in statutory.items() if not (place.search(source) and year.search(source))] == []

    def test_tell_the_council_that_working_together_has_a_newer_edition(self) -> None:
        quoting = [code for code, values in shipped().items() if values["source"].startswith("Working Together")]
        assert len(quoting) == 6
        assert not [code for code in quoting if "A 2026 edition" not in notes_for_council().get(code, "")]

    def test_say_nothing_of_a_day_in_care_that_the_case_list_does_not_have(self) -> None:
        """The day on which a case was opened may be years before the child came into care."""
        in_care = [values for values in shipped().values() if values["trigger"] == "Child came into care"]
        assert [values["code"] for values in in_care] == ["cla-first-review", "pep-first"]
        assert not [values["code"] for values in in_care if values["trigger_fact"]]

    @pytest.mark.parametrize(
        "code",
        [
            "transfer-in-conference",  # 15 days without a unit
            "first-core-group",  # 10 days without a unit
            "core-group-after-birth",  # 10 days without a unit, 20 elsewhere
            "cla-second-review",  # three months or 91 days
            "pathway-plan-by-16",  # eligible only from 16
            "cin-disability-meeting",  # four to six months
            "cp-visit",  # no national number
            "leaving-care-visit",  # eight weeks or two months
        ],
    )
    def test_tell_the_council_where_sources_disagree_or_leave_something_out(self, code: str) -> None:
        assert notes_for_council()[code]

    def test_tell_auditors_nothing_that_is_for_the_council_to_decide(self) -> None:
        words = ("source", "your council", "your procedures", "councils", "national number", "switch it on")
        assert not [code for code, rule in shipped().items() if any(word in rule["note"] for word in words)]

    def test_have_notes_for_the_council_only_where_there_is_a_rule(self) -> None:
        assert set(notes_for_council()) <= set(shipped())


class TestLoading:
    def test_adds_every_rule_once(self) -> None:
        assert len(load_timescales().added) == TimescaleRule.objects.count() == len(shipped())
        again = load_timescales()
        assert (again.added, again.renewed, again.kept, again.not_shipped) == ([], [], [], [])

    @pytest.mark.usefixtures("table")
    def test_adds_what_is_missing(self) -> None:
        rule("cp-visit").delete()
        assert load_timescales().added == ["cp-visit"]

    @pytest.mark.usefixtures("table")
    def test_leaves_what_the_council_set(self, psw: User) -> None:
        wanted = {"limit": 2, "name": "Our visits", "counting": "same_day", "in_use": False}
        change("cp-visit", wanted, shown=as_shown(rule("cp-visit")), by=psw, at=NOW)
        assert load_timescales().kept == ["cp-visit"]
        kept = rule("cp-visit")
        assert (kept.limit, kept.name, kept.counting, kept.in_use) == (2, "Our visits", "same_day", False)

    @pytest.mark.usefixtures("table")
    def test_renews_statutory_rules_and_the_words_of_local_ones(self) -> None:
        TimescaleRule.objects.filter(code="icpc").update(limit=20, name="Old")
        TimescaleRule.objects.filter(code="cp-visit").update(note="Old", topic="Old", limit=2)
        assert load_timescales().renewed == ["icpc", "cp-visit"]
        assert (rule("icpc").limit, rule("icpc").name) == (15, "Initial child protection conference")
        assert (rule("cp-visit").note, rule("cp-visit").limit) == (shipped()["cp-visit"]["note"], 2)

    @pytest.mark.usefixtures("table")
    def test_takes_a_rule_over_that_became_statutory(self, psw: User) -> None:
        TimescaleRule.objects.filter(code="icpc").update(statutory=False)
        set_limit("icpc", 20, by=psw)
        load_timescales()
        assert (rule("icpc").statutory, rule("icpc").limit, rule("icpc").changed_by) == (True, 15, None)

    @pytest.mark.usefixtures("table")
    def test_leaves_rules_that_do_not_ship(self) -> None:
        TimescaleRule.objects.create(code="ours", order=99, topic="Ours", name="Ours", trigger="A", event="B")
        assert load_timescales().not_shipped == ["ours"]
        assert rule("ours").name == "Ours"

    def test_says_what_it_did(self, psw: User) -> None:
        out = StringIO()
        call_command("load_timescales", stdout=out)
        set_limit("cp-visit", 2, by=psw)
        call_command("load_timescales", stdout=out)
        assert f"{len(shipped())} rules added, 0 renewed." in out.getvalue()
        assert "left as they are: cp-visit." in out.getvalue()


@pytest.mark.usefixtures("table")
class TestChanging:
    def test_keeps_who_and_when(self, psw: User) -> None:
        changed = set_limit("cp-visit", 2, by=psw)
        assert (changed.limit, changed.changed_by, changed.changed_at) == (2, psw, NOW)
        assert Activity.objects.filter(verb="changed a timescale", target="timescale:cp-visit", by=psw).exists()
        assert differs(rule("cp-visit"))

    def test_of_nothing_is_no_change(self, psw: User) -> None:
        assert set_limit("cp-visit", 4, by=psw).changed_at is None
        assert not Activity.objects.exists()

    def test_is_refused_for_a_statutory_rule(self, psw: User) -> None:
        with pytest.raises(TimescaleError, match="statutory"):
            set_limit("icpc", 20, by=psw)
        assert rule("icpc").limit == 15

    def test_touches_nothing_that_is_not_the_councils(self, psw: User) -> None:
        values: dict[str, Any] = {"limit": 2, "statutory": True, "source": "Me", "code": "x", "direction": "before"}
        changed = change("cp-visit", values, shown=as_shown(rule("cp-visit")), by=psw, at=NOW)
        assert (changed.statutory, changed.direction, changed.limit) == (False, "after", 2)
        assert changed.source == shipped()["cp-visit"]["source"]

    def test_is_refused_where_somebody_else_was_quicker(self, psw: User, team_manager: User) -> None:
        before = as_shown(rule("cp-visit"))
        set_limit("cp-visit", 2, by=psw)
        with pytest.raises(ChangedMeanwhile):
            set_limit("cp-visit", 3, by=team_manager, at=LATER, shown=before)
        assert rule("cp-visit").limit == 2

    def test_twice_to_the_same_is_no_clash(self, psw: User) -> None:
        before = as_shown(rule("cp-visit"))
        set_limit("cp-visit", 2, by=psw)
        assert set_limit("cp-visit", 2, by=psw, at=LATER, shown=before).changed_at == NOW

    def test_may_leave_the_number_out(self, psw: User) -> None:
        assert set_limit("cp-visit", None, by=psw).limit is None

    def test_back_to_how_it_came_is_a_change_too(self, psw: User) -> None:
        set_limit("cp-visit", 2, by=psw)
        again = reset("cp-visit", shown=as_shown(rule("cp-visit")), by=psw, at=LATER)
        assert (again.limit, again.changed_at, differs(again)) == (4, LATER, False)

    def test_of_the_counting_goes_to_every_local_rule_and_no_statutory_one(self, psw: User) -> None:
        changed = count_all_local("same_day", by=psw, at=NOW)
        assert {found.counting for found in TimescaleRule.objects.filter(statutory=False)} == {"same_day"}
        assert {found.counting for found in TimescaleRule.objects.filter(statutory=True)} == {"next_day"}
        assert len(changed) == TimescaleRule.objects.filter(statutory=False).count()
        assert count_all_local("same_day", by=psw, at=LATER) == []

    def test_of_the_counting_to_something_else_is_refused(self, psw: User) -> None:
        with pytest.raises(TimescaleError):
            count_all_local("whenever", by=psw, at=NOW)

    def test_of_a_statutory_rule_is_refused_by_the_database(self, psw: User) -> None:
        with pytest.raises(IntegrityError), transaction.atomic():
            TimescaleRule.objects.filter(code="icpc").update(changed_by=psw)
        with pytest.raises(IntegrityError), transaction.atomic():
            TimescaleRule.objects.filter(code="icpc").update(limit=None)


@pytest.mark.usefixtures("table")
class TestHistory:
    def test_tells_what_was_before_and_after_the_latest_first(self, psw: User) -> None:
        set_limit("cp-visit", 2, by=psw)
        change("cp-visit", {"in_use": False}, shown=as_shown(rule("cp-visit")), by=psw, at=LATER)
        found = history(rule("cp-visit"))
        assert [(each.at, each.by, each.lines) for each in found] == [
            (LATER, "Petra Programme", ("Taken out of use",)),
            (NOW, "Petra Programme", ("Limit: was within 4 weeks, now within 2 weeks",)),
        ]

    def test_names_the_name_and_the_counting(self, psw: User) -> None:
        values = {"name": "Our visits", "counting": "same_day"}
        change("cp-visit", values, shown=as_shown(rule("cp-visit")), by=psw, at=NOW)
        assert history(rule("cp-visit"))[0].lines == (
            "Name: was “Visits under a child protection plan”, now “Our visits”",
            "Counting: was the day after is day 1, now the day itself is day 1",
        )

    def test_is_empty_for_a_rule_as_it_came(self) -> None:
        TimescaleRule.objects.filter(code="cp-visit").update(note="Renewed")
        assert history(rule("cp-visit")) == []
