"""The Celery application: worker and beat start here."""

import os

from celery import Celery

from auditportal.schedule import TIMETABLE

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "auditportal.settings")

app = Celery("auditportal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.conf.beat_schedule = TIMETABLE
