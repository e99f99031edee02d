"""The states of what a page is about: of an audit, a case, a month, and of all that hangs on them."""

from __future__ import annotations

PLAIN = ("",)
UNFINISHED = ("allocated", "in_progress")
SUBMITTED = ("with_team", "actions", "closed")
SET_ASIDE = ("exempt", "withdrawn")
AUDIT = (*UNFINISHED, *SUBMITTED, *SET_ASIDE)
WITH_ACTION = AUDIT[1:]  # the first action begins an audit
CASE = ("case", "restricted case")
REPORT = ("draft report", "published report")
MONTH = ("open month", "proposed month", "published month", "paused month")
DRAW = ("proposed month", "published draw")
FILE = ("staff file", "case file")
COMPETENCY = ("learning", "signed off", "withdrawn competency")
REQUEST = ("request to the line manager", "request to the programme", "settled request")
RISK = ("open risk", "acknowledged risk")  # of the audits in progress and with the team
DRAFT = ("draft of a template",)
MEETING = ("offered meeting", "agreed meeting")  # about the first two audits
SWAP = ("swap",)  # asked by the auditor of the practitioner
