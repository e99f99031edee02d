"""Celery tasks of allocation: three lines each."""

from celery import shared_task
from django.utils import timezone

from allocation.chasing import reminders
from allocation.months import cycles


@shared_task
def propose_this_months_draw() -> None:
    """Propose this month's draw in its first working days, once."""
    cycles.propose_monthly(at=timezone.now())


@shared_task
def chase_what_is_due() -> None:
    """Queue the reminders and escalations that have fallen due."""
    reminders.chase_due(at=timezone.now())
