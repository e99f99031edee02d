"""The steps that can be taken with an action after its audit: its form, who may, the one call that takes it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django import forms

from audits.after import action_rights, following_actions
from audits.forms import CompleteActionForm
from audits.forms.following import GiveActionForm, LookBackForm, MoveDeadlineForm, SendBackActionForm, VerifyActionForm
from audits.models import SmartAction
from people.models import User


@dataclass(frozen=True)
class Step:
    """One step: its words, who may take it, its form, whether the call wants today's date."""

    code: str
    title: str
    button: str
    before: str  # what will happen
    done: str  # what has happened
    may: Callable[[SmartAction, User], bool]
    form: type[forms.Form]
    take: Callable[..., SmartAction]
    wants_today: bool = True
    page: str = ""  # the address of its own page
    several: str = ""  # what it is called for many at once; empty where it is for one at a time

    def call(self, action: SmartAction, *, said: dict[str, Any], by: User, at: datetime, today: date) -> SmartAction:
        """Take it. Raises following_actions.ActionError."""
        day = {"today": today} if self.wants_today else {}
        return self.take(action, **said, by=by, at=at, **day)

    def bound(self, data: Any, *, today: date, adult: bool = False, owner: int | None = None) -> forms.Form:
        """Its form, filled with what was posted."""
        extra: dict[str, Any] = {}
        if self.form is MoveDeadlineForm:
            extra["today"] = today
        elif self.form is GiveActionForm:
            extra["people"] = User.objects.working_on(today).exclude(pk=owner).order_by("name")
        elif self.form is LookBackForm:
            extra["adult"] = adult
        return self.form(data, **extra)


STEPS = {
    step.code: step
    for step in (
        Step(
            "done",
            "Record it as done",
            "Record as done",
            "Somebody else is asked to verify it.",
            "The action is recorded as done. Somebody else is asked to verify it.",
            action_rights.may_complete,
            CompleteActionForm,
            following_actions.complete,
            page="audits:action",
            several="Record as done",
        ),
        Step(
            "verify",
            "Verify that it is done",
            "Verify it",
            "The audit closes when its last action is verified.",
            "The action is verified.",
            action_rights.may_verify,
            VerifyActionForm,
            following_actions.verify,
            page="audits:verify_action",
            several="Verify",
        ),
        Step(
            "send-back",
            "Send it back",
            "Send it back",
            "The action is open again, with the same deadline. Its owner is told.",
            "The action is open again, and its owner is told.",
            action_rights.may_send_back,
            SendBackActionForm,
            following_actions.send_back,
            page="audits:send_back_action",
            wants_today=False,
        ),
        Step(
            "deadline",
            "Move the deadline",
            "Move the deadline",
            "It counts as overdue by the new date. The first one stays on record, with how often it moved.",
            "The deadline is moved.",
            action_rights.may_steer,
            MoveDeadlineForm,
            following_actions.move_deadline,
            page="audits:move_action",
            several="Move the deadline",
        ),
        Step(
            "give",
            "Give it to somebody else",
            "Give it to them",
            "Both are told by email. The deadline stays as it is.",
            "The action is given on, and both are told.",
            action_rights.may_steer,
            GiveActionForm,
            following_actions.give_to,
            page="audits:give_action",
            wants_today=False,
            several="Give to somebody else",
        ),
        Step(
            "look-back",
            "Look back: did it help?",
            "Save what you think",
            "Your answer goes on record with the audit.",
            "What you think is saved.",
            action_rights.may_look_back,
            LookBackForm,
            following_actions.look_back,
            page="audits:look_back_on_action",
        ),
    )
}
SEVERAL = [step for step in STEPS.values() if step.several]
