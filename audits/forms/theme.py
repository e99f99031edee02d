"""The questions of the month’s theme (L3)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from audits.forms.drafts import DraftForm, long_text


class ThemeForm(DraftForm):
    """The questions of the month's theme (L3): one answer each, none of them needed to submit."""

    def __init__(self, content: dict[str, Any], *, questions: Sequence[str], show_errors: bool = False) -> None:
        super().__init__(content, show_errors=show_errors)
        for number, question in enumerate(questions, 1):
            self.fields[f"q{number}"] = long_text(question, rows=4)
