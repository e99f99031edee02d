"""A case given by hand: what stands against it is read first, and what nobody can go past."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from allocation.drawing.tickets import case_ticket
from allocation.models import Allocation, Competency, Cycle, Draw, Origin, Override
from allocation.months import cycles, overriding, publishing
from allocation.months.cycles import CycleError
from allocation.months.overriding import AS_DRAWN, StandsAgainst
from allocation.record.weights import weight_in_draw
from audits.models import Audit, Case, Selection, StatusChange
from people.models import Activity, OutgoingMail, User
from people.roles import JobRole
from tests.allocation.frozen_texts import whole_texts
from tests.allocation.meanwhile import while_cases_are_held
from tests.allocation.overrides import REASON, give, give_anyway
from tests.allocation.shortage import shortage
from tests.conftest import NOW, TODAY
from tests.factories import AuditFactory, CaseFactory, UserFactory

pytestmark = pytest.mark.usefixtures("ten_november")


class TestOverride:
    def test_gives_a_case_against_the_team_rule_and_keeps_the_reason(
        self, published: Cycle, unused: Case, deputy: User, psw: User
    ) -> None:
        allocation = give_anyway(published, unused, deputy, psw)
        assert allocation.override_reason == REASON
        assert allocation.audit.reference == "2026-11-0006"
        assert StatusChange.objects.get(audit=allocation.audit).reason == REASON
        assert Activity.objects.get(verb="gave a case by override").detail == {
            "against": ["Is in the team that holds this case"]
        }
        assert OutgoingMail.objects.filter(about="audit:2026-11-0006", kind="case_given").count() == 1

    def test_gives_nothing_before_what_stands_against_it_was_read(
        self, published: Cycle, unused: Case, deputy: User, psw: User
    ) -> None:
        with pytest.raises(StandsAgainst) as refused:
            give(published, unused, deputy, psw)
        assert refused.value.reasons == ["Is in the team that holds this case"]
        assert (Audit.objects.count(), OutgoingMail.objects.count()) == (5, 15)

    def test_counts_the_tick_for_the_pair_and_the_reasons_it_was_given_for(
        self, published: Cycle, unused: Case, deputy: User, psw: User
    ) -> None:
        with pytest.raises(StandsAgainst) as refused:
            give(published, unused, deputy, psw)
        another = UserFactory(job_role=JobRole.ADVANCED_PRACTITIONER, team=unused.team)
        with pytest.raises(StandsAgainst):
            give(published, unused, another, psw, read=refused.value.mark)
        User.objects.filter(pk=deputy.pk).update(monthly_quota=0)
        deputy.refresh_from_db()
        with pytest.raises(StandsAgainst):
            give(published, unused, deputy, psw, read=refused.value.mark)

    def test_counts_as_targeted_or_after_a_complaint_and_never_mixes_with_the_random_ones(
        self, published: Cycle, auditor: User, psw: User
    ) -> None:
        User.objects.filter(pk=auditor.pk).update(monthly_quota=2)
        auditor.refresh_from_db()
        chosen = give(published, CaseFactory(), auditor, psw)
        complaint = give(published, CaseFactory(), auditor, psw, selection=Selection.COMPLAINT)
        assert [each.audit.selection for each in (chosen, complaint)] == [Selection.TARGETED, Selection.COMPLAINT]
        assert {(each.origin, each.stratum, each.weight) for each in (chosen, complaint)} == {
            (Origin.OVERRIDE, "", None)
        }

    @pytest.mark.parametrize("selection", [AS_DRAWN, Selection.RANDOM, Selection.RE_AUDIT, "nonsense"])
    def test_counts_as_drawn_only_where_the_ticket_came_up(
        self, published: Cycle, auditor: User, psw: User, selection: str
    ) -> None:
        spare = Case.objects.get(pk=Draw.objects.get().result["reserve"][0]["case_id"])
        with pytest.raises(CycleError) as refused:
            give(published, spare, auditor, psw, selection=selection)
        assert refused.value.field == "selection"

    def test_needs_a_reason_of_ten_characters(self, published: Cycle, unused: Case, psw: User) -> None:
        with pytest.raises(CycleError, match="Give the reason for this override"):
            give(published, unused, psw, psw, reason="I say so ")

    def test_never_gives_a_worker_their_own_case(self, published: Cycle, psw: User) -> None:
        practitioner = UserFactory(job_role=JobRole.ADVANCED_PRACTITIONER)
        case = CaseFactory(worker=practitioner)
        with pytest.raises(CycleError, match="nobody audits their own work"):
            give(published, case, practitioner, psw)

    def test_never_gives_a_case_to_the_manager_of_its_team(self, published: Cycle, unused: Case, psw: User) -> None:
        manager = User.objects.get(job_role=JobRole.TEAM_MANAGER, team=unused.team)
        with pytest.raises(CycleError, match="manages the team that holds") as refused:
            give(published, unused, manager, psw)
        assert refused.value.field == "auditor"

    def test_never_gives_a_case_to_a_deputy_who_stands_in_for_the_manager(
        self, published: Cycle, unused: Case, deputy: User, psw: User
    ) -> None:
        User.objects.filter(job_role=JobRole.TEAM_MANAGER, team=unused.team).update(leave_date=TODAY)
        with pytest.raises(CycleError, match="would answer their own audit"):
            give(published, unused, deputy, psw)

    def test_is_refused_for_somebody_who_does_not_audit(self, published: Cycle, unused: Case, psw: User) -> None:
        with pytest.raises(CycleError, match="does not audit"):
            give(published, unused, UserFactory(), psw)

    def test_is_refused_for_a_case_given_this_month_already(self, published: Cycle, auditor: User, psw: User) -> None:
        case = Allocation.objects.all()[0].case
        with pytest.raises(CycleError, match="was already given to somebody in November 2026"):
            give(published, case, auditor, psw)

    @pytest.mark.parametrize("status", ["withdrawn", "exempt"])
    def test_is_refused_in_words_where_this_draw_gave_the_case_and_it_was_taken_back(
        self, published: Cycle, auditor: User, psw: User, status: str
    ) -> None:
        given = Allocation.objects.all()[0]
        Audit.objects.filter(pk=given.audit_id).update(status=status)
        with pytest.raises(CycleError, match=f"as audit {given.audit.reference}, which is {status}") as refused:
            give(published, given.case, auditor, psw)
        assert refused.value.field == "case"

    @pytest.mark.parametrize("status", ["withdrawn", "exempt"])
    def test_gives_a_case_again_whose_audit_of_this_month_came_from_elsewhere_and_was_taken_back(
        self, published: Cycle, auditor: User, psw: User, status: str
    ) -> None:
        case = CaseFactory()
        AuditFactory(
            case=case, month=published.month, status=status, template_version=published.template_version,
            reference="2026-11-0100",
        )  # fmt: skip
        assert give(published, case, auditor, psw).audit.reference == "2026-11-0101"

    def test_is_refused_before_there_is_a_draw(self, cycle: Cycle, cases: list[Case], auditor: User, psw: User) -> None:
        with pytest.raises(CycleError, match="November 2026 has no draw yet"):
            give(cycle, cases[0], auditor, psw)

    def test_is_refused_for_a_case_that_is_closed(self, published: Cycle, auditor: User, psw: User) -> None:
        with pytest.raises(CycleError, match="is closed") as refused:
            give(published, CaseFactory(closed_on=TODAY), auditor, psw)
        assert refused.value.field == "case"

    def test_is_refused_once_the_month_is_closed(
        self, published: Cycle, unused: Case, auditor: User, psw: User
    ) -> None:
        cycles.close(published, by=psw, at=NOW, today=date(2026, 11, 30) + timedelta(days=1))
        with pytest.raises(CycleError, match="November 2026 is closed, so nothing can be added"):
            give(published, unused, auditor, psw)


class TestOverrideAfterTheDueDate:
    LATER = date(2026, 12, 3)

    def test_asks_for_a_due_date_of_its_own(self, published: Cycle, auditor: User, psw: User) -> None:
        words = r"due date of November 2026 \(30 November 2026\) has passed. Give this audit a due date of its own"
        for today in (date(2026, 11, 30), self.LATER):
            with pytest.raises(CycleError, match=words) as refused:
                give(published, CaseFactory(), auditor, psw, today=today)
            assert refused.value.field == "due_on"

    @pytest.mark.parametrize(
        ("due_on", "words"),
        [(date(2026, 12, 3), "must be after today"), (date(2026, 12, 5), "must be a working day")],
    )
    def test_takes_no_day_that_is_past_or_off(
        self, published: Cycle, auditor: User, psw: User, due_on: date, words: str
    ) -> None:
        with pytest.raises(CycleError, match=words) as refused:
            give(published, CaseFactory(), auditor, psw, today=self.LATER, due_on=due_on)
        assert refused.value.field == "due_on"

    def test_gives_the_case_with_that_due_date(self, published: Cycle, auditor: User, psw: User) -> None:
        due_on = date(2026, 12, 11)
        given = give(published, CaseFactory(), auditor, psw, today=self.LATER, due_on=due_on)
        assert (given.audit.due_on, given.audit.month) == (due_on, date(2026, 11, 1))

    def test_keeps_the_due_date_of_the_month_until_then(self, published: Cycle, auditor: User, psw: User) -> None:
        given = give(published, CaseFactory(), auditor, psw, due_on=date(2026, 12, 11))
        assert given.audit.due_on == published.due_on


class TestOverrideForALearner:
    @pytest.fixture
    def mentor(self, cycle: Cycle, psw: User) -> User:
        mentor = UserFactory(name="Mo Mentor", job_role=JobRole.IRO, monthly_quota=0)
        made = {"template": cycle.template_version.template, "begun_at": NOW}
        Competency.objects.create(user=mentor, state="signed_off", signed_off_by=psw, signed_off_at=NOW, **made)
        return mentor

    @pytest.fixture
    def learner(self, cycle: Cycle, mentor: User) -> User:
        """Somebody who is still learning and has no places, so is not in the month's pool."""
        learner = UserFactory(name="Lea Learner", job_role=JobRole.IRO, monthly_quota=0)
        made = {"template": cycle.template_version.template, "begun_at": NOW}
        Competency.objects.create(user=learner, supervisor=mentor, **made)
        return learner

    def test_brings_the_supervisor_of_somebody_outside_the_pool(
        self, published: Cycle, learner: User, mentor: User, psw: User
    ) -> None:
        assert give_anyway(published, CaseFactory(), learner, psw).audit.supervisor == mentor

    def test_brings_them_when_it_is_published_with_the_draw_too(
        self, proposed: Draw, learner: User, mentor: User, psw: User
    ) -> None:
        wanted = {"case": CaseFactory(chair=mentor), "auditor": learner, "reason": REASON, "by": psw, "at": NOW}
        with pytest.raises(StandsAgainst) as refused:
            overriding.override(proposed.cycle, today=TODAY, **wanted)
        assert "Has a supervisor, Mo Mentor, who chairs this child's plan" in refused.value.reasons
        overriding.override(proposed.cycle, today=TODAY, read=refused.value.mark, **wanted)
        cycles.publish(proposed.cycle, by=psw, at=NOW, today=TODAY)
        assert Audit.objects.get(auditor=learner).supervisor == mentor

    def test_is_refused_where_the_supervisor_is_the_worker_of_the_case(
        self, proposed: Draw, learner: User, mentor: User, psw: User
    ) -> None:
        with pytest.raises(CycleError, match="Mo Mentor, who supervises them, is the worker of case") as refused:
            give(proposed.cycle, CaseFactory(worker=mentor), learner, psw)
        assert refused.value.field == "auditor"

    def test_has_to_be_taken_back_where_the_supervisor_has_become_the_worker(
        self, proposed: Draw, learner: User, mentor: User, psw: User
    ) -> None:
        case = CaseFactory(worker=mentor)
        made = {"draw": proposed, "case": case, "auditor": learner, "reason": REASON, "by": psw, "at": NOW}
        Override.objects.create(**made)
        words = f"The override of case {case.reference} is no longer possible: Lea Learner is still learning.* it back"
        with pytest.raises(CycleError, match=words):
            cycles.publish(proposed.cycle, by=psw, at=NOW, today=TODAY)


class TestWeightOfAnOverride:
    def test_counts_the_family_where_one_child_of_each_is_drawn(self, cycle: Cycle, psw: User) -> None:
        Cycle.objects.update(one_per_family=True)
        Case.objects.update(family_reference="")
        cycle.refresh_from_db()
        short = shortage(cycle, psw)
        family = [CaseFactory(team=short.cases[0].team, worker=short.cases[0].worker) for _ in range(3)]
        Case.objects.filter(pk__in=[each.pk for each in family]).update(family_reference="The Examples at no 7")
        Cycle.objects.update(target=6)
        cycle.refresh_from_db()
        draw = cycles.propose_draw(cycle, by=psw, at=NOW, today=TODAY, reason="There are siblings now")
        (row,) = draw.result["strata"]
        assert (row["pool"], row["given"], row["weight"]) == (4, 1, "4.0000")
        of_family = min(family, key=lambda each: case_ticket(str(each.pk), seed=draw.seed))  # it stands for its family
        alone = short.cases[0]
        found = {each.pk: weight_in_draw(draw, stratum="", case_id=each.pk) for each in (of_family, alone)}
        assert found == {of_family.pk: 12, alone.pk: 4}

    def test_asks_as_often_for_six_overrides_as_for_two_and_never_for_the_whole_text(
        self, cycle: Cycle, psw: User
    ) -> None:
        Cycle.objects.update(one_per_family=True)
        cycle.refresh_from_db()
        short = shortage(cycle, psw)
        auditor = UserFactory(job_role=JobRole.TEAM_MANAGER)

        def asked(overrides: int) -> int:
            for number in range(overrides):
                made = {"auditor": auditor, "selection": Selection.RANDOM, "reason": REASON, "by": psw, "at": NOW}
                family = CaseFactory(family_reference=f"The Examples at no {number}")
                Override.objects.create(draw=short.draw, case=family, **made)
            draw = Draw.objects.defer("inputs").get(pk=short.draw.pk)
            with CaptureQueriesContext(connection) as queries:
                assert len(publishing.planned(draw)) == 1 + short.draw.overrides.count()
            assert whole_texts(queries) == 0
            return len(queries)

        assert asked(2) == asked(4)


@pytest.mark.django_db(transaction=True)
class TestOverrideAtOnce:
    def test_sees_that_another_month_has_just_given_the_case_out(
        self, published: Cycle, auditor: User, psw: User
    ) -> None:
        case = CaseFactory()

        def in_another_month() -> Audit:
            october = {"reference": "2026-10-0001", "month": date(2026, 10, 1)}
            return AuditFactory(case=case, template_version=published.template_version, **october)

        (outcome,) = while_cases_are_held(lambda: give(published, case, auditor, psw), meanwhile=in_another_month)
        assert isinstance(outcome, StandsAgainst)
        assert outcome.reasons == ["An audit of it is not finished yet"]
