"""One file per noun; everything importable from here."""

from people.models.activity import Activity, ActivityQuerySet, SentForm
from people.models.files import ColumnMapping, FileImport, FileImportQuerySet, FileImportRow
from people.models.mail import PRIVATE_MAIL, OutgoingMail, OutgoingMailQuerySet
from people.models.staff import Absence, Area, Holiday, Service, Team, User, UserManager, UserQuerySet

__all__ = [
    "PRIVATE_MAIL",
    "Absence",
    "Activity",
    "ActivityQuerySet",
    "Area",
    "ColumnMapping",
    "FileImport",
    "FileImportQuerySet",
    "FileImportRow",
    "Holiday",
    "OutgoingMail",
    "OutgoingMailQuerySet",
    "SentForm",
    "Service",
    "Team",
    "User",
    "UserManager",
    "UserQuerySet",
]
