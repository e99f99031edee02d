"""An audit that is disagreed with, taken as far as a test wants it."""

from __future__ import annotations

from typing import Any

from audits.after import disputes, mediation, reviewing
from audits.models import Audit, Dispute, Mediation, ReviewSession
from people.models import User
from tests.conftest import NOW, TODAY

COMMON: dict[str, Any] = {"at": NOW, "today": TODAY}
SAID = "The visits are all there, under another name."


def line(code: str = "overall", wanted: str = "outstanding", said: str = SAID) -> disputes.Line:
    return disputes.Line(code, said, wanted)


def disagreed(audit: Audit, by: User, *lines: disputes.Line) -> Dispute:
    """Raised: the overall grade, or these lines."""
    return disputes.raise_dispute(audit, lines=lines or [line()], by=by, **COMMON)


def reviewed(
    audit: Audit, by: User, *, agreed: bool = False, note: str = "We looked at each visit.", **came: Any
) -> ReviewSession:
    """A session of auditor and worker; `came` by the code of a line."""
    present = [person for person in (audit.auditor, audit.worker) if person]
    meeting = reviewing.Meeting(TODAY, present, note=note)
    return reviewing.record(audit, meeting=meeting, agreed=agreed, came=came, by=by, **COMMON)


def mediated(audit: Audit, by: User, *mediators: User) -> Mediation:
    return mediation.ask(audit, mediators=mediators, by=by, **COMMON)
