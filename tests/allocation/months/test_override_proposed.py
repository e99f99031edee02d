"""A case given by hand before the draw is published, and what has changed by then."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from allocation.models import Allocation, Cycle, Draw, Origin, Override
from allocation.months import cycles, overriding
from allocation.months.cycles import CycleError
from allocation.months.overriding import AS_DRAWN, StandsAgainst
from audits.models import Audit, Case, Selection, StatusChange
from people.models import Activity, OutgoingMail, User
from people.roles import JobRole
from people.wording import lowered
from tests.allocation.overrides import REASON, give
from tests.allocation.shortage import Shortage, shortage
from tests.conftest import NOW, TODAY
from tests.factories import AuditFactory, CaseFactory

pytestmark = pytest.mark.usefixtures("ten_november")


class TestOverrideBeforePublishing:
    @pytest.fixture
    def short(self, cycle: Cycle, psw: User) -> Shortage:
        return shortage(cycle, psw)

    def add(self, short: Shortage, psw: User, **changes: Any) -> Override:
        wanted = {"case": short.left_over[0], "auditor": short.deputy, "reason": REASON, "by": psw, "at": NOW}
        wanted |= {"today": TODAY, "selection": AS_DRAWN, **changes}
        with pytest.raises(StandsAgainst) as refused:
            overriding.override(short.draw.cycle, **wanted)
        made = overriding.override(short.draw.cycle, **wanted, read=refused.value.mark)
        assert isinstance(made, Override)
        return made

    def publish(self, short: Shortage, psw: User) -> list[Allocation]:
        return cycles.publish(short.draw.cycle, by=psw, at=NOW, today=TODAY)

    def test_is_written_down_and_nobody_is_told(self, short: Shortage, psw: User) -> None:
        made = self.add(short, psw)
        assert (made.draw, made.reason, made.by) == (short.draw, REASON, psw)
        assert made.against == ["Is in the team that holds this case"]
        assert not Audit.objects.exists()
        assert not OutgoingMail.objects.exists()
        assert Activity.objects.get(verb="added an override to the draw").detail["case"] == made.case_id

    def test_is_published_with_the_draw_and_counts_as_random_where_its_ticket_came_up(
        self, short: Shortage, psw: User
    ) -> None:
        made = self.add(short, psw)
        drawn, by_hand = self.publish(short, psw)
        assert (by_hand.case, by_hand.auditor, by_hand.origin) == (made.case, short.deputy, Origin.OVERRIDE)
        assert by_hand.override_reason == StatusChange.objects.get(audit=by_hand.audit).reason == REASON
        assert by_hand.audit.selection == Selection.RANDOM
        assert by_hand.weight == drawn.weight == 3
        assert OutgoingMail.objects.filter(recipient=short.deputy, kind="case_given").count() == 1

    def test_counts_with_the_theme_where_the_month_has_one(self, short: Shortage, psw: User) -> None:
        Cycle.objects.update(cohort={"age_to": 17})
        short.draw.cycle.refresh_from_db()
        short.draw = cycles.propose_draw(
            short.draw.cycle, by=psw, at=NOW, today=TODAY, reason="Only children under eighteen"
        )
        self.add(short, psw)
        assert {each.audit.selection for each in self.publish(short, psw)} == {Selection.THEMATIC}

    def test_stays_targeted_where_it_was_chosen(self, short: Shortage, psw: User) -> None:
        self.add(short, psw, selection=Selection.TARGETED)
        by_hand = self.publish(short, psw)[1]
        assert (by_hand.audit.selection, by_hand.weight) == (Selection.TARGETED, None)

    def test_is_not_published_once_taken_back_and_stays_on_record(self, short: Shortage, psw: User) -> None:
        made = overriding.take_back(self.add(short, psw), by=psw, at=NOW)
        assert made.taken_back_at == NOW
        assert len(self.publish(short, psw)) == 1
        assert Override.objects.get().taken_back_at == NOW

    def test_can_be_given_again_once_taken_back(self, short: Shortage, psw: User) -> None:
        overriding.take_back(self.add(short, psw), by=psw, at=NOW)
        self.add(short, psw)
        assert Override.objects.filter(taken_back_at=None).count() == 1

    def test_cannot_be_taken_back_once_published_or_drawn_again(self, short: Shortage, psw: User) -> None:
        made = self.add(short, psw)
        cycles.propose_draw(short.draw.cycle, by=psw, at=NOW, today=TODAY, reason="One more is back")
        with pytest.raises(CycleError, match="the draw that waits to be published"):
            overriding.take_back(made, by=psw, at=NOW)
        assert {each.origin for each in self.publish(short, psw)} == {Origin.DRAW}

    def test_is_refused_for_a_case_that_goes_to_somebody_already(self, short: Shortage, psw: User) -> None:
        made = self.add(short, psw)
        drawn = Case.objects.get(pk=short.draw.result["pairs"][0]["case_id"])
        for case, who in ((drawn, "Otto Outsider"), (made.case, "Dora Deputy")):
            with pytest.raises(CycleError, match=f"already goes to {who} in draw 1") as refused:
                give(short.draw.cycle, case, short.outsider, psw)
            assert refused.value.field == "case"

    def test_never_goes_to_the_manager_of_the_team(self, short: Shortage, psw: User) -> None:
        with pytest.raises(CycleError, match="would answer their own audit"):
            give(short.draw.cycle, short.left_over[0], short.manager, psw)

    def test_keeps_the_month_from_publishing_where_it_is_no_longer_possible(self, short: Shortage, psw: User) -> None:
        made = self.add(short, psw)
        User.objects.filter(pk=short.manager.pk).update(job_role=JobRole.ADVANCED_PRACTITIONER)
        words = f"The override of case {made.case.reference} is no longer possible: Dora Deputy manages the team"
        with pytest.raises(CycleError, match=words):
            self.publish(short, psw)
        overriding.take_back(made, by=psw, at=NOW)
        assert len(self.publish(short, psw)) == 1


class TestOverridePastThePlaces:
    def reasons(self, cycle: Cycle, case: Case, auditor: User, psw: User) -> list[str]:
        with pytest.raises(StandsAgainst) as refused:
            overriding.override(cycle, case=case, auditor=auditor, reason=REASON, by=psw, at=NOW, today=TODAY)
        return refused.value.reasons

    def add(self, cycle: Cycle, auditor: User, psw: User) -> Override:
        wanted = {"case": CaseFactory(), "auditor": auditor, "reason": REASON, "by": psw, "at": NOW, "today": TODAY}
        try:
            made = overriding.override(cycle, **wanted)
        except StandsAgainst as refused:
            made = overriding.override(cycle, **wanted, read=refused.mark)
        assert isinstance(made, Override)
        return made

    @pytest.fixture
    def full(self, proposed: Draw) -> User:
        """Somebody whom the draw gives the two cases for which they have places."""
        full = User.objects.get(pk=proposed.result["pairs"][0]["auditor_id"])
        User.objects.filter(pk=full.pk).update(monthly_quota=1)
        full.refresh_from_db()
        return full

    def test_is_read_first_in_a_proposed_month_and_counts_other_overrides(
        self, proposed: Draw, full: User, psw: User
    ) -> None:
        cycle = proposed.cycle
        assert self.reasons(cycle, CaseFactory(), full, psw) == ["They already have 1 of 1 place; this makes 2"]
        made = self.add(cycle, full, psw)
        assert made.against == ["They already have 1 of 1 place; this makes 2"]
        assert self.reasons(cycle, CaseFactory(), full, psw) == ["They already have 2 of 1 place; this makes 3"]
        overriding.take_back(made, by=psw, at=NOW)
        assert self.reasons(cycle, CaseFactory(), full, psw) == ["They already have 1 of 1 place; this makes 2"]

    def test_is_read_first_in_a_published_month_and_leaves_out_what_was_taken_back(
        self, published: Cycle, psw: User
    ) -> None:
        audit = Audit.objects.select_related("auditor").order_by("pk")[0]
        assert self.reasons(published, CaseFactory(), audit.auditor, psw) == [
            "They already have 1 of 1 place; this makes 2"
        ]
        Audit.objects.filter(pk=audit.pk).update(status="withdrawn")
        assert give(published, CaseFactory(), audit.auditor, psw).auditor == audit.auditor

    def test_is_not_said_while_there_is_a_place(self, proposed: Draw, full: User, psw: User) -> None:
        User.objects.filter(pk=full.pk).update(monthly_quota=3)
        full.refresh_from_db()
        assert [self.add(proposed.cycle, full, psw).against for _ in range(2)] == [[], []]

    def test_is_published_once_it_was_read(self, proposed: Draw, full: User, psw: User) -> None:
        for _ in range(2):
            self.add(proposed.cycle, full, psw)
        assert len(cycles.publish(proposed.cycle, by=psw, at=NOW, today=TODAY)) == 7

    def test_is_not_published_where_places_were_taken_away_since(self, proposed: Draw, full: User, psw: User) -> None:
        User.objects.filter(pk=full.pk).update(monthly_quota=2)
        full.refresh_from_db()
        made = self.add(proposed.cycle, full, psw)
        assert made.against == []
        User.objects.filter(pk=full.pk).update(monthly_quota=1)
        words = f"since an override to {full}: they already have 1 of 1 place; this makes 2. Take it back and add it"
        with pytest.raises(CycleError, match=words) as refused:
            cycles.publish(proposed.cycle, by=psw, at=NOW, today=TODAY)
        assert "Draw again" not in str(refused.value)


class TestOverrideThatChangedSince:
    @pytest.fixture
    def made(self, proposed: Draw, auditor: User, psw: User) -> Override:
        """An override that nothing stood against."""
        draw = proposed
        found = overriding.override(
            draw.cycle, case=CaseFactory(), auditor=auditor, reason=REASON, by=psw, at=NOW, today=TODAY
        )
        assert isinstance(found, Override)
        assert found.against == []
        return found

    def refusal(self, made: Override, psw: User) -> str:
        with pytest.raises(CycleError) as refused:
            cycles.publish(made.draw.cycle, by=psw, at=NOW, today=TODAY)
        assert "Draw again" not in str(refused.value)
        assert not OutgoingMail.objects.exists()
        return str(refused.value)

    def test_is_not_published_with_a_tie_that_nobody_has_read(self, made: Override, psw: User) -> None:
        Case.objects.filter(pk=made.case_id).update(chair=made.auditor)
        words = f"changed since the override of case {made.case.reference} to {made.auditor}: chairs this child's plan"
        assert f"{words}. Take it back and add it again." in self.refusal(made, psw)

    def test_is_not_published_while_the_case_is_audited_in_another_month(self, made: Override, psw: User) -> None:
        october = {"reference": "2026-10-0001", "month": date(2026, 10, 1)}
        AuditFactory(case=made.case, template_version=made.draw.cycle.template_version, **october)
        assert "an audit of it is not finished yet. Take it back" in self.refusal(made, psw)

    def test_is_published_in_spite_of_what_was_read(self, made: Override, psw: User) -> None:
        User.objects.filter(pk=made.auditor_id).update(monthly_quota=0)
        assert "has no places this month" in self.refusal(made, psw)
        Override.objects.update(against=["Has no places this month"])
        assert len(cycles.publish(made.draw.cycle, by=psw, at=NOW, today=TODAY)) == 6

    def test_is_not_published_once_an_exemption_has_used_up_a_place(self, made: Override, psw: User) -> None:
        november = {"month": made.draw.cycle.month, "template_version": made.draw.cycle.template_version}
        AuditFactory(auditor=made.auditor, status="exempt", reference="2026-11-0100", **november)
        words = "Is exempt from audit 2026-11-0100 this month"
        assert f"to {made.auditor}: {lowered(words)}. Take it back and add it again." in self.refusal(made, psw)
        Override.objects.update(against=[words])
        assert len(cycles.publish(made.draw.cycle, by=psw, at=NOW, today=TODAY)) == 6

    def test_is_not_published_while_the_team_has_the_audit_that_it_looks_at_again(
        self, made: Override, psw: User
    ) -> None:
        Override.objects.update(selection=Selection.RE_AUDIT)
        AuditFactory(
            case=made.case, status="with_team", reference="2026-06-0001", month=date(2026, 6, 1), submitted_at=NOW,
            part_b_due_on=TODAY, template_version=made.draw.cycle.template_version,
        )  # fmt: skip
        words = "has not signed Part B of audit 2026-06-0001 yet, which this one would look at again"
        assert words in self.refusal(made, psw)
        Override.objects.update(selection=Selection.TARGETED)
        assert "Part B" not in self.refusal(made, psw)
