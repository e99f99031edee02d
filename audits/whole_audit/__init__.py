"""Everything an audit says, as plain values in the order of its document; PDF and Word read nothing else.

Private notes about the worker are no part of an audit (A15, R51): nothing in here knows that there are any.
"""

from audits.whole_audit.blocks import Block, Facts, Note, Part, Standard, Standards, Table, Verdict, each_text
from audits.whole_audit.everything import WholeAudit, whole_audit, with_everyone

__all__ = [
    "Block",
    "Facts",
    "Note",
    "Part",
    "Standard",
    "Standards",
    "Table",
    "Verdict",
    "WholeAudit",
    "each_text",
    "whole_audit",
    "with_everyone",
]
