"""Fill a database with a council to draw from: `python -m bench.draw_data CASES AUDITORS`, the same for every run.

People, cases and involvements are made by PostgreSQL itself, so that a council of 400,000 cases and three involvements
for each takes seconds. A second call makes the same council larger. Teams have five auditors each, a worker has about
fifty cases; of three involvements one is of a person, one of a team long ago and one of a team lately. One case in
twenty is closed, restricted or too new, so that the pool has somebody to leave out.
"""

import sys
from datetime import date

import django

django.setup()

from django.conf import settings  # noqa: E402  # Django first
from django.db import connection, transaction  # noqa: E402
from django.utils import timezone  # noqa: E402

from allocation.models import Cycle  # noqa: E402
from audits.models import TemplateVersion  # noqa: E402
from audits.template_import import load_templates  # noqa: E402
from people.models import Service, Team, User  # noqa: E402

TEAM_OF = 5  # auditors
CASES_OF = 50  # a worker
MONTH = date(2026, 11, 1)
DUE_ON = date(2026, 11, 30)
TODAY = date(2026, 11, 2)

# Checking 1.2 million rows one by one would take most of the time, and no draw leans on it.
WITHOUT_FOREIGN_KEYS = """
    DO $$ DECLARE one record; BEGIN
        FOR one IN SELECT conname, conrelid::regclass AS held_by FROM pg_constraint
            WHERE contype = 'f' AND conrelid IN ('audits_case'::regclass, 'audits_involvement'::regclass)
        LOOP EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', one.held_by, one.conname); END LOOP;
    END $$
"""

PEOPLE = """
    INSERT INTO people_user (id, email, name, staff_number, job_role, password, team_id, line_manager_id, is_active,
        is_superuser, monthly_quota, audit_group)
    SELECT n, %(kind)s || n || '@exampleshire.example', %(kind)s || ' ' || n, '', %(role)s, '!',
        %(first_team)s + n %% %(teams)s, NULLIF(%(manager)s, n), true, false, 1, ''
    FROM generate_series(%(first)s, %(last)s) n
    ON CONFLICT DO NOTHING
"""

CASES = """
    INSERT INTO audits_case (id, reference, child_name, date_of_birth, gender, ethnicity, primary_language, plan, plans,
        cp_category, opened_on, closed_on, team_id, team_name, worker_id, worker_name, chair_id, family_reference,
        flags, facts, restricted)
    SELECT n, 'X' || n, 'Child ' || n, date '2008-01-01' + (n::bigint * 7919 %% 6500)::int, '', '', '',
        CASE n %% 3 WHEN 0 THEN 'child_in_care' WHEN 1 THEN 'child_protection' ELSE 'child_in_need' END, '{}', '',
        CASE WHEN n %% 60 = 1 THEN date '2026-10-30' ELSE date '2024-05-01' END,
        CASE WHEN n %% 60 = 2 THEN date '2026-06-01' END,
        worker.team_id, '', worker.id, '', CASE WHEN n %% 3 = 0 THEN 1 + n::bigint * 31 %% %(auditors)s END,
        'F' || n / 2, '{}', '{}', n %% 60 = 3
    FROM generate_series(%(first)s, %(last)s) n
    JOIN people_user worker ON worker.id = %(first_worker)s + n / %(cases_of)s
"""

INVOLVEMENTS = """
    INSERT INTO audits_involvement (case_id, user_id, team_id, professional_id, role, starts, ends)
    SELECT n, CASE kind WHEN 0 THEN 1 + (n::bigint * 131) %% %(auditors)s END,
        CASE WHEN kind > 0 THEN 1 + (n::bigint * 37 + kind * 11) %% %(teams)s END, '', 'worker',
        date '2021-01-01' + (n %% 900)::int, CASE kind WHEN 1 THEN date '2023-08-01' END
    FROM generate_series(%(first)s, %(last)s) n, generate_series(0, 2) kind
"""


def make_people(cases: int, auditors: int) -> dict[str, int]:
    """Teams, auditors and workers; what the cases need to know of them."""
    teams = max(2, auditors // TEAM_OF)
    service = Service.objects.get_or_create(name="Service")[0]
    Team.objects.bulk_create([Team(id=n, name=f"Team {n}", service=service) for n in range(1, teams + 1)],
                             ignore_conflicts=True)  # fmt: skip
    first_worker, head = 1_000_000, 999_999
    numbers = {"teams": teams, "first_team": 1, "manager": head}
    with connection.cursor() as cursor:
        cursor.execute(PEOPLE, numbers | {"kind": "head", "role": "social_worker", "first": head, "last": head})
        cursor.execute(PEOPLE, numbers | {"kind": "auditor", "role": "team_manager", "first": 1, "last": auditors})
        last = first_worker + cases // CASES_OF
        cursor.execute(
            PEOPLE, numbers | {"kind": "worker", "role": "social_worker", "first": first_worker, "last": last}
        )
    return {"auditors": auditors, "teams": teams, "first_worker": first_worker, "cases_of": CASES_OF}


def make_cases(first: int, last: int, numbers: dict[str, int]) -> None:
    with connection.cursor() as cursor:
        for statement in (CASES, INVOLVEMENTS):
            cursor.execute(statement, numbers | {"first": first, "last": last})


def make_cycle(target: int) -> None:
    """The month to draw, open, with the core template."""
    if not TemplateVersion.objects.exists():
        load_templates(settings.BASE_DIR / "fixtures" / "audit_templates", at=timezone.now())
    version = TemplateVersion.objects.filter(template__code="core-case-file").earliest("number")
    Cycle.objects.update_or_create(
        month=MONTH,
        defaults={"template_version": version, "target": target, "due_on": DUE_ON, "opened_at": timezone.now()},
    )


def main(cases: int, auditors: int) -> None:
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(WITHOUT_FOREIGN_KEYS)
        there = User.objects.filter(job_role="team_manager").count()
        with connection.cursor() as cursor:
            cursor.execute("SELECT coalesce(max(id), 0) FROM audits_case")
            before = cursor.fetchone()[0]
        numbers = make_people(cases, max(auditors, there))
        make_cases(before + 1, cases, numbers)
        make_cycle(min(auditors // 2, 2_000) if auditors < 2_000 else 2_000)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
