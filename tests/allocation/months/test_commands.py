"""What can be done from the command line about draws, days off and chases."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command

from allocation.models import Cycle, Draw
from allocation.months import cycles as domain
from audits.models import Case, TemplateVersion
from people.models import User
from tests.conftest import NOW, TODAY
from tests.factories import AuditFactory


@pytest.fixture(autouse=True)
def ten_november() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def proposed(cycle: Cycle, cases: list[Case], psw: User) -> Draw:
    return domain.propose_draw(cycle, by=psw, at=NOW, today=TODAY)


class TestCommands:
    def test_verify_draw_says_identical(self, proposed: Draw, capsys: pytest.CaptureFixture[str]) -> None:
        call_command("verify_draw", str(proposed.pk))
        call_command("verify_draw", all=True)
        assert capsys.readouterr().out.count("1 of 1 identical") == 2

    def test_verify_draw_fails_for_one_that_is_not(self, proposed: Draw, capsys: pytest.CaptureFixture[str]) -> None:
        Draw.objects.create(
            cycle=proposed.cycle,
            number=2,
            reason="Made up by hand",
            inputs=proposed.inputs,
            inputs_sha256=proposed.inputs_sha256,
            seed="0" * 64,
            algorithm=proposed.algorithm,
            result=proposed.result,
            result_sha256=proposed.result_sha256,
            drawn_at=NOW,
        )
        with pytest.raises(CommandError, match="1 of 2 not identical"):
            call_command("verify_draw", all=True)
        assert "NOT identical: drawing again gives another hash" in capsys.readouterr().out

    def test_verify_draw_knows_no_other(self, db: None) -> None:
        with pytest.raises(CommandError, match="There is no draw 7"):
            call_command("verify_draw", "7")

    def test_ensure_holidays_may_run_again(self, db: None, capsys: pytest.CaptureFixture[str]) -> None:
        call_command("ensure_holidays")
        call_command("ensure_holidays")
        assert capsys.readouterr().out.splitlines()[-1] == "0 added"

    def test_chase_says_how_many_went_out(
        self, core_template: TemplateVersion, auditor: User, capsys: pytest.CaptureFixture[str]
    ) -> None:
        AuditFactory(
            template_version=core_template,
            auditor=auditor,
            due_on=TODAY,
            allocated_at=datetime(2026, 10, 1, tzinfo=UTC),
        )
        call_command("chase")
        assert capsys.readouterr().out == "1 sent\n"
