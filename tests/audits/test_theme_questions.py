"""The questions of the month's theme: asked on a page of their own, kept, shown, never needed to submit (L3)."""

from __future__ import annotations

import json

import pytest
from django.test import Client
from django.urls import reverse

from audits import answering, pages, submitting
from audits.models import Audit, PageAnswers, Status
from audits.structure import AuditForm, form_of
from people.models import User
from tests.cast import fill_in, submitted
from tests.conftest import NOW, TODAY

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]
QUESTIONS = ["Who lives with the child?", "Was the father asked?"]


@pytest.fixture
def themed(audit: Audit) -> Audit:
    """The audit of a month whose theme asks two questions more."""
    audit.questions = QUESTIONS
    audit.save()
    return audit


@pytest.fixture
def form(themed: Audit) -> AuditForm:
    return form_of(themed.template_version_id)


@pytest.fixture
def as_auditor(client: Client, auditor: User) -> Client:
    client.force_login(auditor)
    return client


def save(audit: Audit, content: object, base: int = 0) -> None:
    answering.save_page(audit.reference, page="theme", content=content, base_revision=base, by=audit.auditor, at=NOW)


def text(client: Client, name: str, *args: str) -> str:
    return client.get(reverse(name, args=args)).content.decode()


class TestPage:
    def test_comes_before_the_overall_judgement_and_only_with_questions(self, themed: Audit, form: AuditForm) -> None:
        assert pages.page_codes(form, themed.questions)[-2:] == ["theme", "overall"]
        assert "theme" not in pages.page_codes(form)

    def test_asks_each_question_once(self, as_auditor: Client, themed: Audit) -> None:
        page = text(as_auditor, "audits:page", themed.reference, "theme")
        assert [page.count(question) for question in QUESTIONS] == [1, 1]
        assert "Questions of the month" in page

    def test_is_not_there_without_questions(self, as_auditor: Client, audit: Audit) -> None:
        assert as_auditor.get(reverse("audits:page", args=[audit.reference, "theme"])).status_code == 404
        assert "Questions of the month" not in text(as_auditor, "audits:tasks", audit.reference)
        with pytest.raises(answering.NotThere):
            save(audit, {"q1": "An answer."})

    def test_saves_as_it_is_typed(self, as_auditor: Client, themed: Audit) -> None:
        body = json.dumps({"content": {"q1": "Two aunts.", "q9": "Not asked.", "x": 1}, "base_revision": 0})
        url = reverse("audits:save_page", args=[themed.reference, "theme"])
        assert as_auditor.post(url, body, content_type="application/json").json()["revision"] == 1
        assert PageAnswers.objects.get(audit=themed, page="theme").content == {"q1": "Two aunts.", "q2": ""}
        themed.refresh_from_db()
        assert themed.status == Status.IN_PROGRESS

    def test_saves_without_script_and_goes_on(self, as_auditor: Client, themed: Audit) -> None:
        url = reverse("audits:page", args=[themed.reference, "theme"])
        answer = as_auditor.post(url, {"q1": "Two aunts.", "q2": "", "base_revision": "0"})
        assert answer["Location"] == reverse("audits:page", args=[themed.reference, "overall"])
        assert PageAnswers.objects.get(audit=themed, page="theme").content["q1"] == "Two aunts."


class TestTaskList:
    @pytest.mark.parametrize(
        ("content", "state"),
        [
            ({}, "not_started"),
            ({"q1": "Two aunts."}, "in_progress"),
            ({"q1": "Two aunts.", "q2": "No."}, "completed"),
            ({"q1": "Two aunts.", "q2": "   "}, "in_progress"),
        ],
    )
    def test_says_how_far_the_questions_are(
        self, themed: Audit, form: AuditForm, content: dict[str, str], state: str
    ) -> None:
        save(themed, content)
        states = pages.states(themed, answering.contents_of(themed), form=form)
        assert [found.state for found in states if found.code == "theme"] == [state]

    def test_counts_them_as_a_part(self, as_auditor: Client, themed: Audit, form: AuditForm) -> None:
        total = len(form.sections) + 6
        assert f"0 of {total} pages done" in text(as_auditor, "audits:tasks", themed.reference)
        save(themed, {"q1": "Two aunts.", "q2": "No."})
        page = text(as_auditor, "audits:tasks", themed.reference)
        assert f"1 of {total} pages done" in page
        assert page.count(">Questions of the month<") == 1


class TestSubmitting:
    def test_needs_no_answer_but_says_what_is_empty(self, as_auditor: Client, themed: Audit) -> None:
        fill_in(themed, at=NOW, today=TODAY)
        stored = PageAnswers.objects.get(audit=themed, page="theme")
        save(themed, {"q1": "Two aunts."}, base=stored.revision)
        page = text(as_auditor, "audits:check", themed.reference)
        assert "Questions of the month without an answer" in page
        assert f"<li>{QUESTIONS[1]}</li>" in page
        assert f"<li>{QUESTIONS[0]}</li>" not in page
        assert "Still to do before you can submit" not in page
        themed.refresh_from_db()
        assert submitting.submit(themed, by=themed.auditor, at=NOW, today=TODAY).status == Status.WITH_TEAM

    def test_shows_the_answers_to_those_who_read_the_audit(self, client: Client, themed: Audit, worker: User) -> None:
        submitted(themed, at=NOW, today=TODAY)
        client.force_login(worker)
        page = text(client, "audits:detail", themed.reference)
        assert "What the file says about question 2." in page
        assert QUESTIONS[1] in page
