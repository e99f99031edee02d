"""What needs attention in a published month: found from how things are now."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from allocation.changes import attention
from allocation.changes.attention import Attention, Do, in_a_sentence, leave_it, needs_attention
from allocation.changes.replacing import give_again, replace_case
from allocation.competence import competency
from allocation.eligibility import rules
from allocation.models import Competency, Cycle
from allocation.month_lock import CycleError
from allocation.months.overriding import StandsAgainst, override
from audits import workflow
from audits.models import Audit, Case
from people.models import Absence, Activity, User
from people.roles import JobRole
from tests.allocation.published import audits_of, involve, publish
from tests.conftest import NOW, TODAY
from tests.factories import AuditFactory, CaseFactory, CycleFactory, TeamFactory, UserFactory

OCTOBER = date(2026, 10, 1)


@pytest.fixture
def published(cycle: Cycle, cases: list[Case], auditors: list[User], psw: User) -> Cycle:
    return publish(cycle, psw)


@pytest.fixture
def given(published: Cycle) -> Audit:
    return audits_of(published)[0]


def the_only_one(cycle: Cycle, today: date = TODAY) -> Attention:
    (found,) = needs_attention(cycle, today=today)
    return found


def change(person: User, **values: Any) -> None:
    User.objects.filter(pk=person.pk).update(**values)


class TestNothing:
    def test_needs_attention_on_the_day_of_publishing(self, published: Cycle) -> None:
        assert needs_attention(published, today=TODAY) == []
        assert attention.waiting(today=TODAY) == attention.Waiting(published, 0)

    def test_waits_where_no_month_is_published(self, cycle: Cycle) -> None:
        assert attention.waiting(today=TODAY) is None


class TestTheCase:
    def test_that_closes_is_replaced(self, published: Cycle, given: Audit) -> None:
        Case.objects.filter(pk=given.case_id).update(closed_on=TODAY)
        found = the_only_one(published)
        assert (found.audit, found.reasons, found.do) == (given, ("The case is closed",), Do.REPLACE)

    def test_that_is_restricted_is_replaced(self, published: Cycle, given: Audit) -> None:
        Case.objects.filter(pk=given.case_id).update(restricted=True)
        assert the_only_one(published).reasons == ("The record is restricted now",)

    def test_that_closes_later_is_left_alone_until_then(self, published: Cycle, given: Audit) -> None:
        Case.objects.filter(pk=given.case_id).update(closed_on=TODAY + timedelta(days=1))
        assert needs_attention(published, today=TODAY) == []

    def test_not_drawn_at_random_is_taken_back(self, published: Cycle, given: Audit) -> None:
        Case.objects.filter(pk=given.case_id).update(closed_on=TODAY)
        Audit.objects.filter(pk=given.pk).update(selection="complaint")
        assert the_only_one(published).do == Do.TAKE_BACK

    def test_of_an_audit_that_is_submitted_no_longer_matters(self, published: Cycle, given: Audit) -> None:
        Case.objects.filter(pk=given.case_id).update(closed_on=TODAY)
        Audit.objects.filter(pk=given.pk).update(status="with_team", submitted_at=NOW, part_b_due_on=TODAY)
        assert needs_attention(published, today=TODAY) == []


class TestTheAuditor:
    @pytest.mark.parametrize(
        ("values", "words"),
        [
            ({"leave_date": TODAY}, "no longer works here"),
            ({"is_active": False}, "no longer works here"),
            ({"leave_date": date(2026, 11, 30)}, "leaves on 30 November 2026, before it is due"),
        ],
    )
    def test_who_leaves(self, published: Cycle, given: Audit, values: dict[str, Any], words: str) -> None:
        change(given.auditor, **values)
        found = the_only_one(published)
        assert (found.reasons, found.do) == ((f"{given.auditor} {words}",), Do.GIVE)

    def test_who_leaves_after_the_due_date_is_no_matter(self, published: Cycle, given: Audit) -> None:
        change(given.auditor, leave_date=date(2026, 12, 1))
        assert needs_attention(published, today=TODAY) == []

    def test_who_is_away_until_the_due_date(self, published: Cycle, given: Audit) -> None:
        absence = Absence.objects.create(user=given.auditor, starts=TODAY, ends=date(2026, 11, 29))
        assert needs_attention(published, today=TODAY) == []
        absence.ends = date(2026, 12, 4)
        absence.save()
        assert the_only_one(published).reasons == (f"{given.auditor} is away until 4 December 2026",)

    def test_who_turns_out_to_have_been_involved(self, published: Cycle, given: Audit) -> None:
        involve(given.auditor, given)
        found = the_only_one(published)
        assert found.reasons[0] == f"{given.auditor} was involved in this case"
        assert found.do == Do.GIVE

    def test_to_whose_team_the_child_moves(self, published: Cycle, given: Audit) -> None:
        Case.objects.filter(pk=given.case_id).update(team=given.auditor.team)
        assert the_only_one(published).reasons == (f"{given.auditor} is in the team that holds this case",)

    def test_who_moves_to_the_team_that_held_the_case(self, published: Cycle, given: Audit) -> None:
        held_by = given.team
        elsewhere = TeamFactory()
        moved = UserFactory(team=elsewhere)
        Case.objects.filter(pk=given.case_id).update(team=elsewhere, worker=moved)
        change(given.auditor, team=held_by)
        words = f"{given.auditor} is in the team that held this case when it was given out"
        assert words in the_only_one(published).reasons


class TestCompetency:
    """With the rule on: whoever may not audit with the template any more (P4)."""

    @pytest.fixture(autouse=True)
    def signed_off(self, published: Cycle, auditors: list[User], psw: User) -> None:
        rules.change(reason="The leadership team wants it", by=psw, at=NOW, competency_required=True)
        assert published.template_version is not None
        template = published.template_version.template
        note, on = "Known from the minutes", date(2025, 5, 1)
        competency.sign_off_before(auditors, template, note=note, on=on, by=psw, at=NOW)

    def test_is_no_matter_where_everybody_is_signed_off(self, published: Cycle) -> None:
        assert needs_attention(published, today=TODAY) == []

    def test_withdrawn_after_publication_is_named(self, published: Cycle, given: Audit, psw: User) -> None:
        self.withdraw(given.auditor, psw)
        found = the_only_one(published)
        words = "is not signed off for Core case file audit"
        assert (found.reasons, found.do) == ((f"{given.auditor} {words}",), Do.GIVE)
        rules.change(reason="The leadership team no longer wants it", by=psw, at=NOW, competency_required=False)
        assert needs_attention(published, today=TODAY) == []

    def test_of_somebody_without_a_record_is_named(self, published: Cycle, given: Audit) -> None:
        Competency.objects.filter(user=given.auditor).delete()
        assert the_only_one(published).audit == given

    def test_of_a_learner_rests_on_a_supervisor_who_works_here_and_is_signed_off(
        self, published: Cycle, given: Audit, psw: User
    ) -> None:
        outside = self.supervise(given, psw)
        assert needs_attention(published, today=TODAY) == []
        self.withdraw(outside, psw)
        words = "is still learning, and has no supervisor who can go along"
        assert the_only_one(published).reasons == (f"{given.auditor} {words}",)

    def test_of_a_learner_whose_supervisor_leaves_is_said_once(self, published: Cycle, given: Audit, psw: User) -> None:
        outside = self.supervise(given, psw)
        change(outside, leave_date=TODAY)
        words = f"has a supervisor, {outside}, who no longer works here"
        assert the_only_one(published).reasons == (f"{given.auditor} {words}",)

    def test_names_an_audit_that_the_new_supervisor_cannot_go_along_with(
        self, published: Cycle, given: Audit, psw: User
    ) -> None:
        before = self.supervise(given, psw)
        bound = self.outsider("Bo Bound", psw)
        involve(bound, given)
        record = Competency.objects.get(user=given.auditor)
        competency.change_supervisor(record, supervisor=bound, by=psw, at=NOW)
        found = the_only_one(published)
        assert found.audit.supervisor == before
        words = f"learns with {bound} now, who does not go along with this audit"
        assert found.reasons == (f"{given.auditor} {words}",)

    def supervise(self, given: Audit, psw: User) -> User:
        """The auditor learns again from the start, with somebody of no team."""
        outside = self.outsider("Olga Outside", psw)
        self.withdraw(given.auditor, psw)
        record = Competency.objects.get(user=given.auditor)
        competency.take_up_again(record, supervisor=outside, by=psw, at=NOW)
        assert Audit.objects.get(pk=given.pk).supervisor == outside
        return outside

    @staticmethod
    def outsider(name: str, psw: User) -> User:
        person = UserFactory(name=name, job_role=JobRole.IRO, team=None)
        template = Competency.objects.latest("pk").template
        note, on = "Known from the minutes", date(2025, 5, 1)
        competency.sign_off_before([person], template, note=note, on=on, by=psw, at=NOW)
        return person

    @staticmethod
    def withdraw(person: User, psw: User) -> None:
        competency.withdraw(Competency.objects.get(user=person), note="Moved to other work", by=psw, at=NOW)


class TestNobody:
    def test_has_the_case_of_an_exempt_audit(self, published: Cycle, given: Audit, psw: User) -> None:
        workflow.move(given, "exempt", by=psw, at=NOW, reason="Off sick")
        found = the_only_one(published)
        assert (found.reasons, found.do) == ((attention.NOBODY_HAS_IT,), Do.GIVE)

    @pytest.mark.parametrize("way", [give_again, replace_case])
    def test_misses_it_once_it_is_given_out_again_or_replaced(
        self, published: Cycle, given: Audit, psw: User, way: Any
    ) -> None:
        workflow.move(given, "exempt", by=psw, at=NOW, reason="Off sick")
        way(audits_of(published)[0], reason="Somebody has to do it", by=psw, at=NOW, today=TODAY)
        assert needs_attention(published, today=TODAY) == []

    def test_has_to_do_anything_where_its_case_closes_once_the_month_is_over(
        self, published: Cycle, given: Audit, psw: User
    ) -> None:
        workflow.move(given, "exempt", by=psw, at=NOW, reason="Off sick")
        Case.objects.filter(pk=given.case_id).update(closed_on=TODAY)
        assert the_only_one(published).do == Do.REPLACE
        found = needs_attention(published, today=date(2026, 12, 1))
        assert given not in [each.audit for each in found]

    def test_is_asked_about_it_once_the_month_is_closed(self, published: Cycle, given: Audit, psw: User) -> None:
        workflow.move(given, "exempt", by=psw, at=NOW, reason="Off sick")
        Cycle.objects.update(status="closed")
        published.refresh_from_db()
        assert needs_attention(published, today=TODAY) == []


class TestOverrides:
    def test_are_no_news_for_what_was_read_but_for_what_comes_up_later(self, published: Cycle, psw: User) -> None:
        case = next(case for case in Case.objects.all() if not case.audits.exists())
        deputy = UserFactory(name="Dora Deputy", job_role=JobRole.DEPUTY_TEAM_MANAGER, team=case.team)
        wanted: dict[str, Any] = {"reason": "Knows sign language", "by": psw, "at": NOW, "today": TODAY}
        with pytest.raises(StandsAgainst) as refused:
            override(published, case=case, auditor=deputy, **wanted)
        made = override(published, case=case, auditor=deputy, read=refused.value.mark, **wanted)
        assert needs_attention(published, today=TODAY) == []
        involve(deputy, made.audit)  # type: ignore[union-attr]  # in a published month the audit is made at once
        assert the_only_one(published).reasons == ("Dora Deputy was involved in this case",)


class TestCarriedOver:
    @pytest.fixture
    def old(self, published: Cycle, auditors: list[User], core_template: Any) -> Audit:
        CycleFactory(
            month=OCTOBER,
            status="closed",
            due_on=date(2026, 10, 30),
            published_at=NOW,
            template_version=core_template,
        )
        return AuditFactory(
            reference="2026-10-0001",
            month=OCTOBER,
            template_version=core_template,
            auditor=auditors[0],
            case=CaseFactory(),
            due_on=date(2026, 10, 30),
        )

    def test_is_looked_at_with_the_month_that_follows(self, published: Cycle, old: Audit) -> None:
        assert needs_attention(published, today=TODAY) == []
        change(old.auditor, leave_date=TODAY)
        found = [each for each in needs_attention(published, today=TODAY) if each.carried_over]
        assert [(each.audit, each.do) for each in found] == [(old, Do.GIVE)]

    def test_does_not_count_against_itself(self, published: Cycle, old: Audit, auditors: list[User]) -> None:
        """The rule about the same child looks at earlier months, in which this audit lies."""
        assert [each.audit for each in needs_attention(published, today=TODAY)] == []

    def test_counts_with_the_exempt_ones_of_every_month_not_closed(
        self, published: Cycle, given: Audit, old: Audit, core_template: Any, psw: User
    ) -> None:
        given_out = {"published_at": NOW, "template_version": core_template}
        january = CycleFactory(month=date(2027, 1, 1), due_on=date(2027, 1, 29), status="published", **given_out)
        Case.objects.filter(pk=old.case_id).update(closed_on=TODAY)
        workflow.move(given, "exempt", by=psw, at=NOW, reason="Off sick")
        assert attention.waiting(today=TODAY) == attention.Waiting(january, 2)
        found = needs_attention(january, today=TODAY)
        assert [(each.audit, each.earlier, each.carried_over) for each in found] == [
            (old, True, True),
            (given, True, False),
        ]
        Cycle.objects.filter(pk__in=[january.pk, published.pk]).update(status="closed")
        january.refresh_from_db()
        assert attention.waiting(today=TODAY) == attention.Waiting(january, 1)

    def test_of_a_closed_case_is_taken_back(self, published: Cycle, old: Audit) -> None:
        Case.objects.filter(pk=old.case_id).update(closed_on=TODAY)
        assert the_only_one(published).do == Do.TAKE_BACK


class TestLeavingIt:
    def test_puts_it_last_and_out_of_the_count_until_something_else_changes(
        self, published: Cycle, given: Audit, psw: User
    ) -> None:
        involve(given.auditor, given)
        reasons = leave_it(given, by=psw, at=NOW, today=TODAY)
        assert Activity.objects.get(verb=attention.LEFT).detail == {"reasons": list(reasons)}
        assert the_only_one(published).left
        assert attention.waiting(today=TODAY) == attention.Waiting(published, 0)
        change(given.auditor, leave_date=TODAY)
        assert not the_only_one(published).left

    def test_is_refused_where_nothing_has_changed(self, given: Audit, psw: User) -> None:
        with pytest.raises(CycleError, match="Nothing about audit 2026-11-0001 needs attention"):
            leave_it(given, by=psw, at=NOW, today=TODAY)

    def test_is_a_sentence_to_begin_a_reason_with(self, published: Cycle, given: Audit) -> None:
        assert in_a_sentence(given, today=TODAY) == ""
        Case.objects.filter(pk=given.case_id).update(closed_on=TODAY)
        assert in_a_sentence(given, today=TODAY) == "The case is closed."
        change(given.auditor, leave_date=TODAY)
        assert in_a_sentence(given, today=TODAY) == f"The case is closed. {given.auditor} no longer works here."
        assert in_a_sentence(given, today=TODAY, of_case_only=True) == "The case is closed."


class TestQueries:
    def test_are_as_many_for_many_audits_as_for_few(
        self, published: Cycle, core_template: Any, django_assert_max_num_queries: Any
    ) -> None:
        for count in (1, 40):
            for number in range(count):
                AuditFactory(
                    reference=f"2026-11-{count}{number:03d}",
                    template_version=core_template,
                    case=CaseFactory(closed_on=TODAY),
                )
            with django_assert_max_num_queries(11):
                assert len(needs_attention(published, today=TODAY)) >= count
