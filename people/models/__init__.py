"""One file per noun; everything importable from here."""

from people.models.activity import Activity, ActivityQuerySet, SentForm
from people.models.files import ColumnMapping, FileImport, FileImportQuerySet, FileImportRow
from people.models.mail import PRIVATE_MAIL, Heartbeat, MailAttempt, OutgoingMail, OutgoingMailQuerySet, Trouble
from people.models.staff import Absence, Area, Holiday, MailChoice, Service, Team, User, UserManager, UserQuerySet

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
    "Heartbeat",
    "Holiday",
    "MailAttempt",
    "MailChoice",
    "OutgoingMail",
    "OutgoingMailQuerySet",
    "SentForm",
    "Service",
    "Team",
    "Trouble",
    "User",
    "UserManager",
    "UserQuerySet",
]
