"""The four pages of an import, the same for every kind of file: choose, match columns, check, save."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from people import file_columns, file_import
from people.file_import import ImportKind, ImportRefused
from people.file_outcomes import closes_many
from people.forms import ColumnsForm, PreviewFilter, chosen
from people.models import FileImport, FileImportRow
from people.requests import StaffRequest
from people.roles import Permission
from people.spreadsheet import FileRefused, Sheet, read_sheets

PER_PAGE = 50
TILES = ("added", "changed", "unchanged", "merged", "closed", "refused")


@dataclass(frozen=True)
class Pages:
    """What differs between importing staff and importing cases."""

    permission: Permission
    kinds: Mapping[str, ImportKind]
    upload_form: type[forms.Form]
    options_form: Callable[[str], type[forms.Form]]  # by the kind's code
    recognise: Callable[[Sequence[Sheet], Mapping[str, Any]], tuple[ImportKind, dict[str, bool]]]
    address: str  # of the app: "people" or "audits"
    first_page: str


def waiting_import(request: StaffRequest, pk: int, pages: Pages) -> FileImport:
    """The import, without its content. 404 out of scope, 403 without the permission."""
    rows = FileImport.objects.visible_to(request.user).filter(kind__in=pages.kinds).defer("content")
    found = get_object_or_404(rows.select_related("uploaded_by"), pk=pk)
    if not request.user.can(pages.permission):
        raise PermissionDenied
    return found


def upload(request: StaffRequest, pages: Pages) -> HttpResponse:
    """Choose a file; on POST read it and go to its columns or its preview."""
    if not request.user.can(pages.permission):
        raise PermissionDenied
    form = pages.upload_form(request.POST, request.FILES) if request.method == "POST" else pages.upload_form()
    if request.method == "POST" and form.is_valid():
        try:
            return redirect(*next_page(received(request, form.cleaned_data, pages), pages))
        except FileRefused as error:
            form.add_error("file", str(error))
    recent = FileImport.objects.visible_to(request.user).filter(kind__in=pages.kinds)
    context = {
        "form": form,
        "recent": recent.defer("content").select_related("uploaded_by")[:10],
        "kinds": pages.kinds.values(),
    }
    return render(request, f"{pages.address}/{pages.first_page}.html", context)


def received(request: StaffRequest, data: Mapping[str, Any], pages: Pages) -> FileImport:
    file: UploadedFile[Any] = data["file"]
    content = file.read()
    sheets = read_sheets(content, limits=file_import.browser_limits())
    kind, options = pages.recognise(sheets, data)
    return file_import.receive(
        kind,
        sheets=sheets,
        content=content,
        name=file.name or "file",
        options=options,
        by=request.user,
        at=timezone.now(),
        today=timezone.localdate(),
    )


def next_page(waiting: FileImport, pages: Pages) -> tuple[str, int]:
    page = "import_columns" if waiting.status == FileImport.Status.MAPPING else "import_preview"
    return f"{pages.address}:{page}", waiting.pk


def columns(request: StaffRequest, pk: int, pages: Pages) -> HttpResponse:
    """Say which of the file's columns holds what; remembered for the next file with these headings."""
    waiting = waiting_import(request, pk, pages)
    kind = pages.kinds[waiting.kind]
    if waiting.applied_at or waiting.status == FileImport.Status.DISCARDED or not kind.needs_columns:
        return redirect(*next_page(waiting, pages))
    found = file_import.columns_of(waiting, kind)
    guessed = waiting.mapping or file_columns.guess(found, kind.fields)
    data = request.POST if request.method == "POST" else None
    form = ColumnsForm(data, fields=kind.fields, columns=found, guessed=guessed)
    if request.method == "POST" and form.is_valid():
        try:
            match(request, waiting, kind, form.cleaned_data)
        except (ImportRefused, FileRefused) as error:
            form.add_error(None, str(error))
        else:
            return redirect(f"{pages.address}:import_preview", waiting.pk)
    return render(request, f"{pages.address}/import_columns.html", {"form": form, "file": waiting})


def match(request: StaffRequest, waiting: FileImport, kind: ImportKind, mapping: Mapping[str, str]) -> None:
    file_import.match_columns(
        waiting, kind, mapping=mapping, by=request.user, at=timezone.now(), today=timezone.localdate()
    )


def preview(request: StaffRequest, pk: int, pages: Pages) -> HttpResponse:
    """What the file would do, row by row. POST saves it, discards it or reads it with other options."""
    waiting = waiting_import(request, pk, pages)
    if waiting.status == FileImport.Status.MAPPING and request.method != "POST":
        return redirect(f"{pages.address}:import_columns", waiting.pk)
    if request.method == "POST":
        return decide(request, waiting, pages)
    return render(request, f"{pages.address}/import_preview.html", preview_context(request, waiting, pages))


def preview_context(request: StaffRequest, waiting: FileImport, pages: Pages) -> dict[str, Any]:
    kind = pages.kinds[waiting.kind]
    outcome = chosen(PreviewFilter(request.GET)).get("outcome", "")
    rows = waiting.rows.all()
    if outcome:
        rows = rows.filter(warning=True) if outcome == "warning" else rows.filter(outcome=outcome)
    return {
        "file": waiting,
        "noun": kind.noun,
        "outcome": outcome,
        "page_obj": Paginator(rows, PER_PAGE).get_page(request.GET.get("page")),
        "tiles": tiles(waiting, outcome),
        "options": pages.options_form(waiting.kind)(initial=waiting.options),
        "waiting": waiting.status == FileImport.Status.PREVIEW,
        "needs_columns": kind.needs_columns,
        "to_save": changes_in(waiting),
        "closes_many": closes_many(waiting.counts),
        "address": f"{pages.address}:import_preview",
        "columns_address": f"{pages.address}:import_columns",
        "start_address": f"{pages.address}:{pages.first_page}",
    }


def changes_in(waiting: FileImport) -> int:
    """How many records saving would write."""
    return sum(waiting.counts.get(key, 0) for key in ("added", "changed", "closed", "closing"))


def tiles(waiting: FileImport, outcome: str) -> list[dict[str, Any]]:
    """A figure per outcome, each a link to its rows."""
    words = {
        "unchanged": "Already as in the file",
        "merged": "Joined to another row",
        "warning": "To look at",
        "absent": "Not in this file",
    }
    figures = {code: waiting.counts.get(code, 0) for code in TILES}
    figures["closed"] += waiting.counts.get("closing", 0)
    figures["warning"] = waiting.counts.get("warnings", 0)
    figures["absent"] = waiting.counts.get("absent", 0)
    shown = {code: count for code, count in figures.items() if count or code not in ("merged", "absent", "closed")}
    return [
        {
            "code": code,
            "value": f"{count:,}",
            "label": words.get(code) or FileImportRow.Outcome(code).label,
            "tone": "warn" if code in ("refused", "warning") and count else "",
            "url": f"?outcome={code}",
            "now": code == outcome,
        }
        for code, count in shown.items()
    ]


def decide(request: StaffRequest, waiting: FileImport, pages: Pages) -> HttpResponse:
    """Save, discard, or preview again with other options."""
    kind = pages.kinds[waiting.kind]
    act = {"apply": save, "discard": drop, "options": reread}.get(request.POST.get("action", ""))
    if act is None:
        messages.error(request, "Choose whether to save or discard the file.")
    else:
        try:
            act(request, waiting, kind, pages)
        except file_import.AlreadyDone as error:
            messages.info(request, str(error))
        except (ImportRefused, FileRefused) as error:
            messages.error(request, str(error))
    return redirect(f"{pages.address}:import_preview", waiting.pk)


def save(request: StaffRequest, waiting: FileImport, kind: ImportKind, pages: Pages) -> None:
    saved = file_import.apply(
        waiting,
        kind,
        by=request.user,
        at=timezone.now(),
        today=timezone.localdate(),
        close_many=bool(request.POST.get("close_many")),
    )
    count = changes_in(saved)
    messages.success(request, f"Saved {count:,} change{'' if count == 1 else 's'} from {saved.file_name}.")


def drop(request: StaffRequest, waiting: FileImport, kind: ImportKind, pages: Pages) -> None:
    file_import.discard(waiting, by=request.user, at=timezone.now())
    messages.success(request, f"Discarded {waiting.file_name}. Nothing was saved.")


def reread(request: StaffRequest, waiting: FileImport, kind: ImportKind, pages: Pages) -> None:
    form = pages.options_form(waiting.kind)(request.POST)
    if form.is_valid():
        file_import.choose(waiting, kind, options=form.cleaned_data, by=request.user, today=timezone.localdate())
        messages.info(request, "The preview was worked out again. Nothing is saved yet.")
