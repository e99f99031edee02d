"""Rules that a council adds to the timescales itself: made, changed, taken out of use, removed while unused (A17)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from audits import answering
from audits.models import Audit, TimescaleRule
from audits.timescale_ours import add, has_days, remove
from audits.timescale_table import (
    ChangedMeanwhile,
    TimescaleError,
    as_shown,
    change,
    differs,
    history,
    load_timescales,
    reset,
)
from people.models import Activity, User
from tests.conftest import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]
LATER = NOW + timedelta(hours=1)
VALUES: dict[str, Any] = {
    "name": "Life story work begun",
    "topic": "Placed for adoption",
    "trigger": "Placement order",
    "event": "Work begun",
    "plans": ["child_in_care"],
    "from_age": None,
    "to_age": 17,
    "limit": 20,
    "unit": "working_days",
    "direction": "after",
    "counting": "next_day",
    "note": "For every child with a placement order.",
}
POSTED = {name: "" if value is None else value for name, value in VALUES.items()}


@pytest.fixture(autouse=True)
def table(db: None) -> None:
    """The rules as they ship."""
    load_timescales()


@pytest.fixture
def ours(psw: User) -> TimescaleRule:
    return add(VALUES, by=psw, at=NOW)


@pytest.fixture
def as_psw(client: Client, psw: User) -> Client:
    client.force_login(psw)
    return client


def type_days(audit: Audit, rule: TimescaleRule) -> None:
    content = {"days": {f"{rule.code}.trigger": "2 4 2026"}}
    answering.save_page(audit.reference, page="timescales", content=content, base_revision=0, by=audit.auditor, at=NOW)


class TestAdding:
    def test_makes_a_local_rule_with_a_code_that_never_ships(self, ours: TimescaleRule, psw: User) -> None:
        stored = TimescaleRule.objects.get(code="ours-life-story-work-begun")
        assert {name: getattr(stored, name) for name in VALUES} == VALUES
        assert (stored.statutory, stored.in_use, stored.changed_by) == (False, True, psw)
        assert Activity.objects.filter(verb="added a timescale", target=f"timescale:{stored.code}", by=psw).exists()

    def test_never_makes_a_statutory_one(self, psw: User) -> None:
        assert not add({**VALUES, "statutory": True, "code": "icpc"}, by=psw, at=NOW).statutory

    def test_refuses_the_same_name_under_the_same_topic(self, ours: TimescaleRule, psw: User) -> None:
        with pytest.raises(TimescaleError, match="already"):
            add(VALUES, by=psw, at=NOW)
        assert add({**VALUES, "topic": "Ours"}, by=psw, at=NOW).code == "ours-life-story-work-begun-2"

    @pytest.mark.parametrize(("wrong", "field"), [({"limit": 0}, "limit"), ({"from_age": 18}, "to_age")])
    def test_refuses_what_makes_no_sense(self, psw: User, wrong: dict[str, Any], field: str) -> None:
        with pytest.raises(TimescaleError) as refused:
            add({**VALUES, **wrong}, by=psw, at=NOW)
        assert refused.value.field == field

    def test_is_left_alone_when_the_rules_are_loaded_again(self, ours: TimescaleRule) -> None:
        done = load_timescales()
        assert (done.added, done.renewed, done.not_shipped) == ([], [], [])
        assert TimescaleRule.objects.get(code=ours.code).limit == 20


class TestChanging:
    def test_reaches_everything_and_is_kept(self, ours: TimescaleRule, psw: User) -> None:
        wanted = {"limit": 10, "event": "Book begun", "plans": [], "direction": "before", "statutory": True}
        changed = change(ours.code, wanted, shown=as_shown(ours), by=psw, at=LATER)
        assert (changed.event, changed.plans, changed.direction, changed.statutory) == (
            "Book begun",
            [],
            "before",
            False,
        )
        latest, first = history(changed)
        assert latest.lines == (
            "What has to happen: was “Work begun”, now “Book begun”",
            "For: was Child in care; aged under 18, now Every plan; aged under 18",
            "Limit: was within 20 working days, now at least 10 working days before",
        )
        assert (first.lines, first.by) == (("Rule added",), psw.name)

    def test_has_nothing_to_go_back_to(self, ours: TimescaleRule, psw: User) -> None:
        assert not differs(ours)
        with pytest.raises(TimescaleError):
            reset(ours.code, shown=as_shown(ours), by=psw, at=LATER)


class TestRemoving:
    def test_is_for_a_rule_without_days(self, ours: TimescaleRule, psw: User) -> None:
        remove(ours.code, shown=as_shown(ours), by=psw, at=LATER)
        assert not TimescaleRule.objects.filter(code=ours.code).exists()
        assert Activity.objects.filter(verb="removed a timescale", target=f"timescale:{ours.code}", by=psw).exists()

    def test_is_refused_once_days_were_typed(self, ours: TimescaleRule, psw: User, audit: Audit) -> None:
        type_days(audit, ours)
        assert has_days(ours)
        with pytest.raises(TimescaleError, match="out of use"):
            remove(ours.code, shown=as_shown(ours), by=psw, at=LATER)
        assert TimescaleRule.objects.filter(code=ours.code).exists()

    @pytest.mark.parametrize("code", ["icpc", "cp-visit"])
    def test_is_refused_for_a_rule_that_came_with_the_portal(self, psw: User, code: str) -> None:
        with pytest.raises(TimescaleError):
            remove(code, shown="as it came", by=psw, at=LATER)

    def test_is_refused_where_somebody_changed_it_meanwhile(self, ours: TimescaleRule, psw: User) -> None:
        shown = as_shown(ours)
        change(ours.code, {"limit": 5}, shown=shown, by=psw, at=LATER)
        with pytest.raises(ChangedMeanwhile):
            remove(ours.code, shown=shown, by=psw, at=LATER)


class TestPages:
    ADD = "/timescales/add/"

    def test_add_a_rule_and_show_it_in_the_table(self, as_psw: Client) -> None:
        assert self.ADD in as_psw.get(reverse("audits:timescales")).content.decode()
        assert as_psw.get(self.ADD).status_code == 200
        page = as_psw.post(self.ADD, POSTED, follow=True).content.decode()
        assert "Added “Life story work begun”." in page
        assert "Added here" in page
        assert {name: getattr(TimescaleRule.objects.get(code__startswith="ours-"), name) for name in VALUES} == VALUES

    def test_take_a_new_topic(self, as_psw: Client) -> None:
        as_psw.post(self.ADD, {**POSTED, "topic": "", "new_topic": "Life  story"})
        assert TimescaleRule.objects.get(code__startswith="ours-").topic == "Life story"

    @pytest.mark.parametrize(
        ("wrong", "said"),
        [
            ({"name": ""}, "Give the rule a name"),
            ({"topic": ""}, "Choose a topic, or type a new one"),
            ({"trigger": " "}, "Say what day the rule counts from"),
            ({"event": ""}, "Say what has to happen"),
            ({"limit": "0"}, "The limit must be 1 or more"),
            ({"from_age": "18"}, "The oldest age must not be below the youngest"),
            ({"plans": ["no-such-plan"]}, "There is a problem"),
        ],
    )
    def test_say_what_is_wrong(self, as_psw: Client, wrong: dict[str, Any], said: str) -> None:
        assert said in as_psw.post(self.ADD, {**POSTED, **wrong}).content.decode()
        assert not TimescaleRule.objects.filter(code__startswith="ours-").exists()

    def test_say_beside_the_name_that_there_is_such_a_rule(self, as_psw: Client, ours: TimescaleRule) -> None:
        page = as_psw.post(self.ADD, POSTED).content.decode()
        assert "There is a rule of this name under this topic already" in page

    def test_change_a_rule(self, as_psw: Client, ours: TimescaleRule) -> None:
        url = reverse("audits:timescale", args=[ours.code])
        assert "Placement order" in as_psw.get(url).content.decode()
        as_psw.post(url, {**POSTED, "limit": "5", "in_use": "no", "shown": as_shown(ours)})
        changed = TimescaleRule.objects.get(code=ours.code)
        assert (changed.limit, changed.in_use, changed.topic) == (5, False, "Placed for adoption")

    def test_remove_a_rule(self, as_psw: Client, ours: TimescaleRule) -> None:
        url = reverse("audits:remove_timescale", args=[ours.code])
        assert url in as_psw.get(reverse("audits:timescale", args=[ours.code])).content.decode()
        assert (
            "Removed “Life story work begun”."
            in as_psw.post(url, {"shown": as_shown(ours)}, follow=True).content.decode()
        )
        assert as_psw.post(url, {"shown": as_shown(ours)}).status_code == 404

    def test_offer_no_removing_once_days_were_typed(self, as_psw: Client, ours: TimescaleRule, audit: Audit) -> None:
        type_days(audit, ours)
        page = as_psw.get(reverse("audits:timescale", args=[ours.code])).content.decode()
        assert "Days were typed for it in audits, so it stays." in page
        as_psw.post(reverse("audits:remove_timescale", args=[ours.code]), {"shown": as_shown(ours)})
        assert TimescaleRule.objects.filter(code=ours.code).exists()

    def test_are_for_nobody_else(self, client: Client, auditor: User, ours: TimescaleRule) -> None:
        client.force_login(auditor)
        assert "Add a rule" not in client.get(reverse("audits:timescales")).content.decode()
        assert client.get(self.ADD).status_code == 403
        assert client.post(self.ADD, POSTED).status_code == 403
        assert client.post(reverse("audits:remove_timescale", args=[ours.code])).status_code == 403

    def test_show_the_rule_beside_an_audit(self, client: Client, audit: Audit, ours: TimescaleRule) -> None:
        client.force_login(audit.auditor)
        page = client.get(reverse("audits:page", args=[audit.reference, "timescales"])).content.decode()
        assert f"days__{ours.code}.trigger" in page
        assert "For every child with a placement order." in page
