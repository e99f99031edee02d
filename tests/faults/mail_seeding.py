"""Fill the database of a house for mail: audits ready to be submitted as Inadequate, and audits that will fall due.

python -m tests.faults.mail_seeding 16 12

Prints as JSON who has to hear of what, in words of our own: judged by at the mailbox, whatever the database says.
"""

from __future__ import annotations

import json
import os
import sys
from datetime import date, datetime, timedelta
from itertools import cycle
from typing import Any

import django

TEAMS = 4
FAR = date(2099, 12, 1)  # due so late that nobody is chased


def submit_ready(audits: list[Any], *, at: datetime, today: date) -> None:
    """Write every page of the audits as Inadequate: the first through the product, the others as copies of it."""
    from audits.models import Audit, PageAnswers, SmartAction
    from tests.cast import fill_in

    first, *others = audits
    fill_in(first, grade="inadequate", outcomes="not_met", at=at, today=today)
    pages, actions = list(PageAnswers.objects.filter(audit=first)), list(SmartAction.objects.filter(audit=first))
    for audit in others:
        for row in [*pages, *actions]:
            row.pk, row._state.adding, row.audit = None, True, audit
            if isinstance(row, SmartAction):
                row.owner = audit.worker
            row.save(force_insert=True)
    Audit.objects.filter(pk__in=[audit.pk for audit in others]).update(status="in_progress")


def seed(inadequates: int, reminders: int, *, noon: datetime) -> dict[str, object]:
    """Make people and audits; returns which addresses are told of which audit, and the auditor's session."""
    from django.conf import settings
    from django.test import Client
    from django.utils import timezone

    from audits.template_import import load_templates
    from people.roles import JobRole
    from tests.factories import AuditFactory, CaseFactory, ServiceFactory, TeamFactory, UserFactory

    versions = load_templates(settings.BASE_DIR / "fixtures" / "audit_templates", at=noon)
    core = next(version for version in versions if version.template.code == "core-case-file")
    programme = UserFactory(name="Petra Programme", job_role=JobRole.PRINCIPAL_SOCIAL_WORKER)
    service = ServiceFactory(name="Harbour")
    head = UserFactory(name="Hana Head", job_role=JobRole.HEAD_OF_SERVICE, service=service)
    teams = [TeamFactory(name=f"Harbour {number}", service=service) for number in range(1, TEAMS + 1)]
    managers = [UserFactory(job_role=JobRole.TEAM_MANAGER, team=team, line_manager=head) for team in teams]
    workers = [UserFactory(team=team, line_manager=manager) for team, manager in zip(teams, managers, strict=True)]
    other = TeamFactory(name="Meadow", service=ServiceFactory(name="Meadow"))
    auditor = UserFactory(name="Ada Auditor", job_role=JobRole.TEAM_MANAGER, team=other)

    def audit(number: int, manager: Any, worker: Any) -> Any:
        return AuditFactory(
            reference=f"2026-11-{number:04d}",
            case=CaseFactory(team=worker.team, worker=worker),
            template_version=core,
            auditor=auditor,
            worker=worker,
            team_manager=manager,
            allocated_at=noon - timedelta(days=40),
            due_on=FAR,
        )

    in_turn = cycle(zip(managers, workers, strict=True))
    made = [audit(number, *next(in_turn)) for number in range(1, inadequates + reminders + 1)]
    urgent, late = made[:inadequates], made[inadequates:]
    if urgent:
        submit_ready(urgent, at=timezone.now(), today=timezone.localdate())
    client = Client()
    client.force_login(auditor)
    return {
        "inadequates": {
            each.reference: [each.worker.email, each.team_manager.email, head.email, programme.email] for each in urgent
        },
        "reminders": {each.reference: [auditor.email] for each in late},
        "session": client.cookies[settings.SESSION_COOKIE_NAME].value,
    }


if __name__ == "__main__":
    django.setup()
    print(json.dumps(seed(int(sys.argv[1]), int(sys.argv[2]), noon=datetime.fromisoformat(os.environ["FAULTS_NOON"]))))
