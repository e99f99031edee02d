"""What must be true of a published month after every step, whatever people have done in it (R26)."""

from __future__ import annotations

from collections import Counter
from datetime import date

from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
)

from allocation.changes import attention
from allocation.eligibility.ties import Ties, ties_of
from allocation.models import Allocation, AuditRequest, Cycle, Handover, Origin, QuotaChange, Swap
from audits.models import Audit, Status
from people.models import Activity
from tests.allocation.published import audits_of
from tests.conftest import TODAY

DUE = date(2026, 11, 30)
REASON = "Because things have changed"
SET_ASIDE = (Status.EXEMPT, Status.WITHDRAWN)


class PublishedMonth(RuleBasedStateMachine):
    """A month as it was published, what has happened to it since, and what must be true of it all the time."""

    cycle: Cycle
    conflicts: set[int]  # audits whose auditor was bound before this step, from outside
    excused: set[int]  # whose place an exemption of their own used up, by person
    owners: dict[int, int]  # who has each audit, as it was after the step before
    set_by_hand: Counter[int]  # what changes of places add up to beside swaps, by person

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
