"""Page furniture: template tags and the context every page has."""

from typing import Any

from django import template
from django.conf import settings
from django.http import HttpRequest

register = template.Library()


def furniture(request: HttpRequest) -> dict[str, Any]:
    """Council and service names for the page's header."""
    return {"council_name": settings.COUNCIL_NAME, "service_name": settings.SERVICE_NAME}
