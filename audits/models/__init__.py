"""One file per noun; everything importable from here."""

from audits.models.audit import (
    AT_RANDOM,
    COMPLETED,
    SET_ASIDE,
    UNFINISHED,
    Audit,
    Outcomes,
    PageAnswers,
    SectionGrade,
    Selection,
    Status,
    StatusChange,
)
from audits.models.case import Case, Involvement, Plan
from audits.models.moderation import Moderation
from audits.models.part_b import PartB
from audits.models.smart_action import SmartAction
from audits.models.template import (
    AuditTemplate,
    Grade,
    GradingScale,
    GuidanceArea,
    Section,
    Standard,
    TemplateVersion,
)

__all__ = [
    "AT_RANDOM",
    "COMPLETED",
    "SET_ASIDE",
    "UNFINISHED",
    "Audit",
    "AuditTemplate",
    "Case",
    "Grade",
    "GradingScale",
    "GuidanceArea",
    "Involvement",
    "Moderation",
    "Outcomes",
    "PageAnswers",
    "PartB",
    "Plan",
    "Section",
    "SectionGrade",
    "Selection",
    "SmartAction",
    "Standard",
    "Status",
    "StatusChange",
    "TemplateVersion",
]
