"""Joiners, movers and leavers."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from people.file_import import AlreadyDone, PreviewOutdated, apply, discard
from people.models import Activity, FileImport, FileImportRow, Team, User
from people.roles import JobRole
from people.staff_import import STAFF, role_code
from tests.conftest import NOW, TODAY
from tests.factories import AreaFactory, ServiceFactory, TeamFactory, UserFactory
from tests.people.files import csv_file, outcomes, reason, received, saved, workbook

pytestmark = pytest.mark.django_db
HEAD = ["name", "email", "job_role", "team", "line_manager_email", "staff_number", "start_date", "leave_date"]


def row(name: str, role: str = "Social worker", **more: Any) -> list[Any]:
    values = {"name": name, "email": f"{name.split()[0].lower()}@exampleshire.example", "job_role": role, **more}
    return [values.get(key, "") for key in HEAD]


def staff(*rows: list[Any]) -> bytes:
    return csv_file([HEAD, *rows])


class TestJoiners:
    def test_are_added_with_their_manager_further_down_the_file(self) -> None:
        TeamFactory(name="Harbour Team")
        saved(STAFF, staff(
            row("Wren Worker", team="harbour team", line_manager_email="TAMAR@exampleshire.example", staff_number="77"),
            row("Tamar Manager", "team_manager", team="Harbour Team", start_date="01/09/2026"),
        ))  # fmt: skip
        wren = User.objects.get(email="wren@exampleshire.example")
        assert wren.line_manager is not None
        assert (wren.line_manager.name, wren.staff_number, wren.job_role) == ("Tamar Manager", "77", "social_worker")
        assert wren.service == wren.team.service
        assert wren.line_manager.start_date == date(2026, 9, 1)

    def test_cannot_sign_in_until_they_set_a_password(self) -> None:
        saved(STAFF, staff(row("Wren Worker")))
        assert not User.objects.get(name="Wren Worker").has_usable_password()

    def test_of_an_unknown_team_are_refused_until_it_may_be_added(self) -> None:
        content = staff(row("Wren Worker", team="Moon Team"))
        waiting = received(STAFF, content)
        assert reason(waiting, "wren@exampleshire.example") == (
            "There is no team called “Moon Team”. Tick the box to add it."
        )
        assert waiting.counts["unknown_teams"] == ["Moon Team"]
        saved(STAFF, content, add_teams=True)
        assert User.objects.get(name="Wren Worker").team == Team.objects.get(name="Moon Team")
        assert Team.objects.get(name="Moon Team").service.name == "Not yet assigned"

    def test_bring_their_service_and_area_where_these_may_be_added(self) -> None:
        head = ["name", "email", "job_role", "team", "service", "area"]
        rows = [head, *(["A B", f"a{n}@x.example", "Social worker", "Moon Team", "Night", "North"] for n in range(2))]
        saved(STAFF, csv_file(rows), add_teams=True)
        team = Team.objects.get(name="Moon Team")
        assert (team.service.name, team.area.name) == ("Night", "North")
        assert User.objects.filter(service=team.service, area=team.area).count() == 2


class TestMovers:
    def test_show_what_changes(self) -> None:
        old, new = TeamFactory(name="Old Team"), TeamFactory(name="New Team")
        manager = UserFactory(name="Tamar Manager", email="tamar@exampleshire.example", job_role="team_manager")
        UserFactory(name="Wren Worker", email="wren@exampleshire.example", team=old, service=old.service, area=old.area)
        waiting = received(STAFF, staff(row("Wren Worker", team="New Team", line_manager_email=manager.email)))
        assert outcomes(waiting)[0] == ("wren@exampleshire.example", "changed")
        message = reason(waiting, "wren@exampleshire.example")
        assert "Team: Old Team → New Team" in message
        assert "Line manager: nobody → Tamar Manager" in message
        apply(waiting, STAFF, by=None, at=NOW, today=TODAY)
        wren = User.objects.get(name="Wren Worker")
        assert (wren.team, wren.service, wren.line_manager) == (new, new.service, manager)

    def test_keep_their_password_and_what_the_file_leaves_empty(self) -> None:
        UserFactory(
            name="Wren Worker", email="wren@exampleshire.example", staff_number="77", password="a long pass phrase"
        )
        saved(STAFF, staff(row("Wren Renamed", email="wren@exampleshire.example")))
        wren = User.objects.get(email="wren@exampleshire.example")
        assert (wren.name, wren.staff_number) == ("Wren Renamed", "77")
        assert wren.check_password("a long pass phrase")

    def test_are_known_by_staff_number_when_the_address_changes(self) -> None:
        UserFactory(name="Wren Worker", email="old@exampleshire.example", staff_number="77")
        saved(STAFF, staff(row("Wren Worker", staff_number=77)))
        assert User.objects.get(staff_number="77").email == "wren@exampleshire.example"

    def test_cannot_change_their_own_job_role(self, administrator: User) -> None:
        content = staff(row("Adi Admin", "Principal social worker", email=administrator.email))
        waiting = received(STAFF, content, by=administrator)
        assert "your own record" in reason(waiting, administrator.email)


class TestLeavers:
    def test_get_a_leave_date_and_may_come_back(self) -> None:
        UserFactory(name="Wren Worker", email="wren@exampleshire.example")
        saved(STAFF, staff(row("Wren Worker", leave_date="31 Oct 2026")))
        assert User.objects.get(name="Wren Worker").leave_date == date(2026, 10, 31)
        saved(STAFF, staff(row("Wren Worker", start_date="2026-11-09")))
        assert User.objects.get(name="Wren Worker").leave_date is None

    def test_are_never_made_by_missing_from_the_file(self) -> None:
        UserFactory(name="Left Out", email="left@exampleshire.example")
        imported = saved(STAFF, staff(row("Wren Worker")))
        assert ("left@exampleshire.example", "absent") in outcomes(imported)
        assert imported.counts["absent"] == 1
        assert User.objects.get(name="Left Out").leave_date is None


class TestRefusals:
    @pytest.mark.parametrize(
        ("bad", "message"),
        [
            (row("Wren Worker", "wizard"), "not a job role"),
            (row("Wren Worker", ""), "no job role"),
            (row("Wren Worker", email="wren at home"), "not an e-mail address"),
            (row("Wren Worker", email=""), "no e-mail address"),
            (row("Wren Worker", start_date="31/02/2026"), "not a possible date"),
            (row("Wren Worker", start_date="01/02/2026", leave_date="01/01/2026"), "before the start date"),
            (row("Wren Worker", line_manager_email="nobody@x.example"), "Nobody on the staff list or in this file"),
            (row("Wren Worker", line_manager_email="wren@exampleshire.example"), "own line manager"),
            ([*row("Wren Worker"), "too", "many"], "more cells than there are headings"),
        ],
    )
    def test_say_why(self, bad: list[Any], message: str) -> None:
        waiting = received(STAFF, staff(bad, row("Ada Other")))
        [refused] = waiting.rows.filter(outcome="refused")
        assert message in refused.message
        assert (waiting.counts["rows"], waiting.counts["accepted"], waiting.counts["refused"]) == (2, 1, 1)

    def test_name_everybody_in_a_circle_of_line_managers(self) -> None:
        waiting = received(STAFF, staff(
            row("Ann One", line_manager_email="bea@exampleshire.example"),
            row("Bea Two", line_manager_email="cat@exampleshire.example"),
            row("Cat Three", line_manager_email="ann@exampleshire.example"),
            row("Dot Four", line_manager_email="ann@exampleshire.example"),
        ))  # fmt: skip
        assert reason(waiting, "ann@exampleshire.example").endswith("Ann One → Bea Two → Cat Three → Ann One.")
        assert "own row" in reason(waiting, "dot@exampleshire.example")
        assert waiting.counts["refused"] == 4

    def test_see_a_circle_through_people_already_here(self) -> None:
        boss = UserFactory(name="Bo Boss", email="bo@exampleshire.example")
        UserFactory(name="Wren Worker", email="wren@exampleshire.example", line_manager=boss)
        waiting = received(STAFF, staff(row("Bo Boss", line_manager_email="wren@exampleshire.example")))
        assert "Bo Boss → Wren Worker → Bo Boss" in reason(waiting, "bo@exampleshire.example")

    def test_catch_the_same_person_twice(self) -> None:
        UserFactory(name="Wren Worker", email="wren@exampleshire.example", staff_number="77")
        waiting = received(STAFF, staff(
            row("Wren Worker"), row("Wren Worker"), row("Wren New", email="new@x.example", staff_number="77"),
        ))  # fmt: skip
        messages = [r.message for r in waiting.rows.filter(outcome="refused")]
        assert "in row 2" in messages[0]
        assert "person of row 2" in messages[1]

    def test_catch_a_staff_number_of_somebody_else(self) -> None:
        UserFactory(name="Ada Other", email="ada@exampleshire.example", staff_number="77")
        UserFactory(name="Wren Worker", email="wren@exampleshire.example")
        waiting = received(STAFF, staff(row("Wren Worker", staff_number="77")))
        assert "belongs to Ada Other" in reason(waiting, "wren@exampleshire.example")


class TestSaving:
    def test_changes_nothing_the_second_time(self) -> None:
        content = staff(row("Wren Worker", staff_number="77", start_date="01/09/2026"), row("Ada Other", "IRO"))
        saved(STAFF, content)
        again = saved(STAFF, content)
        assert (again.counts["unchanged"], again.counts["added"], again.counts["changed"]) == (2, 0, 0)

    def test_happens_once_however_often_it_is_asked(self, administrator: User) -> None:
        waiting = received(STAFF, staff(row("Wren Worker")))
        apply(waiting, STAFF, by=administrator, at=NOW, today=TODAY)
        with pytest.raises(AlreadyDone, match="already saved"):
            apply(waiting, STAFF, by=administrator, at=NOW, today=TODAY)
        assert Activity.objects.get(verb="imported staff").detail["added"] == 1

    def test_shows_the_preview_again_where_records_changed_since(self) -> None:
        waiting = received(STAFF, staff(row("Wren Worker")))
        UserFactory(name="Wren Worker", email="wren@exampleshire.example")
        with pytest.raises(PreviewOutdated):
            apply(waiting, STAFF, by=None, at=NOW, today=TODAY)
        waiting.refresh_from_db()
        assert (waiting.status, waiting.counts["unchanged"]) == (FileImport.Status.PREVIEW, 1)
        apply(waiting, STAFF, by=None, at=NOW, today=TODAY)

    def test_of_a_discarded_file_is_refused_and_its_content_gone(self) -> None:
        waiting = received(STAFF, staff(row("Wren Worker")))
        discard(waiting, by=None, at=NOW)
        with pytest.raises(AlreadyDone):
            apply(waiting, STAFF, by=None, at=NOW, today=TODAY)
        waiting.refresh_from_db()
        assert waiting.content is None
        assert not FileImportRow.objects.exists()

    def test_takes_the_same_number_of_statements_for_any_number_of_people(
        self, django_assert_max_num_queries: DjangoAssertNumQueries
    ) -> None:
        people = [row(f"P{n} Person", staff_number=n, line_manager_email="p0@exampleshire.example" if n else "")
                  for n in range(300)]  # fmt: skip
        with django_assert_max_num_queries(40):
            saved(STAFF, staff(*people))
        assert User.objects.count() == 300


class TestColumns:
    def test_are_asked_once_and_remembered_for_the_same_headings(self) -> None:
        rows = [["Employee", "Mailbox", "Post"], ["Wren Worker", "wren@exampleshire.example", "Social worker"]]
        mapping = {"name": "employee", "email": "mailbox", "job_role": "post"}
        first = received(STAFF, csv_file(rows), mapping=mapping)
        assert first.counts["added"] == 1
        moved = [[r[2], r[0], r[1]] for r in rows]
        again = received(STAFF, workbook({"Staff": moved}))
        assert again.mapping == mapping
        assert again.counts["added"] == 1

    def test_nobody_chose_are_not_kept(self) -> None:
        rows = [["name", "email", "job_role", "Secret"], ["W W", "w@x.example", "IRO", "CANARY"]]
        waiting = received(STAFF, csv_file(rows))
        kept = str(list(waiting.rows.values())) + str(waiting.mapping) + str(waiting.counts)
        assert "CANARY" not in kept


class TestRoleCode:
    @pytest.mark.parametrize("text", ["iro", "IRO", "Independent Reviewing Officer", "independent  reviewing officer"])
    def test_knows_code_and_label_in_any_case(self, text: str) -> None:
        assert role_code(text) == JobRole.IRO

    def test_is_none_for_other_words(self) -> None:
        assert role_code("wizard") is None


class TestServicesAndAreas:
    def test_must_be_known_unless_they_may_be_added(self) -> None:
        AreaFactory(name="North")
        ServiceFactory(name="Day")
        head = ["name", "email", "job_role", "service", "area"]
        rows = [head, ["A B", "a@x.example", "IRO", "day", "north"], ["B C", "b@x.example", "IRO", "Night", "North"]]
        waiting = received(STAFF, csv_file(rows))
        assert outcomes(waiting)[:2] == [("a@x.example", "added"), ("b@x.example", "refused")]
