"""Single lines of a frozen text, and who gets by without the whole of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from allocation.changes.replacing import plan_replacement, replace_case
from allocation.eligibility.frozen_head import head_of
from allocation.models import Cycle, Draw
from allocation.months import cycles, overriding, proposal
from allocation.months.freeing import freeing
from allocation.months.overriding import StandsAgainst
from allocation.record import frozen_lines
from audits.models import Case
from people.models import User
from people.roles import JobRole
from tests.allocation.drawn_months import drawn
from tests.allocation.frozen_texts import whole_texts
from tests.allocation.published import audits_of, publish
from tests.allocation.shortage import shortage
from tests.conftest import NOW, TODAY
from tests.factories import CaseFactory, UserFactory


@pytest.fixture
def draw(cycle: Cycle, cases: list[Case], psw: User) -> Draw:
    return drawn(cycle, psw)


class TestLines:
    def test_are_those_of_the_cases_that_are_asked_for(self, draw: Draw) -> None:
        every = draw.inputs.split("\n")[1:]
        wanted = [line.partition("\t")[0] for line in every[3:6]]
        assert frozen_lines.lines_of(draw, [*reversed(wanted), "0", "no number"]) == every[3:6]
        assert frozen_lines.lines_of(draw, []) == []

    def test_come_by_place(self, draw: Draw) -> None:
        ids = [line.partition("\t")[0] for line in draw.inputs.split("\n")[1:]]
        assert len(ids) == 30
        assert frozen_lines.ids_between(draw, 0, 30) == ids
        assert frozen_lines.ids_between(draw, 8, 16) == ids[8:16]

    def test_pass_by_without_their_ties(self, draw: Draw, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(frozen_lines, "AT_ONCE", 7)
        every = [tuple(line.split("\t")[:4]) for line in draw.inputs.split("\n")[1:]]
        assert list(frozen_lines.stream(draw)) == every

    def test_make_a_document_that_says_the_same_of_a_case(self, draw: Draw) -> None:
        whole, part = (frozen_lines.document_of(draw, ids) for ids in (frozen_lines.ids_between(draw, 0, 30), ["0"]))
        (line,) = draw.inputs.split("\n")[9:10]
        case_id = line.partition("\t")[0]
        alone = frozen_lines.document_of(draw, [case_id])
        assert alone.ties_of(case_id) == whole.ties_of(case_id) != ()
        assert part.ties_of(case_id) == ()

    def test_count_the_random_cases_of_a_family(self, cycle: Cycle, cases: list[Case], psw: User) -> None:
        Case.objects.filter(pk__in=[case.pk for case in cases[:3]]).update(family_reference="The Examples at no 7")
        Case.objects.filter(pk=cases[3].pk).update(family_reference="The Samples at no 9")
        Cycle.objects.update(one_per_family=True)
        made = drawn(Cycle.objects.get(), psw)
        first, alone = str(cases[0].pk), str(cases[3].pk)  # a family is named by its lowest number
        assert frozen_lines.family_sizes(made, {first, alone, "none"}) == {first: 3, alone: 1}


class TestWhole:
    """Nobody fetches the whole frozen text to learn of a few cases."""

    @pytest.fixture
    def asked(self) -> Callable[[Callable[[], Any]], int]:
        def count(act: Callable[[], Any]) -> int:
            with CaptureQueriesContext(connection) as queries:
                assert act() is not None
            assert any('"allocation_draw"' in query["sql"] for query in queries)
            return whole_texts(queries)

        return count

    def test_is_fetched_by_whoever_asks_for_it(self, draw: Draw, asked: Callable[..., int]) -> None:
        """So that what the tests below count can be something else than nought."""
        assert asked(lambda: Draw.objects.get().inputs) == 1
        assert asked(lambda: Draw.objects.defer("inputs").get().inputs) == 1

    def test_is_not_fetched_for_the_head(self, draw: Draw, asked: Callable[..., int]) -> None:
        assert asked(lambda: head_of(Draw.objects.defer("inputs").get())) == 0
        assert head_of(Draw.objects.defer("inputs").get()) == draw.inputs.split("\n")[0]

    @pytest.mark.parametrize("one_per_family", [False, True])
    def test_is_not_fetched_to_publish_or_to_replace(
        self, cycle: Cycle, cases: list[Case], auditors: list[User], psw: User, asked: Callable[..., int],
        one_per_family: bool,
    ) -> None:  # fmt: skip
        Cycle.objects.update(one_per_family=one_per_family)
        cycle.refresh_from_db()
        cycles.propose_draw(cycle, by=psw, at=NOW, today=TODAY)
        assert asked(lambda: cycles.publish(cycle, by=psw, at=NOW, today=TODAY)) == 0
        audit = audits_of(cycle)[0]
        assert asked(lambda: plan_replacement(audit, today=TODAY)) == 0
        act = {"reason": "The case closed last week", "by": psw, "at": NOW, "today": TODAY}
        assert asked(lambda: replace_case(audit, **act)) == 0

    @pytest.mark.parametrize("given_out", [False, True])
    def test_is_not_fetched_to_give_a_case_by_hand(
        self, cycle: Cycle, cases: list[Case], auditors: list[User], psw: User, asked: Callable[..., int],
        given_out: bool,
    ) -> None:  # fmt: skip
        if given_out:
            publish(cycle, psw)
        else:
            drawn(cycle, psw)
        free = UserFactory(job_role=JobRole.IRO)
        wanted = {"case": CaseFactory(), "reason": "Nobody else knows the family", "by": psw, "at": NOW, "today": TODAY}
        assert asked(lambda: overriding.override(Cycle.objects.get(), auditor=free, **wanted)) == 0

    def test_is_not_fetched_to_take_an_override_back_or_to_say_what_would_help(
        self, cycle: Cycle, psw: User, asked: Callable[..., int]
    ) -> None:
        short = shortage(cycle, psw)
        wanted = {"case": short.left_over[0], "auditor": short.deputy, "reason": "Nobody else can sign", "by": psw}
        with pytest.raises(StandsAgainst) as refused:
            overriding.override(cycle, **wanted, at=NOW, today=TODAY)
        overriding.override(cycle, **wanted, at=NOW, today=TODAY, read=refused.value.mark)
        made = overriding.of_cycle(cycle).get()
        read = proposal.read(short.draw)
        assert asked(lambda: freeing(Draw.objects.defer("inputs").get(), read, today=TODAY)) == 0
        assert asked(lambda: overriding.take_back(made, by=psw, at=NOW)) == 0
