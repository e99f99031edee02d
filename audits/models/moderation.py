"""Moderation: a second grade by somebody who had no part in the audit; the first grade stays beside it (S5)."""

from __future__ import annotations

import pghistory
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from audits.models.audit import Audit
from audits.models.template import Grade
from people.models import User
from people.roles import Permission


class Why(models.TextChoices):
    """Why an audit is moderated. Only those of the random sample count in the figures of agreement."""

    RANDOM = "random", "Random sample"
    URGENT = "urgent", "Every audit with the urgent grade"
    BEST = "best", "Every audit with the highest grade"
    FIRST = "first", "One of the auditor’s first two"
    ASKED = "asked", "Asked for by hand"


class ModerationTaskQuerySet(models.QuerySet["ModerationTask"]):
    """Moderations to do, filtered the way users speak."""

    def visible_to(self, user: User) -> ModerationTaskQuerySet:
        """All of them for who runs the programme, otherwise one's own."""
        if user.can(Permission.MANAGE_CYCLES):
            return self
        return self.filter(Q(moderator=user) | Q(adjudicator=user))

    def open(self) -> ModerationTaskQuerySet:
        """Given out and not settled."""
        return self.exclude(state__in=[ModerationTask.State.DONE, ModerationTask.State.DROPPED])

    def blind_for(self, user: User) -> ModerationTaskQuerySet:
        """Those that this person grades or decides and has not yet: its grades are kept from them until then."""
        grading = Q(moderator=user, state=ModerationTask.State.GIVEN)
        return self.filter(grading | Q(adjudicator=user, state=ModerationTask.State.ADJUDICATION))

    def to_grade(self) -> ModerationTaskQuerySet:
        """Those whose moderator has not graded yet, and must not see the auditor's grade."""
        return self.filter(state=ModerationTask.State.GIVEN)


@pghistory.track()
class ModerationTask(models.Model):
    """That an audit is to be moderated, why, and by whom."""

    class State(models.TextChoices):
        WAITING = "waiting", "Nobody moderates it yet"
        GIVEN = "given", "To be graded"
        TALK = "talk", "To be talked over with the auditor"
        ADJUDICATION = "adjudication", "A third person decides"
        DONE = "done", "Done"
        DROPPED = "dropped", "Not moderated after all"

    audit = models.OneToOneField(Audit, on_delete=models.PROTECT, related_name="moderation_task")
    why = ArrayField(models.CharField(max_length=10, choices=Why.choices))  # every reason that applies
    late = models.BooleanField(default=False)  # came in after the moderation day (S6)
    state = models.CharField(max_length=12, choices=State.choices, default=State.WAITING)
    moderator = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="moderation_tasks"
    )
    adjudicator = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="moderations_to_decide"
    )
    made_at = models.DateTimeField()
    given_at = models.DateTimeField(null=True, blank=True)
    due_on = models.DateField()
    dropped_why = models.CharField(max_length=300, blank=True)

    objects = ModerationTaskQuerySet.as_manager()

    class Meta:
        ordering = ["due_on", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "dropped"]) | Q(moderator__isnull=False, given_at__isnull=False),
                name="moderation_given_to_somebody",
            ),
            models.CheckConstraint(
                condition=~Q(state="adjudication") | Q(adjudicator__isnull=False), name="adjudication_has_somebody"
            ),
            models.CheckConstraint(
                condition=Q(adjudicator__isnull=True) | ~Q(adjudicator=F("moderator")),
                name="adjudicator_is_a_third_person",
            ),
            models.CheckConstraint(
                condition=~Q(state="dropped") | ~Q(dropped_why=""), name="moderation_dropped_with_a_reason"
            ),
        ]
        indexes = [models.Index("moderator", "state", name="moderation_task_of")]

    def __str__(self) -> str:
        return f"Moderation of {self.audit_id}: {self.state}"


@pghistory.track()
class Moderation(models.Model):
    """What the moderator found, graded before the auditor's grade was shown, and what came of it."""

    class View(models.TextChoices):
        AGREES = "agrees", "The auditor agrees"
        DISAGREES = "disagrees", "The auditor sees it differently"

    audit = models.OneToOneField(Audit, on_delete=models.CASCADE, related_name="moderation")
    moderator = models.ForeignKey(User, on_delete=models.PROTECT, related_name="moderations")
    grade = models.ForeignKey(Grade, on_delete=models.PROTECT, related_name="moderations")
    reason = models.TextField()  # of practice: what the moderator saw
    on_the_audit = models.TextField(blank=True)  # of the audit itself: how well it is done; apart from practice
    moderated_at = models.DateTimeField()
    difference = models.SmallIntegerField(
        default=0
    )  # points of the scale; above nought: graded higher than the auditor
    within_tolerance = models.BooleanField(default=True)
    talked_on = models.DateField(null=True, blank=True)  # over with the auditor
    talked_note = models.TextField(blank=True)
    auditor_view = models.CharField(max_length=10, choices=View.choices, blank=True)
    adjudicated_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="moderations_adjudicated"
    )
    adjudicated_at = models.DateTimeField(null=True, blank=True)
    adjudicated_grade = models.ForeignKey(
        Grade, on_delete=models.PROTECT, null=True, blank=True, related_name="adjudicated"
    )
    adjudication = models.TextField(blank=True)  # why so
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(reason=""), name="moderation_has_reason"),
            models.CheckConstraint(
                condition=Q(adjudicated_at__isnull=True, adjudicated_by__isnull=True, adjudicated_grade__isnull=True)
                | (
                    Q(adjudicated_at__isnull=False, adjudicated_by__isnull=False, adjudicated_grade__isnull=False)
                    & ~Q(adjudication="")
                ),
                name="moderation_adjudicated_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"Moderation of {self.audit_id}"


@pghistory.track()
class ModeratedSection(models.Model):
    """The moderator's grade of one section."""

    moderation = models.ForeignKey(Moderation, on_delete=models.CASCADE, related_name="sections")
    section = models.CharField(max_length=20)  # its code
    grade = models.ForeignKey(Grade, on_delete=models.PROTECT, related_name="moderated_sections")

    class Meta:
        ordering = ["moderation_id", "section"]
        constraints = [models.UniqueConstraint(F("moderation"), F("section"), name="section_moderated_once")]

    def __str__(self) -> str:
        return f"{self.moderation_id} {self.section}"
