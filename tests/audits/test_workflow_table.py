"""Every step × relation × state against a table written here by hand, and two people at once on every step."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

import pytest
from django.db import connection, transaction

from audits import submitting, workflow
from audits.after import disputes, mediation, part_b
from audits.after.reviewing import Came
from audits.models import Audit, Dispute, Mediation, SmartAction, Status, StatusChange, TemplateVersion
from audits.permissions import Relation
from audits.workflow import STEPS, WorkflowError, may_take, move
from people.models import Team, User
from people.roles import JobRole
from tests.allocation.meanwhile import PATIENCE, how_many_wait
from tests.audits.after.disagreeing import COMMON, disagreed, line, mediated, reviewed
from tests.cast import fill_in, submitted
from tests.conftest import NOW, TODAY
from tests.factories import AuditFactory, CaseFactory, UserFactory

STATES = [
    "allocated", "in_progress", "with_team", "disputed", "mediation", "actions", "closed", "exempt", "withdrawn",
]  # fmt: skip
PEOPLE = [
    "auditor", "supervisor", "worker", "manager", "programme", "owner", "verifier", "mediator", "reader",
]  # fmt: skip

# step: from where, to where, by whom. Written by hand from the life of an audit, not from the code (docs/workflow.md).
TABLE: dict[str, tuple[str, str, str]] = {
    "start":        ("allocated",             "in_progress", "auditor supervisor"),
    "submit":       ("allocated in_progress", "with_team",   "auditor"),
    "answer":       ("with_team",             "actions",     "worker manager portal"),
    "disagree":     ("with_team",             "disputed",    "worker manager"),
    "second round": ("disputed",              "disputed",    "worker manager"),
    "take back":    ("disputed",              "with_team",   "worker manager"),
    "settle":       ("disputed",              "with_team",   "auditor programme"),
    "mediate":      ("disputed",              "mediation",   "auditor programme"),
    "decide":       ("mediation",             "with_team",   "mediator"),
    "send back":    ("actions",               "with_team",   "auditor programme"),
    "close":        ("actions",               "closed",      "auditor worker manager programme owner verifier portal"),
    "exempt":       ("allocated in_progress", "exempt",      "programme"),
    "withdraw":     ("allocated in_progress", "withdrawn",   "programme"),
}  # fmt: skip
REASON = "For the reason that is on record."


def put(audit: Audit, state: str) -> Audit:
    """An audit in a state, whatever it was: only its row."""
    unfinished = state in {"allocated", "in_progress", "exempt", "withdrawn"}
    Audit.objects.filter(pk=audit.pk).update(
        status=state,
        submitted_at=None if unfinished else NOW,
        part_b_due_on=None if unfinished else date(2026, 11, 24),
        closed_at=NOW if state == "closed" else None,
    )
    return Audit.objects.get(pk=audit.pk)


@pytest.fixture
def cast(audit: Audit, psw: User, team: Team, other_team: Team) -> dict[str, User]:
    """One person for each relation, who is nothing else to the audit."""
    others = {name: UserFactory(name=f"Some {name}", team=other_team) for name in ("owner", "verifier", "reader")}
    supervisor = UserFactory(name="Some supervisor", job_role=JobRole.CONSULTANT_SOCIAL_WORKER)
    mediator = UserFactory(name="Some mediator", job_role=JobRole.QA_OFFICER)
    Audit.objects.filter(pk=audit.pk).update(supervisor=supervisor)
    SmartAction.objects.create(
        audit=audit, number=1, outcome="Seen.", how="Visit.", owner=others["owner"], due_on=TODAY,
        agreed_with_worker=True, done_on=TODAY, done_by=others["owner"], evidence="In the file.",
        verified_on=TODAY, verified_by=others["verifier"], verify_note="Seen it.",
    )  # fmt: skip
    assert audit.worker is not None
    assert audit.team_manager is not None
    dispute = Dispute.objects.create(
        audit=audit, round=1, state="mediation", raised_by=audit.worker, side="worker", raised_at=NOW, due_on=TODAY
    )
    Mediation.objects.create(dispute=dispute, asked_by=audit.auditor, asked_at=NOW).mediators.add(mediator)
    return {
        "auditor": audit.auditor,
        "supervisor": supervisor,
        "worker": audit.worker,
        "manager": audit.team_manager,
        "programme": psw,
        "mediator": mediator,
        **others,
    }


def taken(audit: Audit, step: str, by: User | None) -> bool:
    """Whether a step is really taken, with one line of history; undone afterwards."""
    before = StatusChange.objects.filter(audit=audit).count()
    try:
        with transaction.atomic():
            closing = {"submit": {"part_b_due_on": TODAY}}.get(step)
            moved = move(audit, step, by=by, at=NOW, reason=REASON, also=closing)
            assert moved.status == TABLE[step][1]
            assert StatusChange.objects.filter(audit=audit).count() == before + 1
            transaction.set_rollback(True)
    except WorkflowError:
        assert StatusChange.objects.filter(audit=audit).count() == before
        return False
    return True


class TestTable:
    def test_names_every_step_state_and_relation(self) -> None:
        assert set(TABLE) == set(STEPS)
        assert set(STATES) == set(Status.values)
        assert len(PEOPLE) == len(Relation)

    def test_is_what_may_be_done_by_everybody_in_every_state(self, audit: Audit, cast: dict[str, User]) -> None:
        surprises = []
        for state in STATES:
            now = put(audit, state)
            for step, (start, _, who) in TABLE.items():
                for person in PEOPLE:
                    expected = state in start.split() and person in who.split()
                    if may_take(now, step, by=cast[person]) != expected:
                        surprises.append((step, state, person, not expected))
        assert surprises == []

    def test_is_what_is_done_by_everybody_in_the_right_state(self, audit: Audit, cast: dict[str, User]) -> None:
        surprises = []
        for step, (start, _, who) in TABLE.items():
            now = put(audit, start.split()[0])
            for person in [*PEOPLE, "portal"]:
                if taken(now, step, cast.get(person)) != (person in who.split()):
                    surprises.append((step, person))
        assert surprises == []

    def test_is_what_is_done_in_every_state_by_the_right_person(self, audit: Audit, cast: dict[str, User]) -> None:
        surprises = []
        for state in STATES:
            now = put(audit, state)
            for step, (start, _, who) in TABLE.items():
                if taken(now, step, cast[who.split()[0]]) != (state in start.split()):
                    surprises.append((step, state))
        assert surprises == []

    def test_asks_for_a_reason_where_something_is_taken_away(self, audit: Audit, cast: dict[str, User]) -> None:
        asked = set()
        for step, (start, _, who) in TABLE.items():
            try:
                with transaction.atomic():
                    also = {"part_b_due_on": TODAY} if step == "submit" else None
                    move(put(audit, start.split()[0]), step, by=cast[who.split()[0]], at=NOW, reason=" ", also=also)
                    transaction.set_rollback(True)
            except WorkflowError:
                asked.add(step)
        assert asked == {"send back", "exempt", "withdraw"}


def at_once(audit: Audit, *works: Callable[[], Any]) -> list[Any]:
    """What these came to, each on a connection of its own, all begun while the audit's row is held."""
    with ThreadPoolExecutor(len(works)) as pool:
        with transaction.atomic():
            Audit.objects.select_for_update().get(pk=audit.pk)
            running = [pool.submit(_attempt, work) for work in works]
            for _ in range(PATIENCE):
                if how_many_wait() + sum(each.done() for each in running) >= len(works):
                    break
                time.sleep(0.01)
        return [each.result() for each in running]


def _attempt(work: Callable[[], Any]) -> Any:
    try:
        return work()
    except ValueError as error:  # what every domain error derives from
        return error
    finally:
        connection.close()


@pytest.mark.django_db(transaction=True)
class TestTwoAtOnce:
    """On every step one of two wins; the other is told that it is done, and there is one line of history."""

    def test_take_a_step_once(
        self, core_template: TemplateVersion, team: Team, worker: User, team_manager: User, auditor: User, psw: User
    ) -> None:
        heads = [UserFactory(name=f"Quality {n}", job_role=JobRole.QA_OFFICER) for n in (1, 2)]
        both, sides = (auditor, psw), (worker, team_manager)
        up = {"overall": Came("changed", "Seen.", grade="outstanding")}
        people = {"auditor": auditor, "worker": worker, "team_manager": team_manager}

        def begun() -> Audit:
            return AuditFactory(case=CaseFactory(team=team, worker=worker), template_version=core_template, **people)

        def finished() -> Audit:
            return submitted(begun(), at=NOW, today=TODAY)

        def in_dispute(*, failed: bool = False, given: bool = False) -> Audit:
            audit = finished()
            disagreed(audit, worker)
            if failed or given:
                reviewed(audit, auditor)
            if given:
                mediated(audit, auditor, *heads)
            return audit

        def ready() -> Audit:
            audit = begun()
            fill_in(audit, at=NOW, today=TODAY)
            return audit

        def moving(step: str, *who: User) -> list[Callable[[Audit], Any]]:
            return [lambda audit, by=by: move(audit, step, by=by, at=NOW, reason=REASON) for by in who]

        def signed() -> Audit:
            audit = finished()
            part_b.sign_as_worker(audit, comment="I agree.", by=worker, **COMMON)
            return audit

        def acting(do: Callable[..., Any], *who: User, **words: Any) -> list[Callable[[Audit], Any]]:
            return [lambda audit, by=by: do(audit, by=by, **words, **COMMON) for by in who]

        def answering(audit: Audit) -> Any:
            words = {"comment": "Fair.", "supervision_on": TODAY, "responses": {}}
            return part_b.sign_as_manager(audit, by=team_manager, **words, **COMMON)

        races: dict[str, tuple[Audit, list[Callable[[Audit], Any]]]] = {
            "start": (begun(), moving("start", auditor, auditor)),
            "submit": (ready(), acting(submitting.submit, auditor, auditor)),
            "answer": (signed(), [answering, answering]),
            "disagree": (finished(), acting(disputes.raise_dispute, *sides, lines=[line()])),
            "second round": (in_dispute(failed=True), acting(disputes.raise_dispute, *sides, lines=[line()])),
            "take back": (in_dispute(), acting(disputes.take_back, worker, worker)),
            "settle": (in_dispute(), [lambda a, by=by: reviewed(a, by, agreed=True, **up) for by in both]),
            "mediate": (in_dispute(failed=True), acting(mediation.ask, *both, mediators=heads)),
            "decide": (in_dispute(given=True), acting(mediation.decide, *heads, came=up, note="So.")),
            "send back": (put(finished(), "actions"), moving("send back", *both)),
            "close": (put(finished(), "actions"), moving("close", team_manager, worker)),
            "exempt": (begun(), moving("exempt", psw, psw)),
            "withdraw": (begun(), moving("withdraw", psw, psw)),
        }
        assert set(races) == set(workflow.STEPS)
        found = {}
        for step, (audit, works) in races.items():
            results = at_once(audit, *(lambda work=work, audit=audit: work(audit) for work in works))
            refused = sum(isinstance(each, ValueError) for each in results)
            found[step] = (refused, StatusChange.objects.filter(audit=audit, step=step).count())
        assert found == dict.fromkeys(STEPS, (1, 1))
