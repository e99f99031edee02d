"""Processes killed while they publish or draw, on a real PostgreSQL with real commits: all of it or nothing (R22)."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import suppress
from itertools import count
from random import Random
from threading import Thread

import pytest
from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection

from allocation.models import Allocation, Cycle, Draw
from allocation.months import cycles
from allocation.months.publishing import publish
from audits.models import Audit, Case
from people.models import OutgoingMail, User
from tests.conftest import NOW, TODAY
from tests.processes.conftest import ROOT, database_url
from tests.sizes import times

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.processes]

NOTHING, EVERYTHING = (0, 0, 0, "proposed"), (5, 5, 15, "published")
KILLS, READY_AHEAD = times(12, 200), 2  # real processes
TERMINATIONS = times(60, 1_000)  # of their connections alone
SEED = 20_261_121

# Publishes when it is told to; a line before, so that the test knows when to begin to count.
PUBLISHER = """
import sys, django
django.setup()
from datetime import datetime, date
from allocation.models import Cycle
from allocation.months.publishing import publish
from people.models import User
cycle, person = Cycle.objects.get(), User.objects.get(pk=int(sys.argv[1]))
print("ready", flush=True)
sys.stdin.readline()
publish(cycle, by=person, at=datetime.fromisoformat(sys.argv[2]), today=date.fromisoformat(sys.argv[3]))
print("done", flush=True)
"""

BACK_TO_PROPOSED = """
    TRUNCATE audits_audit, people_outgoingmail CASCADE;
    UPDATE allocation_cycle SET status = 'proposed', published_at = NULL, published_by_id = NULL
"""


@pytest.fixture
def proposed(cycle: Cycle, cases: list[Case], psw: User) -> Cycle:
    """A month with a draw that is not published."""
    cycles.propose_draw(cycle, by=psw, at=NOW, today=TODAY)
    OutgoingMail.objects.all().delete()
    return Cycle.objects.get(pk=cycle.pk)


def state() -> tuple[int, int, int, str]:
    """Audits, allocations, mails and the status, as a connection of its own sees them."""
    found = (Audit.objects.count(), Allocation.objects.count(), OutgoingMail.objects.count())
    return (*found, Cycle.objects.get().status)


def settled() -> tuple[int, int, int, str]:
    """The state once no other connection is in a transaction: the server notices a dead client a moment later."""
    for _ in range(1_000):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
                "AND pid <> pg_backend_pid() AND xact_start IS NOT NULL"
            )
            if not cursor.fetchone()[0]:
                return state()
        time.sleep(0.005)
    raise AssertionError("A transaction of a dead process is still open.")


def begin_again() -> None:
    with connection.cursor() as cursor:
        cursor.execute(BACK_TO_PROPOSED)


@pytest.fixture
def publishers(proposed: Cycle, psw: User) -> Iterator[deque[subprocess.Popen[str]]]:
    """Processes that have started up and wait for the word."""
    environment = {**os.environ, "DATABASE_URL": database_url(), "REDIS_URL": settings.REDIS_URL}
    command = [sys.executable, "-W", "ignore", "-c", PUBLISHER, str(psw.pk), NOW.isoformat(), TODAY.isoformat()]

    def start() -> subprocess.Popen[str]:
        pipe = subprocess.PIPE
        return subprocess.Popen(
            command, cwd=ROOT, env=environment, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, text=True
        )

    waiting = Waiting(start, READY_AHEAD)
    yield waiting
    for process in waiting:
        end(process)


class Waiting(deque):
    """So many processes ahead, a new one for each that is taken."""

    def __init__(self, start, ahead: int) -> None:
        super().__init__(start() for _ in range(ahead))
        self.start = start

    def take(self) -> subprocess.Popen[str]:
        process = self.popleft()
        self.append(self.start())
        assert process.stdout.readline() == "ready\n"
        return process


def end(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.stdin.close()
    process.stdout.close()
    process.wait()


def publish_whole(process: subprocess.Popen[str]) -> float:
    """Let one publish without harm; the seconds it takes."""
    began = time.perf_counter()
    process.stdin.write("now\n")
    process.stdin.flush()
    assert process.stdout.readline() == "done\n"
    took = time.perf_counter() - began
    end(process)
    return took


class TestKilledProcess:
    def seconds(self, publishers) -> float:
        """How long publishing takes when nobody cuts in."""
        took = publish_whole(publishers.take())
        assert settled() == EVERYTHING
        begin_again()
        return took

    def test_leaves_all_or_nothing_and_the_next_one_can_publish(self, publishers) -> None:
        dice = Random(SEED)
        took = min(self.seconds(publishers) for _ in range(3))
        seen: Counter = Counter()
        for number in range(KILLS):
            process = publishers.take()
            process.stdin.write("now\n")
            process.stdin.flush()
            time.sleep(took * dice.random() * 1.1)
            os.kill(process.pid, signal.SIGKILL)
            end(process)
            found = settled()
            seen[found] += 1
            assert found in {NOTHING, EVERYTHING}, number
            if found == EVERYTHING:
                begin_again()
        assert seen[NOTHING]
        publish_whole(publishers.take())
        assert settled() == EVERYTHING


def publish_in_thread(cycle: Cycle, psw: User, begun: list[int]) -> Thread:
    """Publish on a connection of its own, whose number at the server is told."""

    def work() -> None:
        try:
            connection.ensure_connection()
            begun.append(connection.connection.info.backend_pid)
            publish(cycle, by=psw, at=NOW, today=TODAY)
        except (DatabaseError, InterfaceError):
            pass  # its connection was cut
        finally:
            connection.close()

    thread = Thread(target=work)
    thread.start()
    return thread


class TestTerminatedConnection:
    def seconds(self, proposed: Cycle, psw: User) -> float:
        """How long publishing takes when nobody cuts in."""
        begin_again()
        began = time.perf_counter()
        publish_in_thread(proposed, psw, []).join()
        assert settled() == EVERYTHING
        return time.perf_counter() - began

    def test_leaves_all_or_nothing_at_any_moment(self, proposed: Cycle, psw: User) -> None:
        dice = Random(SEED)
        took = min(self.seconds(proposed, psw) for _ in range(4))
        seen: Counter = Counter()
        for number in range(TERMINATIONS):
            begin_again()
            begun: list[int] = []
            thread = publish_in_thread(proposed, psw, begun)
            while not begun:
                time.sleep(0.0005)
            time.sleep(0.8 * took * dice.random())
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_terminate_backend(%s)", begun)
            thread.join()
            found = settled()
            seen[found] += 1
            assert found in {NOTHING, EVERYTHING}, number
        assert seen[NOTHING] > TERMINATIONS // 8
        begin_again()
        assert len(publish(proposed, by=psw, at=NOW, today=TODAY)) == 5
        assert settled() == EVERYTHING


class TestCutOffStatementByStatement:
    """The server ends the connection before each statement in turn, so that none is missed."""

    def test_of_a_publish_leaves_nothing(self, proposed: Cycle, psw: User) -> None:
        for statement in count(2):
            with suppress(DatabaseError, InterfaceError), cut_off_at(statement):
                assert len(publish(proposed, by=psw, at=NOW, today=TODAY)) == 5
                break
            connection.close()
            assert state() == NOTHING, statement
        assert statement > 8
        assert state() == EVERYTHING

    def test_of_a_draw_leaves_none(self, cycle: Cycle, cases: list[Case], psw: User) -> None:
        for statement in count(2):
            with suppress(DatabaseError, InterfaceError), cut_off_at(statement):
                assert cycles.propose_draw(cycle, by=psw, at=NOW, today=TODAY).number == 1
                break
            connection.close()
            assert (Draw.objects.count(), Cycle.objects.get().status) == (0, "open"), statement
        assert statement > 8
        assert (Draw.objects.count(), Cycle.objects.get().status) == (1, "proposed")


def cut_off_at(statement: int):
    """Have PostgreSQL end this connection when so many statements have run, as if the process had been killed."""

    def cut(number: int, context: dict) -> None:
        if number == statement:
            context["connection"].connection.cancel()
            context["connection"].connection.close()

    return Wrapped(cut)


class Wrapped:
    """Something to do before every statement."""

    def __init__(self, before) -> None:
        self.before = before
        self.run = [0]

    def __enter__(self) -> list[int]:
        def wrapper(execute, sql, params, many, context):
            self.run[0] += 1
            self.before(self.run[0], context)
            return execute(sql, params, many, context)

        self.wrapper = connection.execute_wrapper(wrapper)
        self.wrapper.__enter__()
        return self.run

    def __exit__(self, *error) -> None:
        self.wrapper.__exit__(*error)
