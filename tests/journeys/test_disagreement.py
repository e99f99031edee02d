"""A disagreement in the browser: raised, no one view twice, mediation, a binding decision that changes the grade."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import time_machine

from audits.models import Audit, GradeChange
from people.models import User
from people.roles import JobRole
from tests.cast import date_parts, submitted
from tests.conftest import NOW, TODAY
from tests.factories import UserFactory
from tests.journeys.conftest import Desk

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def ticking() -> Iterator[None]:
    """The clock of the tests, going on as it should."""
    with time_machine.travel(NOW, tick=True):
        yield


def record_without_one_view(desk: Desk, note: str) -> None:
    """The auditor records a session of auditor and worker that came to no one view."""
    page = desk.press("Record the review session")
    for name, value in date_parts("held_on", TODAY).items():
        page.locator(f"[name={name}]").fill(value)
    page.get_by_label("Ada Auditor").check()
    page.get_by_label("Wren Worker").check()
    page.get_by_label("What was said").fill(note)
    page.get_by_role("group", name="Did you come to one view, on every line?").get_by_label("No").check()
    desk.press("Record the session")


@pytest.mark.usefixtures("ticking")
class TestDisagreement:
    def test_ends_with_a_binding_decision(
        self, desks: Any, audit: Audit, worker: User, team_manager: User, head_of_service: User, psw: User
    ) -> None:
        quality = UserFactory(name="Quinn Quality", job_role=JobRole.QA_OFFICER)
        submitted(audit, at=NOW, today=TODAY)
        at_work, auditor = desks(worker, width=390), desks(audit.auditor)

        at_work.open(f"/audits/{audit.reference}/part-b/")
        page = at_work.follow("I do not agree with a grade or a finding")
        at_work.press("Ask for a review session")
        assert page.get_by_text("Say what you do not agree with: one line at least.").first.is_visible()
        page.get_by_text("Overall grade: Good").click()
        page.locator("[name=wanted__overall][value=outstanding]").check()
        page.locator("[name=said__overall]").fill("The visits are all there, under another name.")
        page = at_work.press("Ask for a review session")
        assert page.get_by_text("Part B waits until then.").is_visible()

        auditor.open(f"/audits/{audit.reference}/disagreement/")
        record_without_one_view(auditor, "We looked at each visit and still differ.")
        assert auditor.page.get_by_text("did not come to one view").first.is_visible()

        manager = desks(team_manager)
        manager.open(f"/audits/{audit.reference}/disagreement/")
        page = manager.press("Disagree a second time")
        assert page.locator("[name=said__overall]").input_value() == "The visits are all there, under another name."
        manager.press("Ask for a review session")

        auditor.open(f"/audits/{audit.reference}/disagreement/")
        record_without_one_view(auditor, "We still differ.")
        page = auditor.press("Hand it to mediation")
        assert page.get_by_label("Hana Head").is_checked()
        page = auditor.press("Ask them to mediate")
        assert page.get_by_text("In mediation with Hana Head or Quinn Quality").is_visible()

        mediator = desks(quality, width=390)
        mediator.open(f"/audits/{audit.reference}/disagreement/")
        page = mediator.press("Decide")
        page.locator("[name=outcome__overall][value=changed]").check()
        page.locator("[name=grade__overall][value=outstanding]").check()
        page.locator("[name=why__overall]").fill("The visits are on file.")
        page.get_by_label("What you decided, and why").fill("The visits count.")
        page = mediator.press("Decide: this is binding")
        assert page.get_by_text("nobody can disagree with this audit again").first.is_visible()
        change = GradeChange.objects.get()
        assert (change.cause, change.to_grade.code, change.by) == ("mediation", "outstanding", quality)

        page = at_work.open(f"/audits/{audit.reference}/")
        assert page.get_by_text("Final grade:").is_visible()
        assert page.get_by_role("link", name="I do not agree").count() == 0
