"""Whom to sign in as in the demo: for each role the person who has most to see."""

from __future__ import annotations

from django.db.models import Count, Q

from auditportal.demo.organisation import DOMAIN, PASSWORD
from audits.models import Status
from people.models import User
from people.roles import JobRole


def sign_ins() -> list[tuple[str, str, str]]:
    """One sign-in per role that the demo council has: the role's name, the address, the password."""
    waiting = Count("audits_to_do", filter=Q(audits_to_do__status=Status.IN_PROGRESS), distinct=True)
    as_worker = Count(
        "audits_of_work",
        filter=Q(audits_of_work__status=Status.WITH_TEAM, audits_of_work__part_b__worker_signed_at=None),
        distinct=True,
    )
    as_manager = Count(
        "audits_of_team",
        filter=Q(audits_of_team__status=Status.WITH_TEAM, audits_of_team__part_b__manager_signed_at=None),
        distinct=True,
    )
    to_answer = Count(
        "audit_requests_to_answer", filter=Q(audit_requests_to_answer__settled_at__isnull=True), distinct=True
    )
    asked = Count("swaps_received", filter=Q(swaps_received__answered_at__isnull=True), distinct=True)
    people = User.objects.filter(leave_date__isnull=True, email__endswith=f"@{DOMAIN}")
    ranked = people.annotate(work=waiting + 2 * as_worker + 2 * as_manager + 3 * to_answer + 3 * asked).order_by(
        "-work", "pk"
    )
    found: dict[str, User] = {}
    for person in ranked:
        found.setdefault(person.job_role, person)
    in_order = sorted(found.values(), key=lambda person: JobRole.values.index(person.job_role))
    return [(person.job_title, person.email, PASSWORD) for person in in_order]
