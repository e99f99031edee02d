"""The public Annex A test workbook and its odd rows, and the workbooks that lack something."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from audits.case_import import ANNEX_A, kind_of, lists_every_case
from audits.models import Case
from people.models import FileImport, Team
from people.spreadsheet import FileRefused, read_sheets
from tests.factories import CaseFactory, TeamFactory, UserFactory
from tests.people.files import LIMITS, outcomes, received, saved, workbook

pytestmark = pytest.mark.django_db
WORKBOOK = Path(__file__).parents[1] / "data" / "Annex_A_2024_Jan.xlsx"
HEAD = ["Child Unique ID", "Gender", "Date of Birth", "Age"]
TEAM = ["Allocated Team", "Allocated Worker"]
LIST_6 = [*HEAD, "CIN Start Date", "CIN Closure Date", "Case Status", *TEAM]
LIST_7 = [
    *HEAD,
    "Child Protection Plan Start Date",
    "Latest Category of Abuse",
    "Child Protection Plan End Date",
    *TEAM,
]
LIST_8 = [*HEAD, "Date Started to be Looked After", "Date Ceased to be Looked After", *TEAM]
LIST_9 = [*HEAD, "Eligibility Category", *TEAM]


@pytest.fixture(scope="module")
def content() -> bytes:
    return WORKBOOK.read_bytes()


def person(reference: Any, born: Any = date(2015, 5, 5)) -> list[Any]:
    return [reference, "b) Female", born, 11.5]


def small(**lists: list[list[Any]]) -> bytes:
    """A workbook of lists 6 to 9, each with its headings; a list that is not given is empty but there."""
    heads = {"six": LIST_6, "seven": LIST_7, "eight": LIST_8, "nine": LIST_9}
    names = {"six": "List 6", "seven": "List 7", "eight": "List 8", "nine": "List 9"}
    return workbook({names[key]: [heads[key], *lists.get(key, [])] for key in heads})


class TestPublicWorkbook:
    @pytest.fixture
    def imported(self, content: bytes) -> FileImport:
        return saved(ANNEX_A, content, add_teams=False, full=True)

    def test_is_recognised_by_its_sheets(self, content: bytes) -> None:
        sheets = read_sheets(content, limits=LIMITS)
        assert kind_of(sheets) is ANNEX_A
        assert lists_every_case(sheets)

    def test_accounts_for_every_row_of_every_list(self, imported: FileImport) -> None:
        sheets = imported.counts["sheets"]
        assert {name: figures["rows"] for name, figures in sheets.items()} == {
            "List 3": 6,
            "List 4": 5,
            "List 5": 5,
            "List 6": 5,
            "List 7": 7,
            "List 8": 5,
            "List 9": 6,
        }
        assert all(figures["rows"] == figures["accepted"] + figures["refused"] for figures in sheets.values())
        assert (imported.counts["rows"], imported.counts["accepted"], imported.counts["refused"]) == (39, 39, 0)
        assert imported.counts["added"] + imported.counts["merged"] == 39
        assert imported.counts["added"] == Case.objects.count() == 38

    def test_says_which_lists_were_not_read(self, imported: FileImport) -> None:
        assert [note for note in imported.notes if "List 10 (adoption)" in note and "List 1 (contacts)" in note]

    def test_joins_6537810_and_keeps_the_team_of_the_more_specific_list(self, imported: FileImport) -> None:
        case = Case.objects.get(reference="6537810")
        assert case.team_name == "Locality 3 Duty Team"
        row = imported.rows.get(reference="6537810", outcome="added")
        assert row.sheet == "List 5"
        assert "Teams differ: List 5 has Locality 3 Duty Team, which is used; List 3 has Multi Agency" in row.message
        assert imported.rows.get(reference="6537810", outcome="merged").sheet == "List 3"
        assert case.referral_date == date(2020, 9, 16)

    def test_notes_that_7961370_has_two_dates_of_birth_without_keeping_them(self, content: bytes) -> None:
        waiting = received(ANNEX_A, content, full=True)
        row = waiting.rows.get(reference="7961370")
        assert "Dates of birth differ between List 9 and List 10" in row.message
        assert "2002" not in row.message
        assert "List 9 has 07/08/2002, which is used; List 10 has 13/02/2002." in " ".join(row.data["details"])

    def test_keeps_the_plan_of_10721552_that_began_before_birth(self, imported: FileImport) -> None:
        case = Case.objects.get(reference="10721552")
        assert (case.opened_on, case.date_of_birth, case.closed_on) == (
            date(2020, 11, 23),
            date(2021, 1, 4),
            date(2021, 2, 16),
        )
        assert "pre-birth plan" in imported.rows.get(reference="10721552").message

    def test_notes_that_6913085_was_visited_after_the_plan_ended(self, imported: FileImport) -> None:
        message = imported.rows.get(reference="6913085").message
        assert "last visit is dated after the end" in message
        assert "pre-birth plan" in message

    def test_keeps_people_of_21_on_the_list_of_children_in_need(self, imported: FileImport) -> None:
        case = Case.objects.get(reference="8140425")
        assert (case.plan, case.closed_on) == ("child_in_need", None)
        assert "Aged 21 on the list of children in need" in imported.rows.get(reference="8140425").message

    def test_keeps_the_adult_care_code_of_12598894_with_a_note(self, imported: FileImport) -> None:
        assert Case.objects.get(reference="12598894").facts["need"].startswith("PSRMEM")
        assert "PSRMEM" in imported.rows.get(reference="12598894").message

    def test_reads_error_values_as_no_team(self, imported: FileImport) -> None:
        assert not Case.objects.filter(plan="child_in_need").exclude(team_name="", worker_name="").exists()

    def test_strips_the_odd_space_in_a_workers_name(self, imported: FileImport) -> None:
        assert Case.objects.get(reference="4653765").worker_name == "Mathilde Cutsforth"

    def test_strips_list_letters_and_the_decimals_of_ids(self, imported: FileImport) -> None:
        case = Case.objects.get(reference="1761444")
        assert (case.gender, case.ethnicity, case.disability) == ("Female", "NOBT", False)
        assert not Case.objects.filter(reference__contains=".").exists()

    def test_does_not_mind_a_postcode_that_is_none(self, imported: FileImport) -> None:
        case = Case.objects.get(reference="1373595")
        assert case.plan == "child_in_care"
        assert "nope" not in str(case.facts)

    def test_closes_what_has_ended(self, imported: FileImport) -> None:
        assert Case.objects.get(reference="3623204").closed_on == date(2020, 9, 22)
        assert Case.objects.get(reference="15765513").closed_on == date(2021, 2, 2)
        assert Case.objects.get(reference="3623204").plan == "closed"

    def test_gives_each_list_its_plan(self, imported: FileImport) -> None:
        plans = {
            reference: Case.objects.get(reference=reference).plan for reference in ("1761444", "5358472", "4939073")
        }
        assert plans == {"1761444": "child_in_care", "5358472": "child_protection", "4939073": "pathway"}

    def test_keeps_dates_that_help_an_auditor(self, imported: FileImport) -> None:
        facts = Case.objects.get(reference="5358472").facts
        assert (facts["last_visit"], facts["seen_alone"]) == ("2021-03-02", "Yes")

    def test_changes_nothing_the_second_time(self, content: bytes, imported: FileImport) -> None:
        again = saved(ANNEX_A, content, add_teams=False, full=True)
        assert (again.counts["unchanged"], again.counts["merged"]) == (38, 1)
        assert sum(again.counts[key] for key in ("added", "changed", "closed", "closing", "refused")) == 0

    def test_adds_the_unknown_teams_only_when_told_to(self, content: bytes) -> None:
        waiting = received(ANNEX_A, content, full=True)
        assert "Care Leavers Team" in waiting.counts["unknown_teams"]
        saved(ANNEX_A, content, full=True, add_teams=True)
        team = Team.objects.get(name="Care Leavers Team")
        assert team.service.name == "Not yet assigned"
        assert Case.objects.filter(team=team).count() == 6
        again = saved(ANNEX_A, content, full=True, add_teams=False)
        assert again.counts["unchanged"] == 38

    def test_forgets_the_file_and_the_rows_details_once_saved(self, imported: FileImport) -> None:
        assert imported.content is None
        assert not imported.rows.exclude(data={}).exists()

    def test_finds_teams_and_workers_that_are_known(self, content: bytes) -> None:
        team = TeamFactory(name="care leavers  team")
        worker = UserFactory(name="Jae Vang", team=team)
        saved(ANNEX_A, content, full=True)
        case = Case.objects.get(reference="7961370")
        assert (case.team, case.worker) == (team, worker)


class TestPrecedence:
    def test_puts_care_before_protection_and_keeps_both(self) -> None:
        rows = {
            "seven": [[*person("K1"), date(2026, 1, 5), "Sexual abuse", "", "Red Team", "A Worker"]],
            "eight": [[*person("K1"), date(2026, 2, 5), "", "Blue Team", "B Worker"]],
            "six": [[*person("K1"), date(2025, 9, 1), "", "c) Child in need plan", "#N/A", "#N/A"]],
        }
        saved(ANNEX_A, small(**rows), full=True)
        case = Case.objects.get(reference="K1")
        assert (case.plan, sorted(case.plans)) == (
            "child_in_care",
            ["child_in_care", "child_in_need", "child_protection"],
        )
        assert (case.team_name, case.worker_name, case.cp_category) == ("Blue Team", "B Worker", "Sexual abuse")
        assert "sexual_abuse" in case.flags
        assert case.opened_on == date(2025, 9, 1)

    @pytest.mark.parametrize(
        ("status", "plan"),
        [
            ("CPP", "child_protection"),
            ("CP Ext", "child_protection"),
            ("LAC", "child_in_care"),
            ("a) Looked after child", "child_in_care"),
            ("CF Assessment in progress", "assessment"),
            ("d) Open assessment", "assessment"),
            ("CLA&CP", "child_in_care"),
            ("CP/CLA", "child_in_care"),
            ("Closed - stepdown", "closed"),
            ("e) Closed episode", "closed"),
            ("something else", "child_in_need"),
        ],
    )
    def test_reads_the_statuses_that_councils_write(self, status: str, plan: str) -> None:
        saved(ANNEX_A, small(six=[[*person("K1"), date(2025, 9, 1), "", status, "", ""]]), full=True)
        assert Case.objects.get(reference="K1").plan == plan

    def test_is_open_while_one_list_is_open(self) -> None:
        rows = {
            "seven": [[*person("K1"), date(2025, 1, 5), "Neglect", date(2026, 3, 1), "Red Team", ""]],
            "six": [[*person("K1"), date(2025, 1, 1), "", "c) Child in need plan", "Green Team", ""]],
        }
        saved(ANNEX_A, small(**rows), full=True)
        case = Case.objects.get(reference="K1")
        assert (case.closed_on, case.plan, case.cp_category, case.team_name) == (
            None,
            "child_in_need",
            "",
            "Green Team",
        )
        again = saved(ANNEX_A, small(**rows), full=True)
        assert outcomes(again)[0][1] in ("unchanged", "merged")
        assert again.counts["changed"] == 0


class TestOddValues:
    def test_takes_an_unborn_child_without_a_date_of_birth(self) -> None:
        row = ["U1", "Unborn", "", "", date(2026, 9, 1), "", "c) Child in need plan", "", ""]
        saved(ANNEX_A, small(six=[row]), full=True)
        case = Case.objects.get(reference="U1")
        assert (case.date_of_birth, case.flags) == (None, ["unborn"])

    @pytest.mark.parametrize("born", [date(2015, 5, 5), 42129.0, "05/05/2015", "2015-05-05", "5 May 2015"])
    def test_reads_dates_however_they_are_written(self, born: Any) -> None:
        saved(ANNEX_A, small(nine=[[*person("D1", born), "Relevant", "", ""]]), full=True)
        assert Case.objects.get(reference="D1").date_of_birth == date(2015, 5, 5)

    def test_refuses_a_row_without_an_id_and_one_with_an_impossible_date(self) -> None:
        rows = [[*person(""), "Relevant", "", ""], [*person("D2", "31/02/2015"), "Relevant", "", ""]]
        waiting = received(ANNEX_A, small(nine=rows), full=True)
        assert outcomes(waiting) == [("", "refused"), ("D2", "refused")]
        assert "31/02/2015" not in waiting.rows.get(reference="D2").message
        assert "31/02/2015" in waiting.rows.get(reference="D2").data["details"][0]

    def test_finds_drifted_headings_beneath_a_title(self) -> None:
        head = ["  child unique ID ", "Gender", "DATE OF BIRTH", "Age of Child (Years)", "Eligibility  category"]
        rows = [
            ["Report run on Monday"],
            [],
            [*head, "allocated team ", "Allocated Worker"],
            ["Z1", "m", "05/05/2008", "18.2", "x", "T", "W"],
        ]
        saved(ANNEX_A, workbook({"list 9 - leavers": rows}), full=False)
        case = Case.objects.get(reference="Z1")
        assert (case.gender, case.team_name, case.date_of_birth) == ("Male", "T", date(2008, 5, 5))


class TestMissingLists:
    def test_are_said_and_do_not_stop_the_others(self) -> None:
        content = workbook({"List 6": [LIST_6, [*person("K1"), date(2025, 9, 1), "", "CIN", "", ""]]})
        waiting = received(ANNEX_A, content, full=False)
        assert "The workbook has no List 7, so no child protection plans were read." in waiting.notes
        assert waiting.counts["added"] == 1
        assert not lists_every_case(read_sheets(content, limits=LIMITS))

    def test_refuse_the_workbook_where_none_makes_a_case(self) -> None:
        content = workbook({"List 1": [HEAD, person("K1")], "List 10": [HEAD, person("K1")]})
        with pytest.raises(FileRefused, match="none of List 6"):
            received(ANNEX_A, content, full=True)

    def test_refuse_a_list_without_ids(self) -> None:
        content = workbook({"List 6": [["Gender", "Status"], ["Female", "CIN"]]})
        with pytest.raises(FileRefused, match="no column for the child's id"):
            received(ANNEX_A, content, full=True)


class TestFullList:
    def test_closes_open_cases_that_are_not_in_it(self) -> None:
        CaseFactory(reference="OLD1")
        imported = saved(ANNEX_A, small(six=[[*person("K1"), date(2025, 9, 1), "", "CIN", "", ""]]), full=True)
        case = Case.objects.get(reference="OLD1")
        assert (case.plan, case.plans, case.closed_on) == ("closed", [], date(2026, 11, 10))
        assert imported.counts["closing"] == 1

    def test_does_not_close_a_child_whose_row_was_refused(self) -> None:
        CaseFactory(reference="OLD1")
        bad = [*person("OLD1", "31/02/2015"), date(2025, 9, 1), "", "CIN", "", ""]
        imported = saved(ANNEX_A, small(six=[bad]), full=True)
        assert imported.counts["closing"] == 0
        assert Case.objects.get(reference="OLD1").closed_on is None

    def test_leaves_them_when_it_is_not_full(self) -> None:
        CaseFactory(reference="OLD1")
        saved(ANNEX_A, small(six=[[*person("K1"), date(2025, 9, 1), "", "CIN", "", ""]]), full=False)
        assert Case.objects.get(reference="OLD1").closed_on is None
