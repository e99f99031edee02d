"""Who goes along with a learner's audits: a supervisor found later is put on those that are not finished (P4)."""

from __future__ import annotations

from datetime import datetime

from django.db.models import QuerySet

from allocation import messages
from allocation.changes.handover import lock_audits, own_part
from allocation.changes.overtaken import tell_supervisor
from allocation.eligibility.ties import ties_of
from allocation.models import Competency, Cycle
from allocation.month_lock import lock_month
from audits import co_auditing
from audits.models import Audit, AuditTemplate
from people import activity, mail
from people.models import User


def lock_months_of(user: User, template: AuditTemplate) -> None:
    """Lock the months of somebody's unfinished audits with a template, the earliest first, to the transaction's end."""
    months = _unfinished(user, template).order_by("month").values_list("month", flat=True).distinct()
    for month in months:
        lock_month(month)


def go_along(record: Competency, *, by: User, at: datetime) -> list[Audit]:
    """Put a learner's supervisor on the learner's unfinished audits; returns the audits changed.

    They are told of each, and so is whoever went along with it until now.

    An audit whose case the supervisor is bound to stays as it is: what needs attention names it. For callers who
    hold the locks of the months (see lock_months_of).
    """
    supervisor = record.supervisor
    if supervisor is None:
        return []
    ids = _unfinished(record.user, record.template).values_list("pk", flat=True)
    locked = [each for each in lock_audits(*ids).values() if each.is_unfinished and each.auditor_id == record.user_id]
    changed = [each for each in locked if each.supervisor_id != supervisor.pk and not _is_bound(supervisor, each)]
    for audit in changed:
        before, audit.supervisor = audit.supervisor, supervisor
        audit.save(update_fields=["supervisor", *co_auditing.forget(audit), "updated_at"])
        detail = {"from": before.pk if before else None, "to": supervisor.pk}
        about = f"audit:{audit.reference}"
        done = activity.record("changed an audit's supervisor", target=about, by=by, at=at, **detail)
        mail.queue_many([messages.case_supervised(audit, supervisor=supervisor, at=at, change=done.pk)])
        if before is not None:
            tell_supervisor(audit, before, by=by, at=at)
    return changed


def _unfinished(user: User, template: AuditTemplate) -> QuerySet[Audit]:
    return Audit.objects.unfinished().filter(auditor=user, template_version__template=template)


def _is_bound(person: User, audit: Audit) -> bool:
    """Whether something ties a person to an audit's case today, or did when it was given out."""
    if own_part(audit, person):
        return True
    cycle = Cycle.objects.filter(month=audit.month).first()
    return cycle is not None and bool(ties_of(cycle, [audit.case_id])[audit.case_id].kinds(person))
