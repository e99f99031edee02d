"""A template from a file: choose it, see what each row does, and only then make the draft. Nothing is kept between."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.contrib import messages
from django.core import signing
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from audits.forms.template_forms import ImportForm
from audits.models import TemplateDraft, TemplateVersion
from audits.templates_made import catalogue, checking, comparing, drafting, file_reading, sheet_reading, sheet_writing
from audits.templates_made.document import Document, blank, document_of
from audits.templates_made.drafting import TemplateError
from audits.templates_made.publishable import published
from audits.views.template_access import demand_manager
from audits.views.templates import workbook
from people.requests import StaffRequest
from people.spreadsheet import FileRefused

SALT = "a template file that was read"
KEPT_FOR = 24 * 3600  # seconds that a preview can be saved
MOST_ROWS_SHOWN = 500
TOO_LARGE = "The file is larger than 5 MB. Keep only the sheets needed."
DONE = "This preview cannot be saved any more. Choose the file again."


@dataclass
class _Target:
    """What a file is for: the draft or version it is compared with, and the document to begin from."""

    base: Document
    version: TemplateVersion | None = None
    draft: TemplateDraft | None = None
    notes: list[str] = field(default_factory=list)


@require_http_methods(["GET", "HEAD", "POST"])
def import_template(request: StaffRequest) -> HttpResponse:
    """Choose a file; see what it says, with what is wrong beside each row; make the draft."""
    demand_manager(request)
    if request.method == "POST" and "read" in request.POST:
        return _make_draft(request)
    form = ImportForm(request.POST or None, request.FILES or None, target=request.GET.get("target", ""))
    if request.method == "POST" and form.is_valid():
        target = _target(form.cleaned_data["target"], form.cleaned_data["name"].strip())
        try:
            return render(request, "audits/template_import_preview.html", _preview(form.cleaned_data["file"], target))
        except FileRefused as refused:
            form.add_error("file", str(refused))
    context = {"form": form, "versions": catalogue.latest_versions()}
    return render(request, "audits/template_import.html", context)


def _target(code: str, name: str) -> _Target:
    """The draft of the template's next version where there is one, else its latest version; or a new template."""
    if not code:
        scale = next(iter(sorted(catalogue.scale_codes(), key=lambda one: one != "ofsted-4")), "")
        return _Target(blank(code="", name=name, scale=scale))
    draft = catalogue.draft_for(code)
    version = next(one for one in catalogue.latest_versions() if one.template.code == code)
    return _Target(draft.document if draft else document_of(version), version, draft)


def _preview(file: UploadedFile[Any], target: _Target) -> dict[str, Any]:
    """What a file says, row by row. Raises FileRefused."""
    if (file.size or 0) > sheet_reading.LIMITS.size:
        raise FileRefused(TOO_LARGE)
    content = file.read()
    if (file.name or "").lower().endswith((".yml", ".yaml", ".json")):
        read = sheet_reading.FileRead(file_reading.read_document(content, base=target.base))
    else:
        read = sheet_reading.read(content, base=target.base)
    document = read.document
    shown = read.rows if len(read.rows) <= MOST_ROWS_SHOWN else read.refused[:MOST_ROWS_SHOWN]
    held = {
        "document": document,
        "draft": target.draft.pk if target.draft else None,
        "revision": target.draft.revision if target.draft else 0,
        "version": target.version.pk if target.version else None,
    }
    return {
        "file_name": file.name,
        "read": read,
        "rows": shown,
        "target": target,
        "gaps": checking.gaps(document, scales=catalogue.scale_codes()),
        "standards": sum(len(section["standards"]) for section in document["sections"]),
        "counts": [(words, read.count(code)) for code, words in OUTCOMES.items() if read.count(code)],
        "comparison": _comparison(target, document),
        "held": signing.dumps(held, salt=SALT, compress=True),
    }


OUTCOMES = {"new": "new", "kept": "with the same wording", "reworded": "reworded", "refused": "left out"}


def _comparison(target: _Target, document: Document) -> comparing.Comparison | None:
    if target.version is None:
        return None
    return comparing.compare(published(target.base, number=1), published(document, number=1))


def _make_draft(request: StaffRequest) -> HttpResponse:
    """Keep what was shown: as a new draft, or in place of the draft it was compared with."""
    try:
        held = signing.loads(request.POST["read"], salt=SALT, max_age=KEPT_FOR)
        draft = _keep(request, **held)
    except (signing.BadSignature, TemplateError) as error:
        messages.error(request, str(error) if isinstance(error, TemplateError) else DONE)
        return redirect("audits:import_template")
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
