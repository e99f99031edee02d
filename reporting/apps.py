"""Reads everything, changes nothing below it."""

from django.apps import AppConfig


class ReportingConfig(AppConfig):
    name = "reporting"
