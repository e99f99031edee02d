"""Opening, pausing and closing a month, and what the timetable does."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from allocation.models import Cycle, Draw
from allocation.months import cycles, design
from allocation.months.cycles import CycleError
from allocation.record.draw_record import pairs_of, read_inputs
from audits.models import Audit, Case, TemplateVersion
from people.models import Activity, OutgoingMail, User
from people.roles import JobRole
from tests.allocation.drawn_months import DUE, drawn, opened
from tests.conftest import NOW, TODAY


@pytest.fixture
def proposed(cycle: Cycle, cases: list[Case], auditors: list[User], psw: User) -> Draw:
    """The draw of the month, not published."""
    return drawn(cycle, psw)


class TestOpening:
    def test_keeps_what_was_asked(self, core_template: TemplateVersion, psw: User, holidays: None) -> None:
        cycle = opened(core_template, theme="Neglect", groups=["A"], by=psw)
        assert (cycle.theme, cycle.groups, cycle.status, cycle.opened_by) == ("Neglect", ["A"], "open", psw)
        assert Activity.objects.get(target="cycle:2026-11").verb == "opened the cycle"

    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"due_on": TODAY}, "The due date must be after today"),
            ({"due_on": date(2026, 11, 9)}, "The due date must be after today"),
            ({"due_on": date(2026, 11, 28)}, "must be a working day"),
            ({"month": date(2026, 12, 1), "due_on": DUE}, "must not be before December 2026 begins"),
            ({"month": date(2026, 10, 1)}, "October 2026 is over"),
            ({"target": 0}, "The target must be between 1 and 2,000"),
            ({"target": 2001}, "The target must be between 1 and 2,000"),
            ({"template_version": None}, "Choose a template that is published"),
        ],
    )
    def test_refuses_what_makes_no_sense(
        self, core_template: TemplateVersion, holidays: None, changes: dict[str, Any], words: str
    ) -> None:
        with pytest.raises(CycleError, match=words):
            opened(core_template, **changes)
        assert not Cycle.objects.exists()

    def test_refuses_a_template_that_is_not_published(self, core_template: TemplateVersion, holidays: None) -> None:
        core_template.published_at = None
        with pytest.raises(CycleError, match="published"):
            opened(core_template)

    def test_refuses_a_second_cycle_for_a_month(self, core_template: TemplateVersion, holidays: None) -> None:
        opened(core_template)
        with pytest.raises(CycleError, match="November 2026 already has a cycle"):
            opened(core_template, month=date(2026, 11, 17))

    def test_takes_up_a_paused_month_again(self, core_template: TemplateVersion, psw: User, holidays: None) -> None:
        cycles.pause(month=date(2026, 11, 1), reason="Inspection this month", by=psw, at=NOW)
        assert opened(core_template).status == "open"
        assert Cycle.objects.get().paused_reason == ""


class TestPausing:
    def test_makes_a_month_without_audits(self, psw: User) -> None:
        cycle = cycles.pause(month=date(2026, 12, 1), reason="Inspection expected", by=psw, at=NOW)
        assert (cycle.status, cycle.paused_reason, cycle.due_on) == ("paused", "Inspection expected", None)

    def test_needs_a_reason(self, psw: User) -> None:
        with pytest.raises(CycleError, match="Give the reason why December 2026 is paused"):
            cycles.pause(month=date(2026, 12, 1), reason="  ", by=psw, at=NOW)

    def test_is_refused_once_the_month_is_published(self, proposed: Draw, psw: User) -> None:
        cycles.publish(proposed.cycle, by=psw, at=NOW, today=TODAY)
        with pytest.raises(CycleError, match="already published"):
            cycles.pause(month=proposed.cycle.month, reason="Too late for this", by=psw, at=NOW)

    def test_lets_nothing_be_drawn(self, cycle: Cycle, cases: list[Case], psw: User) -> None:
        cycles.pause(month=cycle.month, reason="Inspection expected", by=psw, at=NOW)
        with pytest.raises(CycleError, match="November 2026 is paused"):
            drawn(cycle, psw)


class TestClosing:
    @pytest.fixture
    def published(self, proposed: Draw, psw: User) -> Cycle:
        cycles.publish(proposed.cycle, by=psw, at=NOW, today=TODAY)
        return Cycle.objects.get()

    def test_follows_the_due_date(self, published: Cycle, psw: User) -> None:
        for today in (TODAY, DUE):
            with pytest.raises(CycleError, match=r"November 2026 runs until 30 November 2026\. Close it afterwards\."):
                cycles.close(published, by=psw, at=NOW, today=today)
        assert cycles.close(published, by=psw, at=NOW, today=DUE + timedelta(days=1)).status == "closed"
        assert Activity.objects.filter(verb="closed the cycle", target="cycle:2026-11", by=psw).count() == 1

    def test_is_for_published_months_and_happens_once(self, proposed: Draw, psw: User) -> None:
        later = DUE + timedelta(days=1)
        with pytest.raises(CycleError, match="Only a published month"):
            cycles.close(proposed.cycle, by=psw, at=NOW, today=later)
        cycles.publish(proposed.cycle, by=psw, at=NOW, today=TODAY)
        cycles.close(proposed.cycle, by=psw, at=NOW, today=later)
        with pytest.raises(CycleError, match="Only a published month"):
            cycles.close(proposed.cycle, by=psw, at=NOW, today=later)

    def test_leaves_unfinished_audits_as_they_are(self, published: Cycle, psw: User) -> None:
        cycles.close(published, by=psw, at=NOW, today=DUE + timedelta(days=1))
        assert set(Audit.objects.values_list("status", flat=True)) == {"allocated"}


class TestMonthlyProposal:
    FIRST_WORKING_DAY = datetime(2026, 11, 2, 6, 10, tzinfo=UTC)

    @pytest.fixture(autouse=True)
    def council(self, cases: list[Case], psw: User, holidays: None, core_template: TemplateVersion) -> None:
        """Something to draw from."""

    def test_opens_the_month_proposes_a_draw_and_tells_who_runs_the_programme(self, psw: User) -> None:
        draw = cycles.propose_monthly(at=self.FIRST_WORKING_DAY)
        assert draw is not None
        cycle = Cycle.objects.get()
        assert (cycle.month, cycle.due_on, cycle.target) == (date(2026, 11, 1), DUE, 30)
        assert (cycle.status, cycle.opened_by, draw.drawn_by) == ("proposed", None, None)
        assert [(mail.kind, mail.recipient) for mail in OutgoingMail.objects.all()] == [("draw_waits", psw)]

    def test_happens_once(self) -> None:
        for hour in range(12):
            cycles.propose_monthly(at=self.FIRST_WORKING_DAY + timedelta(hours=hour))
        assert (Draw.objects.count(), OutgoingMail.objects.count()) == (1, 1)

    def test_draws_for_a_cycle_that_was_opened_by_hand(self, core_template: TemplateVersion) -> None:
        opened(core_template, target=3, today=date(2026, 11, 1))
        draw = cycles.propose_monthly(at=self.FIRST_WORKING_DAY)
        assert draw is not None
        assert len(pairs_of(draw)) == 3

    def test_does_nothing_in_a_paused_month(self, psw: User) -> None:
        cycles.pause(month=date(2026, 11, 1), reason="Inspection expected", by=psw, at=NOW)
        assert cycles.propose_monthly(at=self.FIRST_WORKING_DAY) is None
        assert not Draw.objects.exists()

    def test_draws_again_for_a_month_that_was_taken_up_after_a_pause(
        self, core_template: TemplateVersion, psw: User
    ) -> None:
        first = date(2026, 11, 1)
        drawn(opened(core_template, today=first), psw, today=first)
        cycles.pause(month=first, reason="Inspection expected", by=psw, at=NOW)
        opened(core_template, today=first)
        draw = cycles.propose_monthly(at=self.FIRST_WORKING_DAY)
        assert draw is not None
        assert (draw.number, draw.reason) == (2, "The month was taken up again after a pause")

    def test_carries_on_how_the_last_month_drew(self, core_template: TemplateVersion, psw: User) -> None:
        first = date(2026, 10, 1)
        last = opened(core_template, month=first, due_on=date(2026, 10, 30), today=first)
        design.choose_spread(last, strata_by="service", minimum=2, by=psw, at=NOW)
        draw = cycles.propose_monthly(at=self.FIRST_WORKING_DAY)
        assert draw is not None
        assert (draw.cycle.strata_by, draw.cycle.strata_minimum) == ("service", 2)

    @pytest.mark.parametrize("day", [1, 5, 16, 30])
    def test_does_nothing_on_other_days(self, day: int) -> None:
        assert cycles.propose_monthly(at=datetime(2026, 11, day, 9, tzinfo=UTC)) is None
        assert not Cycle.objects.exists()

    @pytest.mark.parametrize("day", [3, 4])
    def test_catches_up_when_the_portal_was_down_on_the_day(self, day: int) -> None:
        assert cycles.propose_monthly(at=datetime(2026, 11, day, 9, tzinfo=UTC)) is not None

    def test_waits_for_the_first_working_day_after_new_year(self) -> None:
        assert cycles.propose_monthly(at=datetime(2027, 1, 1, 9, tzinfo=UTC)) is None
        draw = cycles.propose_monthly(at=datetime(2027, 1, 4, 9, tzinfo=UTC))
        assert draw is not None
        assert draw.cycle.due_on == date(2027, 1, 29)

    def test_says_once_why_it_was_not_possible(self, psw: User) -> None:
        User.objects.filter(job_role=JobRole.TEAM_MANAGER).update(monthly_quota=0)
        for _ in range(3):
            assert cycles.propose_monthly(at=self.FIRST_WORKING_DAY) is None
        mail = OutgoingMail.objects.get()
        assert (mail.kind, mail.recipient) == ("draw_impossible", psw)
        assert "There are no auditors available for November 2026" in mail.body
        assert not Cycle.objects.exists()

    def test_lets_the_rota_groups_take_turns(self) -> None:
        for number, auditor in enumerate(User.objects.filter(job_role=JobRole.TEAM_MANAGER).order_by("pk")):
            auditor.audit_group = "ABC"[number % 3]
            auditor.save()
        template = TemplateVersion.objects.get(template__code="core-case-file")
        opened(template, month=date(2026, 10, 1), due_on=date(2026, 10, 30), groups=["C"], today=date(2026, 10, 1))
        draw = cycles.propose_monthly(at=self.FIRST_WORKING_DAY)
        assert draw is not None
        assert draw.cycle.groups == ["A"]
        assert len(read_inputs(draw).auditors) == 2

    def test_uses_last_months_target_and_the_newest_version_of_its_template(self) -> None:
        sections = TemplateVersion.objects.get(template__code="core-case-file-sections")
        opened(sections, month=date(2026, 10, 1), due_on=date(2026, 10, 30), target=4, today=date(2026, 10, 1))
        draw = cycles.propose_monthly(at=self.FIRST_WORKING_DAY)
        assert draw is not None
        assert (draw.cycle.target, draw.cycle.template_version) == (4, sections)
