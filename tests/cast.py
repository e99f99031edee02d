"""Fill in and move audits the way people do: through the domain functions."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from audits import answering, co_auditing, part_b, smart_actions, submitting
from audits.contact import Situation, consent_choices
from audits.models import Audit, SmartAction
from audits.pages import asked_prompts, child_of, page_codes
from audits.structure import AuditForm, form_of
from people.models import User


def date_parts(name: str, day: date) -> dict[str, str]:
    """The three inputs of a date."""
    return {f"{name}_day": str(day.day), f"{name}_month": str(day.month), f"{name}_year": str(day.year)}


def page_content(code: str, form: AuditForm, *, grade: str, outcomes: str, day: date, **child: Any) -> dict[str, Any]:
    """A finished page; `child` is the child's plan and age."""
    section = form.section(code)
    if section:
        answers = {standard.code: "yes" for standard in section.standards}
        return {"answers": answers, "grade": grade, "rationale": f"The file shows it in section {section.number}."}
    if code == "overview":
        return {"child_name": "Robin Sample", "disability": "no", "overview": "Known to us since spring."}
    if code == "meeting":
        return {"met": "yes", **date_parts("met_on", day), "met_how": "virtual"}
    if code == "timescales":
        return {"days": {}}
    if code == "theme":
        return {f"q{number}": f"What the file says about question {number}." for number in range(1, 21)}
    if code == "overall":
        closing = {closing["code"]: f"About {closing['code']}." for closing in form.closing}
        chosen = form.grade(grade)
        unsafe = chosen is not None and chosen.point.is_urgent
        return {
            "safe_now": "no" if unsafe else "yes",
            "safe_why": "Nobody has seen them for weeks." if unsafe else "",
            "outcomes": outcomes,
            "grade": grade,
            "rationale": "The sections point that way.",
            **closing,
        }
    return {**contact_content(code, **child), **date_parts("spoken_on", day)}


def contact_content(person: str, *, plan: str = "child_in_need", age: int | None = 11) -> dict[str, Any]:
    """A finished page of contact with the child or a parent, but for the day."""
    situation = Situation(person=person, plan=plan, age=age)
    consent = consent_choices(situation)[0][0]
    return {
        "appropriate": "yes",
        "consent": consent,
        "consent_by": "" if consent == "self" else "Parent",
        "iro": "yes" if situation.is_looked_after else "",
        "explained": "yes",
        "spoken": "yes",
        "relation": "mother" if person == "parent" else "",
        "views": "It got better when you listened.",
    }


def fill_in(audit: Audit, *, grade: str = "good", outcomes: str = "on_the_way", at: datetime, today: date) -> None:
    """Write every page; below good an action is set too, at once where the grade is urgent."""
    form = form_of(audit.template_version_id)
    codes = page_codes(form, audit.questions)
    common: dict[str, Any] = {"grade": grade, "outcomes": outcomes, "day": today, **child_of(audit)}
    contents = {code: page_content(code, form, **common) for code in codes}
    asked = asked_prompts(contents, form=form, **child_of(audit))
    contents["overall"]["prompts"] = {each.prompt.key: "We talked it over." for each in asked if each.own_box}
    for code, content in contents.items():
        answering.save_page(audit.reference, page=code, content=content, base_revision=0, by=audit.auditor, at=at)
    choice = form.grade(grade)
    assert choice is not None
    if not choice.point.is_good:
        add_action(audit, immediate=choice.point.is_urgent, at=at, today=today)


def add_action(audit: Audit, *, immediate: bool = False, at: datetime, today: date) -> SmartAction:
    """Set one action for the worker (or the team manager where there is none)."""
    owner = audit.worker or audit.team_manager
    assert isinstance(owner, User)
    return smart_actions.add(
        audit,
        outcome="The child is seen every two weeks.",
        how="Book the visits until the summer with the family.",
        owner=owner,
        due_on=today + timedelta(days=14),
        agreed_with_worker=True,
        immediate=immediate,
        by=audit.auditor,
        at=at,
        today=today,
    )


def submitted(audit: Audit, *, grade: str = "good", outcomes: str = "on_the_way", at: datetime, today: date) -> Audit:
    """Fill in and submit; the supervisor of a learner agrees first."""
    fill_in(audit, grade=grade, outcomes=outcomes, at=at, today=today)
    supervisor = Audit.objects.get(pk=audit.pk).supervisor
    if supervisor is not None:
        co_auditing.agree(audit, seen=co_auditing.fingerprint(audit), by=supervisor, at=at, today=today)
    return submitting.submit(audit, by=audit.auditor, at=at, today=today)


def answered(audit: Audit, *, at: datetime, today: date) -> Audit:
    """Sign both parts of Part B of a submitted audit."""
    responses = {action.number: "We will do this." for action in audit.smart_actions.all()}
    assert audit.team_manager is not None
    part_b.sign_as_manager(
        audit,
        comment="Thank you, this is fair.",
        supervision_on=today,
        responses=responses,
        by=audit.team_manager,
        at=at,
        today=today,
    )
    if audit.worker is not None:
        part_b.sign_as_worker(audit, comment="I agree.", by=audit.worker, at=at, today=today)
    return Audit.objects.get(pk=audit.pk)
