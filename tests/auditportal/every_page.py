"""The addresses that the navigation names, for tests that must not wait for the pages themselves."""

from django.http import HttpRequest, HttpResponse
from django.urls import include, path


def nothing(request: HttpRequest) -> HttpResponse:
    """An empty page."""
    return HttpResponse()


def app(name: str, *pages: tuple[str, str]) -> object:
    """An app's addresses under its namespace."""
    return path("", include(([path(f"{address}/", nothing, name=page) for page, address in pages], name)))


urlpatterns = [
    path("", nothing, name="home"),
    app(
        "audits",
        ("list", "audits"),
        ("actions", "actions"),
        ("cases", "cases"),
        ("templates", "templates"),
        ("timescales", "timescales"),
    ),
    app("allocation", ("cycles", "cycles")),
    app("people", ("list", "people"), ("mail", "mail")),
    app("reporting", ("dashboard", "dashboard"), ("reports", "reports")),
]
