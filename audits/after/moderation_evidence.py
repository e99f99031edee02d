"""What a moderator reads before grading: the evidence of an audit, and nothing that says how it was judged (S5)."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

from audits import answering
from audits.models import Audit
from audits.reading import AnsweredPage, Row, answered_pages
from audits.structure import AuditForm, form_of

JUDGEMENT = "overall"  # the page of the overall grade, its reason, the outcomes and the portal's questions
LEFT_OUT = "[grade left out]"
SAW = "What the auditor saw"


def evidence(audit: Audit, *, today: date) -> list[AnsweredPage]:
    """The pages of an audit without grades, the worker's own grades, prompts and the overall judgement.

    Where a text names a grade of the scale by its label, the label is left out.
    """
    form = form_of(audit.template_version_id)
    pages = answered_pages(audit, answering.contents_of(audit), form=form, today=today)
    return [_without_judgement(page, form=form) for page in pages if page.code != JUDGEMENT]


def _without_judgement(page: AnsweredPage, *, form: AuditForm) -> AnsweredPage:
    rows = [replace(row, label=SAW) if row.name == "rationale" else row for row in page.rows]
    return replace(
        page,
        rows=_redacted(rows, form=form),
        comments=_redacted(page.comments, form=form),
        written_before=_redacted(page.written_before, form=form),
        grade=None,
        worker_grade=None,
        prompts=[],
    )


def _redacted(rows: list[Row], *, form: AuditForm) -> list[Row]:
    labels = sorted((grade.point.label for grade in form.grades), key=len, reverse=True)
    named = re.compile(r"\b(" + "|".join(map(re.escape, labels)) + r")\b")
    return [replace(row, value=named.sub(LEFT_OUT, row.value)) for row in rows]
