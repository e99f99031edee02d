"""A case replaced from the reserve, taken back, given to the next in line: chosen by the draw, never by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from allocation.changes.handover import had_it_before
from allocation.changes.replacing import (
    ANOTHER,
    can_be_given_again,
    drop,
    give_again,
    give_to_next,
    plan_giving,
    plan_replacement,
    replace_case,
)
from allocation.changes.swap_reading import Counted, changes, counts
from allocation.eligibility import rules
from allocation.models import Allocation, Competency, Cycle, Draw, Handover, Swap
from allocation.month_lock import CycleError
from audits import workflow
from audits.models import Audit, Case, StatusChange
from people.models import Absence, Activity, OutgoingMail, User
from tests.allocation.meanwhile import while_cases_are_held
from tests.allocation.published import ask_exchange, audits_of, involve, publish
from tests.conftest import NOW, TODAY
from tests.factories import AuditFactory, CaseFactory, InvolvementFactory

REASON = "The case closed last week"


@pytest.fixture
def published(cycle: Cycle, cases: list[Case], auditors: list[User], psw: User) -> Cycle:
    return publish(cycle, psw)


@pytest.fixture
def given(published: Cycle) -> Audit:
    return audits_of(published)[0]


@pytest.fixture
def act(psw: User) -> dict[str, Any]:
    return {"by": psw, "at": NOW, "today": TODAY}


def reserve() -> list[int]:
    """The cases of the reserve in order."""
    return [int(each["case_id"]) for each in Draw.objects.get().result["reserve"]]


def close(case_id: int) -> None:
    Case.objects.filter(pk=case_id).update(closed_on=TODAY)


def first_they_may_take(audit: Audit) -> Case:
    """The first case of the reserve of another team than the auditor's: the cast has no other ties."""
    cases = Case.objects.in_bulk(reserve())
    return next(cases[pk] for pk in reserve() if cases[pk].team_id != audit.auditor.team_id)


def exempt(audit: Audit, psw: User) -> Audit:
    workflow.move(audit, "exempt", by=psw, at=NOW, reason="Off sick until December")
    return Audit.objects.select_related("auditor", "case").get(pk=audit.pk)


class TestACaseThatIsOut:
    @pytest.mark.parametrize("change", [{"closed_on": TODAY}, {"restricted": True}])
    def test_is_given_to_nobody_else(self, given: Audit, act: dict[str, Any], change: dict[str, Any]) -> None:
        Case.objects.filter(pk=given.case_id).update(**change)
        given = audits_of(Cycle.objects.get())[0]
        assert plan_giving(given, today=TODAY).why_not.endswith("Take the audit back: nobody else is given it.")
        with pytest.raises(CycleError, match="Take the audit back"):
            give_to_next(given, reason=REASON, **act)
        assert not Handover.objects.exists()


class TestReplacingACase:
    def test_gives_the_same_auditor_the_next_of_the_reserve_they_may_take(
        self, given: Audit, act: dict[str, Any]
    ) -> None:
        wanted = first_they_may_take(given)
        made = replace_case(given, reason=REASON, **act)
        given.refresh_from_db()
        assert (made.case, made.auditor, made.origin) == (wanted, given.auditor, "reserve")
        assert (given.status, made.audit.status) == ("withdrawn", "allocated")
        assert (made.replaces, made.weight) == (given.allocation, given.allocation.weight)
        assert (made.audit.selection, made.audit.due_on) == ("random", date(2026, 11, 30))
        assert made.audit.reference == "2026-11-0006"

    def test_records_those_passed_over_with_the_reason(self, given: Audit, act: dict[str, Any]) -> None:
        first = first_they_may_take(given)
        close(first.pk)
        made = replace_case(given, reason=REASON, **act)
        detail = Activity.objects.get(verb="replaced from the reserve").detail
        assert detail["instead"] == made.audit.reference
        assert [first.reference, "the case is closed"] in detail["passed over"]
        assert made.case != first

    def test_passes_over_what_the_auditor_is_bound_to(self, given: Audit, act: dict[str, Any]) -> None:
        first = first_they_may_take(given)
        InvolvementFactory(case=first, user=given.auditor, role="Social worker")
        plan = plan_replacement(given, today=TODAY)
        assert (first, f"{given.auditor} was involved in this case") in plan.passed_over
        assert replace_case(given, reason=REASON, **act).case == plan.case != first

    def test_tells_everybody_of_both_cases(self, given: Audit, act: dict[str, Any]) -> None:
        OutgoingMail.objects.all().delete()
        made = replace_case(given, reason=REASON, **act)
        told = {(mail.kind, mail.recipient_id, mail.about) for mail in OutgoingMail.objects.all()}
        before, after = f"audit:{given.reference}", f"audit:{made.audit.reference}"
        assert told == {
            ("set_aside", given.auditor_id, before),
            ("not_audited", given.worker_id, before),
            ("not_audited", given.team_manager_id, before),
            ("case_given", given.auditor_id, after),
            ("case_audited", made.audit.worker_id, after),
            ("case_audited", made.audit.team_manager_id, after),
        }

    def test_happens_once(self, given: Audit, act: dict[str, Any]) -> None:
        replace_case(given, reason=REASON, **act)
        with pytest.raises(CycleError, match=r"Audit 2026-11-0006 came in the place of audit 2026-11-0001\.$"):
            replace_case(given, reason=REASON, **act)

    def test_is_refused_once_the_month_and_its_due_date_are_over(self, given: Audit, psw: User) -> None:
        december = date(2026, 12, 1)
        plan = plan_replacement(given, today=december)
        assert (plan.case, plan.why_not) == (None, "November 2026 is over, so no other case is added to it.")
        with pytest.raises(CycleError, match=r"so no other case is added to it\. Take the audit back without"):
            replace_case(given, reason=REASON, by=psw, at=NOW, today=december)
        Cycle.objects.update(due_on=december)
        assert plan_replacement(given, today=december).case is not None

    def test_is_refused_where_another_case_would_come_than_was_shown(self, given: Audit, act: dict[str, Any]) -> None:
        shown = plan_replacement(given, today=TODAY).case
        assert shown is not None
        close(shown.pk)
        with pytest.raises(CycleError, match=ANOTHER):
            replace_case(given, reason=REASON, expected=shown.pk, **act)
        assert Audit.objects.get(pk=given.pk).status == "allocated"

    def test_leaves_everything_where_the_reserve_has_none(self, given: Audit, act: dict[str, Any]) -> None:
        for case_id in reserve():
            close(case_id)
        with pytest.raises(CycleError, match="Take the audit back without a replacement"):
            replace_case(given, reason=REASON, **act)
        assert Audit.objects.get(pk=given.pk).status == "allocated"
        assert Allocation.objects.count() == 5

    def test_goes_to_the_next_in_line_where_the_auditor_has_left(self, given: Audit, act: dict[str, Any]) -> None:
        User.objects.filter(pk=given.auditor_id).update(leave_date=TODAY)
        given = audits_of(Cycle.objects.get())[0]
        made = replace_case(given, reason=REASON, **act)
        assert made.auditor != given.auditor
        assert made.auditor.team != made.case.team

    def test_of_an_exempt_audit_leaves_it_exempt_and_asks_somebody_else(
        self, given: Audit, act: dict[str, Any], psw: User
    ) -> None:
        given = exempt(given, psw)
        made = replace_case(given, reason=REASON, **act)
        assert Audit.objects.get(pk=given.pk).status == "exempt"
        assert made.auditor != given.auditor

    def test_is_not_for_what_was_not_drawn_at_random(self, given: Audit, act: dict[str, Any]) -> None:
        Audit.objects.filter(pk=given.pk).update(selection="re_audit")
        with pytest.raises(CycleError, match="The reserve is for cases drawn at random"):
            replace_case(given, reason=REASON, **act)

    def test_is_not_for_a_month_that_is_closed(self, given: Audit, published: Cycle, act: dict[str, Any]) -> None:
        Cycle.objects.update(status="closed")
        with pytest.raises(CycleError, match="November 2026 is closed"):
            replace_case(given, reason=REASON, **act)

    def test_is_counted_for_the_one_whose_case_it_was(self, given: Audit, act: dict[str, Any]) -> None:
        made = replace_case(given, reason=REASON, **act)
        (row,) = counts([given.month])
        assert (row.person, row.numbers) == (given.auditor, {Counted.CASES_REPLACED: 1})
        (change,) = changes(given.month)
        assert (change.audit, change.reason) == (made.audit, REASON)
        assert change.what == f"From the reserve, in place of {given.reference}"

    @pytest.mark.parametrize("state", ["learning", "withdrawn"])
    def test_goes_to_the_next_in_line_where_the_auditor_may_not_audit_alone_and_nobody_goes_along(
        self, given: Audit, auditors: list[User], act: dict[str, Any], psw: User, state: str
    ) -> None:
        made = {"template": given.template_version.template, "begun_at": NOW}
        signed = {"state": "signed_off", "signed_off_by": psw, "signed_off_at": NOW}
        others = [each for each in auditors if each != given.auditor]
        Competency.objects.bulk_create(Competency(user=each, **made, **signed) for each in others)
        Competency.objects.create(user=given.auditor, state=state, **made)
        assert plan_replacement(given, today=TODAY).auditor == given.auditor
        rules.change(reason="From this autumn on", by=psw, at=NOW, competency_required=True)
        assert replace_case(given, reason=REASON, **act).auditor in others

    def test_weighs_the_family_of_the_case_that_comes(self, cycle: Cycle, cases: list[Case], psw: User) -> None:
        Case.objects.update(family_reference="")
        for case in cases:
            CaseFactory(team=case.team, worker=case.worker, family_reference=f"Family {case.pk}")
            Case.objects.filter(pk=case.pk).update(family_reference=f"Family {case.pk}")
        alone = Case.objects.filter(pk__in=[case.pk for case in cases[::2]])
        alone.update(family_reference="")
        Cycle.objects.update(one_per_family=True)
        publish(Cycle.objects.get(), psw)
        (row,) = Draw.objects.get().result["strata"]
        made = [
            replace_case(each, reason=REASON, by=psw, at=NOW, today=TODAY)
            for each in audits_of(cycle)[:5]
            if plan_replacement(each, today=TODAY).case  # the seed decides whom the reserve holds
        ]
        sizes = [2 if each.case.family_reference in twice() else 1 for each in made]
        assert made
        assert [each.weight for each in made] == [row["pool"] * size / Decimal(5) for size in sizes]


def twice() -> set[str]:
    """The families with two children."""
    names = list(Case.objects.exclude(family_reference="").values_list("family_reference", flat=True))
    return {name for name in names if names.count(name) == 2}


@pytest.mark.django_db(transaction=True)
class TestAtOnceWithAnotherMonth:
    def elsewhere(self, case_id: int, cycle: Cycle) -> Audit:
        return AuditFactory(
            reference="2026-10-0001",
            case=Case.objects.get(pk=case_id),
            month=date(2026, 10, 1),
            template_version=cycle.template_version,
        )

    def test_takes_no_case_of_the_reserve_that_the_other_has_just_given_out(
        self, published: Cycle, given: Audit, act: dict[str, Any]
    ) -> None:
        wanted = first_they_may_take(given)
        (made,) = while_cases_are_held(
            lambda: replace_case(given, reason=REASON, **act), meanwhile=lambda: self.elsewhere(wanted.pk, published)
        )
        assert made.case != wanted
        assert Audit.objects.unfinished().filter(case=wanted).count() == 1

    def test_gives_no_case_again_that_the_other_has_just_given_out(
        self, published: Cycle, given: Audit, act: dict[str, Any], psw: User
    ) -> None:
        given = exempt(given, psw)
        (outcome,) = while_cases_are_held(
            lambda: give_again(given, reason="Nobody else has it", **act),
            meanwhile=lambda: self.elsewhere(given.case_id, published),
        )
        assert "an audit of it is not finished yet" in str(outcome)
        assert Audit.objects.unfinished().filter(case=given.case_id).count() == 1


class TestDropping:
    def test_withdraws_it_tells_everybody_and_ends_what_was_open(self, published: Cycle, act: dict[str, Any]) -> None:
        swap = ask_exchange(published)
        OutgoingMail.objects.all().delete()
        dropped = drop(swap.audit, reason=REASON, **act)
        assert dropped.status == "withdrawn"
        assert Swap.objects.get().state == "lapsed"
        kinds = sorted(OutgoingMail.objects.values_list("kind", flat=True))
        assert kinds == ["not_audited", "not_audited", "set_aside", "swap_lapsed"]
        assert OutgoingMail.objects.get(kind="swap_lapsed").recipient == swap.peer
        assert [change.what for change in changes(published.month)] == ["Taken back"]

    def test_needs_a_reason_and_an_unfinished_audit(self, given: Audit, act: dict[str, Any]) -> None:
        with pytest.raises(CycleError, match="Give the reason for taking it back"):
            drop(given, reason="closed", **act)
        drop(given, reason=REASON, **act)
        with pytest.raises(CycleError, match="is withdrawn already"):
            drop(given, reason=REASON, **act)


class TestGivingToTheNext:
    def test_takes_whoever_has_fewest_and_may_take_it(self, given: Audit, act: dict[str, Any]) -> None:
        plan = plan_giving(given, today=TODAY)
        assert plan.chosen is not None
        assert [each.held for each in (plan.chosen, *plan.others_free)] == sorted(
            each.held for each in (plan.chosen, *plan.others_free)
        )
        assert plan.bound[0].person == given.team_manager
        after = give_to_next(given, reason="Is off sick for the month", **act)
        assert after.auditor == plan.chosen.person

    def test_is_refused_where_somebody_else_would_be_first_than_was_shown(
        self, given: Audit, act: dict[str, Any]
    ) -> None:
        shown = plan_giving(given, today=TODAY).chosen
        assert shown is not None
        involve(shown.person, given)
        with pytest.raises(CycleError, match=ANOTHER):
            give_to_next(given, reason=REASON, expected=shown.person.pk, **act)
        assert not Handover.objects.exists()

    def test_never_goes_back_to_somebody_who_had_it(self, given: Audit, act: dict[str, Any]) -> None:
        had = [given.auditor]
        for _ in range(4):
            given = give_to_next(given, reason="Is off sick for the month", **act)
            assert given.auditor not in had
            had.append(given.auditor)
        assert had_it_before(given) == {person.pk for person in had}
        with pytest.raises(CycleError, match="Nobody among the auditors of November 2026 is free"):
            give_to_next(given, reason="Is off sick for the month", **act)

    def test_passes_by_somebody_away_until_the_due_date(self, given: Audit, act: dict[str, Any]) -> None:
        first = plan_giving(given, today=TODAY).chosen
        assert first is not None
        Absence.objects.create(user=first.person, starts=TODAY, ends=TODAY + timedelta(days=60))
        assert give_to_next(given, reason="Is off sick for the month", **act).auditor != first.person

    def test_of_a_month_that_is_closed_gives_a_fresh_due_date(self, given: Audit, psw: User) -> None:
        Cycle.objects.update(status="closed")
        later = datetime(2026, 12, 3, 10, tzinfo=UTC)
        after = give_to_next(given, reason="Has left the council", by=psw, at=later, today=later.date())
        assert after.due_on == date(2026, 12, 17)


class TestGivingAgain:
    def test_makes_a_new_audit_of_an_exempt_ones_case(self, given: Audit, act: dict[str, Any], psw: User) -> None:
        given = exempt(given, psw)
        made = give_again(given, reason="Nobody else has it", **act)
        assert (made.case, made.status, made.allocation.origin) == (given.case, "allocated", "again")
        assert made.auditor != given.auditor
        assert made.allocation.replaces == given.allocation
        assert StatusChange.objects.get(audit=made).reason == "Nobody else has it"

    def test_happens_once(self, given: Audit, act: dict[str, Any], psw: User) -> None:
        given = exempt(given, psw)
        made = give_again(given, reason="Nobody else has it", **act)
        with pytest.raises(CycleError, match=f"given out again already, as audit {made.reference}"):
            give_again(given, reason="Nobody else has it", **act)

    def test_is_refused_where_the_case_has_closed(self, given: Audit, act: dict[str, Any], psw: User) -> None:
        given = exempt(given, psw)
        close(given.case_id)
        with pytest.raises(CycleError, match="can no longer be audited: the case is closed"):
            give_again(given, reason="Nobody else has it", **act)

    def test_hands_an_unfinished_audit_over_as_it_is(self, given: Audit, act: dict[str, Any]) -> None:
        after = give_again(given, reason="Has left the council", **act)
        assert after.pk == given.pk
        assert Handover.objects.count() == 1

    def test_never_goes_to_somebody_who_is_exempt_this_month_from_another(
        self, given: Audit, published: Cycle, act: dict[str, Any], psw: User
    ) -> None:
        """Excused from one case and given the next would be no exemption."""
        given = exempt(given, psw)
        first = plan_giving(given, today=TODAY).chosen
        assert first is not None
        self.exempt_too(given, first.person)
        plan = plan_giving(given, today=TODAY)
        assert plan.chosen is None or plan.chosen.person != first.person
        (said,) = [each.reasons for each in plan.bound if each.person == first.person]
        assert said[0].startswith("is exempt from audit ")
        with pytest.raises(CycleError):
            give_again(given, reason="Nobody else has it", expected=first.person.pk, **act)

    @staticmethod
    def exempt_too(audit: Audit, person: User) -> None:
        made = {"auditor": person, "status": "exempt", "team_manager": None, "reference": "2026-11-0900"}
        AuditFactory(template_version=audit.template_version, **made)

    def test_is_counted_for_the_one_who_was_exempt_and_the_one_who_took_it(
        self, given: Audit, act: dict[str, Any], psw: User
    ) -> None:
        given = exempt(given, psw)
        made = give_again(given, reason="Nobody else has it", **act)
        handed_on = give_again(made, reason="Has left the council", **act)
        found = {each.person: each.numbers for each in counts([given.month])}
        assert found == {
            given.auditor: {Counted.GIVEN_AGAIN: 1},
            made.auditor: {Counted.TAKEN_OVER: 1, Counted.HANDED_OVER: 1},
            handed_on.auditor: {Counted.TAKEN_OVER: 1},
        }

    def test_is_possible_while_nobody_has_the_case(self, given: Audit, act: dict[str, Any], psw: User) -> None:
        assert not can_be_given_again(given)
        given = exempt(given, psw)
        assert can_be_given_again(given)
        give_again(given, reason="Nobody else has it", **act)
        assert not can_be_given_again(given)

    def test_of_a_closed_month_is_not_possible(self, given: Audit, published: Cycle, psw: User) -> None:
        given = exempt(given, psw)
        Cycle.objects.filter(pk=published.pk).update(status="closed")
        assert not can_be_given_again(given)

    def test_of_a_second_exemption_goes_to_a_third(self, given: Audit, act: dict[str, Any], psw: User) -> None:
        first = exempt(given, psw)
        second = exempt(give_again(first, reason="Nobody else has it", **act), psw)
        third = give_again(second, reason="Nobody else has it", **act)
        assert len({first.auditor, second.auditor, third.auditor}) == 3
