"""A child at risk today (A16): told at once, to the right people, all or nothing, acknowledged in the portal."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.utils import DatabaseError, InternalError

from audits import immediate_risks, risk_reading
from audits.immediate_risks import RiskError, acknowledge, acknowledge_by, unacknowledged
from audits.models import Audit, ImmediateRisk, RiskRecipient, Share, Status
from audits.risk_recipients import Told, who_is_told
from people import absences
from people.models import Activity, OutgoingMail, Team, User
from people.roles import JobRole
from tests.cast import submitted
from tests.conftest import NOW, TODAY
from tests.factories import UserFactory

WORDS = {"concern": "Nobody has seen the child for five weeks.", "done_already": "Rang the duty team."}
YESTERDAY = TODAY - timedelta(days=1)


@pytest.fixture
def service_manager(team: Team) -> User:
    return UserFactory(name="Sani Service", job_role=JobRole.SERVICE_MANAGER, service=team.service)


def raised(audit: Audit, *, by: User | None = None, at: datetime = NOW, **changes: str) -> ImmediateRisk:
    who = by or audit.auditor
    risk, _ = immediate_risks.raise_risk(audit, **{**WORDS, **changes}, by=who, at=at, today=TODAY)
    return risk


def told(audit: Audit, by: User | None = None) -> list[tuple[str, str]]:
    return [(one.person.name, str(one.part)) for one in who_is_told(audit, by=by or audit.auditor, today=TODAY)]


def leave(*people: User) -> None:
    for person in people:
        person.leave_date = YESTERDAY
        person.save()


@pytest.mark.django_db
class TestWhoIsTold:
    TEAM, SERVICE, HEAD, PSW = "team_manager", "service_manager", "head_of_service", "programme"

    @pytest.fixture(autouse=True)
    def everybody(self, audit: Audit, service_manager: User, head_of_service: User, psw: User) -> None:
        """A council in which every post is filled."""

    def test_are_both_managers_and_to_know_head_and_psw(self, audit: Audit) -> None:
        assert told(audit) == [
            ("Tamar Manager", self.TEAM),
            ("Sani Service", self.SERVICE),
            ("Hana Head", self.HEAD),
            ("Petra Programme", self.PSW),
        ]

    def test_must_acknowledge_are_the_managers_only(self, audit: Audit) -> None:
        both = [one.person.name for one in who_is_told(audit, by=audit.auditor, today=TODAY) if one.must_acknowledge]
        assert both == ["Tamar Manager", "Sani Service"]

    def test_follow_the_case_to_the_team_that_holds_it_today(
        self, audit: Audit, other_team: Team, team_manager: User
    ) -> None:
        now = UserFactory(name="Mo Meadow", job_role=JobRole.DEPUTY_TEAM_MANAGER, team=other_team)
        audit.case.team = other_team
        audit.case.save()
        leave(*User.objects.filter(job_role=JobRole.SERVICE_MANAGER, service=other_team.service))
        assert told(audit)[0] == (now.name, self.TEAM)

    def test_are_the_deputy_where_the_manager_has_left(self, audit: Audit, team_manager: User, team: Team) -> None:
        UserFactory(name="Dee Deputy", job_role=JobRole.DEPUTY_TEAM_MANAGER, team=team)
        leave(team_manager)
        assert told(audit)[0] == ("Dee Deputy", self.TEAM)

    def test_are_the_deputy_while_the_manager_is_away(
        self, audit: Audit, team_manager: User, team: Team, psw: User
    ) -> None:
        absences.add(team_manager, starts=TODAY, ends=TODAY, reason="Leave", by=psw, at=NOW)
        assert told(audit)[0] == ("Hana Head", self.TEAM)
        UserFactory(name="Dee Deputy", job_role=JobRole.DEPUTY_TEAM_MANAGER, team=team)
        assert told(audit)[0] == ("Dee Deputy", self.TEAM)

    def test_are_head_and_psw_where_the_managers_have_left(
        self, audit: Audit, team_manager: User, service_manager: User
    ) -> None:
        leave(team_manager, service_manager)
        assert told(audit) == [("Hana Head", self.TEAM), ("Petra Programme", self.SERVICE)]

    def test_never_are_whoever_writes_the_audit(self, audit: Audit, team_manager: User, service_manager: User) -> None:
        audit.auditor, audit.supervisor = team_manager, service_manager
        audit.save()
        assert told(audit) == [("Hana Head", self.TEAM), ("Petra Programme", self.SERVICE)]

    def test_never_are_nobody(self, audit: Audit) -> None:
        """As long as anybody who leads works in the council beside the auditor."""
        leave(*User.objects.exclude(pk=audit.auditor_id))
        assert told(audit) == []
        UserFactory(name="Asa Director", job_role=JobRole.ASSISTANT_DIRECTOR)
        assert told(audit) == [("Asa Director", self.TEAM)]
        UserFactory(name="Far Manager", job_role=JobRole.TEAM_MANAGER)
        assert told(audit) == [("Asa Director", self.TEAM), ("Far Manager", self.SERVICE)]

    def test_are_the_service_manager_above_the_team_first(self, audit: Audit, team: Team, team_manager: User) -> None:
        above = UserFactory(name="Uma Upper", job_role=JobRole.SERVICE_MANAGER, service=team.service)
        team_manager.line_manager = above
        team_manager.save()
        assert told(audit)[1] == ("Uma Upper", self.SERVICE)

    def test_are_found_without_a_team(self, audit: Audit) -> None:
        audit.case.team = audit.team = None
        audit.case.save()
        audit.save()
        assert told(audit)[0] == ("Tamar Manager", self.TEAM)
        assert told(audit)[1] == ("Petra Programme", self.SERVICE)

    def test_are_named_once(self, audit: Audit, service_manager: User) -> None:
        leave(service_manager)
        names = [name for name, _ in told(audit)]
        assert len(names) == len(set(names))


@pytest.mark.django_db
class TestRaising:
    @pytest.fixture(autouse=True)
    def everybody(self, audit: Audit, service_manager: User, head_of_service: User, psw: User) -> None:
        """A council in which every post is filled."""

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


@pytest.mark.django_db
class TestAcknowledging:
    @pytest.fixture
    def risk(self, audit: Audit, service_manager: User, head_of_service: User, psw: User) -> ImmediateRisk:
        return raised(audit)

    def test_says_who_does_what_and_tells_the_auditor(self, risk: ImmediateRisk, team_manager: User) -> None:
        row = acknowledge(risk, step=" I see the child at 16:00. ", by=team_manager, at=NOW)
        assert (row.acknowledged_at, row.step_taken) == (NOW, "I see the child at 16:00.")
        mail = OutgoingMail.objects.get(recipient=risk.raised_by)
        assert "Tamar Manager has seen" in mail.subject
        assert "16:00" not in mail.body

    def test_is_done_once(self, risk: ImmediateRisk, team_manager: User) -> None:
        acknowledge(risk, step="I go now.", by=team_manager, at=NOW)
        again = acknowledge(risk, step="I go now.", by=team_manager, at=NOW + timedelta(minutes=1))
        assert again.acknowledged_at == NOW
        with pytest.raises(RiskError, match="already"):
            acknowledge(risk, step="Something else.", by=team_manager, at=NOW)
        assert OutgoingMail.objects.filter(kind="risk seen").count() == 1

    def test_is_for_those_who_were_told(self, risk: ImmediateRisk, worker: User, auditor: User, psw: User) -> None:
        for person in (worker, auditor):
            with pytest.raises(RiskError, match="who were told"):
                acknowledge(risk, step="Seen.", by=person, at=NOW)
        assert acknowledge(risk, step="I have rung them both.", by=psw, at=NOW).acknowledged_at == NOW

    def test_says_what_happens(self, risk: ImmediateRisk, team_manager: User) -> None:
        with pytest.raises(RiskError) as refused:
            acknowledge(risk, step=" ", by=team_manager, at=NOW)
        assert refused.value.field == "step_taken"

    def test_is_waited_for_until_the_same_hour_of_the_next_working_day(
        self, risk: ImmediateRisk, team_manager: User
    ) -> None:
        day_after = NOW + timedelta(days=1)
        assert unacknowledged(day_after) == []
        late = unacknowledged(day_after + timedelta(minutes=1))
        assert [row.person.name for row in late] == ["Tamar Manager", "Sani Service"]
        acknowledge(risk, step="I go now.", by=team_manager, at=NOW)
        assert [row.person.name for row in unacknowledged(NOW + timedelta(days=9))] == ["Sani Service"]

    @pytest.mark.parametrize(
        ("raised_at", "until"),
        [
            (datetime(2026, 11, 13, 14, 2, tzinfo=UTC), datetime(2026, 11, 16, 14, 2, tzinfo=UTC)),  # Friday
            (datetime(2026, 11, 14, 23, 0, tzinfo=UTC), datetime(2026, 11, 16, 23, 0, tzinfo=UTC)),  # Saturday
            (datetime(2026, 12, 24, 9, 0, tzinfo=UTC), datetime(2026, 12, 29, 9, 0, tzinfo=UTC)),  # Christmas
            (datetime(2026, 10, 23, 8, 0, tzinfo=UTC), datetime(2026, 10, 26, 9, 0, tzinfo=UTC)),  # the clocks go back
        ],
    )
    def test_skips_days_off(self, raised_at: datetime, until: datetime) -> None:
        days_off = frozenset({date(2026, 12, 25), date(2026, 12, 28)})
        assert acknowledge_by(raised_at, holidays=days_off) == until


@pytest.mark.django_db
class TestHowItStands:
    @pytest.fixture
    def risk(self, audit: Audit, service_manager: User, head_of_service: User, psw: User) -> ImmediateRisk:
        return raised(audit)

    def test_names_who_has_not_answered_and_for_how_long(self, risk: ImmediateRisk, team_manager: User) -> None:
        state = risk_reading.state_of(risk, viewer=team_manager, at=NOW + timedelta(minutes=35))
        assert (state.names, state.ago, state.is_late) == ("Tamar Manager and Sani Service", "35 minutes", False)
        assert state.waits_for_me
        acknowledge(risk, step="I go now.", by=team_manager, at=NOW)
        state = risk_reading.state_of(risk, viewer=team_manager, at=NOW + timedelta(minutes=61))
        assert (state.names, state.ago, state.is_late, state.waits_for_me) == ("Sani Service", "1 hour", True, False)

    @pytest.mark.parametrize(
        ("minutes", "words"),
        [
            (0, "less than a minute"),
            (1, "1 minute"),
            (119, "1 hour"),
            (120, "2 hours"),
            (2879, "47 hours"),
            (2880, "2 days"),
        ],
    )
    def test_counts_in_words_people_use(self, minutes: int, words: str) -> None:
        assert risk_reading.how_long(timedelta(minutes=minutes, seconds=59)) == words

    def test_costs_an_audits_page_no_query(
        self, risk: ImmediateRisk, audit: Audit, psw: User, worker: User, django_assert_num_queries: Any
    ) -> None:
        rows = risk_reading.with_risks(Audit.objects.filter(pk=audit.pk), viewer=psw)
        with django_assert_num_queries(1):
            states = risk_reading.of_audit(rows.get(), viewer=psw, at=NOW)
        plain = risk_reading.of_audit(audit, viewer=psw, at=NOW)
        assert [(s.risk.pk, s.names, s.ago, s.risk.raised_by.name) for s in states] == [
            (s.risk.pk, s.names, s.ago, s.risk.raised_by.name) for s in plain
        ]
        blind = risk_reading.with_risks(Audit.objects.filter(pk=audit.pk), viewer=worker).get()
        assert risk_reading.of_audit(blind, viewer=worker, at=NOW) == []

    def test_on_the_home_page_takes_one_query_and_puts_ones_own_first(
        self, risk: ImmediateRisk, audit: Audit, team_manager: User, django_assert_num_queries: Any
    ) -> None:
        acknowledge(risk, step="I go now.", by=team_manager, at=NOW)
        mine = raised(audit, concern="Something new.", at=NOW + timedelta(minutes=5))
        with django_assert_num_queries(1):
            found = risk_reading.open_for(team_manager, at=NOW + timedelta(minutes=9), limit=5)
        assert [(state.risk, state.waits_for_me) for state in found] == [(mine, True), (risk, False)]

    def test_of_ones_own_is_not_crowded_out_by_older_ones(
        self, risk: ImmediateRisk, audit: Audit, team_manager: User
    ) -> None:
        acknowledge(risk, step="I go now.", by=team_manager, at=NOW)
        for number in range(1, 5):
            again = raised(audit, concern=f"Something {number}.", at=NOW + timedelta(minutes=number))
            acknowledge(again, step="I go now.", by=team_manager, at=NOW + timedelta(hours=1))
        mine = raised(audit, concern="Something new.", at=NOW + timedelta(hours=2))
        found = risk_reading.open_for(team_manager, at=NOW + timedelta(hours=3), limit=1)
        assert [state.risk for state in found] == [mine]

    def test_is_in_the_history_of_the_audit_and_on_the_list_without_what_it_is(
        self, risk: ImmediateRisk, audit: Audit, team_manager: User, psw: User, worker: User
    ) -> None:
        acknowledge(risk, step="I go now.", by=team_manager, at=NOW + timedelta(minutes=5))
        rows = risk_reading.with_risks(Audit.objects.filter(pk=audit.pk), viewer=psw)
        told_of = risk_reading.events_of(rows.get(), viewer=psw, at=NOW)
        assert [(each.words, each.by) for each in told_of] == [
            ("A child at risk was raised", audit.auditor.name),
            ("A child at risk was acknowledged", team_manager.name),
        ]
        marked = {who: risk_reading.mark_open(Audit.objects.all(), viewer=who).get().open_risk for who in (psw, worker)}
        assert marked == {psw: True, worker: False}

    @pytest.mark.parametrize("name", ["assistant_director", "worker", "administrator"])
    def test_is_nobody_elses_to_read(self, risk: ImmediateRisk, name: str, request: pytest.FixtureRequest) -> None:
        person = request.getfixturevalue(name)
        assert not ImmediateRisk.objects.visible_to(person).exists()
        assert risk_reading.open_for(person, at=NOW, limit=5) == []

    def test_of_an_audit_taken_back_can_still_be_read(self, risk: ImmediateRisk, audit: Audit, auditor: User) -> None:
        Audit.objects.filter(pk=audit.pk).update(status="withdrawn")
        assert ImmediateRisk.objects.visible_to(auditor).get() == risk


def test_told_says_whether_an_answer_is_waited_for(db: None) -> None:
    person = UserFactory()
    assert [Told(person, part).must_acknowledge for part in RiskRecipient.Part] == [False, True, True, False, False]
