"""The pages of a disagreement: what they say, what they keep, whom they let in, what they cost."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from audits.after import mediation
from audits.after.reviewing import Came
from audits.models import Audit, Dispute, ReviewSession
from audits.whole_audit import whole_audit, with_everyone
from people.models import User
from people.roles import JobRole
from tests.audits.after.disagreeing import COMMON, SAID, disagreed, line, mediated, reviewed
from tests.cast import date_parts, submitted
from tests.conftest import NOW, TODAY
from tests.factories import UserFactory

pytestmark = pytest.mark.usefixtures("today")
UP = Came("changed", "The visits are there after all.", grade="outstanding")


@pytest.fixture
def done(audit: Audit, psw: User) -> Audit:
    return submitted(audit, at=NOW, today=TODAY)


@pytest.fixture
def quality(db: None) -> User:
    return UserFactory(name="Quinn Quality", job_role=JobRole.QA_OFFICER)


def signed_in(client: Client, person: User) -> Client:
    client.force_login(person)
    return client


def text_of(response: Any) -> str:
    return " ".join(response.content.decode().split())


class TestRaisePage:
    def test_raises_what_was_written_and_leads_to_both_views(self, client: Client, done: Audit, worker: User) -> None:
        page = signed_in(client, worker)
        sent = {"said__overall": SAID, "wanted__overall": "outstanding", "said__S1-02": "It is done."}
        response = page.post(f"/audits/{done.reference}/disagree/", sent)
        assert response.status_code == 302
        text = text_of(page.get(response.headers["Location"]))
        assert SAID in text
        assert "The sections point that way." in text  # the auditor's own reasons beside it
        assert "by 24 November 2026" in text
        assert Dispute.objects.get().lines.count() == 2

    def test_keeps_what_was_typed_where_something_is_missing(self, client: Client, done: Audit, worker: User) -> None:
        page = signed_in(client, worker)
        text = text_of(page.post(f"/audits/{done.reference}/disagree/", {"said__overall": SAID}))
        assert "Choose the grade that you would give" in text
        assert SAID in text

    def test_leads_who_comes_too_late_to_how_it_stands(
        self, client: Client, done: Audit, worker: User, team_manager: User
    ) -> None:
        disagreed(done, worker)
        page = signed_in(client, team_manager)
        response = page.get(f"/audits/{done.reference}/disagree/", follow=True)
        assert "Wren Worker has raised it already" in text_of(response)
        sent = {"said__overall": SAID, "wanted__overall": "outstanding"}
        assert page.post(f"/audits/{done.reference}/disagree/", sent).status_code == 403

    def test_is_offered_in_part_b_until_it_is_signed(self, client: Client, done: Audit, worker: User) -> None:
        address = f"/audits/{done.reference}/disagree/"
        assert address in text_of(signed_in(client, worker).get(f"/audits/{done.reference}/part-b/"))
        assert address not in text_of(signed_in(client, done.auditor).get(f"/audits/{done.reference}/part-b/"))


class TestReviewPage:
    def test_records_the_session(self, client: Client, done: Audit, worker: User) -> None:
        disagreed(done, worker)
        page = signed_in(client, done.auditor)
        sent = {
            **date_parts("held_on", TODAY),
            "present": [worker.pk, done.auditor.pk],
            "note": "We met.",
            "agreed": "yes",
            "outcome__overall": "changed",
            "grade__overall": "outstanding",
            "why__overall": "The visits are there.",
        }
        text = text_of(page.post(f"/audits/{done.reference}/disagreement/review/", sent, follow=True))
        assert "First grade" in text
        assert "Final grade" in text
        assert ReviewSession.objects.get().present.count() == 2

    def test_says_what_is_missing_beside_the_line(self, client: Client, done: Audit, worker: User) -> None:
        disagreed(done, worker)
        page = signed_in(client, done.auditor)
        sent = {
            **date_parts("held_on", TODAY),
            "present": [worker.pk, done.auditor.pk],
            "note": "We met.",
            "agreed": "yes",
        }
        text = text_of(page.post(f"/audits/{done.reference}/disagreement/review/", sent))
        assert "Say what became of this line" in text
        assert "We met." in text


class TestMediationPages:
    def test_choose_and_decide(self, client: Client, done: Audit, worker: User, quality: User) -> None:
        disagreed(done, worker)
        reviewed(done, done.auditor)
        page = signed_in(client, done.auditor)
        address = f"/audits/{done.reference}/disagreement/"
        assert "Quinn Quality" in text_of(page.get(f"{address}mediation/"))
        text = text_of(page.post(f"{address}mediation/", {"mediators": [quality.pk]}, follow=True))
        assert "In mediation with Quinn Quality" in text
        page = signed_in(client, quality)
        sent = {"outcome__overall": "upheld", "why__overall": "They are missing.", "note": "The grade stays."}
        text = text_of(page.post(f"{address}decide/", sent, follow=True))
        assert "The decision is binding: nobody can disagree with this audit again." in text


class TestAuditPage:
    def test_costs_no_more_for_many_lines(
        self, client: Client, done: Audit, worker: User, quality: User, django_assert_max_num_queries: Any
    ) -> None:
        disagreed(done, worker, line(), *(line(f"s{n}", "outstanding") for n in range(1, 5)))
        page = signed_in(client, worker)
        page.get(f"/audits/{done.reference}/disagreement/")
        with django_assert_max_num_queries(17):
            page.get(f"/audits/{done.reference}/disagreement/")


class TestDocument:
    def test_has_first_and_final_grade_each_change_and_each_round(
        self, done: Audit, worker: User, quality: User
    ) -> None:
        disagreed(done, worker)
        reviewed(done, done.auditor, note="We differ on the visits.")
        mediated(done, done.auditor, quality)
        mediation.decide(done, came={"overall": UP}, note="The visits count.", by=quality, **COMMON)
        whole = whole_audit(with_everyone(Audit.objects.all()).get(pk=done.pk), today=TODAY)
        said = repr(whole.parts)
        for words in (SAID, "We differ on the visits.", "The visits count.", "Quinn Quality", "Decided in mediation"):
            assert words in said
        assert whole.overall is not None
        assert whole.final is not None
        assert (whole.overall.word, whole.final.word) == ("Good", "Outstanding")
        assert {"grades", "disagreement"} <= {part.code for part in whole.parts}

    def test_says_nothing_of_it_where_nobody_disagreed(self, done: Audit) -> None:
        whole = whole_audit(with_everyone(Audit.objects.all()).get(pk=done.pk), today=TODAY)
        assert whole.final is None
        assert not {"grades", "disagreement"} & {part.code for part in whole.parts}
