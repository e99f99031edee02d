"""Import cases and involvements: choose a file, match its columns, check, save."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.http import HttpResponse
from django.views.decorators.http import require_http_methods

from audits.case_import import ANNEX_A, CASES, kind_of, lists_every_case
from audits.forms_import import INVOLVEMENTS as AS_INVOLVEMENTS
from audits.forms_import import CaseUploadForm
from audits.involvement import INVOLVEMENTS
from people.file_import import ImportKind
from people.forms import FullListOptionsForm, OptionsForm
from people.requests import StaffRequest
from people.roles import Permission
from people.spreadsheet import Sheet
from people.views import importing


def recognise(sheets: Sequence[Sheet], data: Mapping[str, Any]) -> tuple[ImportKind, dict[str, bool]]:
    """The kind of file and how it is read at first; a workbook that lacks a list closes nothing unless told to."""
    if data["content"] == AS_INVOLVEMENTS:
        return INVOLVEMENTS, {"add_teams": False}
    return kind_of(sheets), {"full": data["full"] and lists_every_case(sheets), "add_teams": False}


def options_form(kind: str) -> type[forms.Form]:
    return OptionsForm if kind == INVOLVEMENTS.code else FullListOptionsForm


PAGES = importing.Pages(
    permission=Permission.IMPORT_CASES,
    kinds={kind.code: kind for kind in (ANNEX_A, CASES, INVOLVEMENTS)},
    upload_form=CaseUploadForm,
    options_form=options_form,
    recognise=recognise,
    address="audits",
    first_page="import_cases",
)


@require_http_methods(["GET", "HEAD", "POST"])
def import_cases(request: StaffRequest) -> HttpResponse:
    """Choose a file of cases or involvements."""
    return importing.upload(request, PAGES)


@require_http_methods(["GET", "HEAD", "POST"])
def import_columns(request: StaffRequest, pk: int) -> HttpResponse:
    """Match the columns of a file of cases or involvements."""
    return importing.columns(request, pk, PAGES)


@require_http_methods(["GET", "HEAD", "POST"])
def import_preview(request: StaffRequest, pk: int) -> HttpResponse:
    """Check what a file would do, and save or discard it."""
    return importing.preview(request, pk, PAGES)
