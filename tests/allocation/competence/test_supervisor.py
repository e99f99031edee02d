"""Who goes along with a learner: in the record, in their audits, in the draw."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from allocation.changes.setting_aside import set_aside
from allocation.competence import competency
from allocation.eligibility import rules
from allocation.eligibility.auditor_pool import auditor_pool
from allocation.models import Competency, Cycle
from audits.models import Audit, AuditTemplate, TemplateVersion
from people.models import Activity, OutgoingMail, User
from people.roles import JobRole
from tests.allocation.competence.records import LATER, NOTE, YESTERDAY, now
from tests.conftest import NOW, TODAY
from tests.factories import AuditFactory, CaseFactory, CycleFactory, InvolvementFactory, UserFactory

pytestmark = pytest.mark.django_db


class TestSupervisor:
    def test_is_changed_and_told(self, learning: Competency, template: AuditTemplate, psw: User) -> None:
        other = UserFactory(name="Otto Other", job_role=JobRole.IRO)
        competency.sign_off_before([other], template, note=NOTE, on=TODAY, by=psw, at=NOW)
        competency.change_supervisor(learning, supervisor=other, by=psw, at=LATER)
        assert now(learning).supervisor == other
        assert OutgoingMail.objects.filter(recipient=other).count() == 1
        competency.change_supervisor(learning, supervisor=other, by=psw, at=LATER)
        assert OutgoingMail.objects.filter(recipient=other).count() == 1

    def test_goes_along_with_what_the_learner_has_not_finished(
        self, learning: Competency, supervisor: User, other: User, psw: User
    ) -> None:
        begun, done = self.audit_of(learning, supervisor), self.audit_of(learning, supervisor)
        Audit.objects.filter(pk=done.pk).update(status="with_team", submitted_at=NOW, part_b_due_on=TODAY)
        competency.change_supervisor(learning, supervisor=other, by=psw, at=LATER)
        begun.refresh_from_db()
        done.refresh_from_db()
        assert (begun.supervisor, done.supervisor) == (other, supervisor)
        assert OutgoingMail.objects.get(kind="case_supervised").recipient == other
        assert Activity.objects.filter(verb="changed an audit's supervisor", target=f"audit:{begun}").count() == 1
        told = OutgoingMail.objects.get(kind="no_longer_supervised")
        assert (told.recipient, told.about) == (supervisor, f"audit:{begun.reference}")

    def test_of_an_audit_is_told_each_time_it_changes(
        self, learning: Competency, supervisor: User, other: User, psw: User
    ) -> None:
        audit = self.audit_of(learning, supervisor)
        for person in (other, supervisor, other):
            competency.change_supervisor(now(learning), supervisor=person, by=psw, at=LATER)
        mails = OutgoingMail.objects.filter(about=f"audit:{audit.reference}").order_by("pk")
        assert [(mail.kind, mail.recipient) for mail in mails] == [
            (kind, person)
            for on, off in ((other, supervisor), (supervisor, other), (other, supervisor))
            for kind, person in (("case_supervised", on), ("no_longer_supervised", off))
        ]

    def test_of_an_audit_is_told_that_it_need_not_be_done(
        self, learning: Competency, supervisor: User, psw: User
    ) -> None:
        audit = self.audit_of(learning, supervisor)
        set_aside(audit, "withdraw", reason="The case has moved away.", by=psw, at=LATER, today=TODAY)
        assert OutgoingMail.objects.get(kind="no_longer_supervised").recipient == supervisor

    def test_who_left_or_did_it_is_not_told(
        self, learning: Competency, supervisor: User, other: User, psw: User
    ) -> None:
        self.audit_of(learning, supervisor)
        User.objects.filter(pk=supervisor.pk).update(leave_date=YESTERDAY)
        competency.change_supervisor(learning, supervisor=other, by=psw, at=LATER)
        assert not OutgoingMail.objects.filter(kind="no_longer_supervised").exists()

    @pytest.mark.parametrize("part", ["worker", "team_manager"])
    def test_does_not_go_along_with_a_case_they_are_bound_to(
        self, learning: Competency, supervisor: User, other: User, psw: User, part: str
    ) -> None:
        bound = self.audit_of(learning, supervisor, **{part: other})
        tied = self.audit_of(learning, supervisor)
        InvolvementFactory(case=tied.case, user=other)
        free = self.audit_of(learning, supervisor)
        CycleFactory(template_version=bound.template_version, status="published", published_at=NOW, due_on=TODAY)
        competency.change_supervisor(learning, supervisor=other, by=psw, at=LATER)
        found = Audit.objects.in_bulk([bound.pk, tied.pk, free.pk])
        assert [found[each.pk].supervisor for each in (bound, tied, free)] == [supervisor, supervisor, other]
        assert now(learning).supervisor == other

    @pytest.fixture
    def other(self, template: AuditTemplate, psw: User) -> User:
        person = UserFactory(name="Otto Other", job_role=JobRole.IRO)
        competency.sign_off_before([person], template, note=NOTE, on=YESTERDAY, by=psw, at=NOW)
        return person

    @staticmethod
    def audit_of(learning: Competency, supervisor: User, **changes: Any) -> Audit:
        version = TemplateVersion.objects.filter(template=learning.template).latest("number")
        made: Audit = AuditFactory(
            template_version=version, auditor=learning.user, supervisor=supervisor, case=CaseFactory(), **changes
        )
        return made

    def test_is_never_oneself(self, learning: Competency) -> None:
        with pytest.raises(IntegrityError), transaction.atomic():
            Competency.objects.filter(pk=learning.pk).update(supervisor=learning.user)


class TestDraw:
    """What it is all for: where the rule is on, who is in the draw."""

    def test_takes_the_signed_off_and_learners_with_their_supervisor(
        self, cycle: Cycle, learning: Competency, supervisor: User, psw: User
    ) -> None:
        unsigned = UserFactory(name="Una Unsigned", job_role=JobRole.TEAM_MANAGER)
        rules.change(reason="The leadership team wants it", by=psw, at=NOW, competency_required=True)
        pool = auditor_pool(cycle, today=TODAY)
        assert {(one.person, one.supervisor) for one in pool.available} == {
            (supervisor, None),
            (learning.user, supervisor),
        }
        assert unsigned in dict(pool.kept_out)
        competency.withdraw(Competency.objects.get(user=supervisor), note=NOTE, by=psw, at=NOW)
        assert auditor_pool(cycle, today=TODAY).available == ()
