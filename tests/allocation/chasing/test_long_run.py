"""Fourteen months of chasing, of every subject, against an oracle of its own: no stage early, late, double, missing.

What a look does can change only with the hour at which people may be told (08:00 and 19:00 in London), with the day,
with the moment from which an answer is overdue, and with what people do. So looks are taken around each of these, on
the days on which a stage may fall and on those beside them, and once at a random hour on every other day, instead of
every five minutes; LONG_TESTS=1 takes them every five minutes, as the timetable does.
"""

from __future__ import annotations

import os
import random
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from allocation.chasing.reminders import chase_due
from allocation.models import Chase
from audits.models import (
    Audit,
    ImmediateRisk,
    ModerationTask,
    NoticeRecipient,
    PartB,
    RiskRecipient,
    SmartAction,
    TemplateVersion,
    UrgentNotice,
)
from people.models import Holiday, OutgoingMail, User
from people.roles import JobRole
from tests.allocation.chasing.long_oracle import BANK_HOLIDAYS, DAY, Item, live, london, open_at, step, utc
from tests.factories import AuditFactory, ServiceFactory, SmartActionFactory, TeamFactory, UserFactory

LONG = os.environ.get("LONG_TESTS") == "1"
FIVE = timedelta(minutes=5)


class Council:
    """Everything that is waited for in a time, for the portal and for the oracle."""

    def __init__(self, template: TemplateVersion, *, first: date, last: date, seed: int) -> None:
        self.template, self.random = template, random.Random(seed)
        self.first, self.last = first, last
        self.items: list[Item] = []
        self.events: list[tuple[datetime, Any]] = []
        programme = UserFactory(name="programme", job_role=JobRole.PRINCIPAL_SOCIAL_WORKER)
        self.above = UserFactory(name="next", line_manager=programme, job_role=JobRole.ASSISTANT_DIRECTOR)
        self.line = UserFactory(name="line", line_manager=self.above, job_role=JobRole.SERVICE_MANAGER)
        service = ServiceFactory(name="The service")
        UserFactory(name="head", job_role=JobRole.HEAD_OF_SERVICE, service=service)
        self.team = TeamFactory(name="The team", service=service)
        Holiday.objects.all().delete()
        Holiday.objects.bulk_create([Holiday(day=day, name="Bank holiday") for day in sorted(BANK_HOLIDAYS)])

    def somebody(self, **fields: Any) -> User:
        return UserFactory(line_manager=self.line, team=self.team, **fields)

    def days(self, count: int, *, special: tuple[date, ...] = ()) -> list[date]:
        """Days of the time, spread over it, days off among them."""
        span = (self.last - self.first).days - 30
        return [*special, *(self.first + DAY * (5 + span * n // count) for n in range(count))]

    def moment(self, day: date, hours: tuple[int, int] = (0, 24)) -> datetime:
        return utc(datetime.combine(day, time(self.random.randrange(*hours), self.random.randrange(0, 60, 5))))

    def audit(self, **fields: Any) -> Audit:
        number = len(self.items) + 1
        audit: Audit = AuditFactory(
            reference=f"2026-10-{number:04d}",
            template_version=self.template,
            case__team=self.team,
            worker=self.somebody(job_role=JobRole.SOCIAL_WORKER),
            team_manager=self.somebody(job_role=JobRole.TEAM_MANAGER),
            **{"auditor": self.somebody(job_role=JobRole.IRO)} | fields,
        )
        return audit

    def add(self, subject: str, audit: Audit, key: str, owner: User, due: date, told: datetime, settle: Any) -> None:
        item = Item(subject, audit.reference, key, owner.name, due, told)
        if self.random.random() < 0.4:  # settled some time around or after the due day
            item.settled = self.moment(due + DAY * self.random.randrange(-4, 9))
            self.events.append((item.settled, settle))
        self.items.append(item)

    def submitted(self, at: datetime, **fields: Any) -> Audit:
        """With the team, both of its sides of Part B signed."""
        audit = self.audit(status="with_team", submitted_at=at, **{"part_b_due_on": london(at).date()} | fields)
        signed = {"manager_signed_at": at, "manager_signed_by": audit.team_manager, "manager_comment": "Seen."}
        signed |= {"worker_signed_at": at, "worker_signed_by": audit.worker, "worker_comment": "Seen."}
        PartB.objects.create(audit=audit, supervision_on=london(at).date(), **signed)
        return audit

    def add_audits(self, count: int, special: tuple[date, ...]) -> None:
        """Every third by the same few people, so that some are late again."""
        few = [self.somebody(job_role=JobRole.IRO) for _ in range(2)]
        for number, due in enumerate(self.days(count, special=special)):
            told = self.moment(due - DAY * self.random.choice((2, 4, 18)))
            who = {"auditor": few[number % 2]} if number % 3 == 0 else {}
            audit = self.audit(due_on=due, month=due.replace(day=1), allocated_at=told, **who)

            def settle(audit: Audit = audit, due: date = due) -> None:
                Audit.objects.filter(pk=audit.pk).update(status="exempt")

            self.add("audit", audit, "", audit.auditor, due, told, settle)

    def add_part_bs(self, count: int, special: tuple[date, ...]) -> None:
        for due in self.days(count, special=special):
            told = self.moment(due - DAY * self.random.choice((0, 1, 14)))
            audit = self.submitted(told, part_b_due_on=due)
            side = self.random.choice(("worker", "manager"))
            PartB.objects.filter(audit=audit).update(**{f"{side}_signed_at": None, f"{side}_signed_by": None})
            owner = audit.worker if side == "worker" else audit.team_manager
            assert owner is not None

            def settle(audit: Audit = audit, side: str = side, owner: User = owner, told: datetime = told) -> None:
                PartB.objects.filter(audit=audit).update(**{f"{side}_signed_at": told, f"{side}_signed_by": owner})

            self.add("part_b", audit, side, owner, due, told, settle)

    def add_actions(self, count: int, special: tuple[date, ...]) -> None:
        for due in self.days(count, special=special):
            told = self.moment(due + DAY * self.random.choice((-20, -2, 3)))
            audit = self.submitted(told)
            action = SmartActionFactory(audit=audit, owner=self.somebody(), due_on=due, number=1)

            def settle(action: SmartAction = action, due: date = due) -> None:
                done = {"done_on": due, "done_by": action.owner, "evidence": "Seen by the team manager."}
                SmartAction.objects.filter(pk=action.pk).update(**done)

            self.add("action", audit, "1", action.owner, due, told, settle)

    def add_answers(self, count: int, special: tuple[date, ...]) -> None:
        for number, day in enumerate(self.days(count, special=special)):
            told = self.moment(day)
            audit = self.submitted(told)
            person = self.somebody(job_role=JobRole.TEAM_MANAGER)
            row: Any
            if number % 2:
                notice = UrgentNotice.objects.create(audit=audit, number=1, kind="urgent", cause="submitted", at=told)
                fields = {"part": "team_manager", "must_acknowledge": True, "told_at": told}
                row = NoticeRecipient.objects.create(notice=notice, person=person, **fields)
            else:
                fields = {"concern": "Seen today.", "raised_by": audit.auditor, "raised_at": told}
                risk = ImmediateRisk.objects.create(audit=audit, number=1, **fields)
                row = RiskRecipient.objects.create(risk=risk, person=person, part="team_manager")

            def settle(row: Any = row, told: datetime = told) -> None:
                type(row).objects.filter(pk=row.pk).update(acknowledged_at=told, step_taken="Rang the family.")

            day_told = london(told).date()
            self.add("notice" if number % 2 else "risk", audit, str(row.pk), person, day_told, told, settle)

    def add_moderations(self, count: int, special: tuple[date, ...]) -> None:
        for due in self.days(count, special=special):
            told = self.moment(due - DAY * self.random.choice((0, 2, 10)))
            audit, person = self.submitted(told), self.somebody(job_role=JobRole.QA_OFFICER)
            fields = {"state": "given", "moderator": person, "made_at": told, "given_at": told, "due_on": due}
            task = ModerationTask.objects.create(audit=audit, why=["random"], **fields)

            def settle(task: ModerationTask = task) -> None:
                ModerationTask.objects.filter(pk=task.pk).update(state="talk")

            self.add("moderation", audit, "", person, due, told, settle)

    def looks(self, *, outage: tuple[datetime, datetime]) -> list[datetime]:
        """The moments at which somebody looks, in the order in which the clock shows them: it is set back and forth."""
        found: set[datetime] = {at for at, _ in self.events}
        busy = {day + DAY * n for item in self.items for day, _, _, _ in item.stages([]) for n in (-1, 0, 1)}
        for number in range((self.last - self.first).days):
            day = self.first + DAY * number
            walls = [time(7, 55), time(8), time(19)] if day in busy else []
            found |= {utc(datetime.combine(day, wall)) for wall in (*walls, time(self.random.randrange(9, 18), 30))}
            if LONG:
                found |= {utc(datetime.combine(day, time())) + FIVE * n for n in range(288)}
        for item in self.items:
            found |= {at for _, at, _, _ in item.stages([]) if at is not None}
        running = sorted(at for at in found if not outage[0] <= at < outage[1])
        return _set_back_and_forth(running, self.first + DAY * 150)


def _set_back_and_forth(looks: list[datetime], day: date) -> list[datetime]:
    """On one day at noon the clock is two hours back for a while; on a later one a day ahead, and right again."""
    noon = utc(datetime.combine(step(day, 1), time(12)))
    back = [noon - timedelta(hours=2) + FIVE * n for n in range(3)]
    ahead = utc(datetime.combine(step(day, 9), time(12)))
    before = [at for at in looks if at <= noon]
    between = [at for at in looks if noon < at <= ahead]
    return [*before, *back, *between, ahead + DAY, ahead + DAY + FIVE, *(at for at in looks if at > ahead)]


def run(council: Council, looks: list[datetime]) -> None:
    """Live through the looks; what people do happens when the clock first reaches it, before the look."""
    events = sorted(council.events, key=lambda each: each[0])
    for at in looks:
        while events and events[0][0] <= at:
            events.pop(0)[1]()
        sent = chase_due(at=at)
        assert sent == 0 or open_at(at)


def handled() -> list[tuple[Any, ...]]:
    rows = Chase.objects.select_related("audit", "recipient", "owner")
    return sorted(
        (
            row.subject,
            row.audit.reference,
            row.key,
            row.stage,
            row.due_on,
            row.superseded,
            None if row.superseded else row.recipient.name,
            row.handled_at,
        )
        for row in rows
    )


def expected(council: Council) -> list[tuple[Any, ...]]:
    return sorted(
        (
            item.subject,
            item.audit,
            item.key,
            code,
            day,
            superseded,
            None if superseded else (item.owner if who == "owner" else who),
            at,
        )
        for item in council.items
        for code, (day, superseded, who, at) in item.handled.items()
    )


WINDOWS = [
    # October 2026 to November 2027: the clocks go back, forth and back; the outage lies over the end of January
    (date(2026, 10, 5), date(2027, 11, 30), (date(2026, 10, 26), date(2026, 12, 31), date(2027, 3, 29)), 1),
    # around 29 February 2028
    (date(2028, 1, 3), date(2028, 4, 20), (date(2028, 2, 29), date(2028, 3, 1), date(2028, 3, 27)), 2),
]


class TestALongTime:
    @pytest.mark.timeout(36000 if LONG else 1800)
    @pytest.mark.parametrize(("first", "last", "special", "seed"), WINDOWS)
    def test_sends_every_stage_of_every_subject_on_its_day_once(
        self, core_template: TemplateVersion, first: date, last: date, special: tuple[date, ...], seed: int
    ) -> None:
        council = Council(core_template, first=first, last=last, seed=seed)
        count = max(8, (last - first).days // 28)
        council.add_audits(count, special)
        council.add_part_bs(count // 2, special)
        council.add_actions(count // 2, special)
        council.add_answers(count, (*special, *(day - DAY for day in special)))
        council.add_moderations(count // 2, special)
        begins = date(2027, 1, 28) if first.year == 2026 else date(2028, 2, 25)
        outage = (datetime.combine(begins, time(7), tzinfo=UTC), datetime.combine(step(begins, 4), time(9), tzinfo=UTC))
        looks = council.looks(outage=outage)
        run(council, looks)
        live(council.items, looks)
        assert handled() == expected(council)
        assert any(row[5] for row in handled())  # the outage has made some stages overtaken
        assert len(handled()) > 2 * len(council.items) * 0.6
        keys = list(OutgoingMail.objects.values_list("key", flat=True))
        assert len(keys) == len(set(keys))
