"""Swaps between peers, and every change of who audits what."""

from __future__ import annotations

from datetime import date

import pgtrigger
from django.db import models
from django.db.models import F, Q

from audits.models import Audit
from people.models import User
from people.roles import Permission


class SwapQuerySet(models.QuerySet["Swap"]):
    """Swaps, filtered the way users speak."""

    def visible_to(self, user: User) -> SwapQuerySet:
        """Those one asked or is asked, and all of them for those who run the programme."""
        return self if user.can(Permission.MANAGE_CYCLES) else self.filter(Q(asked_by=user) | Q(peer=user))

    def waiting(self, *, today: date) -> SwapQuerySet:
        """Asked, not answered, and about audits that nobody has begun and that are still with the two."""
        asked = self.filter(state="asked", audit__status="allocated", audit__due_on__gte=today)
        still_theirs = asked.filter(audit__auditor=F("asked_by"))
        either = Q(their_audit__isnull=True) | Q(their_audit__status="allocated", their_audit__auditor=F("peer"))
        return still_theirs.filter(either)


class Swap(models.Model):
    """An auditor asks a peer to exchange audits, or to take one now against one of theirs next month (P7)."""

    class Kind(models.TextChoices):
        EXCHANGE = "exchange", "Exchange audits of this month"
        NEXT_MONTH = "next_month", "Take it now, get one back next month"

    class State(models.TextChoices):
        ASKED = "asked", "Waiting for an answer"
        ACCEPTED = "accepted", "Accepted"
        DECLINED = "declined", "Declined"
        WITHDRAWN = "withdrawn", "Taken back"
        LAPSED = "lapsed", "No longer possible"

    kind = models.CharField(max_length=10, choices=Kind.choices)
    audit = models.ForeignKey(Audit, on_delete=models.PROTECT, related_name="swaps_offered")
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="swaps_asked")
    peer = models.ForeignKey(User, on_delete=models.PROTECT, related_name="swaps_received")
    their_audit = models.ForeignKey(
        Audit, on_delete=models.PROTECT, null=True, blank=True, related_name="swaps_wanted"
    )  # of an exchange
    message = models.CharField(max_length=300, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.ASKED)
    asked_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)

    objects = SwapQuerySet.as_manager()

    class Meta:
        ordering = ["-asked_at", "-pk"]
        constraints = [
            models.UniqueConstraint(F("audit"), F("peer"), name="one_open_swap_per_peer", condition=Q(state="asked")),
            models.CheckConstraint(condition=~Q(peer=F("asked_by")), name="swap_with_somebody_else"),
            models.CheckConstraint(
                condition=Q(kind="exchange", their_audit__isnull=False)
                | Q(kind="next_month", their_audit__isnull=True),
                name="exchange_names_both_audits",
            ),
            models.CheckConstraint(
                condition=Q(state="asked", answered_at__isnull=True)
                | (~Q(state="asked") & Q(answered_at__isnull=False)),
                name="swap_answered_has_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.audit_id} to {self.peer_id}"


class Handover(models.Model):
    """An audit went from one auditor to another. Never changed or deleted."""

    class Kind(models.TextChoices):
        SWAP = "swap", "Swap"
        REPLACEMENT = "replacement", "Replacement"

    audit = models.ForeignKey(Audit, on_delete=models.CASCADE, related_name="handovers")
    from_auditor = models.ForeignKey(User, on_delete=models.PROTECT, related_name="audits_handed_over")
    to_auditor = models.ForeignKey(User, on_delete=models.PROTECT, related_name="audits_taken_over")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    swap = models.ForeignKey(Swap, on_delete=models.PROTECT, null=True, blank=True, related_name="handovers")
    reason = models.CharField(max_length=300, blank=True)
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="handovers_made")
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(from_auditor=F("to_auditor")), name="handover_to_somebody_else"),
            models.CheckConstraint(
                condition=Q(kind="swap", swap__isnull=False) | (Q(kind="replacement") & ~Q(reason="")),
                name="handover_has_swap_or_reason",
            ),
        ]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.audit_id} from {self.from_auditor_id} to {self.to_auditor_id}"
