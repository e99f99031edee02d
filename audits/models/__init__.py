"""One file per noun; everything importable from here."""

from audits.models.audit import (
    ANSWERING,
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
from audits.models.calibration import CalibrationGrade, CalibrationRound
from audits.models.case import Case, Involvement, Plan
from audits.models.concern import Concern
from audits.models.dispute import MOST_ROUNDS, Dispute, DisputeLine, Mediation, Outcome, ReviewSession
from audits.models.draft import StaleDraft
from audits.models.immediate_risk import ImmediateRisk, RiskRecipient
from audits.models.learning import DevelopmentNote, LearningPoint
from audits.models.meeting import Meeting, MeetingGuest
from audits.models.moderation import ModeratedSection, Moderation, ModerationTask, Why
from audits.models.part_b import FindingResponse, PartB, PartBReturn, Side
from audits.models.sharing import Share
from audits.models.smart_action import ActionStep, Helped, SmartAction
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
from audits.models.urgent_notice import Cause, GradeChange, NoticeRecipient, UrgentNotice

__all__ = [
    "ANSWERING",
    "AT_RANDOM",
    "COMPLETED",
    "MOST_ROUNDS",
    "SET_ASIDE",
    "UNFINISHED",
    "ActionStep",
    "Audit",
    "AuditTemplate",
    "CalibrationGrade",
    "CalibrationRound",
    "Case",
    "Cause",
    "Concern",
    "DevelopmentNote",
    "Dispute",
    "DisputeLine",
    "FindingResponse",
    "Grade",
    "GradeChange",
    "GradingScale",
    "GuidanceArea",
    "Helped",
    "ImmediateRisk",
    "Involvement",
    "LearningPoint",
    "Mediation",
    "Meeting",
    "MeetingGuest",
    "ModeratedSection",
    "Moderation",
    "ModerationTask",
    "NotYet",
    "NoticeRecipient",
    "Outcome",
    "Outcomes",
    "PageAnswers",
    "PartB",
    "PartBReturn",
    "Plan",
    "ReviewSession",
    "RiskRecipient",
    "SafeNow",
    "Section",
    "SectionGrade",
    "Selection",
    "Share",
    "Side",
    "SmartAction",
    "StaleDraft",
    "Standard",
    "Status",
    "StatusChange",
    "TemplateDraft",
    "TemplateVersion",
    "TimescaleRule",
    "UrgentNotice",
    "Why",
]
