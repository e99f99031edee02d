"""Two people at once on every step of Part B: one comes first, the other gets a sentence, nothing is half done."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from audits.after import part_b
from audits.models import Audit, PartB, PartBReturn, Side, Status, StatusChange
from people.models import OutgoingMail, User
from tests.audits.after.test_part_b import BACK, sign_manager, sign_worker
from tests.cast import answered, submitted
from tests.conftest import NOW, TODAY

pytestmark = [pytest.mark.usefixtures("today"), pytest.mark.django_db(transaction=True)]


def at_once(*work: Callable[[], object]) -> list[str]:
    """Do all of it at the same moment; "done" for each, or the sentence of the refusal."""
    barrier = Barrier(len(work))

    def one(do: Callable[[], object]) -> str:
        barrier.wait()
        try:
            do()
        except part_b.PartBError as refused:
            return str(refused)
        finally:
            connection.close()
        return "done"

    with ThreadPoolExecutor(len(work)) as pool:
        return list(pool.map(one, work))


@pytest.fixture
def weak(audit: Audit) -> Audit:
    """A submitted audit that requires improvement."""
    return submitted(audit, grade="requires-improvement", at=NOW, today=TODAY)


def back(audit: Audit, side: Side, by: User) -> PartBReturn:
    record = PartB.objects.select_related("audit").get(audit=audit)
    return part_b.send_back(record, side=side, comment=BACK, by=by, at=NOW, today=TODAY)


class TestAtOnce:
    def test_both_sign_and_the_audit_goes_on_once(self, weak: Audit) -> None:
        assert at_once(lambda: sign_worker(weak), lambda: sign_manager(weak)) == ["done", "done"]
        assert Audit.objects.get(pk=weak.pk).status == Status.ACTIONS
        assert StatusChange.objects.filter(audit=weak, step="answer").count() == 1

    def test_one_side_signs_twice_and_is_signed_once(self, weak: Audit) -> None:
        said = at_once(lambda: sign_worker(weak), lambda: sign_worker(weak, comment="Other words."))
        assert sorted(said) == ["The worker’s part is signed already.", "done"]

    def test_the_manager_signs_while_the_workers_part_is_sent_back(
        self, weak: Audit, team_manager: User, psw: User
    ) -> None:
        sign_worker(weak)
        said = at_once(lambda: sign_manager(weak), lambda: back(weak, Side.WORKER, psw))
        assert said == ["done", "done"]  # whichever comes first, the worker has to write again
        now = Audit.objects.select_related("part_b").get(pk=weak.pk)
        assert (now.status, now.part_b.worker_signed_at) == (Status.WITH_TEAM, None)
        assert now.part_b.manager_signed_at == NOW

    def test_the_other_side_signs_while_it_sends_back(self, weak: Audit, team_manager: User) -> None:
        """In two windows: whichever comes first decides, and the audit is never in between."""
        sign_worker(weak)
        said = at_once(lambda: sign_manager(weak), lambda: back(weak, Side.WORKER, team_manager))
        now = Audit.objects.select_related("part_b").get(pk=weak.pk)
        assert said[0] == "done"
        expected = Status.WITH_TEAM if said[1] == "done" else Status.ACTIONS
        assert now.status == expected
        assert (now.part_b.worker_signed_at is None) == (said[1] == "done")

    def test_two_send_the_same_part_back_and_one_comment_stands(
        self, weak: Audit, team_manager: User, psw: User, auditor: User
    ) -> None:
        answered(weak, at=NOW, today=TODAY)
        records = [PartB.objects.select_related("audit").get(audit=weak) for _ in range(2)]
        work = [
            lambda r=record, by=by: part_b.send_back(  # type: ignore[misc]  # bound now
                r, side=Side.WORKER, comment=BACK, by=by, at=NOW, today=TODAY
            )
            for record, by in zip(records, (psw, auditor), strict=True)
        ]
        said = at_once(*work)
        assert sorted(said) == ["Somebody else has sent it back meanwhile. Their comment stands.", "done"]
        assert PartBReturn.objects.count() == OutgoingMail.objects.filter(kind="part_b_back").count() == 1

    def test_both_parts_are_sent_back_as_two_rounds(self, weak: Audit, psw: User, auditor: User) -> None:
        answered(weak, at=NOW, today=TODAY)
        said = at_once(lambda: back(weak, Side.WORKER, psw), lambda: back(weak, Side.MANAGER, auditor))
        assert said == ["done", "done"]
        assert sorted(PartBReturn.objects.values_list("round", flat=True)) == [1, 2]
        assert PartB.objects.get(audit=weak).round == 3

    def test_two_windows_save_and_nothing_typed_is_lost(self, weak: Audit, worker: User) -> None:
        def save(name: str) -> object:
            return part_b.save_draft(weak, side=Side.WORKER, typed={name: "Typed."}, base_revision=0, by=worker, at=NOW)

        assert at_once(lambda: save("comment"), lambda: save("finding_overall")) == ["done", "done"]
        stored = part_b.draft_of(PartB.objects.get(audit=weak), Side.WORKER).typed
        assert stored == {"comment": "Typed.", "finding_overall": "Typed."}
