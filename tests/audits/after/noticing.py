"""A submitted audit and the people around it, for what happens when it is urgent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction

from audits.after import grade_changes, urgent_notices
from audits.models import Audit, Cause, SectionGrade, Status, UrgentNotice
from people.models import Absence, Team, User
from people.roles import JobRole
from tests.conftest import NOW, TODAY
from tests.factories import UserFactory

YESTERDAY = TODAY - timedelta(days=1)


@dataclass
class Scene:
    """An audit about to be submitted, and a clock that goes on by an hour with each thing that happens."""

    audit: Audit
    psw: User
    head: User
    other_team: Team
    at: datetime = NOW
    people: dict[str, User] = field(default_factory=dict)

    def person(self, name: str, role: JobRole, **fields: object) -> User:
        """Somebody more in the council, by name and role; of the audit's team where no other is given."""
        self.people[name] = UserFactory(name=name, job_role=role, **{"team": self.audit.team, **fields})
        return self.people[name]

    def set(self, **fields: object) -> None:
        """Change the audit or, with case__, its case; as the database has it."""
        for name, value in fields.items():
            row = self.audit.case if name.startswith("case__") else self.audit
            setattr(row, name.removeprefix("case__"), value)
        self.audit.case.save()
        self.audit.save()

    def later(self) -> datetime:
        self.at += timedelta(hours=1)
        return self.at

    def submit(self, grade: str = "inadequate", *, safe: bool = True, sections: tuple[str, ...] = ()) -> None:
        """As submitting does it, without the pages; `sections` grades the first sections."""
        grades = {point.code: point for point in self.audit.template_version.scale.grades.all()}
        overall = grades[grade] if self.audit.template_version.overall_grade else None
        self.set(
            status=Status.WITH_TEAM,
            submitted_at=self.at,
            part_b_due_on=TODAY,
            overall_grade=overall,
            safe_now="yes" if safe else "no",
        )
        version = self.audit.template_version
        for section, code in zip(version.sections.order_by("order"), sections, strict=False):
            SectionGrade.objects.create(audit=self.audit, section=section, grade=grades[code])
        with transaction.atomic():
            urgent_notices.on_submission(self.audit, by=self.audit.auditor, at=self.at, today=TODAY)

    def change(self, to: str, *, section: int | None = None, cause: Cause = Cause.REVIEW) -> None:
        """Change the overall grade, or that of a section counted from nought."""
        grade = self.audit.template_version.scale.grades.get(code=to)
        codes = list(self.audit.template_version.sections.order_by("order").values_list("code", flat=True))
        with transaction.atomic():
            locked = Audit.objects.select_for_update(of=("self",)).get(pk=self.audit.pk)
            grade_changes.change(
                locked,
                to=grade,
                section="" if section is None else codes[section],
                cause=cause,
                reason="Looked at again.",
                by=self.psw,
                at=self.later(),
                today=TODAY,
            )

    def told(self) -> list[str]:
        """Every notice: its kind, and who was told by first name, with ! where an answer is waited for."""
        found = []
        for notice in UrgentNotice.objects.filter(audit=self.audit).prefetch_related("recipients__person"):
            rows = notice.recipients.all()
            names = [row.person.name.split()[0] + "!" * row.must_acknowledge for row in rows]
            found.append(f"{notice.kind}: {' '.join(names)}")
        return found


Happening = Callable[[Scene], object]


def leave(*people: User) -> None:
    """They left yesterday."""
    for person in people:
        person.leave_date = YESTERDAY
        person.save()


def away(*people: User) -> None:
    """They are on leave today."""
    for person in people:
        Absence.objects.create(user=person, starts=YESTERDAY, ends=TODAY)
