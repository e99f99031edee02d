"""The email about a calibration round: that somebody is asked to grade, and where."""

from __future__ import annotations

from datetime import datetime

from django.template.loader import render_to_string

from audits.models import CalibrationGrade
from people import mail
from people.models import OutgoingMail


def asked(row: CalibrationGrade, *, at: datetime) -> OutgoingMail:
    """Tell somebody that they are asked to grade in a round."""
    link = mail.link("audits:calibration_round", row.round_id)
    return mail.queue(
        row.person,
        key=f"calibration:{row.round_id}:{row.person_id}",
        kind="calibration",
        subject="You are asked to grade in a calibration round",
        body=render_to_string("email/calibration.txt", {"person": row.person, "link": link}),
        at=at,
        about=f"calibration:{row.round_id}",
    )
