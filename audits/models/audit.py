"""One audit of one child's case: what was asked of whom, the answers, the grades, every change of status."""

from __future__ import annotations

from datetime import date

import pghistory
import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from audits.models.case import Case
from audits.models.template import Grade, Section, TemplateVersion
from people.models import Service, Team, User
from people.roles import Permission
from people.wording import label

MONTH = "%Y-%m"


class Status(models.TextChoices):
    """Where an audit stands. Only audits.workflow.move changes it."""

    ALLOCATED = "allocated", "Not started"
    IN_PROGRESS = "in_progress", "In progress"
    WITH_TEAM = "with_team", "With the team"
    ACTIONS = "actions", "Actions open"
    CLOSED = "closed", "Closed"
    EXEMPT = "exempt", "Exempt"
    WITHDRAWN = "withdrawn", "Withdrawn"


UNFINISHED = (Status.ALLOCATED, Status.IN_PROGRESS)
COMPLETED = (Status.WITH_TEAM, Status.ACTIONS, Status.CLOSED)
SET_ASIDE = (Status.EXEMPT, Status.WITHDRAWN)


class Selection(models.TextChoices):
    """How the case came to be audited; only random ones count in headline percentages."""

    RANDOM = "random", "Random draw"
    THEMATIC = "thematic", "Theme"  # drawn at random, but among the cases of a theme
    TARGETED = "targeted", "Targeted"
    RE_AUDIT = "re_audit", "Re-audit"
    COMPLAINT = "complaint", "After a complaint"


AT_RANDOM = (Selection.RANDOM, Selection.THEMATIC)


class Outcomes(models.TextChoices):
    """Whether the child's outcomes are met; decides whether a good grade is open (A10)."""

    MET = "met", "Met"
    ON_THE_WAY = "on_the_way", "On the way"
    NOT_MET = "not_met", "Neither met nor on the way"


class SafeNow(models.TextChoices):
    """Whether the child is safe today: asked apart from every grade, so that no grade has to carry it."""

    YES = "yes", "Yes"
    NO = "no", "No"


class AuditQuerySet(models.QuerySet["Audit"]):
    """Audits, filtered the way users speak."""

    def visible_to(self, user: User) -> AuditQuerySet:
        """The audits this person may open. What they may read of an unfinished one is audits.permissions' business."""
        if user.can(Permission.VIEW_ALL_AUDITS):
            return self
        theirs = Q(auditor=user) | Q(supervisor=user) | Q(worker=user) | Q(team_manager=user)
        if user.can(Permission.VIEW_TEAM_AUDITS) and user.team_id:
            theirs |= Q(team_id=user.team_id)
        if user.can(Permission.VIEW_SERVICE_AUDITS) and user.service_id:
            theirs |= Q(service_id=user.service_id)
        return self.filter(theirs)

    def by_people_managed_by(self, user: User) -> AuditQuerySet:
        """Audits given to people this person manages: for their progress only, never for their content."""
        return self.filter(Q(auditor__line_manager=user) | Q(auditor__line_manager__line_manager=user))

    def unfinished(self) -> AuditQuerySet:
        """Allocated or begun, not yet submitted."""
        return self.filter(status__in=UNFINISHED)

    def completed(self) -> AuditQuerySet:
        """Submitted, whatever came after."""
        return self.filter(status__in=COMPLETED)

    def overdue(self, today: date) -> AuditQuerySet:
        """Not submitted and past the due date."""
        return self.unfinished().filter(due_on__lt=today)

    def in_month(self, month: date) -> AuditQuerySet:
        """Of the cycle of a month (any day of it)."""
        return self.filter(month=month.replace(day=1))


@pghistory.track(exclude=["updated_at"])
class Audit(models.Model):
    """An audit. Team, worker and manager are those on the day of allocation and stay so."""

    reference = models.CharField(
        max_length=20, unique=True
    )  # e.g. 2026-11-0007: month and number, never the child's id
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="audits")
    month = models.DateField()  # the cycle's month, its first day
    selection = models.CharField(max_length=20, choices=Selection.choices, default=Selection.RANDOM)
    re_audit_of = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="re_audits"
    )  # the audit that this one looks at again (L6)
    questions = ArrayField(models.CharField(max_length=300), default=list, blank=True)  # of the month's theme
    template_version = models.ForeignKey(TemplateVersion, on_delete=models.PROTECT, related_name="audits")
    auditor = models.ForeignKey(User, on_delete=models.PROTECT, related_name="audits_to_do")
    supervisor = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="audits_supervised"
    )  # of an auditor who is still learning (P4)
    worker = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="audits_of_work")
    team_manager = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="audits_of_team")
    team = models.ForeignKey(Team, on_delete=models.PROTECT, null=True, related_name="audits")
    service = models.ForeignKey(Service, on_delete=models.PROTECT, null=True, related_name="audits")
    plan = models.CharField(max_length=20)
    status = models.CharField(max_length=20, choices=Status.choices, default=Status.ALLOCATED)
    allocated_at = models.DateTimeField()
    due_on = models.DateField()
    window_start = models.DateField()  # the time under review (C4)
    window_end = models.DateField()
    outcomes = models.CharField(max_length=20, choices=Outcomes.choices, blank=True)
    safe_now = models.CharField(max_length=3, choices=SafeNow.choices, blank=True)
    overall_grade = models.ForeignKey(Grade, on_delete=models.PROTECT, null=True, related_name="audits")
    agreement_asked_at = models.DateTimeField(null=True, blank=True)  # of the supervisor; emptied by the answer
    supervisor_agreed_at = models.DateTimeField(null=True, blank=True)  # with what a learner wrote (P4)
    submitted_at = models.DateTimeField(null=True)
    case_then = models.JSONField(null=True, blank=True)  # of the case, what the audit says; written at submission
    part_b_due_on = models.DateField(null=True)
    closed_at = models.DateTimeField(null=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = AuditQuerySet.as_manager()

    class Meta:
        ordering = ["-month", "reference"]
        constraints = [
            models.CheckConstraint(condition=Q(month__day=1), name="audit_month_is_first_day"),
            models.CheckConstraint(condition=Q(window_end__gte=F("window_start")), name="audit_window_in_order"),
            models.CheckConstraint(
                condition=Q(status__in=["allocated", "in_progress", "exempt", "withdrawn"], submitted_at__isnull=True)
                | Q(
                    status__in=["with_team", "actions", "closed"],
                    submitted_at__isnull=False,
                    part_b_due_on__isnull=False,
                ),
                name="audit_submitted_has_time",
            ),
            models.CheckConstraint(
                condition=Q(status="closed", closed_at__isnull=False)
                | (~Q(status="closed") & Q(closed_at__isnull=True)),
                name="audit_closed_has_time",
            ),
            models.CheckConstraint(
                condition=Q(worker__isnull=True) | ~Q(worker=F("auditor")), name="audit_not_of_own_work"
            ),
            models.UniqueConstraint(
                F("case"),
                F("month"),
                name="case_audited_once_a_month",
                condition=~Q(status__in=["exempt", "withdrawn"]),
            ),
        ]
        indexes = [
            models.Index("month", "status", name="audit_month_status"),
            models.Index("auditor", "status", name="audit_auditor_status"),
            models.Index("team", "status", name="audit_team_status"),
            models.Index("due_on", name="audit_unfinished_due", condition=Q(status__in=["allocated", "in_progress"])),
            models.Index("status", "submitted_at", name="audit_status_submitted"),
            # Read alone, in order, for the figures of reporting.measures.
            models.Index("month", "selection", "status", "overall_grade", name="audit_counted"),
            models.Index("service", "selection", "status", "month", name="audit_counted_by_service"),
            models.Index("id", name="audit_not_submitted", condition=Q(submitted_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def is_unfinished(self) -> bool:
        """Whether the auditor can still write in it."""
        return self.status in UNFINISHED

    @property
    def is_submitted(self) -> bool:
        """Whether it was submitted, whatever came after."""
        return self.status in COMPLETED

    @property
    def plan_label(self) -> str:
        """The council's word for the child's plan when it was allocated."""
        return label("plans", self.plan)

    def is_overdue(self, today: date) -> bool:
        """Whether it should have been submitted before today."""
        return self.is_unfinished and self.due_on < today


@pghistory.track(
    pghistory.InsertEvent(),
    pghistory.UpdateEvent(),
    append_only=True,
    fields=["audit", "page", "content", "revision", "saved_at", "saved_by"],
)
class PageAnswers(models.Model):
    """What was typed on one page of an audit, unfinished and invalid text too. Every saved state stays as history."""

    audit = models.ForeignKey(Audit, on_delete=models.CASCADE, related_name="pages")
    page = models.CharField(max_length=20)  # a code of audits.pages.page_codes, or new_action-17 (own_page): not listed
    content = models.JSONField(default=dict)
    revision = models.PositiveIntegerField(default=1)
    saved_at = models.DateTimeField()
    saved_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="saved_pages")

    class Meta:
        ordering = ["audit_id", "page"]
        constraints = [models.UniqueConstraint(F("audit"), F("page"), name="page_once_per_audit")]

    def __str__(self) -> str:
        return f"{self.audit_id} {self.page} r{self.revision}"


class SectionGrade(models.Model):
    """The grade of one section, fixed when the audit was submitted: what reports count."""

    audit = models.ForeignKey(Audit, on_delete=models.CASCADE, related_name="section_grades")
    section = models.ForeignKey(Section, on_delete=models.PROTECT, related_name="grades_given")
    grade = models.ForeignKey(
        Grade, on_delete=models.PROTECT, null=True, related_name="section_grades"
    )  # None: set aside
    worker_grade = models.ForeignKey(
        Grade, on_delete=models.PROTECT, null=True, blank=True, related_name="section_grades_by_workers"
    )  # the worker's own, where one was recorded (A9)
    yes = models.PositiveSmallIntegerField(default=0)
    no = models.PositiveSmallIntegerField(default=0)
    not_applicable = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["audit_id", "section__order"]
        constraints = [models.UniqueConstraint(F("audit"), F("section"), name="section_graded_once")]

    def __str__(self) -> str:
        return f"{self.audit_id} {self.section_id}"


class StatusChange(models.Model):
    """A step of an audit's life: who, when, why. Never changed or deleted."""

    audit = models.ForeignKey(Audit, on_delete=models.CASCADE, related_name="status_changes")
    step = models.CharField(max_length=30)
    from_status = models.CharField(max_length=20, blank=True)
    to_status = models.CharField(max_length=20)
    by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="status_changes"
    )  # None: the portal itself
    at = models.DateTimeField()
    reason = models.TextField(blank=True)

    class Meta:
        ordering = ["at", "pk"]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.audit_id} {self.step}"
