"""The end of an audit: what is checked, what is stopped for, what happens once, who is told."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from audits import answering, submitting
from audits.models import (
    Audit,
    SectionGrade,
    Share,
    SmartAction,
    Status,
    StatusChange,
    TemplateVersion,
)
from audits.pages import child_of, is_urgent
from audits.structure import form_of
from people.models import OutgoingMail, User
from people.roles import JobRole
from tests.audits.finishing.finished import page_of, rewrite
from tests.cast import fill_in
from tests.conftest import NOW, TODAY
from tests.factories import UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]


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
