"""A child who may not be safe today: raised at any moment of an audit, acknowledged by those who were told (A16)."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import F, Q

from audits.models.audit import Audit
from people.models import User
from people.roles import Permission


class ImmediateRiskQuerySet(models.QuerySet["ImmediateRisk"]):
    """Raised risks, filtered the way users speak."""

    def visible_to(self, user: User) -> ImmediateRiskQuerySet:
        """Those whom it concerns; nobody else's job opens it, and the content of the audit is not in it.

        Once the audit is submitted, whoever may read it may also read what was raised in it: its documents say it.
        """
        if user.can(Permission.MANAGE_CYCLES):
            return self
        read = Q(audit__in=Audit.objects.completed().visible_to(user).values("pk"))
        return self.filter(_concerns(user) | read)

    def concerning(self, user: User) -> ImmediateRiskQuerySet:
        """Raised by this person, told to them, in an audit they write; all of them for who runs the programme."""
        return self if user.can(Permission.MANAGE_CYCLES) else self.filter(_concerns(user))


def _concerns(user: User) -> Q:
    writes = Q(audit__auditor=user) | Q(audit__supervisor=user)
    told = Q(pk__in=RiskRecipient.objects.filter(person=user).values("risk"))
    return Q(raised_by=user) | writes | told


class ImmediateRisk(models.Model):
    """What was raised, by whom, when. Never changed or deleted."""

    audit = models.ForeignKey(Audit, on_delete=models.PROTECT, related_name="immediate_risks")
    number = models.PositiveSmallIntegerField()  # the first, second … of its audit
    concern = models.TextField()  # what puts the child at risk
    done_already = models.TextField(blank=True)  # what the auditor has done about it
    raised_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="immediate_risks_raised")
    raised_at = models.DateTimeField()

    objects = ImmediateRiskQuerySet.as_manager()

    class Meta:
        ordering = ["audit_id", "number"]
        constraints = [
            models.UniqueConstraint(F("audit"), F("number"), name="risk_number_once"),
            models.CheckConstraint(condition=~Q(concern=""), name="risk_says_what"),
        ]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.audit_id} risk {self.number}"


class RiskRecipient(models.Model):
    """Somebody who was told at once, with what they are to the case; frozen when the risk was raised (R14)."""

    class Part(models.TextChoices):
        WORKER = "worker", "Worker"
        TEAM_MANAGER = "team_manager", "Team manager"
        SERVICE_MANAGER = "service_manager", "Service manager"
        HEAD_OF_SERVICE = "head_of_service", "Head of service"
        PROGRAMME = "programme", "Principal social worker"

    risk = models.ForeignKey(ImmediateRisk, on_delete=models.PROTECT, related_name="recipients")
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="risks_told_of")
    part = models.CharField(max_length=16, choices=Part.choices)
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    step_taken = models.TextField(blank=True)  # what they do about it, said with the acknowledgement

    class Meta:
        ordering = ["risk_id", "pk"]
        constraints = [
            models.UniqueConstraint(F("risk"), F("person"), name="told_of_a_risk_once"),
            models.CheckConstraint(
                condition=Q(acknowledged_at__isnull=True) | ~Q(step_taken=""), name="acknowledged_with_a_step"
            ),
        ]
        indexes = [
            models.Index("person", name="risk_not_acknowledged", condition=Q(acknowledged_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} told of {self.risk_id}"
