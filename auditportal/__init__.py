"""Wires the apps together; imported by none of them."""

from auditportal.celery import app as celery_app

__all__ = ["celery_app"]
