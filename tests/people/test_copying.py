"""Rows written by the thousand: what goes in comes out, whatever it holds."""

from __future__ import annotations

import json
from datetime import date

import pytest
from django.db import IntegrityError, transaction
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from audits.models import Case
from people.copying import ROWS_AT_A_TIME, array_text, copy_rows
from people.models import FileImport, FileImportRow
from tests.conftest import NOW
from tests.factories import TeamFactory

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=40)
NAMES = ("reference", "child_name", "date_of_birth", "plans", "disability", "team_id", "facts", "plan", "flags")
REST = ("gender", "ethnicity", "primary_language", "cp_category", "team_name", "worker_name", "family_reference")


def copy_case(reference: str, *values: object) -> Case:
    copy_rows(Case, (*NAMES, *REST, "restricted"), [(reference, *values, *[""] * len(REST), False)])
    return Case.objects.get(reference=reference)


class TestCopyRows(TestCase):
    @example(name="\r", plans=["\n"], fact="\r\n", disability=None)
    @given(name=TEXT, plans=st.lists(TEXT, max_size=3), fact=TEXT, disability=st.sampled_from([True, False, None]))
    def test_keeps_every_text_list_and_document_as_it_is(
        self, name: str, plans: list[str], fact: str, disability: bool | None
    ) -> None:
        plans = [plan[:20] for plan in plans]
        document = json.dumps({"said": fact})
        case = copy_case("C1", name, date(2015, 5, 20), array_text(plans), disability, None, document, "none", "{}")
        assert (case.child_name, case.plans, case.disability) == (name, plans, disability)
        assert case.facts == {"said": fact}
        assert (case.team_id, case.date_of_birth, case.flags) == (None, date(2015, 5, 20), [])


@pytest.mark.django_db
class TestManyRows:
    def test_come_through_in_their_order(self) -> None:
        file_import = FileImport.objects.create(kind="cases", file_name="cases.csv", uploaded_at=NOW)
        wanted = [
            (file_import.pk, "", n, f"C{n}", "added", 'He said "no", then left', False, "{}") for n in range(12_345)
        ]
        columns = ("file_import", "sheet", "number", "reference", "outcome", "message", "warning", "data")
        assert len(wanted) > 2 * ROWS_AT_A_TIME
        copy_rows(FileImportRow, columns, wanted)
        rows = file_import.rows.values_list(*columns)
        assert [(*row[:-1], "{}") for row in rows] == wanted
        assert rows[0][-1] == {}

    def test_must_keep_the_rules_of_the_table(self) -> None:
        team = TeamFactory()
        copy_case("C1", "", None, "{}", None, team.pk, "{}", "none", "{}")
        with pytest.raises(IntegrityError), transaction.atomic():
            copy_case("C1", "", None, "{}", None, None, "{}", "none", "{}")
        with pytest.raises(IntegrityError), transaction.atomic():
            copy_case("", "", None, "{}", None, None, "{}", "none", "{}")

    def test_may_be_none(self) -> None:
        copy_rows(Case, ("reference",), [])
        assert not Case.objects.exists()
