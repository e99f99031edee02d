"""Publishing a draw: every audit and every mail, once, or nothing at all."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from django.db import transaction

from allocation.models import Competency, Cycle, Draw, Strata
from allocation.months import cycles
from allocation.months.cycles import CycleError
from allocation.record.draw_record import pairs_of
from audits.models import Audit, Case, Selection, StatusChange, TemplateVersion
from people.models import Absence, Holiday, OutgoingMail, User
from people.roles import JobRole
from tests.allocation.drawn_months import DUE, drawn
from tests.allocation.meanwhile import while_cases_are_held
from tests.conftest import NOW, TODAY
from tests.factories import AuditFactory, CaseFactory, CycleFactory, TeamFactory, UserFactory


@pytest.fixture
def proposed(cycle: Cycle, cases: list[Case], auditors: list[User], psw: User) -> Draw:
    """The draw of the month, not published."""
    return drawn(cycle, psw)


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
        assert OutgoingMail.objects.filter(about__startswith="audit:").count() == 15
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

    def test_is_refused_where_the_due_date_has_become_a_day_off(self, proposed: Draw, psw: User) -> None:
        Holiday.objects.create(day=DUE, name="Council closed")
        words = "30 November 2026, the due date of November 2026, is a day off now. Choose another day"
        with pytest.raises(CycleError, match=words) as refused:
            cycles.publish(proposed.cycle, by=psw, at=NOW, today=TODAY)
        assert refused.value.field == "due_on"
        assert (Audit.objects.count(), OutgoingMail.objects.count()) == (0, 0)

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

    def test_refuses_a_month_that_is_set_up_differently_since_the_draw(self, proposed: Draw, psw: User) -> None:
        Cycle.objects.update(target=9)
        with pytest.raises(CycleError, match=r"set up differently since: how many audits are wanted.*Draw again"):
            cycles.publish(proposed.cycle, by=psw, at=NOW, today=TODAY)

    def test_refuses_an_auditor_who_is_away_since_the_draw(self, proposed: Draw, psw: User) -> None:
        _, auditor_id = pairs_of(proposed)[0]
        Absence.objects.create(user_id=auditor_id, starts=TODAY, ends=DUE)
        with pytest.raises(CycleError, match=r"can no longer be given case .*: .* is away until the due date"):
            cycles.publish(proposed.cycle, by=psw, at=NOW, today=TODAY)

    def test_keeps_the_weight_and_stratum_of_each_case(self, cycle: Cycle, cases: list[Case], psw: User) -> None:
        Cycle.objects.update(strata_by=Strata.SERVICE)
        draw = drawn(Cycle.objects.get(), psw)
        given = cycles.publish(cycle, by=psw, at=NOW, today=TODAY)
        weights = {row["key"]: Decimal(row["weight"]) for row in draw.result["strata"]}
        assert {each.stratum for each in given} == set(weights)
        assert all(each.weight == weights[each.stratum] for each in given)

    def test_asks_the_questions_of_the_theme_and_counts_its_cases_as_such(
        self, cycle: Cycle, cases: list[Case], psw: User
    ) -> None:
        questions = ["Was the bedroom seen?"]
        Cycle.objects.update(cohort={"plans": [cases[0].plan]}, questions=questions)
        drawn(Cycle.objects.get(), psw)
        given = cycles.publish(cycle, by=psw, at=NOW, today=TODAY)
        assert {(each.audit.selection, tuple(each.audit.questions)) for each in given} == {
            (Selection.THEMATIC, tuple(questions))
        }

    def test_names_the_supervisor_of_a_learning_auditor_and_tells_them(self, proposed: Draw, psw: User) -> None:
        template = proposed.cycle.template_version.template
        _, learner_id = pairs_of(proposed)[0]
        mentor = UserFactory(name="Mo Mentor", job_role=JobRole.IRO, monthly_quota=0)
        signed_off = {"signed_off_by": psw, "signed_off_at": NOW}
        Competency.objects.create(user=mentor, template=template, state="signed_off", begun_at=NOW, **signed_off)
        Competency.objects.create(user_id=learner_id, template=template, supervisor=mentor, begun_at=NOW)
        cycles.publish(proposed.cycle, by=psw, at=NOW, today=TODAY)
        audit = Audit.objects.get(auditor=learner_id)
        assert audit.supervisor == mentor
        (mail,) = OutgoingMail.objects.filter(recipient=mentor)
        assert (mail.kind, mail.about) == ("case_supervised", f"audit:{audit.reference}")
        assert Audit.objects.filter(supervisor=None).count() == 4

    def test_marks_re_audits_with_the_audit_they_look_at_again(
        self, cycle: Cycle, cases: list[Case], core_template: TemplateVersion, psw: User
    ) -> None:
        urgent = core_template.scale.grades.get(is_urgent=True)
        first = AuditFactory(
            reference="2026-06-0001",
            template_version=core_template,
            case=cases[0],
            month=date(2026, 6, 1),
            auditor=psw,
            status="actions",
            overall_grade=urgent,
            submitted_at=datetime(2026, 6, 20, 9, tzinfo=UTC),
            part_b_due_on=date(2026, 7, 1),
        )
        drawn(cycle, psw)
        given = cycles.publish(cycle, by=psw, at=NOW, today=TODAY)
        (again,) = [each for each in given if each.audit.selection == Selection.RE_AUDIT]
        assert (again.case, again.audit.re_audit_of, again.weight) == (cases[0], first, None)
        assert len(given) == 6

    def test_takes_the_same_number_of_statements_for_sixty_audits_as_for_ten(
        self, cycle: Cycle, psw: User, django_assert_max_num_queries: Callable[[int], Any]
    ) -> None:
        def publish_with(auditors: int, month: date) -> int:
            for _ in range(auditors):
                team = TeamFactory()
                UserFactory(job_role=JobRole.TEAM_MANAGER, team=team)
                CaseFactory(team=team, worker=UserFactory(team=team))
            Cycle.objects.filter(month=month).update(target=auditors)
            drawn(Cycle.objects.get(month=month), psw)
            with django_assert_max_num_queries(60) as captured:
                given = cycles.publish(Cycle.objects.get(month=month), by=psw, at=NOW, today=TODAY)
            assert len(given) == auditors
            return len(captured)

        few = publish_with(10, cycle.month)
        CycleFactory(template_version=cycle.template_version, month=date(2026, 12, 1), due_on=date(2026, 12, 18))
        assert publish_with(60, date(2026, 12, 1)) <= few

    def test_refuses_an_auditor_with_fewer_places_than_the_draw_gives(
        self, cycle: Cycle, cases: list[Case], auditors: list[User], psw: User
    ) -> None:
        User.objects.filter(pk__in=[each.pk for each in auditors[:2]]).update(monthly_quota=3)
        User.objects.filter(pk__in=[each.pk for each in auditors[2:]]).update(monthly_quota=0)
        draw = drawn(cycle, psw)
        (full,) = [each for each in auditors if [pair[1] for pair in pairs_of(draw)].count(each.pk) == 3]
        User.objects.filter(pk=full.pk).update(monthly_quota=1)
        words = f"{full} now has 1 place this month and the draw gives 3. Draw again."
        with pytest.raises(CycleError, match=words):
            cycles.publish(draw.cycle, by=psw, at=NOW, today=TODAY)


@pytest.mark.django_db(transaction=True)
class TestTwoMonthsAtOnce:
    def test_never_give_the_same_case_out_twice(
        self, cycle: Cycle, cases: list[Case], auditors: list[User], psw: User
    ) -> None:
        User.objects.filter(pk__in=[each.pk for each in auditors]).update(monthly_quota=5)
        december = CycleFactory(
            template_version=cycle.template_version, month=date(2026, 12, 1), due_on=date(2026, 12, 18)
        )
        Cycle.objects.update(target=len(cases))
        for month in (cycle, december):
            month.refresh_from_db()
            drawn(month, psw)
        outcomes = while_cases_are_held(
            *(
                partial(cycles.publish, month, by=psw, at=NOW, today=TODAY, past=past)
                for month, past in ((cycle, ""), (december, "2026-11"))
            )
        )
        (refused,) = [outcome for outcome in outcomes if isinstance(outcome, CycleError)]
        assert "an audit of it is not finished yet" in str(refused)
        audited = Audit.objects.unfinished().values_list("case", flat=True)
        assert sorted(audited) == sorted(case.pk for case in cases)
