"""A learner audits under supervision (P4): ask the supervisor, who reads it and agrees, before it is submitted."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from django.db import transaction

from audits import messages_co_auditing
from audits.answering import NotWritable, contents_of, lock
from audits.messages import about
from audits.models import Audit, PageAnswers
from audits.pages import IS_UNLISTED, Problem
from audits.readiness import what_is_missing
from audits.structure import form_of
from people import activity
from people.line_management import working
from people.models import User

# What is written in an action before the audit is submitted.
ACTION_WRITTEN = ("outcome", "how", "owner", "due_on", "immediate", "agreed_with_worker", "why_not_agreed")


class AgreementError(ValueError):
    """The supervisor's agreement cannot be asked for or given now; the message says what to do."""


class Stage(StrEnum):
    """Where the supervisor's agreement stands."""

    NO_SUPERVISOR = "no_supervisor"
    LEFT = "left"  # no longer works here: nobody's agreement is waited for
    OPEN = "open"
    ASKED = "asked"
    AGREED = "agreed"


@dataclass(frozen=True, slots=True)
class Agreement:
    """Where it stands, with the supervisor whom it depends on."""

    stage: Stage
    supervisor: User | None = None

    @property
    def needed(self) -> bool:
        """Whether submitting waits for it."""
        return self.stage in {Stage.OPEN, Stage.ASKED}


def agreement(audit: Audit, *, today: date) -> Agreement:
    """Where the supervisor's agreement with an audit stands. No query where the supervisor was read with it."""
    if audit.supervisor_id is None or audit.supervisor is None:
        return Agreement(Stage.NO_SUPERVISOR)
    if audit.supervisor_agreed_at is not None:
        return Agreement(Stage.AGREED, audit.supervisor)
    if not working(audit.supervisor, today=today):
        return Agreement(Stage.LEFT, audit.supervisor)
    return Agreement(Stage.ASKED if audit.agreement_asked_at else Stage.OPEN, audit.supervisor)


def agreement_problems(audit: Audit, *, today: date) -> list[Problem]:
    """That the supervisor has not agreed yet, as something that is missing; nothing where nobody has to."""
    found = agreement(audit, today=today)
    if not found.needed or found.supervisor is None:
        return []
    name = found.supervisor.name
    if found.stage == Stage.ASKED:
        return [Problem("supervisor", "", f"{name} has been asked, and has not agreed yet")]
    return [Problem("supervisor", "", f"Ask {name}, who supervises you, to read it and agree")]


def ask(audit: Audit, *, by: User, at: datetime, today: date) -> Audit:
    """The learner has finished and asks the supervisor to agree; asking twice in a row tells them once.

    Raises NotThere, NotWritable, or AgreementError where nobody has to agree or something else is missing.
    """
    with transaction.atomic():
        locked = lock(audit.reference, by=by)
        if locked.auditor_id != by.pk:
            raise NotWritable("Only the auditor can ask for this.")
        found = agreement(locked, today=today)
        if found.stage == Stage.ASKED:
            return locked
        if not found.needed or found.supervisor is None:
            raise AgreementError("Nobody has to agree with this audit before you submit it.")
        if what_is_missing(locked, contents_of(locked), form=form_of(locked.template_version_id), today=today):
            raise AgreementError("Answer what is still missing first, then ask.")
        locked.agreement_asked_at = at
        locked.save(update_fields=["agreement_asked_at", "updated_at"])
        messages_co_auditing.asked(locked, found.supervisor, at=at)
        activity.record("asked the supervisor to agree", target=about(locked), by=by, at=at)
    return locked


def agree(audit: Audit, *, seen: str, by: User, at: datetime, today: date) -> Audit:
    """The supervisor agrees with what is written. `seen` is the fingerprint of what they had before them.

    Raises NotThere, NotWritable, or AgreementError where it was changed since, or has been agreed already.
    """
    with transaction.atomic():
        locked = lock(audit.reference, by=by)
        if locked.supervisor_id != by.pk:
            raise NotWritable("Only the supervisor of the auditor can agree.")
        if locked.supervisor_agreed_at is not None:
            return locked
        if fingerprint(locked) != seen:
            raise AgreementError("It was changed while you were reading. Read what changed, then agree.")
        if what_is_missing(locked, contents_of(locked), form=form_of(locked.template_version_id), today=today):
            raise AgreementError("Something is still missing. Agree when everything is answered.")
        locked.supervisor_agreed_at, locked.agreement_asked_at = at, None
        locked.save(update_fields=["supervisor_agreed_at", "agreement_asked_at", "updated_at"])
        messages_co_auditing.agreed(locked, at=at)
        activity.record("agreed with what a learning auditor wrote", target=about(locked), by=by, at=at)
    return locked


def take_back_agreement(audit: Audit) -> None:
    """What was agreed with has changed: the supervisor has to agree again. The caller holds the audit's lock."""
    if audit.supervisor_agreed_at is not None:
        audit.supervisor_agreed_at = None
        Audit.objects.filter(pk=audit.pk).update(supervisor_agreed_at=None)


def forget(audit: Audit) -> tuple[str, ...]:
    """Empty what was asked of and agreed by a supervisor who is not theirs any more; returns the fields to save."""
    audit.agreement_asked_at = audit.supervisor_agreed_at = None
    return ("agreement_asked_at", "supervisor_agreed_at")


def fingerprint(audit: Audit) -> str:
    """What is written now, as a short text that differs after any change of a page, an action or a learning point."""
    stored = PageAnswers.objects.filter(audit=audit).exclude(IS_UNLISTED)
    pages = stored.order_by("page").values_list("page", "revision")
    actions = audit.smart_actions.order_by("pk").values_list("pk", *ACTION_WRITTEN)
    points = audit.learning_points.order_by("pk").values_list("pk", "what", "how", "who", "due_on")
    written = json.dumps([list(pages), list(actions), list(points)], default=str)
    return hashlib.sha256(written.encode()).hexdigest()[:20]
