"""The end of an audit: what has to be answered, what is stopped for, what happens once, who is told."""

from __future__ import annotations

import html
import re
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from audits import answering, immediate_risks, smart_actions, submitting
from audits.models import (
    Audit,
    PageAnswers,
    SectionGrade,
    Share,
    SmartAction,
    Status,
    StatusChange,
    TemplateVersion,
)
from audits.pages import Problem, child_of, is_urgent
from audits.structure import form_of
from people.models import OutgoingMail, User
from people.roles import JobRole
from reporting.urgent import only_urgent
from tests.cast import add_action, fill_in, submitted
from tests.conftest import NOW, TODAY
from tests.factories import UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]


def rewrite(audit: Audit, page: str, **changes: Any) -> None:
    """Change some answers of a page that is there."""
    stored = PageAnswers.objects.get(audit=audit, page=page)
    content = {**stored.content, **changes}
    answering.save_page(
        audit.reference, page=page, content=content, base_revision=stored.revision, by=audit.auditor, at=NOW
    )


def problems(audit: Audit) -> list[Problem]:
    try:
        submitting.submit(Audit.objects.get(pk=audit.pk), by=audit.auditor, at=NOW, today=TODAY)
    except submitting.NotReady as refused:
        return refused.problems
    return []


def messages_of(audit: Audit) -> list[str]:
    return [problem.message for problem in problems(audit)]


@pytest.fixture
def written(audit: Audit) -> Audit:
    """Finished but for submitting: Good, safe, nothing open."""
    fill_in(audit, at=NOW, today=TODAY)
    return Audit.objects.get(pk=audit.pk)


@pytest.fixture
def urgent(audit: Audit) -> Audit:
    """Finished but for submitting: Inadequate, not safe, an action at once."""
    fill_in(audit, grade="inadequate", outcomes="not_met", at=NOW, today=TODAY)
    return Audit.objects.get(pk=audit.pk)


@pytest.fixture
def as_auditor(client: Client, auditor: User) -> Client:
    client.force_login(auditor)
    return client


def page_of(client: Client, audit: Audit, name: str) -> str:
    return html.unescape(client.get(reverse(f"audits:{name}", args=[audit.reference])).content.decode())


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


class TestCheck:
    def test_links_what_is_missing_to_an_input_that_is_there(self, as_auditor: Client, audit: Audit) -> None:
        answering.save_page(audit.reference, page="s1", content={}, base_revision=0, by=audit.auditor, at=NOW)
        page = page_of(as_auditor, audit, "check")
        missing = page[page.index("Still to do") : page.index('class="portal-answered')]
        links = re.findall(r'href="(/audits/[^"#]+)#([^"]+)"', missing)
        assert len(links) > 20
        lost = [f"{path}#{anchor}" for path, anchor in links if f'id="{anchor}"' not in opened(as_auditor, path)]
        assert lost == []

    def test_offers_a_change_of_every_answer(self, as_auditor: Client, written: Audit) -> None:
        page = page_of(as_auditor, written, "check")
        links = re.findall(r'href="(/audits/[^"#]+)#(id_[^"]+)"', page)
        assert len(links) > 30
        lost = {f"{path}#{anchor}" for path, anchor in links if f'id="{anchor}"' not in opened(as_auditor, path)}
        assert lost == set()

    def test_says_who_will_be_told_and_how(self, as_auditor: Client, written: Audit, head_of_service: User) -> None:
        page = page_of(as_auditor, written, "check")
        assert "Wren Worker</b>, Social worker<br>An email: read it and answer Part B" in page
        assert "Hana Head</b>, Head of service<br>A short email: a copy to read" in page

    def test_takes_as_many_queries_with_many_prompts_as_with_none(
        self, as_auditor: Client, urgent: Audit, django_assert_max_num_queries: Any
    ) -> None:
        page_of(as_auditor, urgent, "check")
        with django_assert_max_num_queries(16):
            page_of(as_auditor, urgent, "check")


def opened(client: Client, path: str, seen: dict[tuple[int, str], str] = {}) -> str:  # noqa: B006  # read once
    key = (id(client), path)
    if key not in seen:
        seen[key] = client.get(path).content.decode()
    return seen[key]


class TestStoppingForUrgent:
    def test_is_led_to_before_anything_is_sent(self, as_auditor: Client, urgent: Audit) -> None:
        answer = as_auditor.post(reverse("audits:check", args=[urgent.reference]))
        assert answer.headers["Location"] == reverse("audits:submit_urgent", args=[urgent.reference])
        assert Audit.objects.get(pk=urgent.pk).status == Status.IN_PROGRESS
        assert not OutgoingMail.objects.filter(kind="urgent").exists()

    def test_names_who_is_told_and_when_part_b_is_due(
        self, as_auditor: Client, urgent: Audit, head_of_service: User
    ) -> None:
        page = page_of(as_auditor, urgent, "submit_urgent")
        for name in ("Wren Worker", "Tamar Manager", "Hana Head"):
            assert f"{name}</b>" in page
        assert "answer in Part B by 11 November 2026" in page
        assert urgent.case.child_name not in page

    def test_submits_and_tells_what_happened(self, as_auditor: Client, urgent: Audit) -> None:
        url = reverse("audits:submit_urgent", args=[urgent.reference])
        page = as_auditor.post(url, follow=True).content.decode()
        assert f"Audit {urgent.reference} is submitted" in page
        assert "The team was told to act today" in page
        assert Audit.objects.get(pk=urgent.pk).status == Status.WITH_TEAM

    def test_is_asked_of_whoever_submits_by_any_way(self, urgent: Audit) -> None:
        with pytest.raises(submitting.UrgentUnseen):
            submitting.submit(urgent, by=urgent.auditor, at=NOW, today=TODAY, urgent_seen=False)
        assert Audit.objects.get(pk=urgent.pk).status == Status.IN_PROGRESS

    def test_is_passed_where_it_is_not_urgent(self, as_auditor: Client, written: Audit) -> None:
        answer = as_auditor.get(reverse("audits:submit_urgent", args=[written.reference]))
        assert answer.headers["Location"] == reverse("audits:check", args=[written.reference])

    def test_is_passed_where_something_is_missing_again(self, as_auditor: Client, urgent: Audit) -> None:
        urgent.smart_actions.all().delete()
        answer = as_auditor.get(reverse("audits:submit_urgent", args=[urgent.reference]))
        assert answer.headers["Location"] == reverse("audits:check", args=[urgent.reference])


class TestComingBack:
    @pytest.mark.parametrize("name", ["check", "submit_urgent"])
    @pytest.mark.parametrize("method", ["get", "post"])
    def test_lands_on_what_happened_with_a_message(
        self, as_auditor: Client, written: Audit, name: str, method: str
    ) -> None:
        submitting.submit(written, by=written.auditor, at=NOW, today=TODAY)
        answer = getattr(as_auditor, method)(reverse(f"audits:{name}", args=[written.reference]), follow=True)
        page = answer.content.decode()
        assert answer.redirect_chain[-1][0] == reverse("audits:submitted", args=[written.reference])
        assert "submitted already" in page
        assert StatusChange.objects.filter(audit=written, step="submit").count() == 1

    def test_is_for_the_auditor_alone(self, client: Client, written: Audit, team_manager: User) -> None:
        submitting.submit(written, by=written.auditor, at=NOW, today=TODAY)
        client.force_login(team_manager)
        assert client.get(reverse("audits:submitted", args=[written.reference])).status_code == 403


class TestSharesAtSubmission:
    def test_are_written_for_everybody_the_portal_tells(
        self, written: Audit, head_of_service: User, team_manager: User
    ) -> None:
        service_manager = UserFactory(
            name="Sia Service", job_role=JobRole.SERVICE_MANAGER, service=head_of_service.service
        )
        submitting.submit(written, by=written.auditor, at=NOW, today=TODAY)
        shares = {(share.name, share.part, share.how) for share in Share.objects.filter(audit=written)}
        assert shares == {
            ("Wren Worker", "Worker", "portal"),
            ("Tamar Manager", "Team manager", "portal"),
            ("Hana Head", "Head of service", "portal"),
            ("Sia Service", "Service manager", "portal"),
        }
        copies = OutgoingMail.objects.filter(kind="copy")
        assert {mail.recipient for mail in copies} == {head_of_service, service_manager}
        assert not any(mail.urgent for mail in copies)

    def test_are_only_of_people_who_can_see_it(self, written: Audit, head_of_service: User) -> None:
        UserFactory(job_role=JobRole.SERVICE_MANAGER, service=head_of_service.service)
        submitting.submit(written, by=written.auditor, at=NOW, today=TODAY)
        for share in Share.objects.filter(audit=written).select_related("person"):
            assert share.person is not None
            assert Audit.objects.visible_to(share.person).filter(pk=written.pk).exists()


class TestOptionalOverallGrade:
    @pytest.fixture
    def by_sections(self, audit: Audit, templates: list[TemplateVersion]) -> Audit:
        audit.template_version = next(v for v in templates if not v.overall_grade and v.scale.code == "ofsted-4")
        audit.save()
        return audit

    def test_goes_from_page_to_page_without_one(self, as_auditor: Client, by_sections: Audit) -> None:
        fill_in(by_sections, grade="inadequate", outcomes="not_met", at=NOW, today=TODAY)
        page = as_auditor.get(reverse("audits:page", args=[by_sections.reference, "overall"])).content.decode()
        assert "Is the child safe now?" in page
        assert "Overall grade" not in page
        assert "Suggested grade" not in page
        assert "told to act today" in page_of(as_auditor, by_sections, "submit_urgent")
        as_auditor.post(reverse("audits:submit_urgent", args=[by_sections.reference]))
        done = Audit.objects.get(pk=by_sections.pk)
        assert (done.status, done.overall_grade, done.safe_now) == (Status.WITH_TEAM, None, "no")
        assert as_auditor.get(reverse("audits:detail", args=[done.reference])).status_code == 200
        assert as_auditor.get(reverse("audits:submitted", args=[done.reference])).status_code == 200

    def test_is_urgent_by_a_section(self, by_sections: Audit) -> None:
        fill_in(by_sections, grade="inadequate", outcomes="not_met", at=NOW, today=TODAY)
        rewrite(by_sections, "overall", safe_now="yes", safe_why="With the grandmother.")
        contents = answering.contents_of(by_sections)
        assert is_urgent(contents, form=form_of(by_sections.template_version_id), **child_of(by_sections))


@pytest.mark.django_db(transaction=True)
class TestSubmittedAtOnce:
    """R6: double click, a second window, a proxy that tries again."""

    TIMES = 50

    def test_happens_once(self, urgent: Audit, auditor: User, head_of_service: User) -> None:
        url = reverse("audits:submit_urgent", args=[urgent.reference])
        signed_in = Client()
        signed_in.force_login(auditor)
        barrier = Barrier(self.TIMES)

        def press(_: int) -> str:
            client = Client()
            client.cookies["sessionid"] = signed_in.cookies["sessionid"].value
            barrier.wait()
            try:
                return client.post(url).headers.get("Location", "")
            finally:
                connection.close()

        with ThreadPoolExecutor(self.TIMES) as pool:
            answers = list(pool.map(press, range(self.TIMES)))
        assert set(answers) == {reverse("audits:submitted", args=[urgent.reference])}
        assert StatusChange.objects.filter(audit=urgent, step="submit").count() == 1
        assert SectionGrade.objects.filter(audit=urgent).count() == 9
        keys = list(OutgoingMail.objects.filter(kind="urgent").values_list("recipient", flat=True))
        assert len(keys) == len(set(keys)) == 3
        assert Share.objects.filter(audit=urgent).count() == 3
        assert SmartAction.objects.filter(audit=urgent).count() == 1
