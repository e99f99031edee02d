"""A template from a file: choose it, see what each row does, and only then make the draft. Nothing is kept between."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core import signing
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from audits.forms.template_columns import TemplateColumnsForm
from audits.forms.template_forms import ImportForm
from audits.models import TemplateDraft, TemplateVersion
from audits.templates_made import catalogue, checking, comparing, drafting, file_reading, sheet_reading, sheet_writing
from audits.templates_made.document import Document, blank, document_of
from audits.templates_made.drafting import TemplateError
from audits.templates_made.publishable import published
from audits.templates_made.sheet_holding import Held, held_from, hold
from audits.templates_made.sheet_reading import FileRead, NoStandards
from audits.templates_made.sheet_unused import twice
from audits.views.template_access import demand_manager
from audits.views.templates import workbook
from people.requests import StaffRequest
from people.spreadsheet import FileRefused

SALT = "a template file that was read"
KEPT_FOR = 24 * 3600  # seconds that a preview can be saved
MOST_ROWS_SHOWN = 500
TOO_LARGE = "The file is larger than 5 MB. Keep only the sheets needed."
DONE = "This preview cannot be saved any more. Choose the file again."
OUTCOMES = {"new": "new", "kept": "with the same wording", "reworded": "reworded", "refused": "left out"}


@dataclass
class _Target:
    """What a file is for: the draft or version it is compared with, and the document to begin from."""

    base: Document
    version: TemplateVersion | None = None
    draft: TemplateDraft | None = None


@require_http_methods(["GET", "HEAD", "POST"])
def import_template(request: StaffRequest) -> HttpResponse:
    """Choose a file; say which column is which; see what is wrong beside each row; make the draft."""
    demand_manager(request)
    if request.method == "POST" and "read" in request.POST:
        return _make_draft(request)
    if request.method == "POST" and "sheets" in request.POST:
        return _match_columns(request)
    form = ImportForm(request.POST or None, request.FILES or None, target=request.GET.get("target", ""))
    if request.method == "POST" and form.is_valid():
        try:
            return _read(request, form.cleaned_data["file"], form.cleaned_data["target"], form.cleaned_data["name"])
        except (FileRefused, TemplateError) as refused:
            form.add_error("file", str(refused))
    context = {"form": form, "versions": catalogue.latest_versions()}
    return render(request, "audits/template_import.html", context)


def _read(request: StaffRequest, file: UploadedFile[Any], code: str, name: str) -> HttpResponse:
    """The preview of a file; where its columns cannot be told, the page that asks for them. Raises FileRefused."""
    if (file.size or 0) > sheet_reading.LIMITS.size:
        raise FileRefused(TOO_LARGE)
    target, content, file_name = _target(code, name.strip()), file.read(), file.name or "file"
    if file_name.lower().endswith((".yml", ".yaml", ".json")):
        read = FileRead(file_reading.read_document(content, base=target.base))
        read.notes += twice(read.document)
        return _preview(request, read, target, file_name=file_name)
    held = Held(file_name, sheet_reading.open_sheets(content, name=file_name), code, name.strip())
    text = hold(held)
    try:
        read = sheet_reading.read_from(held.sheets, base=target.base)
    except NoStandards:
        if not text or not _has_columns(held):
            raise
        return _ask_columns(request, held, text)
    return _preview(request, read, target, file_name=file_name, sheets=text)


def _has_columns(held: Held) -> bool:
    """Whether there is anything to choose from: a sheet with a heading, a row, and more than one column."""
    sheet = sheet_reading.main_sheet(held.sheets)
    return sheet is not None and len(sheet.rows) > 1 and max(len(cells) for _, cells in sheet.rows) > 1


def _match_columns(request: StaffRequest) -> HttpResponse:
    """The page that asks for the columns: show it, or read the file again as it says."""
    try:
        held = held_from(request.POST["sheets"])
        target = _target(held.code, held.name)
    except (signing.BadSignature, TemplateError):
        messages.error(request, DONE)
        return redirect("audits:import_template")
    if "match" not in request.POST:
        return _ask_columns(request, held, request.POST["sheets"])
    form = _columns_form(held, request.POST)
    if form.is_valid():
        try:
            read = sheet_reading.read_from(held.sheets, base=target.base, columns=form.columns())
        except NoStandards:
            form.add_error("text", "Nothing stands in this column beneath the headings")
        else:
            return _preview(request, read, target, file_name=held.file_name, sheets=request.POST["sheets"])
    return _ask_columns(request, held, request.POST["sheets"], form)


def _columns_form(held: Held, data: Any = None) -> TemplateColumnsForm:
    sheet = sheet_reading.main_sheet(held.sheets) or held.sheets[0]
    return TemplateColumnsForm(data, sheet=sheet, guessed=sheet_reading.columns_of(sheet))


def _ask_columns(request: StaffRequest, held: Held, text: str, form: TemplateColumnsForm | None = None) -> HttpResponse:
    context = {
        "form": form or _columns_form(held),
        "sheets": text,
        "file_name": held.file_name,
        "unclear": "sheets" not in request.POST,
    }
    return render(request, "audits/template_import_columns.html", context)


def _target(code: str, name: str) -> _Target:
    """The draft with a template's code where there is one, else its latest version; or a new template.

    Raises TemplateError where neither is there any more.
    """
    if not code:
        scale = next(iter(sorted(catalogue.scale_codes(), key=lambda one: one != "ofsted-4")), "")
        return _Target(blank(code="", name=name, scale=scale))
    draft = catalogue.draft_for(code)
    version = next((one for one in catalogue.latest_versions() if one.template.code == code), None)
    if draft is not None:
        return _Target(draft.document, version, draft)
    if version is None:
        raise TemplateError("The draft was thrown away meanwhile. Choose the file again.")
    return _Target(document_of(version), version)


def _preview(
    request: StaffRequest, read: FileRead, target: _Target, *, file_name: str, sheets: str = ""
) -> HttpResponse:
    """What a file says, row by row."""
    document = read.document
    held = {
        "document": document,
        "draft": target.draft.pk if target.draft else None,
        "revision": target.draft.revision if target.draft else 0,
        "version": target.version.pk if target.version else None,
    }
    context = {
        "file_name": file_name,
        "read": read,
        "rows": read.rows if len(read.rows) <= MOST_ROWS_SHOWN else read.refused[:MOST_ROWS_SHOWN],
        "target": target,
        "gaps": checking.gaps(document, scales=catalogue.scale_codes()),
        "warnings": checking.warnings(document, before=document_of(target.version)) if target.version else [],
        "standards": sum(len(section["standards"]) for section in document["sections"]),
        "counts": [(words, read.count(code)) for code, words in OUTCOMES.items() if read.count(code)],
        "comparison": _comparison(target, document),
        "held": signing.dumps(held, salt=SALT, compress=True),
        "sheets": sheets,
    }
    return render(request, "audits/template_import_preview.html", context)


def _comparison(target: _Target, document: Document) -> comparing.Comparison | None:
    if target.version is None:
        return None
    return comparing.compare(published(target.base, number=1), published(document, number=1))


def _make_draft(request: StaffRequest) -> HttpResponse:
    """Keep what was shown: as a new draft, or in place of the draft it was compared with."""
    try:
        held = signing.loads(request.POST["read"], salt=SALT, max_age=KEPT_FOR)
    except signing.BadSignature:
        messages.error(request, DONE)
        return redirect("audits:import_template")
    try:
        draft = _keep(request, **held)
    except TemplateError as error:
        made = drafting.made_before(held["document"], by=request.user)  # the button was pressed twice
        if made is None:
            messages.error(request, str(error))
            return redirect("audits:import_template")
        draft = made
    messages.success(request, "The draft is made from the file.")
    return redirect("audits:template_draft", draft.pk)


def _keep(
    request: StaffRequest, *, document: Document, draft: int | None, revision: int, version: int | None
) -> TemplateDraft:
    at, by = timezone.now(), request.user
    if draft is None:
        based_on = next((one for one in catalogue.latest_versions() if one.pk == version), None)
        return drafting.create(document, based_on=based_on, by=by, at=at)
    there = catalogue.draft_of(draft)
    if there is None:
        raise TemplateError("The draft was published or thrown away meanwhile. Choose the file again.")
    return drafting.replace(there, document, revision=revision, by=by, at=at)


@require_http_methods(["GET", "HEAD"])
def example_workbook(request: StaffRequest) -> HttpResponse:
    """A small workbook to write one's own form into."""
    demand_manager(request)
    return workbook(sheet_writing.example(), "example-template")
