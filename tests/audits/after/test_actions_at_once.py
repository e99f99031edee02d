"""Two people at once on every step with an action: one comes first, the other gets a sentence."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection

from audits.after.following_actions import ActionError, give_to, look_back, move_deadline, send_back
from audits.models import ActionStep, Audit, SmartAction, StatusChange
from people.models import User
from tests.audits.after.acting import REASON, acted, done, later, verified
from tests.conftest import NOW, TODAY
from tests.factories import UserFactory

pytestmark = [pytest.mark.usefixtures("today"), pytest.mark.django_db(transaction=True)]


def at_once(*work: Callable[[], object]) -> list[str]:
    """Do all of it at the same moment; "done" for each, or the sentence of the refusal."""
    barrier = Barrier(len(work))

    def one(do: Callable[[], object]) -> str:
        barrier.wait()
        try:
            do()
        except ActionError as refused:
            return str(refused)
        finally:
            connection.close()
        return "done"

    with ThreadPoolExecutor(len(work)) as pool:
        return list(pool.map(one, work))


def kinds(action: SmartAction) -> list[str]:
    return list(ActionStep.objects.filter(action=action).values_list("kind", flat=True))


class TestAtOnce:
    def test_every_step_is_taken_once(
        self, audit: Audit, worker: User, team_manager: User, auditor: User, psw: User
    ) -> None:
        action, other = acted(audit), UserFactory()
        day = TODAY + timedelta(days=30)
        said = at_once(
            *[
                lambda by=by: move_deadline(action, due_on=day, reason=REASON, by=by, at=NOW, today=TODAY)  # type: ignore[misc]
                for by in (team_manager, psw)
            ]
        )
        assert sorted(said) == ["That is the deadline already.", "done"]
        said = at_once(*[lambda: give_to(action, owner=other, reason=REASON, by=psw, at=NOW)] * 2)
        assert sorted(said)[1] == "done"
        assert "already" in sorted(said)[0]
        said = at_once(lambda: done(action, other), lambda: done(action, team_manager))
        assert sorted(said) == ["This action is recorded as done already.", "done"]
        said = at_once(*[lambda: send_back(action, reason=REASON, by=auditor, at=NOW)] * 2)
        assert sorted(said)[1] == "done"
        assert "nothing to verify" in sorted(said)[0]
        done(action, other)
        said = at_once(lambda: verified(action, auditor), lambda: verified(action, psw))
        assert sorted(said) == ["This action is verified already.", "done"]
        assert StatusChange.objects.filter(audit=audit, step="close").count() == 1
        said = at_once(
            *[
                lambda by=by: look_back(action, helped="yes", note=REASON, by=by, **later(12))  # type: ignore[misc]
                for by in (other, team_manager)
            ]
        )
        assert sorted(said) == ["Somebody has looked back on this action already.", "done"]
        assert kinds(action) == ["moved", "given", "done", "sent_back", "done", "verified", "looked_back"]

    def test_sent_back_and_verified_is_only_one_of_the_two(
        self, audit: Audit, worker: User, team_manager: User, auditor: User
    ) -> None:
        action = acted(audit)
        done(action, worker)
        said = at_once(
            lambda: verified(action, team_manager), lambda: send_back(action, reason=REASON, by=auditor, at=NOW)
        )
        now = SmartAction.objects.get(pk=action.pk)
        assert said.count("done") == 1
        assert (now.verified_on is None) == (now.done_on is None)
