"""A council with as many audits as a test wants, in every state, written in bulk."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from allocation.models import Chase, Cycle
from audits.models import Audit, Case, Grade, PartB, Selection, SmartAction, Status, TemplateVersion
from people.models import OutgoingMail, Service, Team, User
from people.roles import JobRole
from tests.factories import ServiceFactory, TeamFactory, UserFactory

AS_OF = date(2026, 11, 10)
DONE = (Status.WITH_TEAM, Status.ACTIONS, Status.CLOSED)
STATUSES = (*DONE, Status.CLOSED, Status.CLOSED, Status.ALLOCATED, Status.IN_PROGRESS, Status.EXEMPT, Status.WITHDRAWN)
SELECTIONS = (Selection.RANDOM, Selection.RANDOM, Selection.RANDOM, Selection.TARGETED, Selection.RE_AUDIT)


def noon(day: date) -> datetime:
    return datetime.combine(day, time(12), tzinfo=UTC)


@dataclass
class Council:
    """Services, teams and people, and what writes audits for them."""

    template: TemplateVersion
    services: list[Service] = field(default_factory=list)
    teams: list[Team] = field(default_factory=list)
    auditors: list[User] = field(default_factory=list)
    number: int = 0

    def __post_init__(self) -> None:
        self.services = [ServiceFactory() for _ in range(2)]
        self.teams = [TeamFactory(service=self.services[n % 2]) for n in range(4)]
        self.managers = [UserFactory(job_role=JobRole.TEAM_MANAGER, team=team) for team in self.teams]
        self.workers = [UserFactory(team=team) for team in self.teams]
        outside = TeamFactory(service=self.services[0])
        self.auditors = [UserFactory(job_role=JobRole.TEAM_MANAGER, team=outside) for _ in range(3)]
        self.grades = list(Grade.objects.filter(scale=self.template.scale).order_by("-order"))

    def cycle(self, month: date, *, paused: bool = False, reason: str = "") -> Cycle:
        cycle, _ = Cycle.objects.get_or_create(
            month=month,
            defaults={
                "template_version": None if paused else self.template,
                "due_on": None if paused else month + timedelta(days=27),
                "status": "paused" if paused else "published",
                "paused_reason": reason,
                "opened_at": noon(month),
                "published_at": None if paused else noon(month),
            },
        )
        return cycle

    def audit(
        self,
        month: date,
        *,
        status: str = Status.ALLOCATED,
        selection: str = Selection.RANDOM,
        grade: Grade | None = None,
        team: int = 0,
        auditor: int = 0,
        due_on: date | None = None,
        submitted_on: date | None = None,
        part_b_due_on: date | None = None,
    ) -> Audit:
        """An unsaved audit; `save` writes many."""
        self.number += 1
        due_on = due_on or month + timedelta(days=27)
        done = status in DONE
        submitted = noon(submitted_on or due_on) if done else None
        return Audit(
            reference=f"{month:%Y-%m}-{self.number:05d}",
            case=Case(reference=f"KID{self.number:06d}", child_name=f"Sam Sample{self.number}", team=self.teams[team]),
            month=month,
            selection=selection,
            template_version=self.template,
            auditor=self.auditors[auditor],
            worker=self.workers[team],
            team_manager=self.managers[team],
            team=self.teams[team],
            service=self.teams[team].service,
            plan="child_in_need",
            status=status,
            allocated_at=noon(month),
            due_on=due_on,
            window_start=month - timedelta(days=180),
            window_end=month,
            overall_grade=grade if done else None,
            submitted_at=submitted,
            part_b_due_on=(part_b_due_on or submitted.date() + timedelta(days=14)) if submitted else None,
            closed_at=submitted + timedelta(days=30) if submitted and status == Status.CLOSED else None,
        )

    def save(self, audits: list[Audit]) -> list[Audit]:
        Case.objects.bulk_create([audit.case for audit in audits])
        for audit in audits:
            audit.case_id = audit.case.pk
        return Audit.objects.bulk_create(audits)

    def random_audits(self, count: int, *, months: list[date], dice: random.Random) -> list[Audit]:
        """Audits in every state, with Part B, actions, chases and urgent mail that fit."""
        audits = self.save([self._random_audit(dice, months) for _ in range(count)])
        done = [audit for audit in audits if audit.status in DONE]
        PartB.objects.bulk_create([self._part_b(audit, dice) for audit in done if audit.status != Status.WITH_TEAM])
        SmartAction.objects.bulk_create([row for audit in done for row in self._actions(audit, dice)])
        Chase.objects.bulk_create([row for audit in audits for row in self._chases(audit, dice)])
        OutgoingMail.objects.bulk_create([row for audit in done for row in self._mail(audit, dice)])
        return audits

    def _random_audit(self, dice: random.Random, months: list[date]) -> Audit:
        month = dice.choice(months)
        due_on = month + timedelta(days=dice.randint(0, 40))
        return self.audit(
            month,
            status=dice.choice(STATUSES),
            selection=dice.choice(SELECTIONS),
            grade=dice.choice([*self.grades, *self.grades[1:3], None]),
            team=dice.randrange(4),
            auditor=dice.randrange(3),
            due_on=due_on,
            submitted_on=due_on + timedelta(days=dice.randint(-5, 5)),
            part_b_due_on=AS_OF + timedelta(days=dice.randint(-20, 20)),
        )

    def _part_b(self, audit: Audit, dice: random.Random) -> PartB:
        assert audit.submitted_at
        manager_at = audit.submitted_at + timedelta(days=dice.randint(0, 12), hours=dice.randint(-11, 11))
        worker_at = audit.submitted_at + timedelta(days=dice.randint(0, 12))
        return PartB(
            audit=audit,
            supervision_on=audit.due_on,
            manager_comment="Thank you.",
            manager_signed_at=manager_at,
            manager_signed_by=audit.team_manager,
            worker_comment="I agree.",
            worker_signed_at=worker_at,
            worker_signed_by=audit.worker,
        )

    def _actions(self, audit: Audit, dice: random.Random) -> list[SmartAction]:
        return [self._action(audit, number, dice) for number in range(1, dice.randint(0, 3) + 1)]

    def _action(self, audit: Audit, number: int, dice: random.Random) -> SmartAction:
        done = dice.random() < 0.5
        due_on = AS_OF + timedelta(days=dice.randint(-30, 30))
        return SmartAction(
            audit=audit,
            number=number,
            outcome="Seen every two weeks.",
            how="Book the visits.",
            owner=audit.worker,
            due_on=due_on,
            evidence="Visits are booked." if done else "",
            done_on=due_on + timedelta(days=dice.randint(-9, 9)) if done else None,
            done_by=audit.worker if done else None,
        )

    def _chases(self, audit: Audit, dice: random.Random) -> list[Chase]:
        stages = [stage for stage in Chase.Stage.values if dice.random() < 0.3]
        return [
            Chase(
                audit=audit,
                stage=stage,
                due_on=audit.due_on,
                audit_due_on=audit.due_on,
                recipient=audit.auditor,
                superseded=dice.random() < 0.2,
                handled_at=noon(audit.due_on),
            )
            for stage in stages
        ]

    def _mail(self, audit: Audit, dice: random.Random) -> list[OutgoingMail]:
        if not (audit.overall_grade and audit.overall_grade.is_urgent):
            return []
        sent = dice.random() < 0.8
        return [
            OutgoingMail(
                key=f"urgent:{audit.reference}:{person.pk}",
                kind="urgent",
                recipient=person,
                address=person.email,
                subject=f"Urgent: audit {audit.reference} needs action today",
                body="Sign in.",
                urgent=True,
                about=f"audit:{audit.reference}",
                status="sent" if sent else "queued",
                message_id="<x@example.invalid>",
                date_header=noon(audit.due_on),
                next_attempt_at=noon(audit.due_on),
                queued_at=noon(audit.due_on),
                sent_at=noon(audit.due_on) if sent else None,
            )
            for person in (audit.worker, audit.team_manager)
            if person
        ]
