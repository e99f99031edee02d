"""Fill the database of a house: one auditor with audits to write, sessions to sign in with; what was made, as JSON.

python -m tests.faults.seeding 12
"""

from __future__ import annotations

import json
import sys

import django

SESSIONS = 2  # of the auditor for each audit: who comes back after somebody else, or after the end, needs another


def seed(audits: int) -> dict[str, object]:
    """Make the people and that many audits; returns references, session keys and who is who."""
    from django.conf import settings
    from django.test import Client
    from django.utils import timezone

    from audits.template_import import load_templates
    from people.roles import JobRole
    from tests.factories import AuditFactory, CaseFactory, ServiceFactory, TeamFactory, UserFactory

    versions = load_templates(settings.BASE_DIR / "fixtures" / "audit_templates", at=timezone.now())
    core = next(version for version in versions if version.template.code == "core-case-file")
    team, other = (TeamFactory(name=name, service=ServiceFactory(name=name)) for name in ("Harbour", "Meadow"))
    worker = UserFactory(name="Wren Worker", team=team)
    auditor = UserFactory(name="Ada Auditor", job_role=JobRole.TEAM_MANAGER, team=other)
    somebody = UserFactory(name="Sol Somebody", job_role=JobRole.TEAM_MANAGER, team=other)

    def session_of(user: object) -> str:
        client = Client()
        client.force_login(user)  # type: ignore[arg-type]  # a user out of a factory
        return client.cookies[settings.SESSION_COOKIE_NAME].value

    made = [
        AuditFactory(
            reference=f"2026-11-{number:04d}",
            case=CaseFactory(team=team, worker=worker),
            template_version=core,
            auditor=auditor,
            supervisor=somebody,  # who may write there, too, so that only the page keeps the text from their name
            worker=worker,
            team_manager=None,
        )
        for number in range(1, audits + 1)
    ]
    return {
        "audits": [audit.reference for audit in made],
        "sections": [section.code for section in core.sections.all()],
        "auditor": auditor.pk,
        "sessions": [session_of(auditor) for _ in range(SESSIONS * audits)],
        "other_session": session_of(somebody),
    }


if __name__ == "__main__":
    django.setup()
    print(json.dumps(seed(int(sys.argv[1]))))
