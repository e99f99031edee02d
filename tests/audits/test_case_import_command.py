"""The three import commands, with the example files that councils start from."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command

from audits.models import Case, Involvement
from people.models import Activity, ColumnMapping, FileImport, User
from tests.factories import CaseFactory
from tests.people.files import csv_file

pytestmark = pytest.mark.django_db
EXAMPLES = settings.BASE_DIR / "fixtures" / "imports"
WORKBOOK = Path(__file__).parents[1] / "data" / "Annex_A_2024_Jan.xlsx"


def run(capsys: pytest.CaptureFixture[str], *args: Any) -> dict[str, Any]:
    capsys.readouterr()
    call_command(args[0], *map(str, args[1:]), "--json")
    answer: dict[str, Any] = json.loads(capsys.readouterr().out)
    return answer


class TestExampleFiles:
    def test_load_in_their_order_and_change_nothing_the_second_time(self, capsys: pytest.CaptureFixture[str]) -> None:
        for count in ("added", "unchanged"):
            staff = run(capsys, "import_staff", EXAMPLES / "staff.csv", "--add-teams")
            cases = run(capsys, "import_cases", EXAMPLES / "cases.csv")
            involved = run(capsys, "import_involvements", EXAMPLES / "involvements.csv")
            assert [answer["counts"][count] for answer in (staff, cases, involved)] == [5, 3, 4]
            assert [answer["refused"] for answer in (staff, cases, involved)] == [[], [], []]
        assert not Case.objects.filter(worker=None).exists()
        assert not Involvement.objects.filter(user=None).exists()


class TestImportCases:
    def test_previews_without_writing_anything(self, capsys: pytest.CaptureFixture[str]) -> None:
        answer = run(capsys, "import_cases", WORKBOOK, "--preview")
        assert (answer["status"], answer["kind"], answer["counts"]["added"]) == ("preview", "annex_a", 38)
        assert [model.objects.count() for model in (Case, FileImport, ColumnMapping)] == [0, 0, 0]

    def test_saves_and_records_who_did_it(self, capsys: pytest.CaptureFixture[str], psw: User) -> None:
        answer = run(capsys, "import_cases", WORKBOOK, "--by", psw.email)
        assert (answer["status"], answer["counts"]["added"]) == ("applied", 38)
        assert Activity.objects.get(verb="imported annex_a").by == psw

    def test_tells_in_words(self, capsys: pytest.CaptureFixture[str]) -> None:
        call_command("import_cases", str(WORKBOOK), "--preview")
        out = capsys.readouterr().out
        assert "Preview, nothing saved" in out
        assert "Care Leavers Team" in out

    def test_names_each_refused_row(self, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
        path = tmp_path / "cases.csv"
        path.write_bytes(csv_file([["reference", "plan"], ["", "CIN"], ["C-1", "CIN"]]))
        answer = run(capsys, "import_cases", path)
        assert answer["refused"] == [{"sheet": "", "row": 2, "reference": "", "reason": "There is no child's id."}]

    @pytest.mark.parametrize(
        ("content", "message"),
        [
            (b"", "empty"),
            (b"\x89PNG....", "a picture"),
            (b"Colour,Size\nred,4\n", "No column was recognised for: Child's id"),
        ],
    )
    def test_ends_with_one_for_a_bad_file(
        self, content: bytes, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        path = tmp_path / "cases.csv"
        path.write_bytes(content)
        with pytest.raises(SystemExit) as ended:
            call_command("import_cases", str(path))
        assert ended.value.code == 1
        assert message in capsys.readouterr().err

    def test_ends_with_one_for_a_file_that_is_not_there(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        with pytest.raises(SystemExit):
            call_command("import_cases", str(tmp_path / "none.csv"))
        assert "cannot be opened" in capsys.readouterr().err

    def test_takes_a_mapping_and_remembers_it(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        path = tmp_path / "cases.csv"
        path.write_bytes(csv_file([["Ref", "Kind of plan"], ["C-1", "CP"]]))
        run(capsys, "import_cases", path, "--map", "reference=Ref", "--map", "plan=Kind of plan")
        assert Case.objects.get().plan == "child_protection"
        assert run(capsys, "import_cases", path)["counts"]["unchanged"] == 1

    def test_closes_many_only_when_told_to(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        CaseFactory.create_batch(3)
        path = tmp_path / "cases.csv"
        path.write_bytes(csv_file([["reference", "plan"], ["C-1", "CIN"]]))
        with pytest.raises(SystemExit):
            call_command("import_cases", str(path))
        assert "3 of 3 open cases" in capsys.readouterr().err
        assert Case.objects.filter(closed_on=None).count() == 3
        assert run(capsys, "import_cases", path, "--not-full")["counts"]["closing"] == 0
        assert run(capsys, "import_cases", path, "--close-many")["counts"]["closing"] == 3
