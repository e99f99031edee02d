"""An action in the browser: done, sent back, done again, verified by somebody else; the audit closes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import time_machine

from audits.models import Audit, SmartAction, Status
from people.models import User
from tests.audits.after.acting import EVIDENCE, SEEN, acted
from tests.conftest import NOW

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def ticking() -> Iterator[None]:
    """The clock of the tests, going on as it should."""
    with time_machine.travel(NOW, tick=True):
        yield


@pytest.mark.usefixtures("ticking")
@pytest.mark.parametrize("width", [1280, 390])
class TestAction:
    def test_is_done_sent_back_done_again_and_verified(
        self, desks: Any, audit: Audit, worker: User, team_manager: User, psw: User, width: int
    ) -> None:
        action = acted(audit)
        at_work, manager = desks(worker, width=width), desks(team_manager, width=width)
        at_work.open("/actions/?whose=mine")
        page = at_work.follow("Book the visits")
        page.get_by_label("What was done, and where can it be seen?").fill("They are booked.")
        page = at_work.press("Record as done")
        assert page.get_by_text("Somebody else is asked to verify it.").is_visible()

        manager.open("/actions/?show=verify")
        manager.follow("Book the visits")
        page = manager.follow("Send it back")
        page.get_by_label("What is still to be done?").fill("Until the summer, not only for May.")
        page = manager.press("Send it back")
        assert page.get_by_text("The action is open again, and its owner is told.").is_visible()

        page = at_work.open(f"/actions/{action.pk}/")
        assert page.get_by_text("Until the summer, not only for May.").is_visible()
        page.get_by_label("What was done, and where can it be seen?").fill(EVIDENCE)
        at_work.press("Record as done")

        page = manager.open("/actions/?show=verify")
        page.get_by_label(f"Action {action.number} of {audit.reference}").check()
        page.get_by_label("With those you ticked").select_option("Verify")
        page = manager.press("Go on")
        assert page.get_by_text("This will happen to 1 action.").is_visible()
        page.get_by_label("What did you see that shows it?").fill(SEEN)
        page = manager.press("Verify")
        assert page.get_by_text("1 action: verify. All went through.").is_visible()
        now = SmartAction.objects.select_related("audit").get(pk=action.pk)
        assert (now.verified_by, now.audit.status) == (team_manager, Status.CLOSED)

        page = manager.open(f"/audits/{audit.reference}/")
        assert page.get_by_text("1 of 1").first.is_visible()
        desks(psw, width=width).open("/actions/overdue/")
        manager.open(f"/actions/{action.pk}/")
