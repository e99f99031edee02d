"""With whom an audit was shared (A20): once each, by the portal and by hand."""

from __future__ import annotations

import html
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import InternalError, transaction
from django.test import Client
from django.urls import reverse

from audits import immediate_risks, sharing
from audits.models import Audit, Share
from audits.whole_audit import afterwards
from audits.whole_audit.blocks import Table
from people.models import OutgoingMail, Team, User
from people.roles import JobRole
from tests.cast import submitted
from tests.conftest import NOW, TODAY
from tests.factories import UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]
ACT: dict[str, Any] = {"at": NOW, "today": TODAY}


@pytest.fixture
def done(audit: Audit, head_of_service: User) -> Audit:
    return submitted(audit, **ACT)


def by_hand(audit: Audit, by: User, **changes: Any) -> Share:
    given: dict[str, Any] = {
        "person": None,
        "name": "Kit Partner",
        "part": "Health visitor",
        "how": Share.How.MEETING,
        "shared_on": TODAY,
        **changes,
    }
    return sharing.record_by_hand(audit, **given, by=by, **ACT)


class TestRecord:
    def test_writes_the_same_sharing_once(self, audit: Audit, team_manager: User) -> None:
        for later in (0, 3):
            sharing.record(audit, person=team_manager, part="Team manager", at=NOW, today=TODAY + timedelta(days=later))
        share = Share.objects.get()
        assert (share.name, share.shared_on, share.shared_by) == (team_manager.name, TODAY, None)

    def test_tells_the_parts_of_one_person_apart(self, audit: Audit, team_manager: User) -> None:
        for part in ("Team manager", "Told of a risk"):
            sharing.record(audit, person=team_manager, part=part, **ACT)
        assert Share.objects.count() == 2

    def test_writes_a_row_for_each_risk(self, audit: Audit, team_manager: User, head_of_service: User) -> None:
        for concern in ("Nobody has seen the child.", "The father is back."):
            immediate_risks.raise_risk(audit, concern=concern, done_already="", by=audit.auditor, **ACT)
        assert Share.objects.filter(person=team_manager).count() == 2

    def test_takes_a_name_of_any_length(self, audit: Audit) -> None:
        sharing.record(audit, person=None, name="N" * 150, part="P" * 100, **ACT)
        assert Share.objects.get().name == "N" * 150

    def test_is_never_changed(self, audit: Audit, team_manager: User) -> None:
        share = sharing.record(audit, person=team_manager, part="Team manager", **ACT)
        with pytest.raises(InternalError), transaction.atomic():
            Share.objects.filter(pk=share.pk).update(name="Somebody else")


class TestByHand:
    def test_is_the_auditor_s_or_the_programme_s(self, done: Audit, psw: User, team_manager: User) -> None:
        by_hand(done, done.auditor)
        by_hand(done, psw, name="Lou Reviewer")
        with pytest.raises(sharing.ShareError, match="Only the auditor or the audit programme"):
            by_hand(done, team_manager)

    def test_waits_until_it_is_submitted(self, audit: Audit) -> None:
        with pytest.raises(sharing.ShareError):
            by_hand(audit, audit.auditor)

    def test_may_be_of_the_day_it_was_given_out_in_london(self, done: Audit) -> None:
        late = datetime(2026, 7, 1, 23, 30, tzinfo=UTC)  # half past midnight on the 2nd
        Audit.objects.filter(pk=done.pk).update(allocated_at=late)
        with pytest.raises(sharing.ShareError, match="before the audit was given out"):
            by_hand(done, done.auditor, shared_on=date(2026, 7, 1))
        assert by_hand(done, done.auditor, shared_on=date(2026, 7, 2))

    def test_keeps_two_talks_on_two_days(self, done: Audit) -> None:
        for day in (TODAY, TODAY - timedelta(days=1), TODAY):
            by_hand(done, done.auditor, shared_on=day)
        assert Share.objects.filter(name="Kit Partner").count() == 2

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"name": "  "}, "name"),
            ({"part": ""}, "part"),
            ({"shared_on": TODAY + timedelta(days=1)}, "shared_on"),
            ({"shared_on": date(2026, 1, 1)}, "shared_on"),
        ],
    )
    def test_is_refused_with_what_to_mend(self, done: Audit, changes: dict[str, Any], field: str) -> None:
        with pytest.raises(sharing.ShareError) as refused:
            by_hand(done, done.auditor, **changes)
        assert refused.value.field == field


class TestPage:
    def posted(self, client: Client, audit: Audit, **changes: str) -> Any:
        day = {"shared_on_day": "9", "shared_on_month": "11", "shared_on_year": "2026"}
        given = {"who": "else", "name": "Kit Partner", "part": "Health visitor", "how": "document", **day, **changes}
        return client.post(reverse("audits:sharing", args=[audit.reference]), given, follow=True)

    def test_lists_whom_the_portal_told(self, client: Client, done: Audit, team_manager: User) -> None:
        client.force_login(team_manager)
        page = client.get(reverse("audits:sharing", args=[done.reference])).content.decode()
        for words in ("Wren Worker", "Tamar Manager", "Hana Head", "The finished audit", "10 November 2026"):
            assert words in page
        assert "Add to the record" not in page
        assert self.posted(client, done).status_code == 403

    def test_tells_a_risk_from_the_finished_audit(self, client: Client, done: Audit, team_manager: User) -> None:
        part = f"Team manager{sharing.OF_RISK}"
        sharing.record(done, person=team_manager, part=part, at=NOW, today=TODAY)
        client.force_login(team_manager)
        shares = client.get(reverse("audits:sharing", args=[done.reference])).context["shares"]
        told = [row["told"] for row in shares if row["share"].person == team_manager]
        assert told == [("Team manager", "The finished audit"), ("Team manager", "A child at risk")]

    def test_says_how_in_the_words_of_the_documents(self, client: Client, done: Audit) -> None:
        by_hand(done, done.auditor)
        [part] = afterwards.sharing(done.shares.select_related("shared_by"))
        assert isinstance(part.blocks[0], Table)
        words = {row[2] for row in part.blocks[0].rows}
        assert words == {"An email with a link", "Talked over with them"}
        client.force_login(done.auditor)
        page = client.get(reverse("audits:sharing", args=[done.reference])).content.decode()
        assert all(f"<div>{each}<br>" in page for each in words)

    def test_says_whether_the_email_has_left(self, client: Client, done: Audit, worker: User) -> None:
        client.force_login(done.auditor)
        address = reverse("audits:sharing", args=[done.reference])
        assert client.get(address).content.decode().count("Waiting to be sent") == 3
        OutgoingMail.objects.filter(recipient=worker).update(status="sent", sent_at=NOW)
        page = client.get(address).content.decode()
        assert page.count("Waiting to be sent") == 2
        assert page.count("Sent 10 November 2026") == 1

    def test_says_before_submission_when_it_begins(self, client: Client, audit: Audit, team_manager: User) -> None:
        for person in (audit.auditor, team_manager):
            client.force_login(person)
            answer = client.get(reverse("audits:sharing", args=[audit.reference]))
            assert answer.status_code == 200
            assert "begins when the audit is submitted" in answer.content.decode()

    def test_adds_what_happened_outside(self, client: Client, done: Audit) -> None:
        client.force_login(done.auditor)
        page = self.posted(client, done).content.decode()
        assert "Kit Partner" in page
        assert "Given the document" in page
        assert "Written down by Ada Auditor, 10 November 2026 at 10:00" in page

    def test_adds_somebody_the_case_names(self, client: Client, done: Audit, worker: User) -> None:
        client.force_login(done.auditor)
        self.posted(client, done, who=f"worker-{worker.pk}", name="", part="")
        share = Share.objects.get(how="document")
        assert (share.person, share.part) == (worker, "Worker")

    @pytest.mark.parametrize("missing", ["who", "name", "part", "how", "shared_on_year"])
    def test_asks_for_what_is_missing(self, client: Client, done: Audit, missing: str) -> None:
        client.force_login(done.auditor)
        assert "There is a problem" in self.posted(client, done, **{missing: ""}).content.decode()
        assert not Share.objects.filter(how="document").exists()

    def test_promises_nothing_to_a_chair_who_cannot_see_it(self, client: Client, done: Audit, other_team: Team) -> None:
        done.case.chair = UserFactory(name="Chi Chair", job_role=JobRole.CP_CHAIR, team=other_team)
        done.case.save()
        client.force_login(done.auditor)
        page = html.unescape(client.get(reverse("audits:sharing", args=[done.reference])).content.decode())
        assert "Chi Chair reviews this case and cannot open the audit in the portal" in page
        assert not Share.objects.filter(person=done.case.chair).exists()

    def test_takes_as_many_queries_for_many_as_for_few(
        self, client: Client, done: Audit, django_assert_max_num_queries: Any
    ) -> None:
        for day in range(8):
            by_hand(done, done.auditor, shared_on=TODAY - timedelta(days=day))
        client.force_login(done.auditor)
        url = reverse("audits:sharing", args=[done.reference])
        client.get(url)
        with django_assert_max_num_queries(9):
            client.get(url)
