"""The meeting of auditor and worker: times offered, one accepted, who else comes, why it was moved (A3)."""

from __future__ import annotations

import pghistory
from django.db import models
from django.db.models import F, Q

from audits.models.audit import Audit
from people.models import User


class MeetingQuerySet(models.QuerySet["Meeting"]):
    """Meetings, filtered the way users speak."""

    def visible_to(self, user: User) -> MeetingQuerySet:
        """Those of audits that this person does or goes along with, and those they are invited to."""
        mine = Q(audit__auditor=user) | Q(audit__supervisor=user)
        invited = MeetingGuest.objects.filter(person=user).values("meeting")
        return self.filter(mine | Q(pk__in=invited))


@pghistory.track()
class Meeting(models.Model):
    """A meeting about an audit. One moved or called off stays as it was, with the reason; a new one takes its place."""

    class State(models.TextChoices):
        OFFERED = "offered", "Times offered"
        AGREED = "agreed", "Agreed"
        HELD = "held", "Took place"  # and another one was offered after it; until then it is an agreed one that is over
        MOVED = "moved", "Moved"
        CALLED_OFF = "called_off", "Called off"

    class How(models.TextChoices):
        IN_PERSON = "in_person", "In person"
        VIRTUAL = "virtual", "By video or telephone"

    audit = models.ForeignKey(Audit, on_delete=models.CASCADE, related_name="meetings")
    state = models.CharField(max_length=12, choices=State.choices, default=State.OFFERED)
    how = models.CharField(max_length=12, choices=How.choices)
    place = models.CharField(max_length=200, blank=True)  # a room, or how to join
    message = models.TextField(blank=True)  # from the auditor to those invited
    minutes = models.PositiveSmallIntegerField(default=60)
    times = models.JSONField(default=list)  # what was offered, as ISO times in UTC
    starts_at = models.DateTimeField(null=True, blank=True)  # what was agreed
    sequence = models.PositiveSmallIntegerField(default=0)  # of the calendar entry, up with each change
    offered_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="meetings_offered")
    offered_at = models.DateTimeField()
    agreed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="meetings_agreed")
    agreed_at = models.DateTimeField(null=True, blank=True)
    reason = models.TextField(blank=True)  # why it was moved or called off
    ended_at = models.DateTimeField(null=True, blank=True)  # when it was moved or called off

    objects = MeetingQuerySet.as_manager()

    class Meta:
        ordering = ["audit_id", "pk"]
        constraints = [
            models.UniqueConstraint(
                F("audit"), name="one_meeting_stands", condition=Q(state__in=["offered", "agreed"])
            ),
            models.CheckConstraint(
                condition=~Q(state="agreed")
                | Q(starts_at__isnull=False, agreed_at__isnull=False, agreed_by__isnull=False),
                name="meeting_agreed_has_time",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["moved", "called_off"]) | (Q(ended_at__isnull=False) & ~Q(reason="")),
                name="meeting_ended_has_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"Meeting about {self.audit_id} ({self.state})"


class MeetingGuest(models.Model):
    """Somebody invited to a meeting: the worker, whose answer sets the time, or a co-worker who may come along."""

    class Part(models.TextChoices):
        WORKER = "worker", "Worker"
        CO_WORKER = "co_worker", "Co-worker"

    class Answer(models.TextChoices):
        NONE = "", "No answer yet"
        COMING = "coming", "Coming"
        NOT_COMING = "not_coming", "Cannot come"

    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="guests")
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="meeting_invitations")
    part = models.CharField(max_length=12, choices=Part.choices)
    answer = models.CharField(max_length=12, choices=Answer.choices, default=Answer.NONE, blank=True)
    note = models.TextField(blank=True)  # what they said to it, for instance which times would do
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["meeting_id", "pk"]
        constraints = [models.UniqueConstraint(F("meeting"), F("person"), name="invited_once_to_a_meeting")]

    def __str__(self) -> str:
        return f"{self.person_id} to {self.meeting_id}"
