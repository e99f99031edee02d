"""A blind moderation that changes a grade: drawn, given, graded, talked over, the grade changed and the team told."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from allocation.models import Cycle, ModerationDraw
from audits.models import Audit, ModerationTask, TemplateVersion, UrgentNotice
from people.models import OutgoingMail, User
from tests.audits.after.moderation_cast import moderator
from tests.cast import submitted
from tests.conftest import NOW, TODAY
from tests.factories import CycleFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def month(core_template: TemplateVersion, psw: User) -> Cycle:
    """The published month of the audit."""
    return CycleFactory(
        month=date(2026, 11, 1),
        template_version=core_template,
        status=Cycle.Status.PUBLISHED,
        opened_at=NOW,
        published_at=NOW,
        published_by=psw,
        due_on=date(2026, 11, 30),
    )


def fill_date(page: Page, name: str, day: date) -> None:
    """Type a day into its three boxes."""
    for part, value in (("day", day.day), ("month", day.month), ("year", day.year)):
        page.locator(f"[name={name}_{part}], [name={name}_{ {'day': 0, 'month': 1, 'year': 2}[part] }]").first.fill(
            str(value)
        )


@pytest.mark.parametrize("width", [1280, 390])
class TestModeration:
    def test_changes_a_grade(self, audit: Audit, month: Cycle, psw: User, desks: Any, clock: Any, width: int) -> None:
        mo = moderator()
        submitted(audit, grade="good", at=NOW, today=TODAY)
        self._draw(desks(psw, width=width), month)
        assert ModerationTask.objects.get().moderator == mo
        assert OutgoingMail.objects.filter(kind="moderation", recipient=mo).count() == 1
        self._moderate(desks(mo, width=width), audit)
        audit.refresh_from_db()
        assert audit.overall_grade is not None
        assert audit.final_grade is not None
        assert (audit.overall_grade.code, audit.final_grade.code) == ("good", "inadequate")
        assert UrgentNotice.objects.filter(audit=audit).count() == 1
        assert OutgoingMail.objects.filter(kind="urgent", recipient=audit.team_manager).count() == 1
        desk = desks(audit.auditor, width=width)
        page = desk.open(reverse("audits:detail", args=[audit.reference]))
        expect(page.locator("#moderation + p")).to_contain_text("Inadequate")

    def _draw(self, desk: Any, month: Cycle) -> None:
        """The programme sets the day, reads what will happen, draws."""
        page = desk.open(reverse("allocation:cycle", args=[month.month]))
        page = desk.follow("Moderation of this month")
        fill_date(page, "day", TODAY)
        page = desk.press("Set the moderation day")
        expect(page.get_by_text("Mo Moderator")).to_be_visible()
        page = desk.press("Draw and give the audits out")
        expect(page.get_by_text("Drawn again from the record just now: the same audits.")).to_be_visible()
        assert ModerationDraw.objects.count() == 1

    def _moderate(self, desk: Any, audit: Audit) -> None:
        """The moderator is led to the blind page, grades, sees both, records the talk."""
        page = desk.open(reverse("audits:detail", args=[audit.reference]))
        assert page.url.endswith(reverse("audits:moderate", args=[audit.reference]))
        assert page.locator(".portal-grade").count() == 0
        for box in page.locator("select[name^=section_]").all():
            box.select_option(label="Inadequate")
        page.locator("#id_grade, [id^=div_id_grade]").first.get_by_label("Inadequate", exact=True).check()
        page.get_by_label("What in the practice leads to your grade?").fill("Nobody has seen the child alone.")
        page = desk.press("Record my grades and see the auditor’s")
        expect(page.get_by_role("table")).to_contain_text("Good")
        fill_date(page, "talked_on", TODAY)
        page.get_by_label("What did you talk over?").fill("We read the last three visits together.")
        page.get_by_label("The auditor agrees").check()
        page = desk.press("Record the talk")
        expect(page.get_by_text("Settled on")).to_be_visible()
