"""The mail queued for people: each email, and each attempt to send it."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import models
from django.db.models import F, Q

from people.models.staff import User
from people.roles import Permission

STUCK_AFTER = timedelta(minutes=5)  # of trouble, mail is shown to people
PRIVATE_MAIL = "private note"  # the kind of mail of which only its recipient may know (A15)


class OutgoingMailQuerySet(models.QuerySet["OutgoingMail"]):
    """Mail, filtered the way users speak."""

    def visible_to(self, user: User) -> OutgoingMailQuerySet:
        """All mail for those who may see what was sent, otherwise none; of private mail each only their own."""
        if not user.can(Permission.VIEW_MAIL):
            return self.none()
        return self.exclude(~Q(recipient=user), kind=PRIVATE_MAIL)

    def in_trouble(self, at: datetime) -> OutgoingMailQuerySet:
        """Mail that a person must look at: not delivered and nobody has seen to it, or not getting away for minutes."""
        stuck = Q(status=OutgoingMail.Status.QUEUED, trouble_since__lte=at - STUCK_AFTER)
        return self.filter(Q(status=OutgoingMail.Status.FAILED, settled_at__isnull=True) | stuck)

    def private_undelivered(self) -> OutgoingMailQuerySet:
        """Private mail not delivered, where the address is still the same; of it only whose it is may be told."""
        return self.filter(kind=PRIVATE_MAIL, status=OutgoingMail.Status.FAILED, address=F("recipient__email"))


class Trouble(models.TextChoices):
    """What kind of failure the mail server or the way to it gave: decides when to try again (R12)."""

    QUICK = "quick", "The mail server could not be reached"
    SLOW = "slow", "The mail server asked to try again later"
    PERMANENT = "permanent", "The mail server refuses this address or this message"


class OutgoingMail(models.Model):
    """One email to one person: written with what it is about, sent afterwards, kept as the record that it went."""

    class Status(models.TextChoices):
        QUEUED = "queued", "Waiting to be sent"
        SENT = "sent", "Sent"
        FAILED = "failed", "Could not be delivered"
        HELD = "held", "Waits for the daily email"
        GATHERED = "gathered", "Sent in the daily email"

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
    trouble = models.CharField(max_length=10, choices=Trouble.choices, blank=True)  # of the last attempt
    trouble_since = models.DateTimeField(null=True, blank=True)  # the first attempt that failed
    stands_in_for = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="stand_ins"
    )  # the email that could not be delivered, which this one replaces for somebody else
    gathered_in = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="gathered"
    )  # the daily email that it went out in
    settled_at = models.DateTimeField(null=True, blank=True)  # one that failed: somebody has seen to it
    settled_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="mail_settled")
    settled_how = models.CharField(max_length=300, blank=True)
    queued_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)

    objects = OutgoingMailQuerySet.as_manager()

    class Meta:
        ordering = ["-queued_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(status="sent", sent_at__isnull=False) | (~Q(status="sent") & Q(sent_at__isnull=True)),
                name="mail_sent_has_time",
            ),
            models.CheckConstraint(
                condition=Q(status="gathered", gathered_in__isnull=False)
                | (~Q(status="gathered") & Q(gathered_in__isnull=True)),
                name="mail_gathered_in_one",
            ),
            models.CheckConstraint(
                condition=Q(settled_at__isnull=True, settled_by__isnull=True, settled_how="")
                | (Q(settled_at__isnull=False, settled_by__isnull=False) & ~Q(settled_how="")),
                name="mail_settled_whole",
            ),
        ]
        indexes = [
            models.Index(F("urgent").desc(), "next_attempt_at", name="mail_to_send", condition=Q(status="queued")),
            models.Index("about", name="mail_about"),
            models.Index("queued_at", name="mail_failed", condition=Q(status="failed")),
            models.Index("recipient", name="mail_held", condition=Q(status="held")),
        ]

    def __str__(self) -> str:
        return f"{self.kind} to {self.recipient_id} ({self.status})"


class MailAttempt(models.Model):
    """One attempt to send one email. Written before it begins: one without an end was broken off, and is in doubt."""

    class Outcome(models.TextChoices):
        BEGUN = "", "Begun"
        TAKEN = "taken", "The mail server took it"
        REFUSED = "refused", "Not sent"

    mail = models.ForeignKey(OutgoingMail, on_delete=models.CASCADE, related_name="attempts_made")
    number = models.PositiveIntegerField()
    begun_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=10, choices=Outcome.choices, blank=True)
    trouble = models.CharField(max_length=10, choices=Trouble.choices, blank=True)
    error = models.CharField(max_length=300, blank=True)  # what the mail server said; no text of the email

    class Meta:
        ordering = ["mail_id", "number"]
        constraints = [models.UniqueConstraint(F("mail"), F("number"), name="mail_attempt_once")]

    def __str__(self) -> str:
        return f"{self.mail_id} attempt {self.number}"


class Heartbeat(models.Model):
    """That a process of the portal has done a piece of real work: who, and when last (R20)."""

    name = models.CharField(max_length=40, unique=True)  # sender, worker, beat …
    at = models.DateTimeField()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
