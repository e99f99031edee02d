"""Page furniture: template tags and the context every page has. A built-in library: no template loads it."""

from datetime import date, datetime
from functools import lru_cache
from typing import Any

from django import template
from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.paginator import Page
from django.db.models import TextChoices
from django.http import HttpRequest
from django.template import Context
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from allocation.models import Cycle
from auditportal import form_pack
from auditportal.drawn import drawn_rows
from auditportal.navigation import Entry, navigation
from audits.models import Status
from people.form_fields import FULL_MONTHS, day_in_words
from people.models import FileImport, FileImportRow, OutgoingMail
from reporting.models import HighlightReport

register = template.Library()
register.simple_tag(form_pack.widget, name="portal_widget")
register.simple_tag(drawn_rows)
register.filter("field_kind", form_pack.field_kind)
register.filter("field_options", form_pack.options)
register.filter("own_class", form_pack.own_class)
register.filter("length_limit", form_pack.length_limit)
register.filter("field_errors", form_pack.field_errors)
register.filter("form_errors", form_pack.form_errors)

DAY_NAMES = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")

# Codes are shown as tags; "" is plain text, as the design system does for what is finished.
TAG_COLOURS = {
    "allocated": "grey",
    "in_progress": "teal",
    "with_team": "purple",
    "actions": "yellow",
    "closed": "",
    "exempt": "grey",
    "withdrawn": "grey",
    "overdue": "red",
    "late": "red",
    "missed": "red",
    "due_soon": "orange",
    "open": "teal",
    "proposed": "purple",
    "published": "green",
    "paused": "grey",
    "draft": "grey",
    "queued": "yellow",
    "sent": "",
    "failed": "red",
    "waiting": "yellow",
    "running": "teal",
    "ready": "green",
    "mapping": "yellow",
    "preview": "teal",
    "applied": "",
    "discarded": "grey",
    "added": "green",
    "changed": "teal",
    "unchanged": "",
    "refused": "red",
    "agreed": "green",
    "done": "",
    "completed": "",
    "not_started": "grey",
    "incomplete": "teal",
    "learning": "teal",
    "signed_off": "green",
    "not_yet": "grey",
}
# Where two lists share a code, the first one's word is shown unless the caller gives one.
STATUS_LISTS: tuple[type[TextChoices], ...] = (
    Status,
    Cycle.Status,
    HighlightReport.Status,
    HighlightReport.Build,
    OutgoingMail.Status,
    FileImport.Status,
    FileImportRow.Outcome,
)
STATUS_WORDS: dict[str, str] = {code: str(word) for group in reversed(STATUS_LISTS) for code, word in group.choices}


def furniture(request: HttpRequest) -> dict[str, Any]:
    """Council and service names and the logo, for every page's header."""
    return {
        "council_name": settings.COUNCIL_NAME,
        "service_name": settings.SERVICE_NAME,
        "council_logo": settings.COUNCIL_LOGO or "img/mark.svg",
    }


@register.simple_tag(takes_context=True)
def service_navigation(context: Context) -> list[Entry]:
    """The navigation entries of whoever is signed in, with the current one marked; none for a visitor."""
    request = context.get("request")
    user = getattr(request, "user", None)
    return navigation(user, path=request.path) if user is not None and user.is_authenticated else []  # type: ignore[union-attr]  # there is a user, so a request


@lru_cache(maxsize=256)
def _static_url(path: str) -> str:
    return str(staticfiles_storage.url(path))


@register.simple_tag
def asset(path: str) -> str:
    """A static file's address; the plain one where the built list is missing, so that error pages still work."""
    try:
        return _static_url(path)
    except ValueError:
        return f"{settings.STATIC_URL}{path}"


@register.inclusion_tag("components/breadcrumbs.html")
def crumbs(*labels_and_urls: str) -> dict[str, Any]:
    """Breadcrumbs from pairs of label and address; a last label without an address is the page itself."""
    labels, urls = labels_and_urls[::2], [*labels_and_urls[1::2], ""]
    return {"crumbs": [{"label": label, "url": url} for label, url in zip(labels, urls, strict=False)]}


@register.inclusion_tag("components/pagination.html", takes_context=True)
def page_links(context: Context, page_obj: Page) -> dict[str, Any]:  # type: ignore[type-arg]  # any kind of row
    """Links to the other pages of a list, keeping every filter of the address."""
    query = context["request"].GET.copy()

    def link(number: int) -> str:
        query["page"] = str(number)
        return f"?{query.urlencode()}"

    if not page_obj.has_other_pages():
        return {}
    numbers = page_obj.paginator.get_elided_page_range(page_obj.number, on_each_side=1, on_ends=1)
    return {
        "items": [
            {"number": number, "url": link(number) if isinstance(number, int) else "", "now": number == page_obj.number}
            for number in numbers
        ],
        "previous": link(page_obj.number - 1) if page_obj.has_previous() else "",
        "next": link(page_obj.number + 1) if page_obj.has_next() else "",
    }


@register.filter
def full_stop(text: str) -> str:
    """What somebody typed as the end of a sentence: with a full stop, where it does not end in a mark of its own."""
    text = str(text).rstrip()
    return text if not text or text[-1] in ".!?…" else f"{text}."


@register.filter
def day(value: date | None) -> str:
    """21 November 2026; empty for None. A moment is taken as its day in London."""
    value = _local(value)
    return day_in_words(value) if value else ""


@register.filter
def short_day(value: date | None) -> str:
    """Sat 21 Nov, and of another year than this one Fri 1 Jan 2027; empty for None."""
    value = _local(value)
    if value is None:
        return ""
    return day_of_year(value) if value.year == timezone.localdate().year else f"{day_of_year(value)} {value.year}"


@register.filter
def day_of_year(value: date) -> str:
    """Sat 21 Nov, where the year stands beside it or above it."""
    return f"{DAY_NAMES[value.weekday()]} {value.day} {FULL_MONTHS[value.month - 1][:3].capitalize()}"


@register.filter
def moment(value: datetime | None) -> str:
    """21 November 2026 at 14:02, London time; empty for None."""
    value = _local(value)
    return f"{day(value)} at {value:%H:%M}" if value else ""


@register.filter
def when(value: datetime | None) -> str:
    """14:02 of today, and of any other day 21 November 2026 at 14:02; London time; empty for None."""
    local = _local(value)
    return f"{local:%H:%M}" if local and local.date() == timezone.localdate() else moment(value)


@register.filter
def month_name(value: date | None) -> str:
    """November 2026; empty for None."""
    value = _local(value)
    return f"{FULL_MONTHS[value.month - 1].capitalize()} {value.year}" if value else ""


@register.simple_tag
def status_tag(status: str | None, words: str = "") -> SafeString:
    """A status as a coloured tag, or as plain text where it is finished. `words` replaces the code's usual word."""
    code = str(status or "")
    text = words or STATUS_WORDS.get(code) or code.replace("_", " ").capitalize()
    colour = TAG_COLOURS.get(code, "grey")
    if not text:
        return SafeString("")
    if not colour:
        return format_html('<span class="portal-status">{}</span>', text)
    return format_html('<strong class="govuk-tag govuk-tag--{} portal-tag">{}</strong>', colour, text)


STEP_WORDS = {
    "allocate": "Allocated",
    "start": "Begun",
    "submit": "Submitted",
    "answer": "Part B signed by all",
    "close": "Closed",
    "exempt": "Auditor exempted",
    "withdraw": "Withdrawn",
}


@register.filter
def step_words(step: str) -> str:
    """What happened to an audit, in words."""
    return STEP_WORDS.get(step, step.capitalize())


@register.filter
def target_words(target: str) -> str:
    """What mail or activity is about, in words: "audit:2026-11-0007" reads Audit 2026-11-0007."""
    kind, _, name = target.partition(":")
    return f"{kind.capitalize()} {name}" if name else target


@register.simple_tag
def grade_tag(grade: Any, none: str = "Not graded") -> SafeString:
    """A grade (a row, or a scale's point with its colour) as its word on its colour; `none` where there is no grade."""
    if not grade:
        return format_html('<span class="portal-status portal-status--none">{}</span>', none)
    word = grade.label if hasattr(grade, "label") else grade.point.label
    return format_html('<strong class="portal-grade portal-grade--{}">{}</strong>', grade.colour, word)


@register.simple_tag
def percent(n: int | None, total: int | None) -> str:
    """80% (1,298 of 1,632): a whole percentage, halves rounded up, with its numbers; "no data" when total is 0."""
    n, total = n or 0, total or 0
    counts = f"({n:,} of {total:,})"
    return f"{(200 * n + total) // (2 * total)}% {counts}" if total else f"no data {counts}"


@register.simple_tag
def attributes(values: dict[str, Any] | None) -> SafeString:
    """HTML attributes from a mapping, escaped; False and None are left out, True stands alone."""
    pairs = (values or {}).items()
    plain = [(name, value) for name, value in pairs if value is not False and value is not None]
    return format_html_join("", "{}", ((_attribute(name, value),) for name, value in plain))


def _attribute(name: str, value: Any) -> SafeString:
    return format_html(" {}", name) if value is True else format_html(' {}="{}"', name, value)


def _local(value: Any) -> Any:
    """A moment in London time; a plain date unchanged; None for nothing."""
    aware = isinstance(value, datetime) and timezone.is_aware(value)
    return timezone.localtime(value) if aware else value or None
