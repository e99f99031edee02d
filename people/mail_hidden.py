"""Mail that somebody must not see in the list of what was sent, because its subject would tell them too much."""

from __future__ import annotations

from collections.abc import Callable

from people.models import OutgoingMailQuerySet, User

_hidden: list[Callable[[User], list[str]]] = []


def hidden_by(read: Callable[[User], list[str]]) -> None:
    """Where it is read from what mail is kept from somebody, by what it is about; said once, when the site starts.

    For apps above this one, which this one may not import.
    """
    if read not in _hidden:
        _hidden.append(read)


def without_hidden(rows: OutgoingMailQuerySet, *, viewer: User) -> OutgoingMailQuerySet:
    """These rows without what is kept from this person."""
    about = [each for read in _hidden for each in read(viewer)]
    return rows.exclude(about__in=about) if about else rows
