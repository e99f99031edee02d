"""Celery tasks of people: three lines each."""

from celery import shared_task
from django.utils import timezone

from people import mail_daily, mail_sending, watching


@shared_task
def send_queued_mail() -> None:
    """Send what is queued; the mail sender process does the same every second."""
    mail_sending.send_queued(now=timezone.now)


@shared_task
def gather_daily_mail() -> None:
    """Write the daily emails that are due."""
    mail_daily.gather(at=timezone.now())


@shared_task
def show_a_sign_of_life() -> None:
    """Show that the worker takes tasks from the queue and reaches the database."""
    watching.beat(watching.WORKER, at=timezone.now())
