"""What has to be said and answered before an audit can be submitted: safe now, questions, the judgement."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from audits import immediate_risks, smart_actions
from audits.models import (
    Audit,
    PageAnswers,
    SectionGrade,
)
from audits.structure import form_of
from people.models import OutgoingMail, User
from reporting.urgent import only_urgent
from tests.audits.finishing.finished import messages_of, page_of, problems, rewrite
from tests.cast import add_action, submitted
from tests.conftest import NOW, TODAY

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]


class TestSafeNow:
    def test_has_to_be_answered(self, written: Audit) -> None:
        rewrite(written, "overall", safe_now="")
        assert messages_of(written) == ["Say whether they are safe now"]

    def test_is_fixed_with_the_audit_apart_from_its_grade(self, audit: Audit) -> None:
        done = submitted(audit, at=NOW, today=TODAY)
        assert (done.safe_now, done.overall_grade and done.overall_grade.code) == ("yes", "good")

    def test_needs_a_reason_and_something_done_where_it_is_no(self, written: Audit) -> None:
        rewrite(written, "overall", safe_now="no", prompts={"unsafe_without_urgent_grade": "It happened yesterday."})
        found = messages_of(written)
        assert found[0] == "Say what makes them unsafe now"
        assert found[1].startswith("You say that they are not safe now: set an action")

    @pytest.mark.parametrize("how", ["action", "risk"])
    def test_is_content_with_an_action_at_once_or_a_raised_risk(
        self, written: Audit, how: str, team_manager: User, head_of_service: User
    ) -> None:
        reasons = {"unsafe_without_urgent_grade": "It happened yesterday."}
        rewrite(written, "overall", safe_now="no", safe_why="The father came back.", prompts=reasons)
        if how == "action":
            add_action(written, immediate=True, at=NOW, today=TODAY)
        else:
            raise_risk(written)
        assert messages_of(written) == []
        assert Audit.objects.get(pk=written.pk).safe_now == "no"

    def test_leaves_the_rule_for_an_urgent_grade_alone(
        self, urgent: Audit, team_manager: User, head_of_service: User
    ) -> None:
        rewrite(urgent, "overall", safe_now="no", safe_why="The father came back.")
        for action in urgent.smart_actions.all():
            smart_actions.remove(action, by=urgent.auditor)
        raise_risk(urgent)
        because = "Because the overall grade is Inadequate: "
        said = because + "set at least one action that is needed at once to keep the child safe"
        assert messages_of(urgent) == [said]

    def test_says_on_the_actions_page_why_one_is_needed_at_once(self, urgent: Audit, as_auditor: Client) -> None:
        because = "Because the overall grade is Inadequate: set at least one action that is needed at once"
        assert because not in page_of(as_auditor, urgent, "smart_actions")
        for action in urgent.smart_actions.all():
            smart_actions.remove(action, by=urgent.auditor)
        assert because in page_of(as_auditor, urgent, "smart_actions")
        assert because in page_of(as_auditor, urgent, "check")

    def test_is_told_at_once_whatever_the_grade(self, written: Audit, worker: User, team_manager: User) -> None:
        reasons = {"unsafe_without_urgent_grade": "It happened yesterday."}
        rewrite(written, "overall", safe_now="no", safe_why="The father came back.", prompts=reasons)
        add_action(written, immediate=True, at=NOW, today=TODAY)
        assert problems(written) == []
        assert {worker, team_manager} <= {mail.recipient for mail in OutgoingMail.objects.filter(kind="urgent")}
        assert list(only_urgent(Audit.objects.all())) == [written]

    def test_asks_what_makes_them_safe_where_a_safety_section_is_urgent(self, urgent: Audit) -> None:
        rewrite(urgent, "overall", safe_now="yes", safe_why="")
        (problem,) = problems(urgent)
        assert (problem.page, problem.name) == ("overall", "safe_why")
        rewrite(urgent, "overall", safe_why="With the grandmother until the meeting.")
        assert problems(urgent) == []

    def test_is_said_how_on_the_page(self, as_auditor: Client, written: Audit) -> None:
        rewrite(written, "overall", safe_now="no")
        page = as_auditor.get(reverse("audits:page", args=[written.reference, "overall"])).content.decode()
        assert reverse("audits:raise_risk", args=[written.reference]) in page
        assert "needed at once" in page


def raise_risk(audit: Audit) -> None:
    fresh = Audit.objects.get(pk=audit.pk)
    who_and_when: dict[str, Any] = {"by": audit.auditor, "at": NOW, "today": TODAY}
    immediate_risks.raise_risk(fresh, concern="The father is back.", done_already="", **who_and_when)


class TestPrompts:
    @pytest.fixture
    def at_odds(self, written: Audit) -> Audit:
        """Section 2 is Good with every standard answered No."""
        section = form_of(written.template_version_id).section("s2")
        assert section is not None
        rewrite(written, "s2", answers={standard.code: "no" for standard in section.standards})
        return written

    def test_wait_for_an_answer_and_are_named(self, at_odds: Audit) -> None:
        (problem,) = problems(at_odds)
        assert (problem.page, problem.name) == ("overall", "prompts__good_with_most_standards_no-s2")
        assert "9 of 9 key standards in section 2" in problem.message

    def test_are_settled_by_a_reason(self, at_odds: Audit) -> None:
        rewrite(at_odds, "overall", prompts={"good_with_most_standards_no-s2": "The work was done, not recorded."})
        assert problems(at_odds) == []

    def test_are_settled_by_a_changed_answer_and_keep_what_was_written(self, at_odds: Audit) -> None:
        rewrite(at_odds, "overall", prompts={"good_with_most_standards_no-s2": "The work was done, not recorded."})
        rewrite(at_odds, "s2", grade="requires-improvement")
        stored = PageAnswers.objects.get(audit=at_odds, page="overall").content
        assert stored["prompts"] == {"good_with_most_standards_no-s2": "The work was done, not recorded."}
        assert problems(at_odds) == []

    def test_are_sent_back_by_the_page_when_they_no_longer_stand(self, as_auditor: Client, at_odds: Audit) -> None:
        rewrite(at_odds, "overall", prompts={"good_with_most_standards_no-s2": "The work was done, not recorded."})
        rewrite(at_odds, "s2", grade="requires-improvement")
        page = as_auditor.get(reverse("audits:page", args=[at_odds.reference, "overall"])).content.decode()
        kept = '<textarea hidden name="prompts__good_with_most_standards_no-s2" data-kept>'
        assert kept in page
        assert "key standards in section 2" not in page

    def test_keep_nothing_that_no_form_could_ask(self, written: Audit) -> None:
        rewrite(
            written,
            "overall",
            prompts={"good_with_most_standards_no-s77": "x", "made_up": "y", "impact_below_good-s9": 3},
        )
        assert PageAnswers.objects.get(audit=written, page="overall").content["prompts"] == {}

    def test_leave_the_worker_s_own_grade_open(self, written: Audit) -> None:
        rewrite(written, "s1", worker_grade="inadequate")
        assert problems(written) == []
        assert SectionGrade.objects.get(audit=written, section__code="s1").worker_grade.code == "inadequate"  # type: ignore[union-attr]

    def test_hold_the_page_back_from_completed(self, as_auditor: Client, at_odds: Audit) -> None:
        page = page_of(as_auditor, at_odds, "check")
        assert "Answer the question “9 of 9 key standards" in page
        row = as_auditor.get(reverse("audits:tasks", args=[at_odds.reference])).content.decode()
        overall = row[row.index("task-overall") :][:400]
        assert "Completed" not in overall

    def test_survive_values_that_no_scale_has(self, as_auditor: Client, written: Audit) -> None:
        rewrite(written, "overall", grade="made up", outcomes="nonsense", safe_now="perhaps", prompts=["x"])
        for name in ("check", "fresh_judgement"):
            assert as_auditor.get(reverse(f"audits:{name}", args=[written.reference])).status_code == 200
        assert {problem.name for problem in problems(written)} == {"grade", "outcomes", "safe_now"}


class TestFreshJudgement:
    def test_follows_what_is_saved(self, as_auditor: Client, written: Audit) -> None:
        assert "All nine sections are Good." in page_of(as_auditor, written, "fresh_judgement")
        rewrite(written, "overall", grade="outstanding")
        assert "you chose Outstanding" in page_of(as_auditor, written, "fresh_judgement")

    def test_is_only_a_piece_of_the_page(self, as_auditor: Client, written: Audit) -> None:
        assert "<html" not in page_of(as_auditor, written, "fresh_judgement")
