"""The product's Celery application with its timetable in haste, and a clock for chasing that stands at one noon.

    celery -A tests.faults.mail_app worker

Chasing only works in office hours, a test at any. FAULTS_NOON says which noon it is.
"""

from __future__ import annotations

import os
from datetime import datetime

from auditportal.celery import app

EVERY = 2.0  # seconds
app.conf.beat_schedule = {
    "send queued mail": {
        "task": "people.tasks.send_queued_mail",
        "schedule": EVERY,
        "options": {"expires": 10},
    },
    "chase what is due": {
        "task": "tests.faults.mail_app.chase",
        "schedule": EVERY,
        "options": {"expires": 10},
    },
}


@app.task(name="tests.faults.mail_app.chase")
def chase() -> None:
    """Queue the reminders that have fallen due by that noon."""
    from allocation.chasing import reminders  # after Django is set up

    reminders.chase_due(at=datetime.fromisoformat(os.environ["FAULTS_NOON"]))
