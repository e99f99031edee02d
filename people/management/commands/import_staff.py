"""Import staff from a CSV file or an Excel workbook."""

from collections.abc import Sequence

from people.file_import import ImportKind
from people.import_command import ImportCommand
from people.spreadsheet import Sheet
from people.staff_import import STAFF


class Command(ImportCommand):
    help = "Import joiners, movers and leavers; people who are not in the file stay as they are."

    def kind_for(self, sheets: Sequence[Sheet]) -> ImportKind:
        return STAFF
