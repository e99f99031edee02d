"""The people of a family as rows: household, and others who matter to the child (A5)."""

from __future__ import annotations

from typing import Any

from audits.pages.texts import clean_text

ROW_FIELDS = ("relationship", "name", "age", "gender", "ethnicity", "language")
ROW_GROUPS = ("household", "others")
ROW_TITLES = {"household": "People in the household", "others": "Others who matter to the child"}
ROW_HINTS = {
    "household": "Everybody who lives with the child.",
    "others": "Family and others who live elsewhere, such as a parent, a grandparent or a neighbour.",
}
LONGEST_ROW = 200  # characters
MOST_ROWS = 30


def clean_rows(value: Any) -> list[dict[str, str]]:
    """Rows of plain short texts, those without any left out."""
    rows = value if isinstance(value, list) else []
    cleaned = [
        {name: clean_text(row.get(name), longest=LONGEST_ROW) for name in ROW_FIELDS}
        for row in rows[:MOST_ROWS]
        if isinstance(row, dict)
    ]
    return [row for row in cleaned if any(row.values())]
