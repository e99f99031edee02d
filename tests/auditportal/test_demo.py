"""The demo council: what the issue promises of it, every rule of the product, the same from the same seed."""

from __future__ import annotations

import hashlib
from datetime import date
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from allocation.models import (
    Allocation,
    AuditRequest,
    CaseHold,
    Chase,
    Competency,
    Cycle,
    Draw,
    Evaluation,
    Handover,
    Origin,
    Override,
    Rules,
    Swap,
)
from allocation.record import draw_record
from auditportal.demo.showcase import sign_ins
from audits.deadlines import add_months
from audits.models import Audit, Case, Involvement, Moderation, Selection, SmartAction, Status
from people.models import Holiday, OutgoingMail, Team, User
from people.roles import auditing_roles
from reporting.figures import count_figures
from reporting.identities import identities
from reporting.models import HighlightReport

pytestmark = [pytest.mark.processes, pytest.mark.django_db(transaction=True, reset_sequences=True)]


def fingerprint() -> str:
    """What must come out the same from the same seed."""
    audits = Audit.objects.order_by("reference").values_list(
        "reference", "case__reference", "auditor__email", "status", "overall_grade__code", "submitted_at"
    )
    draws = Draw.objects.order_by("drawn_at").values_list("result_sha256", flat=True)
    return hashlib.sha256(repr([list(audits), list(draws)]).encode()).hexdigest()


class TestDemoCouncil:
    def test_is_what_was_promised_and_keeps_every_rule(self) -> None:
        call_command("load_demo", verbosity=0)
        today = timezone.localdate()
        self.has_its_size(today)
        self.has_eighteen_months(today)
        self.has_everything_that_happens_to_a_month()
        self.holds_every_rule(today)
        first = fingerprint()
        call_command("flush", interactive=False, verbosity=0, reset_sequences=True)
        call_command("load_demo", verbosity=0)
        assert fingerprint() == first

    def has_its_size(self, today: date) -> None:
        assert (Team.objects.count(), Case.objects.open_on(today).count()) == (25, 1500)
        assert Team.objects.values("service").distinct().count() == 5
        assert Team.objects.values("area").distinct().count() == 3
        managers = User.objects.filter(job_role__in=auditing_roles())
        assert 55 <= managers.count() <= 65
        assert set(managers.values_list("audit_group", flat=True)) == {"A", "B", "C"}
        assert Case.objects.filter(involvements__isnull=True).count() == 0
        assert len(sign_ins()) >= 10

    def has_eighteen_months(self, today: date) -> None:
        months = list(Cycle.objects.order_by("month").values_list("month", flat=True))
        assert len(months) == 20
        assert months[0] == add_months(months[-2], -18)
        assert Cycle.objects.get(month=months.pop()).status == "open"  # the next one, ready to be drawn
        assert Cycle.objects.filter(status="paused").count() == 3
        now = Audit.objects.in_month(months[-1])
        before = Audit.objects.exclude(month=months[-1])
        assert 0 < before.overdue(today).count() < before.count() / 4
        assert before.filter(submitted_at__date__gt=add_months(months[0], 1), status=Status.CLOSED).exists()
        assert before.filter(overall_grade__is_urgent=True).count() > 5
        assert 0 < Moderation.objects.count() < before.completed().count() / 5
        assert Chase.objects.filter(stage="next_manager", superseded=False).exists()
        assert SmartAction.objects.overdue(today).exists()
        assert SmartAction.objects.filter(done_on__isnull=False).exists()
        assert now.filter(status__in=[Status.EXEMPT, Status.WITHDRAWN]).count() <= 1
        assert now.filter(overall_grade__is_urgent=True).exists() == now.completed().exists()
        assert HighlightReport.objects.filter(status="published").count() in {
            2,
            3,
        }  # early in a month: not yet the last

    def holds_every_rule(self, today: date) -> None:
        for draw in Draw.objects.select_related("cycle"):
            assert draw_record.verify(draw).identical, draw
        self.keeps_everybody_from_their_own_work()
        for month in Cycle.objects.values_list("month", flat=True):
            identities(count_figures(month, as_of=today))
        urgent = Audit.objects.filter(overall_grade__is_urgent=True)
        told = OutgoingMail.objects.filter(kind="urgent").values_list("about", flat=True)
        assert {f"audit:{audit.reference}" for audit in urgent} == set(told)

    def has_everything_that_happens_to_a_month(self) -> None:
        this_month, before = Cycle.objects.order_by("-month")[1:3]
        assert Rules.objects.get().reason
        assert set(Cycle.objects.values_list("strata_by", flat=True)) >= {"service", "plan", "age_band", ""}
        assert set(Cycle.objects.values_list("evened_over", flat=True)) == {"cycle", "year"}
        kinds = set(Audit.objects.values_list("selection", flat=True))
        assert kinds >= {Selection.RANDOM, Selection.THEMATIC, Selection.RE_AUDIT}
        themed = Audit.objects.filter(selection=Selection.THEMATIC)
        assert all(len(audit.questions) == 2 for audit in themed)
        assert {"child_protection"} == set(themed.values_list("plan", flat=True))
        assert themed.filter(pages__page="theme").exists()
        again = Audit.objects.filter(selection=Selection.RE_AUDIT)
        assert again.count() > 10
        assert all(audit.re_audit_of and audit.re_audit_of.case_id == audit.case_id for audit in again)
        assert set(Allocation.objects.values_list("origin", flat=True)) == set(Origin.values)
        assert Override.objects.exclude(against=[]).exists()
        assert set(Handover.objects.values_list("kind", flat=True)) == {"swap", "replacement"}
        assert Swap.objects.filter(state="accepted", audit__month=before.month).exists()
        assert Swap.objects.filter(state="asked", audit__month=this_month.month).count() <= 1
        settled = set(AuditRequest.objects.filter(settled_at__isnull=False).values_list("kind", "state"))
        assert settled >= {("exemption", "agreed"), ("extension", "agreed")}
        assert User.objects.get(leave_date__isnull=False).audits_handed_over.exists()
        assert Competency.objects.filter(state="learning", supervisor__isnull=False).count() == 2
        assert Evaluation.objects.get().ready
        assert CaseHold.objects.count() == 2
        assert Holiday.objects.filter(closure=True).exists()

    def keeps_everybody_from_their_own_work(self) -> None:
        """Whoever was given a case, at first or later, had no part in it; unless by a recorded override."""
        given = Allocation.objects.exclude(origin=Origin.OVERRIDE).select_related("case", "auditor", "draw__cycle")
        pairs = [(row.case, row.auditor, row.draw.cycle.month) for row in given]
        handed = Handover.objects.select_related("audit__case", "to_auditor")
        pairs += [(row.audit.case, row.to_auditor, row.audit.month) for row in handed]
        learning = Audit.objects.filter(supervisor__isnull=False).select_related("case", "supervisor")
        pairs += [(audit.case, audit.supervisor, audit.month) for audit in learning]
        for case, person, month in pairs:
            assert person.pk not in {case.worker_id, case.chair_id}, (case, person)
            assert person.team_id is None or person.team_id != case.team_id, (case, person)
            parts = Involvement.objects.filter(case=case, starts__lte=month).exclude(role="declared")
            assert not parts.filter(user=person).exists(), (case, person)
            lately = parts.exclude(ends__lt=add_months(month, -24))
            assert person.team_id is None or not lately.filter(team=person.team_id).exists(), (case, person)

    def test_stays_out_of_a_database_that_holds_people(self, capsys: Any, worker: User) -> None:
        call_command("load_demo")
        assert "left as it is" in capsys.readouterr().out
        assert User.objects.count() == 3
