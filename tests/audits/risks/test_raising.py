"""A child at risk today (A16): told at once, to the right people, once, all or nothing."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.utils import DatabaseError, InternalError

from audits.immediate_risks import RiskError
from audits.models import Audit, ImmediateRisk, RiskRecipient, Share, Status
from people.models import Activity, OutgoingMail, User
from people.roles import JobRole
from tests.audits.risks.raising import WORDS, leave, raised
from tests.cast import submitted
from tests.conftest import NOW, TODAY
from tests.factories import UserFactory


@pytest.mark.django_db
@pytest.mark.usefixtures("everybody")
class TestRaising:
    def test_works_before_anything_is_written(self, audit: Audit) -> None:
        risk = raised(audit)
        audit.refresh_from_db()
        assert audit.status == Status.ALLOCATED
        assert (risk.number, risk.concern, risk.raised_at) == (1, WORDS["concern"], NOW)

    def test_mails_everybody_at_once_without_a_word_about_the_child(self, audit: Audit) -> None:
        risk = raised(audit)
        mails = list(OutgoingMail.objects.order_by("pk"))
        assert [mail.recipient.name for mail in mails] == [
            "Tamar Manager",
            "Sani Service",
            "Hana Head",
            "Petra Programme",
        ]
        assert all(mail.urgent and f"/risks/{risk.pk}/" in mail.body for mail in mails)
        secrets = (WORDS["concern"], audit.case.child_name, audit.case.reference, "five weeks")
        assert [mail.pk for mail in mails if any(one in mail.body + mail.subject for one in secrets)] == []
        assert "say there what you do" in mails[0].body
        assert "for you to know" in mails[2].body

    def test_is_on_record_and_in_the_log_of_shares(self, audit: Audit) -> None:
        raised(audit)
        assert Activity.objects.filter(target=f"audit:{audit.reference}", verb__contains="risk").count() == 1
        assert Share.objects.filter(audit=audit, part__contains="child at risk").count() == 4

    def test_again_says_something_else(self, audit: Audit) -> None:
        raised(audit)
        assert raised(audit, concern="There is a new bruise.").number == 2
        assert OutgoingMail.objects.count() == 8

    def test_twice_in_a_moment_is_once(self, audit: Audit) -> None:
        first = raised(audit)
        assert raised(audit, at=NOW + timedelta(seconds=40)) == first
        assert OutgoingMail.objects.count() == 4
        assert raised(audit, at=NOW + timedelta(hours=1)) != first

    def test_is_for_the_auditor_and_who_supervises_until_it_is_taken_back(
        self, audit: Audit, worker: User, psw: User
    ) -> None:
        supervisor = UserFactory(name="Sunny Supervisor", job_role=JobRole.CONSULTANT_SOCIAL_WORKER)
        audit.supervisor = supervisor
        audit.save()
        assert raised(audit, by=supervisor).raised_by == supervisor
        for person in (worker, psw):
            with pytest.raises(RiskError, match="not yours"):
                raised(audit, by=person)
        submitted(audit, at=NOW, today=TODAY)
        assert raised(audit, concern="Seen in the response.").number == 2
        Audit.objects.filter(pk=audit.pk).update(status="withdrawn", submitted_at=None)
        with pytest.raises(RiskError, match="taken back"):
            raised(audit, concern="Too late here.")

    def test_says_what_it_is(self, audit: Audit) -> None:
        with pytest.raises(RiskError) as refused:
            raised(audit, concern="  ")
        assert refused.value.field == "concern"

    def test_says_so_where_there_is_nobody_to_tell(self, audit: Audit) -> None:
        leave(*User.objects.exclude(pk=audit.auditor_id))
        with pytest.raises(RiskError, match="Ring the managers"):
            raised(audit)
        assert not ImmediateRisk.objects.exists()

    def test_freezes_who_was_told(self, audit: Audit, team_manager: User) -> None:
        risk = raised(audit)
        leave(team_manager)
        assert risk.recipients.filter(person=team_manager, part="team_manager").exists()

    def test_cannot_be_changed_or_deleted(self, audit: Audit) -> None:
        risk = raised(audit)
        rows = ImmediateRisk.objects.filter(pk=risk.pk)
        for change in (lambda: rows.update(concern="Nothing."), rows.delete):
            with pytest.raises((InternalError, DatabaseError)), transaction.atomic():
                change()
        assert rows.get().concern == WORDS["concern"]

    def test_is_all_or_nothing(self, audit: Audit) -> None:
        """The connection breaks after the first statement, after the second, and so on (R8)."""
        tables = (ImmediateRisk, RiskRecipient, OutgoingMail, Share, Activity)
        before = [table.objects.count() for table in tables]
        statements = 0
        for stop_after in range(200):
            with BreaksAfter(stop_after) as broken, transaction.atomic():
                try:
                    raised(audit)
                except Broken:
                    transaction.set_rollback(False)
                else:
                    statements = stop_after
                    transaction.set_rollback(True)
            assert [table.objects.count() for table in tables] == before
            if statements:
                break
        assert statements > 20
        assert not broken.raised


class Broken(Exception):
    """The database is gone."""


class BreaksAfter:
    """While open, the statement after so many raises."""

    def __init__(self, statements: int) -> None:
        self.left, self.raised = statements, False

    def __enter__(self) -> BreaksAfter:
        self.wrapper = connection.execute_wrapper(self)
        self.wrapper.__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        self.wrapper.__exit__(*error)

    def __call__(self, execute: Callable[..., Any], sql: str, *arguments: Any) -> Any:
        if sql.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK")) or self.raised:
            return execute(sql, *arguments)
        if self.left == 0:
            self.raised = True
            raise Broken
        self.left -= 1
        return execute(sql, *arguments)


@pytest.mark.django_db(transaction=True)
class TestTwoClicks:
    def test_at_the_same_moment_raise_it_once(
        self, audit: Audit, service_manager: User, head_of_service: User, psw: User
    ) -> None:
        barrier = Barrier(4)

        def click(_: int) -> int:
            try:
                barrier.wait()
                return raised(audit).pk
            finally:
                connection.close()

        with ThreadPoolExecutor(4) as pool:
            assert len(set(pool.map(click, range(4)))) == 1
        assert ImmediateRisk.objects.count() == 1
        assert OutgoingMail.objects.count() == 4
