"""Private notes on the worker's development (A15, R51): for three people, in no document or report."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse

from audits import development_notes
from audits.deadlines import add_months
from audits.development_notes import NoteError
from audits.models import Audit, DevelopmentNote
from people.models import Activity, OutgoingMail, User
from people.roles import JobRole
from tests.architecture.sources import product, templates
from tests.cast import submitted
from tests.conftest import NOW, TODAY
from tests.factories import UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]
TEXT = "It was your first assessment before a birth: the workshop in January would help."
MAY_KNOW = {  # the only modules that may know that there are such notes
    "audits/development_notes.py",
    "audits/models/__init__.py",
    "audits/models/learning.py",
    "audits/urls.py",
    "audits/views/development.py",
    "auditportal/demo/risks_and_notes.py",
}
MAY_LINK = {  # templates that lead to the list or show a note to those it is for
    "audits/development_note.html",
    "audits/development_notes.html",
    "audits/write_note.html",
    "reporting/home.html",
}


def sent(audit: Audit, **changes: Any) -> DevelopmentNote:
    return development_notes.send(audit, **{"text": TEXT, "by": audit.auditor, "at": NOW, "today": TODAY, **changes})


class TestSending:
    def test_goes_to_the_worker_and_the_line_manager(self, audit: Audit, worker: User, team_manager: User) -> None:
        note = sent(audit)
        assert (note.worker, note.line_manager, note.written_by) == (worker, team_manager, audit.auditor)
        assert {mail.recipient for mail in OutgoingMail.objects.all()} == {worker, team_manager}

    def test_mails_say_only_that_there_is_a_note(self, audit: Audit) -> None:
        note = sent(audit)
        for mail in OutgoingMail.objects.all():
            text = mail.subject + mail.body
            assert f"/development-notes/{note.pk}/" in text
            assert mail.about == ""
            for secret in (audit.reference, audit.case.reference, audit.case.child_name, "assessment", "Wren"):
                assert secret not in text.replace(f"Dear {mail.recipient.name}", "")

    def test_leaves_no_trace_beside_the_audit(self, audit: Audit) -> None:
        sent(audit)
        assert not Activity.objects.filter(target=f"audit:{audit.reference}").exists()

    def test_twice_in_a_moment_is_once(self, audit: Audit) -> None:
        first = sent(audit)
        assert sent(audit, at=NOW + timedelta(seconds=30)) == first
        assert sent(audit, at=NOW + timedelta(hours=1)) != first

    def test_passes_over_a_manager_who_has_left_and_never_names_the_auditor(
        self, audit: Audit, worker: User, team_manager: User, head_of_service: User
    ) -> None:
        team_manager.leave_date = TODAY
        team_manager.save()
        assert sent(audit).line_manager == head_of_service
        worker.line_manager = audit.auditor
        worker.save()
        found = development_notes.readers(Audit.objects.get(pk=audit.pk), today=TODAY)
        assert found.line_manager != audit.auditor

    def test_is_for_the_auditor_only(self, audit: Audit, psw: User, team_manager: User) -> None:
        supervisor = UserFactory(job_role=JobRole.CONSULTANT_SOCIAL_WORKER)
        audit.supervisor = supervisor
        audit.save()
        for person in (psw, team_manager, supervisor):
            with pytest.raises(NoteError):
                sent(audit, by=person)

    def test_ends_three_months_after_the_audit(self, audit: Audit) -> None:
        submitted(audit, at=NOW, today=TODAY)
        audit.refresh_from_db()
        last = add_months(TODAY, 3)
        assert development_notes.may_write(audit, audit.auditor, today=last)
        with pytest.raises(NoteError):
            sent(audit, today=last + timedelta(days=1))

    @pytest.mark.parametrize("status", ["exempt", "withdrawn"])
    def test_is_over_with_an_audit_taken_back(self, audit: Audit, status: str) -> None:
        Audit.objects.filter(pk=audit.pk).update(status=status)
        with pytest.raises(NoteError):
            sent(audit)

    def test_needs_words_and_a_worker(self, audit: Audit) -> None:
        with pytest.raises(NoteError) as refused:
            sent(audit, text=" ")
        assert refused.value.field == "text"
        Audit.objects.filter(pk=audit.pk).update(worker=None)
        with pytest.raises(NoteError):
            sent(audit)

    def test_cannot_be_changed_or_deleted(self, audit: Audit) -> None:
        rows = DevelopmentNote.objects.filter(pk=sent(audit).pk)
        for change in (lambda: rows.update(text="Nothing."), rows.delete):
            with pytest.raises(DatabaseError), transaction.atomic():
                change()


class TestReading:
    @pytest.mark.parametrize("name", ["psw", "assistant_director", "head_of_service", "administrator"])
    def test_is_closed_to_every_other_job(
        self, client: Client, audit: Audit, name: str, request: pytest.FixtureRequest
    ) -> None:
        person = request.getfixturevalue(name)
        note = sent(audit)
        client.force_login(person)
        assert client.get(reverse("audits:development_note", args=[note.pk])).status_code == 404
        shown = client.get(reverse("audits:development_notes")).content.decode()
        assert "/development-notes/" not in shown.replace(reverse("audits:development_notes") + '"', "")

    def test_shows_it_to_the_three(self, client: Client, audit: Audit, worker: User, team_manager: User) -> None:
        note = sent(audit)
        for person in (audit.auditor, worker, team_manager):
            client.force_login(person)
            assert TEXT in client.get(reverse("audits:development_note", args=[note.pk])).content.decode()

    def test_lists_them_in_few_queries(
        self, client: Client, audit: Audit, worker: User, django_assert_max_num_queries: Any
    ) -> None:
        for number in range(12):
            sent(audit, text=f"Note {number}.")
        client.force_login(worker)
        with django_assert_max_num_queries(5):
            assert client.get(reverse("audits:development_notes")).content.count(b"/development-notes/") >= 12

    def test_is_asked_for_on_a_page_that_names_the_readers(
        self, client: Client, audit: Audit, worker: User, team_manager: User
    ) -> None:
        client.force_login(audit.auditor)
        url = reverse("audits:write_note", args=[audit.reference])
        text = client.get(url).content.decode()
        assert f"{worker.name}, social worker" in text
        assert f"{team_manager.name}, line manager of" in text
        client.post(url, {"text": TEXT, "writer": audit.auditor.pk})
        assert DevelopmentNote.objects.get().text == TEXT


class TestSeparation:
    """Nothing that makes a page about an audit, a document, an export or a report can reach the notes (R51)."""

    def test_no_other_module_knows_of_them(self) -> None:
        words = ("DevelopmentNote", "development_note", "developmentnote")
        knowing = {module.name for module in product() if any(word in module.text for word in words)}
        assert knowing <= MAY_KNOW
        assert {"audits/development_notes.py", "audits/views/development.py"} <= knowing

    def test_no_other_template_shows_them(self) -> None:
        assert {name for name, text in templates().items() if "development_note" in text} == MAY_LINK

    def test_pages_and_documents_of_the_audit_do_not_hold_them(
        self, client: Client, audit: Audit, psw: User, team_manager: User, worker: User
    ) -> None:
        sent(audit)
        done = submitted(audit, at=NOW, today=TODAY)
        for person in (psw, team_manager, worker, audit.auditor):
            client.force_login(person)
            assert TEXT not in client.get(reverse("audits:detail", args=[done.reference])).content.decode()


class TestMail:
    """Who looks after the mail does not learn who has a note about whom."""

    def test_is_seen_by_nobody_but_its_recipient(self, client: Client, audit: Audit, psw: User) -> None:
        sent(audit)
        client.force_login(psw)
        listed = client.get(reverse("people:mail")).content.decode()
        assert "A note for you" not in listed
        assert "private note" not in listed.casefold()
        for mail in OutgoingMail.objects.all():
            assert client.get(reverse("people:mail_detail", args=[mail.pk])).status_code == 404

    def test_is_shown_to_a_reader_of_the_mail_list_who_received_it(self, audit: Audit, worker: User, psw: User) -> None:
        sent(audit)
        OutgoingMail.objects.filter(recipient=worker).update(recipient=psw)
        assert [mail.recipient for mail in OutgoingMail.objects.visible_to(psw)] == [psw]

    def test_that_did_not_arrive_says_only_whose_address_does_not_work(
        self, client: Client, audit: Audit, worker: User, psw: User
    ) -> None:
        sent(audit)
        OutgoingMail.objects.filter(recipient=worker).update(status="failed")
        client.force_login(psw)
        text = client.get(reverse("people:mail")).content.decode()
        assert f"A private mail to {worker.name} could not be delivered" in text
        assert audit.auditor.name not in text

    def test_is_not_in_the_list_of_who_did_what(self, client: Client, audit: Audit, administrator: User) -> None:
        sent(audit)
        assert not Activity.objects.filter(by=audit.auditor).exists()
