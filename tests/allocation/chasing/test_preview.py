"""Tomorrow's chases: what the page says is what goes, what is held does not, and what comes after it does."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from allocation.chasing import holding, preview
from allocation.chasing.planning import GOES
from allocation.chasing.preview import Coming
from allocation.chasing.reminders import chase_due
from allocation.models import Chase
from allocation.month_lock import CycleError
from audits.models import Audit, TemplateVersion
from people.models import OutgoingMail, User
from tests.allocation.chasing.calendar_days import DUE, LINE, NEXT, ON, given, live_through, noon, sent, stages
from tests.allocation.chasing.long_oracle import step, utc, works
from tests.allocation.chasing.test_long_run import Council
from tests.factories import UserFactory

REASON = "They have buried a parent this week."


def coming_row(audit: Audit, stage: str, at: datetime) -> Coming:
    found = preview.find(reference=audit.reference, subject="audit", key="-", stage=stage, at=at)
    assert found is not None
    return found


def wall(day: date, hour: int, minute: int = 0) -> datetime:
    """The moment at which the clock on the wall shows this."""
    return utc(datetime.combine(day, time(hour, minute)))


def said(rows: list[Coming]) -> set[tuple[Any, ...]]:
    return {
        (*row.planned.waiting.identity, row.planned.code, row.recipient_name if row.planned.fate == GOES else "held")
        for row in rows
    }


def went_on(day: date) -> set[tuple[Any, ...]]:
    rows = Chase.objects.filter(handled_at__date=day, superseded=False).select_related("recipient")
    return {
        (r.audit_id, r.subject, r.key, r.counts_from, r.stage, "held" if r.held else str(r.recipient)) for r in rows
    }


class TestWhatThePageSays:
    @pytest.mark.parametrize("seed", [3, 4])
    def test_is_what_goes_if_nothing_changes(self, core_template: TemplateVersion, psw: User, seed: int) -> None:
        council = Council(core_template, first=date(2027, 3, 8), last=date(2027, 5, 14), seed=seed)
        council.add_audits(16, ())
        council.add_part_bs(6, ())
        council.add_actions(6, ())
        council.add_answers(12, ())
        council.add_moderations(6, ())
        day, shown = step(date(2027, 3, 14), 1), 0
        while day < date(2027, 4, 23):
            early = wall(day, 7, 30)
            today = preview.coming(at=early)[0]
            assert today.day == day
            if today.rows and day.day % 3 == 0 and today.rows[0].planned.fate == GOES:
                holding.hold(today.rows[0].planned, reason=REASON, by=psw, at=early)
                today = preview.coming(at=early)[0]
            for hour in (8, 13):
                chase_due(at=wall(day, hour))
            midday = preview.coming(at=wall(day, 13))
            later = said(midday[0].rows)
            chase_due(at=wall(day, 18, 55))
            assert said(today.rows) == went_on(day)
            assert later <= went_on(day)
            following = step(day, 1)
            assert midday[1].day == following
            for hour in (8, 18):
                chase_due(at=wall(following, hour, 55))
            assert said(midday[1].rows) == went_on(following)
            shown += len(today.rows) + len(midday[1].rows)
            day = step(following, 1)
        assert shown > 20
        assert works(day)

    @pytest.mark.parametrize(
        ("at", "days"),
        [
            (datetime(2026, 11, 20, 7, 59, tzinfo=UTC), [DUE]),
            (datetime(2026, 11, 20, 12, 0, tzinfo=UTC), [DUE, date(2026, 11, 23)]),
            (datetime(2026, 11, 20, 19, 0, tzinfo=UTC), [date(2026, 11, 23)]),
            (datetime(2026, 11, 21, 12, 0, tzinfo=UTC), [date(2026, 11, 23)]),  # a Saturday
            (datetime(2026, 12, 24, 20, 0, tzinfo=UTC), [date(2026, 12, 29)]),
        ],
    )
    def test_is_about_the_days_on_which_people_are_chased_next(self, at: datetime, days: list[date]) -> None:
        assert [day.day for day in preview.coming(at=at)] == days

    def test_asks_the_same_number_of_questions_however_much_there_is(
        self, core_template: TemplateVersion, django_assert_max_num_queries: Any
    ) -> None:
        for number in range(15):
            manager = UserFactory(line_manager=UserFactory())
            given(core_template, UserFactory(line_manager=manager), reference=f"2026-11-9{number:03d}")
        with django_assert_max_num_queries(34):
            (today, following) = preview.coming(at=noon(date(2026, 11, 16)))
        assert (len(today.rows), len(following.rows)) == (0, 15)


class TestHoldingBack:
    before = noon(DUE)  # a Friday; the line manager is told on Monday 23 November

    def test_keeps_one_stage_from_going_and_no_other(self, audit: Audit, psw: User) -> None:
        live_through(date(2026, 11, 2), DUE)
        holding.hold(coming_row(audit, LINE, self.before).planned, reason=REASON, by=psw, at=self.before)
        live_through(date(2026, 11, 21), date(2026, 12, 31))
        assert stages(held=True) == [LINE]
        assert NEXT in stages(held=False)
        told = set(OutgoingMail.objects.filter(kind__startswith="late_to").values_list("recipient__name", flat=True))
        assert told == {"Asa Director", "Ada Auditor"}
        last = OutgoingMail.objects.filter(kind="late_to_auditor").latest("pk")
        assert "Lin Manager" not in last.body

    def test_asks_for_a_reason_and_only_once(self, audit: Audit, psw: User) -> None:
        row = coming_row(audit, LINE, self.before).planned
        with pytest.raises(CycleError, match="reason") as refused:
            holding.hold(row, reason=" ", by=psw, at=self.before)
        assert refused.value.field == "reason"
        holding.hold(row, reason=REASON, by=psw, at=self.before)
        with pytest.raises(CycleError, match="already"):
            holding.hold(row, reason=REASON, by=psw, at=self.before)

    def test_is_too_late_once_it_has_gone(self, audit: Audit, psw: User) -> None:
        row = coming_row(audit, LINE, self.before).planned
        live_through(date(2026, 11, 2), date(2026, 11, 23))
        with pytest.raises(CycleError, match="gone already"):
            holding.hold(row, reason=REASON, by=psw, at=noon(date(2026, 11, 23)))

    def test_ends_when_it_is_let_go_before_its_day(self, audit: Audit, psw: User) -> None:
        live_through(date(2026, 11, 2), DUE)
        held = holding.hold(coming_row(audit, LINE, self.before).planned, reason=REASON, by=psw, at=self.before)
        assert holding.let_go(held, by=psw, at=self.before) is True
        live_through(date(2026, 11, 21), date(2026, 11, 24))
        assert sent()[-1] == (LINE, date(2026, 11, 23), "Lin Manager")
        with pytest.raises(CycleError, match="already"):
            holding.let_go(held, by=psw, at=self.before)

    def test_goes_at_the_next_look_where_it_is_let_go_after_its_day(self, audit: Audit, psw: User) -> None:
        live_through(date(2026, 11, 2), DUE)
        held = holding.hold(coming_row(audit, LINE, self.before).planned, reason=REASON, by=psw, at=self.before)
        live_through(date(2026, 11, 21), date(2026, 11, 24))
        assert holding.let_go(held, by=psw, at=noon(date(2026, 11, 24))) is True
        live_through(date(2026, 11, 25), date(2026, 12, 31))
        assert sent()[-2:] == [(LINE, date(2026, 11, 25), "Lin Manager"), (NEXT, date(2026, 11, 27), "Asa Director")]

    def test_does_not_go_afterwards_where_a_later_one_has(self, audit: Audit, psw: User) -> None:
        live_through(date(2026, 11, 2), DUE)
        held = holding.hold(coming_row(audit, LINE, self.before).planned, reason=REASON, by=psw, at=self.before)
        live_through(date(2026, 11, 21), date(2026, 11, 27))
        assert holding.let_go(held, by=psw, at=noon(date(2026, 11, 27))) is False
        live_through(date(2026, 11, 28), date(2026, 12, 31))
        assert sent()[-1] == (NEXT, date(2026, 11, 27), "Asa Director")

    def test_of_another_due_date_does_not_count(self, audit: Audit, psw: User) -> None:
        holding.hold(coming_row(audit, LINE, self.before).planned, reason=REASON, by=psw, at=self.before)
        Audit.objects.filter(pk=audit.pk).update(due_on=DUE + timedelta(days=7))
        live_through(date(2026, 11, 21), date(2026, 11, 30))
        assert (LINE, date(2026, 11, 30), "Lin Manager") in sent()


class TestARestoredBackup:
    def test_sends_each_thing_one_stage_again_and_no_burst(self, audit: Audit, auditor: User) -> None:
        """Rows of the last days are gone: of each thing the latest stage goes once more, the others are overtaken."""
        live_through(date(2026, 11, 2), date(2026, 11, 27))
        Chase.objects.filter(handled_at__gte=noon(DUE)).delete()
        OutgoingMail.objects.filter(queued_at__gte=noon(DUE)).delete()
        assert chase_due(at=noon(date(2026, 11, 30))) == 1
        assert stages(superseded=True) == [ON, LINE]
        assert sent()[-1] == (NEXT, date(2026, 11, 30), "Asa Director")
        assert chase_due(at=noon(date(2026, 12, 1))) == 0
