"""A file of people, cases or involvements on its way in: read, previewed row by row, then saved or discarded.

Nothing of the file's content is saved before somebody says so. What is saved is worked out again in the same
transaction, under a lock; where that is no longer what the preview showed, the preview is renewed instead (R27).
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from people import file_columns
from people.activity import record
from people.copying import copy_rows
from people.file_columns import Column, Field
from people.file_outcomes import Evaluation, Staged, check_identity, closes_many, counts_of
from people.models import FileImport, FileImportRow, User
from people.spreadsheet import Limits, Sheet, read_sheets

Outcome = FileImportRow.Outcome
Options = Mapping[str, bool]
BATCH = 2_000
KEPT_FOR = timedelta(days=7)  # a preview that nobody came back to
LOCK = 7_301_001  # one import saves at a time
ROW_COLUMNS = ("file_import", "sheet", "number", "reference", "outcome", "message", "warning", "data")


class ImportRefused(ValueError):
    """What was asked of a file cannot be done; the message says why."""


class AlreadyDone(ImportRefused):
    """The file was saved or discarded before."""


class PreviewOutdated(ImportRefused):
    """What the portal holds has changed since the preview; it was worked out again and nothing was saved."""


@dataclass(frozen=True)
class ImportKind:
    """A kind of file: its fields, and what works out the effect of its rows."""

    code: str
    noun: str
    fields: tuple[Field, ...]
    evaluate: Callable[..., Evaluation]  # (sheets, *, mapping, options, by, today)
    needs_columns: bool = True


def browser_limits() -> Limits:
    """What the browser takes."""
    return Limits(settings.UPLOAD_LIMIT_BYTES, settings.UPLOAD_LIMIT_INFLATED_BYTES, rows=20_000)


def command_limits() -> Limits:
    """What the command line takes."""
    inflated = settings.UPLOAD_LIMIT_INFLATED_BYTES
    return Limits(size=inflated, inflated=inflated, rows=500_000)


# ------------------------------------------------------------------ coming in


def receive(
    kind: ImportKind,
    *,
    sheets: Sequence[Sheet],
    content: bytes,
    name: str,
    options: Options,
    by: User | None,
    at: datetime,
    today: date,
) -> FileImport:
    """Preview a file, or ask for its columns where its headings are new. Changes no record.

    `sheets` are those read from `content`, which is kept until somebody saves or discards it.
    Raises FileRefused where the sheets hold nothing that can be read as this kind.
    """
    mapping = {} if not kind.needs_columns else known_mapping(kind, sheets)
    discard_forgotten(at=at)
    with transaction.atomic():
        file_import = FileImport.objects.create(
            kind=kind.code,
            status=FileImport.Status.MAPPING if mapping is None else FileImport.Status.PREVIEW,
            file_name=name[-200:],
            file_sha256=hashlib.sha256(content).hexdigest(),
            content=content,
            mapping=mapping or {},
            options=dict(options),
            uploaded_by=by,
            uploaded_at=at,
        )
        if mapping is not None:
            stage(file_import, work_out(file_import, kind, sheets, by=by, today=today))
    return file_import


def known_mapping(kind: ImportKind, sheets: Sequence[Sheet]) -> dict[str, str] | None:
    """The mapping for a file's headings: remembered, or plain from headings we know; None where a person must say."""
    columns = file_columns.columns_of(file_columns.best_sheet(sheets, kind.fields))
    found = file_columns.remembered(kind.code, columns)
    if found is None and file_columns.is_certain(columns, kind.fields):
        found = file_columns.guess(columns, kind.fields)
    return found


def columns_of(file_import: FileImport, kind: ImportKind) -> list[Column]:
    """The columns of a file that waits."""
    return file_columns.columns_of(file_columns.best_sheet(sheets_of(file_import), kind.fields))


def sheets_of(file_import: FileImport) -> list[Sheet]:
    if file_import.content is None:
        raise AlreadyDone(already(file_import))
    return read_sheets(bytes(file_import.content), limits=command_limits())


def match_columns(
    file_import: FileImport, kind: ImportKind, *, mapping: Mapping[str, str], by: User | None, at: datetime, today: date
) -> None:
    """Use a person's matching of columns, remember it for the next such file, and preview.

    Raises ImportRefused where a required field has no column or one column is used twice.
    """
    chosen = {code: key for code, key in mapping.items() if key}
    refuse_bad_mapping(kind, chosen)
    with transaction.atomic():
        waiting = locked(file_import)
        file_columns.remember(kind.code, columns_of(waiting, kind), mapping=chosen, by=by, at=at)
        waiting.mapping, waiting.status = chosen, FileImport.Status.PREVIEW
        waiting.save(update_fields=["mapping", "status"])
        stage(waiting, work_out(waiting, kind, sheets_of(waiting), by=by, today=today))


def refuse_bad_mapping(kind: ImportKind, mapping: Mapping[str, str]) -> None:
    """Raises ImportRefused where a required field has no column or one column is used twice."""
    if lacking := file_columns.missing(mapping, kind.fields):
        raise ImportRefused(f"Choose the column for: {', '.join(lacking)}.")
    twice = [key for key, count in Counter(mapping.values()).items() if count > 1]
    if twice:
        raise ImportRefused(f"The column “{twice[0]}” is chosen for two fields. Choose it once.")


def choose(file_import: FileImport, kind: ImportKind, *, options: Options, by: User | None, today: date) -> None:
    """Preview again with other options."""
    with transaction.atomic():
        waiting = locked(file_import)
        waiting.options = dict(options)
        waiting.save(update_fields=["options"])
        stage(waiting, work_out(waiting, kind, sheets_of(waiting), by=by, today=today))


# ------------------------------------------------------------------ working out


def work_out(
    file_import: FileImport, kind: ImportKind, sheets: Sequence[Sheet], *, by: User | None, today: date
) -> Evaluation:
    """What the file would do now. Raises CountsDoNotAddUp where a row went missing on the way."""
    return evaluate(kind, sheets, mapping=file_import.mapping, options=file_import.options, by=by, today=today)


def evaluate(
    kind: ImportKind,
    sheets: Sequence[Sheet],
    *,
    mapping: Mapping[str, str],
    options: Options,
    by: User | None,
    today: date,
) -> Evaluation:
    """What a file would do, without writing anything. Raises CountsDoNotAddUp where a row went missing on the way."""
    evaluation = kind.evaluate(sheets, mapping=mapping, options=options, by=by, today=today)
    check_identity(evaluation)
    return evaluation


def stage(file_import: FileImport, evaluation: Evaluation) -> None:
    """Keep what each row will do for the preview, in place of what was kept before."""
    file_import.rows.all().delete()
    write_rows(file_import, evaluation.staged, details=True)
    file_import.counts, file_import.notes = counts_of(evaluation), evaluation.notes
    file_import.save(update_fields=["counts", "notes"])


def write_rows(file_import: FileImport, staged: Iterable[Staged], *, details: bool) -> None:
    """Keep a row for each; `details` may name a child."""
    key = file_import.pk
    rows = (
        (
            key,
            row.sheet[:60],
            row.number,
            row.reference[:100],
            row.outcome,
            row.message[:500],
            row.warning,
            json.dumps({"details": list(row.details)}) if details and row.details else "{}",
        )
        for row in staged
    )
    copy_rows(FileImportRow, ROW_COLUMNS, rows)


# ------------------------------------------------------------------ saving


def one_at_a_time() -> None:
    """Wait until no other file is being saved; held to the end of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])


def save_at_once(
    kind: ImportKind,
    *,
    sheets: Sequence[Sheet],
    content: bytes,
    name: str,
    mapping: Mapping[str, str],
    options: Options,
    by: User | None,
    at: datetime,
    today: date,
    close_many: bool = False,
) -> FileImport:
    """Save a file without a preview in between, all of it or nothing, and keep what each row did but no detail.

    For the command line, whose user asks for the preview with its own option. Nothing of the content is kept.
    Raises ImportRefused where more than 30% of the open cases would close and `close_many` is not said.
    """
    with transaction.atomic():
        one_at_a_time()
        evaluation = evaluate(kind, sheets, mapping=mapping, options=options, by=by, today=today)
        counts = counts_of(evaluation)
        refuse_closing_many(counts, close_many=close_many)
        saved = FileImport.objects.create(
            kind=kind.code,
            status=FileImport.Status.APPLIED,
            file_name=name[-200:],
            file_sha256=hashlib.sha256(content).hexdigest(),
            mapping=dict(mapping),
            options=dict(options),
            counts=counts,
            notes=evaluation.notes,
            uploaded_by=by,
            uploaded_at=at,
            applied_at=at,
        )
        write_rows(saved, evaluation.staged, details=False)
        evaluation.save(saved)
        record_saved(saved, by=by, at=at)
    return saved


def locked(file_import: FileImport) -> FileImport:
    """The file, held for this transaction, while no other file is being saved. Raises AlreadyDone."""
    one_at_a_time()
    waiting = FileImport.objects.select_for_update().get(pk=file_import.pk)
    if waiting.status not in (FileImport.Status.PREVIEW, FileImport.Status.MAPPING):
        raise AlreadyDone(already(waiting))
    return waiting


def already(file_import: FileImport) -> str:
    return f"{file_import.file_name} was already {file_import.get_status_display().lower()}. Nothing was changed."


def apply(
    file_import: FileImport,
    kind: ImportKind,
    *,
    by: User | None,
    at: datetime,
    today: date,
    close_many: bool = False,
) -> FileImport:
    """Save what the preview shows, all of it or nothing, and forget the file's content.

    Raises AlreadyDone for a second click, ImportRefused where more than 30% of the open cases would close and
    `close_many` is not said, PreviewOutdated where the portal's records changed since the preview.
    """
    with transaction.atomic():
        waiting = locked(file_import)
        if waiting.status == FileImport.Status.MAPPING:
            raise ImportRefused("Match the file's columns first.")
        evaluation = work_out(waiting, kind, sheets_of(waiting), by=by, today=today)
        outdated = not shows(waiting, evaluation)
        if outdated:
            stage(waiting, evaluation)
        else:
            refuse_closing_many(waiting.counts, close_many=close_many)
            evaluation.save(waiting)
            finish(waiting, by=by, at=at)
    if outdated:
        raise PreviewOutdated("Records changed after this preview was made. Check it again: nothing was saved.")
    return waiting


def shows(file_import: FileImport, evaluation: Evaluation) -> bool:
    """Whether the preview shows exactly this."""
    staged = [(row.sheet[:60], row.number, row.outcome, row.message[:500]) for row in evaluation.staged]
    return staged == list(file_import.rows.values_list("sheet", "number", "outcome", "message"))


def refuse_closing_many(counts: Mapping[str, Any], *, close_many: bool) -> None:
    """Raises ImportRefused where more than 30% of the open cases would close and nobody confirmed it."""
    if closes_many(counts) and not close_many:
        raise ImportRefused(
            f"{counts['closing']:,} of {counts['open_before']:,} open cases are not in this file and would be closed. "
            "Confirm that this is right, or say that the file does not list every open case."
        )


def finish(file_import: FileImport, *, by: User | None, at: datetime) -> None:
    """Mark a file as saved, forget its content and record who saved it."""
    file_import.status, file_import.applied_at, file_import.content = FileImport.Status.APPLIED, at, None
    file_import.save(update_fields=["status", "applied_at", "content"])
    file_import.rows.exclude(data={}).update(data={})
    record_saved(file_import, by=by, at=at)


def record_saved(file_import: FileImport, *, by: User | None, at: datetime) -> None:
    """Record who saved it, with its figures."""
    figures = {key: value for key, value in file_import.counts.items() if isinstance(value, int)}
    record(f"imported {file_import.kind}", target=f"import:{file_import.pk}", by=by, at=at, **figures)


def discard(file_import: FileImport, *, by: User | None, at: datetime) -> None:
    """Drop a preview and everything read from its file. Raises AlreadyDone where it was saved or dropped before."""
    with transaction.atomic():
        waiting = locked(file_import)
        forget(waiting)
        record(f"discarded {waiting.kind} file", target=f"import:{waiting.pk}", by=by, at=at)


def discard_forgotten(*, at: datetime) -> None:
    """Drop previews that nobody came back to within a week: they hold children's details."""
    waiting = FileImport.Status.MAPPING, FileImport.Status.PREVIEW
    for file_import in FileImport.objects.filter(status__in=waiting, uploaded_at__lt=at - KEPT_FOR):
        forget(file_import)


def forget(file_import: FileImport) -> None:
    file_import.rows.all().delete()
    file_import.status, file_import.content = FileImport.Status.DISCARDED, None
    file_import.save(update_fields=["status", "content"])
