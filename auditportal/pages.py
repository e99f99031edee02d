"""Pages that belong to no app: health, accessibility statement, errors."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import get_template


@login_not_required
def health(request: HttpRequest) -> HttpResponse:
    """Says ok when the web process reaches its database; for the container's health check."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return HttpResponse("ok", content_type="text/plain")


@login_not_required
def accessibility(request: HttpRequest) -> HttpResponse:
    """The accessibility statement that the 2018 regulations require."""
    return render(request, "accessibility.html")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400."""
    return render(request, "400.html", status=400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403: seen but not allowed."""
    said = {name: getattr(exception, name, "") for name in ("heading", "see", "see_text")}
    return render(request, "403.html", {"why": str(exception), **said}, status=403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404: not there, or not theirs to see; the two read the same."""
    return render(request, "404.html", status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """500. Drawn without the request: whatever broke (database, session) must not be asked again."""
    names = {"council_name": settings.COUNCIL_NAME, "service_name": settings.SERVICE_NAME}
    return HttpResponse(get_template("500.html").render(names), status=500)
