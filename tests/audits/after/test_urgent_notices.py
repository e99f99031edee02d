"""An urgent audit: told with its submission or not at all, answered with a step, taken up where nobody answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction

from audits import immediate_risks, risk_reading, submitting
from audits.acknowledging import still_waited_for
from audits.after.notice_recipients import DUTY
from audits.after.urgent_notices import NoticeError, acknowledge, go_up, unanswered, waiting_for
from audits.models import Audit, NoticeRecipient, Share, Status, UrgentNotice
from audits.structure import form_of
from audits.telling import who_is_told, who_was_told
from audits.whole_audit import whole_audit, with_everyone
from people.models import Activity, OutgoingMail, User
from people.roles import JobRole
from tests.audits.after.noticing import Scene, leave
from tests.cast import fill_in
from tests.conftest import NOW, TODAY
from tests.factories import UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]
LATER = NOW + timedelta(days=2)
STEP = "I see the child at 16:00 with the duty worker."


@pytest.fixture
def scene(audit: Audit, psw: User, head_of_service: User, other_team: Any) -> Scene:
    return Scene(audit, psw, head_of_service, other_team)


@pytest.fixture
def notice(scene: Scene) -> UrgentNotice:
    """Everybody is there: worker and team manager must answer, head of service and PSW are to know."""
    scene.submit()
    return UrgentNotice.objects.get()


def row_of(notice: UrgentNotice, person: User) -> NoticeRecipient:
    return NoticeRecipient.objects.get(notice=notice, person=person)


def silent() -> set[str]:
    return {row.person.name for row in unanswered().select_related("person")}


class TestWithTheSubmission:
    def test_stands_or_falls_with_it_whatever_breaks_and_when(self, audit: Audit, head_of_service: User) -> None:
        """R8: an exception after each statement in turn leaves nothing, and after the last one everything."""
        fill_in(audit, grade="inadequate", outcomes="not_met", at=NOW, today=TODAY)
        with transaction.atomic(), counting() as seen:
            self.submit(audit)
            statements = seen()
            transaction.set_rollback(True)
        assert statements > 40
        for number in range(1, statements + 1):
            with breaking_after(number), pytest.raises(Broken), transaction.atomic():
                self.submit(audit)
            assert self.state(audit) == (Status.IN_PROGRESS, 0, 0, 0, 0), f"after statement {number}"
        self.submit(audit)
        assert self.state(audit) == (Status.WITH_TEAM, 1, 3, 3, 3)

    def submit(self, audit: Audit) -> None:
        submitting.submit(audit, by=audit.auditor, at=NOW, today=TODAY)

    def state(self, audit: Audit) -> tuple[Any, ...]:
        told = OutgoingMail.objects.filter(kind="urgent").count()
        rows = NoticeRecipient.objects.filter(notice__audit=audit).count()
        shares = Share.objects.filter(audit=audit).count()
        return Audit.objects.get(pk=audit.pk).status, UrgentNotice.objects.count(), rows, told, shares

    def test_freezes_who_was_told(self, notice: UrgentNotice, worker: User, team_manager: User) -> None:
        leave(worker, team_manager)
        assert silent() == {"Wren Worker", "Tamar Manager"}

    def test_sends_the_usual_mail_to_who_answers_part_b_but_does_not_hold_the_case(
        self, audit: Audit, worker: User, head_of_service: User
    ) -> None:
        fill_in(audit, grade="inadequate", outcomes="not_met", at=NOW, today=TODAY)
        audit.case.worker = UserFactory(name="Nia New", team=audit.team)
        audit.case.save()
        submitting.submit(audit, by=audit.auditor, at=NOW, today=TODAY)
        kinds = dict(OutgoingMail.objects.values_list("recipient__name", "kind"))
        assert kinds["Nia New"] == "urgent"
        assert kinds["Wren Worker"] == "submitted"

    def test_names_beforehand_whom_it_tells(self, audit: Audit, head_of_service: User, psw: User) -> None:
        fill_in(audit, grade="inadequate", outcomes="not_met", at=NOW, today=TODAY)
        before = [(one.person.name, one.mail) for one in who_is_told(audit, urgent=True, today=TODAY)]
        submitting.submit(audit, by=audit.auditor, at=NOW, today=TODAY)
        after = [(one.person.name, one.mail) for one in who_was_told(Audit.objects.get(pk=audit.pk)).finished]
        assert sorted(before) == sorted(after)
        assert ("Hana Head", "know") in before

    def test_says_nothing_of_child_or_grade_in_a_mail(self, notice: UrgentNotice) -> None:
        texts = " ".join(f"{mail.subject} {mail.body}" for mail in OutgoingMail.objects.all())
        for word in (notice.audit.case.child_name, notice.audit.case.reference, "nadequate"):
            assert word not in texts
        assert f"/notices/{notice.pk}/" in texts


class Broken(Exception):
    """What a dying process looks like from inside a transaction."""


@contextmanager
def counting() -> Iterator[Callable[[], int]]:
    """How many statements ran since."""
    done = 0

    def count(execute: Any, *given: Any) -> Any:
        nonlocal done
        done += 1
        return execute(*given)

    form_of.cache_clear()
    with connection.execute_wrapper(count):
        yield lambda: done


@contextmanager
def breaking_after(number: int) -> Iterator[None]:
    """The statement of this number runs, and then everything breaks."""
    done = 0

    def breaks(execute: Any, *given: Any) -> Any:
        nonlocal done
        made = execute(*given)
        done += 1
        if done == number:
            raise Broken
        return made

    form_of.cache_clear()
    with connection.execute_wrapper(breaks):
        yield


class TestAcknowledging:
    def test_is_written_once_and_told_to_the_auditor(self, notice: UrgentNotice, team_manager: User) -> None:
        row = acknowledge(notice, step=f" {STEP} ", by=team_manager, at=LATER)
        assert (row.acknowledged_at, row.step_taken) == (LATER, STEP)
        assert acknowledge(notice, step=STEP, by=team_manager, at=LATER + timedelta(hours=1)).acknowledged_at == LATER
        with pytest.raises(NoticeError, match="answered this already"):
            acknowledge(notice, step="Something else.", by=team_manager, at=LATER)
        assert OutgoingMail.objects.filter(kind="urgent seen", recipient=notice.audit.auditor).count() == 1
        assert Activity.objects.filter(verb="answered an urgent audit").count() == 1
        assert silent() == {"Wren Worker"}

    def test_takes_a_step(self, notice: UrgentNotice, team_manager: User) -> None:
        with pytest.raises(NoticeError) as refused:
            acknowledge(notice, step="  ", by=team_manager, at=LATER)
        assert refused.value.field == "step_taken"

    def test_is_for_those_who_were_told(self, notice: UrgentNotice, auditor: User) -> None:
        with pytest.raises(NoticeError, match="Only those who were told"):
            acknowledge(notice, step=STEP, by=auditor, at=LATER)

    def test_by_somebody_told_to_know_answers_for_nobody(self, notice: UrgentNotice, head_of_service: User) -> None:
        acknowledge(notice, step=STEP, by=head_of_service, at=LATER)
        assert silent() == {"Wren Worker", "Tamar Manager"}

    def test_waits_for_those_who_must_until_it_is_corrected(
        self, scene: Scene, notice: UrgentNotice, worker: User, psw: User
    ) -> None:
        assert [row.notice for row in waiting_for(worker)] == [notice]
        assert waiting_for(psw) == []
        scene.change("good")
        assert waiting_for(worker) == []
        assert silent() == set()

    def test_is_asked_for_in_one_query(
        self, notice: UrgentNotice, worker: User, django_assert_num_queries: Any
    ) -> None:
        reference = notice.audit.reference
        with django_assert_num_queries(1):
            assert [row.notice.audit.reference for row in waiting_for(worker)] == [reference]


class TestGoingUp:
    def test_asks_the_one_who_was_told_to_know(
        self, notice: UrgentNotice, team_manager: User, head_of_service: User
    ) -> None:
        above = go_up(row_of(notice, team_manager), to=head_of_service, at=LATER, today=TODAY)
        assert (above.person, above.must_acknowledge, above.stands_for) == (
            head_of_service, True, row_of(notice, team_manager),
        )  # fmt: skip
        assert silent() == {"Wren Worker", "Tamar Manager", "Hana Head"}
        mail = OutgoingMail.objects.get(recipient=head_of_service, subject__startswith="Urgent: nobody has answered")
        assert mail.urgent

    def test_adds_somebody_who_was_not_told(self, notice: UrgentNotice, team_manager: User) -> None:
        director = UserFactory(name="Asa Director", job_role=JobRole.ASSISTANT_DIRECTOR)
        above = go_up(row_of(notice, team_manager), to=director, at=LATER, today=TODAY)
        assert (above.told_at, above.must_acknowledge) == (LATER, True)
        assert Share.objects.filter(audit=notice.audit, person=director).exists()
        assert "Asa Director" in silent()

    def test_sends_one_mail_however_often_and_for_whomever(
        self, notice: UrgentNotice, team_manager: User, worker: User, head_of_service: User
    ) -> None:
        for person in (team_manager, worker, team_manager):
            go_up(row_of(notice, person), to=head_of_service, at=LATER, today=TODAY)
        assert OutgoingMail.objects.filter(recipient=head_of_service).count() == 2, "to know, and gone up"

    def test_ends_with_the_answer_of_the_manager_above(
        self, notice: UrgentNotice, team_manager: User, head_of_service: User
    ) -> None:
        go_up(row_of(notice, team_manager), to=head_of_service, at=LATER, today=TODAY)
        acknowledge(notice, step=STEP, by=head_of_service, at=LATER)
        assert silent() == set()

    def test_ends_with_the_answers_of_those_who_were_silent(
        self, notice: UrgentNotice, team_manager: User, worker: User, head_of_service: User
    ) -> None:
        go_up(row_of(notice, team_manager), to=head_of_service, at=LATER, today=TODAY)
        acknowledge(notice, step=STEP, by=team_manager, at=LATER)
        assert silent() == {"Wren Worker", "Hana Head"}, "the worker is silent still"
        acknowledge(notice, step=STEP, by=worker, at=LATER)
        assert silent() == set()

    def test_to_the_team_manager_makes_that_answer_count_for_the_worker(
        self, notice: UrgentNotice, team_manager: User, worker: User
    ) -> None:
        go_up(row_of(notice, worker), to=team_manager, at=LATER, today=TODAY)
        acknowledge(notice, step=STEP, by=team_manager, at=LATER)
        assert silent() == set()

    def test_leaves_alone_who_has_answered(
        self, notice: UrgentNotice, team_manager: User, head_of_service: User
    ) -> None:
        row = row_of(notice, team_manager)
        acknowledge(notice, step=STEP, by=team_manager, at=LATER)
        assert go_up(row, to=head_of_service, at=LATER, today=TODAY) == row
        assert not row_of(notice, head_of_service).must_acknowledge

    def test_leaves_alone_what_is_not_urgent_any_more(
        self, scene: Scene, notice: UrgentNotice, team_manager: User, head_of_service: User
    ) -> None:
        scene.change("good")
        go_up(row_of(notice, team_manager), to=head_of_service, at=LATER, today=TODAY)
        assert not row_of(notice, head_of_service).must_acknowledge

    def test_of_a_risk_works_the_same(self, audit: Audit, team_manager: User, head_of_service: User, psw: User) -> None:
        risk, rows = immediate_risks.raise_risk(
            audit, concern="Not seen.", done_already="", by=audit.auditor, at=NOW, today=TODAY
        )
        manager = next(row for row in rows if row.part == "team_manager")
        for _ in range(2):
            above = immediate_risks.go_up(manager, to=psw, at=LATER, today=TODAY)
        assert (above.person, above.stands_for) == (psw, manager)
        assert OutgoingMail.objects.filter(recipient=psw, subject__startswith="Urgent: nobody").count() == 1
        assert psw in [row.person for row in risk_reading.state_of(risk, viewer=psw, at=LATER).waiting_for]
        assert risk_reading.open_for(psw, at=LATER, limit=5)[0].waits_for_me
        immediate_risks.acknowledge(risk, step=STEP, by=psw, at=LATER)
        assert not immediate_risks.unanswered().exists()
        assert risk_reading.state_of(risk, viewer=psw, at=LATER).waiting_for == []


class TestStillWaitedFor:
    """In memory and in the database it is the same, whoever has answered and whomever it went up to."""

    @pytest.mark.parametrize("answered", range(16))
    @pytest.mark.parametrize("up", ["", "WH", "MH", "WM", "WM MH", "WH MH"])
    def test_agrees_with_the_query(
        self, notice: UrgentNotice, worker: User, team_manager: User, head_of_service: User, psw: User,
        up: str, answered: int,
    ) -> None:  # fmt: skip
        people = {"W": worker, "M": team_manager, "H": head_of_service, "P": psw}
        rows = {letter: row_of(notice, person) for letter, person in people.items()}
        for silent_one, higher in up.split():
            NoticeRecipient.objects.filter(pk=rows[higher].pk).update(
                stands_for=rows[silent_one], must_acknowledge=True
            )
        for place, row in enumerate(rows.values()):
            if answered & 1 << place:
                NoticeRecipient.objects.filter(pk=row.pk).update(acknowledged_at=NOW, step_taken=STEP)
        told = list(NoticeRecipient.objects.filter(notice=notice).order_by("pk"))
        assert sorted(row.pk for row in still_waited_for(told, duty=DUTY)) == sorted(
            unanswered().values_list("pk", flat=True)
        )


class TestDocuments:
    def test_say_who_was_told_and_what_they_do(
        self, audit: Audit, head_of_service: User, team_manager: User, worker: User
    ) -> None:
        fill_in(audit, grade="inadequate", outcomes="not_met", at=NOW, today=TODAY)
        submitting.submit(audit, by=audit.auditor, at=NOW, today=TODAY)
        notice = UrgentNotice.objects.get()
        acknowledge(notice, step=STEP, by=team_manager, at=LATER)
        go_up(row_of(notice, worker), to=head_of_service, at=LATER, today=TODAY)
        whole = whole_audit(with_everyone(Audit.objects.all()).get(pk=audit.pk), today=TODAY)
        said = str(next(part for part in whole.parts if part.code == "notices").blocks)
        for words in (STEP, "Tamar Manager", "Not yet", "because Wren Worker had not answered"):
            assert words in said
