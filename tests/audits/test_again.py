"""Re-audits and the audits they follow name each other on their pages (L6)."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from audits.again import Related, related, with_followed
from audits.models import Audit, Selection, Status
from people.models import Team, User
from people.roles import JobRole
from tests.factories import AuditFactory, UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]


@pytest.fixture
def first(audit: Audit) -> Audit:
    """The audit of August."""
    Audit.objects.filter(pk=audit.pk).update(month=date(2026, 8, 1), reference="2026-08-0007")
    return Audit.objects.get(pk=audit.pk)


@pytest.fixture
def second(first: Audit, other_team: Team) -> Audit:
    """The same case in November, by somebody else."""
    return AuditFactory(
        reference="2026-11-0003",
        case=first.case,
        template_version=first.template_version,
        auditor=UserFactory(job_role=JobRole.TEAM_MANAGER, team=other_team),
        worker=first.worker,
        team_manager=first.team_manager,
        selection=Selection.RE_AUDIT,
        re_audit_of=first,
    )


def page_of(client: Client, audit: Audit, person: User) -> str:
    client.force_login(person)
    return client.get(reverse("audits:detail", args=[audit.reference])).content.decode()


def link(audit: Audit) -> str:
    return f'href="{reverse("audits:detail", args=[audit.reference])}"'


class TestReAudit:
    def test_names_the_first_audit_with_a_link_for_those_who_may_see_it(
        self, client: Client, first: Audit, second: Audit, worker: User
    ) -> None:
        page = page_of(client, second, worker)
        assert "Re-audit of" in page
        assert link(first) in page

    def test_gives_no_link_to_its_auditor_who_may_not_see_the_first(
        self, client: Client, first: Audit, second: Audit
    ) -> None:
        page = page_of(client, second, second.auditor)
        assert first.reference in page
        assert link(first) not in page

    def test_is_named_on_the_first_audit_by_its_month(self, client: Client, first: Audit, second: Audit) -> None:
        for person, linked in ((first.worker, True), (first.auditor, False)):
            assert person is not None
            page = page_of(client, first, person)
            assert "Looked at again in" in page
            assert "November 2026" in page
            assert (link(second) in page) is linked

    def test_that_was_withdrawn_did_not_look_at_anything(self, first: Audit, second: Audit, worker: User) -> None:
        assert [other.reference for other in related(first, seen_by=worker).after] == [second.reference]
        Audit.objects.filter(pk=second.pk).update(status=Status.WITHDRAWN)
        assert related(first, seen_by=worker).after == []

    def test_costs_no_query_where_there_is_none(
        self, first: Audit, worker: User, django_assert_num_queries: Any
    ) -> None:
        (read,) = with_followed(Audit.objects.filter(pk=first.pk))
        with django_assert_num_queries(0):
            assert related(read, seen_by=worker) == Related()
