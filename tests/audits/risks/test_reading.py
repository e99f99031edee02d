"""How a child at risk stands: who has not answered and for how long, and who may read of it (A16)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from audits import risk_reading
from audits.immediate_risks import acknowledge
from audits.models import Audit, ImmediateRisk
from people.models import User
from tests.audits.risks.raising import raised
from tests.conftest import NOW


@pytest.mark.django_db
class TestHowItStands:
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
