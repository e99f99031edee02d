"""One audit of one child's case, from allocation to closed."""

from django.apps import AppConfig


class AuditsConfig(AppConfig):
    name = "audits"
