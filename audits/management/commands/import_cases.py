"""Import cases from an Annex A workbook or any list of cases."""

from collections.abc import Sequence
from typing import Any

from django.core.management.base import CommandParser

from audits.case_import import kind_of, lists_every_case
from people.file_import import ImportKind
from people.import_command import ImportCommand
from people.spreadsheet import Sheet


class Command(ImportCommand):
    help = "Import cases. Open cases that the file does not list are closed, unless --not-full is given."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--not-full", action="store_true", help="the file does not list every open case")
        parser.add_argument("--close-many", action="store_true", help="close even more than 30%% of the open cases")

    def kind_for(self, sheets: Sequence[Sheet]) -> ImportKind:
        return kind_of(sheets)

    def import_options(self, sheets: Sequence[Sheet], options: dict[str, Any]) -> dict[str, bool]:
        full = not options["not_full"] and lists_every_case(sheets)
        return {**super().import_options(sheets, options), "full": full}
