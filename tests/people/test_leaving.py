"""Somebody leaves: what is shown first, what is written down, and the way back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.test import Client

from allocation.changes.attention import needs_attention
from allocation.competence import competency
from audits.models import Audit, Status
from people import leaving
from people.leaving import LeavingError
from people.line_management import team_manager_of
from people.models import Activity, User
from people.roles import JobRole
from tests.conftest import NOW, TODAY
from tests.factories import AuditFactory, CaseFactory, CycleFactory, SmartActionFactory, UserFactory

pytestmark = pytest.mark.usefixtures("db", "today")

LAST = date(2026, 11, 20)
DAY = {"on_day": "20", "on_month": "11", "on_year": "2026"}


@pytest.fixture
def page(client: Client, psw: User) -> Client:
    """The browser of the principal social worker."""
    client.force_login(psw)
    return client


def text_of(response: Any) -> str:
    return " ".join(response.content.decode().split())


def leaves(person: User, by: User, on: date = LAST) -> User:
    return leaving.leaves(person, on=on, by=by, at=NOW, today=TODAY)


class TestLeaving:
    def test_is_written_down_with_who_did_it(self, auditor: User, psw: User) -> None:
        leaves(auditor, psw)
        auditor.refresh_from_db()
        assert auditor.leave_date == LAST
        done = Activity.objects.get(verb="recorded that somebody leaves")
        assert (done.by, done.target) == (psw, f"person:{auditor.pk}")
        assert done.detail == {"leave_date": "2026-11-20", "leave_date_before": None}

    def test_can_be_corrected_and_taken_back(self, auditor: User, psw: User) -> None:
        leaves(auditor, psw)
        leaves(auditor, psw, date(2026, 12, 1))
        assert leaving.stays(auditor, by=psw, at=NOW).leave_date is None
        assert Activity.objects.get(verb="recorded that somebody stays").detail["leave_date_before"] == "2026-12-01"
        with pytest.raises(LeavingError, match="No date of leaving"):
            leaving.stays(auditor, by=psw, at=NOW)

    def test_writes_nothing_where_the_day_is_the_same(self, auditor: User, psw: User) -> None:
        leaves(auditor, psw)
        leaves(auditor, psw)
        assert Activity.objects.filter(verb="recorded that somebody leaves").count() == 1

    @pytest.mark.parametrize(
        ("on", "words"), [(date(2026, 9, 30), "1 October 2026 or later"), (date(2062, 11, 20), "Check the year")]
    )
    def test_refuses_a_day_that_makes_no_sense(self, psw: User, on: date, words: str) -> None:
        person = UserFactory(start_date=date(2026, 10, 1))
        with pytest.raises(LeavingError, match=words) as refused:
            leaves(person, psw, on)
        assert refused.value.field == "on"
        person.refresh_from_db()
        assert person.leave_date is None

    def test_is_never_written_down_by_oneself(self, psw: User) -> None:
        with pytest.raises(LeavingError, match="your own record"):
            leaves(psw, psw)
        psw.leave_date = LAST
        with pytest.raises(LeavingError, match="your own record"):
            leaving.stays(psw, by=psw, at=NOW)

    def test_brings_what_they_hold_to_whoever_runs_the_programme(self, audit: Audit, psw: User) -> None:
        month = CycleFactory(template_version=audit.template_version, status="published", published_at=NOW)
        assert needs_attention(month, today=TODAY) == []
        leaves(audit.auditor, psw)
        (found,) = needs_attention(month, today=TODAY)
        assert found.audit == audit
        assert found.reasons == ("Ada Auditor leaves on 20 November 2026, before it is due",)
        leaving.stays(audit.auditor, by=psw, at=NOW)
        assert needs_attention(month, today=TODAY) == []


class TestConsequences:
    def test_name_whom_they_manage_and_who_hears_instead(self, team_manager: User, worker: User) -> None:
        found = leaving.consequences(team_manager, on=LAST)
        assert [person.name for person in found.reports] == ["Wren Worker"]
        assert found.manager_instead is not None
        assert found.manager_instead.name == "Hana Head"

    def test_name_nobody_where_the_leaver_is_the_last_to_be_told(self, psw: User) -> None:
        UserFactory(line_manager=psw)
        found = leaving.consequences(psw, on=LAST)
        assert found.manager_instead is None
        assert found.last_of_the_programme

    def test_name_the_team_they_lead_and_who_leads_it_then(self, team_manager: User) -> None:
        deputy = UserFactory(job_role=JobRole.DEPUTY_TEAM_MANAGER, team=team_manager.team)
        found = leaving.consequences(team_manager, on=LAST)
        assert (found.team, found.leads_instead) == (team_manager.team, deputy)
        assert leaving.consequences(deputy, on=LAST).team is None
        leaves(deputy, team_manager)
        assert leaving.consequences(team_manager, on=LAST).leads_instead is None

    def test_name_of_two_managers_of_a_team_only_the_one_who_counts_as_its_manager(self, team_manager: User) -> None:
        second = UserFactory(job_role=JobRole.TEAM_MANAGER, team=team_manager.team)
        assert team_manager_of(team_manager.team_id, today=TODAY) == team_manager
        found = leaving.consequences(team_manager, on=LAST)
        assert (found.team, found.leads_instead) == (team_manager.team, second)
        assert leaving.consequences(second, on=LAST).team is None


class TestPage:
    def address(self, person: User) -> str:
        return f"/people/{person.pk}/leaves/"

    def test_shows_what_will_happen_before_anything_is_recorded(
        self, page: Client, audit: Audit, worker: User, psw: User
    ) -> None:
        auditor = audit.auditor
        report = UserFactory(name="Rey Report", line_manager=auditor)
        supervised = AuditFactory(
            reference="2026-11-0801", case=CaseFactory(), template_version=audit.template_version, supervisor=auditor
        )
        submitted = AuditFactory(
            reference="2026-11-0802",
            case=CaseFactory(),
            template_version=audit.template_version,
            status=Status.ACTIONS,
            submitted_at=NOW,
            part_b_due_on=date(2026, 11, 24),
        )
        action = SmartActionFactory(audit=submitted, owner=auditor, number=3)
        text = text_of(page.post(self.address(auditor), DAY))
        assert "Nothing is recorded yet." in text
        assert "From 20 November 2026 on, Ada Auditor" in text
        for address in (
            f"/audits/{audit.reference}/",
            f"/audits/{audit.reference}/another-auditor/",
            f"/audits/{supervised.reference}/",
            f"/actions/{action.pk}/",
            f"/people/{report.pk}/",
            f"/people/{auditor.line_manager_id}/",
            f"/people/?team={auditor.team_id}",
        ):
            assert f'href="{address}"' in text, address
        auditor.refresh_from_db()
        assert auditor.leave_date is None

    def test_records_it_and_offers_the_way_back(self, page: Client, auditor: User) -> None:
        text = text_of(page.post(self.address(auditor), DAY | {"record": "1"}, follow=True))
        assert "Recorded: Ada Auditor leaves on 20 November 2026." in text
        assert "Ada Auditor leaves on 20 November 2026.</strong>" in text
        assert "What has to be settled" in text
        assert "Ada Auditor stays</button>" in text
        text = text_of(page.post(f"/people/{auditor.pk}/stays/", follow=True))
        assert "Recorded: Ada Auditor stays." in text
        assert "What has to be settled" not in text

    def test_says_of_whoever_is_gone_that_they_left(self, page: Client, auditor: User) -> None:
        day = {"on_day": "2", "on_month": "11", "on_year": "2026"}
        assert "Ada Auditor counts as gone since 2 November 2026" in text_of(page.post(self.address(auditor), day))
        text = text_of(page.post(self.address(auditor), day | {"record": "1"}, follow=True))
        assert "Ada Auditor left on 2 November 2026.</strong>" in text

    def test_says_what_is_wrong_with_the_day(self, page: Client, auditor: User) -> None:
        text = text_of(page.post(self.address(auditor), {"on_day": "31", "on_month": "11", "on_year": "2026"}))
        assert "The date of leaving must be a real date" in text
        assert "Record that" not in text

    def test_tells_an_administrator_how_much_a_leaver_holds_but_not_what_or_whose(
        self, client: Client, audit: Audit, administrator: User, psw: User
    ) -> None:
        supervisor, template = audit.auditor, audit.template_version.template
        competency.sign_off_before(
            [supervisor], template, note="Long before the portal", on=date(2025, 5, 1), by=psw, at=NOW
        )
        learner = UserFactory(name="Lea Learner", job_role=JobRole.IRO)
        competency.begin(learner, template, supervisor=supervisor, by=psw, at=NOW)
        version = audit.template_version
        for number in (1, 2):
            reference = f"2026-11-080{number}"
            AuditFactory(
                reference=reference,
                case=CaseFactory(),
                template_version=version,
                auditor=learner,
                supervisor=supervisor,
            )
        given_back = {"status": Status.ACTIONS, "submitted_at": NOW, "part_b_due_on": date(2026, 11, 24)}
        submitted = AuditFactory(reference="2026-11-0803", case=CaseFactory(), template_version=version, **given_back)
        SmartActionFactory(audit=submitted, owner=supervisor, number=3)
        client.force_login(administrator)
        asked = text_of(client.post(self.address(supervisor), DAY))
        leaves(supervisor, psw)
        for text in (asked, text_of(client.get(f"/people/{supervisor.pk}/"))):
            for count in ("1 audit.", "2 audits.", "1 learning auditor.", "1 action."):
                assert f"<li>{count} The principal social worker sees which.</li>" in text, count
            for secret in ("Lea Learner", str(template), "30 November 2026", audit.reference, "2026-11-0801"):
                assert secret not in text, secret

    def test_says_which_audits_the_month_lists_when(self, page: Client, audit: Audit) -> None:
        text = text_of(page.post(self.address(audit.auditor), DAY))
        assert f"those that are due on the day {audit.auditor} leaves or later, and from that day on every one" in text

    def test_names_the_learners_of_a_supervisor(self, page: Client, audit: Audit, psw: User) -> None:
        template = audit.template_version.template
        signed_off = {"note": "Before the portal", "on": date(2025, 5, 1), "by": psw, "at": NOW}
        competency.sign_off_before([audit.auditor], template, **signed_off)
        learner = UserFactory(name="Lea Learner", job_role=JobRole.IRO)
        record = competency.begin(learner, template, supervisor=audit.auditor, by=psw, at=NOW)
        text = text_of(page.post(self.address(audit.auditor), DAY))
        assert f'href="/competency/records/{record.pk}/">Lea Learner</a>' in text

    def test_is_offered_on_other_peoples_pages_only(self, page: Client, auditor: User, psw: User) -> None:
        assert "Record that Ada Auditor leaves" in text_of(page.get(f"/people/{auditor.pk}/"))
        assert "Record that" not in text_of(page.get(f"/people/{psw.pk}/"))
        assert "your own record" in text_of(page.post(self.address(psw), DAY))

    def test_hides_what_a_leaver_holds_from_those_who_only_read_the_staff_list(
        self, client: Client, audit: Audit, psw: User, assistant_director: User
    ) -> None:
        leaves(audit.auditor, psw)
        client.force_login(assistant_director)
        text = text_of(client.get(f"/people/{audit.auditor_id}/"))
        assert "leaves on 20 November 2026" in text
        assert "What has to be settled" not in text
        assert "stays</button>" not in text

    def test_asks_no_more_of_somebody_who_holds_much(
        self, page: Client, audit: Audit, django_assert_max_num_queries: Callable[[int], Any]
    ) -> None:
        for number in range(8):
            case = CaseFactory(reference=f"C9{number}")
            AuditFactory(
                reference=f"2026-11-09{number:02d}",
                case=case,
                template_version=audit.template_version,
                auditor=audit.auditor,
            )
        with django_assert_max_num_queries(22):
            page.post(self.address(audit.auditor), DAY)
