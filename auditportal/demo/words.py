"""What the invented auditors, workers and managers write."""

from __future__ import annotations

from datetime import date
from random import Random
from typing import Any

from auditportal.demo.names import FIRST, LAST
from auditportal.demo.timescales import typed_days
from audits.contact import Situation, consent_choices
from audits.models import Audit
from audits.pages import asked_prompts, child_of, prefilled
from audits.structure import AuditForm

OVERVIEW = (
    "The family came to us after the school raised worries about attendance and care at home. The worker has visited "
    "since the spring. What matters most now is that the children are seen and that the plan keeps moving.",
    "A second referral within the year, about arguments between the parents. The older child cares for the younger one "
    "more than is right. Family help was tried first.",
    "The young person has lived with the same carers for two years and is doing well at college. Contact with the "
    "family is being rebuilt, slowly.",
    "Worries about neglect over a long time. Two earlier plans ended without lasting change. The network now "
    "works to one plan.",
)
RATIONALE = {
    3: (
        "Every step came at the right time and the child felt the difference. The family could follow it.",
        "Strong throughout: the child’s words lead the plan, and it changed when they did.",
    ),
    2: (
        "Clear and timely work. The reasons for each decision are on file, and the plan follows from the assessment.",
        "The child was seen alone and often, and what they said shows in the plan. One set of minutes went out late.",
        "Risks and strengths are weighed fairly. The history was read and used.",
    ),
    1: (
        "Some good visits, but gaps of several weeks and no reason recorded. The plan has actions without dates.",
        "The assessment describes more than it explains. The father’s view is missing.",
        "Supervision took place but did not ask why nothing moved. The chronology stops in the winter.",
    ),
    0: (
        "The child was not seen for nine weeks although the risk had grown. Nobody asked why.",
        "The safety plan names adults who were never spoken to. It could not have kept the child safe.",
        "A strategy discussion was needed in May and did not take place.",
    ),
}
CLOSING = {
    "summary": (
        "The file shows what life is like for this child, and where we helped. Now the change has to last.",
        "There is care in this work, but the pace does not match the child’s needs.",
    ),
    "good_practice": (
        "The worker kept coming back until the child wanted to talk, and used drawings to do it.",
        "The family meeting was prepared well and brought the grandmother in.",
    ),
    "learning": (
        "Plans need dates and names from the start.",
        "Ask about the people who are not in the room, and record what they say.",
    ),
    "immediate_actions": ("None today.",),
    "worker_reflections": ("I agree with most of this. Hand-over between teams took too long.",),
}
AT_ONCE = "See the child today, alone, and tell the team manager by the evening what was found."
UNSAFE = (
    "Nobody has seen the child alone since the last incident, and the adult it concerns is back at home.",
    "The safety plan is not being kept, and the school has not been told.",
)
SAFE = (
    "Seen alone by the worker on Tuesday; stays with the grandmother until the meeting.",
    "The adult left the home in June, and school and health visitor see the child every week.",
)
REASONS = {
    "unsafe_without_urgent_grade": ("The danger is new. The work up to last week was better than this.",),
    "urgent_safety_section": ("The gap was closed in August, and the work since then has been steady.",),
    "impact_below_good": ("The plan is right and the family is on board; the change is only beginning to show.",),
    "nothing_but_the_best": ("The child’s own record of the year, and the school’s letter, say it best.",),
    "good_with_most_standards_no": ("What is missing is recording. The work itself was done and the child says so.",),
    "below_good_with_all_standards_yes": ("Every step was taken, but late, and the child waited for it.",),
    "worker_sees_it_differently": ("The worker weighs the first months more; we agreed on what has to change.",),
}
VIEWS = (
    "“She listens and she comes when she says.”",
    "“I would like fewer new people.”",
    "“It is better at home than last year.”",
    "“I wanted someone to tell me what the meeting decided.”",
)
DIFFERENT = (
    "“Fewer people, and the same answer from each.”",
    "“Tell us sooner what the meeting is for.”",
    "Nothing, they said: they feel listened to.",
)
VIEWS_OF_PARENTS = (
    "“I was cross at first. Now I can ring and somebody answers.”",
    "“They told me what had to change, and by when. That helped.”",
    "“Every new worker asks me the whole story again.”",
    "“I would have liked to read the plan before the meeting.”",
)
DIFFERENT_TO_PARENTS = (
    "“Send the papers a few days before, so that I can take them in.”",
    "“Keep one worker for us.”",
    "Nothing comes to mind, they said.",
)
YOUNGEST_ASKED = 4  # years
ACTIONS = (
    ("The child is seen often enough to notice change.", "Visit every two weeks and record the child’s own words."),
    (
        "The plan can be followed by everyone in it.",
        "Rewrite the plan with a name and a date for each step, with the family.",
    ),
    ("The father has a part in keeping the child safe.", "Meet the father and add his view to the assessment."),
    ("The child understands what happens next.", "Explain the plan to the child with the words they use, and note it."),
    ("Drift is noticed early.", "Review progress in supervision each month until the next review."),
    ("The history informs decisions.", "Bring the chronology up to date."),
)
MANAGER = (
    "A fair reading of where we are. We talked it through and agreed who does what.",
    "I recognise this. The gap in visits was during a vacancy, and I should have covered it.",
    "Thank you for what is said about the direct work. We will use it in the team.",
)
WORKER = (
    "I agree, and I have started on the first action.",
    "It was good to look back at the whole case with somebody.",
    "I see the point about the plan. The family had asked for the same.",
)
EVIDENCE = ("Done with the family and saved on the record.", "Recorded in case notes and seen in supervision.")
THEME_ANSWERS = (
    "Yes: both parents named the same three steps, and the core group had set dates for them.",
    "Only in part. The plan says what must stop, but not how anyone would know that it has.",
    "The school, and a neighbour who is named in the safety plan and knows whom to call.",
    "",
)
REPORT = {
    "introduction": (
        "Managers audited children’s files across all services together with the workers who hold them. "
        "This report says what we saw and what we will do about it."
    ),
    "what_we_found": (
        "Where practice was good, the child’s own words led the plan and supervision kept it moving.\n\n"
        "Where it was not, visits had gaps that nobody had asked about, and plans had steps without dates."
    ),
    "recommendations": (
        "Team managers check in supervision that every step of a plan has a name and a date.\n"
        "Visits that fall out of time are talked over within the week.\n"
        "Fathers and others who matter are asked for their view in every assessment."
    ),
    "recipients": "Senior management team; improvement board; all team managers",
}
MODERATION = ("I come to the same view.", "The outcomes for the child do not bear out the higher grade.")


def _dated(name: str, day: date) -> dict[str, str]:
    return {f"{name}_day": str(day.day), f"{name}_month": str(day.month), f"{name}_year": str(day.year)}


def _section_level(level: int, *, rng: Random) -> int:
    return max(0, min(3, level + rng.choice((-1, 0, 0, 0, 1)))) if level else rng.choice((0, 0, 1))


def page_contents(
    audit: Audit, form: AuditForm, *, level: int, outcomes: str, day: date, rng: Random
) -> dict[str, dict[str, Any]]:
    """Every page of a finished audit. `level` is the overall grade as 0 (worst) to 3 (best)."""
    codes = [choice.point.code for choice in reversed(form.grades)]
    pages: dict[str, dict[str, Any]] = {
        "overview": {**prefilled("overview", audit.case), **_family(disabled=bool(audit.case.disability), rng=rng)},
        "meeting": {"met": "yes", **_dated("met_on", day), "met_how": rng.choice(("virtual", "in_person"))},
        "child": _contact(audit, "child", day, rng=rng),
        "parent": _contact(audit, "parent", day, rng=rng),
    }
    for section in form.sections:
        at = _section_level(level, rng=rng)
        share = (0.35, 0.6, 0.85, 0.97)[at]
        answers = {s.code: "yes" if rng.random() < share else rng.choice(("no", "no", "na")) for s in section.standards}
        pages[section.code] = {
            "answers": answers,
            "grade": codes[at],
            "rationale": rng.choice(RATIONALE[at]),
            "set_aside": "",
        }
    if audit.questions:
        pages["theme"] = {f"q{number}": rng.choice(THEME_ANSWERS) for number in range(1, len(audit.questions) + 1)}
    closing = {question["code"]: rng.choice(CLOSING.get(question["code"], ("",))) for question in form.closing}
    if level == 0:
        closing["immediate_actions"] = AT_ONCE
    safe = _safe_now(level, contents=pages, form=form, rng=rng)
    pages["overall"] = {
        **safe,
        "outcomes": outcomes,
        "grade": codes[level] if form.overall_grade else "",
        "rationale": rng.choice(RATIONALE[level]),
        **closing,
    }
    pages["timescales"] = typed_days(audit, day=day, rng=rng)
    asked = asked_prompts(pages, form=form, **child_of(audit))
    pages["overall"]["prompts"] = {a.prompt.key: rng.choice(REASONS[a.prompt.code]) for a in asked if a.own_box}
    return pages


def _safe_now(level: int, *, contents: dict[str, dict[str, Any]], form: AuditForm, rng: Random) -> dict[str, str]:
    """Whether the child is safe now, and why: a word wherever a section on safety is at the bottom."""
    worst = form.grades[-1].point.code
    at_risk = any(section.is_safety and contents[section.code].get("grade") == worst for section in form.sections)
    if level == 0 and at_risk:
        return {"safe_now": "no", "safe_why": rng.choice(UNSAFE)}
    return {"safe_now": "yes", "safe_why": rng.choice(SAFE) if at_risk or level == 0 else ""}


def _family(*, disabled: bool, rng: Random) -> dict[str, Any]:
    mother = {"relationship": "Mother", "name": f"{rng.choice(FIRST)} {rng.choice(LAST)}", "language": "English"}
    return {
        "overview": rng.choice(OVERVIEW),
        "disability_detail": "Needs help with communication; diagnosed at three." if disabled else "",
        "household": [mother],
        "others": [],
    }


def _contact(audit: Audit, person: str, day: date, *, rng: Random) -> dict[str, Any]:
    """Contact as it usually goes: reached or not, or not right for a very young child."""
    situation = Situation(person=person, **child_of(audit))
    if person == "child" and situation.age is not None and situation.age < YOUNGEST_ASKED:
        return {
            "appropriate": "no",
            "why_not_reason": "too_young",
            "why_not": "Watched at play with the worker instead.",
        }
    if rng.random() < 0.35:
        return {
            "appropriate": "yes",
            "spoken": "no",
            "not_reached": "no_answer",
            "why_not_spoken": "Three calls and a message, no answer.",
            "tried_by": "The auditor, and the worker at the last visit",
        }
    consent = consent_choices(situation)[0][0]
    words = rng.choice(VIEWS if person == "child" else VIEWS_OF_PARENTS)
    return {
        "appropriate": "yes",
        "consent": consent,
        "consent_by": "" if consent == "self" else "Mother",
        "iro": "yes" if situation.is_looked_after else "",
        "explained": "yes",
        "spoken": "yes",
        "relation": rng.choice(("mother", "mother", "father", "grandparent")) if person == "parent" else "",
        **_dated("spoken_on", day),
        "spoken_how": "telephone",
        "support": "not_needed" if is_asked_about_support(audit) else "",
        "views": words,
        "different": rng.choice(DIFFERENT if person == "child" else DIFFERENT_TO_PARENTS),
        **({"quote_ok": "yes", "quote": words} if rng.random() < 0.5 else {"quote_ok": "no"}),
    }


def is_asked_about_support(audit: Audit) -> bool:
    """Whether language or disability say that somebody may have needed help with communication."""
    return Situation(language=audit.case.primary_language, disability=audit.case.disability).may_need_support
