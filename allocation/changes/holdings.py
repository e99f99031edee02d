"""What somebody holds who leaves: audits under way, audits and learners they supervise, actions they own (P1)."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import QuerySet

from allocation.models import Competency
from audits.models import Audit, SmartAction
from people.models import User


@dataclass(frozen=True)
class HeldAudit:
    """An unfinished audit, and whether whoever looks may open it."""

    audit: Audit
    visible: bool


@dataclass(frozen=True)
class HeldAction:
    """An action that is not done, and whether whoever looks may open it."""

    action: SmartAction
    visible: bool


@dataclass(frozen=True)
class Holdings:
    """Everything that has to be settled when somebody leaves."""

    audits: tuple[HeldAudit, ...]
    supervised: tuple[HeldAudit, ...]  # audits of others that they go along with
    learners: tuple[Competency, ...]
    actions: tuple[HeldAction, ...]

    @property
    def is_empty(self) -> bool:
        """Whether nothing has to be settled."""
        return not (self.audits or self.supervised or self.learners or self.actions)


def holdings(person: User, *, viewer: User) -> Holdings:
    """What a person holds today, the first due first. Six queries, whatever the number of rows.

    That an audit or an action is there is said to whoever keeps the staff list; which one it is, only to those who
    may open it.
    """
    audits = Audit.objects.unfinished()
    actions = SmartAction.objects.filter(owner=person).open()
    learning = Competency.objects.filter(supervisor=person, state=Competency.State.LEARNING)
    seen = set(SmartAction.objects.visible_to(viewer).filter(owner=person).open().values_list("pk", flat=True))
    return Holdings(
        audits=_held(audits.filter(auditor=person), viewer),
        supervised=_held(audits.filter(supervisor=person).exclude(auditor=person), viewer),
        learners=tuple(learning.select_related("user", "template")),
        actions=tuple(
            HeldAction(action, action.pk in seen)
            for action in actions.select_related("audit").order_by("due_on", "audit__reference", "number")
        ),
    )


def _held(audits: QuerySet[Audit], viewer: User) -> tuple[HeldAudit, ...]:
    seen = set(Audit.objects.visible_to(viewer).filter(pk__in=audits.values("pk")).values_list("pk", flat=True))
    rows = audits.select_related("auditor").order_by("due_on", "reference")
    return tuple(HeldAudit(audit, audit.pk in seen) for audit in rows)
