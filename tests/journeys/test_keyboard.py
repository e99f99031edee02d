"""The audit form by keyboard alone: the keys of a section, and a whole audit from its task list to its submission."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from audits import answering
from audits.models import Audit, PageAnswers, SmartAction, Status
from audits.pages import child_of
from audits.structure import form_of
from people.models import User
from tests.cast import page_content
from tests.conftest import NOW, TODAY
from tests.journeys.conftest import Desk

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("clock")]
SETTLED = re.compile("^(Saved|What you type)")  # nothing is on its way
FURTHEST = 90  # presses of Tab after which something is out of reach


class Keys:
    """Somebody with a keyboard and no mouse: every press is counted but those that are text."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.count = 0

    def press(self, key: str) -> None:
        self.page.keyboard.press(key)
        self.count += 1

    def type(self, text: str) -> None:
        self.page.keyboard.type(text)

    def at(self, selector: str) -> bool:
        return bool(self.page.evaluate("wanted => document.activeElement.matches(wanted)", selector))

    def reads(self, words: str) -> bool:
        found = self.page.locator("a:focus, button:focus")
        return found.count() == 1 and found.inner_text().strip().startswith(words)

    def path(self) -> str:
        return self.page.url.partition("#")[0]

    def skip_to_content(self) -> None:
        """The skip link is the first thing on a page, unless the page before was left by way of it."""
        self.press("Tab")
        if self.reads("Skip to main content"):
            self.press("Enter")

    def tab_to(self, selector: str = "", *, words: str = "") -> None:
        """Tab until an input, or a link or button that begins with these words, has the focus."""
        for _ in range(FURTHEST):
            if self.at(selector) if selector else self.reads(words):
                return
            self.press("Tab")
        raise AssertionError(f"Tab does not come to {selector or words} on {self.page.url}")

    def follow(self, words: str) -> None:
        self.tab_to(words=words)
        with self.page.expect_navigation():
            self.press("Enter")


@pytest.fixture
def desk(desks: Any, auditor: User) -> Desk:
    seated: Desk = desks(auditor)
    return seated


@pytest.fixture
def page(desk: Desk, audit: Audit) -> Iterator[Page]:
    """The first section, with the focus on its first standard; left when what was typed is saved."""
    opened = desk.open(f"/audits/{audit.reference}/do/s1/")
    opened.locator("[data-standard] input").first.focus()
    yield opened
    expect(opened.locator("[data-saved]")).to_have_text(SETTLED, timeout=15_000)


def focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.id"))


def stored(audit: Audit) -> dict[str, Any]:
    found = PageAnswers.objects.filter(audit=audit, page="s1").first()
    return dict(found.content) if found else {}


class TestKeysOfASection:
    def test_answer_and_go_on_to_the_next(self, page: Page) -> None:
        for key in "yNa":
            page.keyboard.press(key)
        for code, value in (("S1-01", "yes"), ("S1-02", "no"), ("S1-03", "na")):
            expect(page.locator(f"#id_answers__{code}_{value}")).to_be_checked()
        assert focused(page) == "id_answers__S1-04_yes"
        expect(page.locator("[data-answered]")).to_have_text("3 of 12 answered")

    def test_pass_over_what_is_answered_and_come_back_to_what_was_left_out(self, page: Page) -> None:
        page.locator("#id_answers__S1-02_no").check()
        page.locator("#id_answers__S1-01_yes").focus()
        page.keyboard.press("y")
        assert focused(page) == "id_answers__S1-03_yes"
        page.locator("#id_answers__S1-12_yes").focus()
        page.keyboard.press("y")
        assert focused(page) == "id_answers__S1-03_yes"

    def test_end_at_the_grade(self, page: Page) -> None:
        for _ in range(12):
            page.keyboard.press("y")
        assert focused(page) == "id_grade_0"
        page.keyboard.press("n")  # means nothing any more
        assert page.locator("[data-standard] input[value=yes]:checked").count() == 12
        assert page.locator("[data-standard] input[value=no]:checked").count() == 0

    @pytest.mark.parametrize(("down", "up"), [("ArrowDown", "ArrowUp"), ("j", "k")])
    def test_move_up_and_down_without_answering(self, page: Page, down: str, up: str) -> None:
        page.keyboard.press(down)
        page.keyboard.press(down)
        assert focused(page) == "id_answers__S1-03_yes"
        page.keyboard.press(up)
        assert focused(page) == "id_answers__S1-02_yes"
        assert page.locator("[data-standard] input:checked").count() == 0

    def test_leave_left_and_right_to_the_browser(self, page: Page) -> None:
        page.keyboard.press("ArrowRight")
        expect(page.locator("#id_answers__S1-01_no")).to_be_checked()
        page.keyboard.press("ArrowLeft")
        expect(page.locator("#id_answers__S1-01_yes")).to_be_checked()

    def test_leave_combinations_and_other_inputs_alone(self, page: Page) -> None:
        page.keyboard.press("Control+y")
        page.locator("#id_rationale").focus()
        page.keyboard.type("yna")
        assert page.locator("[data-standard] input:checked").count() == 0
        assert page.locator("#id_rationale").input_value() == "yna"

    def test_write_a_comment_that_is_saved(self, desk: Desk, page: Page, audit: Audit) -> None:
        page.keyboard.press("n")
        page.keyboard.press("ArrowUp")
        page.keyboard.press("c")
        assert focused(page) == "id_comments__S1-01"
        expect(page.get_by_text("Comment on 1.1: what is missing?")).to_be_visible()
        page.keyboard.type("Nobody any date")  # n, a and y are letters here
        page.get_by_text("3 words").wait_for()
        page.keyboard.press("Escape")
        assert focused(page) == "id_answers__S1-01_no"
        expect(page.locator("[data-saved]")).to_contain_text("Saved 1", timeout=15_000)
        assert (stored(audit)["comments"], stored(audit)["answers"]) == ({"S1-01": "Nobody any date"}, {"S1-01": "no"})
        desk.look()
        page.reload()
        expect(page.locator("#id_comments__S1-01")).to_be_visible()
        expect(page.locator("#id_comments__S1-02")).to_be_hidden()

    def test_close_an_empty_comment(self, page: Page) -> None:
        page.keyboard.press("c")
        page.keyboard.press("Escape")
        expect(page.locator("#id_comments__S1-01")).to_be_hidden()
        button = page.locator("[data-comment]").first
        assert button.get_attribute("aria-expanded") == "false"
        button.click()
        assert button.get_attribute("aria-expanded") == "true"


class TestWholeAudit:
    def test_can_be_done_by_keyboard_alone(self, audit: Audit, desk: Desk) -> None:
        """The core template: 9 sections with 68 standards, the overall judgement, an action, the submission."""
        self.prepare(audit)
        page = desk.open(f"/audits/{audit.reference}/do/")
        keys = Keys(page)
        keys.skip_to_content()
        keys.follow("Go on where you stopped")
        self.do_sections(keys, audit)
        sections = keys.count
        self.judge(keys, audit)
        self.set_an_action(keys, audit)
        self.submit(keys, audit)
        audit.refresh_from_db()
        assert audit.status in {Status.WITH_TEAM, Status.ACTIONS}
        print(f"\nA whole audit by keyboard: {keys.count} presses beside text, {sections} of them for the sections")
        # 68 standards take a press each. A section page adds seven: into its content, to the first standard, one for
        # the grade, one to the text, two to the button and one to press it; an eighth on the page after a skip link.
        # The rest (task list, overall judgement, one action, checking, submitting) passes inputs one by one with Tab:
        # some 20 on the judgement, 10 on the action, 10 between pages. It may take 70, as links come to be added.
        assert sections <= 68 + 9 * 8
        assert keys.count <= 68 + 9 * 8 + 70

    def prepare(self, audit: Audit) -> None:
        """The pages before the file are written; their inputs are ordinary ones."""
        form = form_of(audit.template_version_id)
        for minutes, code in enumerate(("overview", "meeting", "child", "parent")):
            content = page_content(code, form, grade="good", outcomes="on_the_way", day=TODAY, **child_of(audit))
            at = NOW + timedelta(minutes=minutes)
            answering.save_page(audit.reference, page=code, content=content, base_revision=0, by=audit.auditor, at=at)

    def do_sections(self, keys: Keys, audit: Audit) -> None:
        form = form_of(audit.template_version_id)
        for section in form.sections:
            assert keys.path().endswith(f"/do/{section.code}/")
            keys.skip_to_content()
            keys.tab_to("[data-standard] input")
            for _ in section.standards:
                keys.press("y")
            keys.press("ArrowRight")  # from the first grade to the second: Good
            keys.press("Tab")
            keys.type(f"Clear and timely in section {section.number}.")
            last = section is form.sections[-1]
            keys.follow("Save and go to the task list" if last else "Save and continue")
        assert len(form.sections) == 9
        assert sum(len(section.standards) for section in form.sections) == 68

    def judge(self, keys: Keys, audit: Audit) -> None:
        keys.skip_to_content()
        keys.follow("Go on where you stopped")
        assert keys.path().endswith("/do/overall/")
        keys.skip_to_content()
        keys.tab_to("[name=safe_now]")
        keys.press("Space")
        keys.tab_to("[name=outcomes]")
        keys.press("ArrowDown")  # on the way
        keys.tab_to("[name=grade]")
        keys.press("ArrowDown")  # Good
        keys.tab_to("[name=rationale]")
        keys.type("The sections point that way.")
        for closing in form_of(audit.template_version_id).closing:
            keys.tab_to(f"[name={closing['code']}]")
            keys.type("As found on the file.")
        keys.follow("Save and continue")

    def set_an_action(self, keys: Keys, audit: Audit) -> None:
        assert keys.path().endswith("/actions/")
        keys.skip_to_content()
        keys.tab_to("[name=outcome]")
        keys.type("The child is seen every two weeks.")
        keys.tab_to("[name=how]")
        keys.type("Book the visits until the summer with the family.")
        keys.tab_to("[name=owner]")
        keys.press("ArrowDown")
        due = TODAY + timedelta(days=14)
        for part, value in (("day", due.day), ("month", due.month), ("year", due.year)):
            keys.tab_to(f"[name=due_on_{part}]")
            keys.type(str(value))
        keys.tab_to("[name=agreed_with_worker]")
        keys.press("Space")
        keys.follow("Add this action")
        assert SmartAction.objects.filter(audit=audit).count() == 1

    def submit(self, keys: Keys, audit: Audit) -> None:
        keys.page.goto(f"/audits/{audit.reference}/do/")
        keys.skip_to_content()
        keys.follow("Check your answers and submit")
        keys.skip_to_content()
        keys.tab_to(words="Everything is answered")
        keys.press("Enter")
        keys.follow("Submit this audit")
