"""Forms that are sent by their button keep what was typed: signed out, no connection, refused, somebody else (R3)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from playwright.sync_api import Page, Route, expect

from audits import co_auditing, meetings, workflow
from audits.models import Audit, DevelopmentNote, ImmediateRisk, NotYet, SmartAction, TemplateVersion
from audits.templates_made import drafting
from people.models import User
from tests.audits.meetings.offering import FIRST
from tests.cast import fill_in
from tests.conftest import NOW, TODAY
from tests.factories import UserFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
CONCERN = "Nobody has seen the child for five weeks."
NOTE = "Your chronologies are a model for the others."
SEND_NOTE = "Send this note"
TELL = "Tell the managers now"


def sign_in(desk: Any, user: User, address: str, *, token: str) -> None:
    """As in another tab of the same browser: another session, and another token for forms."""
    client = Client()
    client.force_login(user)
    values = {"sessionid": client.cookies["sessionid"].value, "csrftoken": token * 32}
    desk.context.add_cookies([{"name": name, "value": value, "url": address} for name, value in values.items()])


def concern(page: Page) -> Any:
    return page.get_by_label("What puts the child at risk?")


def note(page: Page) -> Any:
    return page.get_by_label("Your note")


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name).click()


def says(page: Page, words: str) -> None:
    expect(page.locator("[data-kept-line]")).to_contain_text(words, timeout=15000)


class TestARiskTyped:
    def test_is_kept_while_signed_out_and_sent_after_signing_in_elsewhere(
        self, audit: Audit, auditor: User, team_manager: User, psw: User, desks: Any, live_server: Any, clock: Any
    ) -> None:
        desk = desks(auditor, width=390)
        desk.open(f"/audits/{audit.reference}/do/s1/")
        page = desk.follow("A child at risk today?")
        concern(page).fill(CONCERN)
        Session.objects.all().delete()
        press(page, TELL)
        says(page, "You were signed out")
        assert concern(page).input_value() == CONCERN
        assert not ImmediateRisk.objects.exists()
        desk.complaints.clear()  # the browser logs the 401
        sign_in(desk, auditor, live_server.url, token="k")
        press(page, TELL)
        page.wait_for_url("**/risks/*/")
        desk.look()
        expect(page.locator(".govuk-notification-banner")).to_contain_text("The managers are being told now")
        assert ImmediateRisk.objects.get().concern == CONCERN

    def test_is_hidden_from_somebody_else_and_comes_back_with_who_typed_it(
        self, audit: Audit, auditor: User, worker: User, psw: User, desks: Any, live_server: Any, clock: Any
    ) -> None:
        desk = desks(auditor)
        page = desk.open(f"/audits/{audit.reference}/risk/")
        concern(page).fill(CONCERN)
        sign_in(desk, worker, live_server.url, token="k")
        expect(page.get_by_text("opened by Ada Auditor. What they typed is hidden")).to_be_visible(timeout=15000)
        assert not concern(page).is_visible()
        desk.look()
        sign_in(desk, auditor, live_server.url, token="r")
        expect(concern(page)).to_be_visible(timeout=15000)
        assert page.get_by_text("Somebody else is signed in").count() == 0
        assert concern(page).input_value() == CONCERN
        assert not ImmediateRisk.objects.exists()
        press(page, TELL)
        page.wait_for_url("**/risks/*/")
        assert ImmediateRisk.objects.get().raised_by == auditor

    def test_is_not_sent_by_somebody_else_who_presses_at_once(
        self, audit: Audit, auditor: User, psw: User, desks: Any, live_server: Any, clock: Any
    ) -> None:
        """Where both may raise one, and the page has not looked round yet."""
        supervisor = UserFactory(name="Sunny Supervisor")
        Audit.objects.filter(pk=audit.pk).update(supervisor=supervisor)
        desk = desks(auditor)
        page = desk.open(f"/audits/{audit.reference}/risk/")
        concern(page).fill(CONCERN)
        sign_in(desk, supervisor, live_server.url, token="k")
        press(page, TELL)
        expect(page.get_by_text("Somebody else is signed in")).to_be_visible(timeout=15000)
        assert not ImmediateRisk.objects.exists()

    def test_is_shown_with_whom_to_ring_where_the_audit_is_taken_back_meanwhile(
        self, audit: Audit, auditor: User, team_manager: User, psw: User, desks: Any, clock: Any
    ) -> None:
        desk = desks(auditor, width=390)
        page = desk.open(f"/audits/{audit.reference}/risk/")
        concern(page).fill(CONCERN)
        workflow.move(audit, "withdraw", by=psw, at=NOW, reason="Held elsewhere.")
        with page.expect_navigation():
            press(page, TELL)
        desk.look()
        expect(page.locator(".govuk-error-summary")).to_contain_text("Nobody was told")
        expect(page.get_by_role("link", name=team_manager.email)).to_be_visible()
        assert concern(page).input_value() == CONCERN


class TestANoteTyped:
    """Whatever the answer is, the page stays until the note is sent, and it is sent once."""

    @pytest.fixture
    def desk(self, audit: Audit, auditor: User, desks: Any, clock: Any) -> Any:
        """The auditor, who has written a note."""
        desk = desks(auditor)
        desk.open(f"/audits/{audit.reference}/development-note/")
        note(desk.page).fill(NOTE)
        return desk

    def is_sent(self, desk: Any) -> None:
        desk.complaints.clear()  # the browser logs what went wrong
        with desk.page.expect_navigation():
            press(desk.page, SEND_NOTE)
        desk.look()
        expect(desk.page.locator(".govuk-notification-banner")).to_contain_text("Your note is sent")

    @pytest.mark.parametrize(
        ("status", "words"),
        [
            (500, "went wrong on our side. What you typed stays here"),
            (404, "not there any more, or not yours any more. What you typed stays here"),
            (403, "you cannot do this now. What you typed stays here"),
            (400, "something went wrong. What you typed stays here"),
            (413, "it is too long. What you typed stays here"),
        ],
    )
    def test_stays_where_the_answer_is_an_error_page(self, desk: Any, status: int, words: str) -> None:
        def broken(route: Route) -> None:
            if route.request.method == "POST":
                route.fulfill(status=status, content_type="text/html; charset=utf-8", body="<h1>No</h1>")
            else:
                route.fallback()

        desk.page.route("**/development-note/", broken)
        press(desk.page, SEND_NOTE)
        says(desk.page, words)
        assert note(desk.page).input_value() == NOTE
        desk.page.unroute_all()
        self.is_sent(desk)
        assert DevelopmentNote.objects.get().text == NOTE

    def test_is_sent_once_where_the_answer_is_lost(self, desk: Any, clock: Any) -> None:
        def lost(route: Route) -> None:
            if route.request.method == "POST":
                route.fetch(max_redirects=0)
                route.abort()
            else:
                route.fallback()

        desk.page.route("**/development-note/", lost)
        press(desk.page, SEND_NOTE)
        says(desk.page, "No answer came. What you typed stays here.")
        assert DevelopmentNote.objects.count() == 1
        desk.page.unroute_all()
        clock.move_to(NOW + timedelta(hours=1))  # after which the same words would be another note
        desk.complaints.clear()
        with desk.page.expect_navigation():
            press(desk.page, SEND_NOTE)
        expect(note(desk.page)).to_have_value("")
        assert DevelopmentNote.objects.count() == 1

    def test_is_sent_once_where_the_button_is_pressed_twice(self, desk: Any) -> None:
        sent: list[str] = []
        desk.page.on("request", lambda request: sent.append(request.method))
        with desk.page.expect_navigation():
            desk.page.evaluate(
                "() => { const b = document.querySelector('form[data-kept] button'); b.click(); b.click(); }"
            )
        expect(desk.page.locator(".govuk-notification-banner")).to_contain_text("Your note is sent")
        assert sent.count("POST") == 1  # the same words again so soon would be the same note
        assert DevelopmentNote.objects.count() == 1

    def test_says_why_where_it_is_refused(self, desk: Any, audit: Audit, psw: User) -> None:
        workflow.move(audit, "withdraw", by=psw, at=NOW, reason="Held elsewhere.")
        press(desk.page, SEND_NOTE)
        says(desk.page, "Not sent: Only the auditor writes such a note")
        says(desk.page, "Copy it before you leave")
        assert note(desk.page).input_value() == NOTE


class TestAReasonTyped:
    def test_stays_where_the_meeting_is_called_off_meanwhile(
        self, audit: Audit, worker: User, desks: Any, clock: Any
    ) -> None:
        offer = meetings.Offer([FIRST], "in_person", "Room 2")
        meeting = meetings.offer(audit, offer, by=audit.auditor, at=NOW, today=TODAY)
        meetings.agree(meeting, starts_at=FIRST, by=worker, at=NOW)
        page = desks(worker, width=390).open(f"/meetings/{meeting.pk}/move/")
        page.get_by_label("Why can you not come?").fill("I am in court that day.")
        page.get_by_label("Which times would suit you?").fill("Friday.")
        meetings.call_off(meeting, reason="Not needed.", by=audit.auditor, at=NOW)
        press(page, "Ask for another time")
        says(page, "Not sent: No time is agreed at the moment, so there is none to move. What you typed stays here.")
        assert page.get_by_label("Why can you not come?").input_value() == "I am in court that day."


class TestATitleTyped:
    def test_can_be_sent_again_where_the_other_form_of_the_page_keeps_somebody_there(
        self, core_template: TemplateVersion, psw: User, desks: Any, clock: Any
    ) -> None:
        draft = drafting.begin_next(core_template, by=psw, at=NOW)
        before, desk = len(draft.document["sections"]), desks(psw)
        desk.page.clock.install()
        page = desk.open(f"/templates/drafts/{draft.pk}/")
        page.get_by_label("Title of a new guidance area").fill("Half a")
        page.get_by_label("Title of a new section").fill("Visits")
        page.once("dialog", lambda dialog: dialog.dismiss())
        with page.expect_event("dialog"):
            press(page, "Add section")
        expect(page.get_by_label("Title of a new guidance area")).to_have_value("Half a")
        page.clock.fast_forward(11000)
        page.once("dialog", lambda dialog: dialog.accept())
        with page.expect_navigation():
            press(page, "Add section")
        draft.refresh_from_db()
        assert len(draft.document["sections"]) == before + 1


class TestWhatASupervisorTyped:
    @pytest.fixture
    def supervisor(self, audit: Audit, auditor: User) -> User:
        """Of an auditor who has asked to agree."""
        supervisor: User = UserFactory(name="Sunny Supervisor")
        Audit.objects.filter(pk=audit.pk).update(supervisor=supervisor)
        audit.refresh_from_db()
        fill_in(audit, at=NOW - timedelta(hours=2), today=TODAY)
        co_auditing.ask(audit, by=auditor, at=NOW - timedelta(hours=1), today=TODAY)
        return supervisor

    @pytest.mark.parametrize("width", [1280, 390])
    def test_stays_while_too_long_and_while_signed_out(
        self, audit: Audit, supervisor: User, desks: Any, live_server: Any, clock: Any, width: int
    ) -> None:
        desk = desks(supervisor, width=width)
        page = desk.open(f"/audits/{audit.reference}/do/check/")
        what = page.get_by_label("Not yet: here is what I would change")
        what.fill("a" * 5001)
        with page.expect_navigation():
            press(page, "Tell Ada Auditor")
        desk.look()
        expect(page.locator(".govuk-error-summary")).to_contain_text("Write at most 5000 characters: these are 5001")
        assert what.input_value() == "a" * 5001
        what.fill("Say what the child said.")
        Session.objects.all().delete()
        press(page, "Tell Ada Auditor")
        says(page, "You were signed out")
        desk.complaints.clear()
        sign_in(desk, supervisor, live_server.url, token="k")
        with page.expect_navigation():
            press(page, "Tell Ada Auditor")
        desk.look()
        assert NotYet.objects.get().what == "Say what the child said."


class TestAnActionTyped:
    def test_shows_its_letters_and_is_asked_about_once(
        self, audit: Audit, auditor: User, desks: Any, clock: Any
    ) -> None:
        desk = desks(auditor)
        page = desk.open(f"/audits/{audit.reference}/do/actions/")
        page.get_by_label("What should be better for the child?").fill("The child is safe.")
        page.get_by_label("What has to be done?").press_sequentially("Improve visits asap")
        page.get_by_text("Take “asap” out and put the deadline below").wait_for()
        page.locator("[data-letter=S] [data-mark]", has_text="?").wait_for()
        page.get_by_label("What has to be done?").fill("Improve how they are seen")
        page.get_by_label("Who will do it?").select_option(label="Wren Worker")
        for part, value in (("day", "21"), ("month", "12"), ("year", "2026")):
            page.locator(f"[name=due_on_{part}]").fill(value)
        page.locator("[name=agreed_with_worker][value=True]").check()
        page.locator("[data-letter=T][data-state=fine]").wait_for()
        desk.press("Add this action")
        assert not SmartAction.objects.exists()
        assert page.evaluate("document.activeElement.id") == "smart"
        desk.press("Keep it as it is")
        assert SmartAction.objects.get().how == "Improve how they are seen"

    def test_is_there_again_after_leaving_the_page(self, audit: Audit, auditor: User, desks: Any, clock: Any) -> None:
        desk = desks(auditor)
        page = desk.open(f"/audits/{audit.reference}/do/actions/")
        page.get_by_label("What should be better for the child?").fill("The child is safe at home.")
        page.locator("[data-saved]", has_text="Saved").wait_for()
        page.get_by_role("link", name="Back to the task list").click()
        page.wait_for_url("**/do/")
        page = desk.open(f"/audits/{audit.reference}/do/actions/")
        assert page.get_by_label("What should be better for the child?").input_value() == "The child is safe at home."
