"""Disagreement with an audit: raised line by line, reviewed together, at most twice, then mediated (S3, S4)."""

from __future__ import annotations

import pghistory
from django.db import models
from django.db.models import F, Q

from audits.models.audit import Audit
from audits.models.part_b import Side
from audits.models.template import Grade
from people.models import User

MOST_ROUNDS = 2


class Outcome(models.TextChoices):
    """What became of one line."""

    UPHELD = "upheld", "Stays as it was"
    PARTLY = "partly", "Partly changed"
    CHANGED = "changed", "Changed"


@pghistory.track()
class Dispute(models.Model):
    """One round of disagreement. Status of the audit: disputed while it is open, in mediation once handed on."""

    class State(models.TextChoices):
        OPEN = "open", "Waits for the review session"
        SETTLED = "settled", "Settled"
        MEDIATION = "mediation", "In mediation"
        DECIDED = "decided", "Decided in mediation"
        TAKEN_BACK = "taken_back", "Taken back"

    audit = models.ForeignKey(Audit, on_delete=models.PROTECT, related_name="disputes")
    round = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    raised_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="disputes_raised")
    side = models.CharField(max_length=10, choices=Side.choices)
    raised_at = models.DateTimeField()
    due_on = models.DateField()  # by when the review session, later the mediation, is asked for

    class Meta:
        ordering = ["audit_id", "round"]
        constraints = [
            models.UniqueConstraint(F("audit"), F("round"), name="dispute_round_once"),
            models.UniqueConstraint(F("audit"), name="dispute_one_open", condition=Q(state__in=["open", "mediation"])),
            models.CheckConstraint(condition=Q(round__gte=1, round__lte=MOST_ROUNDS), name="dispute_at_most_two"),
        ]

    def __str__(self) -> str:
        return f"{self.audit_id} round {self.round}"


@pghistory.track()
class DisputeLine(models.Model):
    """One thing that is not agreed with: the overall grade, a section's, or what a standard was answered."""

    dispute = models.ForeignKey(Dispute, on_delete=models.CASCADE, related_name="lines")
    code = models.CharField(max_length=40)  # "overall", a section's code, or a standard's
    label = models.CharField(max_length=300)  # as the audit words it
    given = models.ForeignKey(
        Grade, on_delete=models.PROTECT, null=True, blank=True, related_name="disputed"
    )  # the grade as it stood; None for a standard
    wanted = models.ForeignKey(Grade, on_delete=models.PROTECT, null=True, blank=True, related_name="wanted_instead")
    said = models.TextField()  # why they see it differently
    outcome = models.CharField(max_length=10, choices=Outcome.choices, blank=True)  # of the review session
    new_grade = models.ForeignKey(Grade, on_delete=models.PROTECT, null=True, blank=True, related_name="agreed_instead")
    why = models.TextField(blank=True)
    decided = models.CharField(max_length=10, choices=Outcome.choices, blank=True)  # in mediation; binding
    decided_grade = models.ForeignKey(
        Grade, on_delete=models.PROTECT, null=True, blank=True, related_name="decided_instead"
    )
    decided_why = models.TextField(blank=True)

    class Meta:
        ordering = ["dispute_id", "pk"]
        constraints = [
            models.UniqueConstraint(F("dispute"), F("code"), name="disputed_once_a_round"),
            models.CheckConstraint(condition=~Q(said=""), name="dispute_line_says_why"),
            models.CheckConstraint(condition=Q(outcome="") | ~Q(why=""), name="dispute_outcome_says_why"),
            models.CheckConstraint(condition=Q(decided="") | ~Q(decided_why=""), name="dispute_decision_says_why"),
        ]

    def __str__(self) -> str:
        return f"{self.dispute_id} {self.code}"


@pghistory.track()
class ReviewSession(models.Model):
    """The meeting of auditor, worker and team manager about one round: who, when, what came of it (S3)."""

    dispute = models.OneToOneField(Dispute, on_delete=models.CASCADE, related_name="session")
    held_on = models.DateField()
    present = models.ManyToManyField(User, related_name="review_sessions")
    others_present = models.CharField(max_length=300, blank=True)
    agreed = models.BooleanField()  # whether they came to one view
    note = models.TextField()
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="review_sessions_recorded")
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(note=""), name="review_session_has_note")]

    def __str__(self) -> str:
        return f"Review of {self.dispute_id}"


@pghistory.track()
class Mediation(models.Model):
    """Mediation by a head of service, the quality assurance service, or both; what they decide is binding (S4)."""

    dispute = models.OneToOneField(Dispute, on_delete=models.CASCADE, related_name="mediation")
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="mediations_asked_for")
    asked_at = models.DateTimeField()
    mediators = models.ManyToManyField(User, related_name="mediations")
    note = models.TextField(blank=True)  # what was decided, and why
    decided_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="mediations_decided"
    )
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(decided_at__isnull=True, decided_by__isnull=True)
                | (Q(decided_at__isnull=False, decided_by__isnull=False) & ~Q(note="")),
                name="mediation_decided_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"Mediation of {self.dispute_id}"
