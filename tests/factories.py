"""Test data: invented people, teams and cases."""

from __future__ import annotations

from datetime import UTC, date, datetime

import factory
from factory.django import DjangoModelFactory

from allocation.models import Cycle
from audits.models import Audit, Case, Involvement, Selection, SmartAction, Status
from people.models import Area, Service, Team, User
from people.roles import JobRole

PASSWORD = "a long pass phrase"
MONTH = date(2026, 11, 1)
ALLOCATED_AT = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


class AreaFactory(DjangoModelFactory[Area]):
    class Meta:
        model = Area
        django_get_or_create = ("name",)

    name = "North"


class ServiceFactory(DjangoModelFactory[Service]):
    class Meta:
        model = Service

    name = factory.Sequence(lambda n: f"Service {n}")


class TeamFactory(DjangoModelFactory[Team]):
    class Meta:
        model = Team

    name = factory.Sequence(lambda n: f"Team {n}")
    service = factory.SubFactory(ServiceFactory)
    area = factory.SubFactory(AreaFactory)


class UserFactory(DjangoModelFactory[User]):
    class Meta:
        model = User
        skip_postgeneration_save = True

    name = factory.Sequence(lambda n: f"Person {n}")
    email = factory.Sequence(lambda n: f"person{n}@exampleshire.example")
    job_role = JobRole.SOCIAL_WORKER
    password = factory.django.Password(PASSWORD)


class CaseFactory(DjangoModelFactory[Case]):
    class Meta:
        model = Case

    reference = factory.Sequence(lambda n: f"C{n:05d}")
    child_name = factory.Sequence(lambda n: f"Child {n}")
    date_of_birth = date(2015, 5, 20)
    gender = "Girl"
    plan = "child_in_need"
    plans = factory.LazyAttribute(lambda case: [case.plan])
    team = factory.SubFactory(TeamFactory)
    worker = factory.LazyAttribute(lambda case: UserFactory(team=case.team))
    referral_date = date(2026, 3, 2)
    opened_on = date(2026, 3, 2)


class InvolvementFactory(DjangoModelFactory[Involvement]):
    class Meta:
        model = Involvement

    case = factory.SubFactory(CaseFactory)
    starts = date(2026, 3, 2)


class CycleFactory(DjangoModelFactory[Cycle]):
    """Needs template_version, e.g. the core_template fixture."""

    class Meta:
        model = Cycle
        django_get_or_create = ("month",)

    month = MONTH
    target = 5
    due_on = date(2026, 11, 30)
    opened_at = ALLOCATED_AT


class AuditFactory(DjangoModelFactory[Audit]):
    """An allocated audit; needs template_version, e.g. the core_template fixture. Later states: tests/cast.py."""

    class Meta:
        model = Audit

    reference = factory.Sequence(lambda n: f"2026-11-{n:04d}")
    case = factory.SubFactory(CaseFactory)
    month = MONTH
    selection = Selection.RANDOM
    auditor = factory.SubFactory(UserFactory, job_role=JobRole.TEAM_MANAGER, team=factory.SubFactory(TeamFactory))
    worker = factory.LazyAttribute(lambda audit: audit.case.worker)
    team = factory.LazyAttribute(lambda audit: audit.case.team)
    service = factory.LazyAttribute(lambda audit: audit.case.team.service if audit.case.team else None)
    team_manager = factory.LazyAttribute(lambda audit: UserFactory(job_role=JobRole.TEAM_MANAGER, team=audit.case.team))
    plan = factory.LazyAttribute(lambda audit: audit.case.plan)
    status = Status.ALLOCATED
    allocated_at = ALLOCATED_AT
    due_on = date(2026, 11, 30)
    window_start = date(2026, 5, 2)
    window_end = date(2026, 11, 2)


class SmartActionFactory(DjangoModelFactory[SmartAction]):
    class Meta:
        model = SmartAction

    audit = factory.SubFactory(AuditFactory)
    number = factory.Sequence(lambda n: n + 1)
    outcome = "The child sees their father safely."
    how = "Agree a plan for family time with both parents."
    owner = factory.LazyAttribute(lambda action: action.audit.worker)
    due_on = date(2026, 12, 15)
    agreed_with_worker = True
