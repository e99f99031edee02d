"""The page of late audits for line managers."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.test import Client

from audits.models import TemplateVersion
from people.models import User
from tests.factories import AuditFactory

pytestmark = pytest.mark.usefixtures("today")


def text_of(response: Any) -> str:
    return " ".join(response.content.decode().split())


class TestLatePage:
    def test_shows_progress_and_nothing_of_the_child(
        self, client: Client, core_template: TemplateVersion, auditor: User
    ) -> None:
        audit = AuditFactory(template_version=core_template, auditor=auditor, due_on=date(2026, 11, 5))
        assert auditor.line_manager is not None
        client.force_login(auditor.line_manager)
        text = text_of(client.get("/late/"))
        assert audit.reference in text
        assert 'data-label="Days late">5<' in text
        assert audit.case.reference not in text
        assert audit.case.child_name not in text

    def test_is_empty_for_others(self, client: Client, auditor: User) -> None:
        client.force_login(auditor)
        text = text_of(client.get("/late/"))
        assert "Nobody’s audits to follow" in text
        assert "The staff list names nobody whom you manage." in text

    def test_is_empty_for_a_manager_whose_people_are_on_time(self, client: Client, auditor: User) -> None:
        assert auditor.line_manager is not None
        client.force_login(auditor.line_manager)
        assert "Nobody you manage has an audit past its due date." in text_of(client.get("/late/"))

    def test_is_every_late_audit_for_those_who_run_the_programme(
        self, client: Client, core_template: TemplateVersion, auditor: User, psw: User
    ) -> None:
        """Though nobody on the staff list has them as line manager."""
        assert not psw.reports.exists()
        client.force_login(psw)
        text = text_of(client.get("/late/"))
        assert "No audit of any auditor is past its due date." in text
        assert "people you manage" not in text
        audit = AuditFactory(template_version=core_template, auditor=auditor, due_on=date(2026, 11, 5))
        text = text_of(client.get("/late/"))
        assert audit.reference in text
        assert "Every audit that is past its due date, whoever does it." in text
