"""A month from open to published, and everything that can stand in the way."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import InternalError, connection, transaction

from allocation import cycles
from allocation.cycles import CycleError
from allocation.draw_record import pairs_of, read_inputs, verify
from allocation.models import Cycle, Draw
from allocation.ties import ties_of
from audits.models import Audit, Case, StatusChange, TemplateVersion
from people.models import Activity, OutgoingMail, User
from people.roles import JobRole
from tests.conftest import NOW, TODAY
from tests.factories import CaseFactory, InvolvementFactory, UserFactory

DUE = date(2026, 11, 30)


def opened(template: TemplateVersion | None, **changes: Any) -> Cycle:
    wanted: dict[str, Any] = {
        "month": date(2026, 11, 1),
        "theme": "",
        "template_version": template,
        "target": 5,
        "due_on": DUE,
        "by": None,
        "at": NOW,
        "today": TODAY,
    }
    return cycles.open_cycle(**(wanted | changes))


def drawn(cycle: Cycle, by: User, **changes: Any) -> Draw:
    return cycles.propose_draw(cycle, **({"by": by, "at": NOW, "today": TODAY} | changes))


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


class TestDrawing:
    def test_gives_each_case_to_an_auditor_without_a_tie(self, proposed: Draw, auditors: list[User]) -> None:
        pairs = pairs_of(proposed)
        people = {auditor.pk: auditor for auditor in auditors}
        ties = ties_of(proposed.cycle, [case for case, _ in pairs])
        assert len(pairs) == proposed.cycle.target == 5
        assert [ties[case].reasons(people[auditor]) for case, auditor in pairs] == [[]] * 5
        assert len({auditor for _, auditor in pairs}) == 5

    def test_freezes_pool_exclusions_and_auditors(self, cycle: Cycle, cases: list[Case], psw: User) -> None:
        Case.objects.filter(pk=cases[0].pk).update(restricted=True)
        inputs = read_inputs(drawn(cycle, psw))
        assert inputs.pool_size == 29
        assert inputs.excluded == [("The record is restricted", 1)]
        assert len(inputs.auditors) == 6
        assert list(inputs.kept_out.values()) == ["Has a quota of nought"]

    def test_tells_nobody_and_makes_no_audit(self, proposed: Draw) -> None:
        assert not OutgoingMail.objects.exists()
        assert not Audit.objects.exists()
        assert Cycle.objects.get().status == "proposed"

    def test_again_needs_a_reason_and_keeps_the_first(self, proposed: Draw, psw: User) -> None:
        with pytest.raises(CycleError, match="Give the reason for drawing again"):
            drawn(proposed.cycle, psw, reason="because")
        second = drawn(proposed.cycle, psw, reason="A new auditor joined today")
        assert [draw.number for draw in Draw.objects.order_by("number")] == [1, 2]
        assert second.seed != proposed.seed
        assert second.inputs_sha256 == proposed.inputs_sha256

    def test_says_that_there_are_no_auditors(self, cycle: Cycle, psw: User) -> None:
        CaseFactory()
        with pytest.raises(CycleError, match="There are no auditors available for November 2026"):
            drawn(cycle, psw)
        assert Cycle.objects.get().status == "open"

    def test_says_that_there_are_no_cases(self, cycle: Cycle, auditors: list[User], psw: User) -> None:
        with pytest.raises(CycleError, match=r"There are no open cases to draw from\. Import cases first\."):
            drawn(cycle, psw)
        CaseFactory(closed_on=TODAY)
        with pytest.raises(CycleError, match="Every case is left out for a reason"):
            drawn(cycle, psw)

    def test_is_refused_after_the_due_date(self, cycle: Cycle, cases: list[Case], psw: User) -> None:
        with pytest.raises(CycleError, match="due date of this cycle has passed"):
            drawn(cycle, psw, today=DUE)

    def test_gives_fewer_where_there_are_fewer_and_says_what_is_missing(
        self, cycle: Cycle, cases: list[Case], psw: User
    ) -> None:
        cycle.target = 10
        cycle.save()
        draw = drawn(cycle, psw)
        assert len(pairs_of(draw)) == 6
        assert draw.result["shortfall"]["lacking_places"] == 4


class TestDrawOnRecord:
    def test_is_drawn_again_identically(self, proposed: Draw) -> None:
        assert verify(Draw.objects.get(pk=proposed.pk)).identical

    def test_stays_identical_whatever_happens_to_cases_and_people_later(
        self, proposed: Draw, cases: list[Case], psw: User
    ) -> None:
        Case.objects.update(restricted=True, team=None)
        User.objects.update(is_active=False)
        assert verify(Draw.objects.get(pk=proposed.pk)).identical

    @pytest.mark.parametrize("statement", ["UPDATE allocation_draw SET seed = 'x'", "DELETE FROM allocation_draw"])
    def test_cannot_be_changed_or_deleted(self, proposed: Draw, statement: str) -> None:
        with pytest.raises(InternalError, match="Cannot"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)

    def test_shows_that_it_was_tampered_with(self, proposed: Draw) -> None:
        proposed.result["pairs"].reverse()
        assert verify(proposed).problems == ("drawing again gives another result",)
        proposed.inputs = proposed.inputs.replace('"target":5', '"target":4')
        assert "the frozen inputs do not match their hash" in verify(proposed).problems


class TestPublishing:
    def test_makes_every_audit_of_the_draw(self, proposed: Draw, psw: User) -> None:
        allocations = cycles.publish(proposed.cycle, by=psw, at=NOW, today=TODAY)
        assert [(each.case_id, each.auditor_id) for each in allocations] == pairs_of(proposed)
        audits = Audit.objects.order_by("reference")
        assert [audit.reference for audit in audits] == [f"2026-11-000{number}" for number in range(1, 6)]
        assert {(audit.due_on, audit.selection, audit.status) for audit in audits} == {(DUE, "random", "allocated")}
        assert StatusChange.objects.count() == 5
        cycle = Cycle.objects.get()
        assert (cycle.status, cycle.published_by, cycle.published_at) == ("published", psw, NOW)

    def test_tells_auditor_worker_and_team_manager(self, proposed: Draw, psw: User) -> None:
        allocation = cycles.publish(proposed.cycle, by=psw, at=NOW, today=TODAY)[0]
        audit = allocation.audit
        told = OutgoingMail.objects.filter(about=f"audit:{audit.reference}")
        assert {(mail.kind, mail.recipient) for mail in told} == {
            ("case_given", audit.auditor),
            ("case_audited", audit.worker),
            ("case_audited", audit.team_manager),
        }
        assert OutgoingMail.objects.count() == 15

    def test_names_the_due_date_but_neither_child_nor_case_in_the_mail(self, proposed: Draw, psw: User) -> None:
        cycles.publish(proposed.cycle, by=psw, at=NOW, today=TODAY)
        for audit in Audit.objects.select_related("case"):
            for mail in OutgoingMail.objects.filter(about=f"audit:{audit.reference}"):
                text = mail.subject + mail.body
                assert "30 November 2026" in text
                assert audit.reference in text
                assert audit.case.child_name not in text
                assert audit.case.reference not in text

    def test_happens_once(self, proposed: Draw, psw: User) -> None:
        cycles.publish(proposed.cycle, by=psw, at=NOW, today=TODAY)
        with pytest.raises(CycleError, match="already published, by Petra Programme on 10 November 2026 at 10:00"):
            cycles.publish(proposed.cycle, by=psw, at=NOW + timedelta(hours=1), today=TODAY)
        assert (Audit.objects.count(), OutgoingMail.objects.count()) == (5, 15)

    def test_needs_a_draw(self, cycle: Cycle, psw: User) -> None:
        with pytest.raises(CycleError, match="There is no draw to publish for November 2026"):
            cycles.publish(cycle, by=psw, at=NOW, today=TODAY)

    def test_is_refused_after_the_due_date(self, proposed: Draw, psw: User) -> None:
        with pytest.raises(CycleError, match="due date of November 2026 has passed"):
            cycles.publish(proposed.cycle, by=psw, at=NOW, today=DUE)

    def test_refuses_an_empty_draw(self, cycle: Cycle, teams: list[Any], psw: User) -> None:
        only = UserFactory(job_role=JobRole.TEAM_MANAGER, team=teams[0])
        CaseFactory(team=teams[0], worker=UserFactory(line_manager=only))
        draw = drawn(cycle, psw)
        assert draw.result["passed_over"][0]["auditors_in_conflict"] == 1
        with pytest.raises(CycleError, match="gave no case to anybody"):
            cycles.publish(cycle, by=psw, at=NOW, today=TODAY)

    def test_refuses_a_pair_whose_worker_changed_since_the_draw(self, proposed: Draw, psw: User) -> None:
        case_id, auditor_id = pairs_of(proposed)[0]
        Case.objects.filter(pk=case_id).update(worker=auditor_id)
        case, auditor = Case.objects.get(pk=case_id), User.objects.get(pk=auditor_id)
        words = f"{auditor} can no longer audit case {case.reference}: {auditor} is the worker of this case. Draw again"
        with pytest.raises(CycleError, match=words):
            cycles.publish(proposed.cycle, by=psw, at=NOW, today=TODAY)
        assert (Audit.objects.count(), OutgoingMail.objects.count()) == (0, 0)

    def test_refuses_a_case_that_closed_and_an_auditor_who_left_since_the_draw(self, proposed: Draw, psw: User) -> None:
        (closed_id, _), (_, leaver_id), *_ = pairs_of(proposed)
        Case.objects.filter(pk=closed_id).update(closed_on=TODAY)
        User.objects.filter(pk=leaver_id).update(leave_date=TODAY)
        with pytest.raises(CycleError, match=r"the case is closed.*no longer works here"):
            cycles.publish(proposed.cycle, by=psw, at=NOW, today=TODAY)

    def test_leaves_nothing_behind_when_it_fails_half_way(self, proposed: Draw, psw: User) -> None:
        taken = Audit.objects.create(
            reference="2026-11-0003",
            case=CaseFactory(),
            month=date(2026, 10, 1),
            template_version=proposed.cycle.template_version,
            auditor=psw,
            plan="none",
            allocated_at=NOW,
            due_on=DUE,
            window_start=TODAY,
            window_end=TODAY,
        )
        with pytest.raises(Exception, match="duplicate key"), transaction.atomic():
            cycles.publish(proposed.cycle, by=psw, at=NOW, today=TODAY)
        assert list(Audit.objects.all()) == [taken]
        assert not OutgoingMail.objects.exists()
        assert Cycle.objects.get().status == "proposed"


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


class TestInvolvementInTheDraw:
    def test_keeps_a_whole_team_from_a_case(
        self, cycle: Cycle, teams: list[Any], auditors: list[User], psw: User
    ) -> None:
        case = CaseFactory(team=teams[0])
        for team in teams[1:5]:
            InvolvementFactory(case=case, team=team)
        assert pairs_of(drawn(cycle, psw)) == [(case.pk, auditors[5].pk)]

    @pytest.mark.parametrize("tie", ["worker", "chair", "manager", "involved"])
    def test_keeps_whoever_is_bound_to_a_case_in_person_from_it(
        self, cycle: Cycle, auditor: User, psw: User, tie: str
    ) -> None:
        User.objects.exclude(pk=auditor.pk).update(monthly_quota=0)
        fields = {
            "worker": {"worker": auditor},
            "chair": {"chair": auditor},
            "manager": {"worker": UserFactory(line_manager=auditor)},
            "involved": {},
        }
        case = CaseFactory(**fields[tie])
        if tie == "involved":
            InvolvementFactory(case=case, user=auditor, ends=date(2026, 4, 1))
        assert pairs_of(drawn(cycle, psw)) == []
