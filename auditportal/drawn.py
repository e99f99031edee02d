"""Rows that many pages show alike, each drawn once and kept: a page of 68 standards only joins them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache

from django.template.loader import render_to_string
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

KEPT = 8_192  # one version of a template fills some 800 of them: its standards, by answer, to read and to write
TYPED = ("comment", "error")  # what somebody wrote about one child is drawn afresh and not kept in memory


def drawn_rows(template: str, rows: Iterable[Mapping[str, str]]) -> SafeString:
    """Rows of plain strings, each drawn with a template that knows nothing but `row`, one beneath the other."""
    return format_html_join("", "{}", ((_row(template, row),) for row in rows))


def _row(template: str, row: Mapping[str, str]) -> SafeString:
    parts = tuple(row.items())
    return _draw(template, parts) if any(row.get(name) for name in TYPED) else _drawn(template, parts)


def _draw(template: str, row: tuple[tuple[str, str], ...]) -> SafeString:
    return render_to_string(template, {"row": dict(row)})


@lru_cache(maxsize=KEPT)
def _drawn(template: str, row: tuple[tuple[str, str], ...]) -> SafeString:
    return _draw(template, row)
