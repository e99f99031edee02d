"""The days typed on the page of timescales: what may be stored of them, and whether each is a day."""

from __future__ import annotations

import re
from typing import Any

from audits.forms.timescales import typed_day
from audits.pages.listed import Content
from audits.pages.texts import clean_text

NAME = re.compile(r"[a-z0-9-]{1,40}\.(trigger|event)")  # a rule's code, and which of its two days
LONGEST_DAY = 40  # characters
MOST_DAYS = 400


def clean_days(content: Content) -> Content:
    """The part of what was sent that belongs on the page: days by name, also those that are no dates yet.

    Which rules there are is not asked: a rule that the council leaves out meanwhile takes nobody's days away.
    """
    sent: Any = content.get("days")
    days = sent if isinstance(sent, dict) else {}
    names = sorted(name for name in days if isinstance(name, str) and NAME.fullmatch(name))
    texts = {name: clean_text(days[name], longest=LONGEST_DAY) for name in names[:MOST_DAYS]}
    return {"days": {name: text for name, text in texts.items() if text}}


def all_are_days(content: Content) -> bool:
    """Whether everything typed on the page is a day."""
    return not any(typed_day(text)[1] for text in content.get("days", {}).values())
