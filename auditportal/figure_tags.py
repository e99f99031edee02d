"""How figures are written: shares with their numbers, counts that lead to the rows behind them."""

from __future__ import annotations

from django import template
from django.template import Context
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from reporting.report_page import GradeRow
from reporting.shares import Share

register = template.Library()

SMALL = '{}<span class="portal-small-numbers">*<span class="govuk-visually-hidden"> small numbers</span></span>'
CELL = '<td class="govuk-table__cell govuk-table__cell--numeric">{}</td>'
# What an older report did not count has no figure, and a template hands on an empty text in its place.


@register.filter
def share(value: Share | str) -> str:
    """80% (1,298 of 1,632), flagged where the numbers are small; empty where it was not counted."""
    small = isinstance(value, Share) and value.is_small
    return format_html(SMALL, str(value)) if small else str(value)


@register.filter
def group_share(value: Share | str) -> str:
    """A share of a group: none, counts without a percentage where there are few, or as any other share."""
    if not isinstance(value, Share):
        return ""
    if value.total == 0:
        return "none"
    return f"{value.n:,} of {value.total:,}" if value.counts_only else share(value)


@register.simple_tag(takes_context=True)
def count(context: Context, n: int | str, query: str) -> str | SafeString:
    """A count as a link to its rows, where the page has `links`, the list's address, and there are any."""
    links, words = context.get("links"), f"{n:,}" if isinstance(n, int) else ""
    return format_html('<a class="govuk-link" href="{}?{}">{}</a>', links, query, words) if links and n else words


@register.simple_tag(takes_context=True)
def grade_cells(context: Context, row: GradeRow) -> SafeString:
    """The cells of a month's grades, each count with the audits behind it."""
    query = f"month={row.month:%Y-%m}&selection=random&status=completed&grade="
    return format_html_join("", CELL, ((count(context, cell.n, f"{query}{cell.code}"),) for cell in row.cells))
