"""The mail queued for people: each email, and each attempt to send it."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from people.models.staff import User
from people.roles import Permission

PRIVATE_MAIL = "private note"  # the kind of mail of which only its recipient may know (A15)


class OutgoingMailQuerySet(models.QuerySet["OutgoingMail"]):
    """Mail, filtered the way users speak."""

    def visible_to(self, user: User) -> OutgoingMailQuerySet:
        """All mail for those who may see what was sent, otherwise none; of private mail each only their own."""
        if not user.can(Permission.VIEW_MAIL):
            return self.none()
        return self.exclude(~Q(recipient=user), kind=PRIVATE_MAIL)

    def private_undelivered(self) -> OutgoingMailQuerySet:
        """Private mail that could not be delivered; of it only whose address does not work may be told."""
        return self.filter(kind=PRIVATE_MAIL, status=OutgoingMail.Status.FAILED)


class OutgoingMail(models.Model):
    """One email to one person: written with what it is about, sent afterwards, kept as the record that it went."""

    class Status(models.TextChoices):
        QUEUED = "queued", "Waiting to be sent"
        SENT = "sent", "Sent"
        FAILED = "failed", "Could not be delivered"

    key = models.CharField(max_length=200, unique=True)  # the same event for the same person is queued once
    kind = models.CharField(max_length=40)
    recipient = models.ForeignKey(User, on_delete=models.PROTECT, related_name="mail")
    address = models.EmailField()
    subject = models.CharField(max_length=200)
    body = models.TextField()
    attachment_name = models.CharField(max_length=100, blank=True)  # a calendar entry, e.g. meeting.ics
    attachment = models.TextField(blank=True)
    urgent = models.BooleanField(default=False)
    about = models.CharField(max_length=60, blank=True)  # what it is about, as text, e.g. audit:2026-11-0007
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.QUEUED)
    message_id = models.CharField(max_length=200)  # the same on every attempt
    date_header = models.DateTimeField()  # the same on every attempt
    attempts = models.PositiveIntegerField(default=0)
    next_attempt_at = models.DateTimeField()
    leased_until = models.DateTimeField(null=True, blank=True)
    last_error = models.CharField(max_length=300, blank=True)
    queued_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)

    objects = OutgoingMailQuerySet.as_manager()

    class Meta:
        ordering = ["-queued_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(status="sent", sent_at__isnull=False) | (~Q(status="sent") & Q(sent_at__isnull=True)),
                name="mail_sent_has_time",
            )
        ]
        indexes = [
            models.Index(F("urgent").desc(), "next_attempt_at", name="mail_to_send", condition=Q(status="queued")),
            models.Index("about", name="mail_about"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} to {self.recipient_id} ({self.status})"
