"""What may not stand in a template: script, style, unescaped text; in mail, anything about a child or a finding."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.architecture.sources import line_of, product, templates

PAGES = {name: text for name, text in templates(".html").items() if not name.startswith("pdf/")}
MAILS = templates(".txt")
INLINE = re.compile(
    r"<style\b|\sstyle\s*=|<script\b(?![^>]*\ssrc=)|\son[a-z]+\s*=\s*[\"']|javascript:|<iframe\b|<object\b|<embed\b|<base\b",
    re.IGNORECASE,
)
FROM_ELSEWHERE = re.compile(r"(?:<link\b[^>]*\shref|\bsrc|\baction)=[\"'](?:https?:)?//", re.IGNORECASE)
FORM = re.compile(r"<form\b(?P<start>[^>]*)>(?P<body>.*?)</form>", re.DOTALL | re.IGNORECASE)
POSTS = re.compile(r"method=[\"']?post", re.IGNORECASE)
WAY_BACK = re.compile(r"</button>(?:(?!</form>).)*<a class=\"govuk-link\"|govuk-back-link|>Cancel<", re.DOTALL)
UNESCAPED = re.compile(r"\|\s*(?:safe|safeseq)\b|\{%\s*autoescape\s+off\s*%\}")
MARKED_SAFE = re.compile(r"\bmark_safe\(|\bSafeString\((?!\"\"\))|\bhtml_safe\b|allow_unsafe")
VARIABLE = re.compile(r"\{\{\s*([\w.]+)")
TAG = re.compile(r"\{%\s*(?:if|elif|for \w+ in|with|ifchanged)\s+(.*?)\s*%\}")

# Text that a template does not escape, and why that is right.
ALLOWED_UNESCAPED = {
    "reporting/figures/compliance.html": "an SVG that reporting.charts builds and escapes itself",
    "reporting/figures/grades.html": "an SVG that reporting.charts builds and escapes itself",
}
# Everything a mail may say: names of staff, references, days, links. Nothing of a child, a grade or a finding.
MAIL_MAY_SAY = {
    "person.name", "manager.name", "action.owner.name", "action.audit.reference", "action.due_on", "audit.reference",
    "audit.auditor.name", "audit.supervisor.name", "audit.due_on", "audit.part_b_due_on", "link", "month", "why",
    "told", "again", "risk_link", "raised_by.name",
    "forloop.last", "peer.name", "before.name", "what", "manager", "exempt", "learner.name",
    "supervisor.name", "author.name", "template", "service_name", "password_reset_url",
    "guest.name", "coming", "chooses", "moved", "times", "time", "when", "form_link", "questions_link",
}  # fmt: skip


def hits(pattern: re.Pattern[str], texts: dict[str, str]) -> Iterator[str]:
    for name, text in texts.items():
        for found in pattern.finditer(text):
            yield f"templates/{name}:{line_of(text, found.start())} {found.group().strip()}"


class TestPages:
    def test_hold_no_script_or_style_of_their_own(self) -> None:
        assert list(hits(INLINE, PAGES)) == []

    def test_load_nothing_from_elsewhere(self) -> None:
        assert list(hits(FROM_ELSEWHERE, templates(".html"))) == []

    def test_have_the_token_in_every_form_that_posts(self) -> None:
        forgotten = [
            f"templates/{name}:{line_of(text, form.start())}"
            for name, text in PAGES.items()
            for form in FORM.finditer(text)
            if POSTS.search(form["start"]) and "{% csrf_token %}" not in form["body"]
        ]
        assert forgotten == []

    def test_let_go_of_a_form_without_sending_it(self) -> None:
        """A link beside the button, or above the page, leads back to where one came from."""
        layouts = ("layouts/form.html", "allocation/setup.html")
        forms = {name: text for name, text in PAGES.items() if any(f'extends "{each}"' in text for each in layouts)}
        stuck = {
            name
            for name, text in forms.items()
            if any(POSTS.search(form["start"]) for form in FORM.finditer(text)) and not WAY_BACK.search(text)
        }
        assert stuck == set()

    def test_escape_what_they_show(self) -> None:
        unescaped = {name for name, text in templates(".html").items() if UNESCAPED.search(text)}
        assert unescaped - set(ALLOWED_UNESCAPED) == set(), list(hits(UNESCAPED, templates(".html")))
        assert set(ALLOWED_UNESCAPED) - unescaped == set(), "the list names what is no longer there"


class TestCode:
    def test_never_marks_text_as_safe(self) -> None:
        """format_html escapes; nothing else makes markup."""
        marked = [
            f"{module.name}:{number}"
            for module in product()
            for number, line in enumerate(module.text.splitlines(), 1)
            if MARKED_SAFE.search(line)
        ]
        assert marked == []


class TestMails:
    @pytest.mark.parametrize("name", sorted(MAILS))
    def test_say_nothing_of_a_child_or_a_finding(self, name: str) -> None:
        assert said(MAILS[name]) - MAIL_MAY_SAY == set()

    def test_are_plain_text(self) -> None:
        assert [name for name in templates() if name.startswith("email/") and not name.endswith(".txt")] == []


def said(text: str) -> set[str]:
    """The variables that a mail writes or looks at."""
    conditions = " ".join(TAG.findall(text))
    words = set(re.findall(r"[a-z_]\w*(?:\.\w+)*", re.sub(r"\"[^\"]*\"|'[^']*'|\|\w+", "", conditions)))
    return set(VARIABLE.findall(text)) | (words - {"not", "and", "or", "in", "is"})
