"""Any list of cases: columns, plans, teams and workers, closing, and counts that always add up."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from audits.case_import import ANNEX_A, CASES
from audits.models import Case
from audits.plan_words import leading, plans_from
from people import file_columns
from people.file_import import ImportRefused, apply, choose, evaluate
from people.file_outcomes import CountsDoNotAddUp, check_identity
from people.models import FileImport, Team
from people.spreadsheet import FileRefused, read_sheets
from tests.conftest import NOW, TODAY
from tests.factories import CaseFactory, TeamFactory, UserFactory
from tests.people.files import LIMITS, csv_file, evaluated, outcomes, reason, received, saved, workbook

pytestmark = pytest.mark.django_db
HEAD = ["reference", "plan", "team", "worker", "date_of_birth", "closed_on"]


def cases(*rows: list[Any], head: list[str] | None = None) -> bytes:
    return csv_file([head or HEAD, *rows])


class TestRows:
    def test_become_cases_with_everything_they_say(self) -> None:
        head = [field.code for field in CASES.fields]
        chair = UserFactory(name="Ira Reviewer", email="ira@exampleshire.example")
        values = {
            "reference": "C-1", "child_name": "Robin Sample", "date_of_birth": "05/06/2023", "gender": "f",
            "ethnicity": "a) WBRI", "primary_language": "Welsh", "disability": "Y", "plan": "CP", "restricted": "yes",
            "cp_category": "Sexual abuse", "referral_date": "1 Sep 2026", "opened_on": "02/09/2026", "team": "Moon",
            "worker": "Wren Worker", "chair": "ira@exampleshire.example", "family_reference": "F1",
            "flags": "Missing; Child exploitation", "last_visit": "01/11/2026", "last_review": "soon",
        }  # fmt: skip
        imported = saved(CASES, cases([values.get(code, "") for code in head], head=head), full=True)
        case = Case.objects.get(reference="C-1")
        assert (case.child_name, case.gender, case.ethnicity, case.primary_language, case.disability) == (
            "Robin Sample", "Female", "WBRI", "Welsh", True,
        )  # fmt: skip
        assert (case.plan, case.plans, case.cp_category, case.restricted) == (
            "child_protection", ["child_protection"], "Sexual abuse", True,
        )  # fmt: skip
        assert (case.referral_date, case.opened_on, case.chair) == (date(2026, 9, 1), date(2026, 9, 2), chair)
        assert case.flags == ["child_exploitation", "disability", "missing", "sexual_abuse", "under_five"]
        assert case.facts == {"last_visit": "2026-11-01"}
        assert "Latest review: not a possible date, left out" in reason(imported, "C-1")

    def test_are_refused_with_the_reason_and_without_the_value(self) -> None:
        waiting = received(CASES, cases(
            ["", "CIN", "", "", "", ""],
            ["C-2", "CIN", "", "", "31/02/2020", ""],
            ["C-3", "CIN", "", "", "01/01/2035", ""],
            ["C-4", "CIN", "", "", "", "", "spilt"],
            ["C" * 51, "CIN"],
        ), full=False)  # fmt: skip
        assert [row.message for row in waiting.rows.all()] == [
            "There is no child's id.",
            "Date of birth is not a possible date.",
            "The date of birth lies too far in the future.",
            "This row has more cells than there are headings; a comma may be missing its quotation marks.",
            "The child's id is longer than 50 characters.",
        ]

    def test_about_one_child_are_joined(self) -> None:
        imported = saved(CASES, cases(
            ["C-1", "CIN", "Red", "", "", ""], ["C-1", "CLA", "Blue", "Wren Worker", "", ""],
        ), full=True)  # fmt: skip
        case = Case.objects.get()
        assert (case.plan, case.plans, case.team_name) == ("child_in_care", ["child_in_care", "child_in_need"], "Blue")
        message = imported.rows.get(outcome="added").message
        assert "Teams differ: row 3 has Blue, which is used; row 2 has Red." in message
        assert sorted(outcome for _, outcome in outcomes(imported)) == ["added", "merged"]

    def test_that_leave_a_cell_empty_leave_what_is_known(self) -> None:
        CaseFactory(reference="C-1", child_name="Robin Sample", gender="Girl")
        saved(CASES, cases(["C-1", "", "", "", "", ""]), full=True)
        assert Case.objects.get().child_name == "Robin Sample"

    def test_of_a_second_file_with_names_only_touch_neither_plan_nor_open_nor_closed(self) -> None:
        CaseFactory(reference="C-1", child_name="", plan="closed", plans=[], closed_on=date(2026, 1, 1))
        saved(CASES, cases(["C-1", "Robin Sample"], head=["reference", "child_name"]), full=False)
        case = Case.objects.get()
        assert (case.child_name, case.plan, case.closed_on) == ("Robin Sample", "closed", date(2026, 1, 1))

    def test_keep_a_childs_name_and_birthday_out_of_what_stays(self) -> None:
        CaseFactory(reference="C-1", child_name="Old Canary", date_of_birth=date(2015, 5, 20))
        head = ["reference", "child_name", "date_of_birth", "plan"]
        waiting = received(CASES, cases(["C-1", "New Canary", "21/05/2015", "CIN"], head=head), full=True)
        row = waiting.rows.get(reference="C-1")
        assert "Child's name: Old Canary → New Canary" in row.data["details"]
        assert "Canary" not in row.message
        assert "2015" not in row.message


class TestTeamsAndWorkers:
    def test_that_are_unknown_are_kept_by_name_with_a_warning(self) -> None:
        imported = saved(CASES, cases(["C-1", "CIN", "Moon Team", "Nobody Known", "", ""]), full=True)
        case = Case.objects.get()
        assert (case.team, case.team_name, case.worker, case.worker_name) == (None, "Moon Team", None, "Nobody Known")
        assert "Team “Moon Team” is not known here" in reason(imported, "C-1")
        assert "Worker “Nobody Known” is not on the staff list" in reason(imported, "C-1")
        assert imported.counts["warnings"] == 1

    def test_are_added_by_one_tick_on_the_preview(self) -> None:
        waiting = received(CASES, cases(["C-1", "CIN", "Moon Team", "", "", ""]), full=True)
        choose(waiting, CASES, options={"full": True, "add_teams": True}, by=None, today=TODAY)
        waiting.refresh_from_db()
        apply(waiting, CASES, by=None, at=NOW, today=TODAY)
        assert Case.objects.get().team == Team.objects.get(name="Moon Team")

    @pytest.mark.parametrize("text", ["77", "wren@exampleshire.example", "WREN  worker", "Worker, Wren", "77.0"])
    def test_are_found_however_they_are_written(self, text: str) -> None:
        wren = UserFactory(name="Wren Worker", email="wren@exampleshire.example", staff_number="77")
        saved(CASES, cases(["C-1", "CIN", "", text, "", ""]), full=True)
        assert Case.objects.get().worker == wren

    def test_of_one_name_are_told_apart_by_the_team_and_otherwise_left_open(self) -> None:
        red, blue = TeamFactory(name="Red"), TeamFactory(name="Blue")
        UserFactory(name="Wren Worker", team=red)
        here = UserFactory(name="Wren Worker", team=blue)
        imported = saved(CASES, cases(
            ["C-1", "CIN", "Blue", "Wren Worker", "", ""], ["C-2", "CIN", "", "Wren Worker", "", ""],
        ), full=True)  # fmt: skip
        assert Case.objects.get(reference="C-1").worker == here
        assert Case.objects.get(reference="C-2").worker is None
        assert "several namesakes" in reason(imported, "C-2")

    def test_that_change_are_shown_from_and_to(self) -> None:
        CaseFactory(reference="C-1", team=TeamFactory(name="Red"), team_name="Red", worker=None)
        TeamFactory(name="Blue")
        waiting = received(CASES, cases(["C-1", "CIN", "Blue", "", "", ""]), full=True)
        assert "Team: Red → Blue" in reason(waiting, "C-1")


class TestOpenAndClosed:
    def test_follow_the_file(self) -> None:
        content = cases(["C-1", "Closed - stepdown", "", "", "", ""], ["C-2", "CIN", "", "", "", "01/10/2026"],
                        ["C-3", "CIN", "", "", "", "01/12/2026"])  # fmt: skip
        CaseFactory(reference="C-1")
        imported = saved(CASES, content, full=True)
        closed = dict(Case.objects.values_list("reference", "closed_on"))
        assert closed == {"C-1": TODAY, "C-2": date(2026, 10, 1), "C-3": None}
        assert dict(outcomes(imported))["C-1"] == "closed"
        again = saved(CASES, content, full=True, today=date(2026, 11, 20))
        assert again.counts["unchanged"] == 3

    def test_reopens_a_case_that_is_listed_as_open(self) -> None:
        CaseFactory(reference="C-1", plan="closed", plans=[], closed_on=date(2026, 1, 1))
        saved(CASES, cases(["C-1", "CIN", "", "", "", ""]), full=True)
        case = Case.objects.get()
        assert (case.closed_on, case.plan) == (None, "child_in_need")

    def test_needs_a_second_word_where_many_would_close(self) -> None:
        CaseFactory.create_batch(10)
        waiting = received(CASES, cases(["C-1", "CIN", "", "", "", ""]), full=True)
        with pytest.raises(ImportRefused, match="10 of 10 open cases"):
            apply(waiting, CASES, by=None, at=NOW, today=TODAY)
        assert not Case.objects.filter(reference="C-1").exists()
        choose(waiting, CASES, options={"full": False}, by=None, today=TODAY)
        apply(waiting, CASES, by=None, at=NOW, today=TODAY)
        assert Case.objects.filter(closed_on=None).count() == 11


class TestPlanWords:
    @pytest.mark.parametrize(
        ("text", "plans"),
        [
            ("CIN", ["child_in_need"]), ("c) Child in need plan", ["child_in_need"]), ("CPP", ["child_protection"]),
            ("LAC", ["child_in_care"]), ("CiC", ["child_in_care"]), ("Care leaver", ["pathway"]), ("", []),
            ("C&F assessment", ["assessment"]), ("CLA & CP", ["child_in_care", "child_protection"]),
            ("No current plan", []), ("closed", ["closed"]), ("Children we care for", ["child_in_care"]),
            ("gibberish", None), ("child_protection", ["child_protection"]),
        ],
    )  # fmt: skip
    def test_are_read(self, text: str, plans: list[str] | None) -> None:
        assert plans_from(text) == plans

    def test_give_the_leading_plan(self) -> None:
        assert leading(["child_in_need", "child_protection"]) == "child_protection"
        assert leading([]) == "none"

    def test_say_no_plan_where_the_cell_is_empty_even_at_the_end_of_a_row(self) -> None:
        """Empty cells at the end of a row are not read at all: they must not say less than empty ones in the middle."""
        first, second = ["reference", "plan", "gender"], ["reference", "gender", "plan"]
        for number, head in enumerate((first, second), start=1):
            known = CaseFactory(reference=f"C-{number}", plan="child_protection", plans=["child_protection"])
            saved(CASES, cases([f"C-{number}", "", ""], head=head), full=False)
            known.refresh_from_db()
            assert (known.plan, known.plans) == ("none", [])

    def test_that_are_unknown_are_read_as_none_with_a_note(self) -> None:
        imported = saved(CASES, cases(["C-1", "gibberish", "", "", "", ""]), full=True)
        assert Case.objects.get().plan == "none"
        assert "Plan “gibberish” is not known here" in reason(imported, "C-1")


class TestColumns:
    def test_ask_when_headings_are_new_and_guess_what_they_hold(self) -> None:
        rows = [
            ["Mosaic ID", "Allocated Worker", "Responsible team", "Case Status", "Shoe size"],
            ["1", "W", "T", "CIN", 4],
        ]
        columns = file_columns.columns_of(read_sheets(csv_file(rows), limits=LIMITS)[0])
        assert not file_columns.is_certain(columns, CASES.fields)
        assert file_columns.guess(columns, CASES.fields) == {
            "reference": "mosaic id", "worker": "allocated worker", "team": "responsible team", "plan": "case status",
        }  # fmt: skip

    def test_refuse_a_mapping_without_the_childs_id_or_with_a_column_twice(self) -> None:
        rows = csv_file([["A", "B"], ["1", "2"]])
        with pytest.raises(ImportRefused, match="Choose the column for: Child's id"):
            received(CASES, rows, mapping={"team": "b"})
        with pytest.raises(ImportRefused, match="for two fields"):
            received(CASES, rows, mapping={"reference": "a", "team": "a"})

    def test_with_the_same_heading_twice_are_told_apart(self) -> None:
        columns = file_columns.columns_of(read_sheets(csv_file([["Id", "Team", "team "], [1, 2, 3]]), limits=LIMITS)[0])
        assert [column.heading for column in columns] == ["Id", "Team", "team (2)"]

    def test_come_from_the_sheet_that_looks_like_cases(self) -> None:
        content = workbook({"Cover": [["Report"], ["by A"]], "Data": [HEAD, ["C-1", "CIN"]]})
        waiting = received(CASES, content, full=False)
        assert waiting.counts["added"] == 1
        assert waiting.notes == ["Only the sheet “Data” was read, not “Cover”."]

    def test_without_rows_are_refused(self) -> None:
        with pytest.raises(FileRefused, match="no rows"):
            received(CASES, csv_file([HEAD]), full=False)


CELLS = st.one_of(
    st.sampled_from(["", "C1", "C2", "C3", "9212044.0", "#N/A", "CIN", "CLA&CP", "31/02/2020", "01/02/2020", "43831",
                     "b) Female", "Wren\xa0Worker", "Red Team", "closed", "=1+1", '"', ";", "line\nbreak"]),
    st.text(st.characters(blacklist_categories=["Cs", "Cc"]), max_size=12),
)  # fmt: skip


class TestCounts:
    @settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
    @given(rows=st.lists(st.lists(CELLS, min_size=1, max_size=8), min_size=1, max_size=30), full=st.booleans())
    def test_add_up_for_any_file(self, rows: list[list[str]], full: bool) -> None:
        mapping = {code: code.replace("_", " ") for code in HEAD}
        content = csv_file([HEAD, *rows])
        try:
            evaluation = evaluated(CASES, content, mapping=mapping, full=full, add_teams=True)
        except FileRefused:
            return
        filled = [cells for _, cells in read_sheets(content, limits=LIMITS)[0].rows[1:]]
        assert evaluation.rows_read.total() == len(filled) == sum(row.number > 0 for row in evaluation.staged)
        assert all(row.message for row in evaluation.staged if row.outcome == "refused")

    @settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
    @given(rows=st.lists(st.lists(CELLS, min_size=1, max_size=9), min_size=1, max_size=20))
    def test_add_up_for_any_workbook(self, rows: list[list[str]]) -> None:
        head = ["Child Unique ID", "Date of Birth", "Date Started to be Looked After", "Date Ceased to be Looked After",
                "Allocated Team", "Allocated Worker"]  # fmt: skip
        clean = [[cell.lstrip("=") for cell in row] for row in rows]
        sheets = read_sheets(workbook({"List 8": [head, *clean], "List 3": [head[:2], *clean]}), limits=LIMITS)
        try:
            evaluation = evaluate(ANNEX_A, sheets, mapping={}, options={"full": True}, by=None, today=TODAY)
        except FileRefused:
            return
        assert evaluation.rows_read.total() == sum(row.number > 0 for row in evaluation.staged)

    def test_that_do_not_add_up_stop_everything(self) -> None:
        evaluation = evaluated(CASES, cases(["C-1", "CIN"]), mapping={"reference": "reference"}, full=False)
        evaluation.staged.pop()
        with pytest.raises(CountsDoNotAddUp):
            check_identity(evaluation)

    def test_are_the_same_for_the_same_file_twice(self) -> None:
        rows = [[f"C-{n}", "CLA" if n % 3 else "CIN", "Moon", "W W", "01/02/2023", ""] for n in range(60)]
        content = cases(*rows, ["", "CIN"], ["C-1", "CIN", "Sun", "", "", ""])
        first = saved(CASES, content, full=True, add_teams=True)
        again = saved(CASES, content, full=True, add_teams=True)
        assert (first.counts["added"], first.counts["merged"], first.counts["refused"]) == (60, 1, 1)
        assert (again.counts["unchanged"], again.counts["changed"], again.counts["closing"]) == (60, 0, 0)

    def test_take_the_same_number_of_statements_for_any_number_of_rows(
        self, django_assert_max_num_queries: DjangoAssertNumQueries
    ) -> None:
        TeamFactory(name="Moon")
        UserFactory(name="Wren Worker")
        for state, worker in (("CIN", "Wren Worker"), ("CLA", "Wren Worker"), ("CLA", "Nobody Known")):
            content = cases(*([f"C-{n}", state, "Moon", worker, "", ""] for n in range(1_500)))
            with django_assert_max_num_queries(45):
                saved(CASES, content, full=True, add_teams=True)
        assert Case.objects.filter(plan="child_in_care").count() == 1_500


class TestForgottenPreviews:
    def test_are_dropped_after_a_week(self) -> None:
        waiting = received(CASES, cases(["C-1", "CIN"]), full=False)
        FileImport.objects.filter(pk=waiting.pk).update(uploaded_at=NOW.replace(day=1))
        received(CASES, cases(["C-2", "CIN"]), full=False)
        waiting.refresh_from_db()
        assert (waiting.status, waiting.content, waiting.rows.count()) == ("discarded", None, 0)
