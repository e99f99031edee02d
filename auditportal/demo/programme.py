"""How Exampleshire runs its programme: its rules, who is signed off, how each month draws, what is kept out of it."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from allocation.changes import quotas
from allocation.competence import competency
from allocation.eligibility import holds, rules
from allocation.models import CaseHold, Competency, Cycle, Evened, Strata, Theme
from allocation.months import design, themes
from auditportal.demo.organisation import Organisation
from audits.models import Case, Plan, TemplateVersion
from people.holidays import add_closure
from people.models import User
from people.roles import JobRole

LEARNING_SINCE = 4  # months ago
THEMED = 2  # months ago: a theme with its own cases and questions
THEME = "Plans that protect"
QUESTIONS = (
    "Could the parents say what has to change, and by when?",
    "Who outside the family would notice if the child were less safe?",
)
SPREADS = {12: Strata.SERVICE, 7: Strata.PLAN, 3: Strata.NONE, 1: Strata.AGE_BAND, 0: Strata.SERVICE}  # months ago
YEARLY = 7  # months ago: from then on loads are even over the year, and one child of a family is enough


def begin(made: Organisation, template: TemplateVersion, *, at: datetime) -> None:
    """The rules of the programme, and everybody who audited before it; two are still to learn."""
    rules.change(
        reason="Agreed by the leadership team: five weeks for a new case, and nobody audits alone before the sign-off.",
        by=made.psw,
        at=at,
        newly_opened_days=35,
        competency_required=True,
    )
    old_hands = [person for person in made.auditors if person not in learners(made)]
    note = "Audited with the paper form for years."
    competency.sign_off_before(old_hands, template.template, note=note, on=at.date(), by=made.psw, at=at)


def learners(made: Organisation) -> list[User]:
    """The two deputies who learn to audit."""
    return made.of(JobRole.DEPUTY_TEAM_MANAGER)[-2:]


def plan_month(cycle: Cycle, made: Organisation, *, ago: int, at: datetime) -> None:
    """How a month that has just been opened differs from the one before."""
    psw = made.psw
    if ago in SPREADS:
        design.choose_spread(cycle, strata_by=SPREADS[ago], by=psw, at=at)
    if ago == YEARLY:
        design.choose_fairness(cycle, evened_over=Evened.YEAR, one_per_family=True, with_re_audits=True, by=psw, at=at)
    if ago == LEARNING_SINCE:
        _learn(made, cycle, at=at)
    if ago % 5 == 0:
        person = made.of(JobRole.TEAM_MANAGER)[ago % 7]
        quotas.set_places(cycle.month, person, places=2, reason="Offered to take one more.", by=psw, at=at)


def _learn(made: Organisation, cycle: Cycle, *, at: datetime) -> None:
    assert cycle.template_version is not None
    template = cycle.template_version.template
    for learner, supervisor in zip(learners(made), made.of(JobRole.SERVICE_MANAGER), strict=False):
        competency.begin(learner, template, supervisor=supervisor, by=made.psw, at=at)


def evaluate(made: Organisation, *, at: datetime) -> None:
    """A head of service says that one learner is ready; the second evaluation and the sign-off are still to come."""
    record = Competency.objects.filter(user=learners(made)[0], state=Competency.State.LEARNING).get()
    head = made.of(JobRole.HEAD_OF_SERVICE)[0]
    competency.evaluate(record, ready=True, comment="Reads for the child, and grades with reasons.", by=head, at=at)


def keep_theme(made: Organisation, *, at: datetime) -> Theme:
    """The theme of one month: children on a child protection plan, and two questions more."""
    cohort = {"plans": [Plan.CHILD_PROTECTION.value]}
    return themes.save_theme(None, name=THEME, cohort=cohort, questions=QUESTIONS, by=made.psw, at=at)


def keep_out(made: Organisation, *, at: datetime) -> None:
    """Two cases that no import knows to keep out of draws."""
    never = Case.objects.open_on(at.date()).filter(audits__isnull=True).order_by("reference")
    first, second = never[:2]
    note = "Stage two, with an independent person."
    until = at.date() + timedelta(days=120)
    holds.hold(first, why=CaseHold.Why.COMPLAINT, note=note, until=until, by=made.psw, at=at)
    holds.hold(second, why=CaseHold.Why.RELATIVE, note="", until=None, by=made.psw, at=at)


def close_at_christmas(made: Organisation, *, at: datetime, today: date) -> None:
    """The council's own days off at the turn of the year that comes next."""
    year = today.year if today < date(today.year, 12, 20) else today.year + 1
    first, last = date(year, 12, 27), date(year, 12, 31)
    add_closure(first=first, last=last, name="Christmas closure", by=made.psw, at=at, today=today)
