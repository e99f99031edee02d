"""An action from done to verified and looked back on; sent back, moved, given to somebody else (S7)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from audits.after import following_actions, looking_back
from audits.after.following_actions import ActionError, give_to, look_back, move_deadline, send_back
from audits.models import ActionStep, Audit, SmartAction, Status
from people.models import OutgoingMail, User
from tests.audits.after.acting import REASON, SEEN, acted, done, later, verified
from tests.conftest import NOW, TODAY
from tests.factories import UserFactory

pytestmark = pytest.mark.usefixtures("today")


@pytest.fixture
def action(audit: Audit) -> SmartAction:
    """Of an audit whose Part B is signed; its owner is the worker."""
    return acted(audit)


def mails(kind: str) -> list[User]:
    rows = OutgoingMail.objects.filter(kind=kind).select_related("recipient").order_by("pk")
    return [row.recipient for row in rows]


def kinds(action: SmartAction) -> list[str]:
    return list(ActionStep.objects.filter(action=action).values_list("kind", flat=True))


def status(action: SmartAction) -> str:
    return Audit.objects.get(pk=action.audit_id).status


class TestVerifying:
    def test_by_the_team_manager_closes_the_audit(self, action: SmartAction, worker: User, team_manager: User) -> None:
        done(action, worker)
        assert (status(action), mails("action_to_verify")) == (Status.ACTIONS, [team_manager])
        now = verified(action, team_manager)
        assert (now.verified_by, now.verify_note, status(action)) == (team_manager, SEEN, Status.CLOSED)
        assert kinds(action) == ["done", "verified"]

    def test_is_open_to_auditor_service_and_programme(
        self, action: SmartAction, worker: User, auditor: User, head_of_service: User, psw: User
    ) -> None:
        done(action, worker)
        for person in (auditor, head_of_service, psw):
            with transaction.atomic():
                assert verified(action, person).verified_by == person
                transaction.set_rollback(True)

    def test_is_never_for_the_owner_or_who_recorded_it(
        self, action: SmartAction, worker: User, team_manager: User, auditor: User
    ) -> None:
        done(action, team_manager)
        for person in (worker, team_manager):
            with pytest.raises(ActionError, match="Somebody else has to verify"):
                verified(action, person)
        assert mails("action_to_verify") == [auditor]  # the team manager had a hand in it

    def test_is_not_for_somebody_with_no_part_in_it(self, action: SmartAction, worker: User) -> None:
        done(action, worker)
        with pytest.raises(ActionError, match="Only the team manager"):
            verified(action, UserFactory())

    def test_by_the_owner_is_refused_by_the_database_too(self, action: SmartAction, worker: User, psw: User) -> None:
        done(action, worker)
        with pytest.raises(IntegrityError), transaction.atomic():
            SmartAction.objects.filter(pk=action.pk).update(verified_on=TODAY, verified_by=worker, verify_note="x")

    def test_needs_something_done_and_something_seen(
        self, action: SmartAction, worker: User, team_manager: User
    ) -> None:
        with pytest.raises(ActionError, match="nothing to verify"):
            verified(action, team_manager)
        done(action, worker)
        with pytest.raises(ActionError) as refused:
            verified(action, team_manager, note="  yes ")
        assert refused.value.field == "note"

    def test_is_done_once(self, action: SmartAction, worker: User, team_manager: User, psw: User) -> None:
        done(action, worker)
        verified(action, team_manager)
        with pytest.raises(ActionError, match="verified already"):
            verified(action, psw)


class TestSendingBack:
    def test_opens_it_again_and_tells_the_owner(self, action: SmartAction, worker: User, team_manager: User) -> None:
        done(action, worker)
        now = send_back(action, reason="The father is not in the plan.", by=team_manager, at=NOW)
        assert (now.done_on, now.done_by, mails("action_sent_back")) == (None, None, [worker])
        assert ActionStep.objects.get(action=action, kind="done").note  # what was said stays on record
        done(action, worker)
        verified(action, team_manager)
        assert kinds(action) == ["done", "sent_back", "done", "verified"]
        assert (len(mails("action_to_verify")), status(action)) == (2, Status.CLOSED)

    def test_is_not_for_the_owner(self, action: SmartAction, worker: User) -> None:
        done(action, worker)
        with pytest.raises(ActionError, match="Somebody else"):
            send_back(action, reason="It is not done yet.", by=worker, at=NOW)

    def test_comes_too_late_once_verified(self, action: SmartAction, worker: User, psw: User, auditor: User) -> None:
        done(action, worker)
        verified(action, psw)
        with pytest.raises(ActionError, match="verified already"):
            send_back(action, reason="It is not done yet.", by=auditor, at=NOW)


class TestMovingTheDeadline:
    def test_keeps_the_first_one_and_counts_by_the_new_one(self, action: SmartAction, team_manager: User) -> None:
        first = action.due_on
        for days in (20, 40):
            move_deadline(
                action, due_on=TODAY + timedelta(days=days), reason=REASON, by=team_manager, at=NOW, today=TODAY
            )
        now = SmartAction.objects.get(pk=action.pk)
        assert (now.first_due_on, now.due_on, kinds(action)) == (first, TODAY + timedelta(days=40), ["moved", "moved"])
        assert not SmartAction.objects.overdue(first + timedelta(days=1)).exists()
        assert SmartAction.objects.overdue(TODAY + timedelta(days=41)).exists()
        assert mails("action_moved") == [action.owner, action.owner]

    def test_is_for_the_team_manager_and_the_programme(
        self, action: SmartAction, worker: User, auditor: User, psw: User
    ) -> None:
        day = TODAY + timedelta(days=30)
        for person in (worker, auditor):
            with pytest.raises(ActionError, match="Only the team manager"):
                move_deadline(action, due_on=day, reason=REASON, by=person, at=NOW, today=TODAY)
        assert move_deadline(action, due_on=day, reason=REASON, by=psw, at=NOW, today=TODAY).due_on == day

    @pytest.mark.parametrize(
        ("day", "reason", "field"),
        [(TODAY - timedelta(days=1), REASON, "due_on"), (date(2027, 2, 1), "late", "reason")],
    )
    def test_asks_for_a_day_to_come_and_a_reason(
        self, action: SmartAction, team_manager: User, day: date, reason: str, field: str
    ) -> None:
        with pytest.raises(ActionError) as refused:
            move_deadline(action, due_on=day, reason=reason, by=team_manager, at=NOW, today=TODAY)
        assert refused.value.field == field


class TestGivingToSomebodyElse:
    def test_tells_both(self, action: SmartAction, worker: User, team_manager: User) -> None:
        other = UserFactory(name="Olu Other", team=action.audit.team)
        now = give_to(action, owner=other, reason=REASON, by=team_manager, at=NOW)
        step = ActionStep.objects.get(action=action)
        assert (now.owner, step.before, step.after) == (other, worker.name, "Olu Other")
        assert (mails("action_given"), mails("action_given_away")) == ([other], [worker])

    def test_says_who_has_it_already(self, action: SmartAction, worker: User, team_manager: User) -> None:
        with pytest.raises(ActionError, match="already"):
            give_to(action, owner=worker, reason=REASON, by=team_manager, at=NOW)


class TestLookingBack:
    HELPED = "She says that she is seen now."

    def test_comes_after_the_weeks_of_the_rules(self, action: SmartAction, worker: User, team_manager: User) -> None:
        done(action, worker)
        verified(action, team_manager)
        said = {"helped": "yes", "note": self.HELPED}
        weeks = looking_back.weeks()
        with pytest.raises(ActionError, match="too early"):
            look_back(action, **said, by=worker, **later(weeks - 1))
        assert look_back(action, **said, by=worker, **later(weeks)).helped_by == worker
        with pytest.raises(ActionError, match="already"):
            look_back(action, **said, by=team_manager, **later(weeks))

    def test_is_asked_of_owner_and_team_manager_and_again_where_too_early(
        self, action: SmartAction, worker: User, team_manager: User, auditor: User
    ) -> None:
        done(action, worker)
        verified(action, team_manager)
        weeks = looking_back.weeks()

        def asked(person: User, after: int) -> bool:
            return bool(following_actions.to_look_back_on(person, today=later(after)["today"]))

        assert not asked(worker, weeks - 1)
        assert [asked(person, weeks) for person in (worker, team_manager, auditor)] == [True, True, False]
        look_back(action, helped="too_early", note="School has only begun.", by=worker, **later(weeks))
        assert [asked(worker, weeks + 1), asked(worker, weeks + 4)] == [False, True]
        look_back(action, helped="no", note="Nothing is different for her.", by=worker, **later(weeks + 4))
        assert not asked(worker, weeks + 9)

    def test_waits_for_somebody_to_verify_it(self, action: SmartAction, worker: User) -> None:
        done(action, worker)
        with pytest.raises(ActionError, match="not verified"):
            look_back(action, helped="yes", note=self.HELPED, by=worker, **later(12))


class TestWhoIsAsked:
    def test_to_verify_is_the_manager_and_the_auditor(
        self, action: SmartAction, worker: User, team_manager: User, auditor: User, psw: User, head_of_service: User
    ) -> None:
        done(action, worker)
        people = (team_manager, auditor, worker, psw, head_of_service)
        asked = [bool(following_actions.to_verify_for(person)) for person in people]
        assert asked == [True, True, False, False, False]

    def test_is_the_service_and_the_programme_where_neither_is_left(
        self, action: SmartAction, team_manager: User, auditor: User, psw: User, head_of_service: User
    ) -> None:
        done(action, team_manager)
        User.objects.filter(pk=auditor.pk).update(is_active=False)
        for person in (psw, head_of_service):
            assert list(following_actions.to_verify_for(person)) == [action]

    def test_costs_one_query(self, action: SmartAction, worker: User, auditor: User, django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
        done(action, worker)
        with django_assert_num_queries(1):
            [(row.owner.name, row.audit.team, row.done_by) for row in following_actions.to_verify_for(auditor)]
