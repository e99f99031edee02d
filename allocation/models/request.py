"""An auditor asks for an exemption or an extension; the line manager answers first, then whoever runs the programme."""

from __future__ import annotations

from datetime import date

import pgtrigger
from django.db import models
from django.db.models import Exists, F, OuterRef, Q

from audits.models import Audit
from audits.models.audit import UNFINISHED
from people.models import Absence, User
from people.roles import Permission


class AuditRequestQuerySet(models.QuerySet["AuditRequest"]):
    """Requests, filtered the way users speak."""

    def visible_to(self, user: User) -> AuditRequestQuerySet:
        """One's own, those that went to one as line manager, and all of them for those who run the programme."""
        if user.can(Permission.MANAGE_CYCLES):
            return self
        return self.filter(Q(asked_by=user) | Q(line_manager=user))

    def waiting(self) -> AuditRequestQuerySet:
        """Not answered, about an audit that is still unfinished and in the hands of the one who asked."""
        unsettled = self.filter(state__in=["line_manager", "programme"])
        return unsettled.filter(audit__status__in=UNFINISHED, audit__auditor=F("asked_by"))

    def waiting_for(self, user: User, *, today: date) -> AuditRequestQuerySet:
        """Those this person may answer today. The programme stands in for a line manager who has left or is away."""
        theirs = Q(state="line_manager", line_manager=user)
        if user.can(Permission.MANAGE_CYCLES):
            away = Absence.objects.filter(user=OuterRef("line_manager"), starts__lte=today, ends__gte=today)
            not_there = ~Q(line_manager__in=User.objects.working_on(today)) | Q(Exists(away))
            theirs |= Q(state="programme") | (Q(state="line_manager") & not_there)
        return self.waiting().filter(theirs).exclude(asked_by=user)


class AuditRequest(models.Model):
    """A request about one audit (P5, P6)."""

    class Kind(models.TextChoices):
        EXEMPTION = "exemption", "Exemption"
        EXTENSION = "extension", "Extension"

    class Why(models.TextChoices):
        LEAVE = "leave", "Annual leave"
        SICKNESS = "sickness", "Sickness"
        CAPACITY = "capacity", "No capacity"
        KNOWN = "known", "I or my team know this family"
        WORKER_AWAY = "worker_away", "The worker is away"
        LEAVING = "leaving", "I am leaving or changing job"
        OTHER = "other", "Another reason"

    class State(models.TextChoices):
        WITH_LINE_MANAGER = "line_manager", "With the line manager"
        WITH_PROGRAMME = "programme", "With the principal social worker"
        AGREED = "agreed", "Agreed"
        REFUSED = "refused", "Not agreed"
        WITHDRAWN = "withdrawn", "Taken back"
        OVERTAKEN = "overtaken", "No longer needed"  # the audit was submitted, taken back or given to somebody else

    audit = models.ForeignKey(Audit, on_delete=models.PROTECT, related_name="requests")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    why = models.CharField(max_length=12, choices=Why.choices)
    reason = models.CharField(max_length=1000)
    wanted_due_on = models.DateField(null=True, blank=True)  # of an extension
    due_on_before = models.DateField()
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="audit_requests")
    asked_at = models.DateTimeField()
    line_manager = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="audit_requests_to_answer"
    )  # to whom it went; None: straight to the programme
    state = models.CharField(max_length=12, choices=State.choices, default=State.WITH_LINE_MANAGER)
    settled_at = models.DateTimeField(null=True, blank=True)

    objects = AuditRequestQuerySet.as_manager()

    class Meta:
        ordering = ["-asked_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                F("audit"),
                name="one_open_request_per_audit",
                condition=Q(state__in=["line_manager", "programme"]),
            ),
            models.CheckConstraint(
                condition=Q(kind="extension", wanted_due_on__gt=F("due_on_before"))
                | Q(kind="exemption", wanted_due_on__isnull=True),
                name="extension_has_a_later_date",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["line_manager", "programme"], settled_at__isnull=True)
                | Q(state__in=["agreed", "refused", "withdrawn", "overtaken"], settled_at__isnull=False),
                name="request_settled_has_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.audit_id}"

    @property
    def is_open(self) -> bool:
        """Whether somebody still has to answer it."""
        return self.state in {self.State.WITH_LINE_MANAGER, self.State.WITH_PROGRAMME}


class RequestDecision(models.Model):
    """What one person answered to a request. Never changed or deleted."""

    class Stage(models.TextChoices):
        LINE_MANAGER = "line_manager", "Line manager"
        PROGRAMME = "programme", "Principal social worker"

    request = models.ForeignKey(AuditRequest, on_delete=models.PROTECT, related_name="decisions")
    stage = models.CharField(max_length=12, choices=Stage.choices)
    agreed = models.BooleanField()
    comment = models.CharField(max_length=1000, blank=True)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="request_decisions")
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "pk"]
        constraints = [models.UniqueConstraint(F("request"), F("stage"), name="decided_once_per_stage")]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.request_id} {self.stage}"
