"""What `import_cases` costs beside a staged COPY of the same rows: `python -m bench.importing ROWS ROUNDS`.

The floor reads the file with the csv module, copies every cell into a staging table, puts the cases into their table
with one INSERT … SELECT that looks teams and workers up by name, and keeps one row for each in the list of what was
imported. It checks nothing, joins no rows about one child and has no words for anything. Both write the same rows into
the same tables with the same keys and indexes, and both are checked to have done so.
"""

import csv
import io
import json
import os
import random
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

import django

django.setup()

from django.core.management import call_command  # noqa: E402  # Django first
from django.db import connection, transaction  # noqa: E402

from audits.models import Case  # noqa: E402
from people.import_command import collector_at_rest  # noqa: E402
from people.models import FileImportRow, Service, Team, User  # noqa: E402

TEAMS, WORKERS = 200, 3_000
HEADINGS = (
    "Child's id", "Child's name", "Date of birth", "Gender", "Ethnicity", "Plan", "Category of abuse", "Referral date",
    "Opened on", "Team", "Worker", "Family id", "Flags", "Last visit",
)  # fmt: skip
PLANS = ("Child in need", "Child protection plan", "Looked after child")
STAGING = ", ".join(f"c{n} text" for n in range(len(HEADINGS)))
KEEP_EMPTY = ", ".join(f"c{n}" for n in range(len(HEADINGS)))
CASES = """
INSERT INTO audits_case (reference, child_name, date_of_birth, gender, ethnicity, primary_language, plan, plans,
    cp_category, referral_date, opened_on, team_id, team_name, worker_id, worker_name, family_reference, flags, facts,
    restricted, last_import_id)
SELECT c0, c1, to_date(c2, 'DD/MM/YYYY'), c3, c4, '', 'child_in_need', ARRAY['child_in_need'], c6,
    to_date(c7, 'DD/MM/YYYY'), to_date(c8, 'DD/MM/YYYY'), team.id, c9, worker.id, c10, c11,
    coalesce(string_to_array(nullif(c12, ''), ', '), '{}'), jsonb_build_object('last_visit', c13), false, %s
FROM staged LEFT JOIN people_team team ON team.name = c9 LEFT JOIN people_user worker ON worker.name = c10
"""
KEPT = """
INSERT INTO people_fileimportrow (file_import_id, sheet, number, reference, outcome, message, warning, data)
SELECT %s, '', row_number() OVER () + 1, c0, 'added', c5 || '; ' || c9 || '; ' || c10, false, '{}' FROM staged
"""


def make_council() -> None:
    """Teams and workers that the file names."""
    service = Service.objects.create(name="Safeguarding")
    teams = Team.objects.bulk_create([Team(name=f"Team {n:03d}", service=service) for n in range(TEAMS)])
    User.objects.bulk_create(
        [
            User(
                name=f"Worker {n:04d}",
                email=f"worker{n}@exampleshire.example",
                job_role="social_worker",
                team=teams[n % TEAMS],
            )
            for n in range(WORKERS)
        ]
    )


def write_file(path: Path, rows: int) -> None:
    """A list of cases, the same each time."""
    dice = random.Random(1)
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADINGS)
        writer.writerows(_row(number, dice) for number in range(rows))


def _row(number: int, dice: random.Random) -> list[str]:
    born, referred = date(2010, 1, 1), date(2025, 1, 1)
    return [
        f"X{number:07d}", f"Child {number}", _day(born + timedelta(days=dice.randrange(5_000))),
        dice.choice(("Female", "Male")), "White British", dice.choice(PLANS), dice.choice(("", "Neglect")),
        _day(referred + timedelta(days=dice.randrange(390))), "01/02/2026", f"Team {number % TEAMS:03d}",
        f"Worker {number % WORKERS:04d}", f"F{number // 2}", dice.choice(("", "missing", "missing, exploitation")),
        "01/11/2026",
    ]  # fmt: skip


def _day(day: date) -> str:
    return f"{day:%d/%m/%Y}"


def floor(path: Path) -> None:
    """A staged COPY of the file."""
    with transaction.atomic(), connection.cursor() as cursor:
        rows = list(csv.reader(io.StringIO(path.read_text("utf-8"))))[1:]
        text = io.StringIO()
        csv.writer(text).writerows(rows)
        text.seek(0)
        cursor.execute(f"CREATE TEMP TABLE staged ({STAGING}) ON COMMIT DROP")
        cursor.copy_expert(f"COPY staged FROM STDIN WITH (FORMAT csv, FORCE_NOT_NULL ({KEEP_EMPTY}))", text)
        cursor.execute(
            "INSERT INTO people_fileimport (kind, status, file_name, file_sha256, mapping, options, counts, notes,"
            " uploaded_at) VALUES ('cases', 'applied', 'x', 'x', '{}', '{}', '{}', '[]', now()) RETURNING id"
        )
        (key,) = cursor.fetchone()
        cursor.execute(CASES, [key])
        cursor.execute(KEPT, [key])


def product(path: Path) -> None:
    """The import command."""
    columns = {"plan": "Plan", "cp_category": "Category of abuse"}
    chosen = [f"--map={field}={column}" for field, column in columns.items()]
    call_command("import_cases", str(path), *chosen, stdout=io.StringIO())


def empty() -> None:
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE audits_case, people_fileimport CASCADE")


def _backend_seconds() -> float:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()
    used = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(used[11]) + int(used[12])) / os.sysconf("SC_CLK_TCK")


def cost(do: Callable[[Path], None], path: Path, rows: int) -> dict[str, float]:
    """CPU seconds of this process and of the database's, and seconds on the clock."""
    empty()
    own, server, clock = time.process_time(), _backend_seconds(), time.perf_counter()
    with collector_at_rest():  # as the command has it: neither side pays for collecting
        do(path)
    took = {
        "own": time.process_time() - own,
        "server": _backend_seconds() - server,
        "clock": time.perf_counter() - clock,
    }
    assert (Case.objects.count(), FileImportRow.objects.filter(outcome="added").count()) == (rows, rows)
    assert not Case.objects.filter(team=None).exists()
    assert not Case.objects.filter(worker=None).exists()
    return took


def rounds(rows: int, times: int) -> Iterator[dict[str, dict[str, float]]]:
    """Floor and product in turns."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "cases.csv"
        write_file(path, rows)
        for _ in range(times):
            yield {"floor": cost(floor, path, rows), "product": cost(product, path, rows)}


def main() -> None:
    rows, times = int(sys.argv[1]), int(sys.argv[2])
    make_council()
    answer = {"rounds": list(rounds(rows, times)), "peak_kb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss}
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
