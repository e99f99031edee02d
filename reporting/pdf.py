"""HTML to a tagged PDF; the only place that knows WeasyPrint.

Nothing but our own static files can get into a document: the fetcher refuses every other address (R46). Equal input
gives equal bytes, so a PDF's SHA-256 says what it was made from.
"""

from __future__ import annotations

import mimetypes
from pathlib import Path
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.exceptions import SuspiciousOperation
from weasyprint import HTML
from weasyprint.urls import URLFetcher, URLFetcherResponse

STATIC_FILES = "https://static.invalid/"  # the base of a document's addresses; never asked over a network


class RefusedError(ValueError):
    """An address that a document may not use."""


def static_file(path: str) -> Path | None:
    """The file behind a static path: from the apps and folders in use, or as collected for production."""
    try:
        found = finders.find(path)
    except SuspiciousOperation:
        return None
    if found:
        return Path(str(found))
    root = Path(settings.STATIC_ROOT).resolve()
    collected = (root / path).resolve()
    return collected if collected.is_relative_to(root) and collected.is_file() else None


class StaticFilesOnly(URLFetcher):
    """Serves files of our static folders and refuses the rest: other schemes, other hosts, paths that climb out."""

    def fetch(self, url: str, headers: dict[str, str] | None = None) -> URLFetcherResponse:
        """The file behind an address under STATIC_FILES. Raises RefusedError for any other."""
        if not url.startswith(STATIC_FILES):
            raise RefusedError("A document may use the portal's own static files only.")
        path = unquote(urlsplit(url).path).lstrip("/")
        found = static_file(path)
        if found is None or not found.is_file():
            raise RefusedError(f"There is no static file {path!r}.")
        kind = mimetypes.guess_type(found.name)[0] or "application/octet-stream"
        return URLFetcherResponse(url, found.read_bytes(), {"Content-Type": kind})


def render(html: str, *, base: str = STATIC_FILES) -> bytes:
    """A PDF/UA-1 document from HTML whose addresses are relative to `base`. Equal HTML gives equal bytes."""
    document = HTML(string=html, base_url=base, url_fetcher=StaticFilesOnly())
    return bytes(document.write_pdf(pdf_variant="pdf/ua-1", uncompressed_pdf=False))
