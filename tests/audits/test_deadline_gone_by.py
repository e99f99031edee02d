"""An action whose deadline went by while the audit was written: no deadline, so it is mended before submitting."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from audits import smart_actions, submitting
from audits.models import Audit, SmartAction
from tests.cast import add_action, fill_in
from tests.conftest import NOW, TODAY

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]
EARLIER = TODAY - timedelta(days=15)


@pytest.fixture(params=[False, True], ids=["ordinary", "needed at once"])
def late(request: pytest.FixtureRequest, audit: Audit) -> SmartAction:
    """Everything is answered; an action was set days ago, and its day has gone by."""
    fill_in(audit, at=NOW, today=TODAY)
    action = add_action(audit, immediate=request.param, at=NOW, today=EARLIER)
    SmartAction.objects.filter(pk=action.pk).update(due_on=TODAY - timedelta(days=1))
    return action


class TestADeadlineGoneBy:
    def test_is_named_on_the_check_page_with_a_link_to_the_action(
        self, client: Client, audit: Audit, late: SmartAction
    ) -> None:
        client.force_login(audit.auditor)
        page = client.get(reverse("audits:check", args=[audit.reference])).content.decode()
        assert "Set a new date for action 1: its deadline, 9 November 2026, has gone by" in page
        there = reverse("audits:smart_actions", args=[audit.reference])
        assert f'href="{there}#id_action_{late.number}"' in page
        assert f'id="id_action_{late.number}"' in client.get(there).content.decode()

    def test_stops_the_audit_until_there_is_a_new_one(self, audit: Audit, late: SmartAction) -> None:
        with pytest.raises(submitting.NotReady):
            submitting.submit(audit, by=audit.auditor, at=NOW, today=TODAY)
        late.refresh_from_db()
        values = {name: getattr(late, name) for name in smart_actions.CHANGING} | {"due_on": date(2026, 12, 1)}
        smart_actions.change(late, **values, by=audit.auditor, today=TODAY)
        assert submitting.submit(audit, by=audit.auditor, at=NOW, today=TODAY).is_submitted

    def test_of_today_is_none(self, audit: Audit, late: SmartAction) -> None:
        SmartAction.objects.filter(pk=late.pk).update(due_on=TODAY)
        assert submitting.submit(audit, by=audit.auditor, at=NOW, today=TODAY).is_submitted
