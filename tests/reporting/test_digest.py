"""The Monday email of managers: their own tasks, and what is overdue in their team."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from audits.models import Audit
from people.holidays import ensure_holidays
from people.models import OutgoingMail, User
from reporting import digest
from tests.cast import add_action, submitted
from tests.conftest import NOW, TODAY

MONDAY = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
TUESDAY_AFTER_EASTER = datetime(2027, 3, 30, 7, 30, tzinfo=UTC)


@pytest.fixture
def holidays(db: None) -> None:
    ensure_holidays()


@pytest.fixture
def waiting(audit: Audit, holidays: None) -> Audit:
    """Submitted on 10 November with an action due on the 20th; Part B is due on the 24th."""
    add_action(audit, at=NOW, today=TODAY)
    audit.smart_actions.update(due_on=date(2026, 11, 20))
    return submitted(audit, at=NOW, today=TODAY)


def mail_of(person: User) -> OutgoingMail:
    return OutgoingMail.objects.get(kind="digest", recipient=person)


class TestDigest:
    def test_tells_a_manager_their_tasks_and_what_is_overdue(self, waiting: Audit, team_manager: User) -> None:
        assert digest.send_due(at=MONDAY) > 0
        mail = mail_of(team_manager)
        assert f"Audit {waiting.reference}: answer Part B by 24 November 2026" in mail.body
        action = waiting.smart_actions.get()
        overdue = f"Audit {waiting.reference}, action 1 of {action.owner.name}: was due 20 November 2026"
        assert overdue in mail.body
        assert mail.subject == "Audits, your week: 1 thing for you, 1 overdue in your team"

    def test_tells_no_name_of_a_child_and_no_grade(self, waiting: Audit, team_manager: User) -> None:
        digest.send_due(at=MONDAY)
        text = mail_of(team_manager).subject + mail_of(team_manager).body
        assert waiting.case.child_name not in text
        assert "Good" not in text

    def test_counts_an_overdue_part_b(self, waiting: Audit, team_manager: User, head_of_service: User) -> None:
        digest.send_due(at=datetime(2026, 11, 30, 8, 0, tzinfo=UTC))
        assert f"Audit {waiting.reference}: Part B was due 24 November 2026" in mail_of(head_of_service).body

    def test_goes_to_nobody_for_whom_there_is_nothing(self, holidays: None, team_manager: User) -> None:
        assert digest.send_due(at=MONDAY) == 0
        assert not OutgoingMail.objects.exists()

    def test_goes_to_no_worker(self, waiting: Audit) -> None:
        digest.send_due(at=MONDAY)
        assert waiting.worker is not None
        assert not OutgoingMail.objects.filter(kind="digest", recipient=waiting.worker).exists()

    def test_goes_once_a_week_however_often_it_is_asked_for(self, waiting: Audit, team_manager: User) -> None:
        first = digest.send_due(at=MONDAY)
        assert digest.send_due(at=MONDAY.replace(minute=20)) == 0
        assert OutgoingMail.objects.filter(kind="digest").count() == first
        assert digest.send_due(at=datetime(2026, 11, 30, 8, 0, tzinfo=UTC)) > 0

    @pytest.mark.parametrize(
        "at",
        [
            datetime(2026, 11, 23, 6, 59, tzinfo=UTC),
            datetime(2026, 11, 23, 12, 0, tzinfo=UTC),
            datetime(2026, 11, 24, 8, 0, tzinfo=UTC),
            datetime(2026, 11, 22, 8, 0, tzinfo=UTC),
            datetime(2027, 3, 29, 8, 0, tzinfo=UTC),  # Easter Monday
        ],
    )
    def test_waits_for_the_morning_of_the_first_working_day(self, waiting: Audit, at: datetime) -> None:
        assert digest.send_due(at=at) == 0

    def test_goes_on_tuesday_after_a_bank_holiday(self, waiting: Audit) -> None:
        assert digest.send_due(at=TUESDAY_AFTER_EASTER) > 0

    def test_counts_the_hour_in_london(self, waiting: Audit) -> None:
        """07:00 in summer is 06:00 by the clock underneath."""
        assert digest.send_due(at=datetime(2027, 6, 7, 6, 0, tzinfo=UTC)) > 0
