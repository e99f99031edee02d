"""The pages of a draw: before confirming, why not me, publishing, and the certificate."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.test import Client

from allocation.models import Competency, Cycle, Draw, Strata
from allocation.months.why import Record, ordinal
from allocation.record.draw_record import pairs_of
from audits.models import Audit, Case, TemplateVersion
from people.models import Holiday, User
from people.roles import JobRole
from tests.allocation.drawn_months import drawn
from tests.allocation.shortage import Shortage, add_override
from tests.conftest import NOW
from tests.factories import CycleFactory, InvolvementFactory, TeamFactory, UserFactory

pytestmark = pytest.mark.usefixtures("today")

CYCLE = "/cycles/2026-11/"
DRAW = f"{CYCLE}draws/1/"


def text_of(response: Any) -> str:
    return " ".join(response.content.decode().split())


class TestProposedDraw:
    def test_says_that_nobody_is_told_yet_and_how_full_everybody_is(self, page: Client, proposed: Draw) -> None:
        text = text_of(page.get(CYCLE))
        assert "Nobody is told before you publish it" in text
        loads = page.get(CYCLE).context["proposal"].loads
        assert sorted(load.drawn for load in loads) == [0, 1, 1, 1, 1, 1]
        assert {load.places for load in loads} == {1}
        assert {load.this_year for load in loads} == {0}

    def test_names_what_blocks_and_offers_the_override_that_only_the_team_rule_forbids(
        self, page: Client, short: Shortage
    ) -> None:
        response = page.get(CYCLE)
        text = text_of(response)
        assert f'One more place for any of <a class="govuk-link" href="{DRAW}auditors/{short.outsider.pk}/' in text
        freeing = response.context["freeing"]
        assert {each.case for each in freeing.left_over} == set(short.left_over)
        (pair,) = freeing.pairs  # Dora has one place, and Mia manages the team
        assert pair.case in short.left_over
        assert pair.auditor.name == "Dora Deputy"
        case = pair.case
        link = f"{CYCLE}override/?case={case.reference}&amp;auditor={short.deputy.pk}&amp;selection=as_drawn"
        assert link in text
        form = page.get(link.replace("&amp;", "&")).context["form"]
        assert (form["case"].value(), form["selection"].value()) == (case.reference, "as_drawn")

    def test_lists_overrides_and_takes_them_back_with_one_click(self, page: Client, short: Shortage, psw: User) -> None:
        made = add_override(short, psw)
        text = text_of(page.get(CYCLE))
        assert "Nobody else can sign" in text
        assert "In spite of: Is in the team that holds this case" in text
        assert "Its overrides stay with it" in text
        assert page.get(f"{CYCLE}overrides/{made.pk}/take-back/").headers["Location"] == CYCLE
        text = text_of(page.post(f"{CYCLE}overrides/{made.pk}/take-back/", follow=True))
        assert f"The override of case {made.case.reference} is taken back. It stays on record." in text
        assert "Taken back 10 November 2026 at 10:00." in text
        assert "is taken back already" in text_of(page.post(f"{CYCLE}overrides/{made.pk}/take-back/", follow=True))

    def test_takes_back_no_override_of_another_month(self, page: Client, short: Shortage, psw: User) -> None:
        made = add_override(short, psw)
        Cycle.objects.create(month="2026-12-01", opened_at=NOW, status="paused", paused_reason="Inspection")
        assert page.post(f"/cycles/2026-12/overrides/{made.pk}/take-back/").status_code == 404

    def test_shows_how_a_spread_draw_is_spread_in_words(
        self, page: Client, cycle: Cycle, cases: list[Case], psw: User
    ) -> None:
        Cycle.objects.update(strata_by=Strata.SERVICE)
        draw = drawn(Cycle.objects.get(), psw)
        text = text_of(page.get(CYCLE))
        for row in draw.result["strata"]:
            assert row["pool"] == 15
            stands_for = {"2": "7.5", "3": "5"}[str(row["given"])]
            assert f"each stands for {stands_for} cases" in text


class TestWhyNotMe:
    def test_lists_every_auditor_of_the_draw_for_a_case(self, page: Client, short: Shortage) -> None:
        given = int(short.draw.result["pairs"][0]["case_id"])
        text = text_of(page.get(f"{DRAW}cases/{given}/"))
        assert "Drawn and given to Otto Outsider." in text
        assert text.count("Is in the team that holds this case") == 2
        assert "could have had it" not in text
        left = short.left_over[0]
        text = text_of(page.get(f"{DRAW}cases/{left.pk}/"))
        assert "Given to nobody" in text
        assert "1 auditor could have had it" in text

    def test_says_why_a_case_was_not_in_the_draw_or_did_not_come_up(
        self, page: Client, cycle: Cycle, cases: list[Case], psw: User
    ) -> None:
        Case.objects.filter(pk=cases[0].pk).update(restricted=True)
        draw = drawn(cycle, psw)
        assert "Kept out: the record is restricted." in text_of(page.get(f"{DRAW}cases/{cases[0].pk}/"))
        came_up = {each["case_id"] for part in ("pairs", "passed_over", "reserve") for each in draw.result[part]}
        waiting = next(case for case in cases[1:] if str(case.pk) not in came_up)
        text = text_of(page.get(f"{DRAW}cases/{waiting.pk}/"))
        place = next(each.place for each in Record(draw).order if each.case_id == str(waiting.pk))
        assert f"Not drawn: its ticket was {ordinal(place)} of 29, 5 were taken." in text
        for number, each in enumerate(draw.result["reserve"][:3], start=1):
            assert f"Drawn as reserve {number}:" in text_of(page.get(f"{DRAW}cases/{each['case_id']}/"))

    def test_reads_the_record_and_not_today(self, page: Client, short: Shortage) -> None:
        given = short.draw.result["pairs"][0]["case_id"]
        User.objects.filter(pk=short.deputy.pk).update(team=TeamFactory())
        text = text_of(page.get(f"{DRAW}cases/{given}/"))
        assert text.count("Is in the team that holds this case") == 2

    def test_says_who_is_bound_where_an_auditor_learns(
        self, cycle: Cycle, cases: list[Case], auditors: list[User], core_template: TemplateVersion, psw: User
    ) -> None:
        """The record does not say which of the two teams is the learner's own."""
        learner, mentor = auditors[:2]
        signed = {"state": "signed_off", "signed_off_by": psw, "signed_off_at": NOW}
        Competency.objects.create(user=mentor, template=core_template.template, begun_at=NOW, **signed)
        Competency.objects.create(user=learner, template=core_template.template, begun_at=NOW, supervisor=mentor)
        InvolvementFactory(case=cases[25], user=mentor, role="Social worker")
        InvolvementFactory(case=cases[26], user=learner, role="Social worker")
        record = Record(drawn(cycle, psw))

        def told(case: Case, person: User) -> tuple[str, ...]:
            return record.kept_from(str(case.pk), str(person.pk))

        team = "is in the team that holds this case"
        assert told(cases[0], learner) == ("Manages the worker of this case", f"They or their supervisor {team}")
        assert told(cases[5], learner) == (
            "Their supervisor manages the worker of this case",
            f"They or their supervisor {team}",
        )
        assert told(cases[5], mentor) == ("Manages the worker of this case", f"Is {team.removeprefix('is ')}")
        involved = "is in a team that was involved in this case"
        assert told(cases[25], learner) == (
            "Their supervisor was involved in this case",
            f"They or their supervisor {involved}",
        )
        assert told(cases[26], learner) == ("Was involved in this case", f"They or their supervisor {involved}")
        assert told(cases[10], learner) == ()

    def test_lists_every_drawn_case_for_an_auditor(self, page: Client, short: Shortage, psw: User) -> None:
        text = text_of(page.get(f"{DRAW}auditors/{short.deputy.pk}/"))
        assert "Given no case in this draw because Dora Deputy is kept from every case that was drawn." in text
        assert text.count("Is in the team that holds this case") == 1
        text = text_of(page.get(f"{DRAW}auditors/{short.outsider.pk}/"))
        assert "Given 1 case in this draw, with 1 place." in text
        words = f"Not in this draw because {psw} was not expected to audit then."
        assert words in text_of(page.get(f"{DRAW}auditors/{psw.pk}/"))

    def test_says_first_what_kept_an_auditor_out(
        self, page: Client, cycle: Cycle, cases: list[Case], auditors: list[User], psw: User
    ) -> None:
        User.objects.filter(pk=auditors[0].pk).update(monthly_quota=0)
        User.objects.filter(pk__in=[each.pk for each in auditors[2:]]).update(monthly_quota=4)
        draw = drawn(cycle, psw)
        words = f"Not in this draw because {auditors[0]} has no places this month."
        assert words in text_of(page.get(f"{DRAW}auditors/{auditors[0].pk}/"))
        for each in draw.result["unassigned"]:
            text = text_of(page.get(f"{DRAW}auditors/{each['auditor_id']}/"))
            assert "Given no case in this draw because there were more places than cases" in text

    def test_lists_those_who_were_kept_from_a_case_first_and_folds_the_rest(
        self, page: Client, cycle: Cycle, cases: list[Case], auditors: list[User], psw: User
    ) -> None:
        team = auditors[0].team
        UserFactory.create_batch(30, job_role=JobRole.ADVANCED_PRACTITIONER, team=team, audits_as_rule=True)
        drawn(cycle, psw)
        response = page.get(f"{DRAW}cases/{cases[0].pk}/")
        answer = response.context["answer"]
        assert (len(answer.bound), len(answer.could) + len(answer.got)) == (31, 5)
        text = text_of(response)
        assert text.index("Auditors who were kept from it") < text.index("could have had it")
        before, folded = text.split("6 more</span>")
        assert before.count("Is in the team that holds this case") == 25
        assert folded.count("Is in the team that holds this case") == 6

    def test_gives_the_reasons_as_things_stand_for_any_pair(
        self, page: Client, cycle: Cycle, cases: list[Case], auditors: list[User]
    ) -> None:
        asked = {"case": cases[0].reference.lower(), "auditor": auditors[0].pk}
        text = text_of(page.get(f"{CYCLE}why-not/", asked))
        assert "<li>Manages the worker of this case</li><li>Is in the team that holds this case</li>" in text
        text = text_of(page.get(f"{CYCLE}why-not/", {"case": cases[0].reference, "auditor": auditors[1].pk}))
        assert "Nothing stands against it" in text
        assert "From the record of draw" not in text
        assert "There is no case with this reference" in text_of(
            page.get(f"{CYCLE}why-not/", {"case": "nothing", "auditor": auditors[1].pk})
        )

    def test_leads_from_today_to_the_record(self, page: Client, short: Shortage) -> None:
        asked = {"case": short.cases[0].reference, "auditor": short.deputy.pk}
        text = text_of(page.get(f"{CYCLE}why-not/", asked))
        assert f'href="{DRAW}cases/{short.cases[0].pk}/"' in text
        assert f'href="{DRAW}auditors/{short.deputy.pk}/"' in text


class TestOverridePage:
    def test_says_everything_that_is_wrong_at_once(self, page: Client, proposed: Draw) -> None:
        text = text_of(page.post(f"{CYCLE}override/", {"case": "XX-404", "reason": "short", "selection": "targeted"}))
        for words in ("There is no case with this reference", "Choose an auditor", "in at least 10 characters"):
            assert words in text


class TestPublishPage:
    def january(self, template: TemplateVersion, psw: User) -> Draw:
        cycle = CycleFactory(template_version=template, month=date(2027, 1, 1), target=5, due_on=date(2027, 1, 29))
        return drawn(cycle, psw)

    def test_asks_whether_earlier_months_are_meant_to_wait(
        self, page: Client, proposed: Draw, core_template: TemplateVersion, psw: User
    ) -> None:
        User.objects.filter(monthly_quota=1).update(monthly_quota=2)
        self.january(core_template, psw)
        address = "/cycles/2027-01/publish/"
        text = text_of(page.get(address))
        waiting = "November 2026 and December 2026 are not published yet"
        assert f"{waiting}." in text
        assert "I mean to publish January 2027 first" in text
        for typed in ({}, {"past": "2026-11"}):
            assert page.post(address, typed).status_code == 200
            assert not Audit.objects.exists()
        assert f"{waiting}. Tick the box" in text_of(page.post(address))
        text = text_of(page.post(address, {"past": "2026-11,2026-12"}, follow=True))
        assert "January 2027 is published: 5 audits are given out." in text

    def test_asks_nothing_where_no_earlier_month_waits(self, page: Client, proposed: Draw) -> None:
        assert "Earlier months" not in text_of(page.get(f"{CYCLE}publish/"))
        page.post(f"{CYCLE}publish/")
        assert Audit.objects.count() == 5

    def test_says_what_will_happen_with_its_overrides(self, page: Client, short: Shortage, psw: User) -> None:
        add_override(short, psw)
        text = text_of(page.get(f"{CYCLE}publish/"))
        assert "2 audits begin, due 30 November 2026; among them 1 by override" in text
        assert "Nobody else can sign" in text
        assert not Audit.objects.exists()

    def test_names_pairs_that_no_longer_hold(self, page: Client, proposed: Draw) -> None:
        case_id, auditor_id = pairs_of(proposed)[0]
        Case.objects.filter(pk=case_id).update(worker=auditor_id)
        text = text_of(page.get(f"{CYCLE}publish/"))
        assert "Things have changed since the draw" in text
        assert "is the worker of this case" in text
        assert "Publish and send the emails" not in text

    def test_names_a_due_date_that_is_a_day_off_and_leads_to_where_another_is_chosen(
        self, page: Client, proposed: Draw
    ) -> None:
        Holiday.objects.create(day=date(2026, 11, 30), name="Council closed")
        for text in (text_of(page.get(f"{CYCLE}publish/")), text_of(page.post(f"{CYCLE}publish/", follow=True))):
            assert "30 November 2026, the due date of November 2026, is a day off now." in text
            assert f'href="{CYCLE}change/" role="button"' in text
            assert "Publish and send the emails" not in text
        assert Cycle.objects.get().status == "proposed"

    def test_leads_back_where_there_is_nothing_to_publish(self, page: Client, cycle: Cycle) -> None:
        assert page.get(f"{CYCLE}publish/").headers["Location"] == CYCLE
        assert "There is no draw to publish" in text_of(page.post(f"{CYCLE}publish/", follow=True))
