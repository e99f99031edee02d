"""Importing cases in the browser; the case list and one case."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from audits.case_import import CASES
from audits.models import Case, Involvement, TemplateVersion
from people.models import User
from people.staff_import import STAFF
from tests.factories import AuditFactory, CaseFactory, InvolvementFactory, TeamFactory
from tests.people.files import csv_file, received, workbook

pytestmark = pytest.mark.django_db
WORKBOOK = Path(__file__).parents[1] / "data" / "Annex_A_2024_Jan.xlsx"


@pytest.fixture
def psw_client(client: Client, psw: User) -> Client:
    client.force_login(psw)
    return client


def send(client: Client, content: bytes, *, what: str = "cases", full: str = "on", name: str = "a.xlsx") -> str:
    data = {"file": SimpleUploadedFile(name, content), "content": what, "full": full}
    response = client.post(reverse("audits:import_cases"), {key: value for key, value in data.items() if value})
    return response["Location"] if response.status_code == 302 else response.content.decode()


def text_of(client: Client, address: str, **query: Any) -> str:
    response = client.get(address, query)
    assert response.status_code == 200
    return response.content.decode()


class TestImportCasesPages:
    def test_take_an_annex_a_workbook_from_upload_to_cases(self, psw_client: Client) -> None:
        address = send(psw_client, WORKBOOK.read_bytes())
        text = text_of(psw_client, address)
        assert "The file has 39 rows: 39 accepted and 0 refused" in text
        assert "List 10 has 13/02/2002" in text_of(psw_client, address, outcome="warning")
        assert "Care Leavers Team" in text
        assert not Case.objects.exists()
        done = psw_client.post(address, {"action": "apply"}, follow=True).content.decode()
        assert "Saved 38 changes" in done
        assert "13/02/2002" not in done
        assert Case.objects.count() == 38

    def test_show_cases_that_would_close_and_ask_twice_where_they_are_many(self, psw_client: Client) -> None:
        CaseFactory.create_batch(4)
        address = send(psw_client, csv_file([["reference", "plan"], ["C-1", "CIN"]]))
        text = text_of(psw_client, address)
        assert "4 of 4 open cases are not in this file and would be closed" in text
        refused = psw_client.post(address, {"action": "apply"}, follow=True).content.decode()
        assert "Confirm that this is right" in refused
        assert not Case.objects.filter(reference="C-1").exists()
        psw_client.post(address, {"action": "apply", "close_many": "1"})
        assert Case.objects.filter(closed_on=None).count() == 1

    def test_leave_cases_open_where_the_list_is_not_full(self, psw_client: Client) -> None:
        CaseFactory()
        address = send(psw_client, csv_file([["reference", "plan"], ["C-1", "CIN"]]), full="")
        psw_client.post(address, {"action": "apply"})
        assert Case.objects.filter(closed_on=None).count() == 2

    def test_do_not_close_by_a_workbook_that_lacks_a_list(self, psw_client: Client) -> None:
        CaseFactory()
        head = ["Child Unique ID", "CIN Start Date", "CIN Closure Date", "Case Status"]
        address = send(psw_client, workbook({"List 6": [head, ["C-1", "", "", "CIN"]]}))
        text = text_of(psw_client, address)
        assert "The workbook has no List 8, so no children in care were read." in text
        assert "Not in the file" not in text

    def test_take_involvements(self, psw_client: Client) -> None:
        CaseFactory(reference="C-1")
        head = ["invo_person_id", "invo_professional_id", "invo_involvement_start_date"]
        address = send(psw_client, csv_file([head, ["C-1", "77", "01/02/2026"]]), what="involvements")
        assert "only the persons named are kept away" in text_of(psw_client, address)
        psw_client.post(address, {"action": "apply"})
        assert Involvement.objects.get().professional_id == "77"

    def test_refuse_a_workbook_without_the_lists(self, psw_client: Client) -> None:
        assert "none of List 6" in send(psw_client, workbook({"List 1": [["Child Unique ID"], ["1"]]}))

    def test_keep_staff_and_case_files_apart(self, client: Client, psw: User, worker: User) -> None:
        staff = received(STAFF, csv_file([["name", "email", "job_role"], ["A B", "a@x.example", "IRO"]]))
        cases = received(CASES, csv_file([["reference", "plan"], ["C-1", "CIN"]]), full=False)
        client.force_login(psw)
        assert client.get(reverse("audits:import_preview", args=[staff.pk])).status_code == 404
        assert client.get(reverse("people:import_preview", args=[cases.pk])).status_code == 404
        client.force_login(worker)
        assert client.get(reverse("audits:import_cases")).status_code == 403
        assert client.get(reverse("audits:import_preview", args=[cases.pk])).status_code == 404

    def test_ask_the_database_the_same_for_any_number_of_rows(
        self, psw_client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
    ) -> None:
        address = send(psw_client, csv_file([["reference", "plan"], *([f"C-{n}", "CIN"] for n in range(120))]))
        with django_assert_max_num_queries(6):
            text_of(psw_client, address)


class TestCaseList:
    def test_says_what_to_do_first(self, psw_client: Client) -> None:
        assert "No open cases yet" in text_of(psw_client, reverse("audits:cases"))

    def test_is_filtered_by_id_plan_team_worker_and_state(self, psw_client: Client) -> None:
        red = TeamFactory(name="Red Team")
        CaseFactory(reference="AAA1", team=red, plan="child_protection", worker=None, worker_name="Nobody Known")
        CaseFactory(reference="BBB2", plan="child_in_care", plans=["child_in_care", "child_protection"])
        CaseFactory(reference="CCC3", plan="closed", plans=[], closed_on=date(2026, 1, 1))
        address = reverse("audits:cases")

        def found(**query: Any) -> list[str]:
            text = text_of(psw_client, address, **query)
            return [reference for reference in ("AAA1", "BBB2", "CCC3") if reference in text]

        assert found() == ["AAA1", "BBB2"]
        assert found(state="closed") == ["CCC3"]
        assert found(state="all") == ["AAA1", "BBB2", "CCC3"]
        assert found(q="aaa") == ["AAA1"]
        assert found(plan="child_protection") == ["AAA1", "BBB2"]
        assert found(plan="child_in_care") == ["BBB2"]
        assert found(team=red.pk) == ["AAA1"]
        assert found(worker="known") == ["AAA1"]
        assert found(team="nonsense", plan="nonsense", page="nonsense") == ["AAA1", "BBB2"]

    def test_names_no_child(self, psw_client: Client) -> None:
        CaseFactory(child_name="Robin Canary")
        assert "Canary" not in text_of(psw_client, reverse("audits:cases"))

    def test_is_closed_to_those_who_may_not_see_every_case(self, client: Client, auditor: User) -> None:
        client.force_login(auditor)
        assert client.get(reverse("audits:cases")).status_code == 403

    def test_asks_the_database_the_same_for_any_number(
        self, psw_client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
    ) -> None:
        CaseFactory.create_batch(60)
        with django_assert_max_num_queries(6):
            assert "page=2" in text_of(psw_client, reverse("audits:cases"))


class TestCasePage:
    def test_shows_what_is_known_who_was_involved_and_the_window(self, psw_client: Client) -> None:
        case = CaseFactory(
            child_name="Robin Sample", facts={"last_visit": "2026-11-01", "need": "N1"}, flags=["missing"]
        )
        InvolvementFactory(case=case, professional_id="X9", role="Conference chair", starts=date(2026, 1, 2))
        text = text_of(psw_client, reverse("audits:case", args=[case.pk]))
        for words in (
            "Robin Sample",
            "1 November 2026",
            "X9",
            "Conference chair",
            "Groups: Missing",
            "time under review",
        ):
            assert words in text

    def test_shows_only_audits_this_person_may_see(
        self, client: Client, psw: User, administrator: User, core_template: TemplateVersion
    ) -> None:
        audit = AuditFactory(template_version=core_template)
        address = reverse("audits:case", args=[audit.case_id])
        client.force_login(psw)
        assert audit.reference in text_of(client, address)
        client.force_login(administrator)
        assert audit.reference not in text_of(client, address)

    def test_is_found_by_the_worker_and_by_nobody_elses(self, client: Client, worker: User, auditor: User) -> None:
        case = CaseFactory(worker=worker, team=worker.team)
        client.force_login(worker)
        assert client.get(reverse("audits:case", args=[case.pk])).status_code == 200
        client.force_login(auditor)
        assert client.get(reverse("audits:case", args=[case.pk])).status_code == 404
