"""What waits on one person: audits to do, Part B to answer, actions to complete, people who are late."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, F, Q

from allocation.changes import attention
from allocation.changes.exemptions import requests_waiting_for
from allocation.changes.handover import PUBLISHED
from allocation.competence.competency import EVALUATIONS_NEEDED
from allocation.models import AuditRequest, Competency, Cycle, Swap
from audits import risk_reading
from audits.meeting_reading import Invitation, invitations
from audits.models import Audit, PageAnswers, SmartAction, Status
from audits.models.audit import AuditQuerySet
from audits.pages import IS_UNLISTED, Content, how_far, states
from audits.structure import form_of
from people.models import User
from people.roles import Permission
from reporting.models import HighlightReport
from reporting.programme import month_before
from reporting.urgent import UrgentAudit, urgent_audits

SHOWN = 20  # of each kind; the lists have the rest


@dataclass(frozen=True, slots=True)
class ToDo:
    """An audit to do, with how much of it is done, as its task list says."""

    audit: Audit
    pages_done: int
    pages: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """Everything that waits on a person; empty lists where nothing does."""

    risks: list[risk_reading.RiskState]  # children at risk that somebody has not acknowledged, one's own first
    audits: list[ToDo]
    agreements: list[Audit]  # of learners this person supervises, who ask for agreement
    part_bs: list[Audit]
    actions: list[SmartAction]
    late: list[Audit]
    requests: list[AuditRequest]
    swaps: list[Swap]
    learners: list[Competency]
    of_cases: list[Audit]  # under way, of the person's own cases: to know of, nothing to do
    meetings: list[Invitation]  # about audits; those to answer first

    def __bool__(self) -> bool:
        """Whether anything waits at all."""
        lists = (
            self.audits,
            self.agreements,
            self.part_bs,
            self.actions,
            self.late,
            self.requests,
            self.swaps,
            self.learners,
        )
        asked = any(invited.to_answer for invited in self.meetings)
        return asked or any(lists) or any(state.waits_for_me for state in self.risks)


@dataclass(frozen=True, slots=True)
class Programme:
    """What whoever runs the programme looks at first."""

    cycle: Cycle | None
    overdue: int  # of all months
    urgent: list[UrgentAudit]  # of the cycles from `since` on
    since: date
    drafts: list[HighlightReport]
    attention: attention.Waiting | None  # in all months given out

    @property
    def needs_attention(self) -> bool:
        """Whether something here waits on whoever runs the programme."""
        unsettled = self.cycle is None or self.cycle.status == Cycle.Status.PROPOSED
        unsent = any(row.state != "sent" for row in self.urgent)
        return bool(unsettled or unsent or self.overdue or self.drafts or (self.attention and self.attention.count))


def waiting_on(user: User, *, today: date, at: datetime) -> Waiting:
    """What waits on a person today. Seven queries, eight for the leadership, whatever the number of rows."""
    audits = _audits_of(user, today=today)
    return Waiting(
        risks=risk_reading.open_for(user, at=at, limit=SHOWN),
        audits=_to_do([each for each in audits if each.auditor_id == user.pk and each.is_unfinished], today=today),
        agreements=[audit for audit in audits if audit.supervisor_id == user.pk and _asks_to_agree(audit)][:SHOWN],
        part_bs=sorted((audit for audit in audits if audit.is_submitted), key=_by_part_b)[:SHOWN],
        actions=actions_to_complete(user),
        late=[audit for audit in audits if audit.is_overdue(today) and _manages(user, audit.auditor)][:SHOWN],
        requests=list(requests_waiting_for(user, today=today)[:SHOWN]),
        swaps=swaps_to_answer(user, today=today),
        learners=learners_to_judge(user),
        of_cases=[audit for audit in audits if audit.worker_id == user.pk and audit.is_unfinished][:SHOWN],
        meetings=invitations(user, at=at),
    )


def _audits_of(user: User, *, today: date) -> list[Audit]:
    """The audits to do, those whose Part B or agreement waits, the late ones and those of the person's own cases.

    As many of each as are shown, in one query.
    """
    mine = Audit.objects.visible_to(user).filter(auditor=user).unfinished().order_by("due_on", "reference")
    part_bs = _part_bs(user).order_by("part_b_due_on", "reference")
    late = Audit.objects.by_people_managed_by(user).overdue(today).order_by("due_on", "reference")
    of_cases = Audit.objects.visible_to(user).filter(worker=user).unfinished().order_by("due_on", "reference")
    to_agree = Audit.objects.visible_to(user).filter(supervisor=user, agreement_asked_at__isnull=False).unfinished()
    to_agree = to_agree.order_by("due_on", "reference")
    wanted = [part.values("pk")[:SHOWN] for part in (mine, part_bs, late, of_cases, to_agree)]
    rows = Audit.objects.filter(pk__in=wanted[0].union(*wanted[1:]))
    return list(rows.select_related("case", "team", "auditor__line_manager").order_by("due_on", "reference"))


def _asks_to_agree(audit: Audit) -> bool:
    return audit.is_unfinished and audit.agreement_asked_at is not None and audit.supervisor_agreed_at is None


def _to_do(audits: Sequence[Audit], *, today: date) -> list[ToDo]:
    """The first of these audits, with how far each is. One query for what is stored, none where there are none."""
    contents: dict[int, dict[str, Content]] = {audit.pk: {} for audit in audits[:SHOWN]}
    stored = PageAnswers.objects.filter(audit__in=contents).exclude(IS_UNLISTED)
    for pk, page, content in stored.values_list("audit", "page", "content"):
        contents[pk][page] = content
    found = []
    for audit in audits[:SHOWN]:
        form = form_of(audit.template_version_id)
        found.append(ToDo(audit, *how_far(states(audit, contents[audit.pk], form=form, today=today))))
    return found


def _part_bs(user: User) -> AuditQuerySet:
    """Submitted audits that a person still has to answer, as the worker or as the team's manager."""
    as_worker = Q(worker=user, part_b__worker_signed_at__isnull=True)
    wanted = as_worker
    if user.can(Permission.ANSWER_PART_B_AS_MANAGER):
        theirs = Q(team_manager=user) | (Q(team_id=user.team_id) if user.team_id else Q())
        wanted |= theirs & Q(part_b__manager_signed_at__isnull=True) & (Q(worker__isnull=True) | ~Q(worker=user))
    waiting = Audit.objects.visible_to(user).filter(wanted, status=Status.WITH_TEAM)
    return waiting.exclude(Q(auditor=user) | Q(supervisor=user))


def _by_part_b(audit: Audit) -> tuple[date, str]:
    return audit.part_b_due_on or date.max, audit.reference


def _manages(user: User, auditor: User) -> bool:
    """Whether a person manages an auditor, or the auditor's manager: for progress, never for content."""
    above = auditor.line_manager
    return user.pk in {auditor.line_manager_id, above.line_manager_id if above else None}


def actions_to_complete(user: User) -> list[SmartAction]:
    """The open actions a person owns, the earliest deadline first."""
    mine = SmartAction.objects.visible_to(user).filter(owner=user).open()
    return list(mine.select_related("audit").order_by("due_on", "pk")[:SHOWN])


def learners_to_judge(user: User) -> list[Competency]:
    """Learning auditors who wait for this head of service's word, or for the leadership's sign-off (P4)."""
    if not (user.can(Permission.EVALUATE_AUDITORS) or user.can(Permission.SIGN_OFF_AUDITORS)):
        return []
    said = Q(evaluations__at__gte=F("begun_at"))
    learning = Competency.objects.filter(state=Competency.State.LEARNING).exclude(user=user)
    counted = learning.annotate(
        ready=Count("evaluations", filter=said & Q(evaluations__ready=True)),
        mine=Count("evaluations", filter=said & Q(evaluations__by=user)),
    )
    if user.can(Permission.SIGN_OFF_AUDITORS):
        counted = counted.filter(ready__gte=EVALUATIONS_NEEDED, mine=0)
    else:
        counted = counted.filter(ready__lt=EVALUATIONS_NEEDED, mine=0)
    return list(counted.select_related("user", "template").order_by("begun_at", "pk")[:SHOWN])


def swaps_to_answer(user: User, *, today: date) -> list[Swap]:
    """The swaps that a person is asked for and can still accept, the longest waiting first."""
    asked = Swap.objects.visible_to(user).waiting(today=today).filter(peer=user)
    return list(asked.select_related("audit", "asked_by").order_by("asked_at", "pk")[:SHOWN])


def programme(user: User, *, today: date) -> Programme | None:
    """The programme at a glance for whoever runs it; None for everybody else.

    Up to fourteen queries, whatever the number of rows; eleven where no audit of the month has anything against it.
    """
    if not user.can(Permission.MANAGE_CYCLES):
        return None
    month = today.replace(day=1)
    since = month_before(month)
    audits = Audit.objects.visible_to(user)
    drafts = HighlightReport.objects.visible_to(user).filter(status="draft").defer("pdf", "figures")
    newest = Cycle.objects.filter(status__in=PUBLISHED).order_by("-month").values("pk")[:1]
    cycles = list(Cycle.objects.filter(Q(month=month) | Q(pk__in=newest)))  # newest first
    given_out = next((cycle for cycle in cycles if cycle.status in PUBLISHED), None)
    return Programme(
        cycle=next((cycle for cycle in cycles if cycle.month == month), None),
        overdue=audits.overdue(today).count(),
        urgent=urgent_audits(audits.filter(month__gte=since), limit=5),
        since=since,
        drafts=list(drafts[:SHOWN]) if user.can(Permission.WRITE_REPORTS) else [],
        attention=attention.waiting_in(given_out, today=today) if given_out else None,
    )
