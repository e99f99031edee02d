"""The pages of a draw: before confirming, why not me, publishing, and the certificate."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from allocation.drawing.tickets import case_ticket
from allocation.models import Competency, Cycle, Draw, Override, Strata
from allocation.months import certificate as certificates
from allocation.months import cycles, overriding
from allocation.months import draw_cases as listing
from allocation.months.why import Record, ordinal
from allocation.record.draw_record import pairs_of
from allocation.views import draws
from audits.models import Audit, Case, TemplateVersion
from people.models import Holiday, User
from people.roles import JobRole
from tests.allocation.drawn_months import drawn
from tests.allocation.frozen_texts import whole_texts
from tests.allocation.shortage import Shortage, shortage
from tests.allocation.tampering import tamper
from tests.conftest import NOW, TODAY
from tests.factories import CaseFactory, CycleFactory, InvolvementFactory, TeamFactory, UserFactory

CYCLE = "/cycles/2026-11/"
DRAW = f"{CYCLE}draws/1/"


@pytest.fixture(autouse=True)
def ten_november() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def page(client: Client, psw: User) -> Client:
    """The browser of the principal social worker."""
    client.force_login(psw)
    return client


@pytest.fixture
def proposed(cycle: Cycle, cases: list[Case], psw: User) -> Draw:
    return drawn(cycle, psw)


@pytest.fixture
def short(cycle: Cycle, psw: User) -> Shortage:
    return shortage(cycle, psw)


def text_of(response: Any) -> str:
    return " ".join(response.content.decode().split())


def add_override(short: Shortage, psw: User) -> Override:
    case = short.left_over[0]
    wanted = {"case": case, "auditor": short.deputy, "reason": "Nobody else can sign", "by": psw, "at": NOW}
    with pytest.raises(overriding.StandsAgainst) as refused:
        overriding.override(short.draw.cycle, **wanted, today=TODAY)
    made = overriding.override(short.draw.cycle, **wanted, today=TODAY, read=refused.value.mark)
    assert isinstance(made, Override)
    return made


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


class TestAlteredRecord:
    """What the pages say of a draw whose head somebody has altered in the database."""

    PAGES = ("", "cases/", "cases/?out=1", "certificate.pdf", "cases/{case}/", "auditors/{auditor}/")

    @pytest.mark.parametrize(
        ("before", "after", "problem"),
        [
            ('"capacity":1', '"capacity":"two"', "the frozen inputs cannot be read"),
            ('{"algorithm"', '["algorithm"', "These are not the frozen inputs of a draw."),
            ("draw-3", "draw-1", "These inputs were made for draw-1, and this is draw-3."),
        ],
    )
    def test_is_told_on_a_plain_page(self, page: Client, proposed: Draw, before: str, after: str, problem: str) -> None:
        case_id, auditor_id = pairs_of(proposed)[0]
        assert page.get(DRAW).status_code == 200
        tamper(proposed, "inputs", before, after)
        response = page.get(DRAW)
        text = text_of(response)
        assert response.status_code == 200
        assert "The record of draw 1 cannot be read" in text
        assert "<li>the frozen inputs do not match their hash</li>" in text
        assert f"<li>{problem}</li>" in text
        for address in self.PAGES:
            response = page.get(DRAW + address.format(case=case_id, auditor=auditor_id))
            assert response.status_code in {200, 404}, address

    def test_says_nothing_of_altering_where_only_the_portal_is_newer(self, page: Client, proposed: Draw) -> None:
        older = proposed.inputs.replace("draw-3", "draw-1")
        made = {field: getattr(proposed, field) for field in ("seed", "algorithm", "result", "result_sha256")}
        made |= {"inputs": older, "inputs_sha256": hashlib.sha256(older.encode()).hexdigest()}
        Draw.objects.create(cycle=proposed.cycle, number=2, reason="By an older portal", drawn_at=NOW, **made)
        text = text_of(page.get(f"{CYCLE}draws/2/"))
        assert "These inputs were made for draw-1, and this is draw-3." in text
        assert "altered" not in text

    def test_leads_on_to_another_draw(self, page: Client, proposed: Draw) -> None:
        tamper(proposed, "inputs", "draw-3", "draw-1")
        for address in (CYCLE, f"{CYCLE}publish/"):
            assert "The record of draw 1 cannot be read" in text_of(page.get(address))
        assert "Or draw again" in text_of(page.get(CYCLE))
        page.post(f"{CYCLE}draw/", {"reason": "The record of the first one was altered"})
        assert "Draw 2 is only proposed" in text_of(page.get(CYCLE))
        text = text_of(page.get(DRAW))
        assert "The record of draw 1 cannot be read" in text
        assert "Or draw again" not in text

    def test_hides_no_fault_of_the_page_itself(
        self, page: Client, proposed: Draw, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(certificates, "LISTED", None)
        with pytest.raises(TypeError):
            page.get(DRAW)


class TestCertificatePage:
    def test_shows_seed_hashes_settings_and_that_it_is_identical(self, page: Client, proposed: Draw) -> None:
        text = text_of(page.get(DRAW))
        for words in (proposed.seed, proposed.inputs_sha256, proposed.result_sha256, "draw-3", "identical"):
            assert words in text
        assert "30 November 2026" in text
        assert "The same auditor does not get the same child for</dt>" in text

    def test_shows_a_ticket_that_anybody_can_work_out(self, page: Client, proposed: Draw) -> None:
        example = page.get(DRAW).context["certificate"].example
        assert example.text == f"{proposed.seed}:{example.case.pk}"
        assert example.ticket == hashlib.sha256(example.text.encode()).hexdigest()
        assert example.ticket in text_of(page.get(DRAW))

    def test_lets_the_frozen_inputs_be_downloaded_and_hashed(self, page: Client, proposed: Draw) -> None:
        response = page.get(f"{DRAW}inputs.txt")
        assert hashlib.sha256(response.content).hexdigest() == proposed.inputs_sha256
        assert response.headers["Content-Disposition"] == 'attachment; filename="draw-2026-11-1-inputs.txt"'

    def test_lists_the_pool_by_ticket_and_what_was_left_out_by_reason(
        self, page: Client, cycle: Cycle, cases: list[Case], psw: User
    ) -> None:
        Case.objects.filter(pk=cases[0].pk).update(restricted=True)
        draw = drawn(cycle, psw)
        rows = page.get(f"{DRAW}cases/").context["rows"]
        assert len(rows) == 29
        assert [row.ticket for row in rows] == sorted(row.ticket for row in rows)
        assert sum(row.fate.startswith("Drawn and given to") for row in rows) == len(draw.result["pairs"])
        text = text_of(page.get(f"{DRAW}cases/?out=1"))
        assert "The record is restricted: 1." in text
        assert cases[0].reference in text
        for number in ("2", "0", "x", "²"):
            assert page.get(f"{DRAW}cases/", {"out": number}).status_code == 404

    def test_lists_fifty_cases_a_page_and_folds_what_is_beyond_in_its_tables(
        self, page: Client, cycle: Cycle, cases: list[Case], psw: User
    ) -> None:
        UserFactory.create_batch(28, job_role=JobRole.IRO, monthly_quota=2)
        CaseFactory.create_batch(30)
        Cycle.objects.update(target=27)
        drawn(Cycle.objects.get(), psw)
        pages = [page.get(f"{DRAW}cases/?page={number}").context for number in (1, 2)]
        assert [len(each["rows"]) for each in pages] == [50, 10]
        text = text_of(page.get(DRAW))
        before, folded = text.split("2 more</span>", 1)
        assert [part.count("Why not me") for part in (before, folded)] == [25, 2]

    def test_lists_a_large_pool_by_number_without_sorting_its_tickets(
        self, page: Client, cycle: Cycle, cases: list[Case], psw: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        draw = drawn(cycle, psw)
        by_ticket = {row.case: (row.ticket, row.fate) for row in page.get(f"{DRAW}cases/").context["rows"]}
        monkeypatch.setattr(listing, "BY_TICKET", 5)
        monkeypatch.setattr(draws, "PER_PAGE", 8)
        hashed: list[str] = []
        monkeypatch.setattr(listing, "case_ticket", lambda pk, seed: hashed.append(pk) or case_ticket(pk, seed=seed))
        response = page.get(f"{DRAW}cases/?page=2")
        rows = response.context["rows"]
        assert [row.case for row in rows] == cases[8:16]
        assert [row.place for row in rows] == list(range(9, 17))
        assert {row.case: (row.ticket, row.fate) for row in rows}.items() <= by_ticket.items()
        assert hashed == [str(case.pk) for case in cases[8:16]]
        assert "30 cases, by the number in the portal" in text_of(response)
        assert len(draw.result["pairs"]) == 5

    def test_lists_every_draw_of_the_month_with_its_reason(self, page: Client, proposed: Draw, psw: User) -> None:
        drawn(proposed.cycle, psw, reason="Two auditors are back")
        first, second = text_of(page.get(DRAW)), text_of(page.get(f"{CYCLE}draws/2/"))
        for text in (first, second):
            assert "Reason for drawing again: Two auditors are back" in text
        assert "A later draw of this month took its place." in first
        assert "took its place" not in second

    def test_keeps_the_overrides_of_a_draw_that_was_made_again(self, page: Client, short: Shortage, psw: User) -> None:
        add_override(short, psw)
        drawn(short.draw.cycle, psw, reason="One more auditor is back")
        assert "Nobody else can sign" in text_of(page.get(DRAW))
        assert "Nobody else can sign" not in text_of(page.get(f"{CYCLE}draws/2/"))
        assert "Nobody else can sign" not in text_of(page.get(CYCLE))

    def test_draws_a_large_pool_again_only_when_asked(
        self, page: Client, proposed: Draw, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(certificates, "CHECKED_AT_ONCE", 5)
        text = text_of(page.get(DRAW))
        assert "Draw it again now and compare" in text
        assert "Verified" not in text
        assert "Verified" in text_of(page.get(f"{DRAW}?check=1"))

    def test_says_when_it_does_not_come_out_identical(self, page: Client, proposed: Draw) -> None:
        made_up = {field: getattr(proposed, field) for field in ("inputs", "inputs_sha256", "result", "result_sha256")}
        Draw.objects.create(
            cycle=proposed.cycle, number=2, reason="Made up by hand", seed="0" * 64, algorithm="draw-3",
            drawn_at=NOW, **made_up,
        )  # fmt: skip
        assert "does not come out identical" in text_of(page.get(f"{CYCLE}draws/2/"))

    def test_shows_later_changes(self, page: Client, proposed: Draw, psw: User) -> None:
        given = cycles.publish(proposed.cycle, by=psw, at=NOW, today=TODAY)
        assert "None.</p>" in text_of(page.get(DRAW))
        Audit.objects.filter(pk=given[0].audit.pk).update(status="withdrawn")
        assert "It is withdrawn." in text_of(page.get(DRAW))

    def test_is_not_there_for_a_number_that_was_not_drawn(self, page: Client, proposed: Draw) -> None:
        for address in ("", "cases/", "inputs.txt", "certificate.pdf"):
            assert page.get(f"{CYCLE}draws/2/{address}").status_code == 404

    @pytest.mark.parametrize(
        ("address", "texts"),
        [
            (CYCLE, 0),
            (f"{CYCLE}publish/", 0),
            (f"{CYCLE}why-not/", 0),
            (f"{CYCLE}why-not/?case={{case}}&auditor={{auditor}}", 0),
            (DRAW, 1),
            (f"{DRAW}cases/", 1),
            (f"{DRAW}cases/?out=1", 0),
            (f"{DRAW}cases/{{case_id}}/", 0),
            (f"{DRAW}auditors/{{auditor}}/", 0),
            (f"{DRAW}inputs.txt", 1),
        ],
    )
    def test_fetches_the_frozen_text_only_where_its_lines_are_needed(
        self, page: Client, cycle: Cycle, cases: list[Case], psw: User, address: str, texts: int
    ) -> None:
        Case.objects.filter(pk=cases[0].pk).update(restricted=True)
        case_id, auditor_id = pairs_of(drawn(cycle, psw))[0]
        case = Case.objects.get(pk=case_id)
        with CaptureQueriesContext(connection) as queries:
            response = page.get(address.format(case=case.reference, case_id=case.pk, auditor=auditor_id))
        assert response.status_code == 200
        assert whole_texts(queries) == texts

    def test_fetches_a_page_of_lines_of_a_large_pool(
        self, page: Client, proposed: Draw, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(listing, "BY_TICKET", 5)
        with CaptureQueriesContext(connection) as queries:
            assert len(page.get(f"{DRAW}cases/").context["rows"]) == 30
        assert whole_texts(queries) == 0

    def test_asks_no_more_questions_for_sixty_auditors_than_for_ten(
        self, page: Client, cycle: Cycle, psw: User, django_assert_max_num_queries: Callable[[int], Any]
    ) -> None:
        def grow(auditors: int) -> None:
            for _ in range(auditors):
                team = TeamFactory()
                UserFactory(job_role=JobRole.TEAM_MANAGER, team=team)
                CaseFactory(team=team)

        def count(number: int) -> list[int]:
            counts = []
            case_id, auditor_id = pairs_of(Draw.objects.get(number=number))[0]
            for address in ("", "cases/", f"cases/{case_id}/", f"auditors/{auditor_id}/"):
                with django_assert_max_num_queries(25) as captured:
                    assert page.get(f"{CYCLE}draws/{number}/{address}").status_code == 200
                counts.append(len(captured))
            return counts

        grow(10)
        drawn(cycle, psw)
        few = count(1)
        grow(50)
        Cycle.objects.update(target=60)
        drawn(Cycle.objects.get(), psw, reason="Fifty more auditors joined")
        assert count(2) <= few
