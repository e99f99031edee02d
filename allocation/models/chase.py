"""The chases of what is late: the ladder as data, each stage that was handled, what is held, why nothing came back."""

from __future__ import annotations

import pghistory
import pgtrigger
from django.db import models
from django.db.models import F, Q

from audits.models import Audit
from people.models import User
from people.roles import Permission


class Subject(models.TextChoices):
    """What is waited for."""

    AUDIT = "audit", "An audit"
    PART_B = "part_b", "Part B"
    ACTION = "action", "An action"
    NOTICE = "notice", "Acknowledging an urgent audit"
    RISK = "risk", "Acknowledging a child at risk"
    MODERATION = "moderation", "A moderation"


class ToWhom(models.TextChoices):
    """Who is told, seen from the person it waits for."""

    OWNER = "owner", "The person it waits for"
    LINE_MANAGER = "line_manager", "Their line manager"
    NEXT_MANAGER = "next_manager", "The manager above the line manager"
    HEAD_OF_SERVICE = "head_of_service", "The head of service of the case"
    PROGRAMME = "programme", "The principal social worker"


@pghistory.track()
class ChaseStep(models.Model):
    """One rung of the ladder: so many working days before or after something is due, somebody is told (E1–E4)."""

    code = models.SlugField(max_length=40, unique=True)
    subject = models.CharField(max_length=12, choices=Subject.choices)
    days = models.SmallIntegerField()  # working days after the due day; below nought: before it; 0: on it
    to = models.CharField(max_length=16, choices=ToWhom.choices)
    again_days = models.SmallIntegerField(null=True, blank=True)  # instead of `days`, at the second miss in some months
    is_on = models.BooleanField(default=True)

    class Meta:
        ordering = ["subject", "days", "pk"]
        constraints = [
            models.UniqueConstraint(F("subject"), F("days"), F("to"), name="chase_step_once"),
            models.CheckConstraint(condition=Q(days__gte=-30, days__lte=60), name="chase_step_in_range"),
            # Managers are told of what is late, never of what is still to come; who it waits for hears first.
            models.CheckConstraint(condition=Q(to="owner") | Q(days__gte=1), name="chase_managers_after_the_day"),
        ]

    def __str__(self) -> str:
        return self.code


class Chase(models.Model):
    """A reminder or escalation, once per stage of what is waited for (E1–E4). Superseded: overtaken by a later stage.

    A new due date, of an extension for instance, gives it its stages anew.
    """

    class Stage(models.TextChoices):
        """The codes of the steps for audits, as first delivered."""

        BEFORE = "before", "Reminder before the due date"
        ON_DUE_DATE = "on_due_date", "Reminder on the due date"
        LINE_MANAGER = "line_manager", "Line manager told"
        NEXT_MANAGER = "next_manager", "Next manager told"

    audit = models.ForeignKey(Audit, on_delete=models.CASCADE, related_name="chases")
    subject = models.CharField(max_length=12, choices=Subject.choices, default=Subject.AUDIT)
    key = models.CharField(max_length=20, blank=True)  # which of the audit's: an action's number, a side of Part B …
    stage = models.CharField(max_length=40)  # the code of its step
    to = models.CharField(max_length=16, choices=ToWhom.choices, default=ToWhom.OWNER)
    due_on = models.DateField()  # when the stage fell due
    counts_from = models.DateField()  # the due date that it counts from
    owner = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="chased"
    )  # whom it waited for then
    recipient = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="chases")
    superseded = models.BooleanField(default=False)
    held = models.BooleanField(default=False)  # the programme held it back, see ChaseHold
    handled_at = models.DateTimeField()

    class Meta:
        ordering = ["audit_id", "due_on", "pk"]
        constraints = [
            models.UniqueConstraint(
                F("audit"), F("subject"), F("key"), F("stage"), F("counts_from"), name="chase_once_per_stage"
            ),
            models.CheckConstraint(
                condition=Q(superseded=True) | Q(held=True) | Q(recipient__isnull=False), name="chase_went_to_somebody"
            ),
        ]
        indexes = [models.Index("owner", "subject", "due_on", name="chase_of_person")]

    def __str__(self) -> str:
        return f"{self.audit_id} {self.subject} {self.key} {self.stage}"


class ChaseHoldQuerySet(models.QuerySet["ChaseHold"]):
    """What is held back, filtered the way users speak."""

    def visible_to(self, user: User) -> ChaseHoldQuerySet:
        """All of it for who runs the programme, nothing for anybody else."""
        return self if user.can(Permission.MANAGE_CYCLES) else self.none()


class ChaseHold(models.Model):
    """One chase that the programme holds back before it goes, with the reason. Kept when it is let go again."""

    audit = models.ForeignKey(Audit, on_delete=models.CASCADE, related_name="chase_holds")
    subject = models.CharField(max_length=12, choices=Subject.choices)
    key = models.CharField(max_length=20, blank=True)
    stage = models.CharField(max_length=40)
    counts_from = models.DateField()
    reason = models.CharField(max_length=300)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="chases_held")
    at = models.DateTimeField()
    let_go_at = models.DateTimeField(null=True, blank=True)
    let_go_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="chases_let_go")

    objects = ChaseHoldQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                F("audit"),
                F("subject"),
                F("key"),
                F("stage"),
                F("counts_from"),
                name="chase_held_once",
                condition=Q(let_go_at__isnull=True),
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="chase_held_with_a_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.audit_id} {self.subject} {self.key} {self.stage} held"


class NonReturn(models.Model):
    """Why an audit did not come back by its due date, as somebody said (E5). Never changed; a later one corrects it."""

    class Reason(models.TextChoices):
        LEAVE = "leave", "Annual leave"
        SICKNESS = "sickness", "Sickness"
        CAPACITY = "capacity", "Capacity"
        LEFT = "left", "Left, or moved to another job"
        NO_SWAP = "no_swap", "Found nobody to swap with"
        CASE = "case", "The case or the file: closed, moved, no access"
        NOT_SAID = "not_said", "No reason given"
        OTHER = "other", "Another reason"

    audit = models.ForeignKey(Audit, on_delete=models.CASCADE, related_name="non_returns")
    due_on = models.DateField()  # the due date that was missed
    auditor = models.ForeignKey(User, on_delete=models.PROTECT, related_name="non_returns")  # who had it then
    reason = models.CharField(max_length=10, choices=Reason.choices)
    note = models.CharField(max_length=300, blank=True)  # nothing about somebody's health
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="non_returns_recorded")
    at = models.DateTimeField()

    class Meta:
        ordering = ["-at", "-pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(reason="other") | ~Q(note=""), name="other_reason_is_said"),
        ]
        indexes = [models.Index("audit", "due_on", name="non_return_of")]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.audit_id}: {self.reason}"
