"""How pages look and behave in a real browser: accessibility, policy, phone, autosave, progress."""

from __future__ import annotations

import json
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Route, expect

from people.models import User
from tests.auditportal import gallery

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.urls("tests.auditportal.gallery"),
]
NO_CONNECTION = "Not saved yet: no connection, still trying"
SIGNED_OUT = "You were signed out: sign in in another tab, then this page goes on saving"
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


@pytest.fixture(autouse=True)
def fresh_server() -> None:
    """Nothing saved, nothing prepared to answer."""
    gallery.SAVES.clear()
    gallery.ANSWERS.clear()
    gallery.PROGRESS.clear()
    gallery.POSTS.clear()


def contents() -> list[dict[str, object]]:
    """What autosave sent, oldest first."""
    return [json.loads(body) for body in gallery.SAVES]


def violations(page: Page) -> list[str]:
    found = Axe().run(page, options=RULES).response["violations"]
    return [f"{one['id']}: {[node['html'] for node in one['nodes']]}" for one in found]


class TestEveryComponent:
    @pytest.mark.parametrize("width", [1280, 390])
    @pytest.mark.parametrize("address", ["/audits/?messages=1", "/audits/?errors=1"])
    def test_passes_axe_and_the_policy(self, window: Page, width: int, address: str) -> None:
        window.set_viewport_size({"width": width, "height": 900})
        window.goto(address)
        expect(window.locator("body.govuk-frontend-supported")).to_be_visible()
        assert violations(window) == []
        assert window.complaints == []

    @pytest.mark.parametrize("width", [390, 320])
    def test_fits_a_phone(self, window: Page, width: int) -> None:
        window.set_viewport_size({"width": width, "height": 800})
        window.goto("/audits/?messages=1&errors=1")
        assert window.evaluate("document.documentElement.scrollWidth") == width

    def test_offers_targets_of_at_least_24_pixels(self, window: Page) -> None:
        window.goto("/audits/")
        for size in window.locator(".portal-answer").evaluate_all("all => all.map(e => e.getBoundingClientRect())"):
            assert size["height"] >= 24
            assert size["width"] >= 24

    def test_uses_arimo_and_nothing_of_the_government_s_own_typeface(self, window: Page) -> None:
        window.goto("/audits/")
        assert window.evaluate("document.fonts.ready.then(() => document.fonts.check('16px Arimo'))")
        assert window.evaluate("getComputedStyle(document.querySelector('.govuk-body')).fontFamily").startswith("Arimo")

    def test_can_be_answered_with_the_keyboard(self, window: Page) -> None:
        window.goto("/audits/")
        window.locator("#id_answers__S1-01_yes").focus()
        window.keyboard.press("ArrowRight")
        assert window.locator("#id_answers__S1-01_no").is_checked()

    def test_puts_the_error_summary_in_focus_and_leads_to_the_field(self, window: Page) -> None:
        window.goto("/audits/?errors=1")
        expect(window.locator(".govuk-error-summary")).to_be_focused()
        window.get_by_role("link", name="Enter the due date").click()
        expect(window.locator("#id_due_on_0")).to_be_focused()

    def test_leaves_out_on_paper_what_only_a_screen_can_do(self, window: Page) -> None:
        window.goto("/audits/")
        window.emulate_media(media="print")
        for selector in (".govuk-service-navigation", ".portal-person__sign-out", ".govuk-pagination"):
            expect(window.locator(selector)).to_be_hidden()
        expect(window.get_by_role("heading", name="Audit 2026-11-0007")).to_be_visible()


class TestSignIn:
    def test_passes_axe_and_lets_a_person_in_and_out(self, visitor: Page, person: User) -> None:
        visitor.goto("/sign-in/")
        assert violations(visitor) == []
        visitor.get_by_label("Email").fill(person.email)
        visitor.get_by_label("Password", exact=True).fill("a heron stands still")
        visitor.get_by_role("button", name="Sign in").click()
        expect(visitor.get_by_text("Petra Programme")).to_be_visible()
        visitor.get_by_role("button", name="Sign out").click()
        expect(visitor.get_by_role("heading", name="Sign in")).to_be_visible()

    def test_shows_a_wrong_password_as_a_problem(self, visitor: Page, person: User) -> None:
        visitor.goto("/sign-in/")
        visitor.get_by_label("Email").fill(person.email)
        visitor.get_by_label("Password", exact=True).fill("a heron flies off")
        visitor.get_by_role("button", name="Sign in").click()
        expect(visitor.get_by_role("heading", name="There is a problem")).to_be_visible()
        assert visitor.title().startswith("Error: Sign in")
        assert violations(visitor) == []


class TestAutosave:
    def note(self, window: Page, text: str = "Seen every week") -> None:
        window.goto("/audits/")
        window.locator("#id_note").press_sequentially(text)

    def status(self, window: Page, text: str) -> None:
        expect(window.locator("[data-saved]")).to_have_text(text, timeout=15000)

    def test_saves_what_was_typed_after_a_pause_and_says_when(self, window: Page) -> None:
        self.note(window)
        self.status(window, "Saved 14:02")
        assert contents()[-1] == {
            "base_revision": 0,
            "content": {"answers": {"S1-01": "yes", "S1-03": "na"}, "rationale": "Seen every week"},
        }

    def test_goes_on_from_the_revision_it_was_given(self, window: Page) -> None:
        self.note(window)
        self.status(window, "Saved 14:02")
        window.locator("#id_answers__S1-02_no").check()
        expect(window.locator("[data-saved]")).not_to_have_text("Saved 14:02")
        self.status(window, "Saved 14:02")
        assert contents()[-1]["base_revision"] == 1
        assert contents()[-1]["content"]["answers"]["S1-02"] == "no"  # type: ignore[index]

    def test_tries_again_until_the_connection_is_back(self, window: Page) -> None:
        window.goto("/audits/")
        window.context.set_offline(True)
        window.locator("#id_note").fill("Seen every week")
        self.status(window, "Not saved yet: no connection, still trying")
        expect(window.locator("form#answers > [role=status]")).to_have_text(
            "Not saved yet: no connection, still trying"
        )
        window.context.set_offline(False)
        self.status(window, "Saved 14:02")
        assert contents()[-1]["content"]["rationale"] == "Seen every week"  # type: ignore[index]

    def test_waits_for_a_person_who_was_signed_out(self, window: Page) -> None:
        gallery.ANSWERS.extend([(403, {}), (401, {})])
        self.note(window)
        self.status(window, SIGNED_OUT)
        self.status(window, "Saved 14:02")
        assert len(gallery.SAVES) == 3

    def test_knows_the_sign_in_page_when_it_is_sent_there(self, window: Page) -> None:
        window.goto("/audits/")
        window.context.clear_cookies()
        window.locator("#id_note").fill("Seen every week")
        self.status(window, SIGNED_OUT)
        assert gallery.SAVES == []

    def test_shows_both_texts_where_the_same_answer_was_changed_elsewhere(self, window: Page) -> None:
        clash = {"name": "rationale", "label": "Why this grade", "kind": "text", "inputs": ["rationale"], "rows": []}
        texts = {"mine": "Seen every week", "theirs": "<b>Seen</b> once", "both": "Seen every week <b>Seen</b> once"}
        who = {"by": "Sol Somebody", "at": "14:02"}
        gallery.ANSWERS.append((409, {"revision": 9, "clashes": [{**clash, **texts, **who}], "others": []}))
        self.note(window)
        panel = window.locator(".portal-conflict")
        expect(panel).to_contain_text("Seen every week", timeout=15000)
        expect(panel).to_contain_text("<b>Seen</b> once")
        expect(panel).to_contain_text("Sol Somebody")
        assert violations(window) == []
        panel.get_by_role("button", name="Keep mine").click()
        self.status(window, "Saved 14:02")
        expect(panel).to_have_count(0)
        assert json.loads(gallery.SAVES[-1])["base_revision"] == 9

    def test_shows_what_the_server_refused_and_saves_once_it_is_put_right(self, window: Page) -> None:
        gallery.ANSWERS.append(
            (400, {"errors": {"rationale": "Use at most 400 characters", "answers__S1-02": "Choose"}})
        )
        self.note(window)
        self.status(window, "Not saved yet: see what is marked")
        expect(window.locator("#id_note_autosave_error")).to_have_text("Use at most 400 characters")
        assert window.locator("[data-autosave-error]").count() == 2
        window.locator("#id_note").fill("Short")
        self.status(window, "Saved 14:02")
        assert window.locator("[data-autosave-error]").count() == 0

    def test_gives_up_where_the_page_is_no_longer_theirs(self, window: Page) -> None:
        gallery.ANSWERS.append((404, {"message": "This audit was withdrawn."}))
        self.note(window)
        self.status(window, "This audit was withdrawn.")
        window.wait_for_timeout(1500)
        assert len(gallery.SAVES) == 1

    def test_goes_on_trying_when_the_server_fails(self, window: Page) -> None:
        gallery.ANSWERS.append((500, {}))
        self.note(window)
        self.status(window, "Not saved yet: something went wrong on our side, still trying")
        self.status(window, "Saved 14:02")

    def test_saves_while_typing_goes_on(self, window: Page) -> None:
        window.goto("/audits/")
        window.locator("#id_note").press_sequentially("a" * 13, delay=450)
        assert gallery.SAVES

    def test_warns_before_unsaved_text_is_left_and_only_then(self, window: Page) -> None:
        warnings: list[str] = []
        window.on("dialog", lambda dialog: (warnings.append(dialog.type), dialog.accept()))
        self.note(window)
        self.status(window, "Saved 14:02")
        window.goto("/")
        assert warnings == []
        self.note(window)
        window.goto("/")
        assert warnings == ["beforeunload"]

    def test_lets_a_save_under_way_finish_before_the_form_is_sent(self, window: Page) -> None:
        held: list[Route] = []
        window.route("**/save/", lambda route: held.append(route))
        window.goto("/audits/")
        with window.expect_request("**/save/"):
            window.locator("#id_note").fill("Seen every week")
        window.get_by_role("button", name="Save and go on").click()
        window.wait_for_timeout(300)
        assert gallery.POSTS == []
        with window.expect_navigation():
            held[0].continue_()
        sent = {name: gallery.POSTS[0][name] for name in ("rationale", "base_revision", "go")}
        assert sent == {"rationale": "Seen every week", "base_revision": "1", "go": "next"}

    def test_sends_the_form_with_the_token_of_a_new_session(self, window: Page, live_server: Any) -> None:
        window.goto("/audits/")
        window.context.add_cookies([{"name": "csrftoken", "value": "k" * 32, "url": live_server.url}])
        with window.expect_navigation():
            window.get_by_role("button", name="Save and go on").click()
        assert gallery.POSTS[0]["csrfmiddlewaretoken"] == "k" * 32
        assert gallery.SAVES == []

    def test_says_so_when_it_is_too_long_and_waits_for_a_change(self, window: Page) -> None:
        gallery.ANSWERS.append((413, {"message": "Not saved: this page is too long."}))
        self.note(window)
        self.status(window, "Not saved: this page is too long.")
        window.wait_for_timeout(1500)
        assert len(gallery.SAVES) == 1
        window.locator("#id_note").fill("Short")
        self.status(window, "Saved 14:02")

    def test_gives_up_where_it_is_told_that_the_page_is_closed(self, window: Page) -> None:
        gallery.ANSWERS.append((403, {"closed": True}))
        self.note(window)
        self.status(
            window,
            "Not saved: this page can no longer be changed by you. Copy what you typed before you leave.",
        )
        window.get_by_role("button", name="Save and go on").click()
        window.wait_for_timeout(1500)
        assert (len(gallery.SAVES), gallery.POSTS) == (1, [])

    def test_sends_nothing_twice_because_a_field_was_left(self, window: Page) -> None:
        self.note(window)
        self.status(window, "Saved 14:02")
        window.locator("#id_note").blur()
        window.wait_for_timeout(1500)
        assert len(gallery.SAVES) == 1

    def test_keeps_nothing_in_the_browser(self, window: Page) -> None:
        self.note(window)
        self.status(window, "Saved 14:02")
        assert window.evaluate("localStorage.length + sessionStorage.length") == 0


class TestProgress:
    def test_follows_the_work_and_reloads_when_it_is_done(self, window: Page) -> None:
        gallery.PROGRESS.extend(
            [
                {"percent": 55, "step": "Drawing the chart", "state": "running"},
                {"percent": 100, "step": "", "state": "ready"},
            ]
        )
        window.goto("/report/")
        expect(window.locator("progress")).to_have_attribute("value", "55")
        expect(window.get_by_text("Drawing the chart")).to_be_visible()
        assert violations(window) == []
        expect(window.get_by_text("The report is ready")).to_be_visible()
