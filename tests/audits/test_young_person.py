"""What an audit calls somebody of 18 or over, on its pages and in its documents: never a child (A8)."""

from __future__ import annotations

import re
from datetime import date
from io import BytesIO
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils.html import strip_tags
from pypdf import PdfReader

from audits import supervising
from audits.co_auditing import agreement
from audits.models import Audit, ImmediateRisk, TemplateVersion
from audits.whole_audit import WholeAudit, each_text, whole_audit, with_everyone
from audits.young_person import called
from people.models import User
from reporting.audit_pdf import audit_html, audit_pdf
from tests.cast import fill_in, submitted
from tests.conftest import NOW, TODAY
from tests.factories import UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]
CALLED_A_CHILD = re.compile(r"\b(?:the|a) child(?:’s)?\b(?! protection\b| in need\b)|Child’s", re.IGNORECASE)


@pytest.fixture
def leaver(audit: Audit) -> Audit:
    """An audit of a young person of 19."""
    audit.case.date_of_birth = date(2007, 5, 1)
    audit.case.save()
    return audit


def main_of(client: Client, person: User, name: str, *args: Any) -> str:
    """What stands on a page, without the menu."""
    client.force_login(person)
    page = client.get(reverse(f"audits:{name}", args=args)).content.decode()
    return strip_tags(page[page.index("<main") : page.index("</main")])


def whole_of(audit: Audit) -> WholeAudit:
    return whole_audit(with_everyone(Audit.objects.all()).get(pk=audit.pk), today=TODAY)


class TestCalled:
    def test_leaves_the_names_of_plans_alone(self) -> None:
        text = "The child’s plan: the child protection plan and the child in need plan of the child. The children"
        assert called(text, adult=True) == (
            "The young person’s plan: the child protection plan and the child in need plan of the young person. "
            "The children"
        )
        assert called(text, adult=False) == text


class TestYoungPerson:
    def test_is_so_called_where_answers_are_checked(self, client: Client, leaver: Audit) -> None:
        fill_in(leaver, grade="good", at=NOW, today=TODAY)
        page = main_of(client, leaver.auditor, "check", leaver.reference)
        assert "The young person’s views" in page
        assert CALLED_A_CHILD.findall(page) == []

    def test_is_so_called_in_what_is_still_missing(self, client: Client, leaver: Audit) -> None:
        page = main_of(client, leaver.auditor, "check", leaver.reference)
        assert page.count("The young person’s views") > 1

    def test_is_so_called_where_actions_are_set(self, client: Client, leaver: Audit) -> None:
        fill_in(leaver, grade="inadequate", outcomes="not_met", at=NOW, today=TODAY)
        page = main_of(client, leaver.auditor, "smart_actions", leaver.reference)
        assert "What should be better for the young person?" in page
        assert CALLED_A_CHILD.findall(page.replace("The child is seen every two weeks", "")) == []

    def test_is_so_called_where_an_urgent_audit_is_stopped_for_and_sent(self, client: Client, leaver: Audit) -> None:
        fill_in(leaver, grade="inadequate", outcomes="not_met", at=NOW, today=TODAY)
        page = main_of(client, leaver.auditor, "submit_urgent", leaver.reference)
        assert "You say that the young person in audit" in page
        assert CALLED_A_CHILD.findall(page) == []
        client.post(reverse("audits:submit_urgent", args=[leaver.reference]))
        page = main_of(client, leaver.auditor, "submitted", leaver.reference)
        assert CALLED_A_CHILD.findall(page) == []

    def test_is_so_called_where_the_audit_is_read(self, client: Client, leaver: Audit, worker: User) -> None:
        submitted(leaver, grade="inadequate", outcomes="not_met", at=NOW, today=TODAY)
        page = main_of(client, worker, "detail", leaver.reference)
        assert "The young person’s views" in page
        assert "For the young person" in page

    def test_is_so_called_in_part_b_and_on_the_page_of_an_action(
        self, client: Client, leaver: Audit, worker: User
    ) -> None:
        submitted(leaver, grade="inadequate", outcomes="not_met", at=NOW, today=TODAY)
        page = main_of(client, worker, "part_b", leaver.reference)
        page += main_of(client, worker, "action", leaver.smart_actions.get().pk)
        assert page.count("For the young person") == 2
        assert CALLED_A_CHILD.findall(page.replace("The child is seen every two weeks", "")) == []

    @pytest.mark.parametrize(("name", "more"), [("learning", []), ("page", ["timescales"]), ("write_note", [])])
    def test_is_so_called_on_the_pages_of_who_writes(
        self, client: Client, leaver: Audit, name: str, more: list[str]
    ) -> None:
        page = main_of(client, leaver.auditor, name, leaver.reference, *more)
        assert "this child" not in page
        assert CALLED_A_CHILD.findall(page) == []

    def test_is_so_called_where_a_section_is_set_aside(self, client: Client, leaver: Audit) -> None:
        page = main_of(client, leaver.auditor, "page", leaver.reference, "s1")
        assert "This section does not fit this young person" in page

    @pytest.mark.parametrize("name", ["tasks", "detail", "learning", "part_b", "sharing"])
    def test_is_so_called_on_the_button_for_a_risk(self, client: Client, leaver: Audit, name: str) -> None:
        submitted(leaver, at=NOW, today=TODAY)
        if name in {"tasks", "learning"}:
            Audit.objects.filter(pk=leaver.pk).update(status="in_progress", submitted_at=None)
        client.force_login(leaver.auditor)
        page = client.get(reverse(f"audits:{name}", args=[leaver.reference])).content.decode()
        assert "A young person at risk today?" in page

    def test_is_so_called_beside_an_action_that_is_typed(self, client: Client, leaver: Audit) -> None:
        client.force_login(leaver.auditor)
        url = reverse("audits:check_action", args=[leaver.reference])
        due = {"due_on_day": "10", "due_on_month": "11", "due_on_year": "2026"}
        for outcome, says in [("", "better for the young person?"), ("Calm.", "changes for the young person or the")]:
            sent = {"outcome": outcome, "how": "Ring the school.", "owner": leaver.worker_id, **due}
            prompts = " ".join(each["prompt"] for each in client.post(url, sent).json()["letters"])
            assert says in prompts
            assert "to keep the young person safe" in prompts
            assert CALLED_A_CHILD.findall(prompts) == []

    def test_is_so_called_where_a_risk_is_raised_and_read(
        self, client: Client, leaver: Audit, team_manager: User, psw: User
    ) -> None:
        page = main_of(client, leaver.auditor, "raise_risk", leaver.reference)
        client.post(reverse("audits:raise_risk", args=[leaver.reference]), {"concern": "Not seen."})
        page += main_of(client, team_manager, "risk", ImmediateRisk.objects.get().pk)
        assert page.count("What puts the young person at risk") == 2
        assert CALLED_A_CHILD.findall(page) == []

    def test_is_so_called_in_the_documents(self, leaver: Audit) -> None:
        submitted(leaver, grade="inadequate", outcomes="not_met", at=NOW, today=TODAY)
        whole = whole_of(leaver)
        assert "The young person’s views" in [part.title for part in whole.parts]
        page = audit_html(each_text(whole, lambda text: text.replace("The child is seen every two weeks.", "")))
        assert "about a young person" in page
        assert CALLED_A_CHILD.findall(strip_tags(page)) == []
        shown = PdfReader(BytesIO(audit_pdf(whole))).pages[1].extract_text()
        assert "Official-sensitive: about a young person" in shown

    def test_is_so_called_above_earlier_versions(self, client: Client, leaver: Audit) -> None:
        fill_in(leaver, at=NOW, today=TODAY)
        assert "The young person’s views" in main_of(client, leaver.auditor, "versions", leaver.reference, "child")

    def test_is_so_called_where_a_supervisor_reads_what_changed(self, leaver: Audit, team_manager: User) -> None:
        Audit.objects.filter(pk=leaver.pk).update(supervisor=UserFactory(), agreement_asked_at=NOW.replace(year=2025))
        leaver.refresh_from_db()
        fill_in(leaver, at=NOW, today=TODAY)
        Audit.objects.filter(pk=leaver.pk).update(agreement_asked_at=NOW.replace(year=2025))
        leaver.refresh_from_db()
        found = supervising.talk(leaver, agreement(leaver, today=TODAY), today=TODAY)
        assert "The young person’s views" in [change.title for change in found["changed"]]

    def test_is_still_the_child_of_an_audit_submitted_before_the_birthday(self, audit: Audit) -> None:
        audit.case.date_of_birth = date(2008, 12, 1)
        audit.case.save()
        submitted(audit, at=NOW, today=TODAY)
        with time_machine.travel(NOW.replace(year=2027), tick=False):
            whole = whole_audit(with_everyone(Audit.objects.all()).get(pk=audit.pk), today=date(2027, 11, 10))
        assert whole.person == "child"
        assert "The child’s views" in [part.title for part in whole.parts]


class TestUrgentSection:
    def test_is_named_with_its_grade_where_there_is_no_overall_grade(
        self, client: Client, audit: Audit, templates: list[TemplateVersion]
    ) -> None:
        audit.template_version = next(v for v in templates if not v.overall_grade and v.scale.code == "ofsted-4")
        audit.save()
        fill_in(audit, grade="inadequate", outcomes="not_met", at=NOW, today=TODAY)
        page = main_of(client, audit.auditor, "submit_urgent", audit.reference)
        assert " and “Impact” Inadequate. As soon as you submit" in " ".join(page.split())
        assert page.count("Inadequate") == 1
