"""Somebody no longer audits with a template, or learns again."""

from __future__ import annotations

from datetime import date

import pytest

from allocation.competence import competency
from allocation.models import Competency
from allocation.month_lock import CycleError
from people.models import OutgoingMail, User
from tests.allocation.competence.records import LATER, NOTE, State, now, say
from tests.conftest import NOW

pytestmark = pytest.mark.django_db


class TestWithdrawing:
    def test_keeps_the_record_and_says_why(self, withdrawn: Competency) -> None:
        record = now(withdrawn)
        assert (record.state, record.note) == (State.WITHDRAWN, NOTE)
        assert record.evaluations.count() == 2

    def test_wants_a_note(self, signed_off: Competency, psw: User) -> None:
        with pytest.raises(CycleError) as error:
            competency.withdraw(signed_off, note="gone", by=psw, at=NOW)
        assert error.value.field == "note"

    def test_taken_up_again_starts_from_nought(
        self, withdrawn: Competency, supervisor: User, psw: User, head_of_service: User, assistant_director: User
    ) -> None:
        competency.take_up_again(withdrawn, supervisor=supervisor, by=psw, at=LATER)
        record = now(withdrawn)
        assert (record.state, record.signed_off_by, record.note) == (State.LEARNING, None, "")
        assert competency.current_evaluations(record) == []
        with pytest.raises(CycleError, match="none have so far"):
            competency.sign_off(record, by=assistant_director, at=LATER)
        say(record, head_of_service, at=LATER)
        assert [said.by for said in competency.current_evaluations(record)] == [head_of_service]

    def test_is_not_undone_by_a_sign_off_from_before_the_portal(
        self, withdrawn: Competency, supervisor: User, psw: User
    ) -> None:
        """What was withdrawn is evaluated anew, even where the day given lies before they began here."""
        again = competency.take_up_again(withdrawn, supervisor=supervisor, by=psw, at=LATER)
        with pytest.raises(CycleError, match="was withdrawn and learns again"):
            competency.sign_off_before([again.user], again.template, note=NOTE, on=date(2025, 5, 1), by=psw, at=LATER)
        assert now(again).state == State.LEARNING

    def test_tells_them_again_when_they_learn_again(self, withdrawn: Competency, supervisor: User, psw: User) -> None:
        competency.take_up_again(withdrawn, supervisor=supervisor, by=psw, at=LATER)
        assert OutgoingMail.objects.filter(kind="competency_learning", recipient=withdrawn.user).count() == 2
