"""The case lines of a draw's frozen document, straight from the database: no object for any case or involvement."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date
from itertools import chain
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from allocation.drawing.draw_inputs import RANDOM
from allocation.eligibility.kept_out import ELIGIBLE, eligible_expression
from allocation.eligibility.strata_of_cases import stratum_expression
from allocation.eligibility.ties import earlier_audits, since
from allocation.models import Cycle
from audits.models import Case

AT_ONCE = 5_000  # rows taken over from the database driver

# Written by hand, since a council may have 400,000 cases and a million involvements: each table is read once, ties are
# strung together by PostgreSQL case by case, and one statement sees one state of everything. What decides (who is in,
# which stratum, which audits count) comes in from the same expressions that the pages use; a test holds the ties
# against those of allocation.eligibility.ties. Placeholders in braces are such queries.
LINES = """
    WITH judged AS MATERIALIZED ({judged}),
    lot (case_id, key) AS (SELECT * FROM unnest(%s::bigint[], %s::text[])),
    drawn AS (
        SELECT judged.*, coalesce(lot.key, %s) AS lot, {family} AS family
        FROM judged LEFT JOIN lot ON lot.case_id = judged.pk
        WHERE judged.why_out = %s OR lot.key IS NOT NULL
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
        SELECT drawn.pk, string_agg('k' || audit.auditor_id, ' ')
        FROM drawn
        JOIN ({same_worker}) audit (case_id, worker_id, auditor_id)
            ON audit.worker_id = drawn.worker_id AND audit.case_id <> drawn.pk
        GROUP BY drawn.pk
    ),
    row (id, why_out, start, ties) AS (
        SELECT drawn.pk, '', concat_ws(E'\\t', drawn.pk, drawn.lot,
            CASE WHEN drawn.lot = %s THEN drawn.stratum ELSE '' END, drawn.family, ''),
            concat_ws(' ', 't' || drawn.team_id, 'c' || drawn.chair_id, worker.ties, involved.ties, same_child.ties,
            same_worker.ties)
        FROM drawn
        LEFT JOIN worker ON worker.id = drawn.worker_id
        LEFT JOIN involved ON involved.case_id = drawn.pk
        LEFT JOIN same_child ON same_child.case_id = drawn.pk
        LEFT JOIN same_worker ON same_worker.case_id = drawn.pk
        UNION ALL
        SELECT pk, why_out, '', '' FROM judged WHERE why_out <> %s AND pk NOT IN (SELECT case_id FROM lot)
    )
    SELECT id, why_out, start, ties FROM row ORDER BY id
"""
FAMILY = """
    CASE WHEN judged.family_reference = '' THEN ''
    ELSE (min(judged.pk) OVER (PARTITION BY judged.family_reference))::text END
"""
NO_FAMILY = "''"


def case_lines(cycle: Cycle, lots: Mapping[int, str], *, today: date) -> tuple[list[str], dict[str, list[int]]]:
    """The line of every case in the draw of this cycle, by number, and the ids of all others by the reason.

    `lots` says which cases belong to which set lot: these are in the draw, whatever else is said of them. A family is
    named by the lowest number of its cases in the draw. One query.
    """
    lines: list[str] = []
    out: dict[str, list[int]] = defaultdict(list)
    for case_id, why_out, start, ties in _rows(cycle, lots, today=today):
        if why_out:
            out[why_out].append(case_id)
        else:
            lines.append(start + " ".join(sorted(set(ties.split()))))
    return lines, dict(out)


def _rows(cycle: Cycle, lots: Mapping[int, str], *, today: date) -> Iterator[tuple[int, str, str, str]]:
    statement, parameters = _statement(cycle, lots, today=today)
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        while rows := cursor.fetchmany(AT_ONCE):
            yield from rows


def _statement(cycle: Cycle, lots: Mapping[int, str], *, today: date) -> tuple[str, list[Any]]:
    """The statement with its parameters in the order of their places."""
    counts = since(cycle)
    judged, judged_with = _sql(_judged(cycle, today=today))
    of_child, of_child_with = _sql(earlier_audits(cycle, counts.same_child).values_list("case_id", "auditor_id"))
    of_worker, of_worker_with = _sql(
        earlier_audits(cycle, counts.same_worker).values_list("case_id", "worker_id", "auditor_id")
    )
    family = FAMILY if cycle.one_per_family else NO_FAMILY
    statement = LINES.format(judged=judged, family=family, same_child=of_child, same_worker=of_worker)
    lot = [list(lots), list(lots.values())]
    before, after = [*lot, RANDOM, ELIGIBLE, counts.involved], [RANDOM, ELIGIBLE]
    return statement, list(chain(judged_with, before, of_child_with, of_worker_with, after))


def _judged(cycle: Cycle, *, today: date) -> QuerySet[Case, Any]:
    """Every case with the reason that keeps it out and its stratum."""
    why_out = eligible_expression(cycle, today)
    stratum = stratum_expression(cycle.strata_by, cycle.month)
    own = ("worker_id", "chair_id", "team_id", "family_reference")
    cases = Case.objects.annotate(why_out=why_out, stratum=stratum).order_by()
    return cases.values_list("pk", *own, "why_out", "stratum")


def _sql(query: QuerySet[Any, Any]) -> tuple[str, tuple[Any, ...]]:
    return query.query.sql_with_params()
