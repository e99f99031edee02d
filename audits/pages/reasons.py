"""Answers to the questions that ask where the answers of an audit do not fit together: what may be stored of them."""

from __future__ import annotations

from typing import Any

from audits.pages.texts import clean_text
from audits.structure import AuditForm
from grading.prompts import CODES


def clean_reasons(sent: Any, *, form: AuditForm) -> dict[str, str]:
    """Key of a question to what was written about it, for the questions that this form could ever ask."""
    given = sent if isinstance(sent, dict) else {}
    keys = [*CODES, *(f"{code}-{section.code}" for section in form.sections for code in CODES)]
    written = {key: clean_text(given.get(key)) for key in keys if key in given}
    return {key: text for key, text in written.items() if text}
