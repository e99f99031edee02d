"""What somebody holds who leaves: audits under way, audits and learners they supervise, actions they own (P1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from django.db.models import Model, QuerySet

from allocation.models import Competency
from audits.models import Audit, SmartAction
from people.models import User

Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True)
class Held(Generic[Row]):
    """What is held of one kind: the rows that whoever looks may open, and how many others there are."""

    named: tuple[Row, ...]
    others: int

    def __bool__(self) -> bool:
        """Whether anything of the kind is held."""
        return bool(self.named or self.others)


@dataclass(frozen=True)
class Holdings:
    """Everything that has to be settled when somebody leaves."""

    audits: Held[Audit]
    supervised: Held[Audit]  # audits of others that they go along with
    learners: Held[Competency]
    actions: Held[SmartAction]

    @property
    def is_empty(self) -> bool:
        """Whether nothing has to be settled."""
        return not (self.audits or self.supervised or self.learners or self.actions)


def holdings(person: User, *, viewer: User) -> Holdings:
    """What a person holds today, the first due first. Eight queries, whatever the number of rows.

    How many there are is said to whoever keeps the staff list; which ones, whose and due when, only to those who
    may open them.
    """
    audits = Audit.objects.unfinished().order_by("due_on", "reference")
    actions = SmartAction.objects.filter(owner=person).open().order_by("due_on", "audit__reference", "number")
    learning = Competency.objects.filter(supervisor=person, state=Competency.State.LEARNING)
    own, supervised = audits.filter(auditor=person), audits.filter(supervisor=person).exclude(auditor=person)
    open_audits, open_actions = Audit.objects.visible_to(viewer), SmartAction.objects.visible_to(viewer)
    return Holdings(
        audits=_held(own, open_audits),
        supervised=_held(supervised.select_related("auditor"), open_audits),
        learners=_held(learning.select_related("user", "template"), Competency.objects.visible_to(viewer)),
        actions=_held(actions.select_related("audit"), open_actions),
    )


def _held(rows: QuerySet[Row], visible: QuerySet[Row]) -> Held[Row]:
    named = tuple(rows.filter(pk__in=visible.values("pk")))
    return Held(named, rows.count() - len(named))
