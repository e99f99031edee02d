"""Who may audit with a template: learning with a supervisor, evaluated by two heads of service, signed off (P4)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from allocation.changes import supervising
from allocation.competence import competency_messages
from allocation.models import Competency, Cycle, Evaluation
from allocation.month_lock import CycleError, demand_reason
from audits.deadlines import add_months
from audits.models import AuditTemplate
from people import activity
from people.form_fields import day_in_words
from people.line_management import working
from people.models import Activity, User
from people.roles import Permission

State = Competency.State
EVALUATIONS_NEEDED = 2  # file 004 D
BEFORE_THE_PORTAL = "Signed off before the portal: "
LEARNS_AGAIN = "took up learning again"  # as activity says it
PROGRAMME_OR_LEADERSHIP = frozenset({Permission.MANAGE_CYCLES, Permission.SIGN_OFF_AUDITORS})


@dataclass(frozen=True)
class Act:
    """What can be done with a record: in which states (None: there is none yet) and by whom; never about oneself."""

    sentence: str
    states: frozenset[str | None]
    who: frozenset[Permission]


ACTS: dict[str, Act] = {
    "begin": Act("begin learning", frozenset({None}), PROGRAMME_OR_LEADERSHIP),
    "evaluate": Act(
        "say whether they are ready", frozenset({State.LEARNING}), frozenset({Permission.EVALUATE_AUDITORS})
    ),
    "sign_off": Act("sign off", frozenset({State.LEARNING}), frozenset({Permission.SIGN_OFF_AUDITORS})),
    "sign_off_before": Act(
        "record as signed off before the portal", frozenset({None, State.LEARNING}), PROGRAMME_OR_LEADERSHIP
    ),
    "supervise": Act("give another supervisor", frozenset({State.LEARNING}), PROGRAMME_OR_LEADERSHIP),
    "withdraw": Act("withdraw", frozenset({State.LEARNING, State.SIGNED_OFF}), PROGRAMME_OR_LEADERSHIP),
    "again": Act("take up again", frozenset({State.WITHDRAWN}), PROGRAMME_OR_LEADERSHIP),
}


def may_ever(act: str, by: User) -> bool:
    """Whether this person's job role lets them do an act at all."""
    return any(by.can(permission) for permission in ACTS[act].who)


def why_not(record: Competency | None, act: str, *, by: User) -> str:
    """Why this person cannot do an act with a record as it stands, as a sentence; empty where they can."""
    if not may_ever(act, by):
        return "This is for others to do."
    if record is not None and record.user_id == by.pk:
        return "Somebody else has to do this for you."
    state = record.state if record else None
    if state not in ACTS[act].states:
        return f"{record.user.name}: {record.get_state_display().lower()} now." if record else "There is no record yet."
    if act == "sign_off" and record is not None:
        return _why_no_sign_off(record, by)
    return ""


def current_evaluations(record: Competency) -> list[Evaluation]:
    """What heads of service said since the person began to learn, or took it up again."""
    return [each for each in record.evaluations.select_related("by") if each.at >= record.begun_at]


def _why_no_sign_off(record: Competency, by: User) -> str:
    said = current_evaluations(record)
    ready = sum(each.ready for each in said)
    if ready < EVALUATIONS_NEEDED:
        return (
            f"{EVALUATIONS_NEEDED} heads of service have to say that {record.user.name} is ready; {ready or 'none'}"
            f" {'has' if ready == 1 else 'have'} so far."
        )
    if any(each.by_id == by.pk for each in said):
        return "You have said yourself whether they are ready, so somebody else signs off."
    return ""


@transaction.atomic
def begin(user: User, template: AuditTemplate, *, supervisor: User, by: User, at: datetime) -> Competency:
    """Somebody begins to learn to audit with a template; they and the supervisor are told.

    From then on the supervisor goes along with what they have not finished. Raises CycleError where there is a record
    already, or the supervisor cannot be one.
    """
    supervising.lock_months_of(user, template)
    record = _locked(user, template)
    if record is not None:
        raise CycleError(f"{user.name} has a record for this template: see their page.", field="user")
    _demand(None, "begin", user, by)
    _check_supervisor(user, template, supervisor, at=at)
    record = Competency.objects.create(
        user=user, template=template, state=State.LEARNING, supervisor=supervisor, begun_by=by, begun_at=at
    )
    _supervised("began learning to audit", record, by=by, at=at)
    return record


@transaction.atomic
def evaluate(record: Competency, *, ready: bool, comment: str, by: User, at: datetime) -> Evaluation:
    """What a head of service makes of a learner; said again it replaces what they said before, until the sign-off.

    Raises CycleError where it is not theirs to say, or "not yet" comes without a comment.
    """
    record = _again(record)
    _demand(record, "evaluate", record.user, by)
    comment = comment.strip()
    if not ready and not comment:
        raise CycleError("Say what they still need, so that they and the supervisor can work on it.", field="comment")
    said, _ = Evaluation.objects.update_or_create(
        competency=record, by=by, defaults={"ready": ready, "comment": comment, "at": at}
    )
    _recorded("evaluated a learning auditor", record, by=by, at=at, ready=ready)
    return said


@transaction.atomic
def sign_off(record: Competency, *, by: User, at: datetime) -> Competency:
    """The leadership team signs a learner off, after two heads of service have said "ready" (file 004 D).

    The auditor and the supervisor are told. Raises CycleError where it cannot be.
    """
    record = _again(record)
    _demand(record, "sign_off", record.user, by)
    supervisor = record.supervisor
    _signed(record, note="", by=by, at=at)
    _recorded("signed off an auditor", record, by=by, at=at)
    competency_messages.signed_off(record, supervisor=supervisor, at=at)
    return record


@transaction.atomic
def sign_off_before(
    users: Iterable[User], template: AuditTemplate, *, note: str, on: date, by: User, at: datetime
) -> list[Competency]:
    """Record that people were signed off before the portal: all of them or none; nobody is mailed.

    Somebody who began to learn here can only have been signed off on a day before that; otherwise two heads of service
    evaluate them (file 004 D), and always after a withdrawal, which ended whatever sign-off there was. Raises
    CycleError where the day is to come or not before that, the note says nothing, or a record does not allow it.
    """
    if on > timezone.localdate(at):
        raise CycleError("The day of the sign-off must be today or in the past.", field="on")
    note = demand_reason(note, "why no evaluations are recorded here")
    people = sorted(users, key=lambda person: person.pk)
    return [_record_before(person, template, note=note, on=on, by=by, at=at) for person in people]


def _record_before(user: User, template: AuditTemplate, *, note: str, on: date, by: User, at: datetime) -> Competency:
    record = _locked(user, template)
    _demand(record, "sign_off_before", user, by)
    if record is not None and on >= (begun_on := timezone.localdate(record.begun_at)):
        raise CycleError(
            f"{user.name} began to learn on {day_in_words(begun_on)}. Give a day before that, or have two heads of"
            " service evaluate them.",
            field="on",
        )
    if record is not None and _was_withdrawn(record):
        raise CycleError(
            f"{user.name} was withdrawn and learns again, so an earlier sign-off no longer counts. Two heads of service"
            " evaluate them."
        )
    then = timezone.make_aware(datetime.combine(on, time.min))
    record = record or Competency(user=user, template=template, begun_by=by, begun_at=then)
    _signed(record, note=BEFORE_THE_PORTAL + note, by=by, at=then)
    _recorded("recorded an earlier sign-off", record, by=by, at=at, on=on.isoformat())
    return record


def _was_withdrawn(record: Competency) -> bool:
    """Whether somebody who learns was withdrawn before: the record itself begins anew, the activity remembers."""
    again = Activity.objects.filter(verb=LEARNS_AGAIN, target=f"person:{record.user_id}")
    return again.filter(detail__template=record.template.code).exists()


@transaction.atomic
def change_supervisor(record: Competency, *, supervisor: User, by: User, at: datetime) -> Competency:
    """Give a learner another supervisor, who goes along with their unfinished audits from now on; both are told.

    Raises CycleError where that cannot be.
    """
    supervising.lock_months_of(record.user, record.template)
    record = _again(record)
    _demand(record, "supervise", record.user, by)
    _check_supervisor(record.user, record.template, supervisor, at=at)
    if record.supervisor_id != supervisor.pk:
        record.supervisor = supervisor
        record.save()
        _supervised("changed a supervisor", record, by=by, at=at)
    return record


@transaction.atomic
def withdraw(record: Competency, *, note: str, by: User, at: datetime) -> Competency:
    """Somebody no longer audits with this template. Raises CycleError where the note says nothing."""
    record = _again(record)
    _demand(record, "withdraw", record.user, by)
    try:
        record.note = demand_reason(note, "for the withdrawal")
    except CycleError as error:
        raise CycleError(str(error), field="note") from error
    record.state, record.supervisor = State.WITHDRAWN, None
    record.save()
    _recorded("withdrew an auditor", record, by=by, at=at)
    return record


@transaction.atomic
def take_up_again(record: Competency, *, supervisor: User, by: User, at: datetime) -> Competency:
    """Somebody who was withdrawn learns again from the start: what was said before no longer counts.

    Both are told. Raises CycleError where that cannot be.
    """
    supervising.lock_months_of(record.user, record.template)
    record = _again(record)
    _demand(record, "again", record.user, by)
    _check_supervisor(record.user, record.template, supervisor, at=at)
    record.state, record.supervisor, record.note = State.LEARNING, supervisor, ""
    record.signed_off_by = record.signed_off_at = None
    record.begun_by, record.begun_at = by, at
    record.save()
    _supervised(LEARNS_AGAIN, record, by=by, at=at)
    return record


def possible_supervisors(template: AuditTemplate, *, today: date) -> list[User]:
    """Those who may supervise with a template: working here, signed off for it themselves, and not about to leave."""
    until = _next_due_on(today)
    return [each for each in signed_off_here(template, today=today) if not _leaves_by(each, until)]


def signed_off_here(template: AuditTemplate, *, today: date) -> list[User]:
    """Those who are signed off for a template and work here."""
    signed_off = Q(competencies__template=template, competencies__state=State.SIGNED_OFF)
    return list(User.objects.working_on(today).filter(signed_off).select_related("team").order_by("name", "pk"))


def _next_due_on(today: date) -> date:
    """When the audits that are due next have to be done; the end of this month where no month says so."""
    going_on = [Cycle.Status.OPEN, Cycle.Status.PROPOSED, Cycle.Status.PUBLISHED]
    due = (
        Cycle.objects.filter(status__in=going_on, due_on__gte=today).order_by("due_on").values_list("due_on", flat=True)
    )
    return due.first() or add_months(today.replace(day=1), 1) - timedelta(days=1)


def _leaves_by(person: User, day: date) -> bool:
    return person.leave_date is not None and person.leave_date <= day


def _check_supervisor(user: User, template: AuditTemplate, supervisor: User, *, at: datetime) -> None:
    if supervisor.pk == user.pk:
        raise CycleError("Nobody supervises themselves.", field="supervisor")
    today = timezone.localdate(at)
    if not (working(user, today=today)):
        raise CycleError(f"{user.name} does not work here now.", field="user")
    if working(supervisor, today=today) and _leaves_by(supervisor, _next_due_on(today)):
        assert supervisor.leave_date is not None  # they leave
        leaves = f"{supervisor.name} leaves on {day_in_words(supervisor.leave_date)}"
        raise CycleError(f"{leaves}, before the next audits are due. Choose somebody else.", field="supervisor")
    if supervisor not in signed_off_here(template, today=today):
        raise CycleError(
            f"{supervisor.name} is not signed off for this template, or does not work here now.", field="supervisor"
        )


def _locked(user: User, template: AuditTemplate) -> Competency | None:
    """The record of a person for a template, if any; the person is locked, so that no second one is made meanwhile."""
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    records = Competency.objects.select_for_update(of=("self",)).select_related("user", "template", "supervisor")
    return records.filter(user=user, template=template).first()


def _again(record: Competency) -> Competency:
    """The record as it is now, locked."""
    records = Competency.objects.select_for_update(of=("self",)).select_related("user", "template", "supervisor")
    return records.get(pk=record.pk)


def _demand(record: Competency | None, act: str, user: User, by: User) -> None:
    """Raises CycleError where this person cannot do the act, or would do it about themselves."""
    if user.pk == by.pk:
        raise CycleError(f"Somebody else has to do this for {user.name}.")
    if why := why_not(record, act, by=by):
        raise CycleError(why)


def _signed(record: Competency, *, note: str, by: User, at: datetime) -> None:
    record.state, record.supervisor, record.note = State.SIGNED_OFF, None, note
    record.signed_off_by, record.signed_off_at = by, at
    record.save()


def _supervised(verb: str, record: Competency, *, by: User, at: datetime) -> None:
    """What all three ways of getting a supervisor do: on record, told, and the supervisor on unfinished audits."""
    _recorded(verb, record, by=by, at=at, supervisor=record.supervisor_id)
    competency_messages.learning(record, at=at)
    supervising.go_along(record, by=by, at=at)


def _recorded(verb: str, record: Competency, *, by: User, at: datetime, **detail: object) -> None:
    activity.record(verb, target=f"person:{record.user_id}", by=by, at=at, template=record.template.code, **detail)
