"""A council with as many audits as a test wants, in every state, written in bulk."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from allocation.models import Allocation, AuditRequest, Chase, Cycle, Draw, Handover, Override, Swap
from audits.models import Audit, Case, Grade, PartB, Selection, SmartAction, Status, TemplateVersion
from people import activity
from people.models import OutgoingMail, Service, Team, User
from people.roles import JobRole
from tests.factories import ServiceFactory, TeamFactory, UserFactory

AS_OF = date(2026, 11, 10)
DONE = (Status.WITH_TEAM, Status.ACTIONS, Status.CLOSED)
STATUSES = (*DONE, Status.CLOSED, Status.CLOSED, Status.ALLOCATED, Status.IN_PROGRESS, Status.EXEMPT, Status.WITHDRAWN)
SELECTIONS = (*[Selection.RANDOM] * 4, *Selection.values, Selection.RE_AUDIT)


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
        self._look_again(audits, dice)
        self._allocate(audits, dice)
        AuditRequest.objects.bulk_create([row for audit in audits for row in self._requests(audit, dice)])
        self._hand_over(audits, dice)
        return audits

    def _look_again(self, audits: list[Audit], dice: random.Random) -> None:
        again = [audit for audit in audits if audit.selection == Selection.RE_AUDIT]
        for audit in again:
            audit.re_audit_of = dice.choice([None, *audits])
        Audit.objects.bulk_update(again, ["re_audit_of"])

    def draw(self, month: date) -> Draw:
        """The month's draw on record, as far as allocations need one."""
        found = Draw.objects.filter(cycle__month=month).first()
        return found or Draw.objects.create(
            cycle=self.cycle(month), number=1, inputs="", inputs_sha256="", seed="", algorithm="", result={},
            result_sha256="", drawn_at=noon(month),
        )  # fmt: skip

    @staticmethod
    def allocation(audit: Audit, draw: Draw, **fields: object) -> Allocation:
        """An unsaved allocation of an audit."""
        return Allocation(draw=draw, case=audit.case, auditor=audit.auditor, audit=audit, **fields)

    def _allocate(self, audits: list[Audit], dice: random.Random) -> None:
        """Some by hand; some of those that dropped out have another in their place."""
        by_hand = {"origin": "override", "override_reason": "Nobody else was there."}
        draws = {month: self.draw(month) for month in {audit.month for audit in audits}}
        first = [
            self.allocation(audit, draws[audit.month], **(by_hand if dice.random() < 0.1 else {})) for audit in audits
        ]
        dropped = [row for row in first if row.audit.status in {Status.EXEMPT, Status.WITHDRAWN}]
        for row in dropped:
            others = [o for o in first if o.origin == "draw" and o.draw == row.draw and o not in dropped]
            if others and dice.random() < 0.6:
                instead = dice.choice(others)
                instead.origin = "again" if row.audit.status == Status.EXEMPT else "reserve"
                instead.replaces = row
        first.sort(key=lambda row: row.replaces is not None)
        self._stand_against([row for row in first if row.override_reason], dice)
        Allocation.objects.bulk_create([row for row in first if row.replaces is None])
        Allocation.objects.bulk_create([row for row in first if row.replaces is not None])

    def _stand_against(self, given: list[Allocation], dice: random.Random) -> None:
        """A rule stood against some: on record beside the draw, or in what was done once it was published."""
        for row in given:
            against = dice.choice(([], ["Their team holds the case."]))
            if dice.random() < 0.5:
                Override.objects.create(
                    draw=row.draw, case=row.case, auditor=row.auditor, reason=row.override_reason, against=against,
                    by=row.auditor, at=noon(row.audit.month), taken_back_at=None,
                )  # fmt: skip
            else:
                activity.record(
                    "gave a case by override", target=f"audit:{row.audit.reference}", by=row.auditor,
                    at=noon(row.audit.month), against=against,
                )  # fmt: skip

    def _requests(self, audit: Audit, dice: random.Random) -> list[AuditRequest]:
        return [self._request(audit, dice) for _ in range(dice.choice((0, 0, 1, 2)))]

    def _request(self, audit: Audit, dice: random.Random) -> AuditRequest:
        longer = dice.random() < 0.5
        return AuditRequest(
            audit=audit,
            kind="extension" if longer else "exemption",
            why=dice.choice(AuditRequest.Why.values),
            reason="Too much else.",
            wanted_due_on=audit.due_on + timedelta(days=5) if longer else None,
            due_on_before=audit.due_on,
            asked_by=audit.auditor,
            asked_at=noon(audit.month),
            state=dice.choice(("agreed", "agreed", "refused", "withdrawn")),
            settled_at=noon(audit.due_on),
        )

    def _hand_over(self, audits: list[Audit], dice: random.Random) -> None:
        rows = [self._handover(audit, dice) for audit in audits if dice.random() < 0.2]
        Swap.objects.bulk_create([row.swap for row in rows if row.swap])
        Handover.objects.bulk_create(rows)

    def _handover(self, audit: Audit, dice: random.Random) -> Handover:
        to = dice.choice([person for person in self.auditors if person.pk != audit.auditor_id])
        at = noon(audit.month)
        if dice.random() < 0.5:
            swap = Swap(
                kind="next_month", audit=audit, asked_by=audit.auditor, peer=to, state="accepted",
                asked_at=at, answered_at=at,
            )  # fmt: skip
            return Handover(audit=audit, from_auditor=audit.auditor, to_auditor=to, kind="swap", swap=swap, at=at)
        return Handover(
            audit=audit, from_auditor=audit.auditor, to_auditor=to, kind="replacement", reason="Sick leave.", at=at
        )

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
