"""The cases of Exampleshire: 1,500 open ones, some that closed, each with its involvements."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

from auditportal.demo.names import FIRST, LAST
from auditportal.demo.organisation import Organisation
from audits.models import Case, Involvement, Plan
from people.models import Team, User
from people.roles import JobRole

OPEN, CLOSED = 1500, 260
PLANS_BY_SERVICE = {  # service -> plans of its cases, with weights
    "Assessment and Family Help": {Plan.ASSESSMENT: 25, Plan.CHILD_IN_NEED: 70, Plan.NONE: 5},
    "Safeguarding and Support": {Plan.CHILD_IN_NEED: 55, Plan.CHILD_PROTECTION: 45},
    "Children in Care": {Plan.CHILD_IN_CARE: 100},
    "Care Leavers": {Plan.PATHWAY: 100},
    "Children with Disabilities": {Plan.CHILD_IN_NEED: 85, Plan.CHILD_IN_CARE: 15},
}
AGES = {Plan.PATHWAY: (18, 23), Plan.CHILD_IN_CARE: (2, 17), Plan.CHILD_PROTECTION: (0, 15)}
ETHNICITIES = ("White British", "White Other", "Asian British", "Black British", "Mixed", "Not recorded")
LANGUAGES = ("English", "English", "English", "English", "Polish", "Urdu", "Welsh", "Romanian")
CATEGORIES = ("Neglect", "Emotional abuse", "Physical abuse", "Sexual abuse")


def _birth(plan: str, *, rng: Random, today: date) -> date:
    youngest, oldest = AGES.get(Plan(plan), (0, 17))
    return today - timedelta(days=rng.randint(youngest * 365 + 40, oldest * 365 + 300))


def _flags(plan: str, age: int, category: str, *, rng: Random) -> list[str]:
    flags = ["under_five"] if age < 5 else []
    flags += ["sexual_abuse"] if category == "Sexual abuse" else []
    flags += ["missing"] if age >= 11 and rng.random() < 0.12 else []
    flags += ["exploitation"] if age >= 11 and rng.random() < 0.08 else []
    return flags


def _chair(plan: str, made: Organisation, *, rng: Random) -> User | None:
    if plan == Plan.CHILD_PROTECTION:
        return rng.choice(made.of(JobRole.CP_CHAIR))
    return rng.choice(made.of(JobRole.IRO)) if plan in {Plan.CHILD_IN_CARE, Plan.PATHWAY} else None


def _case(number: int, team: Team, made: Organisation, *, rng: Random, began: date, today: date) -> Case:
    weights = PLANS_BY_SERVICE[team.service.name]
    plan = rng.choices(list(weights), list(weights.values()))[0]
    born = _birth(plan, rng=rng, today=today)
    age = (today - born).days // 365
    category = rng.choice(CATEGORIES) if plan == Plan.CHILD_PROTECTION else ""
    worker = rng.choice(made.members[team.pk])
    opened = max(born, today - timedelta(days=rng.randint(20, 1400)))
    closed = _closing(opened, began=began, today=today, rng=rng) if number >= OPEN else None
    return Case(
        reference=f"EX{200001 + number}",
        child_name=f"{rng.choice(FIRST)} {rng.choice(LAST)}",
        date_of_birth=born,
        gender=rng.choice(("Boy", "Girl")),
        ethnicity=rng.choice(ETHNICITIES),
        primary_language=rng.choice(LANGUAGES),
        disability=team.service.name == "Children with Disabilities" or rng.random() < 0.1,
        plan=plan,
        plans=[plan],
        cp_category=category,
        referral_date=opened + timedelta(days=rng.randint(0, min(120, (today - opened).days))),
        opened_on=opened,
        closed_on=closed,
        team=team,
        team_name=team.name,
        worker=worker,
        worker_name=worker.name,
        chair=_chair(plan, made, rng=rng),
        family_reference=f"F{number // 2}" if rng.random() < 0.3 else "",
        flags=_flags(plan, age, category, rng=rng),
    )


def _closing(opened: date, *, began: date, today: date, rng: Random) -> date:
    earliest = max(opened, began)
    return earliest + timedelta(days=rng.randint(0, max((today - earliest).days - 1, 0)))


def make_cases(made: Organisation, *, rng: Random, began: date, today: date) -> list[Case]:
    """Every case with its involvements."""
    teams = [made.teams[number % len(made.teams)] for number in range(OPEN + CLOSED)]
    cases = [_case(number, team, made, rng=rng, began=began, today=today) for number, team in enumerate(teams)]
    Case.objects.bulk_create(cases, batch_size=500)
    involvements = [row for case in cases for row in _involvements(case, made, rng=rng)]
    Involvement.objects.bulk_create(involvements, batch_size=1000)
    return cases


def _involvements(case: Case, made: Organisation, *, rng: Random) -> list[Involvement]:
    """The worker's and team's own, and up to two earlier ones, mostly of the assessment teams."""
    assert case.opened_on is not None
    assert case.worker is not None
    since = case.opened_on
    rows = []
    for _ in range(rng.choice((0, 0, 1, 1, 2))):
        team = rng.choice(made.teams[:12])
        person = rng.choice(made.members[team.pk])
        until = since + timedelta(days=rng.randint(10, 120))
        rows.append(_involvement(case, person, team, "Social worker", since, min(until, case.closed_on or until)))
        since = min(until, case.closed_on or until)
    rows.append(_involvement(case, case.worker, case.team, "Allocated worker", since, case.closed_on))
    return rows


def _involvement(
    case: Case, person: User, team: Team | None, role: str, starts: date, ends: date | None
) -> Involvement:
    return Involvement(
        case=case, user=person, team=team, professional_id=person.staff_number, role=role, starts=starts, ends=ends
    )
