"""The Monday email of a manager: what waits on them, and what is overdue in their team (references and links only)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.template.loader import render_to_string

from allocation.chasing.escalation import late_audits_for
from audits.deadlines import LONDON, Holidays, is_working_day, london_date
from audits.models import Audit, SmartAction, Status
from audits.risk_reading import RiskState
from people import mail
from people.form_fields import day_in_words
from people.holidays import holiday_set
from people.models import OutgoingMail, User
from people.roles import Permission
from reporting.waiting import Waiting, waiting_on

FIRST_HOUR, LAST_HOUR = 7, 12  # London; a digest that was missed in the morning is not sent in the afternoon
SHOWN = 15  # lines of each part; the pages have the rest
MANAGES = (Permission.ANSWER_PART_B_AS_MANAGER, Permission.VIEW_SERVICE_AUDITS)


@dataclass(frozen=True, slots=True)
class Digest:
    """What one manager is told: lines in words, and how many more there are."""

    mine: list[str]
    team: list[str]

    @property
    def subject(self) -> str:
        """E.g. Your week: 3 things for you, 2 overdue in your team."""
        parts = [_many(len(self.mine), "thing") + " for you"] if self.mine else []
        parts += [f"{len(self.team)} overdue in your team"] if self.team else []
        return "Audits, your week: " + ", ".join(parts)

    def __bool__(self) -> bool:
        return bool(self.mine or self.team)


def send_due(*, at: datetime) -> int:
    """Queue the digest of every manager on the first working day of a week, once; returns how many were queued.

    Safe to run any number of times at once: the week and the person are the key. Managers of whom nothing is waited
    for, and in whose team nothing is overdue, get none.
    """
    today = london_date(at)
    monday = today - timedelta(days=today.weekday())
    holidays = holiday_set(monday, monday + timedelta(days=6))
    if not _is_time(at, today=today, monday=monday, holidays=holidays):
        return 0
    year, week, _ = monday.isocalendar()
    key = f"digest:{year}-W{week:02d}"
    done = OutgoingMail.objects.filter(kind="digest", key__startswith=f"{key}:").values("recipient")
    waiting = managers(today=today).exclude(pk__in=done)
    return sum(_queue(person, key=f"{key}:{person.pk}", today=today, at=at) for person in waiting)


def _is_time(at: datetime, *, today: date, monday: date, holidays: Holidays) -> bool:
    """Whether this is the morning of the week's first working day."""
    days = (monday + timedelta(days=number) for number in range(7))
    first = next((day for day in days if is_working_day(day, holidays=holidays)), None)
    return today == first and FIRST_HOUR <= at.astimezone(LONDON).hour < LAST_HOUR


def managers(*, today: date) -> QuerySet[User]:
    """Who gets one: working people who manage somebody, a team or a service."""
    reports = User.objects.working_on(today).filter(line_manager=OuterRef("pk"))
    people = User.objects.working_on(today).annotate(has_reports=Exists(reports)).select_related("team", "service")
    manage = [person.pk for person in people if person.has_reports or any(person.can(p) for p in MANAGES)]
    return User.objects.filter(pk__in=manage).select_related("team", "service").order_by("pk")


def _queue(person: User, *, key: str, today: date, at: datetime) -> bool:
    digest = digest_of(person, today=today, at=at)
    if not digest:
        return False
    words = {
        "person": person,
        "mine": digest.mine[:SHOWN],
        "team": digest.team[:SHOWN],
        "more_mine": max(0, len(digest.mine) - SHOWN),
        "more_team": max(0, len(digest.team) - SHOWN),
        "link": mail.link("home"),
    }
    body = render_to_string("email/digest.txt", words)
    with transaction.atomic():
        mail.queue(person, key=key, kind="digest", subject=digest.subject, body=body, at=at)
    return True


def digest_of(person: User, *, today: date, at: datetime) -> Digest:
    """What this manager is told this week."""
    return Digest(_mine(waiting_on(person, today=today, at=at)), _team(person, today=today))


def _mine(waiting: Waiting) -> list[str]:
    """One line for each thing that waits on somebody, the most urgent kind first."""
    return [
        *(f"Audit {state.risk.audit.reference}: somebody waits for your answer" for state in _risks(waiting)),
        *(f"Audit {each.audit.reference}: yours to do by {day_in_words(each.audit.due_on)}" for each in waiting.audits),
        *(f"Audit {audit.reference}: a learner asks for your agreement" for audit in waiting.agreements),
        *(f"Audit {audit.reference}: answer Part B{_by(audit.part_b_due_on)}" for audit in waiting.part_bs),
        *(_action(action) for action in waiting.actions),
        *(f"{group.title}: {item.title}" for group in waiting.after if group.code != "mail" for item in group.items),
        *(f"Audit {request.audit.reference}: answer a request" for request in waiting.requests),
        *(f"Audit {swap.audit.reference}: you are asked to swap" for swap in waiting.swaps),
        *(
            f"Audit {each.meeting.audit.reference}: answer about a meeting"
            for each in waiting.meetings
            if each.to_answer
        ),
    ]


def _risks(waiting: Waiting) -> list[RiskState]:
    return [state for state in waiting.risks if state.waits_for_me]


def _action(action: SmartAction) -> str:
    return f"Audit {action.audit.reference}, action {action.number}: yours, by {day_in_words(action.due_on)}"


def _by(day: date | None) -> str:
    return f" by {day_in_words(day)}" if day else ""


def _team(person: User, *, today: date) -> list[str]:
    """One line for each thing that is overdue in the team or service of a person, beside their own. Three queries."""
    late = late_audits_for(person, today=today).exclude(auditor=person) if not _runs(person) else []
    scope = _scope(person)
    if scope is None:
        part_bs, actions = Audit.objects.none(), SmartAction.objects.none()
    else:
        seen = Audit.objects.visible_to(person).filter(scope)
        part_bs = seen.filter(status=Status.WITH_TEAM, part_b_due_on__lt=today).order_by("part_b_due_on", "reference")
        actions = SmartAction.objects.overdue(today).filter(audit__in=seen.values("pk")).exclude(owner=person)
        actions = actions.select_related("audit", "owner").order_by("due_on", "pk")
    return [
        *(f"Audit {each.reference} by {each.auditor.name}: was due {day_in_words(each.due_on)}" for each in late),
        *(f"Audit {each.reference}: Part B was due{_on(each.part_b_due_on)}" for each in part_bs),
        *(_overdue_action(each) for each in actions),
    ]


def _overdue_action(action: SmartAction) -> str:
    where = f"Audit {action.audit.reference}, action {action.number} of {action.owner.name}"
    return f"{where}: was due {day_in_words(action.due_on)}"


def _on(day: date | None) -> str:
    return f" {day_in_words(day)}" if day else ""


def _runs(person: User) -> bool:
    """Whoever runs the programme has every late audit on a page; a list of all would be no digest."""
    return person.can(Permission.MANAGE_CYCLES)


def _scope(person: User) -> Q | None:
    """The audits of a manager's own team or service; None for those who have neither."""
    if person.can(Permission.VIEW_SERVICE_AUDITS) and person.service_id:
        return Q(service_id=person.service_id)
    if person.can(Permission.ANSWER_PART_B_AS_MANAGER) and person.team_id:
        return Q(team_id=person.team_id)
    return None


def _many(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
