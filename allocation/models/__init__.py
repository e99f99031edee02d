"""Cycles and their draws, who audits what and every change of it, the programme's rules, the chases of what is late."""

from allocation.models.case_hold import CaseHold
from allocation.models.chase import Chase
from allocation.models.competency import Competency, Evaluation
from allocation.models.cycle import AgeBand, Cycle, Evened, Strata, StrataMethod, Theme
from allocation.models.draw import Allocation, Draw, Origin, Override
from allocation.models.quota_change import QuotaChange
from allocation.models.request import AuditRequest, RequestDecision
from allocation.models.rules import Rules
from allocation.models.swap import Handover, Swap

__all__ = [
    "AgeBand",
    "Allocation",
    "AuditRequest",
    "CaseHold",
    "Chase",
    "Competency",
    "Cycle",
    "Draw",
    "Evaluation",
    "Evened",
    "Handover",
    "Origin",
    "Override",
    "QuotaChange",
    "RequestDecision",
    "Rules",
    "Strata",
    "StrataMethod",
    "Swap",
    "Theme",
]
