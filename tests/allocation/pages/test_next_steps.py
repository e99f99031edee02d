"""What the pages say of a case that goes to somebody already: giving it by hand, and why not."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from allocation.models import Draw, Override
from allocation.months import cycles
from audits.models import Audit, Case
from people.models import User
from tests.conftest import NOW, TODAY

pytestmark = pytest.mark.usefixtures("today")

CYCLE = "/cycles/2026-11/"


def text_of(response: Any) -> str:
    return " ".join(response.content.decode().split())


def first_pair(draw: Draw) -> tuple[Case, User]:
    pair = draw.result["pairs"][0]
    return Case.objects.get(pk=pair["case_id"]), User.objects.get(pk=pair["auditor_id"])


def left_over(draw: Draw) -> Case:
    """A case that was not drawn, and that the auditor of the first pair may be given: not one of their own team."""
    drawn_cases = [int(pair["case_id"]) for pair in draw.result["pairs"]]
    _, auditor = first_pair(draw)
    found = Case.objects.exclude(pk__in=drawn_cases).exclude(team=auditor.team).order_by("pk").first()
    assert found is not None
    return found


def by_hand(draw: Draw, case: Case, auditor: User, psw: User) -> Override:
    return Override.objects.create(
        draw=draw, case=case, auditor=auditor, reason="The court asked for it", by=psw, at=NOW
    )


def asked(page: Client, case: Case, auditor: User) -> str:
    wanted = {"case": case.reference, "auditor": auditor.pk, "reason": "The court asked for it"}
    return text_of(page.post(f"{CYCLE}override/", wanted | {"selection": "targeted"}))


class TestGivingByHand:
    def test_of_a_drawn_case_leads_to_publishing_or_drawing_again(self, page: Client, proposed: Draw) -> None:
        case, auditor = first_pair(proposed)
        text = asked(page, case, auditor)
        assert f"Draw 1 gives the case to {auditor.name}." in text
        assert f'href="{CYCLE}publish/"' in text
        assert f'href="{CYCLE}#again"' in text

    def test_of_a_case_by_override_leads_to_taking_that_back(self, page: Client, proposed: Draw, psw: User) -> None:
        case, (_, auditor) = left_over(proposed), first_pair(proposed)
        by_hand(proposed, case, auditor, psw)
        text = asked(page, case, auditor)
        assert f"The case goes to {auditor.name} by an override of draw 1." in text
        assert f'href="{CYCLE}#overrides"' in text
        assert f'href="{CYCLE}publish/"' not in text

    def test_of_a_published_case_leads_to_its_audit(self, page: Client, proposed: Draw, psw: User) -> None:
        case, auditor = first_pair(proposed)
        cycles.publish(proposed.cycle, by=psw, at=NOW, today=TODAY)
        audit = Audit.objects.get(case=case)
        text = asked(page, case, auditor)
        assert (
            f'{auditor.name} audits this case: audit <a class="govuk-link" href="/audits/{audit.reference}/">' in text
        )
        assert "“Give it to another auditor”" in text


class TestWhyNot:
    def ask(self, page: Client, case: Case, auditor: User) -> str:
        return text_of(page.get(f"{CYCLE}why-not/", {"case": case.reference, "auditor": auditor.pk}))

    def test_says_first_that_an_override_gives_it(self, page: Client, proposed: Draw, psw: User) -> None:
        case, (_, auditor) = left_over(proposed), first_pair(proposed)
        by_hand(proposed, case, auditor, psw)
        text = self.ask(page, case, auditor)
        goes = text.index(f"The case goes to {auditor.name} by an override of draw 1.")
        assert f"By {psw.name}, 10 November 2026 at 10:00: The court asked for it." in text
        assert goes < text.index("They already have 1 of 1 place; this makes 2")

    def test_keeps_the_reason_of_an_override_to_the_pair_it_is_about(
        self, page: Client, proposed: Draw, psw: User
    ) -> None:
        case, (_, auditor) = left_over(proposed), first_pair(proposed)
        other = User.objects.exclude(pk=auditor.pk).filter(job_role=auditor.job_role).first()
        assert other is not None
        by_hand(proposed, case, auditor, psw)
        text = self.ask(page, case, other)
        assert f"The case goes to {auditor.name} by an override of draw 1." in text
        assert "The court asked for it" not in text

    def test_says_that_the_draw_gives_it(self, page: Client, proposed: Draw) -> None:
        case, auditor = first_pair(proposed)
        text = self.ask(page, case, auditor)
        assert f"Draw 1 gives the case to {auditor.name}." in text
        assert "They already have" not in text
        assert "up to the tickets" not in text

    def test_says_that_an_auditor_has_no_place_left(self, page: Client, proposed: Draw) -> None:
        _, auditor = first_pair(proposed)
        assert "They already have 1 of 1 place; this makes 2" in self.ask(page, left_over(proposed), auditor)
