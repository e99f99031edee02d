"""A concern about the quality of an audit: raised, answered, counted (S8)."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from audits.after import concerns
from audits.models import Audit, Concern
from people.models import Activity, OutgoingMail, User
from tests.cast import submitted
from tests.conftest import NOW, TODAY

pytestmark = pytest.mark.usefixtures("today")
TEXT = "The father was never asked, though he sees the child each week."


@pytest.fixture
def done(audit: Audit) -> Audit:
    """A submitted audit, Good."""
    return submitted(audit, at=NOW, today=TODAY)


@pytest.fixture
def raised(done: Audit, worker: User, psw: User) -> Concern:
    """The worker's concern."""
    return concerns.raise_concern(done, about="voice", text=TEXT, by=worker, at=NOW)


def signed_in(client: Client, person: User) -> Client:
    client.force_login(person)
    return client


def text_of(response: Any) -> str:
    return " ".join(response.content.decode().split())


class TestRaising:
    def test_tells_the_audit_team_by_a_mail_that_says_nothing(self, raised: Concern, psw: User) -> None:
        mail = OutgoingMail.objects.get(recipient=psw, kind="concern")
        assert raised.audit.reference in mail.subject
        assert f"/concerns/{raised.pk}/" in mail.body
        assert "father" not in mail.subject + mail.body

    def test_is_on_record(self, raised: Concern, worker: User) -> None:
        assert Activity.objects.filter(verb="raised a concern about an audit", by=worker).count() == 1

    def test_twice_in_the_same_words_is_one(self, raised: Concern, worker: User) -> None:
        again = concerns.raise_concern(raised.audit, about="voice", text=f" {TEXT} ", by=worker, at=NOW)
        assert again.pk == raised.pk
        assert Concern.objects.count() == 1

    def test_numbers_those_of_an_audit(self, raised: Concern, team_manager: User) -> None:
        second = concerns.raise_concern(raised.audit, about="tone", text="It is rude.", by=team_manager, at=NOW)
        assert (raised.number, second.number) == (1, 2)

    @pytest.mark.parametrize(
        ("about", "text", "field"), [("weather", TEXT, "about"), ("voice", "  ", "text"), ("", TEXT, "about")]
    )
    def test_says_beside_the_field_what_is_missing(
        self, done: Audit, worker: User, about: str, text: str, field: str
    ) -> None:
        with pytest.raises(concerns.ConcernError) as refused:
            concerns.raise_concern(done, about=about, text=text, by=worker, at=NOW)
        assert refused.value.field == field

    def test_is_not_for_the_auditor_nor_before_it_is_finished(self, audit: Audit, worker: User) -> None:
        with pytest.raises(concerns.ConcernError):
            concerns.raise_concern(audit, about="voice", text=TEXT, by=worker, at=NOW)
        done = submitted(audit, at=NOW, today=TODAY)
        with pytest.raises(concerns.ConcernError):
            concerns.raise_concern(done, about="voice", text=TEXT, by=done.auditor, at=NOW)


class TestAnswering:
    def test_tells_who_raised_it(self, raised: Concern, psw: User) -> None:
        answered = concerns.answer(raised, outcome="partly", text="He was asked late.", by=psw, at=NOW)
        assert (answered.outcome, answered.answered_by) == ("partly", psw)
        mail = OutgoingMail.objects.get(recipient=raised.raised_by, kind="concern_answered")
        assert "late" not in mail.body

    def test_twice_in_the_same_words_changes_nothing(self, raised: Concern, psw: User) -> None:
        for _ in range(2):
            concerns.answer(raised, outcome="upheld", text="Agreed.", by=psw, at=NOW)
        assert OutgoingMail.objects.filter(kind="concern_answered").count() == 1

    def test_keeps_the_first_answer(self, raised: Concern, psw: User) -> None:
        concerns.answer(raised, outcome="upheld", text="Agreed.", by=psw, at=NOW)
        with pytest.raises(concerns.ConcernError, match="meanwhile"):
            concerns.answer(raised, outcome="not_upheld", text="No.", by=psw, at=NOW)
        assert Concern.objects.get().outcome == "upheld"

    def test_is_for_the_audit_team(self, raised: Concern, team_manager: User, worker: User) -> None:
        for person in (team_manager, worker, raised.audit.auditor):
            with pytest.raises(concerns.ConcernError):
                concerns.answer(raised, outcome="upheld", text="Agreed.", by=person, at=NOW)

    def test_is_not_for_who_raised_it(self, done: Audit, psw: User) -> None:
        own = concerns.raise_concern(done, about="facts", text="Two dates are wrong.", by=psw, at=NOW)
        assert not concerns.may_answer(own, psw)
        assert concerns.waiting_for(psw) == []


class TestSeeing:
    def test_is_for_who_raised_it_and_the_audit_team(self, raised: Concern, psw: User, team_manager: User) -> None:
        for person, seen in ((raised.raised_by, 1), (psw, 1), (team_manager, 0), (raised.audit.auditor, 0)):
            assert Concern.objects.visible_to(person).count() == seen, person

    def test_is_for_the_auditor_once_it_is_answered(self, raised: Concern, psw: User) -> None:
        concerns.answer(raised, outcome="upheld", text="Agreed.", by=psw, at=NOW)
        assert Concern.objects.visible_to(raised.audit.auditor).count() == 1


class TestPages:
    def test_raise_it_and_lead_to_it(self, client: Client, done: Audit, worker: User, psw: User) -> None:
        page = signed_in(client, worker)
        address = f"/audits/{done.reference}/concern/"
        assert "Send it to the audit team" in text_of(page.get(address))
        response = page.post(address, {"about": "voice", "text": TEXT, "writer": worker.pk})
        assert response.status_code == 302
        text = text_of(page.get(response.url))
        assert TEXT in text
        assert "It is with the audit team" in text

    def test_keep_what_was_typed_where_something_is_missing(self, client: Client, done: Audit, worker: User) -> None:
        page = signed_in(client, worker)
        text = text_of(page.post(f"/audits/{done.reference}/concern/", {"text": TEXT, "writer": worker.pk}))
        assert "Say what it is about" in text
        assert TEXT in text

    def test_answer_it(self, client: Client, raised: Concern, psw: User) -> None:
        page = signed_in(client, psw)
        response = page.post(
            f"/concerns/{raised.pk}/", {"outcome": "upheld", "answer": "We ring him.", "writer": psw.pk}, follow=True
        )
        text = text_of(response)
        assert "Agreed with" in text
        assert "We ring him." in text

    def test_say_who_answered_first(self, client: Client, raised: Concern, psw: User) -> None:
        concerns.answer(raised, outcome="upheld", text="Agreed.", by=psw, at=NOW)
        page = signed_in(client, psw)
        response = page.post(f"/concerns/{raised.pk}/", {"outcome": "not_upheld", "answer": "No."}, follow=True)
        assert "answered already" in text_of(response)

    def test_list_them_with_counts_for_the_audit_team_alone(self, client: Client, raised: Concern, psw: User) -> None:
        assert "What concerns have been about" in text_of(signed_in(client, psw).get("/concerns/"))
        text = text_of(signed_in(client, raised.raised_by).get("/concerns/"))
        assert raised.audit.reference in text
        assert "What concerns have been about" not in text

    def test_filter_the_list(self, client: Client, raised: Concern, psw: User) -> None:
        page = signed_in(client, psw)
        assert f"/concerns/{raised.pk}/" in text_of(page.get("/concerns/?about=voice&show=all"))
        assert "No concern fits" in text_of(page.get("/concerns/?about=tone&show=all"))
        assert "No concern fits" in text_of(page.get("/concerns/?show=answered"))

    def test_cost_the_same_however_many_there_are(
        self, client: Client, raised: Concern, psw: User, django_assert_max_num_queries: Any
    ) -> None:
        rows = [
            Concern(audit=raised.audit, number=n, about="tone", text="So.", raised_by=raised.raised_by, raised_at=NOW)
            for n in range(2, 40)
        ]
        Concern.objects.bulk_create(rows)
        page = signed_in(client, psw)
        with django_assert_max_num_queries(6):
            page.get("/concerns/")


class TestCounting:
    def test_says_what_they_were_about_and_what_became_of_them(self, raised: Concern, psw: User) -> None:
        concerns.raise_concern(raised.audit, about="voice", text="The mother too.", by=psw, at=NOW)
        concerns.answer(raised, outcome="partly", text="Agreed.", by=psw, at=NOW)
        (line,) = concerns.counted()
        assert (line.about, line.raised, line.upheld, line.waiting) == ("voice", 2, 1, 1)
