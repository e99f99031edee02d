"""What the documents about an audit say of how its meeting was arranged (A3)."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from audits.models import Audit, Meeting
from audits.whole_audit import Facts, whole_audit, with_everyone
from people.models import User
from tests.audits.meetings.offering import offer
from tests.conftest import TODAY
from tests.factories import UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]


def arranged(audit: Audit) -> Facts:
    """What stands in the documents about the first meeting."""
    whole = whole_audit(with_everyone(Audit.objects.all()).get(pk=audit.pk), today=TODAY)
    [part] = [part for part in whole.parts if part.code == "meeting"]
    assert isinstance(part.blocks[0], Facts)
    return part.blocks[0]


def invited(audit: Audit) -> str:
    return next(row.value for row in arranged(audit).rows if row.label == "Invited")


class TestInvited:
    def test_are_called_what_they_are_to_the_audit(self, audit: Audit, team_manager: User) -> None:
        supervisor = UserFactory(name="Sunny Supervisor")
        Audit.objects.filter(pk=audit.pk).update(worker=None, supervisor=supervisor)
        audit.refresh_from_db()
        offer(audit)
        assert invited(audit) == (
            "Tamar Manager (Team manager: No answer yet), Sunny Supervisor (Auditor’s supervisor: No answer yet)"
        )

    def test_are_worker_and_co_worker_otherwise(self, audit: Audit, co_worker: User) -> None:
        offer(audit, co_workers_asked=[co_worker.pk])
        assert invited(audit) == "Wren Worker (Worker: No answer yet), Cody Co-worker (Co-worker: No answer yet)"

    def test_keep_the_word_they_were_invited_by_where_the_case_changed_hands(self, audit: Audit) -> None:
        offer(audit)
        Audit.objects.filter(pk=audit.pk).update(worker=UserFactory(), team_manager=None)
        assert invited(audit) == "Wren Worker (Worker: No answer yet)"


class TestArranged:
    def test_says_the_day_in_london(self, audit: Audit) -> None:
        offer(audit)
        late = datetime(2026, 7, 1, 23, 30, tzinfo=UTC)  # half past midnight on the 2nd
        Meeting.objects.update(offered_at=late)
        assert arranged(audit).title == "Meeting arranged 2 July 2026"
