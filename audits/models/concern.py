"""A concern about the quality of an audit, raised to the audit team, answered and counted (S8)."""

from __future__ import annotations

import pghistory
from django.db import models
from django.db.models import F, Q

from audits.models.audit import Audit
from people.models import User
from people.roles import Permission


class ConcernQuerySet(models.QuerySet["Concern"]):
    """Concerns, filtered the way users speak."""

    def visible_to(self, user: User) -> ConcernQuerySet:
        """All for who runs the programme; for others those they raised, and of their own audits what is answered."""
        if user.can(Permission.MANAGE_CYCLES):
            return self
        return self.filter(Q(raised_by=user) | Q(audit__auditor=user, answered_at__isnull=False))

    def waiting(self) -> ConcernQuerySet:
        """Not answered yet."""
        return self.filter(answered_at__isnull=True)


@pghistory.track()
class Concern(models.Model):
    """What somebody finds wrong with how an audit was done. It changes no grade: that is a disagreement."""

    class About(models.TextChoices):
        FACTS = "facts", "Facts that are wrong or missing"
        EVIDENCE = "evidence", "Judgements without evidence"
        VOICE = "voice", "The voice of the child or the family is missing"
        MEETING = "meeting", "It was done without meeting the worker"
        TONE = "tone", "Its tone, or what it says of a person"
        PROCESS = "process", "It looks at process, not at the difference made"
        OTHER = "other", "Something else"

    class Outcome(models.TextChoices):
        UPHELD = "upheld", "Agreed with"
        PARTLY = "partly", "Partly agreed with"
        NOT_UPHELD = "not_upheld", "Not agreed with"

    audit = models.ForeignKey(Audit, on_delete=models.PROTECT, related_name="concerns")
    number = models.PositiveSmallIntegerField()
    about = models.CharField(max_length=10, choices=About.choices)
    text = models.TextField()
    raised_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="concerns_raised")
    raised_at = models.DateTimeField()
    outcome = models.CharField(max_length=10, choices=Outcome.choices, blank=True)
    answer = models.TextField(blank=True)
    answered_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="concerns_answered"
    )
    answered_at = models.DateTimeField(null=True, blank=True)

    objects = ConcernQuerySet.as_manager()

    class Meta:
        ordering = ["-raised_at", "-pk"]
        constraints = [
            models.UniqueConstraint(F("audit"), F("number"), name="concern_number_once"),
            models.CheckConstraint(condition=~Q(text=""), name="concern_says_what"),
            models.CheckConstraint(
                condition=Q(answered_at__isnull=True, answered_by__isnull=True, outcome="", answer="")
                | (Q(answered_at__isnull=False, answered_by__isnull=False) & ~Q(outcome="") & ~Q(answer="")),
                name="concern_answered_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.audit_id} concern {self.number}"
