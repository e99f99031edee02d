"""The loop of an audit in eight points, and what no action answers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from audits import answering
from audits.after.action_findings import ToAnswer, to_answer, unanswered
from audits.after.loop import loop_of, loops_of
from audits.models import Audit, Selection, SmartAction
from audits.reading import AnsweredPage, answered_pages
from audits.structure import form_of
from people.models import User
from tests.audits.after.acting import acted, done, verified
from tests.cast import fill_in, submitted
from tests.conftest import NOW, TODAY
from tests.factories import AuditFactory

pytestmark = pytest.mark.usefixtures("today")
ALL_DONE = ["done"] * 7 + ["not-needed"]


def states(audit: Audit, *, reads: bool = True, days: int = 0) -> list[str]:
    now = Audit.objects.get(pk=audit.pk)
    return [point.state for point in loop_of(now, reads=reads, today=TODAY + timedelta(days=days))]


class TestLoop:
    def test_begins_with_the_allocation(self, audit: Audit) -> None:
        assert states(audit) == ["done"] + ["not-yet"] * 7
        assert states(audit, days=90)[3] == "late"

    def test_says_nothing_of_what_somebody_may_not_read(self, audit: Audit) -> None:
        fill_in(audit, at=NOW, today=TODAY)
        assert states(audit)[1:3] == ["done", "done"]
        assert states(audit, reads=False)[1:3] == ["not-yet", "not-yet"]

    def test_needs_no_actions_where_none_were_set(self, audit: Audit) -> None:
        submitted(audit, at=NOW, today=TODAY)
        assert states(audit)[4:] == ["not-yet", "not-needed", "not-needed", "not-needed"]
        assert states(audit, days=90)[4] == "late"

    def test_goes_on_to_done_and_verified(self, audit: Audit, worker: User, team_manager: User) -> None:
        action = acted(audit)
        assert states(audit, days=90)[5] == "late"
        done(action, worker)
        assert states(audit)[5:7] == ["done", "not-yet"]
        verified(action, team_manager)
        assert states(audit) == ALL_DONE

    def test_of_an_urgent_audit_ends_with_the_next_look(self, audit: Audit) -> None:
        submitted(audit, grade="inadequate", outcomes="not_met", at=NOW, today=TODAY)
        assert states(audit)[7] == "not-yet"
        AuditFactory(
            case=audit.case,
            re_audit_of=audit,
            template_version=audit.template_version,
            selection=Selection.RE_AUDIT,
            month=TODAY.replace(month=12, day=1),
        )
        now = Audit.objects.get(pk=audit.pk)
        assert loop_of(now, reads=True, today=TODAY)[7].word == "Under way"
        blind = Audit.objects.get(pk=audit.pk)
        assert loop_of(blind, reads=True, sees_grade=False, today=TODAY)[7].state == "not-yet"

    def test_of_many_costs_four_queries(
        self, audit: Audit, django_assert_max_num_queries: Callable[[int], Any]
    ) -> None:
        acted(audit)
        for _ in range(5):
            AuditFactory(template_version=audit.template_version)
        rows = list(Audit.objects.all())
        with django_assert_max_num_queries(4):
            found = loops_of(rows, reads={row.pk for row in rows}, today=TODAY)
        assert len(found) == 6

    def test_stands_on_the_audits_page(self, client: Client, audit: Audit, psw: User) -> None:
        acted(audit)
        client.force_login(psw)
        page = client.get(reverse("audits:detail", args=[audit.reference])).content.decode()
        assert "The loop of this audit: 5 of 8 points done" in page
        assert "The actions of this audit do not say which findings they answer." in page


class TestFindings:
    @pytest.fixture
    def weak(self, audit: Audit) -> list[AnsweredPage]:
        """The pages of an audit that requires improvement in every section."""
        fill_in(audit, grade="requires-improvement", at=NOW, today=TODAY)
        form = form_of(audit.template_version_id)
        return answered_pages(audit, answering.contents_of(audit), form=form, today=TODAY)

    def test_are_sections_below_good_and_standards_answered_no(self, weak: list[AnsweredPage]) -> None:
        found = to_answer(weak)
        sections = {each.section for each in found if each.code == each.section}
        assert {page.code for page in weak if page.standards} == sections
        assert isinstance(found[0], ToAnswer)

    def test_are_left_where_no_action_answers_them(self, weak: list[AnsweredPage]) -> None:
        codes = [page.code for page in weak if page.standards]
        assert [each.code for each in unanswered(weak, [SmartAction(findings=codes[:2])])] == codes[2:]
        assert not unanswered(weak, [SmartAction(findings=codes)])

    def test_are_ticked_as_an_action_is_set(self, client: Client, audit: Audit, weak: list[AnsweredPage]) -> None:
        client.force_login(audit.auditor)
        url = reverse("audits:smart_actions", args=[audit.reference])
        page = client.get(url).content.decode()
        assert "Findings that it answers (optional)" in page
        assert audit.worker is not None
        data = {
            "outcome": "The child is seen alone every two weeks.",
            "how": "Book the visits until the summer with the family.",
            "owner": audit.worker.pk,
            "due_on_day": "21",
            "due_on_month": "12",
            "due_on_year": "2026",
            "agreed_with_worker": "True",
            "findings": ["s1", "s2"],
            "keep": "yes",
        }
        client.post(url, data)
        assert audit.smart_actions.latest("pk").findings == ["s1", "s2"]
        assert client.post(url, {**data, "findings": ["nothing"]}).status_code == 200
        assert audit.smart_actions.latest("pk").findings == ["s1", "s2"]
