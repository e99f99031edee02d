"""The case lines of a draw's frozen document, straight from the database: no object for any case or involvement."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from itertools import chain
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet

from allocation.drawing.draw_inputs import RANDOM
from allocation.eligibility.kept_out import ELIGIBLE, eligible_expression
from allocation.eligibility.strata_of_cases import stratum_expression
from allocation.eligibility.ties import earlier_audits, since
from allocation.models import Cycle, Rules
from audits.models import Case

MINUS, PLUS = ord("-"), ord("+")
# Right after a large import PostgreSQL takes the tables for small, and would look up the ties of each case anew.
READ_ONCE, AS_BEFORE = "SET LOCAL enable_nestloop = off", "SET LOCAL enable_nestloop TO DEFAULT"

# Written by hand, since a council may have 400,000 cases and a million involvements: each table is read once, ties are
# strung together by PostgreSQL case by case, and one statement sees one state of everything. What decides (who is in,
# which stratum, which audits count) comes in from the same expressions that the pages use; a test holds the ties
# against those of allocation.eligibility.ties. Placeholders in braces are such queries. A case that is left out has a
# minus before its number and its reason in place of the stratum, a case of a set lot that could be drawn at random too
# a plus before its number. OFFSET 0 keeps the reason from being worked out anew
# wherever it is named.
LINES = """
    WITH lot (case_id, key) AS (SELECT * FROM unnest(%s::bigint[], %s::text[])),
    judged AS (
        SELECT one.*, CASE WHEN lot.key IS NOT NULL THEN lot.key WHEN one.why_out = %s THEN %s END AS lot
        FROM ({judged} OFFSET 0) one LEFT JOIN lot ON lot.case_id = one.pk
    ),
    worker (id, ties) AS (
        SELECT one.id, concat_ws(' ', 'w' || one.id, 't' || one.team_id, 'm' || one.line_manager_id,
            'm' || two.line_manager_id, 'm' || three.line_manager_id)
        FROM people_user one
        LEFT JOIN people_user two ON two.id = one.line_manager_id
        LEFT JOIN people_user three ON three.id = two.line_manager_id
    ),
    involved (case_id, ties) AS (
        SELECT part.case_id, string_agg(concat_ws(' ', 'i' || part.user_id, 'v' ||
            CASE WHEN part.ends IS NULL OR part.ends >= %s THEN coalesce(part.team_id, person.team_id) END), ' ')
        FROM audits_involvement part
        LEFT JOIN people_user person ON person.id = part.user_id AND part.team_id IS NULL
        GROUP BY part.case_id
    ),
    same_child (case_id, ties) AS (
        SELECT case_id, string_agg('a' || auditor_id, ' ')
        FROM ({same_child}) audit (case_id, auditor_id)
        GROUP BY case_id
    ),
    same_worker (case_id, ties) AS (
        SELECT other.id, string_agg('k' || audit.auditor_id, ' ')
        FROM audits_case other
        JOIN ({same_worker}) audit (case_id, worker_id, auditor_id)
            ON audit.worker_id = other.worker_id AND audit.case_id <> other.id
        GROUP BY other.id
    )
    SELECT concat(CASE WHEN judged.lot IS NULL THEN '-' WHEN judged.lot <> %s AND judged.why_out = %s THEN '+' END,
            judged.pk),
        judged.lot,
        CASE WHEN judged.why_out = %s THEN judged.stratum WHEN judged.lot IS NULL THEN judged.why_out ELSE '' END,
        {family},
        concat_ws(' ', 't' || judged.team_id, 'c' || judged.chair_id, worker.ties, involved.ties, same_child.ties,
            same_worker.ties)
    FROM judged
    LEFT JOIN worker ON worker.id = judged.worker_id
    LEFT JOIN involved ON involved.case_id = judged.pk
    LEFT JOIN same_child ON same_child.case_id = judged.pk
    LEFT JOIN same_worker ON same_worker.case_id = judged.pk
    ORDER BY judged.pk
"""
FAMILY = """
    CASE WHEN judged.lot IS NULL OR judged.family_reference = '' THEN ''
    ELSE (min(judged.pk) FILTER (WHERE judged.lot IS NOT NULL) OVER (PARTITION BY judged.family_reference))::text END
"""
NO_FAMILY = "''"


@dataclass(frozen=True)
class CaseLines:
    """Every case that the service knows: in the draw with its line, by number, or left out for a reason."""

    lines: list[str]
    out: dict[str, list[int]]
    else_random: list[str]  # cases of set lots that could be drawn at random too


def case_lines(cycle: Cycle, lots: Mapping[int, str], *, rules: Rules, today: date) -> CaseLines:
    """The line of every case in the draw of this cycle, by number, and the ids of all others by the reason.

    `lots` says which cases belong to which set lot: these are in the draw, whatever else is said of them. A family is
    named by the lowest number of its cases in the draw. One statement; what it finds is taken in while it goes on.
    """
    found = _Found()
    with transaction.atomic(), connection.cursor() as cursor, connection.wrap_database_errors:
        statement = cursor.mogrify(*_statement(cycle, lots, rules=rules, today=today)).decode()
        cursor.execute(READ_ONCE)
        cursor.copy_expert(f"COPY ({statement}) TO STDOUT", found)
        cursor.execute(AS_BEFORE)
    return CaseLines(found.lines, dict(found.out), found.else_random)


class _Found:
    """Takes in row by row what COPY writes: PostgreSQL's text form of a row is the form of a case's line.

    Ties are sorted and each named once here. None of the columns can hold a tab or a backslash, which COPY would
    write in another way: they are numbers, codes and reasons.
    """

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.out: dict[str, list[int]] = defaultdict(list)
        self.else_random: list[str] = []

    def write(self, row: bytes) -> None:
        """One row, its line feed included."""
        if row[0] == MINUS:
            number, _, reason, *_ = row.decode().split("\t")
            self.out[reason].append(-int(number))
        else:
            start, tab, ties = row.decode().rpartition("\t")
            if row[0] == PLUS:
                start = start[1:]
                self.else_random.append(start.partition("\t")[0])
            self.lines.append(start + tab + " ".join(sorted(set(ties.split()))))


def _statement(cycle: Cycle, lots: Mapping[int, str], *, rules: Rules, today: date) -> tuple[str, list[Any]]:
    """The statement with its parameters in the order of their places."""
    counts = since(cycle, rules)
    judged, judged_with = _sql(_judged(cycle, rules, today=today))
    of_child, of_child_with = _sql(earlier_audits(cycle, counts.same_child).values_list("case_id", "auditor_id"))
    of_worker, of_worker_with = _sql(
        earlier_audits(cycle, counts.same_worker).values_list("case_id", "worker_id", "auditor_id")
    )
    family = FAMILY if cycle.one_per_family else NO_FAMILY
    statement = LINES.format(judged=judged, family=family, same_child=of_child, same_worker=of_worker)
    before, after = [list(lots), list(lots.values()), ELIGIBLE, RANDOM], [RANDOM, ELIGIBLE, ELIGIBLE]
    return statement, list(chain(before, judged_with, [counts.involved], of_child_with, of_worker_with, after))


def _judged(cycle: Cycle, rules: Rules, *, today: date) -> QuerySet[Case, Any]:
    """Every case with the reason that keeps it out and its stratum."""
    why_out = eligible_expression(cycle, today, rules=rules)
    stratum = stratum_expression(cycle.strata_by, cycle.month)
    own = ("worker_id", "chair_id", "team_id", "family_reference")
    cases = Case.objects.annotate(why_out=why_out, stratum=stratum).order_by()
    return cases.values_list("pk", *own, "why_out", "stratum")


def _sql(query: QuerySet[Any, Any]) -> tuple[str, tuple[Any, ...]]:
    return query.query.sql_with_params()
