"""Making an audit of a case: what it keeps, and what is refused."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from audits.allocating import AllocatingError, allocate
from audits.models import Audit, Case, Selection, TemplateVersion
from people.models import User
from tests.conftest import NOW, TODAY
from tests.factories import MONTH, CaseFactory

pytestmark = pytest.mark.django_db
DUE = date(2026, 11, 30)


def give(case: Case, auditor: User, template: TemplateVersion, **more: Any) -> Audit:
    return allocate(
        case,
        auditor=auditor,
        month=MONTH,
        selection=more.pop("selection", Selection.RANDOM),
        template_version=template,
        due_on=DUE,
        number=7,
        by=None,
        at=NOW,
        today=TODAY,
        **more,
    )


class TestAllocating:
    def test_keeps_supervisor_earlier_audit_and_questions(
        self, audit: Audit, auditor: User, psw: User, core_template: TemplateVersion
    ) -> None:
        Audit.objects.filter(pk=audit.pk).update(month=date(2026, 8, 1))
        made = give(
            audit.case,
            auditor,
            core_template,
            selection=Selection.RE_AUDIT,
            supervisor=psw,
            re_audit_of=audit,
            questions=("Who else lives there?",),
        )
        made.refresh_from_db()
        assert (made.supervisor, made.re_audit_of, made.questions) == (psw, audit, ["Who else lives there?"])

    def test_has_none_of_them_unless_they_are_given(self, auditor: User, core_template: TemplateVersion) -> None:
        made = give(CaseFactory(), auditor, core_template)
        assert (made.reference, made.supervisor, made.re_audit_of, made.questions) == ("2026-11-0007", None, None, [])

    def test_refuses_a_supervisor_who_is_the_auditor(self, auditor: User, core_template: TemplateVersion) -> None:
        with pytest.raises(AllocatingError, match="cannot supervise their own audit"):
            give(CaseFactory(), auditor, core_template, supervisor=auditor)

    def test_refuses_a_supervisor_whose_own_work_it_is(self, auditor: User, core_template: TemplateVersion) -> None:
        case = CaseFactory()
        with pytest.raises(AllocatingError, match="cannot supervise its audit"):
            give(case, auditor, core_template, supervisor=case.worker)

    def test_refuses_an_earlier_audit_of_another_case(
        self, audit: Audit, auditor: User, core_template: TemplateVersion
    ) -> None:
        with pytest.raises(AllocatingError, match="audit of another case"):
            give(CaseFactory(), auditor, core_template, re_audit_of=audit)
        assert Audit.objects.count() == 1
