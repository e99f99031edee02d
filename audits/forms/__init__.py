"""The forms of an audit, one file a page; everything importable from here."""

from audits.forms.answers import CompleteActionForm, ManagerPartBForm, ReasonForm, WorkerPartBForm
from audits.forms.contact import ContactForm
from audits.forms.drafts import LONGEST_TEXT, YES_NO, DraftForm
from audits.forms.meeting import MeetingForm
from audits.forms.moderation import ModerationForm
from audits.forms.overall import OverallForm
from audits.forms.overview import OverviewForm
from audits.forms.smart_action import SmartActionForm
from audits.forms.theme import ThemeForm

__all__ = [
    "LONGEST_TEXT",
    "YES_NO",
    "CompleteActionForm",
    "ContactForm",
    "DraftForm",
    "ManagerPartBForm",
    "MeetingForm",
    "ModerationForm",
    "OverallForm",
    "OverviewForm",
    "ReasonForm",
    "SmartActionForm",
    "ThemeForm",
    "WorkerPartBForm",
]
