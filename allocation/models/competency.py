"""Who may audit with which template (P4)."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from audits.models import AuditTemplate
from people.models import User
from people.roles import Permission


class CompetencyQuerySet(models.QuerySet["Competency"]):
    """Records, filtered the way users speak."""

    def visible_to(self, user: User) -> CompetencyQuerySet:
        """All for those who run the programme, evaluate or sign off; otherwise one's own and one's learners'."""
        deciding = (Permission.MANAGE_CYCLES, Permission.EVALUATE_AUDITORS, Permission.SIGN_OFF_AUDITORS)
        if any(user.can(permission) for permission in deciding):
            return self
        return self.filter(Q(user=user) | Q(supervisor=user))


class Competency(models.Model):
    """How far a person is with a template: learning under a supervisor, signed off, or withdrawn."""

    class State(models.TextChoices):
        LEARNING = "learning", "Learning, with a supervisor"
        SIGNED_OFF = "signed_off", "Signed off"
        WITHDRAWN = "withdrawn", "Withdrawn"

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="competencies")
    template = models.ForeignKey(AuditTemplate, on_delete=models.PROTECT, related_name="competencies")
    state = models.CharField(max_length=12, choices=State.choices, default=State.LEARNING)
    supervisor = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="supervises"
    )  # while learning
    signed_off_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="competencies_signed_off"
    )
    signed_off_at = models.DateTimeField(null=True, blank=True)
    note = models.CharField(max_length=300, blank=True)  # e.g. why signed off without evaluations, or withdrawn
    begun_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="competencies_begun")
    begun_at = models.DateTimeField()

    objects = CompetencyQuerySet.as_manager()

    class Meta:
        ordering = ["user__name", "template__name"]
        verbose_name_plural = "competencies"
        constraints = [
            models.UniqueConstraint(F("user"), F("template"), name="competency_once_per_template"),
            models.CheckConstraint(
                condition=~Q(state="signed_off") | Q(signed_off_by__isnull=False, signed_off_at__isnull=False),
                name="competency_signed_off_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(signed_off_by__isnull=True) | ~Q(signed_off_by=F("user")),
                name="competency_not_signed_off_by_oneself",
            ),
            models.CheckConstraint(
                condition=Q(supervisor__isnull=True) | ~Q(supervisor=F("user")),
                name="competency_not_supervised_by_oneself",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.template_id} {self.state}"


class Evaluation(models.Model):
    """What one head of service makes of a learning auditor."""

    competency = models.ForeignKey(Competency, on_delete=models.CASCADE, related_name="evaluations")
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="evaluations")
    ready = models.BooleanField()
    comment = models.CharField(max_length=1000, blank=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ["at"]
        constraints = [models.UniqueConstraint(F("competency"), F("by"), name="evaluated_once_by_each")]

    def __str__(self) -> str:
        return f"{self.competency_id} by {self.by_id}"
