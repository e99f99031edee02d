"""Import staff: choose a file, match its columns, check, save."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.http import HttpResponse
from django.views.decorators.http import require_http_methods

from people.file_import import ImportKind
from people.forms import OptionsForm, UploadForm
from people.requests import StaffRequest
from people.roles import Permission
from people.spreadsheet import Sheet
from people.staff_import import STAFF
from people.views import importing


def recognise(sheets: Sequence[Sheet], data: Mapping[str, Any]) -> tuple[ImportKind, dict[str, bool]]:
    """A staff file, whatever it holds; teams are added only when somebody says so."""
    return STAFF, {"add_teams": False}


PAGES = importing.Pages(
    permission=Permission.IMPORT_STAFF,
    kinds={STAFF.code: STAFF},
    upload_form=UploadForm,
    options_form=lambda kind: OptionsForm,
    recognise=recognise,
    address="people",
    first_page="import_staff",
)


@require_http_methods(["GET", "HEAD", "POST"])
def import_staff(request: StaffRequest) -> HttpResponse:
    """Choose a file of staff."""
    return importing.upload(request, PAGES)


@require_http_methods(["GET", "HEAD", "POST"])
def import_columns(request: StaffRequest, pk: int) -> HttpResponse:
    """Match the columns of a file of staff."""
    return importing.columns(request, pk, PAGES)


@require_http_methods(["GET", "HEAD", "POST"])
def import_preview(request: StaffRequest, pk: int) -> HttpResponse:
    """Check what a file of staff would do, and save or discard it."""
    return importing.preview(request, pk, PAGES)
