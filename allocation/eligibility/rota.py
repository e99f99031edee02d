"""Rota groups: which there are, and whose turn it is next month (P3)."""

from __future__ import annotations

from allocation.models import Cycle
from people.models import User


def rota_groups() -> list[str]:
    """The rota groups that auditors are in, in order."""
    auditors = User.objects.auditors().filter(is_active=True).exclude(audit_group="")
    return sorted(auditors.order_by().values_list("audit_group", flat=True).distinct())


def next_groups() -> list[str]:
    """Whose turn it is: the group after the one that audited last, where months have gone to one group each.

    Otherwise everybody (an empty list).
    """
    groups = rota_groups()
    last = Cycle.objects.exclude(status=Cycle.Status.PAUSED).order_by("-month").first()
    if last is None or len(last.groups) != 1 or last.groups[0] not in groups:
        return []
    return [groups[(groups.index(last.groups[0]) + 1) % len(groups)]]
