"""A child at risk is acknowledged in the portal, by those who were told, within a working day (A16)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from audits.deadlines import end_of_london_day
from audits.immediate_risks import RiskError, acknowledge, acknowledge_by, unacknowledged
from audits.models import ImmediateRisk
from people.models import OutgoingMail, User
from tests.conftest import NOW


@pytest.mark.django_db
class TestAcknowledging:
    def test_says_who_does_what_and_tells_the_auditor(self, risk: ImmediateRisk, team_manager: User) -> None:
        row = acknowledge(risk, step=" I see the child at 16:00. ", by=team_manager, at=NOW)
        assert (row.acknowledged_at, row.step_taken) == (NOW, "I see the child at 16:00.")
        mail = OutgoingMail.objects.get(recipient=risk.raised_by)
        assert "Tamar Manager has seen" in mail.subject
        assert "16:00" not in mail.body

    def test_is_done_once(self, risk: ImmediateRisk, team_manager: User) -> None:
        acknowledge(risk, step="I go now.", by=team_manager, at=NOW)
        again = acknowledge(risk, step="I go now.", by=team_manager, at=NOW + timedelta(minutes=1))
        assert again.acknowledged_at == NOW
        with pytest.raises(RiskError, match="already"):
            acknowledge(risk, step="Something else.", by=team_manager, at=NOW)
        assert OutgoingMail.objects.filter(kind="risk seen").count() == 1

    def test_is_for_those_who_were_told(self, risk: ImmediateRisk, worker: User, auditor: User, psw: User) -> None:
        for person in (worker, auditor):
            with pytest.raises(RiskError, match="who were told"):
                acknowledge(risk, step="Seen.", by=person, at=NOW)
        assert acknowledge(risk, step="I have rung them both.", by=psw, at=NOW).acknowledged_at == NOW

    def test_says_what_happens(self, risk: ImmediateRisk, team_manager: User) -> None:
        with pytest.raises(RiskError) as refused:
            acknowledge(risk, step=" ", by=team_manager, at=NOW)
        assert refused.value.field == "step_taken"

    def test_is_waited_for_until_the_same_hour_of_the_next_working_day(
        self, risk: ImmediateRisk, team_manager: User
    ) -> None:
        day_after = NOW + timedelta(days=1)
        assert unacknowledged(day_after) == []
        late = unacknowledged(day_after + timedelta(minutes=1))
        assert [row.person.name for row in late] == ["Tamar Manager", "Sani Service"]
        acknowledge(risk, step="I go now.", by=team_manager, at=NOW)
        assert [row.person.name for row in unacknowledged(NOW + timedelta(days=9))] == ["Sani Service"]

    @pytest.mark.parametrize(
        ("raised_at", "until"),
        [
            (datetime(2026, 11, 13, 14, 2, tzinfo=UTC), datetime(2026, 11, 16, 14, 2, tzinfo=UTC)),  # Friday
            (datetime(2026, 12, 24, 9, 0, tzinfo=UTC), datetime(2026, 12, 29, 9, 0, tzinfo=UTC)),  # Christmas
            (datetime(2026, 10, 23, 8, 0, tzinfo=UTC), datetime(2026, 10, 26, 9, 0, tzinfo=UTC)),  # the clocks go back
        ],
    )
    def test_skips_days_off(self, raised_at: datetime, until: datetime) -> None:
        days_off = frozenset({date(2026, 12, 25), date(2026, 12, 28)})
        assert acknowledge_by(raised_at, holidays=days_off) == until

    @pytest.mark.parametrize(
        ("raised_at", "day"),
        [
            (datetime(2026, 11, 14, 23, 0, tzinfo=UTC), date(2026, 11, 16)),  # Saturday
            (datetime(2026, 11, 15, 0, 57, tzinfo=UTC), date(2026, 11, 16)),  # Sunday
            (datetime(2026, 12, 25, 9, 0, tzinfo=UTC), date(2026, 12, 29)),  # Christmas, and the Monday is off too
            (datetime(2026, 6, 19, 23, 30, tzinfo=UTC), date(2026, 6, 22)),  # Saturday in London already
        ],
    )
    def test_leaves_those_told_on_a_day_off_all_of_the_next_working_day(self, raised_at: datetime, day: date) -> None:
        days_off = frozenset({date(2026, 12, 25), date(2026, 12, 28)})
        assert acknowledge_by(raised_at, holidays=days_off) == end_of_london_day(day)

    def test_is_never_asked_for_earlier_of_what_is_raised_later(self) -> None:
        days_off = frozenset({date(2026, 12, 25), date(2026, 12, 28)})
        first = datetime(2026, 12, 17, 0, 0, tzinfo=UTC)
        asked = [acknowledge_by(first + timedelta(minutes=30 * n), holidays=days_off) for n in range(48 * 20)]
        assert asked == sorted(asked)
