"""Anything that can happen to a published month, in any order, keeps the rules (R26).

A small council is drawn and published on a real database. Then people swap, are exempt, leave or are away; cases close
and move; auditors change teams and turn out to know a family; the programme replaces and gives again, gives cases by
hand and changes places; auditors learn with a supervisor; audits are begun, submitted and taken back. After every step
the invariants below must hold. More examples: PEOPLE_MONTHS_EXAMPLES, and steps in each: PEOPLE_MONTHS_STEPS.
"""

from __future__ import annotations

import os
from collections import Counter
from contextlib import suppress
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from allocation.changes import attention, exemptions, quotas, replacing, setting_aside, swaps
from allocation.competence import competency
from allocation.eligibility.ties import Ties, ties_of
from allocation.models import Allocation, AuditRequest, Competency, Cycle, Handover, Origin, QuotaChange, Swap
from allocation.month_lock import CycleError
from allocation.months.overriding import StandsAgainst, override
from audits import workflow
from audits.models import Audit, Case, Status, TemplateVersion
from people.holidays import ensure_holidays
from people.models import Absence, Activity, Team, User
from people.roles import JobRole
from tests.allocation.published import audits_of, publish
from tests.conftest import NOW, TODAY
from tests.factories import CaseFactory, CycleFactory, InvolvementFactory, ServiceFactory, TeamFactory, UserFactory

EXAMPLES = int(os.environ.get("PEOPLE_MONTHS_EXAMPLES", "6"))
STEPS = int(os.environ.get("PEOPLE_MONTHS_STEPS", "20"))
TEAMS, CASES_EACH, TARGET = 5, 4, 6
DUE = date(2026, 11, 30)
REASON = "Because things have changed"
ANY = st.integers(min_value=0, max_value=999)
SET_ASIDE = (Status.EXEMPT, Status.WITHDRAWN)


class PeoplesMonths(RuleBasedStateMachine):
    """The steps, and what must be true after each of them."""

    template: TemplateVersion

    @initialize()
    def a_council_is_drawn_and_published(self) -> None:
        ensure_holidays()
        service = ServiceFactory()
        self.psw = UserFactory(name="Petra Programme", job_role=JobRole.PRINCIPAL_SOCIAL_WORKER)
        self.teams = [TeamFactory(service=service) for _ in range(TEAMS)]
        self.auditors = [self._manager(team) for team in self.teams]
        self.auditors += [UserFactory(job_role=JobRole.IRO, line_manager=self.psw) for _ in range(2)]
        for team, manager in zip(self.teams, self.auditors, strict=False):
            worker = UserFactory(team=team, line_manager=manager)
            for _ in range(CASES_EACH):
                CaseFactory(team=team, worker=worker)
        cycle = CycleFactory(template_version=self.template, opened_by=self.psw, target=TARGET, due_on=DUE)
        self.cycle = publish(cycle, self.psw)
        self.conflicts: set[int] = set()  # audits whose auditor was bound before this step, from outside
        self.excused: set[int] = set()  # whose place an exemption of their own used up, by person
        self.owners = {audit.pk: audit.auditor_id for audit in audits_of(self.cycle)}
        self.set_by_hand: Counter[int] = Counter()  # what changes of places add up to beside swaps, by person
        mentors = self.auditors[-2:]
        template = self.template.template
        competency.sign_off_before(mentors, template, note=REASON, on=TODAY, by=self.psw, at=NOW)

    def _manager(self, team: Team) -> User:
        return UserFactory(job_role=JobRole.TEAM_MANAGER, team=team, line_manager=self.psw)

    # -------------------------------------------------------------- what the steps choose from

    def _audit(self, number: int, *statuses: str) -> Audit | None:
        found = [audit for audit in audits_of(self.cycle) if audit.status in (statuses or Status.values)]
        return found[number % len(found)] if found else None

    def _auditor(self, number: int) -> User:
        return User.objects.get(pk=self.auditors[number % len(self.auditors)].pk)

    def _act(self, by: User) -> dict[str, Any]:
        return {"by": by, "at": NOW, "today": TODAY}

    def _try(self, work: Any) -> None:
        """Do it; a refusal is an answer too."""
        with suppress(CycleError), transaction.atomic():
            work()

    # -------------------------------------------------------------- the portal's own steps

    @rule(number=ANY, whom=ANY, kind=st.sampled_from(Swap.Kind.values), at_once=st.booleans())
    def somebody_asks_for_a_swap(self, number: int, whom: int, kind: str, at_once: bool) -> None:
        """Of what is offered; the peer accepts at once or leaves it waiting."""
        found = list(audits_of(self.cycle).filter(status=Status.ALLOCATED))
        for audit in found[number % max(1, len(found)) :]:
            offered = [
                peer for peer in swaps.peers(audit, today=TODAY).eligible if peer.exchanges or kind != "exchange"
            ]
            if offered:
                peer = offered[whom % len(offered)]
                theirs = peer.exchanges[whom % len(peer.exchanges)] if kind == "exchange" else None
                wanted = {"peer": peer.person, "kind": kind, "their_audit": theirs}
                self._try(lambda: self._swap(audit, wanted, at_once))  # noqa: B023  # called in this very turn
                return

    def _swap(self, audit: Audit, wanted: dict[str, Any], at_once: bool) -> None:
        swap = swaps.ask(audit, **wanted, **self._act(audit.auditor))
        if at_once:
            swaps.accept(swap, **self._act(swap.peer))

    @precondition(lambda self: Swap.objects.filter(state="asked").exists())
    @rule(number=ANY, yes=st.booleans())
    def somebody_answers_a_swap(self, number: int, yes: bool) -> None:
        asked = list(Swap.objects.filter(state="asked").order_by("pk"))
        swap = asked[number % len(asked)]
        answer = swaps.accept if yes else swaps.decline
        self._try(lambda: answer(swap, **self._act(swap.peer)))

    @rule(number=ANY, knows=st.booleans(), answered=st.booleans())
    def somebody_is_exempt(self, number: int, knows: bool, answered: bool) -> None:
        """Agreed at once, or left waiting for an answer, which may be overtaken."""
        audit = self._audit(number, Status.ALLOCATED, Status.IN_PROGRESS)
        if audit is None:
            return

        def ask_and_agree() -> None:
            why = "known" if knows else "sickness"
            asked = exemptions.ask_exemption(audit, why=why, reason=REASON, **self._act(audit.auditor))
            if answered:
                exemptions.answer(asked, agreed=True, comment="", **self._act(self.psw))
                self.excused |= set() if knows else {audit.auditor_id}

        self._try(ask_and_agree)

    @rule(number=ANY, step=st.sampled_from(["exempt", "withdraw"]))
    def the_programme_sets_an_audit_aside_on_its_own_page(self, number: int, step: str) -> None:
        audit = self._audit(number, Status.ALLOCATED, Status.IN_PROGRESS) if number % 3 == 0 else None
        if audit is not None:
            setting_aside.set_aside(audit, step, reason=REASON, **self._act(self.psw))
            self.excused |= {audit.auditor_id} if step == "exempt" else set()

    @rule(number=ANY, whom=ANY)
    def the_programme_gives_a_case_by_hand(self, number: int, whom: int) -> None:
        """Reads what stands against it first, and gives it in spite of that."""
        cases = list(Case.objects.order_by("pk"))
        wanted = {"case": cases[number % len(cases)], "auditor": self._auditor(whom), "reason": REASON}

        def read_and_give(read: str = "") -> None:
            try:
                override(self.cycle, **wanted, read=read, **self._act(self.psw))
            except StandsAgainst as against:
                read_and_give(against.mark)

        self._try(read_and_give)

    @rule(number=ANY, places=st.integers(min_value=0, max_value=4))
    def the_programme_changes_somebodys_places(self, number: int, places: int) -> None:
        """Of this month: what is given later counts against it."""
        person, month = self._auditor(number), self.cycle.month
        owed = quotas.history(month).filter(user=person)

        def change() -> None:
            made = quotas.set_places(month, person, places=places, reason=REASON, by=self.psw, at=NOW)
            self.set_by_hand[person.pk] += made.change if made else 0

        self._try(change)
        if owed:
            assert quotas.places_of(month, [person])[person.pk] >= 0

    @rule(number=ANY, with_whom=ANY)
    def somebody_learns_with_a_supervisor_from_now_on(self, number: int, with_whom: int) -> None:
        learner, mentor = self._auditor(number), self.auditors[-1 - with_whom % 2]
        template = self.template.template
        record = Competency.objects.filter(user=learner, template=template).first()
        act = {"supervisor": mentor, "by": self.psw, "at": NOW}
        if record is None:
            self._try(lambda: competency.begin(learner, template, **act))
        else:
            self._try(lambda: competency.change_supervisor(record, **act))

    @rule(number=ANY)
    def the_programme_replaces_a_case(self, number: int) -> None:
        audit = self._audit(number, Status.ALLOCATED, Status.IN_PROGRESS, Status.EXEMPT)
        if audit is not None:
            self._try(lambda: replacing.replace_case(audit, reason=REASON, **self._act(self.psw)))

    @rule(number=ANY)
    def the_programme_gives_an_audit_to_the_next_in_line(self, number: int) -> None:
        audit = self._audit(number, Status.ALLOCATED, Status.IN_PROGRESS, Status.EXEMPT)
        if audit is None:
            return
        plan = replacing.plan_giving(audit, today=TODAY)
        if plan.chosen is not None:
            self._goes_to_the_least_loaded(plan)
        self._try(lambda: replacing.give_again(audit, reason=REASON, **self._act(self.psw)))

    def _goes_to_the_least_loaded(self, plan: replacing.GivingPlan) -> None:
        """Somebody with a place left before those who are full, then whoever has the fewest audits this month."""
        assert plan.chosen is not None
        free = [plan.chosen.person, *(each.person for each in plan.others_free)]
        held = Counter(audits_of(self.cycle).exclude(status__in=SET_ASIDE).values_list("auditor", flat=True))
        places = quotas.places_of(self.cycle.month, free)
        loads = [(held[each.pk] >= places[each.pk], held[each.pk]) for each in free]
        assert loads[0] == min(loads)
        assert self.excused.isdisjoint(each.pk for each in free)

    @rule(number=ANY)
    def the_programme_takes_an_audit_back(self, number: int) -> None:
        audit = self._audit(number % 3, Status.ALLOCATED, Status.IN_PROGRESS) if number % 4 == 0 else None
        if audit is not None:
            self._try(lambda: replacing.drop(audit, reason=REASON, **self._act(self.psw)))

    @rule(number=ANY)
    def the_programme_leaves_what_needs_attention(self, number: int) -> None:
        found = attention.needs_attention(self.cycle, today=TODAY)
        if found:
            audit = found[number % len(found)].audit
            self._try(lambda: attention.leave_it(audit, **self._act(self.psw)))

    @rule(number=ANY)
    def somebody_begins(self, number: int) -> None:
        audit = self._audit(number, Status.ALLOCATED)
        if audit is not None and audit.auditor.is_active:
            workflow.move(audit, "start", by=audit.auditor, at=NOW)

    @rule(number=ANY)
    def somebody_submits(self, number: int) -> None:
        audit = self._audit(number, Status.IN_PROGRESS)
        if audit is not None and audit.auditor.is_active:
            workflow.move(audit, "submit", by=audit.auditor, at=NOW, also={"part_b_due_on": DUE})

    # -------------------------------------------------------------- what comes from outside

    @rule(number=ANY, ahead=st.integers(min_value=0, max_value=40))
    def somebody_leaves(self, number: int, ahead: int) -> None:
        User.objects.filter(pk=self._auditor(number).pk).update(leave_date=TODAY + timedelta(days=ahead))

    @rule(number=ANY, days=st.integers(min_value=1, max_value=40))
    def somebody_is_away(self, number: int, days: int) -> None:
        Absence.objects.create(user=self._auditor(number), starts=TODAY, ends=TODAY + timedelta(days=days))

    @rule(number=ANY)
    def a_case_closes(self, number: int) -> None:
        cases = list(Case.objects.order_by("pk"))
        Case.objects.filter(pk=cases[number % len(cases)].pk).update(closed_on=TODAY)

    @rule(number=ANY, where=ANY)
    def a_child_moves_to_another_team(self, number: int, where: int) -> None:
        cases, team = list(Case.objects.order_by("pk")), self.teams[where % TEAMS]
        worker = User.objects.filter(team=team, job_role=JobRole.SOCIAL_WORKER).first()
        Case.objects.filter(pk=cases[number % len(cases)].pk).update(team=team, worker=worker)

    @rule(number=ANY, where=ANY)
    def an_auditor_moves_to_another_team(self, number: int, where: int) -> None:
        User.objects.filter(pk=self._auditor(number).pk).update(team=self.teams[where % TEAMS])

    @rule(number=ANY, who=ANY)
    def somebody_turns_out_to_know_a_family(self, number: int, who: int) -> None:
        audit = self._audit(number)
        if audit is not None and not audit.case.involvements.filter(user=self._auditor(who)).exists():
            InvolvementFactory(case=audit.case, user=self._auditor(who), role="Social worker")

    # -------------------------------------------------------------- what must be true after every step

    @invariant()
    def every_selected_case_has_one_auditor_or_a_reason_why_not(self) -> None:
        if not hasattr(self, "cycle"):
            return
        audits = list(audits_of(self.cycle))
        active = Counter(audit.case_id for audit in audits if audit.status not in SET_ASIDE)
        for case_id in Allocation.objects.values_list("case", flat=True):
            assert active[case_id] <= 1
            if not active[case_id]:
                ended = [audit for audit in audits if audit.case_id == case_id]
                assert all(audit.status_changes.order_by("pk").last().reason for audit in ended)
        assert max(active.values(), default=1) == 1

    @invariant()
    def a_case_has_one_live_audit_in_a_month(self) -> None:
        live = Audit.objects.exclude(status__in=SET_ASIDE).values_list("case", "month")
        assert max(Counter(live).values(), default=1) == 1

    @invariant()
    def every_change_of_an_auditor_is_on_record(self) -> None:
        """A handover for each change of hands, an allocation for each audit, and for one by hand what was read."""
        if not hasattr(self, "cycle"):
            return
        given_by_hand = set(Activity.objects.filter(verb=attention.BY_HAND).values_list("target", flat=True))
        for audit in audits_of(self.cycle).select_related("allocation").prefetch_related("handovers"):
            hands = sorted(audit.handovers.all(), key=lambda each: each.pk)
            takers = [audit.allocation.auditor_id, *(each.to_auditor_id for each in hands)]
            assert takers == [*(each.from_auditor_id for each in hands), audit.auditor_id]
            if audit.allocation.origin == Origin.OVERRIDE:
                assert audit.allocation.override_reason == REASON
                assert f"audit:{audit.reference}" in given_by_hand

    @invariant()
    def nobody_who_is_excused_is_given_another_but_by_hand(self) -> None:
        """An exemption of their own used their place up; an exchange gives them no more than they had."""
        if not hasattr(self, "cycle"):
            return
        before, self.owners = self.owners, {audit.pk: audit.auditor_id for audit in audits_of(self.cycle)}
        by_hand = set(Allocation.objects.filter(origin=Origin.OVERRIDE).values_list("audit", flat=True))
        got = Counter(
            to for pk, to in self.owners.items() if before.get(pk) != to and pk not in by_hand - before.keys()
        )
        lost = Counter(who for pk, who in before.items() if self.owners[pk] != who)
        excused_before = getattr(self, "excused_before", set())
        assert {who for who in got - lost if who in excused_before} == set()
        self.excused_before = set(self.excused)

    @invariant()
    def nothing_waits_for_an_answer_about_what_is_over(self) -> None:
        for request in AuditRequest.objects.filter(state__in=["line_manager", "programme"]).select_related("audit"):
            assert request.audit.is_unfinished
            assert request.audit.auditor_id == request.asked_by_id
        for swap in Swap.objects.filter(state="asked").select_related("audit", "their_audit"):
            assert swap.audit.is_unfinished
            assert swap.audit.auditor_id == swap.asked_by_id
            assert swap.their_audit is None or swap.their_audit.auditor_id == swap.peer_id

    @invariant()
    def references_are_given_once_and_in_order(self) -> None:
        numbers = [int(audit.reference[-4:]) for audit in audits_of(getattr(self, "cycle", Cycle(month=DUE)))]
        assert numbers == list(range(1, len(numbers) + 1))

    @invariant()
    def nobody_in_conflict_got_an_audit_from_the_portal(self) -> None:
        """Whoever is bound to a case they have, or their supervisor, was so by something from outside, or by hand.

        The one needs attention; of the other what was read is on record, and nothing else stands against the pair.
        """
        if not hasattr(self, "cycle"):
            return
        unfinished = [audit for audit in audits_of(self.cycle) if audit.is_unfinished]
        ties = ties_of(self.cycle, [audit.case_id for audit in unfinished])
        bound = {a.pk for a in unfinished if self._not_read(a, ties.get(a.case_id, Ties()))}
        gone = {a.pk for a in unfinished if a.case.closed_on or (a.auditor.leave_date and a.auditor.leave_date <= DUE)}
        told = {each.audit.pk for each in attention.needs_attention(self.cycle, today=TODAY)}
        assert bound | gone <= told
        assert self._moved_by_the_portal() & (bound - self.conflicts) == set()
        self.conflicts = bound
        self.seen = (Handover.objects.count(), Allocation.objects.count())

    def _not_read(self, audit: Audit, ties: Ties) -> set[str]:
        """What binds an auditor, or who supervises them, to a case, but for what was read when it was given by hand."""
        bound = {words.lower() for words in ties.reasons(audit.auditor, audit.supervisor)}
        made = audit.allocation
        if made.origin != Origin.OVERRIDE or made.auditor_id != audit.auditor_id:
            return bound
        (said,) = Activity.objects.filter(verb=attention.BY_HAND, target=f"audit:{audit.reference}")
        return bound - {words.lower() for words in said.detail["against"]}

    def _moved_by_the_portal(self) -> set[int]:
        """The audits that changed hands, were given out or got a supervisor in the step that has just been taken."""
        handovers, allocations = getattr(self, "seen", (0, 0))
        moved = set(Handover.objects.order_by("pk")[handovers:].values_list("audit", flat=True))
        moved |= set(Allocation.objects.order_by("pk")[allocations:].values_list("audit", flat=True))
        supervised = Activity.objects.filter(verb="changed an audit's supervisor").order_by("pk")
        before, self.supervised = getattr(self, "supervised", 0), supervised.count()
        references = [each.target.removeprefix("audit:") for each in supervised[before:]]
        return moved | set(Audit.objects.filter(reference__in=references).values_list("pk", flat=True))

    @invariant()
    def places_are_moved_and_never_made(self) -> None:
        by_swap = QuotaChange.objects.filter(reason__startswith="Swap of audit")
        assert sum(by_swap.values_list("change", flat=True)) == 0
        accepted = Swap.objects.filter(state="accepted")
        assert by_swap.count() == 2 * accepted.filter(kind="next_month").count()
        by_hand: Counter[int] = Counter()
        for person, change in QuotaChange.objects.exclude(pk__in=by_swap).values_list("user", "change"):
            by_hand[person] += change
        assert by_hand == getattr(self, "set_by_hand", Counter())
        expected = Counter({1: accepted.filter(kind="next_month").count(), 2: accepted.filter(kind="exchange").count()})
        handovers = Counter(Handover.objects.filter(swap__isnull=False).values_list("swap", flat=True))
        assert Counter(handovers.values()) == +expected

    @invariant()
    def nothing_is_replaced_twice_and_the_chain_ends_at_what_was_drawn(self) -> None:
        if not hasattr(self, "cycle"):
            return
        for made in Allocation.objects.exclude(replaces=None).select_related("replaces__audit"):
            assert made.replaces is not None
            assert made.replaces.audit.status in SET_ASIDE
        assert Allocation.objects.count() == audits_of(self.cycle).count()


@pytest.mark.django_db
class TestAPublishedMonth:
    def test_keeps_the_rules_whatever_happens(self, core_template: TemplateVersion) -> None:
        class Machine(PeoplesMonths):
            """Each example begins with an empty council and leaves none behind."""

            template = core_template

            def __init__(self) -> None:
                super().__init__()
                self.point = transaction.savepoint()
                self._number_from_one(User, Team, Case)

            def _number_from_one(self, *models: Any) -> None:
                """Tickets hang on the numbers, and an example that fails must fail again when it is looked at."""
                with connection.cursor() as cursor:
                    for model in models:
                        cursor.execute(f"SELECT setval('{model._meta.db_table}_id_seq', 1, false)")

            def teardown(self) -> None:
                transaction.savepoint_rollback(self.point)

        run_state_machine_as_test(
            Machine,
            settings=settings(
                max_examples=EXAMPLES,
                stateful_step_count=STEPS,
                derandomize=True,
                deadline=None,
                database=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
