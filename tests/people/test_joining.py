"""One person is put on the staff list: checked as a row of a staff file is."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.db import IntegrityError, connection, transaction
from django.test import Client

from people import joining
from people.file_import import PreviewOutdated, apply
from people.joining import JoinerError
from people.models import Activity, FileImport, Team, User
from people.roles import JobRole
from people.staff_import import STAFF
from people.wording import _words
from tests.allocation.meanwhile import PATIENCE, how_many_wait
from tests.conftest import NOW, TODAY
from tests.factories import TeamFactory
from tests.people.files import csv_file, received

pytestmark = pytest.mark.usefixtures("db", "today")

PAGE = "/people/new/"
POSTED = {
    "name": "Noor  Newcomer",
    "email": "Noor.Newcomer@exampleshire.example",
    "job_role": "iro",
    "start_date_day": "1",
    "start_date_month": "12",
    "start_date_year": "2026",
}


def text_of(response: Any) -> str:
    return " ".join(response.content.decode().split())


def add(by: User, **changes: Any) -> User:
    values: dict[str, Any] = {
        "name": "Noor Newcomer",
        "email": "noor@exampleshire.example",
        "job_role": JobRole.IRO,
        "team": None,
        "line_manager": None,
        "start_date": None,
    }
    return joining.add(**(values | changes), by=by, at=NOW, today=TODAY)


class TestJoining:
    def test_puts_them_on_the_list_as_a_staff_file_would(self, administrator: User, team_manager: User) -> None:
        team = team_manager.team
        person = add(administrator, team=team, line_manager=team_manager, start_date=date(2026, 12, 1))
        person = User.objects.get(pk=person.pk)
        assert team is not None
        assert (person.team, person.service, person.area) == (team, team.service, team.area)
        assert (person.line_manager, person.start_date) == (team_manager, date(2026, 12, 1))
        assert not person.has_usable_password()
        done = Activity.objects.get(verb="added to the staff list")
        assert (done.by, done.target) == (administrator, f"person:{person.pk}")

    def test_refuses_an_address_that_is_taken_in_whatever_case(self, psw: User, auditor: User) -> None:
        before = User.objects.count()
        with pytest.raises(JoinerError, match="Ada Auditor is on the staff list") as refused:
            add(psw, email=auditor.email.upper())
        assert refused.value.field == "email"
        assert User.objects.count() == before

    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"email": "noor"}, "is not an e-mail address"),
            ({"name": " "}, "There is no name"),
            ({"job_role": "wizard"}, "is not a job role of the portal"),
            ({"start_date": date(1820, 1, 1)}, "too early or too late"),
        ],
    )
    def test_refuses_what_the_staff_import_refuses(self, psw: User, changes: dict[str, Any], words: str) -> None:
        with pytest.raises(JoinerError, match=words):
            add(psw, **changes)
        assert not User.objects.filter(name="Noor Newcomer").exists()

    @pytest.mark.parametrize("twin", ["HARBOUR  team", "Team, Harbour"])
    def test_refuses_a_team_that_the_import_takes_for_another(self, psw: User, team: Team, twin: str) -> None:
        teams = [team, TeamFactory(name=twin)]
        refused = []
        for chosen in teams:
            try:
                assert add(psw, team=chosen, email=f"noor{chosen.pk}@exampleshire.example").team == chosen
            except JoinerError as error:
                refused.append((chosen, error.field))
        (kept,) = User.objects.filter(name="Noor Newcomer")
        assert refused == [(chosen, "team") for chosen in teams if chosen != kept.team]
        assert len(refused) == 1

    def test_refuses_a_job_role_whose_code_is_the_councils_word_for_another(
        self, psw: User, settings: Any, tmp_path: Path
    ) -> None:
        words = yaml.safe_load(Path(settings.WORDING_FILE).read_text(encoding="utf-8"))
        words["roles"]["administrator"] = "IRO"
        settings.WORDING_FILE = str(tmp_path / "wording.yml")
        Path(settings.WORDING_FILE).write_text(yaml.safe_dump(words), encoding="utf-8")
        _words.cache_clear()
        try:
            with pytest.raises(JoinerError, match="also the council’s word for another job role") as refused:
                add(psw, job_role=JobRole.IRO)
        finally:
            _words.cache_clear()
        assert refused.value.field == "job_role"
        assert not User.objects.filter(name="Noor Newcomer").exists()

    def test_of_somebody_who_runs_the_programme_is_seen_by_those_who_do(
        self, client: Client, administrator: User, psw: User
    ) -> None:
        person = add(administrator, job_role=JobRole.PRINCIPAL_SOCIAL_WORKER)
        done = Activity.objects.get(target=f"person:{person.pk}")
        assert (done.by, done.detail) == (administrator, {"job_role": "principal_social_worker"})
        client.force_login(psw)
        text = text_of(client.get("/activity/"))
        assert "Adi Admin</td>" in text
        assert "Added to the staff list</td>" in text


@pytest.mark.django_db(transaction=True)
class TestWhileAFileIsSaved:
    def test_waits_and_then_finds_whom_the_file_added(self, psw: User) -> None:
        heads, row = ["name", "email", "job_role"], ["Noor Newcomer", "noor@exampleshire.example", "IRO"]
        file = received(STAFF, csv_file([heads, row]))
        with ThreadPoolExecutor(1) as pool:
            with transaction.atomic():
                apply(file, STAFF, by=psw, at=NOW, today=TODAY)
                joining_meanwhile = pool.submit(attempt, psw)
                waited = wait_until(lambda: how_many_wait() == 1 or joining_meanwhile.done())
            outcome = joining_meanwhile.result()
        assert waited
        assert isinstance(outcome, JoinerError)
        assert (str(outcome), outcome.field) == (joining.TAKEN.format("Noor Newcomer"), "email")
        assert User.objects.filter(email="noor@exampleshire.example").count() == 1

    def test_makes_the_file_wait_that_names_the_same_person(self, psw: User) -> None:
        heads, row = ["name", "email", "job_role"], ["Noor Newcomer", "noor@exampleshire.example", "IRO"]
        file = received(STAFF, csv_file([heads, row]))
        with ThreadPoolExecutor(1) as pool:
            with transaction.atomic():
                person = add(psw)
                saving = pool.submit(attempt, psw, file)
                waited = wait_until(lambda: how_many_wait() == 1 or saving.done())
            outcome = saving.result()
        assert waited
        assert isinstance(outcome, PreviewOutdated)
        assert User.objects.get(email="noor@exampleshire.example") == person


def attempt(by: User, file: FileImport | None = None) -> Any:
    """Add somebody, or save the file, on a connection of its own; what came of it."""
    try:
        return apply(file, STAFF, by=by, at=NOW, today=TODAY) if file else add(by)
    except (JoinerError, PreviewOutdated, IntegrityError) as error:
        return error
    finally:
        connection.close()


def wait_until(is_so: Callable[[], bool]) -> bool:
    """Whether it came to be so, looked at for a while."""
    for _ in range(PATIENCE):
        if is_so():
            return True
        time.sleep(0.01)
    return False


class TestPage:
    def test_adds_and_leads_to_the_new_persons_page(self, client: Client, administrator: User, worker: User) -> None:
        client.force_login(administrator)
        places = {"team": worker.team_id, "line_manager": worker.line_manager_id}
        response = client.post(PAGE, POSTED | places, follow=True)
        person = User.objects.get(email="noor.newcomer@exampleshire.example")
        assert response.redirect_chain == [(f"/people/{person.pk}/", 302)]
        text = text_of(response)
        assert "Noor Newcomer is on the staff list." in text
        assert "Harbour Team" in text
        assert "From 1 December 2026" in text

    def test_says_beside_the_field_what_is_wrong_and_keeps_what_was_typed(
        self, client: Client, psw: User, auditor: User
    ) -> None:
        client.force_login(psw)
        text = text_of(client.post(PAGE, POSTED | {"email": auditor.email, "job_role": ""}))
        assert "Choose the job role" in text
        text = text_of(client.post(PAGE, POSTED | {"email": auditor.email}))
        assert "Ada Auditor is on the staff list with this e-mail address already." in text
        assert 'id="id_email_error"' in text
        assert 'value="Noor  Newcomer"' in response_html(client.post(PAGE, POSTED | {"email": auditor.email}))

    def test_offers_only_people_who_work_here_as_line_manager(self, client: Client, psw: User, auditor: User) -> None:
        User.objects.filter(pk=auditor.pk).update(leave_date=TODAY)
        client.force_login(psw)
        text = text_of(client.get(PAGE))
        assert "Petra Programme</option>" in text
        assert "Ada Auditor</option>" not in text

    def test_is_reached_from_the_list_by_those_who_keep_it(
        self, client: Client, psw: User, assistant_director: User
    ) -> None:
        client.force_login(psw)
        assert f'href="{PAGE}"' in text_of(client.get("/people/"))
        client.force_login(assistant_director)
        assert f'href="{PAGE}"' not in text_of(client.get("/people/"))
        assert client.post(PAGE, POSTED).status_code == 403


def response_html(response: Any) -> str:
    return str(response.content.decode())
