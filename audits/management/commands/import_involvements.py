"""Import who and which teams were involved in a case."""

from collections.abc import Sequence

from audits.involvement import INVOLVEMENTS
from people.file_import import ImportKind
from people.import_command import ImportCommand
from people.spreadsheet import Sheet


class Command(ImportCommand):
    help = "Import involvements, with the Standard Safeguarding Dataset's column names or mapped ones."

    def kind_for(self, sheets: Sequence[Sheet]) -> ImportKind:
        return INVOLVEMENTS
