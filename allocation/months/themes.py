"""Themes that are kept to be used again: the cases each is about and the questions it adds (L3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Coalesce

from allocation.as_shown import marks, to_save
from allocation.eligibility import cohort as cohorts
from allocation.models import Cycle, Theme
from allocation.month_lock import CycleError
from allocation.months.design import check_cohort, check_questions
from people import activity
from people.models import User

CHOSEN = {"name": "its name", "cohort": "which cases it is about", "questions": "its questions"}


class NameTaken(CycleError):
    """A theme of this name is kept already; the one asking may replace it or choose another name."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(f"A theme named “{theme}” is saved already. Choose another name, or replace it.", field="name")
        self.theme = theme


@dataclass(frozen=True, slots=True)
class ThemeLine:
    """A theme in the list, with its cases in words and how many months had its name."""

    theme: Theme
    cases: list[str]
    months: int


def kept() -> dict[str, list[ThemeLine]]:
    """The themes in use and those out of use, by name. Three queries."""
    months = Cycle.objects.filter(theme=OuterRef("name")).order_by().values("theme").annotate(n=Count("pk")).values("n")
    rows = list(Theme.objects.annotate(months=Coalesce(Subquery(months), 0)))
    names = cohorts.names_of(theme.cohort for theme in rows)
    lines = [ThemeLine(theme, cohorts.in_words(theme.cohort, names=names), theme.months) for theme in rows]
    return {
        "in_use": [line for line in lines if line.theme.retired_at is None],
        "out_of_use": [line for line in lines if line.theme.retired_at is not None],
    }


def theme_of(pk: int) -> Theme | None:
    """One theme, in use or not."""
    return Theme.objects.filter(pk=pk).first()


def _named(name: str, *, but: Theme | None = None) -> Theme | None:
    """The theme of this name, whatever its capitals, other than one."""
    others = Theme.objects.exclude(pk=but.pk) if but else Theme.objects.all()
    return others.filter(name__iexact=name).first()


def _cleaned_name(name: str) -> str:
    cleaned = " ".join(name.split())
    if not cleaned:
        raise CycleError("Give the theme a name.", field="name")
    return cleaned


def shown_on_page(theme: Theme) -> str:
    """The marks of a theme, for a page that posts them back to `save_theme`."""
    return marks(_chosen(theme))


def _chosen(theme: Theme) -> dict[str, Any]:
    return {name: getattr(theme, name) for name in CHOSEN}


def save_theme(
    theme: Theme | None,
    *,
    name: str,
    cohort: Mapping[str, Any],
    questions: Sequence[str],
    by: User,
    at: datetime,
    replace: bool = False,
    shown: str = "",
) -> Theme:
    """Keep a new theme, or change one that is kept. Months that used it keep what they copied.

    `shown` are the marks of the page it was changed on: what is as the page showed it stays as it is now. Raises
    CycleError without a name and for what a month's cohort or questions are refused for, NameTaken where another theme
    has the name (unless it is to be replaced), and ChangedMeanwhile where somebody else changed the same since.
    """
    name, cohort, questions = _cleaned_name(name), check_cohort(cohort), check_questions(questions)
    with transaction.atomic():
        other = _named(name, but=theme)
        if other is not None and not (replace and theme is None):
            raise NameTaken(other)
        kept = Theme.objects.select_for_update().get(pk=theme.pk) if theme else other or Theme(made_by=by, made_at=at)
        verb = "changed the theme" if kept.pk else "saved the theme"
        wanted = {"name": name, "cohort": cohort, "questions": questions}
        for each, value in to_save(_chosen(kept), wanted, shown=shown, words=CHOSEN).items():
            setattr(kept, each, value)
        kept.retired_at = None
        kept.save()
        activity.record(verb, target=f"theme:{kept.pk}", by=by, at=at, name=name)
    return kept


def save_theme_of(cycle: Cycle, *, name: str, by: User, at: datetime, replace: bool = False) -> Theme:
    """Keep the cases and the questions of a month as a theme to use again. Raises what save_theme raises."""
    return save_theme(None, name=name, cohort=cycle.cohort, questions=cycle.questions, by=by, at=at, replace=replace)


def retire(theme: Theme, *, by: User, at: datetime) -> Theme:
    """Offer a theme no longer. Months that used it stay as they are; it can be taken up again."""
    with transaction.atomic():
        theme = Theme.objects.select_for_update().get(pk=theme.pk)
        if theme.retired_at is None:
            theme.retired_at = at
            theme.save(update_fields=["retired_at"])
            activity.record("retired the theme", target=f"theme:{theme.pk}", by=by, at=at, name=theme.name)
    return theme


def take_up_again(theme: Theme, *, by: User, at: datetime) -> Theme:
    """Offer a retired theme again."""
    with transaction.atomic():
        theme = Theme.objects.select_for_update().get(pk=theme.pk)
        if theme.retired_at is not None:
            theme.retired_at = None
            theme.save(update_fields=["retired_at"])
            activity.record("took the theme up again", target=f"theme:{theme.pk}", by=by, at=at, name=theme.name)
    return theme
