"""Why audits did not come back in time: who says it, how it is counted, n of N (E5)."""

from __future__ import annotations

from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from allocation.chasing import non_return
from allocation.models import NonReturn
from allocation.month_lock import CycleError
from audits.models import Audit, TemplateVersion
from people.models import User
from tests.allocation.chasing.calendar_days import DUE, given, noon

LATE = date(2026, 11, 24)


def say(audit: Audit, by: User, reason: str = "capacity", note: str = "", today: date = LATE) -> NonReturn:
    return non_return.record(audit, reason=reason, note=note, by=by, at=noon(today), today=today)


class TestSayingWhy:
    def test_is_for_the_auditor_their_managers_and_the_programme(
        self, audit: Audit, auditor: User, psw: User, worker: User, team_manager: User, assistant_director: User
    ) -> None:
        line_manager = auditor.line_manager
        assert line_manager is not None
        for person in (auditor, line_manager, assistant_director, psw):
            assert say(audit, person, note=f"As {person.name} says.").by == person
        for other in (worker, team_manager):
            with pytest.raises(CycleError, match="Only the auditor"):
                say(audit, other)

    def test_is_only_about_what_is_late(self, audit: Audit, psw: User) -> None:
        with pytest.raises(CycleError, match="did not miss"):
            say(audit, psw, today=DUE)

    def test_needs_a_reason_and_words_for_another_one(self, audit: Audit, psw: User) -> None:
        with pytest.raises(CycleError) as refused:
            say(audit, psw, reason="")
        assert refused.value.field == "reason"
        with pytest.raises(CycleError) as refused:
            say(audit, psw, reason="other", note="  ")
        assert refused.value.field == "note"

    def test_once_more_in_the_same_words_changes_nothing(self, audit: Audit, psw: User) -> None:
        assert say(audit, psw) == say(audit, psw)
        assert say(audit, psw, "leave") != say(audit, psw)
        assert NonReturn.objects.count() == 3


class TestCounting:
    def test_counts_each_audit_once_with_what_was_said_last(
        self, core_template: TemplateVersion, auditor: User, psw: User
    ) -> None:
        audits = [given(core_template, auditor, reference=f"2026-11-8{n:03d}") for n in range(5)]
        say(audits[0], psw, "leave")
        say(audits[0], psw, "capacity")
        say(audits[1], psw, "capacity")
        late = {"status": "with_team", "submitted_at": noon(LATE), "part_b_due_on": LATE}
        Audit.objects.filter(pk=audits[1].pk).update(**late)  # submitted, but late
        in_time = {"status": "with_team", "submitted_at": noon(DUE), "part_b_due_on": LATE}
        Audit.objects.filter(pk=audits[2].pk).update(**in_time)
        Audit.objects.filter(pk=audits[3].pk).update(status="exempt")
        found = non_return.counts_by_reason(Audit.objects.all(), today=LATE)
        assert found.rows == [("Capacity", 2), ("Nobody has said why", 1)]
        assert (found.missed, found.allocated) == (3, 4)
        assert found.unsaid == [audits[4].reference]

    def test_begins_anew_with_a_new_due_date(self, audit: Audit, psw: User) -> None:
        say(audit, psw)
        Audit.objects.update(due_on=date(2026, 11, 23))
        assert non_return.counts_by_reason(Audit.objects.all(), today=LATE).rows == [("Nobody has said why", 1)]

    def test_asks_the_line_manager_until_somebody_has_said_it(self, audit: Audit, auditor: User, psw: User) -> None:
        line_manager = auditor.line_manager
        assert line_manager is not None
        assert non_return.waiting_for(line_manager, today=LATE) == [audit]
        assert non_return.waiting_for(psw, today=LATE) == []
        say(audit, auditor)
        assert non_return.waiting_for(line_manager, today=LATE) == []


class TestThePage:
    def test_takes_the_reason_of_the_line_manager(
        self, client: Client, audit: Audit, auditor: User, today: None
    ) -> None:
        Audit.objects.update(due_on=date(2026, 11, 6))
        assert auditor.line_manager is not None
        client.force_login(auditor.line_manager)
        url = reverse("allocation:why_late", args=[audit.reference])
        page = client.post(url, {"reason": "other", "note": ""}).content.decode()
        assert "Say in a few words what the reason was" in page
        assert client.post(url, {"reason": "sickness", "note": ""}, follow=True).redirect_chain[0][0] == "/late/"
        page = client.get("/late/").content.decode()
        assert "Sickness" in page
        assert f"{auditor.line_manager.name}</span>" in page
