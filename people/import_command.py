"""What the three import commands share: read a file, preview or save it, say what happened in words or as JSON."""

from __future__ import annotations

import gc
import json
import sys
from argparse import ArgumentTypeError
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from people import file_columns, file_import
from people.file_import import ImportKind, ImportRefused
from people.file_outcomes import Evaluation, Outcome, counts_of
from people.models import FileImport, User
from people.spreadsheet import FileRefused, Sheet, read_sheets

FIGURES = ("rows", "added", "changed", "unchanged", "merged", "closed", "closing", "refused", "warnings")


class ImportCommand(BaseCommand):
    """Reads one file. Exit code 1 where the file is refused or not saved, and the reason on standard error."""

    def kind_for(self, sheets: Sequence[Sheet]) -> ImportKind:
        """The kind of the file."""
        raise NotImplementedError

    def import_options(self, sheets: Sequence[Sheet], options: dict[str, Any]) -> dict[str, bool]:
        """How it is read."""
        return {"add_teams": options["add_teams"]}

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="a CSV file or an Excel workbook")
        parser.add_argument("--preview", action="store_true", help="say what would happen and save nothing")
        parser.add_argument("--json", action="store_true", help="answer as JSON")
        parser.add_argument("--by", metavar="EMAIL", help="who imports it, for the activity list")
        parser.add_argument("--add-teams", action="store_true", help="add teams that are not known yet")
        parser.add_argument(
            "--map",
            metavar="FIELD=COLUMN",
            action="append",
            default=[],
            type=one_mapping,
            help="which column holds a field; remembered. Repeat for each field",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with collector_at_rest():
                answer = self.run(options)
        except (FileRefused, ImportRefused) as error:
            self.refuse(str(error), as_json=options["json"])
        else:
            self.stdout.write(json.dumps(answer, indent=2) if options["json"] else in_words(answer))

    def refuse(self, reason: str, *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps({"status": "refused", "reason": reason}, indent=2))
        self.stderr.write(reason)
        sys.exit(1)

    def run(self, options: dict[str, Any]) -> dict[str, Any]:
        """Read, and preview or save. Raises FileRefused or ImportRefused."""
        content = content_of(options["file"])
        sheets = read_sheets(content, limits=file_import.command_limits())
        kind, by, today = self.kind_for(sheets), person(options["by"]), timezone.localdate()
        settings = self.import_options(sheets, options)
        mapping = mapping_for(kind, sheets, given=dict(options["map"]))
        if options["preview"]:
            evaluation = file_import.evaluate(kind, sheets, mapping=mapping, options=settings, by=by, today=today)
            return answer_for(kind, options["file"], "preview", evaluation)
        return self.save(kind, sheets, mapping, settings, content=content, by=by, today=today, options=options)

    def save(
        self,
        kind: ImportKind,
        sheets: Sequence[Sheet],
        mapping: dict[str, str],
        settings: dict[str, bool],
        *,
        content: bytes,
        by: User | None,
        today: date,
        options: dict[str, Any],
    ) -> dict[str, Any]:
        """Save what the file does, in one transaction, and tell."""
        at = timezone.now()
        if kind.needs_columns:
            columns = file_columns.columns_of(file_columns.best_sheet(sheets, kind.fields))
            file_columns.remember(kind.code, columns, mapping=mapping, by=by, at=at)
        saved = file_import.save_at_once(
            kind,
            sheets=sheets,
            content=content,
            name=options["file"].name,
            mapping=mapping,
            options=settings,
            by=by,
            at=at,
            today=today,
            close_many=bool(options.get("close_many")),
        )
        return answer_from(saved)


@contextmanager
def collector_at_rest() -> Iterator[None]:
    """Rows by the hundred thousand are made and none is dropped before the end: collecting finds nothing."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def one_mapping(text: str) -> tuple[str, str]:
    field, equals, column = text.partition("=")
    if not (field and equals and column):
        raise ArgumentTypeError("write --map FIELD=COLUMN, for example --map reference='Person ID'")
    return field.strip(), column.strip()


def content_of(path: Path) -> bytes:
    """A file's bytes. Raises FileRefused where it cannot be opened."""
    try:
        if path.stat().st_size > file_import.command_limits().size:
            raise FileRefused("The file is too large. Split it into smaller files.")
        return path.read_bytes()
    except OSError as error:
        raise FileRefused(f"The file {path.name} cannot be opened: {error.strerror}.") from error


def person(email: str | None) -> User | None:
    """Who imports. Raises ImportRefused for an address that nobody has."""
    if not email:
        return None
    found = User.objects.filter(email=email.strip().lower()).first()
    if found is None:
        raise ImportRefused(f"Nobody here has the e-mail address {email}.")
    return found


def mapping_for(kind: ImportKind, sheets: Sequence[Sheet], *, given: dict[str, str]) -> dict[str, str]:
    """The columns as given, remembered or guessed. Raises ImportRefused where a required one is missing or unknown."""
    if not kind.needs_columns:
        return {}
    columns = file_columns.columns_of(file_columns.best_sheet(sheets, kind.fields))
    mapping = file_columns.remembered(kind.code, columns) or file_columns.guess(columns, kind.fields)
    keys = {column.key: column.key for column in columns} | {column.heading: column.key for column in columns}
    known = {field.code for field in kind.fields}
    for field, column in given.items():
        if field not in known:
            raise ImportRefused(f"“{field}” is not a field. The fields are: {', '.join(sorted(known))}.")
        if column not in keys:
            raise ImportRefused(f"The file has no column “{column}”.")
        mapping = {code: key for code, key in mapping.items() if key != keys[column]} | {field: keys[column]}
    if lacking := file_columns.missing(mapping, kind.fields):
        headings = ", ".join(f"“{column.heading}”" for column in columns)
        raise ImportRefused(f"No column was recognised for: {', '.join(lacking)}. Use --map. The file has {headings}.")
    return mapping


def answer_for(kind: ImportKind, path: Path, status: str, evaluation: Evaluation) -> dict[str, Any]:
    """What would happen, as plain values."""
    refused = [
        {"sheet": row.sheet, "row": row.number, "reference": row.reference, "reason": row.message}
        for row in evaluation.staged
        if row.outcome == Outcome.REFUSED
    ]
    counts = counts_of(evaluation)
    return {
        "file": path.name,
        "kind": kind.code,
        "status": status,
        "counts": counts,
        "notes": evaluation.notes,
        "refused": refused,
    }


def answer_from(saved: FileImport) -> dict[str, Any]:
    """What happened, as plain values."""
    refused = saved.rows.filter(outcome=Outcome.REFUSED).values_list("sheet", "number", "reference", "message")
    return {
        "file": saved.file_name,
        "kind": saved.kind,
        "status": saved.status,
        "counts": saved.counts,
        "notes": saved.notes,
        "refused": [dict(zip(("sheet", "row", "reference", "reason"), row, strict=True)) for row in refused],
    }


def in_words(answer: dict[str, Any]) -> str:
    """The answer for people."""
    counts = answer["counts"]
    status = "Saved" if answer["status"] == FileImport.Status.APPLIED else "Preview, nothing saved"
    lines = [f"{answer['file']}: {status}."]
    lines += [f"  {name:<10} {counts[name]:>8,}" for name in FIGURES if counts.get(name)]
    lines += [f"  {note}" for note in answer["notes"]]
    if counts["unknown_teams"]:
        lines.append(f"  Teams not known here: {', '.join(counts['unknown_teams'])}.")
    for row in answer["refused"]:
        lines.append(f"  Refused: {row['sheet']} row {row['row']} {row['reference']}: {row['reason']}")
    return "\n".join(lines)
