"""The month of whoever runs the programme: open, draw, why not me, override, publish, swap, the certificate."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

import pypdf
import pytest
from django.core.management import call_command
from playwright.sync_api import expect

from allocation.changes.swaps import peers
from allocation.models import Allocation, Draw, Handover, Override, Swap
from audits.models import Audit, Case, TemplateVersion
from people.holidays import ensure_holidays
from people.models import Team, User
from people.roles import JobRole
from tests.conftest import TODAY
from tests.factories import CaseFactory, ServiceFactory, TeamFactory, UserFactory
from tests.journeys.conftest import Desk

pytestmark = pytest.mark.browser
MONTH = "/cycles/2026-11/"


@pytest.fixture
def council(transactional_db: None, templates: list[TemplateVersion]) -> list[User]:
    """Five teams of two services, each with a manager who audits, a worker and four cases."""
    ensure_holidays()
    head = UserFactory(name="Hedda Above", job_role=JobRole.ASSISTANT_DIRECTOR, monthly_quota=0)
    services = [ServiceFactory(name="Safeguarding"), ServiceFactory(name="Children in care")]
    managers = []
    for number in range(5):
        team: Team = TeamFactory(name=f"Team {number}", service=services[number % 2])
        manager = UserFactory(name=f"Auditor {number}", job_role=JobRole.TEAM_MANAGER, team=team, line_manager=head)
        worker = UserFactory(name=f"Worker {number}", team=team, line_manager=manager)
        for child in range(4):
            CaseFactory(reference=f"EX{number}{child}", team=team, worker=worker, opened_on=date(2026, 3, 2))
        managers.append(manager)
    UserFactory(name="Olive Other", job_role=JobRole.ADVANCED_PRACTITIONER, team=Team.objects.get(name="Team 0"))
    return managers


class TestAllocation:
    def test_goes_from_opening_to_a_certificate_that_anybody_can_check(
        self, desks: Any, clock: Any, council: list[User], psw: User, capsys: pytest.CaptureFixture[str]
    ) -> None:
        desk = desks(psw)
        self.open_and_set_up(desk)
        draw = self.draw(desk)
        self.read_why_not_me(desk, draw)
        self.override(desk, draw)
        self.publish(desk)
        moved = self.swap(desks)
        self.certificate(desk, draw, moved)
        call_command("verify_draw", "--all")
        assert "identical" in capsys.readouterr().out

    def open_and_set_up(self, desk: Desk) -> None:
        page = desk.open("/cycles/new/")
        page.get_by_label("How many audits").fill("4")
        page = desk.press("Open the month")
        expect(page.get_by_role("heading", name="How this month draws")).to_be_visible()
        page = desk.open(f"{MONTH}spread/")
        page.locator("[name=strata_by][value=service]").check()
        page.locator("[name=method][value=proportional]").check()
        page = desk.press("Save")
        expect(page.get_by_text("in proportion to their cases").first).to_be_visible()
        expect(page.get_by_text("you reach 4 of 4").first).to_be_visible()

    def draw(self, desk: Desk) -> Draw:
        page = desk.press("Draw")
        expect(page.get_by_role("heading", name="Who gets which case")).to_be_visible()
        return Draw.objects.get()

    def read_why_not_me(self, desk: Desk, draw: Draw) -> None:
        page = desk.follow("Why not me")
        pair = draw.result["pairs"][0]
        case = Case.objects.get(pk=pair["case_id"])
        expect(page.get_by_role("heading", level=1)).to_have_text(f"Case {case.reference}: why not me?")
        assert case.team is not None
        manager = User.objects.get(team=case.team, job_role=JobRole.TEAM_MANAGER)
        row = page.locator("tr", has_text=manager.name)
        expect(row).to_contain_text("Manages the worker")
        expect(row).to_contain_text("Is in the team that holds this case")
        got_by = User.objects.get(pk=pair["auditor_id"])
        expect(page.get_by_text(f"Drawn and given to {got_by}.")).to_be_visible()

    def override(self, desk: Desk, draw: Draw) -> None:
        drawn = [pair["case_id"] for pair in draw.result["pairs"]]
        case = Case.objects.filter(team__name="Team 0").exclude(pk__in=drawn)[0]
        page = desk.open(f"{MONTH}override/")
        page.get_by_label("Case", exact=True).fill(case.reference)
        page.get_by_label("Auditor", exact=True).select_option(label="Olive Other")
        page.get_by_label("After a complaint").check()
        page.get_by_label("Why this case goes to this auditor").fill("She alone knows this kind of complaint.")
        page = desk.press("Add it to the draw")
        expect(page.get_by_text("Nothing has been given yet").first).to_be_visible()
        expect(page.get_by_text("in the team that holds this case").first).to_be_visible()
        assert not Override.objects.exists()
        page.get_by_label("I have read what stands against it").check()
        page = desk.press("Add it to the draw")
        expect(page.get_by_text("She alone knows this kind of complaint.").first).to_be_visible()
        assert not Audit.objects.exists()

    def publish(self, desk: Desk) -> None:
        desk.open(f"{MONTH}publish/")
        page = desk.press("Publish and send the emails")
        expect(page.get_by_text("Given by hand").first).to_be_visible()
        assert Allocation.objects.count() == 5
        assert Audit.objects.get(selection="complaint").auditor.name == "Olive Other"

    def swap(self, desks: Any) -> Audit:
        audit, peer = self.to_be_swapped()
        mine = desks(audit.auditor, width=390)
        page = mine.open(f"/swaps/new/{audit.reference}/")
        page.locator(f"button[name=offer][value='{peer.pk}:month']").click()
        expect(page.get_by_text("Whom you have asked").first).to_be_visible()
        mine.look()
        swap = Swap.objects.get()
        theirs = desks(peer)
        page = theirs.open("/")
        expect(page.get_by_text(audit.reference).first).to_be_visible()
        theirs.open(f"/swaps/{swap.pk}/")
        page = theirs.press("Accept")
        expect(page.get_by_text(audit.reference).first).to_be_visible()
        audit.refresh_from_db()
        assert audit.auditor == peer
        assert Handover.objects.get().to_auditor == peer
        return audit

    def to_be_swapped(self) -> tuple[Audit, User]:
        """An audit and somebody who can take it for a place next month."""
        for audit in Audit.objects.filter(selection="random").order_by("reference"):
            for peer in peers(audit, today=TODAY).eligible:
                if peer.back_in:
                    return audit, peer.person
        raise AssertionError("nobody can swap")

    def certificate(self, desk: Desk, draw: Draw, moved: Audit) -> None:
        page = desk.open(f"{MONTH}draws/1/")
        expect(page.get_by_text("Drawn again just now from the frozen inputs and the seed: identical.")).to_be_visible()
        expect(page.get_by_text(draw.seed).first).to_be_visible()
        expect(page.get_by_text(draw.inputs_sha256).first).to_be_visible()
        changes = page.locator("li", has_text=moved.reference)
        expect(changes.first).to_contain_text("swap")
        answer = desk.context.request.get(f"{MONTH}draws/1/certificate.pdf")
        assert answer.headers["content-type"] == "application/pdf"
        text = "".join(one.extract_text() for one in pypdf.PdfReader(io.BytesIO(answer.body())).pages)
        assert draw.inputs_sha256[:32] in text.replace("\n", "")
        assert "She alone knows this kind of complaint." in " ".join(text.split())
