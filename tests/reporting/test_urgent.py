"""Which audits count as urgent, and what became of the emails about them."""

from __future__ import annotations

import pytest

from audits import immediate_risks
from audits.models import Audit, TemplateVersion
from people.models import OutgoingMail
from reporting import measures
from reporting.urgent import only_urgent, urgent_audits
from tests import cast
from tests.conftest import NOW, TODAY

pytestmark = pytest.mark.django_db


@pytest.fixture
def sections_only(audit: Audit, templates: list[TemplateVersion]) -> Audit:
    """An audit under the shipped template that has no overall grade."""
    audit.template_version = next(version for version in templates if not version.overall_grade)
    audit.save()
    return audit


def worst(audit: Audit) -> str:
    """The code of the urgent grade of an audit's scale."""
    return str(audit.template_version.scale.grades.get(is_urgent=True).code)


def good(audit: Audit) -> str:
    return str(audit.template_version.scale.grades.filter(is_good=True).first().code)


class TestUrgentAudits:
    def test_are_those_with_an_urgent_overall_grade(self, audit: Audit) -> None:
        cast.submitted(audit, grade=worst(audit), at=NOW, today=TODAY)
        assert [row.audit for row in urgent_audits(Audit.objects.all())] == [audit]

    def test_are_those_with_an_urgent_section_where_there_is_no_overall_grade(self, sections_only: Audit) -> None:
        cast.submitted(sections_only, grade=worst(sections_only), at=NOW, today=TODAY)
        (row,) = urgent_audits(Audit.objects.all())
        assert (row.audit, row.state) == (sections_only, "queued")
        assert row.mails

    def test_are_not_those_whose_sections_are_good(self, sections_only: Audit) -> None:
        cast.submitted(sections_only, grade=good(sections_only), at=NOW, today=TODAY)
        assert urgent_audits(Audit.objects.all()) == []

    def test_are_not_those_whose_overall_grade_is_better_than_a_section(self, audit: Audit) -> None:
        submitted = cast.submitted(audit, at=NOW, today=TODAY)
        urgent = audit.template_version.scale.grades.get(is_urgent=True)
        section = submitted.section_grades.first()
        assert section
        section.grade = urgent
        section.save()
        assert not only_urgent(Audit.objects.all()).exists()

    def test_are_not_those_that_are_still_written(self, audit: Audit) -> None:
        cast.fill_in(audit, grade=worst(audit), at=NOW, today=TODAY)
        assert not only_urgent(Audit.objects.all()).exists()


class TestUrgentMail:
    def test_counts_the_emails_about_urgent_sections(self, sections_only: Audit) -> None:
        cast.submitted(sections_only, grade=worst(sections_only), at=NOW, today=TODAY)
        (row,) = urgent_audits(Audit.objects.all())
        counted = measures.urgent_mail(Audit.objects.all())
        assert (counted.n, counted.total) == (0, len(row.mails))

    def test_leaves_out_those_about_a_risk_that_was_raised_before(self, audit: Audit) -> None:
        immediate_risks.raise_risk(
            audit, concern="Nobody has seen them for a week.", done_already="", by=audit.auditor, at=NOW, today=TODAY
        )
        OutgoingMail.objects.update(status="sent", sent_at=NOW)
        cast.submitted(audit, grade=worst(audit), outcomes="not_met", at=NOW, today=TODAY)
        OutgoingMail.objects.filter(kind="urgent").delete()
        (row,) = urgent_audits(Audit.objects.all())
        assert (row.state, row.words) == ("missing", "No email was queued")
        assert measures.urgent_mail(Audit.objects.all()).total == 0
