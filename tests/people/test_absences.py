"""When people are away and how they audit: written down on their own page (P1, P2, P3)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.test import Client

from audits.models import Audit
from people import absences, auditing, file_import
from people.models import Absence, Activity, FileImportRow, User
from people.spreadsheet import Limits, read_sheets
from people.staff_import import STAFF
from tests.cast import date_parts
from tests.conftest import NOW, TODAY

pytestmark = pytest.mark.django_db
FIRST, LAST = date(2026, 11, 23), date(2026, 11, 27)
LIMITS = Limits(size=1 << 20, inflated=1 << 24, rows=100)


@pytest.fixture(autouse=True)
def ten_november() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


def away(person: User, starts: date = FIRST, ends: date = LAST, reason: str = "Annual leave") -> Absence:
    return absences.add(person, starts=starts, ends=ends, reason=reason, by=person, at=NOW)


def days(starts: date = FIRST, ends: date = LAST, **more: str) -> dict[str, str]:
    return {**date_parts("starts", starts), **date_parts("ends", ends), "reason": "Annual leave", **more}


def text_of(response: Any) -> str:
    return " ".join(response.content.decode().split())


class TestAdding:
    def test_writes_it_down_and_leaves_the_reason_out_of_the_activity(self, auditor: User) -> None:
        absence = away(auditor, reason=" Sick leave ")
        assert (absence.starts, absence.ends, absence.reason) == (FIRST, LAST, "Sick leave")
        told = Activity.objects.get(verb="added an absence")
        assert told.detail == {"starts": "2026-11-23", "ends": "2026-11-27"}

    @pytest.mark.parametrize(
        ("starts", "ends"),
        [(FIRST, LAST), (FIRST - timedelta(5), FIRST), (LAST, LAST + timedelta(5)), (date(2026, 11, 25),) * 2],
    )
    def test_refuses_days_that_overlap(self, auditor: User, starts: date, ends: date) -> None:
        away(auditor)
        with pytest.raises(absences.AbsenceError, match="from 23 November 2026 to 27 November 2026") as error:
            away(auditor, starts, ends)
        assert error.value.field == "starts"
        assert Absence.objects.count() == 1

    def test_takes_the_days_before_and_after_and_the_same_days_of_somebody_else(
        self, auditor: User, worker: User
    ) -> None:
        away(auditor)
        away(auditor, FIRST - timedelta(2), FIRST - timedelta(1))
        away(auditor, LAST + timedelta(1), LAST + timedelta(1))
        away(worker)
        assert Absence.objects.count() == 4

    def test_refuses_days_the_wrong_way_round(self, auditor: User) -> None:
        with pytest.raises(absences.AbsenceError) as error:
            away(auditor, LAST, FIRST)
        assert error.value.field == "ends"
        with pytest.raises(IntegrityError), transaction.atomic():
            Absence.objects.create(user=auditor, starts=LAST, ends=FIRST)


class TestPage:
    def test_adds_and_removes_ones_own(self, client: Client, auditor: User) -> None:
        client.force_login(auditor)
        response = client.post(f"/people/{auditor.pk}/away/", days(), follow=True)
        assert response.redirect_chain == [(f"/people/{auditor.pk}/", 302)]
        text = text_of(response)
        assert "Away 23 November 2026 to 27 November 2026." in text
        assert "Annual leave" in text
        response = client.post(f"/people/{auditor.pk}/away/{Absence.objects.get().pk}/remove/", follow=True)
        assert "None recorded from today on." in text_of(response)
        assert Absence.objects.count() == 0

    def test_lets_those_who_keep_staff_records_do_it_for_others(
        self, client: Client, auditor: User, administrator: User
    ) -> None:
        client.force_login(administrator)
        client.post(f"/people/{auditor.pk}/away/", days())
        assert Absence.objects.get().user == auditor

    def test_keeps_others_out_and_the_reason_to_itself(
        self, client: Client, auditor: User, head_of_service: User, worker: User
    ) -> None:
        absence = away(auditor, reason="Operation")
        client.force_login(head_of_service)
        text = text_of(client.get(f"/people/{auditor.pk}/"))
        assert "23 November 2026" in text
        assert "Operation" not in text
        assert client.post(f"/people/{auditor.pk}/away/", days()).status_code == 403
        assert client.post(f"/people/{auditor.pk}/away/{absence.pk}/remove/").status_code == 403
        client.force_login(worker)
        assert client.post(f"/people/{auditor.pk}/away/{absence.pk}/remove/").status_code == 404
        assert client.post(f"/people/{worker.pk}/away/{absence.pk}/remove/").status_code == 404
        assert Absence.objects.get() == absence

    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"starts_day": ""}, "The first day away must include a day"),
            (days(LAST, FIRST), "The last day must be the first day or later."),
            (days(), "These days overlap with an absence from 23 November 2026 to 27 November 2026."),
        ],
    )
    def test_says_what_is_wrong(self, client: Client, auditor: User, changes: dict[str, str], words: str) -> None:
        away(auditor)
        client.force_login(auditor)
        assert words in text_of(client.post(f"/people/{auditor.pk}/away/", days() | changes))


class TestAuditsDueMeanwhile:
    def test_are_named_to_the_auditor_with_what_to_do(self, client: Client, audit: Audit) -> None:
        away(audit.auditor, FIRST, audit.due_on)
        client.force_login(audit.auditor)
        text = text_of(client.get(f"/people/{audit.auditor_id}/"))
        assert f"Audit {audit.reference}</a>, due 30 November 2026, away from 23 November 2026" in text
        assert "ask for more time or for an exemption now" in text

    def test_are_only_counted_for_those_who_may_not_see_them(
        self, client: Client, audit: Audit, administrator: User, head_of_service: User
    ) -> None:
        away(audit.auditor, FIRST, audit.due_on)
        client.force_login(administrator)
        text = text_of(client.get(f"/people/{audit.auditor_id}/"))
        assert "An audit, due 30 November 2026" in text
        assert audit.reference not in text
        client.force_login(head_of_service)
        assert "due 30 November 2026" not in text_of(client.get(f"/people/{audit.auditor_id}/"))

    @pytest.mark.parametrize(
        ("ends", "changes"),
        [
            (date(2026, 11, 29), {}),
            (date(2026, 12, 24), {"status": "withdrawn"}),
            (date(2026, 12, 24), {"due_on": TODAY}),
        ],
    )
    def test_are_not_those_due_on_other_days_or_done_with(
        self, client: Client, audit: Audit, ends: date, changes: dict[str, Any]
    ) -> None:
        Audit.objects.filter(pk=audit.pk).update(**changes)
        away(audit.auditor, FIRST, ends)
        client.force_login(audit.auditor)
        assert "Due while you are away" not in text_of(client.get(f"/people/{audit.auditor_id}/"))


class TestAuditing:
    def test_is_changed_by_those_who_keep_staff_records(
        self, client: Client, auditor: User, administrator: User
    ) -> None:
        client.force_login(administrator)
        posted = {"audits_as_rule": "no", "audit_group": " B ", "monthly_quota": "3"}
        response = client.post(f"/people/{auditor.pk}/auditing/", posted, follow=True)
        assert "It counts from the next draw on." in text_of(response)
        auditor.refresh_from_db()
        assert (auditor.audits_as_rule, auditor.audit_group, auditor.monthly_quota) == (False, "B", 3)
        assert auditor not in User.objects.auditors()
        told = Activity.objects.get(verb="changed how somebody audits").detail
        assert (told["monthly_quota_before"], told["monthly_quota"]) == (1, 3)

    def test_goes_back_to_what_the_job_role_says(self, client: Client, auditor: User, administrator: User) -> None:
        User.objects.filter(pk=auditor.pk).update(audits_as_rule=False)
        client.force_login(administrator)
        assert "As the job role says: expected to audit" in text_of(client.get(f"/people/{auditor.pk}/auditing/"))
        client.post(f"/people/{auditor.pk}/auditing/", {"audits_as_rule": "", "monthly_quota": "1"})
        assert auditor in User.objects.auditors()

    def test_is_for_nobody_else_not_even_oneself(self, client: Client, auditor: User, assistant_director: User) -> None:
        for person in (auditor, assistant_director):
            client.force_login(person)
            assert client.post(f"/people/{auditor.pk}/auditing/", {"monthly_quota": "0"}).status_code == 403

    def test_of_the_same_writes_nothing(self, auditor: User, psw: User) -> None:
        auditing.change(auditor, audits_as_rule=None, audit_group="", monthly_quota=1, by=psw, at=NOW)
        assert not Activity.objects.exists()

    @pytest.mark.parametrize(
        ("quota", "words"),
        [("", "Enter how many"), ("many", "Enter a whole number"), ("32", "must be 31 or less")],
    )
    def test_says_what_is_wrong(
        self, client: Client, auditor: User, administrator: User, quota: str, words: str
    ) -> None:
        client.force_login(administrator)
        assert words in text_of(client.post(f"/people/{auditor.pk}/auditing/", {"monthly_quota": quota}))

    @pytest.mark.parametrize(("cell", "group", "outcome"), [("", "B", "unchanged"), ("C", "C", "changed")])
    def test_is_undone_by_a_staff_file_only_where_its_cell_is_filled_and_the_preview_says_so(
        self, auditor: User, administrator: User, cell: str, group: str, outcome: str
    ) -> None:
        """What the form's hint promises."""
        auditing.change(auditor, audits_as_rule=True, audit_group="B", monthly_quota=2, by=administrator, at=NOW)
        auditor.refresh_from_db()
        words = f"name,email,job role,audit group,quota\n{auditor.name},{auditor.email},team_manager,{cell},\n"
        waiting = file_import.receive(
            STAFF,
            sheets=read_sheets(words.encode(), limits=LIMITS),
            content=words.encode(),
            name="staff.csv",
            options={"add_teams": False},
            by=administrator,
            at=NOW,
            today=TODAY,
        )
        row = FileImportRow.objects.get(file_import=waiting, reference=auditor.email)
        assert (row.outcome, row.message) == (outcome, "Audit group: B → C" if cell else "")
        file_import.apply(waiting, STAFF, by=administrator, at=NOW, today=TODAY)
        auditor.refresh_from_db()
        assert (auditor.audit_group, auditor.monthly_quota, auditor.audits_as_rule) == (group, 2, True)
