"""The forms of an audit, one file a page; everything importable from here."""

from audits.forms.answers import CompleteActionForm, ManagerPartBForm, ReasonForm, WorkerPartBForm
from audits.forms.contact import ContactForm
from audits.forms.drafts import LONGEST_TEXT, YES_NO, DraftForm
from audits.forms.learning import LearningPointForm, PrivateNoteForm
from audits.forms.meeting import MeetingForm
from audits.forms.moderation import ModerationForm
from audits.forms.overall import OverallForm
from audits.forms.overview import OverviewForm
from audits.forms.risk import AcknowledgeForm, RiskForm
from audits.forms.smart_action import SmartActionForm
from audits.forms.theme import ThemeForm
from audits.forms.timescales import TimescalesForm

__all__ = [
    "LONGEST_TEXT",
    "YES_NO",
    "AcknowledgeForm",
    "CompleteActionForm",
    "ContactForm",
    "DraftForm",
    "LearningPointForm",
    "ManagerPartBForm",
    "MeetingForm",
    "ModerationForm",
    "OverallForm",
    "OverviewForm",
    "PrivateNoteForm",
    "ReasonForm",
    "RiskForm",
    "SmartActionForm",
    "ThemeForm",
    "TimescalesForm",
    "WorkerPartBForm",
]
