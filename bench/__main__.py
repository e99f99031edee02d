"""Measure pages beside their floors at 1,000 and 10,000 audits, whole draws and an import: `make bench`."""

import argparse
import contextlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field

import psycopg2
from psycopg2 import sql

from bench import draws, imports_table
from bench.pages import PAGES, Page
from bench.report import Measured, table

SMALL, LARGE = 1_000, 10_000
DRAWS = "draw"  # the part that measures whole draws, and its database
IMPORT = "import"  # the part that measures the import of cases, and its database
SITES = {"product": "bench.product_settings", "floor": "bench.floor.settings"}
BATCH = 0.06  # seconds of one page in one round
MOST = 20  # requests of one page in one round


def environment(settings: str, database: str, static: str) -> dict[str, str]:
    address = os.environ["DATABASE_URL"].rpartition("/")[0] + f"/{database}"
    own = {"DJANGO_SETTINGS_MODULE": settings, "DATABASE_URL": address, "BENCH_STATIC": static, "LOG_LEVEL": "ERROR"}
    return {**os.environ, **own}


def run(*command: str, env: dict[str, str]) -> None:
    subprocess.run([sys.executable, *command], env=env, check=True, stdout=subprocess.DEVNULL)


def make_databases(static: str) -> None:
    """Two databases alike but for the number of audits: the larger one is a copy of the smaller, filled up."""
    product = environment(SITES["product"], database_name(SMALL), static)
    execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(database_name(SMALL))))
    run("manage.py", "collectstatic", "--noinput", env=product)
    run("manage.py", "migrate", "-v0", env=product)
    run("-m", "bench.data", "0", str(SMALL), env=environment(SITES["floor"], database_name(SMALL), static))
    names = [sql.Identifier(database_name(size)) for size in (LARGE, SMALL)]
    execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(*names))
    run("-m", "bench.data", str(SMALL), str(LARGE), env=environment(SITES["floor"], database_name(LARGE), static))


def database_name(size: int) -> str:
    return f"bench_{size}"


def execute(statement: sql.Composed) -> None:
    """Run one statement in the server's own database."""
    _, _, rest = os.environ["DATABASE_URL"].partition("://")
    connection = psycopg2.connect(**connection_parts(rest))
    connection.autocommit = True
    with contextlib.closing(connection), connection.cursor() as cursor:
        cursor.execute(statement)


def connection_parts(rest: str) -> dict[str, str]:
    """user@/folder/name or user:password@host:port/name, as psycopg2 takes it."""
    who, _, where = rest.rpartition("@")
    user, _, password = who.partition(":")
    place, _, name = where.rpartition("/")
    host, port = (place, "") if place.startswith("/") else (place.partition(":")[0], place.partition(":")[2])
    parts = {"user": user, "password": password, "host": host.replace("//", "/"), "port": port, "dbname": name}
    return {key: value for key, value in parts.items() if value}


@dataclass
class Worker:
    """A process of bench.asking."""

    process: subprocess.Popen[str]
    times: dict[str, int] = field(default_factory=dict)

    def ask(self, page: Page, path: str, times: int) -> dict:
        wanted = {"page": {"path": path, "who": page.who, "save": page.save}, "times": times}
        self.process.stdin.write(json.dumps(wanted) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise SystemExit(f"The process that asks for {path} has ended.")
        return json.loads(answer)


@contextlib.contextmanager
def workers(static: str) -> Iterator[dict[tuple[str, int], Worker]]:
    """One process for each site and size."""
    started = {
        (site, size): Worker(
            subprocess.Popen(
                [sys.executable, "-m", "bench.asking"],
                env=environment(settings, database_name(size), static),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        )
        for size in (SMALL, LARGE)
        for site, settings in SITES.items()
    }
    try:
        yield started
    finally:
        for worker in started.values():
            worker.process.stdin.close()
            worker.process.wait()


def path_of(page: Page, site: str) -> str:
    return page.path if site == "product" else page.floor


def look(page: Page, askers: dict[tuple[str, int], Worker], measured: Measured) -> None:
    """Warm every process, count queries and commits, and choose how often to ask in a round."""
    for (site, size), worker in askers.items():
        for _ in range(3):
            seen = worker.ask(page, path_of(page, site), 0)
        measured.seen[site, size] = seen
        worker.times[page.name] = max(2, min(MOST, int(BATCH / max(seen["app"], 1e-4))))
        if site == "product" and page.other and seen["status"].startswith("200"):
            worker.ask(page, page.other, 0)
            measured.other[size] = worker.ask(page, page.other, 0)


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--only", default="", help="part of a page's name, or draw, or import")
    parser.add_argument("--queries", action="store_true", help="print each page's queries")
    options = parser.parse_args()
    pages = [page for page in PAGES if options.only in page.name]
    answered = measure_pages(pages, options) if pages else True
    if options.only in DRAWS:
        measure_draws()
    if options.only in IMPORT:
        measure_import()
    return 0 if answered else 1


def measure_pages(pages: list[Page], options: argparse.Namespace) -> bool:
    """Print the table of the pages; whether all of them answered."""
    measured = {page.name: Measured(page) for page in pages}
    with tempfile.TemporaryDirectory() as static:
        make_databases(static)
        with workers(static) as askers:
            for page in pages:
                look(page, askers, measured[page.name])
            for _ in range(options.rounds):
                for page in (page for page in pages if measured[page.name].answers):
                    for (site, size), worker in askers.items():
                        cost = worker.ask(page, path_of(page, site), worker.times[page.name])
                        measured[page.name].costs[site, size].append((cost["app"], cost["db"]))
    print(table(list(measured.values()), small=SMALL, large=LARGE))
    for one in measured.values() if options.queries else []:
        print(f"\n{one.page.name}", *one.seen["product", LARGE]["asked"], sep="\n  ")
    return all(one.answers for one in measured.values())


def measure_draws() -> None:
    """Print the table of the draws."""
    execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DRAWS)))
    there = environment("auditportal.settings", DRAWS, "")
    run("manage.py", "migrate", "-v0", env=there)
    print("", draws.table(draws.measured(there)), sep="\n")


def measure_import() -> None:
    """Print what the import of cases costs beside a staged COPY."""
    execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(IMPORT)))
    there = environment("auditportal.settings", IMPORT, "")
    run("manage.py", "migrate", "-v0", env=there)
    print("", imports_table.table(imports_table.measured(there)), sep="\n")


if __name__ == "__main__":
    sys.exit(main())
