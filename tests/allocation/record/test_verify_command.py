"""The command that draws again and says whether it comes out identical."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from allocation.models import Cycle, Draw
from allocation.months import cycles
from audits.models import Case
from people.models import User
from tests.allocation.tampering import tamper
from tests.conftest import NOW, TODAY

pytestmark = pytest.mark.django_db


@pytest.fixture
def drawn(cycle: Cycle, cases: list[Case], psw: User) -> Draw:
    """A draw of November 2026."""
    cycles.propose_draw(cycle, by=psw, at=NOW, today=TODAY)
    return Draw.objects.get()


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

    def test_goes_on_after_one_that_cannot_be_read(self, drawn: Draw, psw: User) -> None:
        tamper(drawn, "inputs", '"capacity":1', '"capacity":"two"')
        cycles.propose_draw(Cycle.objects.get(), reason="Somebody came back", by=psw, at=NOW, today=TODAY)
        out = StringIO()
        with pytest.raises(CommandError, match="1 of 2 not identical"):
            call_command("verify_draw", "--all", stdout=out)
        first, second = out.getvalue().splitlines()
        assert first.endswith("draw 1: NOT identical: the frozen inputs do not match their hash; "
                              "the frozen inputs cannot be read")  # fmt: skip
        assert second.endswith("draw 2: identical")

    def test_fetches_one_frozen_text_at_a_time(self, drawn: Draw, psw: User) -> None:
        cycles.propose_draw(Cycle.objects.get(), reason="Somebody came back", by=psw, at=NOW, today=TODAY)
        with CaptureQueriesContext(connection) as queries:
            self.verify("--all")
        texts = [query["sql"] for query in queries if '"allocation_draw"."inputs"' in query["sql"]]
        assert len(texts) == 2
        assert all('WHERE "allocation_draw"."id" = ' in sql for sql in texts)

    def test_knows_no_draw_that_is_not_there(self) -> None:
        with pytest.raises(CommandError, match="There is no draw 99"):
            self.verify("99")

    def test_has_nothing_to_say_where_nothing_was_drawn(self) -> None:
        assert self.verify("--all") == "0 of 0 identical\n"
