"""Anything that can happen to a published month, in any order, keeps the rules (R26).

A small council is drawn and published on a real database. Then people swap, are exempt, leave or are away; cases close
and move; auditors change teams and turn out to know a family; the programme replaces and gives again, gives cases by
hand and changes places; auditors learn with a supervisor; audits are begun, submitted and taken back. After every step
the rules of people_months_rules.py must hold. More examples: PEOPLE_MONTHS_EXAMPLES, and steps in each:
PEOPLE_MONTHS_STEPS.
"""

from __future__ import annotations

import os
from collections import Counter
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from allocation.changes import attention, exemptions, quotas, replacing, setting_aside, swaps
from allocation.competence import competency
from allocation.models import Competency, Swap
from allocation.month_lock import CycleError
from allocation.months.overriding import StandsAgainst, override
from audits import workflow
from audits.models import Audit, Case, Status, TemplateVersion
from people.holidays import ensure_holidays
from people.models import Absence, Team, User
from people.roles import JobRole
from tests.allocation.changes.people_months_rules import DUE, REASON, SET_ASIDE, PublishedMonth
from tests.allocation.published import audits_of, publish
from tests.conftest import NOW, TODAY
from tests.factories import CaseFactory, CycleFactory, InvolvementFactory, ServiceFactory, TeamFactory, UserFactory

EXAMPLES = int(os.environ.get("PEOPLE_MONTHS_EXAMPLES", "6"))
STEPS = int(os.environ.get("PEOPLE_MONTHS_STEPS", "20"))
TEAMS, CASES_EACH, TARGET = 5, 4, 6
ANY = st.integers(min_value=0, max_value=999)


class PeoplesMonths(PublishedMonth):
    """What can happen to it, step by step."""

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
        self.conflicts = set()
        self.excused = set()
        self.owners = {audit.pk: audit.auditor_id for audit in audits_of(self.cycle)}
        self.set_by_hand = Counter()
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
