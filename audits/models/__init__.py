"""One file per noun; everything importable from here."""

from audits.models.audit import (
    AT_RANDOM,
    COMPLETED,
    SET_ASIDE,
    UNFINISHED,
    Audit,
    Outcomes,
    PageAnswers,
    SafeNow,
    SectionGrade,
    Selection,
    Status,
    StatusChange,
)
from audits.models.case import Case, Involvement, Plan
from audits.models.draft import StaleDraft
from audits.models.immediate_risk import ImmediateRisk, RiskRecipient
from audits.models.learning import DevelopmentNote, LearningPoint
from audits.models.meeting import Meeting, MeetingGuest
from audits.models.moderation import Moderation
from audits.models.part_b import PartB
from audits.models.sharing import Share
from audits.models.smart_action import SmartAction
from audits.models.supervision import NotYet
from audits.models.template import (
    AuditTemplate,
    Grade,
    GradingScale,
    GuidanceArea,
    Section,
    Standard,
    TemplateDraft,
    TemplateVersion,
)
from audits.models.timescale import TimescaleRule

__all__ = [
    "AT_RANDOM",
    "COMPLETED",
    "SET_ASIDE",
    "UNFINISHED",
    "Audit",
    "AuditTemplate",
    "Case",
    "DevelopmentNote",
    "Grade",
    "GradingScale",
    "GuidanceArea",
    "ImmediateRisk",
    "Involvement",
    "LearningPoint",
    "Meeting",
    "MeetingGuest",
    "Moderation",
    "NotYet",
    "Outcomes",
    "PageAnswers",
    "PartB",
    "Plan",
    "RiskRecipient",
    "SafeNow",
    "Section",
    "SectionGrade",
    "Selection",
    "Share",
    "SmartAction",
    "StaleDraft",
    "Standard",
    "Status",
    "StatusChange",
    "TemplateDraft",
    "TemplateVersion",
    "TimescaleRule",
]
