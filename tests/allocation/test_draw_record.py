"""Draws on record: what is kept, drawn again and compared, and what one changed character does."""

from __future__ import annotations

import hashlib
import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from allocation import cycles, draw_record
from allocation.models import Cycle, Draw
from audits.models import Case
from people.models import User
from tests.conftest import NOW, TODAY

pytestmark = pytest.mark.django_db


@pytest.fixture
def drawn(cycle: Cycle, cases: list[Case], psw: User) -> Draw:
    """A draw of November 2026."""
    cycles.propose_draw(cycle, by=psw, at=NOW, today=TODAY)
    return Draw.objects.get()


def tamper(draw: Draw, field: str, before: str, after: str) -> Draw:
    """Change a stored draw behind the portal's back: the trigger that forbids it is switched off for it."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE allocation_draw DISABLE TRIGGER USER")
        column = f"{field}::text" if field == "result" else field
        kind = "jsonb" if field == "result" else "text"
        cursor.execute(
            f"UPDATE allocation_draw SET {field} = replace({column}, %s, %s)::{kind} WHERE id = %s",
            [before, after, draw.pk],
        )
        cursor.execute("ALTER TABLE allocation_draw ENABLE TRIGGER USER")
    changed = Draw.objects.get(pk=draw.pk)
    assert getattr(changed, field) != getattr(draw, field)
    return changed


class TestMaking:
    def test_keeps_inputs_seed_and_result_with_their_hashes(self, drawn: Draw) -> None:
        assert hashlib.sha256(drawn.inputs.encode()).hexdigest() == drawn.inputs_sha256
        written = json.dumps(drawn.result, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
        assert hashlib.sha256(written.encode()).hexdigest() == drawn.result_sha256
        assert (len(drawn.seed), drawn.algorithm, len(drawn.result["pairs"])) == (64, "draw-2", 5)

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
        problems = draw_record.verify(tamper(drawn, "inputs", "draw-2", "draw-1")).problems
        assert problems[-1] == "These inputs were made for draw-1, and this is draw-2."

    def test_sees_every_single_character_of_the_inputs(self, drawn: Draw) -> None:
        """In memory, character by character of a sample: whatever is changed, the hash or the drawing tells."""
        for position in range(0, len(drawn.inputs), 37):
            other = "x" if drawn.inputs[position] != "x" else "y"
            touched = Draw.objects.get(pk=drawn.pk)
            touched.inputs = drawn.inputs[:position] + other + drawn.inputs[position + 1 :]
            assert not draw_record.verify(touched).identical


class TestCommand:
    def verify(self, *options: str) -> str:
        out = StringIO()
        call_command("verify_draw", *options, stdout=out)
        return out.getvalue()

    def test_says_identical_in_plain_words(self, drawn: Draw) -> None:
        assert self.verify(str(drawn.pk)) == (f"{drawn.pk} November 2026 draw 1: identical\n1 of 1 identical\n")

    def test_takes_all_draws(self, drawn: Draw, cycle: Cycle, psw: User) -> None:
        cycles.propose_draw(Cycle.objects.get(), reason="Somebody came back", by=psw, at=NOW, today=TODAY)
        assert self.verify("--all").endswith("2 of 2 identical\n")

    def test_fails_and_names_the_draw_that_differs(self, drawn: Draw) -> None:
        tamper(drawn, "inputs", '"target":5', '"target":4')
        out = StringIO()
        with pytest.raises(CommandError, match="1 of 1 not identical"):
            call_command("verify_draw", "--all", stdout=out)
        assert "November 2026 draw 1: NOT identical: the frozen inputs do not match their hash" in out.getvalue()

    def test_knows_no_draw_that_is_not_there(self) -> None:
        with pytest.raises(CommandError, match="There is no draw 99"):
            self.verify("99")

    def test_has_nothing_to_say_where_nothing_was_drawn(self) -> None:
        assert self.verify("--all") == "0 of 0 identical\n"
