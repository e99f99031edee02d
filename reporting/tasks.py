"""Celery tasks of reporting: three lines each."""

from celery import shared_task
from django.utils import timezone

from reporting import report_building


@shared_task
def build_waiting_reports() -> None:
    """Build the reports that wait for it, and those whose build was lost with a worker."""
    report_building.build_waiting(now=timezone.now)
