"""The certificate of a draw on its page, and what a page says of a record that was altered."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from allocation.drawing.tickets import case_ticket
from allocation.models import Cycle, Draw
from allocation.months import certificate as certificates
from allocation.months import cycles
from allocation.months import draw_cases as listing
from allocation.record.draw_record import pairs_of
from allocation.views import draws
from audits.models import Audit, Case
from people.models import User
from people.roles import JobRole
from tests.allocation.drawn_months import drawn
from tests.allocation.frozen_texts import whole_texts
from tests.allocation.shortage import Shortage, add_override
from tests.allocation.tampering import tamper
from tests.conftest import NOW, TODAY
from tests.factories import CaseFactory, TeamFactory, UserFactory

pytestmark = pytest.mark.usefixtures("today")

CYCLE = "/cycles/2026-11/"
DRAW = f"{CYCLE}draws/1/"


def text_of(response: Any) -> str:
    return " ".join(response.content.decode().split())


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
