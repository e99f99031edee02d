"""Importing staff in the browser: choose, match, check, save."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from people.models import FileImport, User
from people.staff_import import STAFF
from tests.people.files import csv_file, received

pytestmark = pytest.mark.django_db
STAFF_FILE = csv_file([["name", "email", "job_role", "team"], ["Wren Worker", "wren@x.example", "IRO", "Moon"]])


@pytest.fixture
def admin_client(client: Client, administrator: User) -> Client:
    client.force_login(administrator)
    return client


def send(client: Client, content: bytes, name: str = "staff.csv") -> str:
    """Upload a file; returns the address it leads to, or the page where it was refused."""
    response = client.post(reverse("people:import_staff"), {"file": SimpleUploadedFile(name, content)})
    return response["Location"] if response.status_code == 302 else response.content.decode()


class TestImportStaffPages:
    def test_lead_from_the_file_over_an_unknown_team_to_people(self, admin_client: Client) -> None:
        address = send(admin_client, STAFF_FILE)
        text = admin_client.get(address).content.decode()
        assert "There is no team called “Moon”" in text
        assert "1 row: 0 accepted and 1 refused" in text
        admin_client.post(address, {"action": "options", "add_teams": "on"})
        text = admin_client.get(address).content.decode()
        assert "Save 1 change<" in text
        assert not User.objects.filter(email="wren@x.example").exists()
        text = admin_client.post(address, {"action": "apply"}, follow=True).content.decode()
        assert "Saved 1 change from staff.csv" in text
        assert User.objects.get(email="wren@x.example").team.name == "Moon"
        text = admin_client.post(address, {"action": "apply"}, follow=True).content.decode()
        assert "already saved" in text

    def test_ask_for_the_columns_of_new_headings_once(self, admin_client: Client) -> None:
        content = csv_file([["Employee", "Mailbox", "Post"], ["Wren Worker", "wren@x.example", "IRO"]])
        address = send(admin_client, content)
        assert address.endswith("/columns/")
        page = admin_client.get(address).content.decode()
        assert "Mailbox" in page
        wrong = admin_client.post(address, {"name": "employee", "email": "mailbox"}).content.decode()
        assert "Choose the column that holds: Job role." in wrong
        twice = admin_client.post(address, {"name": "employee", "email": "mailbox", "job_role": "mailbox"})
        assert "is chosen for two fields" in twice.content.decode()
        done = admin_client.post(address, {"name": "employee", "email": "mailbox", "job_role": "post"})
        assert "wren@x.example" in admin_client.get(done["Location"]).content.decode()
        assert not send(admin_client, content).endswith("/columns/")

    def test_discard_a_file(self, admin_client: Client) -> None:
        address = send(admin_client, STAFF_FILE)
        text = admin_client.post(address, {"action": "discard"}, follow=True).content.decode()
        assert "Nothing of this file was saved" in text
        assert FileImport.objects.get().content is None

    @pytest.mark.parametrize(
        ("content", "message"),
        [
            (b"", "The file is empty."),
            (b"\x89PNG\r\n\x1a\n...", "a picture"),
            (b"<html><table>", "web page"),
            (b"PK\x03\x04broken", "damaged"),
        ],
    )
    def test_refuse_a_bad_file_with_the_reason(self, admin_client: Client, content: bytes, message: str) -> None:
        text = send(admin_client, content, "staff.xls")
        assert message in text
        assert "There is a problem" in text
        assert not FileImport.objects.exists()

    def test_ask_for_a_file_where_none_is_chosen(self, admin_client: Client) -> None:
        response = admin_client.post(reverse("people:import_staff"))
        assert "There is a problem" in response.content.decode()

    def test_keep_the_chosen_outcome_on_the_next_page(self, admin_client: Client) -> None:
        rows = [
            ["name", "email", "job_role"],
            *(["P", f"p{n}@x.example", "IRO"] for n in range(60)),
            ["", "", ""],
            ["x", "y", "z"],
        ]
        address = send(admin_client, csv_file(rows))
        text = admin_client.get(address, {"outcome": "added"}).content.decode()
        assert "outcome=added&amp;page=2" in text
        assert "60 rows" in text
        assert "1 row<" in admin_client.get(address, {"outcome": "refused"}).content.decode()
        assert admin_client.get(address, {"outcome": "nonsense"}).status_code == 200

    def test_bear_a_post_without_an_action(self, admin_client: Client) -> None:
        address = send(admin_client, STAFF_FILE)
        assert "Choose whether to save" in admin_client.post(address, follow=True).content.decode()

    def test_escape_what_the_file_holds(self, admin_client: Client) -> None:
        rows = [["name", "email", "job_role"], ["<script>alert(1)</script>", "wren@x.example", "IRO"]]
        text = admin_client.get(send(admin_client, csv_file(rows))).content.decode()
        assert "<script>alert(1)" not in text
        assert "&lt;script&gt;alert(1)" in text

    def test_are_closed_to_others(self, client: Client, worker: User) -> None:
        waiting = received(STAFF, STAFF_FILE)
        client.force_login(worker)
        assert client.get(reverse("people:import_staff")).status_code == 403
        assert client.get(reverse("people:import_preview", args=[waiting.pk])).status_code == 404
        assert client.post(reverse("people:import_preview", args=[waiting.pk]), {"action": "apply"}).status_code == 404
        assert client.get(reverse("people:import_columns", args=[waiting.pk])).status_code == 404

    def test_say_forbidden_for_a_page_and_change_nothing_on_get(self, admin_client: Client) -> None:
        address = send(admin_client, STAFF_FILE)
        before = list(FileImport.objects.values())
        admin_client.get(address, {"action": "apply"})
        assert list(FileImport.objects.values()) == before
