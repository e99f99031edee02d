"""Draws on record: what is kept, drawn again and compared, and what one changed character does."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from allocation.changes import swaps
from allocation.changes.replacing import give_again, give_to_next, replace_case
from allocation.models import Allocation, Cycle, Draw, Handover, Override
from allocation.months import cycles, overriding
from allocation.record import draw_record
from audits import workflow
from audits.models import Audit, Case
from people.models import User
from people.roles import JobRole
from tests.allocation.published import ask_exchange, audits_of, publish
from tests.allocation.tampering import tamper
from tests.conftest import NOW, TODAY
from tests.factories import CaseFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def drawn(cycle: Cycle, cases: list[Case], psw: User) -> Draw:
    """A draw of November 2026."""
    cycles.propose_draw(cycle, by=psw, at=NOW, today=TODAY)
    return Draw.objects.get()


class TestMaking:
    def test_keeps_inputs_seed_and_result_with_their_hashes(self, drawn: Draw) -> None:
        assert hashlib.sha256(drawn.inputs.encode()).hexdigest() == drawn.inputs_sha256
        written = json.dumps(drawn.result, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
        assert hashlib.sha256(written.encode()).hexdigest() == drawn.result_sha256
        assert (len(drawn.seed), drawn.algorithm, len(drawn.result["pairs"])) == (64, "draw-3", 5)

    def test_freezes_before_it_draws_the_seed(self, cycle: Cycle, cases: list[Case], psw: User) -> None:
        """Whoever draws the seed sees a database that can no longer change what is drawn from."""

        def seed() -> str:
            Case.objects.update(restricted=True)
            return "5eed" * 16

        draw = draw_record.make(cycle, number=1, reason="", by=psw, at=NOW, today=TODAY, new_seed=seed)
        assert (draw.seed, len(draw.result["pairs"])) == ("5eed" * 16, 5)
        assert draw_record.verify(draw).identical

    def test_gives_another_seed_each_time(self) -> None:
        assert len({draw_record.fresh_seed() for _ in range(50)}) == 50

    @pytest.mark.parametrize("statement", ["UPDATE allocation_draw SET reason = 'x'", "DELETE FROM allocation_draw"])
    def test_is_for_good(self, drawn: Draw, statement: str) -> None:
        with (
            pytest.raises(DatabaseError, match="Cannot update or delete"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)
        assert Draw.objects.get().reason == ""


class TestReading:
    def test_gives_the_auditors_with_their_places_and_the_cases_left_out(
        self, cycle: Cycle, cases: list[Case], psw: User
    ) -> None:
        Case.objects.filter(pk=cases[0].pk).update(restricted=True)
        cycles.propose_draw(cycle, by=psw, at=NOW, today=TODAY)
        inputs = draw_record.read_inputs(Draw.objects.get())
        assert (inputs.pool_size, inputs.target, inputs.plan.target) == (29, 5, 5)
        assert inputs.out == {"The record is restricted": [cases[0].pk]}
        assert inputs.excluded == [("The record is restricted", 1)]
        assert {inputs.places_of(auditor) for auditor in inputs.auditors} == {1}

    def test_gives_settings_in_words(self, drawn: Draw) -> None:
        settings = dict(draw_record.read_inputs(drawn).settings)
        assert settings["due on"] == "30 November 2026"
        assert settings["rota groups"] == "everybody"


class TestVerifying:
    def test_finds_an_untouched_draw_identical(self, drawn: Draw) -> None:
        assert draw_record.verify(drawn).problems == ()

    def test_names_a_changed_tie_in_the_inputs(self, drawn: Draw) -> None:
        pair = drawn.result["pairs"][0]
        changed = tamper(drawn, "inputs", f"\n{pair['case_id']}\trandom\t\t\t", f"\n{pair['case_id']}\trandom\t\t\ta1 ")
        assert "the frozen inputs do not match their hash" in draw_record.verify(changed).problems

    def test_names_another_target_in_the_inputs(self, drawn: Draw) -> None:
        problems = draw_record.verify(tamper(drawn, "inputs", '"target":5', '"target":4')).problems
        assert problems == (
            "the frozen inputs do not match their hash",
            "drawing again gives another hash",
            "drawing again gives another result",
        )

    def test_names_an_auditor_exchanged_in_the_result(self, drawn: Draw) -> None:
        one, other = (pair["auditor_id"] for pair in drawn.result["pairs"][:2])
        before, after = f'"auditor_id": "{one}"', f'"auditor_id": "{other}"'
        assert draw_record.verify(tamper(drawn, "result", before, after)).problems == (
            "drawing again gives another result",
        )

    @pytest.mark.parametrize("field", ["inputs_sha256", "result_sha256", "seed"])
    def test_names_one_other_character_in_a_hash_or_the_seed(self, drawn: Draw, field: str) -> None:
        value = getattr(drawn, field)
        other = ("0" if value[0] != "0" else "1") + value[1:]
        assert not draw_record.verify(tamper(drawn, field, value, other)).identical

    def test_says_so_of_inputs_that_are_none(self, drawn: Draw) -> None:
        problems = draw_record.verify(tamper(drawn, "inputs", "draw-3", "draw-1")).problems
        assert problems[-1] == "These inputs were made for draw-1, and this is draw-3."

    def test_sees_every_single_character_of_the_inputs(self, drawn: Draw) -> None:
        """In memory, character by character of a sample: whatever is changed, the hash or the drawing tells."""
        for position in range(0, len(drawn.inputs), 37):
            other = "x" if drawn.inputs[position] != "x" else "y"
            touched = Draw.objects.get(pk=drawn.pk)
            touched.inputs = drawn.inputs[:position] + other + drawn.inputs[position + 1 :]
            assert not draw_record.verify(touched).identical

    def test_names_another_month(self, drawn: Draw, holidays: None) -> None:
        Cycle.objects.filter(pk=drawn.cycle_id).update(month="2026-12-01")
        assert draw_record.verify(Draw.objects.get()).problems == (
            "the frozen inputs are of the month 2026-11, and the draw is kept under December 2026",
        )

    def test_names_another_algorithm(self, drawn: Draw) -> None:
        problems = draw_record.verify(tamper(drawn, "algorithm", "draw-3", "draw-9")).problems
        assert problems == ("it is kept as drawn by draw-9, and it was drawn by draw-3",)

    @pytest.mark.parametrize(
        ("before", "after"),
        [
            ('"capacity":1', '"capacity":"two"'),
            ('"carried":0', '"carried":[]'),
            ('"target":5', '"target":null'),
            ('"reserve":null', '"reserve":{}'),
            ('"strata":null', '"strata":{"method":"proportional","minimum":"x","numbers":{}}'),
            ('"lots":[]', '"lots":[{"key":[],"wanted":1}]'),
        ],
    )
    def test_says_so_of_a_head_that_makes_no_sense(self, drawn: Draw, before: str, after: str) -> None:
        assert draw_record.verify(tamper(drawn, "inputs", before, after)).problems == (
            "the frozen inputs do not match their hash",
            draw_record.UNREADABLE,
        )


@pytest.fixture
def published(cycle: Cycle, cases: list[Case], auditors: list[User], psw: User) -> Cycle:
    return publish(cycle, psw)


def problems() -> tuple[str, ...]:
    return draw_record.verify(Draw.objects.get()).problems


class TestVerifyingWhatWasGivenOut:
    """Each alteration is made behind the portal's back."""

    @pytest.fixture
    def one(self, published: Cycle) -> Allocation:
        return Allocation.objects.select_related("audit").order_by("pk")[0]

    def test_finds_a_published_draw_identical(self, published: Cycle) -> None:
        assert problems() == ()

    def test_names_another_auditor(self, one: Allocation, psw: User) -> None:
        Allocation.objects.filter(pk=one.pk).update(auditor=psw)
        assert problems() == (
            f"case {one.case_id} was drawn for auditor {one.auditor_id}, and given to auditor {psw.pk}",
            f"audit {one.audit.reference} is with somebody to whom neither the draw nor a handover gave it",
        )

    def test_names_another_auditor_of_the_audit(self, one: Allocation, psw: User) -> None:
        Audit.objects.filter(pk=one.audit_id).update(auditor=psw)
        assert problems() == (
            f"audit {one.audit.reference} is with somebody to whom neither the draw nor a handover gave it",
        )

    def test_names_an_auditor_who_is_another_in_both(self, one: Allocation, psw: User) -> None:
        Allocation.objects.filter(pk=one.pk).update(auditor=psw)
        Audit.objects.filter(pk=one.audit_id).update(auditor=psw)
        assert problems() == (
            f"case {one.case_id} was drawn for auditor {one.auditor_id}, and given to auditor {psw.pk}",
        )

    def test_names_another_case(self, one: Allocation) -> None:
        drawn = {int(pair["case_id"]) for pair in Draw.objects.get().result["pairs"]}
        other = Case.objects.exclude(pk__in=drawn)[0]
        Allocation.objects.filter(pk=one.pk).update(case=other)
        assert problems() == (
            f"case {one.case_id} was drawn, and it is not among the cases given out",
            f"case {other.pk} is among the cases given out as drawn, and it was not drawn",
            f"audit {one.audit.reference} is of another case than was given out",
        )

    def test_names_another_case_of_the_audit(self, one: Allocation) -> None:
        not_given = Case.objects.filter(audits=None).order_by("pk")[0]
        Audit.objects.filter(pk=one.audit_id).update(case=not_given)
        assert problems() == (f"audit {one.audit.reference} is of another case than was given out",)

    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"stratum": "7"}, "under another stratum than it was drawn in"),
            ({"weight": "2.5000"}, "with another weight than it was drawn with"),
            ({"weight": None}, "with another weight than it was drawn with"),
        ],
    )
    def test_names_another_stratum_or_weight(self, one: Allocation, changes: dict[str, str], words: str) -> None:
        Allocation.objects.filter(pk=one.pk).update(**changes)
        assert problems() == (f"case {one.case_id} was given out {words}",)

    def test_names_what_was_taken_out(self, one: Allocation) -> None:
        one.delete()
        assert problems() == (f"case {one.case_id} was drawn, and it is not among the cases given out",)

    def test_names_what_no_longer_counts_as_drawn(self, one: Allocation) -> None:
        Allocation.objects.filter(pk=one.pk).update(origin="override", override_reason="Made up")
        assert problems() == (
            f"case {one.case_id} was drawn, and it is not among the cases given out",
            f"case {one.case_id} was given out by hand with the draw, and it has no override",
            f"case {one.case_id} was given out by hand for another reason than its audit says",
        )

    def test_names_a_handover_that_starts_with_somebody_else(self, one: Allocation, psw: User) -> None:
        others = User.objects.auditors().exclude(pk__in=[one.auditor_id, psw.pk])
        made = {"audit": one.audit, "kind": "replacement", "reason": "Made up", "at": NOW}
        Handover.objects.create(from_auditor=others[0], to_auditor=psw, **made)
        Audit.objects.filter(pk=one.audit_id).update(auditor=psw)
        assert len(problems()) == 1
        Handover.objects.create(from_auditor=psw, to_auditor=one.auditor, **made)
        Audit.objects.filter(pk=one.audit_id).update(auditor=one.auditor)
        assert problems() == (
            f"audit {one.audit.reference} is with somebody to whom neither the draw nor a handover gave it",
        )

    def test_counts_differences_beyond_twenty(self, published: Cycle, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(draw_record.given_out, "NAMED", 3)
        Allocation.objects.update(stratum="7")
        assert problems()[3:] == ("there are 2 more such differences",)

    def test_takes_three_queries_for_any_number(
        self, published: Cycle, django_assert_num_queries: Callable[[int], Any]
    ) -> None:
        draw = Draw.objects.select_related("cycle").get()
        with django_assert_num_queries(3):
            assert draw_record.verify(draw).identical

    def test_leaves_an_earlier_draw_of_the_month_alone(self, drawn: Draw, psw: User) -> None:
        drawn_again = {"reason": "Somebody came back", "by": psw, "at": NOW, "today": TODAY}
        cycles.propose_draw(drawn.cycle, **drawn_again)
        cycles.publish(Cycle.objects.get(), by=psw, at=NOW, today=TODAY)
        assert [draw_record.verify(draw).problems for draw in Draw.objects.all()] == [(), ()]


class TestVerifyingOverrides:
    """Each alteration is made behind the portal's back."""

    @pytest.fixture
    def made(self, drawn: Draw, psw: User) -> Override:
        """An override that is published with its draw, and one that was taken back."""
        free = UserFactory(name="Frida Free", job_role=JobRole.IRO)
        act = {"auditor": free, "reason": "Nobody else knows the family", "by": psw, "at": NOW, "today": TODAY}
        back = overriding.override(drawn.cycle, case=CaseFactory(), **act)
        overriding.take_back(back, by=psw, at=NOW)
        made = overriding.override(drawn.cycle, case=CaseFactory(), **act)
        cycles.publish(Cycle.objects.get(), by=psw, at=NOW, today=TODAY)
        assert isinstance(made, Override)
        return made

    def test_finds_one_that_was_published_and_one_given_later_identical(self, made: Override, psw: User) -> None:
        later = NOW + timedelta(minutes=1)
        act = {"reason": "Asked for by the court", "by": psw, "at": later, "today": TODAY}
        overriding.override(Cycle.objects.get(), case=CaseFactory(), auditor=UserFactory(job_role=JobRole.IRO), **act)
        assert problems() == ()

    def test_names_another_reason(self, made: Override) -> None:
        Override.objects.filter(pk=made.pk).update(reason="Somebody thought of another")
        assert problems() == (f"the override of case {made.case_id} has another reason than its audit says",)

    def test_names_another_reason_in_both_rows(self, made: Override) -> None:
        for rows, field in ((Override.objects, "reason"), (Allocation.objects, "override_reason")):
            rows.filter(case=made.case_id).update(**{field: "Somebody thought of another"})
        assert problems() == (
            f"the override of case {made.case_id} has another reason than its audit says",
            f"case {made.case_id} was given out by hand for another reason than its audit says",
        )

    def test_names_another_auditor(self, made: Override, psw: User) -> None:
        Override.objects.filter(pk=made.pk).update(auditor=psw)
        assert problems() == (
            f"an override gives case {made.case_id} to auditor {psw.pk}, and it was given to auditor {made.auditor_id}",
        )

    def test_names_another_kind(self, made: Override) -> None:
        Override.objects.filter(pk=made.pk).update(selection="complaint")
        assert problems() == (f"the override of case {made.case_id} lets it count as another kind than its audit",)

    def test_names_another_case(self, made: Override) -> None:
        other = CaseFactory()
        Override.objects.filter(pk=made.pk).update(case=other)
        assert problems() == (
            f"an override gives case {other.pk} to auditor {made.auditor_id}, and it was not given out by hand",
            f"case {made.case_id} was given out by hand with the draw, and it has no override",
        )

    def test_names_one_that_was_removed_or_made_to_look_taken_back(self, made: Override) -> None:
        words = (f"case {made.case_id} was given out by hand with the draw, and it has no override",)
        Override.objects.filter(pk=made.pk).update(taken_back_at=NOW)
        assert problems() == words
        Override.objects.all().delete()
        assert problems() == words

    def test_names_one_that_was_added_or_is_no_longer_taken_back(self, made: Override) -> None:
        back = Override.objects.exclude(pk=made.pk).get()
        Override.objects.filter(pk=back.pk).update(taken_back_at=None)
        assert problems() == (
            f"an override gives case {back.case_id} to auditor {back.auditor_id}, and it was not given out by hand",
        )


class TestVerifyingWhatChangedHands:
    def test_finds_a_swap_identical(self, published: Cycle) -> None:
        swap = ask_exchange(published)
        swaps.accept(swap, by=swap.peer, at=NOW, today=TODAY)
        assert Handover.objects.count() == 2
        assert problems() == ()

    def test_finds_a_case_from_the_reserve_and_two_handovers_identical(self, published: Cycle, psw: User) -> None:
        act = {"reason": "The auditor is away", "by": psw, "at": NOW, "today": TODAY}
        first, second = audits_of(published)[:2]
        replace_case(first, **act)
        for _ in range(2):
            give_to_next(Audit.objects.get(pk=second.pk), **act)
        assert (Handover.objects.count(), Allocation.objects.filter(origin="reserve").count()) == (2, 1)
        assert problems() == ()

    def test_finds_a_case_given_again_identical(self, published: Cycle, psw: User) -> None:
        given = audits_of(published)[0]
        workflow.move(given, "exempt", by=psw, at=NOW, reason="Off sick until December")
        exempt = Audit.objects.select_related("auditor", "case").get(pk=given.pk)
        give_again(exempt, reason="Somebody else does it", by=psw, at=NOW, today=TODAY)
        assert Allocation.objects.filter(origin="again").count() == 1
        assert problems() == ()
