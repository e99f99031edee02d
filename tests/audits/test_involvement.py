"""Who and which teams were involved, from a file with the Standard Safeguarding Dataset's names."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from audits.involvement import INVOLVEMENTS
from audits.models import Case, Involvement
from people.models import FileImport, Team
from people.spreadsheet import read_sheets
from tests.factories import CaseFactory, InvolvementFactory, TeamFactory, UserFactory
from tests.people.files import LIMITS, csv_file, outcomes, received, saved

pytestmark = pytest.mark.django_db
HEAD = [
    "invo_person_id",
    "invo_professional_id",
    "invo_professional_role_id",
    "invo_professional_team",
    "invo_involvement_start_date",
    "invo_involvement_end_date",
]


@pytest.fixture(autouse=True)
def case() -> Case:
    return CaseFactory(reference="C-1")


def involvements(*rows: list[Any]) -> bytes:
    return csv_file([HEAD, *rows])


class TestRows:
    def test_are_read_without_asking_for_columns(self) -> None:
        read = read_sheets(involvements(["C-1", "77", "IRO", "Red", "01/02/2026", ""]), limits=LIMITS)
        assert read[0].rows[1][1][0] == "C-1"
        waiting = received(INVOLVEMENTS, involvements(["C-1", "77", "IRO", "Red", "01/02/2026", ""]))
        assert waiting.status == FileImport.Status.PREVIEW
        assert waiting.counts["added"] == 1

    def test_become_involvements_of_people_and_teams_we_know(self) -> None:
        team = TeamFactory(name="Red Team")
        wren = UserFactory(name="Wren Worker", staff_number="77")
        saved(INVOLVEMENTS, involvements(["C-1", 77, "Allocated worker", "red team", "2026-02-01", "2026-05-01"]))
        found = Involvement.objects.get()
        assert (found.user, found.team, found.professional_id) == (wren, team, "77")
        assert (found.role, found.starts, found.ends) == ("Allocated worker", date(2026, 2, 1), date(2026, 5, 1))

    def test_keep_professionals_we_do_not_know_by_their_id_with_a_warning(self) -> None:
        imported = saved(INVOLVEMENTS, involvements(["C-1", "X9", "", "Moon", "", ""]))
        found = Involvement.objects.get()
        assert (found.user, found.team, found.professional_id) == (None, None, "X9")
        assert imported.counts["warnings"] == 1
        assert "Team “Moon” is not known here" in imported.rows.get().message

    @pytest.mark.parametrize(
        ("row", "message"),
        [
            (["C-9", "77", "", "", "", ""], "No case here"),
            (["", "77", "", "", "", ""], "no child's id"),
            (["C-1", "", "IRO", "", "", ""], "neither a person nor a team"),
            (["C-1", "", "IRO", "Moon", "", ""], "no team called “Moon”"),
            (["C-1", "77", "", "", "31/02/2026", ""], "The start is not a possible date"),
            (["C-1", "77", "", "", "01/02/2026", "01/01/2026"], "ends before it starts"),
            (["C-1", "77", "", "", "", "", "spilt"], "more cells"),
        ],
    )
    def test_are_refused_with_the_reason(self, row: list[Any], message: str) -> None:
        waiting = received(INVOLVEMENTS, involvements(row))
        assert outcomes(waiting)[0][1] == "refused"
        assert message in waiting.rows.get().message

    def test_add_a_team_when_told_to(self) -> None:
        saved(INVOLVEMENTS, involvements(["C-1", "", "IRO", "Moon", "", ""]), add_teams=True)
        assert Involvement.objects.get().team == Team.objects.get(name="Moon")

    def test_find_people_by_name_where_a_column_holds_it(self) -> None:
        wren = UserFactory(name="Wren Worker")
        rows = [["Child Id", "Worker Name", "From", "To"], ["C-1", "Worker, Wren", "01/02/2026", ""]]
        saved(INVOLVEMENTS, csv_file(rows))
        assert Involvement.objects.get().user == wren


class TestAgain:
    def test_the_same_file_changes_nothing(self) -> None:
        TeamFactory(name="Red")
        content = involvements(["C-1", "77", "IRO", "Red", "01/02/2026", ""], ["C-1", "", "", "Red", "", ""])
        saved(INVOLVEMENTS, content)
        again = saved(INVOLVEMENTS, content)
        assert (again.counts["unchanged"], again.counts["added"], again.counts["changed"]) == (2, 0, 0)
        assert Involvement.objects.count() == 2

    def test_an_end_date_ends_the_involvement(self) -> None:
        saved(INVOLVEMENTS, involvements(["C-1", "77", "IRO", "", "01/02/2026", ""]))
        imported = saved(INVOLVEMENTS, involvements(["C-1", "77", "IRO", "", "01/02/2026", "01/11/2026"]))
        assert Involvement.objects.get().ends == date(2026, 11, 1)
        assert imported.rows.get().message.startswith("to: open → 01/11/2026")

    def test_people_and_teams_known_only_now_are_filled_in(self) -> None:
        content = involvements(["C-1", "77", "IRO", "Red", "01/02/2026", ""])
        saved(INVOLVEMENTS, content)
        team, wren = TeamFactory(name="Red"), UserFactory(staff_number="77")
        imported = saved(INVOLVEMENTS, content)
        found = Involvement.objects.get()
        assert (found.user, found.team, imported.counts["changed"]) == (wren, team, 1)

    def test_an_involvement_entered_without_the_id_is_the_same_one(self, case: Case) -> None:
        wren = UserFactory(staff_number="77")
        InvolvementFactory(case=case, user=wren, role="IRO", starts=date(2026, 2, 1))
        saved(INVOLVEMENTS, involvements(["C-1", "77", "IRO", "", "01/02/2026", "01/03/2026"]))
        assert Involvement.objects.get().ends == date(2026, 3, 1)

    def test_a_repeated_row_is_joined_and_a_contradiction_refused(self) -> None:
        same = ["C-1", "77", "IRO", "", "01/02/2026", ""]
        waiting = received(INVOLVEMENTS, involvements(same, same, [*same[:5], "01/03/2026"]))
        assert [outcome for _, outcome in outcomes(waiting)] == ["added", "merged", "refused"]

    def test_two_teams_of_one_person_are_two_involvements(self) -> None:
        TeamFactory(name="Red")
        TeamFactory(name="Blue")
        content = involvements(
            ["C-1", "77", "IRO", "Red", "01/02/2026", ""], ["C-1", "77", "IRO", "Blue", "01/02/2026", ""]
        )
        saved(INVOLVEMENTS, content)
        assert Involvement.objects.count() == 2
        assert saved(INVOLVEMENTS, content).counts["unchanged"] == 2
