"""People who were signed off before the portal, many at once."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from allocation.competence import competency
from allocation.models import Competency
from allocation.month_lock import CycleError
from audits.models import AuditTemplate
from people.models import OutgoingMail, User
from people.roles import JobRole
from tests.allocation.competence.records import LATER, NOTE, YESTERDAY, State, now
from tests.conftest import NOW, TODAY
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


class TestBeforeThePortal:
    def test_signs_off_many_at_once_without_mail(self, template: AuditTemplate, psw: User) -> None:
        people = UserFactory.create_batch(3, job_role=JobRole.IRO)
        made = competency.sign_off_before(people, template, note=NOTE, on=date(2025, 5, 1), by=psw, at=NOW)
        assert {record.user for record in made} == set(people)
        for record in Competency.objects.all():
            assert (record.state, record.signed_off_by) == (State.SIGNED_OFF, psw)
            assert record.note == f"Signed off before the portal: {NOTE}"
            assert record.signed_off_at == datetime(2025, 4, 30, 23, 0, tzinfo=UTC)  # midnight in London
        assert OutgoingMail.objects.count() == 0

    def test_takes_a_learner_signed_off_before_they_began_here(self, learning: Competency, psw: User) -> None:
        competency.sign_off_before([learning.user], learning.template, note=NOTE, on=YESTERDAY, by=psw, at=NOW)
        assert now(learning).state == State.SIGNED_OFF

    @pytest.mark.parametrize("on", [TODAY, TODAY + timedelta(days=1)])
    def test_is_no_way_round_the_evaluations_of_a_learner(self, learning: Competency, psw: User, on: date) -> None:
        with pytest.raises(CycleError, match="Lara Learner began to learn on 10 November 2026") as error:
            competency.sign_off_before([learning.user], learning.template, note=NOTE, on=on, by=psw, at=LATER)
        assert (error.value.field, now(learning).state) == ("on", State.LEARNING)

    def test_counts_the_day_in_london(self, learning: Competency, psw: User) -> None:
        """Half past midnight in summer, the evening before by the clock of the server."""
        Competency.objects.filter(pk=learning.pk).update(begun_at=datetime(2026, 6, 30, 23, 30, tzinfo=UTC))
        wanted: dict[str, Any] = {"note": NOTE, "by": psw, "at": NOW}
        with pytest.raises(CycleError, match="began to learn on 1 July 2026"):
            competency.sign_off_before([learning.user], learning.template, on=date(2026, 7, 1), **wanted)
        competency.sign_off_before([learning.user], learning.template, on=date(2026, 6, 30), **wanted)
        assert now(learning).state == State.SIGNED_OFF

    def test_is_all_or_none(self, signed_off: Competency, psw: User) -> None:
        other = UserFactory()
        with pytest.raises(CycleError, match="Lara Learner: signed off now"):
            competency.sign_off_before(
                [signed_off.user, other], signed_off.template, note=NOTE, on=TODAY, by=psw, at=NOW
            )
        assert not Competency.objects.filter(user=other).exists()

    @pytest.mark.parametrize(
        ("changes", "field"), [({"on": TODAY + timedelta(days=1)}, "on"), ({"note": "yes"}, "reason")]
    )
    def test_is_refused_for_a_day_to_come_or_an_empty_note(
        self, template: AuditTemplate, learner: User, psw: User, changes: dict[str, Any], field: str
    ) -> None:
        wanted: dict[str, Any] = {"note": NOTE, "on": TODAY, **changes}
        with pytest.raises(CycleError) as error:
            competency.sign_off_before([learner], template, **wanted, by=psw, at=NOW)
        assert error.value.field == field

    def test_is_never_about_oneself(self, template: AuditTemplate, assistant_director: User) -> None:
        with pytest.raises(CycleError, match="Somebody else"):
            competency.sign_off_before(
                [assistant_director], template, note=NOTE, on=TODAY, by=assistant_director, at=NOW
            )
