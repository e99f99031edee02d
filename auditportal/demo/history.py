"""Eighteen months of audits in Exampleshire, played through the product's own functions in the order of time."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from itertools import count
from random import Random

from django.db.models import F

from allocation.chasing import reminders
from allocation.models import Cycle, Theme
from allocation.months import cycles
from auditportal.demo import months, programme, words
from auditportal.demo.organisation import Organisation
from audits import co_auditing, moderation, part_b, smart_actions, submitting
from audits.deadlines import LONDON, add_months, add_working_days, first_working_day_of_month, last_working_day_of_month
from audits.models import Audit, PageAnswers, Selection, SmartAction, Status, TemplateVersion
from audits.structure import form_of
from audits.workflow import move
from people.holidays import holiday_set
from people.models import OutgoingMail
from people.roles import JobRole
from reporting import highlight_report, report_building
from reporting.models import HighlightReport

MONTHS = 18
PAUSED = (10, 9, 8)  # months ago: a quarter without audits
NO_MODERATION = (14, 13, 6, 5, 1)  # months ago: nobody moderated
THEMES = ("Assessment", "Plans", "Safeguarding and risk", "The child’s voice", "Supervision", "Permanence")
REPORTED = 3  # the last months have a published report
TARGET = 16  # re-audits come on top
GRADES = (0, 1, 2, 3)
GRADE_WEIGHTS = (12, 40, 42, 6)


class History:
    """A clock and the things that happen, in order."""

    def __init__(self, made: Organisation, template: TemplateVersion, *, rng: Random, now: datetime) -> None:
        self.made = made
        self.template = template
        self.form = form_of(template.pk)
        self.rng = rng
        self.now = now
        self.today = now.astimezone(LONDON).date()
        self.this_month = self._month_to_play()
        first = add_months(self.this_month, -MONTHS)
        self.holidays = holiday_set(first - timedelta(days=40), self.today + timedelta(days=400))
        self.queue: list[tuple[datetime, int, Callable[[datetime], None]]] = []
        self.urgent_this_month = False
        self.quiet: list[int] = []  # audits of this month that nobody begins
        self.saved_theme: Theme | None = None
        self.order = count()  # what is planned first happens first at the same moment
        self.slow = {person.pk for person in rng.sample(made.auditors, 6)}

    def _month_to_play(self) -> date:
        """This month, or the last one where this month's first working day is still to come or is today."""
        month = self.today.replace(day=1)
        holidays = holiday_set(month, month + timedelta(days=31))
        begun = first_working_day_of_month(month.year, month.month, holidays=holidays) < self.today
        return month if begun else add_months(month, -1)

    # ------------------------------------------------------------------ the clock

    def at(self, day: date, hour: int = 10, minute: int = 0) -> datetime:
        """A moment of a London day."""
        return datetime.combine(day, time(hour, minute), tzinfo=LONDON)

    def later(self, when: datetime, what: Callable[[datetime], None]) -> None:
        """Let something happen, unless that is still to come."""
        if when < self.now:
            heapq.heappush(self.queue, (when, next(self.order), what))

    def play(self) -> None:
        """Everything, month by month."""
        began = add_months(self.this_month, -MONTHS)
        programme.begin(self.made, self.template, at=self.at(began - timedelta(days=4)))
        for ago in range(MONTHS, -1, -1):
            self._plan_month(add_months(self.this_month, -ago), ago)
        self.later(self.at(self.working_day(self.today, -1), 16), self._prepare_next_month)
        while self.queue:
            when, _, what = heapq.heappop(self.queue)
            what(when)
        self._settle_mail()

    def working_day(self, day: date, days: int) -> date:
        return add_working_days(day, days, holidays=self.holidays)

    # ------------------------------------------------------------------ a month

    def _plan_month(self, month: date, ago: int) -> None:
        begin = first_working_day_of_month(month.year, month.month, holidays=self.holidays)
        if ago in PAUSED:
            self.later(self.at(begin), lambda at: self._pause(month, at))
            return
        due = last_working_day_of_month(month.year, month.month, holidays=self.holidays)
        self.later(self.at(begin, 7, 10), lambda at: self._open_and_draw(month, due, ago, at))
        if ago in months.OVERRIDDEN:
            self.later(self.at(begin, 8, 30), lambda at: self._give_by_hand(month, ago, at))
        self.later(self.at(begin, 9, 30), lambda at: self._publish(month, ago, at))
        if 1 <= ago <= REPORTED:
            self.later(self.at(self.working_day(due, 6), 16), lambda at: self._report(month, at))
        for offset in range(-4, 9):
            day = self.working_day(due, offset) if offset else due
            self.later(self.at(day, 9, 5), lambda at: self._chase(at))

    def _pause(self, month: date, at: datetime) -> None:
        cycles.pause(month=month, reason="Practice weeks instead of monthly audits", by=self.made.psw, at=at)

    def _open_and_draw(self, month: date, due: date, ago: int, at: datetime) -> None:
        themed = ago == programme.THEMED
        if themed:
            self.saved_theme = programme.keep_theme(self.made, at=at)
        cycle = cycles.open_cycle(
            month=month,
            theme=programme.THEME if themed else THEMES[ago % len(THEMES)],
            saved_theme=self.saved_theme if themed else None,
            template_version=self.template,
            target=TARGET,
            due_on=due,
            by=self.made.psw,
            at=at,
            today=at.date(),
            groups=["ABC"[ago % 3]],
        )
        programme.plan_month(cycle, self.made, ago=ago, at=at)
        cycles.propose_draw(cycle, by=None, at=at, today=at.date(), new_seed=self._seed)

    def _seed(self) -> str:
        return f"{self.rng.getrandbits(256):064x}"

    def _publish(self, month: date, ago: int, at: datetime) -> None:
        cycle = Cycle.objects.get(month=month)
        allocations = cycles.publish(cycle, by=self.made.psw, at=at, today=at.date())
        for allocation in allocations:
            self._plan_audit(allocation.audit, ago, at)
        self._plan_changes(month, ago, at)

    def _give_by_hand(self, month: date, ago: int, at: datetime) -> None:
        selection = Selection.COMPLAINT if ago % 2 else Selection.TARGETED
        months.give_by_hand(self, Cycle.objects.get(month=month), at, selection=selection)

    def _plan_changes(self, month: date, ago: int, at: datetime) -> None:
        """What people do with a month that has just been published, on the same day and later."""
        if ago in months.SWAPPED:
            self.later(at + timedelta(hours=2), lambda when: months.swap(self._not_begun(month), when))
        if ago == 0:
            self.later(at + timedelta(hours=4), lambda when: self._leave_waiting(month, when))
        if ago == months.LEFT:
            self.later(self.at(self.working_day(at.date(), 2), 12), lambda when: self._somebody_leaves(month, when))
            self.later(self.at(self.working_day(at.date(), 9), 12), lambda when: programme.keep_out(self.made, at=when))
            self.later(self.at(self.working_day(at.date(), 8)), lambda when: programme.evaluate(self.made, at=when))

    def _not_begun(self, month: date) -> list[Audit]:
        rows = Audit.objects.in_month(month).filter(status=Status.ALLOCATED)
        return list(rows.select_related("auditor", "case").order_by("reference"))

    def _leave_waiting(self, month: date, at: datetime) -> None:
        """What the demo's people find to answer: a swap, and an exemption and an extension that were asked for."""
        quiet = [audit for audit in self._not_begun(month) if audit.pk in self.quiet]
        if quiet:
            months.replace(self, quiet.pop(), at)
        waiting = months.ask_to_swap(quiet, at)
        taken = {waiting.audit_id, waiting.their_audit_id} if waiting else set()
        left = [audit for audit in quiet if audit.pk not in taken]
        for ask, audit in zip((months.ask_exemption, months.ask_extension), left, strict=False):
            ask(self, audit, at)

    def _somebody_leaves(self, month: date, at: datetime) -> None:
        person = months.who_leaves(self._not_begun(month), at=at)
        if person is None:
            return
        person.leave_date = self.working_day(at.date(), 6)
        person.save(update_fields=["leave_date"])
        self.later(self.at(person.leave_date, 16), lambda when: months.leave(self, person, when))

    def _prepare_next_month(self, at: datetime) -> None:
        """The next month is open, so that it can be drawn at once; and the council closes at Christmas."""
        programme.close_at_christmas(self.made, at=at, today=at.date())
        month = add_months(self.this_month, 1)
        cycles.open_cycle(
            month=month,
            theme=THEMES[-1],
            template_version=self.template,
            target=TARGET,
            due_on=cycles.default_due_on(month),
            by=self.made.psw,
            at=at,
            today=at.date(),
            groups=["C"],
        )

    def _report(self, month: date, at: datetime) -> None:
        psw = self.made.psw
        report = highlight_report.draft(month, by=psw, at=at, today=at.date())
        narrative = {**words.REPORT, "contact": psw.email}
        report = highlight_report.edit(report, narrative=narrative, by=psw, at=at)
        report = highlight_report.ask_for_build(report, by=psw, at=at)
        built = report_building.build(report, at=at)
        if built.build == HighlightReport.Build.READY:  # not where the PDF library is missing: then it stays a draft
            highlight_report.publish(built, by=psw, at=at, today=at.date())

    def _chase(self, at: datetime) -> None:
        reminders.chase_due(at=at)

    # ------------------------------------------------------------------ one audit

    def _plan_audit(self, audit: Audit, ago: int, published: datetime) -> None:
        chance = self.rng.random() + (0.35 if audit.auditor_id in self.slow else 0)
        if ago == 0:
            self._plan_current(audit, published, chance)
        elif chance < 0.05:
            self.later(self._some_day(audit, 2, 8), lambda at: self._ask_exemption(audit, ago, at))
        elif chance < 0.08:
            self.later(self._some_day(audit, 2, 8), lambda at: self._replace(audit, ago, at))
        elif chance < 0.76:
            self.later(self._some_day(audit, 4, 17), lambda at: self._submit(audit, ago, at))
        elif chance < 0.88:
            if chance > 0.82:
                ask = self.at(self.working_day(audit.due_on, -3), 11)
                self.later(ask, lambda at: self._ask_extension(audit, at))
            late = self.working_day(audit.due_on, self.rng.randint(1, 7))
            self.later(self.at(late, 15), lambda at: self._submit(audit, ago, at))
        elif chance < 1.0:
            self.later(self._some_day(audit, 8, 15), lambda at: self._begin(audit, at))

    def _plan_current(self, audit: Audit, published: datetime, chance: float) -> None:
        some_day = (published + (self.now - published) * (0.15 + 0.8 * self.rng.random())).astimezone(LONDON).date()
        when = self.at(self.working_day(some_day, -1), self.rng.randint(9, 17), self.rng.randint(0, 59))
        when = max(when, published + timedelta(hours=6))
        if chance < 0.52:
            self.later(when, lambda at: self._submit(audit, 0, at))
        elif chance < 0.8:
            self.later(when, lambda at: self._begin(audit, at))
        else:
            self.quiet.append(audit.pk)

    def _some_day(self, audit: Audit, first: int, last: int) -> datetime:
        begin = audit.allocated_at.astimezone(LONDON).date()
        day = self.working_day(begin, self.rng.randint(first, last))
        return self.at(min(day, audit.due_on), self.rng.randint(10, 16), self.rng.randint(0, 59))

    def _as_it_is(self, audit: Audit) -> Audit | None:
        """The audit as it stands now, perhaps with another auditor; None where nobody is to begin it."""
        rows = Audit.objects.select_related("auditor", "case", "worker", "team_manager")
        now = rows.filter(pk=audit.pk, status=Status.ALLOCATED).first()
        return None if now is None or now.auditor.leave_date is not None else now

    def _ask_exemption(self, audit: Audit, ago: int, at: datetime) -> None:
        """Asked, answered the next day, and mostly given to somebody else after that; one in five is refused."""
        now = self._as_it_is(audit)
        if now is None:
            return
        request, agreed = months.ask_exemption(self, now, at), self.rng.random() < 0.8
        self.later(self._days_after(at, 1), lambda when: months.answer(request, when, agreed=agreed))
        if not agreed:
            self.later(self.at(audit.due_on, 13), lambda when: self._submit(audit, ago, when))
        elif self.rng.random() < 0.7:
            self.later(self._days_after(at, 2), lambda when: self._give_again(audit, ago, when))

    def _days_after(self, at: datetime, days: int) -> datetime:
        """In the morning, so many working days later."""
        return self.at(self.working_day(at.astimezone(LONDON).date(), days), 9, 40)

    def _give_again(self, audit: Audit, ago: int, at: datetime) -> None:
        self._plan_new(months.give_again(self, audit, at), ago, at)

    def _ask_extension(self, audit: Audit, at: datetime) -> None:
        now = self._as_it_is(audit)
        if now is not None:
            request = months.ask_extension(self, now, at)
            self.later(self._days_after(at, 1), lambda when: months.answer(request, when))

    def _replace(self, audit: Audit, ago: int, at: datetime) -> None:
        now = self._as_it_is(audit)
        if now is not None:
            self._plan_new(months.replace(self, now, at), ago, at)

    def _plan_new(self, audit: Audit | None, ago: int, at: datetime) -> None:
        """What came in place of another is done by its due date."""
        if audit is not None:
            self.later(max(self.at(audit.due_on, 13), at), lambda when: self._submit(audit, ago, when))

    def _write(self, audit: Audit, at: datetime, *, level: int, outcomes: str, pages: int | None = None) -> None:
        """Pages in bulk, with the same content that the pages would store."""
        contents = words.page_contents(audit, self.form, level=level, outcomes=outcomes, day=at.date(), rng=self.rng)
        rows = [
            PageAnswers(audit=audit, page=page, content=content, saved_at=at, saved_by=audit.auditor)
            for page, content in list(contents.items())[:pages]
        ]
        PageAnswers.objects.bulk_create(rows)
        move(audit, "start", by=audit.auditor, at=at)

    def _begin(self, audit: Audit, at: datetime) -> None:
        now = self._as_it_is(audit)
        if now is None:
            return
        audit = now
        self._write(audit, at, level=2, outcomes="met", pages=self.rng.randint(2, 9))

    def _submit(self, audit: Audit, ago: int, at: datetime) -> None:
        now = self._as_it_is(audit)
        if now is None:
            return
        audit = now
        level = self.rng.choices(GRADES, GRADE_WEIGHTS)[0]
        if ago == 0 and not self.urgent_this_month:  # the demo shows what happens then
            level, self.urgent_this_month = 0, True
        outcomes = ("not_met", self.rng.choice(("not_met", "on_the_way")), "on_the_way", "met")[level]
        self._write(audit, at, level=level, outcomes=outcomes)
        for number in range({0: 3, 1: 2, 2: self.rng.choice((0, 1)), 3: 0}[level]):
            self._add_action(audit, at, immediate=level == 0 and number == 0)
        if audit.supervisor is not None:
            seen = co_auditing.fingerprint(audit)
            co_auditing.agree(audit, seen=seen, by=audit.supervisor, at=at, today=at.date())
        submitted = submitting.submit(audit, by=audit.auditor, at=at, today=at.date())
        self._plan_part_b(submitted, at)
        if ago not in NO_MODERATION and self.rng.random() < 0.12:
            self.later(at + timedelta(days=6), lambda when: self._moderate(submitted, level, when))

    def _add_action(self, audit: Audit, at: datetime, *, immediate: bool) -> None:
        outcome, how = self.rng.choice(words.ACTIONS)
        owner = audit.worker or audit.team_manager
        assert owner is not None
        smart_actions.add(
            audit,
            outcome=outcome,
            how=words.AT_ONCE if immediate else how,
            owner=owner,
            due_on=at.date() if immediate else at.date() + timedelta(days=self.rng.randint(10, 50)),
            agreed_with_worker=True,
            immediate=immediate,
            by=audit.auditor,
            at=at,
            today=at.date(),
        )

    # ------------------------------------------------------------------ afterwards

    def _plan_part_b(self, audit: Audit, at: datetime) -> None:
        assert audit.part_b_due_on is not None
        chance = self.rng.random()
        if chance > 0.95 or audit.team_manager is None:
            return
        days = self.rng.randint(2, 8) if chance > 0.85 else -self.rng.randint(0, 3)
        day = max(self.working_day(audit.part_b_due_on, days) if days else audit.part_b_due_on, at.date())
        when = max(self.at(day, 14, self.rng.randint(0, 59)), at + timedelta(hours=2))
        self.later(when, lambda moment: self._sign(audit, moment))
        for action in audit.smart_actions.all():
            if self.rng.random() < 0.85:
                wait = self.rng.randint(-6, 2) if self.rng.random() < 0.85 else self.rng.randint(3, 25)
                done = max(self.at(action.due_on + timedelta(days=wait), 11), when + timedelta(hours=1))
                self.later(done, lambda moment, action=action: self._complete(action, moment))  # type: ignore[misc]  # bound now

    def _sign(self, audit: Audit, at: datetime) -> None:
        assert audit.team_manager is not None
        responses = {action.number: self.rng.choice(words.MANAGER) for action in audit.smart_actions.all()}
        part_b.sign_as_manager(
            audit,
            comment=self.rng.choice(words.MANAGER),
            supervision_on=at.date(),
            responses=responses,
            by=audit.team_manager,
            at=at,
            today=at.date(),
        )
        if audit.worker is not None:
            part_b.sign_as_worker(
                audit,
                comment=self.rng.choice(words.WORKER),
                by=audit.worker,
                at=at + timedelta(minutes=20),
                today=at.date(),
            )

    def _complete(self, action: SmartAction, at: datetime) -> None:
        smart_actions.complete(
            action, evidence=self.rng.choice(words.EVIDENCE), by=action.owner, at=at, today=at.date()
        )

    def _moderate(self, audit: Audit, level: int, at: datetime) -> None:
        moderators = self.made.of(JobRole.ADVANCED_PRACTITIONER) + self.made.of(JobRole.QA_OFFICER)
        allowed = [person for person in moderators if moderation.may_moderate(audit, person)]
        grades = list(audit.template_version.scale.grades.order_by("order"))
        lower = level > 0 and self.rng.random() < 0.2
        moderation.moderate(
            audit,
            grade=grades[level - 1 if lower else level],
            reason=words.MODERATION[1 if lower else 0],
            by=self.rng.choice(allowed),
            at=at,
        )

    def _settle_mail(self) -> None:
        """Mail of earlier months went at its time; this month's is left to the real sender."""
        earlier = OutgoingMail.objects.filter(queued_at__lt=self.at(self.this_month, 0))
        earlier.update(status="sent", sent_at=F("queued_at") + timedelta(seconds=4), attempts=1)
