"""Publishing a month before those that come before it: which they are, and that it is asked."""

from __future__ import annotations

from datetime import date

import pytest

from allocation.models import Cycle
from allocation.months import cycles
from allocation.months.cycles import CycleError
from allocation.months.earlier_months import in_a_sentence, not_published_before
from audits.models import Audit, Case, TemplateVersion
from people.models import User
from tests.allocation.drawn_months import drawn
from tests.conftest import NOW, TODAY
from tests.factories import CycleFactory

OCTOBER, NOVEMBER, DECEMBER = date(2026, 10, 1), date(2026, 11, 1), date(2026, 12, 1)
JANUARY = date(2027, 1, 1)


class TestEarlierMonths:
    @pytest.fixture
    def january(self, core_template: TemplateVersion) -> Cycle:
        return CycleFactory(template_version=core_template, month=JANUARY, due_on=date(2027, 1, 29))

    def month(self, january: Cycle, month: date, status: str) -> None:
        made = {"month": month, "status": status, "template_version": january.template_version}
        due_on = None if status == "paused" else month.replace(day=28)
        CycleFactory(**made, paused_reason="Inspection", due_on=due_on)

    def test_are_those_that_are_open_or_drawn_and_not_the_others(self, january: Cycle) -> None:
        self.month(january, OCTOBER, "open")
        self.month(january, NOVEMBER, "paused")
        self.month(january, DECEMBER, "proposed")
        assert not_published_before(january, today=TODAY) == [OCTOBER, DECEMBER]
        Cycle.objects.filter(month=DECEMBER).update(status="published", published_at=NOW)
        assert not_published_before(january, today=TODAY) == [OCTOBER]

    def test_are_months_from_this_one_on_that_nobody_opened_too(self, january: Cycle) -> None:
        self.month(january, date(2026, 8, 1), "paused")
        assert not_published_before(january, today=TODAY) == [NOVEMBER, DECEMBER]

    def test_are_none_before_the_programme_began(self, january: Cycle) -> None:
        assert not_published_before(january, today=TODAY) == []

    def test_are_named_in_a_sentence(self) -> None:
        assert in_a_sentence([DECEMBER]) == "December 2026 is not published yet"
        words = "October 2026, November 2026 and December 2026 are not published yet"
        assert in_a_sentence([OCTOBER, NOVEMBER, DECEMBER]) == words


class TestPublishingPastThem:
    def test_is_refused_until_just_these_months_were_ticked(
        self, cycle: Cycle, cases: list[Case], auditors: list[User], psw: User
    ) -> None:
        december = CycleFactory(template_version=cycle.template_version, month=DECEMBER, due_on=date(2026, 12, 18))
        drawn(december, psw)
        act = {"by": psw, "at": NOW, "today": TODAY}
        for past in ("", "2026-10", "2026-10,2026-11"):
            with pytest.raises(CycleError, match="November 2026 is not published yet") as refused:
                cycles.publish(december, **act, past=past)
            assert refused.value.field == "past"
        assert not Audit.objects.exists()
        assert cycles.publish(december, **act, past="2026-11")
