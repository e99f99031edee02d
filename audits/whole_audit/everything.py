"""Read one audit whole: a fixed number of queries, whatever its size."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Prefetch, Q

from audits.answering import contents_of
from audits.models import Audit, ImmediateRisk, Meeting, MeetingGuest, RiskRecipient, Status
from audits.models.audit import AuditQuerySet
from audits.pages import case_of, is_adult
from audits.reading import AnsweredPage, answered_pages
from audits.structure import AuditForm, form_of
from audits.whole_audit import afterwards, answers, beforehand
from audits.whole_audit.blocks import Part, Verdict, moment, plain, verdict

JOINED = (
    "case__chair",
    "auditor",
    "supervisor",
    "worker",
    "team_manager",
    "team",
    "service",
    "part_b__manager_signed_by",
    "part_b__worker_signed_by",
    "moderation__moderator",
    "moderation__grade",
)
PEOPLE_PAGES = ("meeting", "child", "parent")


@dataclass(frozen=True)
class WholeAudit:
    """An audit as plain values: what stands at the front, and every part in order."""

    reference: str
    month: str
    person: str  # what the words call whom it is about: child, or young person
    child_name: str
    case_reference: str
    auditor: str
    submitted_at: datetime | None  # None: a draft
    submitted: str  # in words
    overall: Verdict | None  # None: the form has no overall grade
    moderated: Verdict | None
    outcomes: str
    safe_now: str
    risks: int
    sections: tuple[Verdict, ...]
    parts: tuple[Part, ...]

    @property
    def is_draft(self) -> bool:
        """Whether it is still being written."""
        return self.submitted_at is None


def with_everyone(rows: AuditQuerySet) -> AuditQuerySet:
    """These audits with the people, case and records that a document names, in one query."""
    return rows.select_related(*JOINED)


def whole_audit(audit: Audit, *, today: date) -> WholeAudit:
    """Everything this audit says; give it an audit that came through `with_everyone`.

    `today` matters only to an audit that is not submitted: from there its timescales are looked at.
    """
    form = form_of(audit.template_version_id)
    pages = {page.code: page for page in answered_pages(audit, contents_of(audit), form=form, today=today)}
    found_risks, adult = _risks(audit), is_adult(audit, today=today)
    answered = _answered(pages, form=form, adult=adult)
    parts = [*_before(audit, pages, form=form), *answered, *_after(audit, found_risks, form=form, adult=adult)]
    moderated = next((b for part in parts if part.code == "moderation" for b in part.blocks), None)
    whole = WholeAudit(
        reference=audit.reference,
        month=beforehand.month(audit),
        person="young person" if adult else "child",
        child_name=answers.said(pages, "overview", "child_name") or case_of(audit).child_name,
        case_reference=audit.case.reference,
        auditor=audit.auditor.name,
        submitted_at=audit.submitted_at,
        submitted=moment(audit.submitted_at),
        overall=verdict("Overall grade", pages["overall"].grade) if form.overall_grade else None,
        moderated=moderated if isinstance(moderated, Verdict) else None,
        outcomes=answers.said(pages, "overall", "outcomes"),
        safe_now=answers.said(pages, "overall", "safe_now"),
        risks=len(found_risks),
        sections=answers.section_grades(list(pages.values())),
        parts=tuple(parts),
    )
    return plain(whole)


def _before(audit: Audit, pages: dict[str, AnsweredPage], *, form: AuditForm) -> list[Part]:
    others = Q(pk=audit.re_audit_of_id) | Q(re_audit_of=audit) & ~Q(status__in=[Status.EXEMPT, Status.WITHDRAWN])
    related = list(Audit.objects.filter(others).only("reference", "month").order_by("month", "pk"))
    child, *overview = beforehand.child_details(audit, pages["overview"])
    guests = Prefetch("guests", MeetingGuest.objects.select_related("person"))
    arranged = beforehand.meetings(audit, Meeting.objects.filter(audit=audit).prefetch_related(guests))
    people = [part for code in PEOPLE_PAGES for part in answers.page_part(pages[code], arranged * (code == "meeting"))]
    details = beforehand.audit_details(audit, form=form, others=related)
    return [details, beforehand.service_details(audit), child, *people, *overview]


def _answered(pages: dict[str, AnsweredPage], *, form: AuditForm, adult: bool) -> list[Part]:
    sections = [answers.section_part(page) for page in pages.values() if page.standards]
    seen = {"overview", *PEOPLE_PAGES, "overall", *(part.code for part in sections)}
    others = [page for page in pages.values() if page.code not in seen]
    rest = [part for page in others for part in answers.page_part(page, answers.days(page))]
    return [*sections, *rest, answers.judgement_part(pages["overall"], form=form, adult=adult)]


def _risks(audit: Audit) -> list[ImmediateRisk]:
    told = Prefetch("recipients", RiskRecipient.objects.select_related("person"))
    return list(ImmediateRisk.objects.filter(audit=audit).select_related("raised_by").prefetch_related(told))


def _after(audit: Audit, found_risks: list[ImmediateRisk], *, form: AuditForm, adult: bool) -> list[Part]:
    return [
        afterwards.actions(audit.smart_actions.select_related("owner", "done_by"), adult=adult),
        *afterwards.learning(audit.learning_points.all()),
        *afterwards.risks(found_risks),
        *afterwards.part_b(audit),
        *afterwards.moderation(audit, form=form),
        *afterwards.sharing(audit.shares.select_related("shared_by")),
        *afterwards.history(audit.status_changes.select_related("by")),
    ]
