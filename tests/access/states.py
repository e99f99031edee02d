"""The states of what a page is about: of an audit, a case, a month, and of all that hangs on them."""

from __future__ import annotations

PLAIN = ("",)
UNFINISHED = ("allocated", "in_progress")
ON_THE_WAY = ("with_team", "actions", "closed")
DISPUTES = ("disputed", "mediation")
SUBMITTED = (*ON_THE_WAY, *DISPUTES)
SET_ASIDE = ("exempt", "withdrawn")
UNDISPUTED = (*UNFINISHED, *ON_THE_WAY, *SET_ASIDE)  # for pages to which an audit that is not agreed is one submitted
AUDIT = (*UNDISPUTED, *DISPUTES)
CAME_BACK_LATE = ("with_team", "closed", "mediation")  # of those submitted, the ones due before today (_audit)
DISPUTABLE = ("in_progress", "with_team", *DISPUTES, "closed")
WITH_ACTION = UNDISPUTED[1:]  # the first action begins an audit
CALIBRATION = ("draft of a calibration",)  # of the closed audit
CASE = ("case", "restricted case")
REPORT = ("draft report", "published report")
MONTH = ("open month", "proposed month", "published month", "paused month")
DRAW = ("proposed month", "published draw")
FILE = ("staff file", "case file")
COMPETENCY = ("learning", "signed off", "withdrawn competency")
REQUEST = ("request to the line manager", "request to the programme", "settled request")
NOTICE = ("notice",)  # of the audit with actions open, as if its child had not been safe
RISK = ("open risk", "acknowledged risk")  # of the audits in progress and with the team
DRAFT = ("draft of a template",)
MEETING = ("offered meeting", "agreed meeting")  # about the first two audits
SWAP = ("swap",)  # asked by the auditor of the practitioner
