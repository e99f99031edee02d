"""Cycles, their draws and what each draw gave to whom; the chases of what is late."""

from __future__ import annotations

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from audits.models import Audit, Case, TemplateVersion
from people.models import User
from people.roles import Permission


class CycleQuerySet(models.QuerySet["Cycle"]):
    """Cycles, filtered the way users speak."""

    def visible_to(self, user: User) -> CycleQuerySet:
        """Every cycle for those who run the programme, none for others."""
        return self if user.can(Permission.MANAGE_CYCLES) else self.none()


class Cycle(models.Model):
    """One audit month (L1)."""

    class Status(models.TextChoices):
        OPEN = "open", "Open, not drawn yet"
        PROPOSED = "proposed", "Draw proposed"
        PUBLISHED = "published", "Published"
        CLOSED = "closed", "Closed"
        PAUSED = "paused", "Paused"

    month = models.DateField(unique=True)  # its first day
    theme = models.CharField(max_length=150, blank=True)
    template_version = models.ForeignKey(TemplateVersion, on_delete=models.PROTECT, null=True, related_name="cycles")
    target = models.PositiveSmallIntegerField(default=30)
    groups = ArrayField(models.CharField(max_length=20), default=list, blank=True)  # rota groups; empty: everybody
    due_on = models.DateField(null=True)
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.OPEN)
    paused_reason = models.CharField(max_length=200, blank=True)
    opened_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="cycles_opened")
    opened_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True, blank=True)
    published_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="cycles_published")

    objects = CycleQuerySet.as_manager()

    class Meta:
        ordering = ["-month"]
        constraints = [
            models.CheckConstraint(condition=Q(month__day=1), name="cycle_month_is_first_day"),
            models.CheckConstraint(
                condition=Q(status="paused", due_on__isnull=True)
                | (~Q(status="paused") & Q(due_on__isnull=False, template_version__isnull=False)),
                name="cycle_has_due_date_unless_paused",
            ),
            models.CheckConstraint(condition=Q(target__gte=1, target__lte=2000), name="cycle_target_in_range"),
            models.CheckConstraint(
                condition=Q(status__in=["published", "closed"], published_at__isnull=False)
                | Q(status__in=["open", "proposed", "paused"], published_at__isnull=True),
                name="cycle_published_has_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.month:%B %Y}"


class Draw(models.Model):
    """A draw for a cycle: inputs frozen and hashed first, then the seed; never changed, never deleted (R21, R25)."""

    cycle = models.ForeignKey(Cycle, on_delete=models.PROTECT, related_name="draws")
    number = models.PositiveSmallIntegerField()
    reason = models.CharField(max_length=300, blank=True)  # why a second draw
    inputs = models.TextField()  # canonical JSON
    inputs_sha256 = models.CharField(max_length=64)
    seed = models.CharField(max_length=64)
    algorithm = models.CharField(max_length=20)
    result = models.JSONField()
    result_sha256 = models.CharField(max_length=64)
    drawn_at = models.DateTimeField()
    drawn_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="draws")  # None: the timetable

    class Meta:
        ordering = ["cycle", "-number"]
        constraints = [
            models.UniqueConstraint(F("cycle"), F("number"), name="draw_number_once"),
            models.CheckConstraint(condition=Q(number=1) | ~Q(reason=""), name="second_draw_has_reason"),
        ]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.cycle} draw {self.number}"


class Allocation(models.Model):
    """A case given to an auditor by a published draw (or by the PSW's own recorded override)."""

    draw = models.ForeignKey(Draw, on_delete=models.PROTECT, related_name="allocations")
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="allocations")
    auditor = models.ForeignKey(User, on_delete=models.PROTECT, related_name="allocations")
    audit = models.OneToOneField(Audit, on_delete=models.PROTECT, related_name="allocation")
    override_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["draw", "pk"]
        constraints = [models.UniqueConstraint(F("draw"), F("case"), name="case_allocated_once_per_draw")]

    def __str__(self) -> str:
        return f"{self.case_id} to {self.auditor_id}"


class Chase(models.Model):
    """A reminder or escalation about one audit, once per stage (E1–E3). Superseded: overtaken by a later stage."""

    class Stage(models.TextChoices):
        BEFORE = "before", "Reminder before the due date"
        ON_DUE_DATE = "on_due_date", "Reminder on the due date"
        LINE_MANAGER = "line_manager", "Line manager told"
        NEXT_MANAGER = "next_manager", "Next manager told"

    audit = models.ForeignKey(Audit, on_delete=models.CASCADE, related_name="chases")
    stage = models.CharField(max_length=20, choices=Stage.choices)
    due_on = models.DateField()
    recipient = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="chases")
    superseded = models.BooleanField(default=False)
    handled_at = models.DateTimeField()

    class Meta:
        ordering = ["audit_id", "due_on", "pk"]
        constraints = [
            models.UniqueConstraint(F("audit"), F("stage"), name="chase_once_per_stage"),
            models.CheckConstraint(
                condition=Q(superseded=True) | Q(recipient__isnull=False), name="chase_went_to_somebody"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.audit_id} {self.stage}"
