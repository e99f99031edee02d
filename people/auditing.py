"""Whether, how often and in which rota group a person audits every month (P2, P3)."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from people import activity
from people.models import User

MOST_A_MONTH = 31  # as the staff import allows


@transaction.atomic
def change(
    person: User, *, audits_as_rule: bool | None, audit_group: str, monthly_quota: int, by: User, at: datetime
) -> User:
    """Set whether a person audits (None: as the job role says), the rota group, and how many audits every month.

    What differs is recorded; nothing is written where nothing differs.
    """
    current = User.objects.select_for_update(no_key=True).get(pk=person.pk)
    wanted = {"audits_as_rule": audits_as_rule, "audit_group": audit_group.strip(), "monthly_quota": monthly_quota}
    changed = {name: value for name, value in wanted.items() if getattr(current, name) != value}
    if changed:
        before = {f"{name}_before": getattr(current, name) for name in changed}
        for name, value in changed.items():
            setattr(current, name, value)
        current.save(update_fields=list(changed))
        activity.record("changed how somebody audits", target=f"person:{person.pk}", by=by, at=at, **changed, **before)
    return current
