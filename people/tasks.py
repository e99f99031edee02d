"""Celery tasks of people: three lines each."""

from celery import shared_task
from django.utils import timezone

from people import mail


@shared_task
def send_queued_mail() -> None:
    """Send what is queued; the mail sender process does the same every second."""
    mail.send_queued(now=timezone.now)
