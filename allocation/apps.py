"""Who audits what, this cycle."""

from django.apps import AppConfig


class AllocationConfig(AppConfig):
    name = "allocation"
