"""The certificate of a draw as a PDF."""

from __future__ import annotations

import re
from datetime import date, timedelta
from io import BytesIO
from typing import Any

import pytest
import time_machine
from django.test import Client
from pypdf import PdfReader

from allocation.models import Cycle, Draw
from allocation.months import certificate as certificates
from allocation.months import cycles
from audits.models import Case, TemplateVersion
from people.models import User
from people.roles import JobRole
from reporting.draw_certificate import certificate_html, certificate_pdf, file_name
from tests.conftest import NOW, TODAY
from tests.factories import CaseFactory, CycleFactory, TeamFactory, UserFactory


@pytest.fixture
def draw(core_template: TemplateVersion, psw: User) -> Draw:
    """Four auditors of four teams, two cases each, one of them restricted; five wanted."""
    for number in range(4):
        team = TeamFactory()
        UserFactory(name=f"Auditor {number}", job_role=JobRole.TEAM_MANAGER, team=team)
        CaseFactory(team=team)
        CaseFactory(team=team)
    Case.objects.filter(pk=Case.objects.order_by("pk")[0].pk).update(restricted=True)
    cycle = CycleFactory(template_version=core_template, opened_by=psw, opened_at=NOW, due_on=date(2026, 11, 30))
    return cycles.propose_draw(cycle, by=psw, at=NOW, today=TODAY)


def words_of(draw: Draw) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", certificate_html(draw)).split())


class TestCertificate:
    def test_holds_everything_that_proves_the_draw(self, draw: Draw) -> None:
        words = words_of(draw)
        for proof in (draw.seed, draw.inputs_sha256, draw.result_sha256, draw.algorithm):
            assert proof in words
        assert "Drawn again from the frozen inputs and the seed: identical." in words
        for case in Case.objects.all():
            assert case.reference in words
            assert case.child_name not in words
        for pair in draw.result["pairs"]:
            assert User.objects.get(pk=pair["auditor_id"]).name in words
        assert "Left out: The record is restricted (1)" in words

    def test_says_which_group_audits(self, draw: Draw, psw: User) -> None:
        assert "Who audits Everybody" in words_of(draw)
        User.objects.filter(name__startswith="Auditor").update(audit_group="A")
        for groups, words in ((["A"], "Who audits Group A"), (["A", "C"], "Who audits Groups A and C")):
            Cycle.objects.update(groups=groups)
            reason = f"Only {words} now"
            again = cycles.propose_draw(Cycle.objects.get(), by=psw, at=NOW, today=TODAY, reason=reason)
            assert words in words_of(again)

    def test_writes_large_counts_with_a_comma(self, draw: Draw) -> None:
        Cycle.objects.update(target=1250)
        again = cycles.propose_draw(
            Cycle.objects.get(), by=draw.drawn_by, at=NOW, today=TODAY, reason="Many more of them"
        )
        words = words_of(again)
        assert "of 1,250 wanted" in words
        assert "1250" not in words.replace(again.seed, "")
        assert "The auditors have 1,246 places too few." in words

    def test_is_a_tagged_pdf_with_the_same_words(self, draw: Draw) -> None:
        reader = PdfReader(BytesIO(certificate_pdf(draw)))
        assert bool(reader.trailer["/Root"]["/MarkInfo"]["/Marked"])
        assert reader.trailer["/Root"]["/Lang"] == "en-GB"
        text = "".join("".join(page.extract_text().split()) for page in reader.pages)
        assert draw.inputs_sha256 in text
        assert draw.seed in text

    def test_comes_out_the_same_to_the_byte_whatever_the_day(self, draw: Draw, psw: User) -> None:
        with time_machine.travel(NOW, tick=False):
            first = certificate_pdf(draw)
        with time_machine.travel(NOW + timedelta(days=400), tick=False):
            assert certificate_pdf(Draw.objects.get()) == first
        cycles.publish(Cycle.objects.get(), by=psw, at=NOW, today=TODAY)
        assert certificate_pdf(Draw.objects.get()) == first

    def test_names_the_draws_before_it_and_not_those_after(self, draw: Draw, psw: User) -> None:
        before = certificate_html(draw)
        second = cycles.propose_draw(draw.cycle, by=psw, at=NOW, today=TODAY, reason="Two are back from leave")
        assert "Reason for drawing again: Two are back from leave" in words_of(second)
        assert certificate_html(draw) == before

    def test_counts_and_hashes_references_that_are_too_many(self, draw: Draw, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(certificates, "LISTED", 3)
        pool = certificates.certificate(draw).pool
        assert (pool.count, pool.listed, pool.too_many) == (7, (), True)
        assert pool.sha256 in words_of(draw)

    def test_says_the_same_without_tables_where_they_would_be_very_long(
        self, draw: Draw, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(certificates, "TABLED", 3)
        words = words_of(draw)
        assert "Who gets which case" not in words
        for pair in draw.result["pairs"]:
            case, auditor = Case.objects.get(pk=pair["case_id"]), User.objects.get(pk=pair["auditor_id"])
            assert f"{case.reference} ({case.pk}) to {auditor.name}" in words

    def test_says_so_where_a_large_pool_was_not_drawn_again(self, draw: Draw, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(certificates, "CHECKED_AT_ONCE", 3)
        assert "Not drawn again for this copy" in words_of(draw)

    def test_has_a_name_that_says_month_and_number_and_nothing_else(self, draw: Draw) -> None:
        assert file_name(draw) == "draw-certificate-2026-11-1.pdf"


class TestPage:
    def test_gives_the_pdf_to_those_who_run_the_programme(self, client: Client, draw: Draw, psw: User) -> None:
        client.force_login(psw)
        response: Any = client.get("/cycles/2026-11/draws/1/certificate.pdf")
        assert response.content.startswith(b"%PDF-1.7")
        assert response.headers["Content-Disposition"] == 'attachment; filename="draw-certificate-2026-11-1.pdf"'
        assert client.get("/cycles/2026-11/draws/2/certificate.pdf").status_code == 404
