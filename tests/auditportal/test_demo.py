"""The demo council: what the issue promises of it, every rule of the product, the same from the same seed."""

from __future__ import annotations

import hashlib
from datetime import date
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from allocation import draw_record
from allocation.models import Allocation, Chase, Cycle, Draw
from allocation.ties import ties_of
from auditportal.demo.showcase import sign_ins
from audits.deadlines import add_months
from audits.models import Audit, Case, Moderation, SmartAction, Status
from people.models import OutgoingMail, Team, User
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
        assert len(months) == 19
        assert months[0] == add_months(months[-1], -18)
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
        assert not now.filter(status__in=[Status.EXEMPT, Status.WITHDRAWN]).exists()
        assert now.filter(overall_grade__is_urgent=True).exists() == now.completed().exists()
        assert HighlightReport.objects.filter(status="published").count() in {
            2,
            3,
        }  # early in a month: not yet the last

    def holds_every_rule(self, today: date) -> None:
        for draw in Draw.objects.select_related("cycle"):
            assert draw_record.verify(draw).identical, draw
        for allocation in Allocation.objects.select_related("audit", "auditor", "draw__cycle"):
            ties = ties_of(allocation.draw.cycle, [allocation.case_id])[allocation.case_id]
            assert ties.reasons(allocation.auditor) == [], allocation
        for month in Cycle.objects.values_list("month", flat=True):
            identities(count_figures(month, as_of=today))
        urgent = Audit.objects.filter(overall_grade__is_urgent=True)
        told = OutgoingMail.objects.filter(kind="urgent").values_list("about", flat=True)
        assert {f"audit:{audit.reference}" for audit in urgent} == set(told)

    def test_stays_out_of_a_database_that_holds_people(self, capsys: Any, worker: User) -> None:
        call_command("load_demo")
        assert "left as it is" in capsys.readouterr().out
        assert User.objects.count() == 3
