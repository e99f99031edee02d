"""Who is reminded when: the council's own ladder, what it may not be, and what a change of it does to what is late."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from allocation.as_shown import ChangedMeanwhile
from allocation.chasing import changing_ladder, ladder
from allocation.chasing.reminders import chase_due
from allocation.models import Chase, ChaseStep, Subject
from allocation.month_lock import CycleError
from audits.models import Audit
from people.models import OutgoingMail, User
from reporting import measures
from tests.allocation.chasing.calendar_days import BEFORE, LINE, NEXT, ON, live_through, noon, sent, stages

AT = noon(date(2026, 11, 3))


def rung(days: int, to: str, code: str = "", again: int | None = None, is_on: bool = True) -> dict[str, Any]:
    return {"code": code, "days": days, "to": to, "again_days": again, "is_on": is_on}


def as_it_is(subject: str) -> list[dict[str, Any]]:
    return [rung(r.days, r.to, r.code, r.again_days, r.is_on) for r in ladder.rungs()[subject]]


def change(subject: str, wanted: list[dict[str, Any]], by: User, **given: Any) -> None:
    shown = changing_ladder.marks(ladder.rungs()[subject])
    changing_ladder.change(subject, wanted, **({"shown": shown, "by": by, "at": AT} | given))


class TestTheLadder:
    def test_is_the_standard_one_until_the_council_has_its_own(self, db: None) -> None:
        assert ladder.steps(Subject.AUDIT) == ladder.standard(Subject.AUDIT)
        assert [(r.code, r.days) for r in ladder.steps("audit")] == [(BEFORE, -3), (ON, 0), (LINE, 1), (NEXT, 5)]

    def test_can_be_stored_as_it_is(self, psw: User) -> None:
        """The standard keeps the rules that the database asks of every ladder."""
        for subject in Subject.values:
            assert changing_ladder.what_is_wrong(subject, ladder.standard(subject)) == ""
        changing_ladder.back_to_standard(Subject.AUDIT, by=psw, at=AT)
        assert ChaseStep.objects.count() == len(ladder.standard())
        assert {s: ladder.steps(s) for s in Subject.values} == {
            s: sorted(ladder.standard(s), key=ladder.order) for s in Subject.values
        }

    def test_chases_by_the_councils_own_days(self, audit: Audit, psw: User) -> None:
        wanted = [rung(-1, "owner", BEFORE), rung(2, "line_manager", LINE), rung(4, "programme")]
        change(Subject.AUDIT, wanted, psw)
        live_through(date(2026, 11, 2), date(2026, 12, 31))
        assert sent() == [
            (BEFORE, date(2026, 11, 19), "Ada Auditor"),
            (LINE, date(2026, 11, 24), "Lin Manager"),
            ("audit-programme-2", date(2026, 11, 26), "Petra Programme"),
        ]
        assert OutgoingMail.objects.filter(kind="chase_manager", recipient=psw).count() == 1
        assert measures.chases_by_stage(Audit.objects.all()) == {BEFORE: 1, ON: 0, LINE: 1, NEXT: 0, "other": 1}

    def test_leaves_out_what_is_switched_off(self, audit: Audit, psw: User) -> None:
        change(Subject.AUDIT, [{**each, "is_on": each["code"] == LINE} for each in as_it_is("audit")], psw)
        live_through(date(2026, 11, 2), date(2026, 12, 31))
        assert stages() == [LINE]

    def test_chases_nobody_where_it_is_empty(self, audit: Audit, psw: User) -> None:
        change(Subject.AUDIT, [], psw)
        live_through(date(2026, 11, 2), date(2026, 12, 31))
        assert stages() == []
        assert ladder.steps(Subject.PART_B) == ladder.standard(Subject.PART_B)

    def test_does_not_chase_afterwards_what_its_new_days_have_passed(self, audit: Audit, psw: User) -> None:
        live_through(date(2026, 11, 2), date(2026, 11, 25))
        wanted = [*as_it_is("audit"), rung(2, "owner"), rung(8, "programme")]
        change(Subject.AUDIT, wanted, psw, at=noon(date(2026, 11, 25)))
        live_through(date(2026, 11, 25), date(2026, 12, 31))
        assert sent()[3:] == [
            (NEXT, date(2026, 11, 27), "Asa Director"),
            ("audit-programme-2", date(2026, 12, 2), "Petra Programme"),
        ]
        assert stages(superseded=True) == ["audit-owner-2"]

    def test_does_not_swallow_what_an_outage_kept_from_going(self, audit: Audit, psw: User) -> None:
        live_through(date(2026, 11, 2), date(2026, 11, 20))
        change(Subject.AUDIT, [*as_it_is("audit"), rung(8, "programme")], psw, at=noon(date(2026, 11, 25)))
        assert chase_due(at=noon(date(2026, 11, 25))) == 1
        assert stages(superseded=False)[-1] == LINE

    def test_gives_a_rung_that_is_for_somebody_else_now_another_name(self, psw: User) -> None:
        wanted = as_it_is("audit")
        wanted[2]["to"] = "programme"
        change(Subject.AUDIT, wanted, psw)
        assert [r.code for r in ladder.steps("audit")] == [BEFORE, ON, "audit-programme-2", NEXT]

    @pytest.mark.parametrize(
        ("subject", "wanted", "words"),
        [
            ("audit", [rung(-31, "owner")], "Days go from"),
            ("audit", [rung(61, "owner")], "Days go from"),
            ("audit", [rung(0, "line_manager")], "only of what is late"),
            ("risk", [rung(0, "owner")], "told at once"),
            ("audit", [rung(0, "owner", again=1)], "second miss"),
            ("audit", [rung(2, "line_manager", again=3)], "sooner"),
            ("audit", [rung(2, "owner"), rung(2, "owner")], "named twice"),
        ],
    )
    def test_refuses_what_cannot_be(self, psw: User, subject: str, wanted: list[dict[str, Any]], words: str) -> None:
        with pytest.raises(CycleError, match=words):
            change(subject, wanted, psw)
        assert not ChaseStep.objects.exists()

    def test_refuses_a_change_of_what_somebody_else_has_changed_meanwhile(self, psw: User) -> None:
        shown = changing_ladder.marks(ladder.rungs()["audit"])
        change("audit", [rung(1, "line_manager", LINE)], psw)
        with pytest.raises(ChangedMeanwhile):
            change("audit", [rung(2, "line_manager", LINE)], psw, shown=shown)


class TestPassingOver:
    def test_records_what_lies_there_and_tells_nobody(self, audit: Audit) -> None:
        assert changing_ladder.pass_over(at=noon(date(2026, 11, 25))) == 3
        assert chase_due(at=noon(date(2026, 11, 25))) == 0
        assert chase_due(at=noon(date(2026, 11, 27))) == 1
        assert list(Chase.objects.filter(superseded=False).values_list("stage", flat=True)) == [NEXT]


class TestThePage:
    def posted(self, rows: list[Mapping[str, str]], subject: str = "audit") -> dict[str, str]:
        data = {"shown": changing_ladder.marks(ladder.rungs()[subject]), "count": str(len(rows))}
        for number, row in enumerate(rows):
            data |= {f"rung-{number}-{name}": value for name, value in row.items()}
        return data

    def test_saves_what_was_typed(self, client: Client, psw: User, today: None) -> None:
        client.force_login(psw)
        url = reverse("allocation:change_ladder", args=["audit"])
        row = {"code": LINE, "to": "line_manager", "days": "2", "side": "after", "again_days": "1", "is_on": "on"}
        data = self.posted([row]) | {
            "rung-1-to": "owner",
            "rung-1-days": "4",
            "rung-1-side": "before",
            "rung-1-is_on": "on",
        }
        assert client.post(url, data).status_code == 302
        assert [(r.to, r.days, r.again_days) for r in ladder.steps("audit")] == [
            ("owner", -4, None),
            ("line_manager", 2, 1),
        ]

    def test_keeps_what_was_typed_and_says_what_is_wrong(self, client: Client, psw: User, today: None) -> None:
        client.force_login(psw)
        url = reverse("allocation:change_ladder", args=["audit"])
        row = {"code": LINE, "to": "line_manager", "days": "2", "side": "before", "is_on": "on"}
        page = client.post(url, self.posted([row])).content.decode()
        assert "Managers are told only of what is late" in page
        page = client.post(url, self.posted([row | {"days": "many"}])).content.decode()
        assert "Working days: enter a whole number from 0 to 60" in page
        assert 'value="many"' in page

    def test_shows_every_subject_in_words(self, client: Client, psw: User, today: None) -> None:
        client.force_login(psw)
        page = client.get(reverse("allocation:who_is_reminded")).content.decode()
        assert "3 working days before it is due: The auditor" in page
        assert "1 working day after they were told: The head of service of the case" in page
