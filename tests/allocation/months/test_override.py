"""A case given by hand: what stands against it is read first, and what nobody can go past."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

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
from tests.allocation.shortage import Shortage, shortage
from tests.conftest import NOW, TODAY
from tests.factories import AuditFactory, CaseFactory, UserFactory

OVERRIDE = "/cycles/2026-11/override/"
REASON = "Nobody else knows sign language"
BOX = "I have read what stands against it"


@pytest.fixture(autouse=True)
def ten_november() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def proposed(cycle: Cycle, cases: list[Case], auditors: list[User], psw: User) -> Draw:
    return cycles.propose_draw(cycle, by=psw, at=NOW, today=TODAY)


@pytest.fixture
def published(proposed: Draw, psw: User) -> Cycle:
    cycles.publish(proposed.cycle, by=psw, at=NOW, today=TODAY)
    return Cycle.objects.get()


@pytest.fixture
def unused(published: Cycle, cases: list[Case]) -> Case:
    """A case that nobody was given."""
    return next(case for case in cases if not case.audits.exists())


@pytest.fixture
def deputy(unused: Case) -> User:
    """Somebody of the team that holds the case, who audits and does not manage it."""
    return UserFactory(name="Dora Deputy", job_role=JobRole.DEPUTY_TEAM_MANAGER, team=unused.team)


def give(cycle: Cycle, case: Case, auditor: User, by: User, **changes: Any) -> Allocation:
    wanted = {"case": case, "auditor": auditor, "reason": REASON, "by": by, "at": NOW, "today": TODAY}
    given = overriding.override(cycle, **(wanted | changes))
    assert isinstance(given, Allocation)
    return given


def give_anyway(cycle: Cycle, case: Case, auditor: User, by: User) -> Allocation:
    with pytest.raises(StandsAgainst) as refused:
        give(cycle, case, auditor, by)
    return give(cycle, case, auditor, by, read=refused.value.mark)


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


class TestOverrideBeforePublishing:
    @pytest.fixture
    def short(self, cycle: Cycle, psw: User) -> Shortage:
        return shortage(cycle, psw)

    def add(self, short: Shortage, psw: User, **changes: Any) -> Override:
        wanted = {"case": short.left_over[0], "auditor": short.deputy, "reason": REASON, "by": psw, "at": NOW}
        wanted |= {"today": TODAY, "selection": AS_DRAWN, **changes}
        with pytest.raises(StandsAgainst) as refused:
            overriding.override(short.draw.cycle, **wanted)
        made = overriding.override(short.draw.cycle, **wanted, read=refused.value.mark)
        assert isinstance(made, Override)
        return made

    def publish(self, short: Shortage, psw: User) -> list[Allocation]:
        return cycles.publish(short.draw.cycle, by=psw, at=NOW, today=TODAY)

    def test_is_written_down_and_nobody_is_told(self, short: Shortage, psw: User) -> None:
        made = self.add(short, psw)
        assert (made.draw, made.reason, made.by) == (short.draw, REASON, psw)
        assert made.against == ["Is in the team that holds this case"]
        assert not Audit.objects.exists()
        assert not OutgoingMail.objects.exists()
        assert Activity.objects.get(verb="added an override to the draw").detail["case"] == made.case_id

    def test_is_published_with_the_draw_and_counts_as_random_where_its_ticket_came_up(
        self, short: Shortage, psw: User
    ) -> None:
        made = self.add(short, psw)
        drawn, by_hand = self.publish(short, psw)
        assert (by_hand.case, by_hand.auditor, by_hand.origin) == (made.case, short.deputy, Origin.OVERRIDE)
        assert by_hand.override_reason == StatusChange.objects.get(audit=by_hand.audit).reason == REASON
        assert by_hand.audit.selection == Selection.RANDOM
        assert by_hand.weight == drawn.weight == 3
        assert OutgoingMail.objects.filter(recipient=short.deputy, kind="case_given").count() == 1

    def test_counts_with_the_theme_where_the_month_has_one(self, short: Shortage, psw: User) -> None:
        Cycle.objects.update(cohort={"age_to": 17})
        short.draw.cycle.refresh_from_db()
        short.draw = cycles.propose_draw(
            short.draw.cycle, by=psw, at=NOW, today=TODAY, reason="Only children under eighteen"
        )
        self.add(short, psw)
        assert {each.audit.selection for each in self.publish(short, psw)} == {Selection.THEMATIC}

    def test_stays_targeted_where_it_was_chosen(self, short: Shortage, psw: User) -> None:
        self.add(short, psw, selection=Selection.TARGETED)
        by_hand = self.publish(short, psw)[1]
        assert (by_hand.audit.selection, by_hand.weight) == (Selection.TARGETED, None)

    def test_is_not_published_once_taken_back_and_stays_on_record(self, short: Shortage, psw: User) -> None:
        made = overriding.take_back(self.add(short, psw), by=psw, at=NOW)
        assert made.taken_back_at == NOW
        assert len(self.publish(short, psw)) == 1
        assert Override.objects.get().taken_back_at == NOW

    def test_can_be_given_again_once_taken_back(self, short: Shortage, psw: User) -> None:
        overriding.take_back(self.add(short, psw), by=psw, at=NOW)
        self.add(short, psw)
        assert Override.objects.filter(taken_back_at=None).count() == 1

    def test_cannot_be_taken_back_once_published_or_drawn_again(self, short: Shortage, psw: User) -> None:
        made = self.add(short, psw)
        cycles.propose_draw(short.draw.cycle, by=psw, at=NOW, today=TODAY, reason="One more is back")
        with pytest.raises(CycleError, match="the draw that waits to be published"):
            overriding.take_back(made, by=psw, at=NOW)
        assert {each.origin for each in self.publish(short, psw)} == {Origin.DRAW}

    def test_is_refused_for_a_case_that_goes_to_somebody_already(self, short: Shortage, psw: User) -> None:
        made = self.add(short, psw)
        drawn = Case.objects.get(pk=short.draw.result["pairs"][0]["case_id"])
        for case, who in ((drawn, "Otto Outsider"), (made.case, "Dora Deputy")):
            with pytest.raises(CycleError, match=f"already goes to {who} in draw 1") as refused:
                give(short.draw.cycle, case, short.outsider, psw)
            assert refused.value.field == "case"

    def test_never_goes_to_the_manager_of_the_team(self, short: Shortage, psw: User) -> None:
        with pytest.raises(CycleError, match="would answer their own audit"):
            give(short.draw.cycle, short.left_over[0], short.manager, psw)

    def test_keeps_the_month_from_publishing_where_it_is_no_longer_possible(self, short: Shortage, psw: User) -> None:
        made = self.add(short, psw)
        User.objects.filter(pk=short.manager.pk).update(job_role=JobRole.ADVANCED_PRACTITIONER)
        words = f"The override of case {made.case.reference} is no longer possible: Dora Deputy manages the team"
        with pytest.raises(CycleError, match=words):
            self.publish(short, psw)
        overriding.take_back(made, by=psw, at=NOW)
        assert len(self.publish(short, psw)) == 1


class TestOverridePastThePlaces:
    def reasons(self, cycle: Cycle, case: Case, auditor: User, psw: User) -> list[str]:
        with pytest.raises(StandsAgainst) as refused:
            overriding.override(cycle, case=case, auditor=auditor, reason=REASON, by=psw, at=NOW, today=TODAY)
        return refused.value.reasons

    def add(self, cycle: Cycle, auditor: User, psw: User) -> Override:
        wanted = {"case": CaseFactory(), "auditor": auditor, "reason": REASON, "by": psw, "at": NOW, "today": TODAY}
        try:
            made = overriding.override(cycle, **wanted)
        except StandsAgainst as refused:
            made = overriding.override(cycle, **wanted, read=refused.mark)
        assert isinstance(made, Override)
        return made

    @pytest.fixture
    def full(self, proposed: Draw) -> User:
        """Somebody whom the draw gives the two cases for which they have places."""
        full = User.objects.get(pk=proposed.result["pairs"][0]["auditor_id"])
        User.objects.filter(pk=full.pk).update(monthly_quota=1)
        full.refresh_from_db()
        return full

    def test_is_read_first_in_a_proposed_month_and_counts_other_overrides(
        self, proposed: Draw, full: User, psw: User
    ) -> None:
        cycle = proposed.cycle
        assert self.reasons(cycle, CaseFactory(), full, psw) == ["They already have 1 of 1 place; this makes 2"]
        made = self.add(cycle, full, psw)
        assert made.against == ["They already have 1 of 1 place; this makes 2"]
        assert self.reasons(cycle, CaseFactory(), full, psw) == ["They already have 2 of 1 place; this makes 3"]
        overriding.take_back(made, by=psw, at=NOW)
        assert self.reasons(cycle, CaseFactory(), full, psw) == ["They already have 1 of 1 place; this makes 2"]

    def test_is_read_first_in_a_published_month_and_leaves_out_what_was_taken_back(
        self, published: Cycle, psw: User
    ) -> None:
        audit = Audit.objects.select_related("auditor").order_by("pk")[0]
        assert self.reasons(published, CaseFactory(), audit.auditor, psw) == [
            "They already have 1 of 1 place; this makes 2"
        ]
        Audit.objects.filter(pk=audit.pk).update(status="withdrawn")
        assert give(published, CaseFactory(), audit.auditor, psw).auditor == audit.auditor

    def test_is_not_said_while_there_is_a_place(self, proposed: Draw, full: User, psw: User) -> None:
        User.objects.filter(pk=full.pk).update(monthly_quota=3)
        full.refresh_from_db()
        assert [self.add(proposed.cycle, full, psw).against for _ in range(2)] == [[], []]

    def test_is_published_once_it_was_read(self, proposed: Draw, full: User, psw: User) -> None:
        for _ in range(2):
            self.add(proposed.cycle, full, psw)
        assert len(cycles.publish(proposed.cycle, by=psw, at=NOW, today=TODAY)) == 7

    def test_is_not_published_where_places_were_taken_away_since(self, proposed: Draw, full: User, psw: User) -> None:
        User.objects.filter(pk=full.pk).update(monthly_quota=2)
        full.refresh_from_db()
        made = self.add(proposed.cycle, full, psw)
        assert made.against == []
        User.objects.filter(pk=full.pk).update(monthly_quota=1)
        words = f"since an override to {full}: they already have 1 of 1 place; this makes 2. Take it back and add it"
        with pytest.raises(CycleError, match=words) as refused:
            cycles.publish(proposed.cycle, by=psw, at=NOW, today=TODAY)
        assert "Draw again" not in str(refused.value)


class TestOverrideThatChangedSince:
    @pytest.fixture
    def made(self, proposed: Draw, auditor: User, psw: User) -> Override:
        """An override that nothing stood against."""
        draw = proposed
        found = overriding.override(
            draw.cycle, case=CaseFactory(), auditor=auditor, reason=REASON, by=psw, at=NOW, today=TODAY
        )
        assert isinstance(found, Override)
        assert found.against == []
        return found

    def refusal(self, made: Override, psw: User) -> str:
        with pytest.raises(CycleError) as refused:
            cycles.publish(made.draw.cycle, by=psw, at=NOW, today=TODAY)
        assert "Draw again" not in str(refused.value)
        assert not OutgoingMail.objects.exists()
        return str(refused.value)

    def test_is_not_published_with_a_tie_that_nobody_has_read(self, made: Override, psw: User) -> None:
        Case.objects.filter(pk=made.case_id).update(chair=made.auditor)
        words = f"changed since the override of case {made.case.reference} to {made.auditor}: chairs this child's plan"
        assert f"{words}. Take it back and add it again." in self.refusal(made, psw)

    def test_is_not_published_while_the_case_is_audited_in_another_month(self, made: Override, psw: User) -> None:
        october = {"reference": "2026-10-0001", "month": date(2026, 10, 1)}
        AuditFactory(case=made.case, template_version=made.draw.cycle.template_version, **october)
        assert "an audit of it is not finished yet. Take it back" in self.refusal(made, psw)

    def test_is_published_in_spite_of_what_was_read(self, made: Override, psw: User) -> None:
        User.objects.filter(pk=made.auditor_id).update(monthly_quota=0)
        assert "has no places this month" in self.refusal(made, psw)
        Override.objects.update(against=["Has no places this month"])
        assert len(cycles.publish(made.draw.cycle, by=psw, at=NOW, today=TODAY)) == 6


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
        chosen = {int(each["case_id"]) for each in [*draw.result["passed_over"], *draw.result["pairs"]]}
        (of_family,) = [each for each in family if each.pk in chosen]
        (alone, *_) = [each for each in short.cases if str(each.pk) in str(draw.result["passed_over"])]
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


def text_of(response: Any) -> str:
    return " ".join(response.content.decode().split())


class TestOverridePage:
    @pytest.fixture
    def page(self, client: Client, psw: User) -> Client:
        """The browser of the principal social worker."""
        client.force_login(psw)
        return client

    def posted(self, case: Case, auditor: User) -> dict[str, Any]:
        typed = {"case": case.reference, "auditor": auditor.pk, "reason": "Asked for by the court"}
        return typed | {"selection": "targeted"}

    def test_gives_a_case_at_once_where_nothing_stands_against_it(
        self, page: Client, published: Cycle, auditors: list[User]
    ) -> None:
        assert BOX not in text_of(page.get(OVERRIDE))
        User.objects.filter(pk=auditors[0].pk).update(monthly_quota=2)
        text = text_of(page.post(OVERRIDE, self.posted(CaseFactory(), auditors[0]), follow=True))
        assert "Audit 2026-11-0006 is given to Auditor 0." in text
        assert "Given by hand: Asked for by the court" in text
        assert "Asked for by the court" in text_of(page.get("/audits/2026-11-0006/"))

    def test_shows_what_stands_against_it_and_gives_it_once_that_is_ticked(
        self, page: Client, published: Cycle, unused: Case, deputy: User
    ) -> None:
        response = page.post(OVERRIDE, self.posted(unused, deputy))
        text = text_of(response)
        assert "<li>Is in the team that holds this case</li>" in text
        assert "Nothing has been given yet" in text
        assert BOX in text
        assert not unused.audits.exists()
        ((mark, _),) = response.context["form"].fields["read"].choices
        assert BOX in text_of(page.post(OVERRIDE, self.posted(unused, deputy) | {"read": "on"}))
        text = text_of(page.post(OVERRIDE, self.posted(unused, deputy) | {"read": mark}, follow=True))
        assert "is given to Dora Deputy." in text

    def test_refuses_the_manager_of_the_team_beside_the_auditor(
        self, page: Client, published: Cycle, unused: Case
    ) -> None:
        manager = User.objects.get(job_role=JobRole.TEAM_MANAGER, team=unused.team)
        response = page.post(OVERRIDE, self.posted(unused, manager))
        (refusal,) = response.context["form"].errors["auditor"]
        assert "would answer their own audit" in refusal
        assert BOX not in text_of(response)

    def test_shows_a_refusal_beside_the_case(self, page: Client, published: Cycle) -> None:
        given = Allocation.objects.all()[0]
        response = page.post(OVERRIDE, self.posted(given.case, given.auditor))
        assert "was already given to somebody" in response.context["form"].errors["case"][0]

    @pytest.mark.parametrize(
        ("status", "words"),
        [("published", "is closed"), ("open", "has no draw yet")],
    )
    def test_says_so_without_a_form_where_nothing_can_be_added(
        self, page: Client, cycle: Cycle, cases: list[Case], psw: User, status: str, words: str
    ) -> None:
        if status != "open":
            cycles.propose_draw(cycle, by=psw, at=NOW, today=TODAY)
        if status == "published":
            cycles.publish(cycle, by=psw, at=NOW, today=TODAY)
            cycles.close(cycle, by=psw, at=NOW, today=date(2026, 12, 1))
        for response in (page.get(OVERRIDE), page.post(OVERRIDE, self.posted(cases[0], psw))):
            text = text_of(response)
            assert f"November 2026 {words}, so nothing can be added to it." in text
            assert "Give the case and send the emails" not in text

    def test_adds_a_pair_to_a_proposed_draw_without_telling_anybody(self, page: Client, proposed: Draw) -> None:
        assert "Nobody is told yet" in text_of(page.get(OVERRIDE))
        case, drawn = CaseFactory(), User.objects.get(pk=proposed.result["pairs"][0]["auditor_id"])
        response = page.post(OVERRIDE, self.posted(case, drawn))
        assert "<li>They already have 1 of 1 place; this makes 2</li>" in text_of(response)
        ((mark, _),) = response.context["form"].fields["read"].choices
        text = text_of(page.post(OVERRIDE, self.posted(case, drawn) | {"read": mark}, follow=True))
        assert f"Case {case.reference} goes to {drawn} when you publish. Nobody is told yet." in text
        assert "more than their places" in text
        assert not OutgoingMail.objects.exists()

    def test_asks_for_a_due_date_once_that_of_the_month_has_passed(
        self, page: Client, published: Cycle, auditors: list[User], psw: User
    ) -> None:
        assert "due_on" not in page.get(OVERRIDE).context["form"].fields
        with time_machine.travel(NOW + timedelta(days=23), tick=False):  # 3 December
            page.force_login(psw)
            case = CaseFactory()
            User.objects.filter(pk=auditors[0].pk).update(monthly_quota=2)
            response = page.post(OVERRIDE, self.posted(case, auditors[0]))
            assert "Give this audit a due date of its own" in response.context["form"].errors["due_on"][0]
            day = {"due_on_day": "11", "due_on_month": "12", "due_on_year": "2026"}
            text = text_of(page.post(OVERRIDE, self.posted(case, auditors[0]) | day, follow=True))
            assert "is given to Auditor 0." in text
            assert case.audits.get().due_on == date(2026, 12, 11)
