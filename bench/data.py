"""Fill a database with people, cases and so many audits: `python -m bench.data FIRST LAST`, the same for every run.

Teams, people, cases and months are the same at every size, so that only the number of audits differs. Audits are
spread evenly over 18 months and 16 teams. All but the current month's are finished; the three that the bench opens
hold a whole form of answers, the others two short pages each.
"""

import contextlib
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

import django

django.setup()

from django.conf import settings  # noqa: E402  # Django first
from django.db import connection, transaction  # noqa: E402
from django.utils import timezone  # noqa: E402

from allocation.models import Chase, Cycle  # noqa: E402
from audits.models import (  # noqa: E402
    COMPLETED,
    Audit,
    Case,
    Grade,
    PageAnswers,
    PartB,
    SmartAction,
    Status,
    StatusChange,
    TemplateVersion,
)
from audits.pages import draft_form, page_codes  # noqa: E402
from audits.structure import AuditForm, form_of  # noqa: E402
from audits.template_import import load_templates  # noqa: E402
from bench.floor.models import Answer, Rollup  # noqa: E402
from bench.opened import FULL, LONG, MONTHS, OPEN, month_before_today, reference  # noqa: E402
from people.models import OutgoingMail, Service, Team, User  # noqa: E402
from people.roles import JobRole  # noqa: E402
from reporting.models import HighlightReport  # noqa: E402

TEAMS, SERVICES, CASES, AUDITORS = 16, 4, 1_500, 60
PERSON = {
    "relationship": "Aunt",
    "name": "Sam Example",
    "age": "41",
    "gender": "Woman",
    "ethnicity": "White British",
    "language": "English",
}
WORDS = "The plan says who does what and by when, and the child’s own words are in it. "


def moment(day: date) -> datetime:
    return datetime.combine(day, time(9), tzinfo=UTC)


# ------------------------------------------------------------------ people, cases, template


def make_council() -> None:
    """Services, teams, people, cases, cycles, the core template, three reports."""
    load_templates(settings.BASE_DIR / "fixtures" / "audit_templates", at=timezone.now())
    services = Service.objects.bulk_create([Service(name=f"Service {n}") for n in range(SERVICES)])
    teams = Team.objects.bulk_create([Team(name=f"Team {n:02d}", service=services[n % SERVICES]) for n in range(TEAMS)])
    lead = _person("Lead", JobRole.PRINCIPAL_SOCIAL_WORKER)
    User.objects.bulk_create([lead])
    User.objects.bulk_create(
        [
            _person(f"Manager {n:02d}", JobRole.TEAM_MANAGER, team=teams[n % TEAMS], line_manager=lead)
            for n in range(AUDITORS)
        ]
    )
    User.objects.bulk_create(
        [_person(f"Worker {n:03d}", JobRole.SOCIAL_WORKER, team=teams[n % TEAMS]) for n in range(TEAMS * 8)]
    )
    make_cases(teams)
    make_cycles(lead)


def _person(name: str, role: str, **fields: object) -> User:
    email = f"{name.lower().replace(' ', '.')}@exampleshire.example"
    return User(email=email, name=name, job_role=role, password="!", **fields)


def make_cases(teams: list[Team]) -> None:
    workers = list(User.objects.filter(job_role=JobRole.SOCIAL_WORKER).order_by("pk"))
    Case.objects.bulk_create(
        [
            Case(
                reference=f"X{n:05d}",
                child_name=f"Child {n}",
                date_of_birth=date(2015, 5, 20),
                gender="Girl",
                plan="child_protection",
                plans=["child_protection"],
                team=teams[n % TEAMS],
                worker=workers[n % len(workers)],
                referral_date=date(2025, 3, 3),
                opened_on=date(2025, 3, 3),
            )
            for n in range(CASES)
        ]
    )


def make_cycles(lead: User) -> None:
    version = core_version()
    for back in range(MONTHS):
        month = month_before_today(back)
        Cycle.objects.create(
            month=month,
            theme="A theme",
            template_version=version,
            due_on=month + timedelta(days=20),
            status=Cycle.Status.PUBLISHED,
            opened_at=moment(month),
            published_at=moment(month),
        )
        if 0 < back <= 3:
            HighlightReport.objects.create(
                month=month,
                status="published",
                figures={},
                author=lead,
                created_at=moment(month),
                published_at=moment(month),
            )


def core_version() -> TemplateVersion:
    return TemplateVersion.objects.filter(template__code="core-case-file").earliest("number")


# ------------------------------------------------------------------ audits


def make_audits(first: int, last: int) -> None:
    """Audits number `first` up to, not including, `last`, with what follows from each."""
    cases = list(Case.objects.select_related("team").order_by("reference"))
    auditors = list(User.objects.filter(job_role=JobRole.TEAM_MANAGER).order_by("pk"))
    managers = {person.team_id: person for person in reversed(auditors)}
    version = core_version()
    grades = list(Grade.objects.filter(scale=version.scale_id).order_by("-order"))
    audits = Audit.objects.bulk_create(
        [_audit(n, cases=cases, auditors=auditors, managers=managers, version=version, grades=grades)
         for n in range(first, last)],
        batch_size=2_000,
    )  # fmt: skip
    numbered = list(zip(range(first, last), audits, strict=True))
    make_followers(numbered)
    make_answers(numbered, form=form_of(version.pk))


def _audit(n: int, *, cases, auditors, managers, version, grades) -> Audit:
    back, number = n % MONTHS, n // MONTHS
    month = month_before_today(back)
    case = cases[(number + back * 37) % CASES]
    status = _status(back, number)
    submitted = status in COMPLETED
    done_at = moment(month + timedelta(days=10 + number % 15))
    return Audit(
        reference=reference(n),
        case=case,
        month=month,
        selection="random" if number % 7 else "targeted",
        template_version=version,
        auditor=auditors[(n * 7 + 3) % AUDITORS],
        worker_id=case.worker_id,
        team_manager=managers[case.team_id],
        team=case.team,
        service_id=case.team.service_id,
        plan=case.plan,
        status=status,
        allocated_at=moment(month),
        due_on=month + timedelta(days=20),
        window_start=month - timedelta(days=180),
        window_end=month,
        outcomes="on_the_way" if submitted else "",
        overall_grade=grades[number * 5 % 4] if submitted else None,
        submitted_at=done_at if submitted else None,
        part_b_due_on=done_at.date() + timedelta(days=14) if submitted else None,
        closed_at=done_at + timedelta(days=9) if status == Status.CLOSED else None,
    )


def _status(back: int, number: int) -> str:
    """Finished in earlier months; this month and the last one are in all states."""
    if back == 0:
        return (Status.IN_PROGRESS, Status.ALLOCATED, Status.WITH_TEAM, Status.IN_PROGRESS)[number % 4]
    if number == 0 or (back == 1 and number == 1):
        return Status.CLOSED
    if back == 1:
        return (Status.WITH_TEAM, Status.ACTIONS, Status.IN_PROGRESS, Status.CLOSED)[number % 4]
    return (Status.CLOSED, Status.ACTIONS, Status.CLOSED, Status.EXEMPT, Status.CLOSED, Status.WITHDRAWN)[number % 6]


def make_followers(numbered: list[tuple[int, Audit]]) -> None:
    """History, Part B, actions, mail about urgent grades, chases of the late."""
    done = [(n, audit) for n, audit in numbered if audit.status in COMPLETED]
    StatusChange.objects.bulk_create([change for _, audit in numbered for change in _history(audit)], batch_size=5_000)
    PartB.objects.bulk_create([_part_b(audit) for _, audit in done], batch_size=5_000)
    SmartAction.objects.bulk_create([action for n, audit in done for action in _actions(n, audit)], batch_size=5_000)
    urgent = [audit for _, audit in done if audit.overall_grade.is_urgent]
    OutgoingMail.objects.bulk_create([_mail(audit) for audit in urgent], batch_size=5_000)
    late = [audit for _, audit in numbered if audit.is_overdue(timezone.localdate())]
    Chase.objects.bulk_create(
        [
            Chase(audit=a, stage="line_manager", due_on=a.due_on, audit_due_on=a.due_on,
                  recipient_id=a.auditor.line_manager_id, handled_at=moment(a.due_on + timedelta(days=1)))
            for a in late
        ]
    )  # fmt: skip


def _history(audit: Audit) -> list[StatusChange]:
    steps = ["allocated"] + ([] if audit.status == "allocated" else ["in_progress"])
    steps += ["with_team", audit.status] if audit.status in COMPLETED else []
    return [
        StatusChange(audit=audit, step=step, to_status=step, by_id=audit.auditor_id, at=audit.allocated_at)
        for step in steps
    ]


def _part_b(audit: Audit) -> PartB:
    if audit.status == Status.WITH_TEAM:
        return PartB(audit=audit)
    return PartB(
        audit=audit,
        supervision_on=audit.part_b_due_on,
        manager_comment=WORDS * 3,
        manager_signed_at=audit.submitted_at,
        manager_signed_by_id=audit.team_manager_id,
        worker_comment=WORDS * 3,
        worker_signed_at=audit.submitted_at,
        worker_signed_by_id=audit.worker_id,
    )


def _actions(n: int, audit: Audit) -> list[SmartAction]:
    count = {FULL: 3, LONG: 30}.get(n, 2)
    closed = audit.status == Status.CLOSED
    return [
        SmartAction(
            audit=audit,
            number=number,
            outcome=WORDS,
            how=WORDS,
            owner_id=audit.worker_id,
            due_on=audit.due_on + timedelta(days=30),
            evidence="Seen on the file." if closed else "",
            done_on=audit.due_on + timedelta(days=25) if closed else None,
            done_by_id=audit.worker_id if closed else None,
        )
        for number in range(1, count + 1)
    ]


def _mail(audit: Audit) -> OutgoingMail:
    at = audit.submitted_at
    return OutgoingMail(
        key=f"urgent:{audit.reference}",
        kind="urgent",
        recipient_id=audit.worker_id,
        address="worker@exampleshire.example",
        subject=f"Audit {audit.reference} needs you today",
        body=WORDS * 4,
        urgent=True,
        about=f"audit:{audit.reference}",
        status="sent",
        message_id=f"<{audit.reference}@exampleshire.example>",
        date_header=at,
        next_attempt_at=at,
        queued_at=at,
        sent_at=at,
    )


# ------------------------------------------------------------------ answers


def make_answers(numbered: list[tuple[int, Audit]], *, form: AuditForm) -> None:
    """A whole form for the audits that are opened, two short pages for every other."""
    rows = []
    for n, audit in numbered:
        pages = page_codes(form) if n in {OPEN, FULL, LONG} else ["overview", "s1"]
        rows += [_page(audit, page, form=form, whole=n in {OPEN, FULL, LONG}) for page in pages]
    PageAnswers.objects.bulk_create(rows, batch_size=5_000)
    opened = [row for row in rows if row.audit.reference.endswith("-0001")]
    Answer.objects.bulk_create(
        [
            Answer(reference=row.audit.reference, page=row.page, auditor_id=row.audit.auditor_id, content=row.content,
                   saved_at=row.saved_at)
            for row in opened
        ]
    )  # fmt: skip


def _page(audit: Audit, page: str, *, form: AuditForm, whole: bool) -> PageAnswers:
    content = content_of(page, audit, form=form) if whole else {"rationale": WORDS}
    return PageAnswers(
        audit=audit, page=page, content=content, saved_at=audit.allocated_at, saved_by_id=audit.auditor_id
    )


def content_of(page: str, audit: Audit, *, form: AuditForm) -> dict:
    """A page filled in: every standard answered, every text a few sentences long."""
    section = form.section(page)
    if section:
        answers = {s.code: ("yes", "yes", "no", "na")[n % 4] for n, s in enumerate(section.standards)}
        return {"answers": answers, "grade": form.grades[1].point.code, "rationale": WORDS * 6, "set_aside": ""}
    names = draft_form(page, {}, audit=audit, form=form).names()
    content = {name: WORDS * 3 for name in names if not name.endswith(("_day", "_month", "_year"))}
    if page == "overview":
        return content | {"household": [PERSON] * 4, "others": [PERSON] * 2}
    if page == "meeting":
        return content | {"others": "The co-worker"}
    return content | ({"grade": form.grades[1].point.code, "outcomes": "on_the_way"} if page == "overall" else {})


# ------------------------------------------------------------------ the floors' tables

ROLLUP = """
    INSERT INTO bench_rollup (month, service_id, service, selection, state, grade, n)
    SELECT audit.month, service.id, service.name, audit.selection, audit.status, coalesce(grade.label, ''), count(*)
    FROM audits_audit audit
    JOIN people_service service ON service.id = audit.service_id
    LEFT JOIN audits_grade grade ON grade.id = audit.overall_grade_id
    GROUP BY 1, 2, 3, 4, 5, 6
"""


def make_floor_tables() -> None:
    with connection.schema_editor() as editor:
        editor.create_model(Answer)
        editor.create_model(Rollup)


def roll_up() -> None:
    """Count the audits into the rollup and let the database take its statistics."""
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE bench_rollup")
        cursor.execute(ROLLUP)
        cursor.execute("VACUUM ANALYZE")


WITH_TRIGGERS = (Audit, PageAnswers, PartB, SmartAction, StatusChange)


@contextlib.contextmanager
def without_triggers() -> Iterator[None]:
    """Write no history meanwhile: it would take most of the bench's time, and no page that is measured reads it."""
    set_triggers("DISABLE")
    yield
    set_triggers("ENABLE")


def set_triggers(state: str) -> None:
    with connection.cursor() as cursor:
        for model in WITH_TRIGGERS:
            cursor.execute(f"ALTER TABLE {model._meta.db_table} {state} TRIGGER USER")


def main(first: int, last: int) -> None:
    with without_triggers(), transaction.atomic():
        if first == 0:
            make_floor_tables()
            make_council()
        make_audits(first, last)
    roll_up()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
