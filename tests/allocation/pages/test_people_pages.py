"""The pages of people's months: who audits in a month, and who is signed off (P2–P4)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from allocation.changes import quotas
from allocation.competence import competency
from allocation.eligibility import rules
from allocation.models import Competency, Cycle, QuotaChange
from allocation.views import rota
from audits.models import AuditTemplate
from people.models import Absence, OutgoingMail, User
from people.roles import JobRole
from tests.cast import date_parts
from tests.conftest import NOW, TODAY
from tests.factories import AuditFactory, UserFactory

pytestmark = pytest.mark.usefixtures("today")

ROTA = "/cycles/2026-11/people/"
WHY = "Covers for a colleague on leave"
NOTE = "Signed off by the leadership team"
State = Competency.State


@pytest.fixture
def template(cycle: Cycle) -> AuditTemplate:
    assert cycle.template_version is not None
    return cycle.template_version.template


@pytest.fixture
def supervisor(auditors: list[User], template: AuditTemplate, psw: User) -> User:
    competency.sign_off_before(auditors[:1], template, note=NOTE, on=date(2025, 5, 1), by=psw, at=NOW)
    return auditors[0]


@pytest.fixture
def learning(auditors: list[User], template: AuditTemplate, supervisor: User, psw: User) -> Competency:
    return competency.begin(auditors[1], template, supervisor=supervisor, by=psw, at=NOW)


def text_of(response: Any) -> str:
    return " ".join(response.content.decode().split())


def row_of(response: Any, person: User) -> str:
    """The table row of a person."""
    rows = text_of(response).split("<tbody")[1].split("<tr")
    return next(row for row in rows if f">{person.name}<" in row)


def numbers(people: list[User], **changed: str) -> dict[str, str]:
    """What the page posts: for everybody the number shown and the number typed."""
    shown = {f"initial-places_{person.pk}": str(person.monthly_quota) for person in people}
    typed = {f"places_{person.pk}": str(person.monthly_quota) for person in people}
    return shown | typed | changed


class TestRota:
    def test_shows_everybody_with_places_and_earlier_work(
        self, page: Client, cycle: Cycle, auditors: list[User], core_template: Any
    ) -> None:
        ada = auditors[0]
        for month in (date(2026, 9, 1), date(2026, 10, 1)):
            AuditFactory(auditor=ada, month=month, template_version=core_template)
        response = page.get(ROTA)
        row = row_of(response, ada)
        assert 'data-label="Unfinished from before">2<' in row
        assert 'data-label="Given in 12 months">2<' in row
        assert f'name="places_{ada.pk}" value="1"' in row

    def test_names_the_supervisor_of_a_learner(self, page: Client, learning: Competency) -> None:
        assert "with Auditor 0" in row_of(page.get(ROTA), learning.user)

    def test_says_why_somebody_is_kept_out_with_a_link_that_helps(
        self, page: Client, cycle: Cycle, auditors: list[User], psw: User, template: AuditTemplate
    ) -> None:
        away, other_group, none, leaving, unsigned, fine = auditors
        cycle.groups = ["A"]
        cycle.save()
        User.objects.filter(pk__in=[person.pk for person in auditors]).update(audit_group="A")
        Absence.objects.create(user=away, starts=TODAY, ends=date(2026, 12, 24))
        User.objects.filter(pk=other_group.pk).update(audit_group="B")
        User.objects.filter(pk=none.pk).update(monthly_quota=0)
        User.objects.filter(pk=leaving.pk).update(leave_date=date(2026, 11, 20))
        signed = [away, other_group, none, leaving, fine]
        competency.sign_off_before(signed, template, note=NOTE, on=TODAY, by=psw, at=NOW)
        rules.change(reason="The leadership team wants it", by=psw, at=NOW, competency_required=True)
        response = page.get(ROTA)
        for person, words, link in (
            (away, "Is away until the due date", f"/people/{away.pk}/#absences"),
            (other_group, "Is in another rota group", f"/people/{other_group.pk}/auditing/"),
            (none, "Has no places this month", f"/people/{none.pk}/auditing/"),
            (leaving, "Leaves before the due date", f"/people/{leaving.pk}/"),
            (unsigned, f"Is not signed off for {template.name}", "/competency/?q=Auditor%204&amp;template="),
        ):
            assert words in row_of(response, person)
            assert link in row_of(response, person)
        assert ">Yes<" in row_of(response, fine).replace(" ", "")
        out = text_of(page.get(ROTA, {"show": "out"}))
        assert "Auditor 5" not in out
        assert "Auditor 4" in out

    def test_shows_everybody_first_with_how_many_each_filter_shows(
        self, page: Client, cycle: Cycle, auditors: list[User]
    ) -> None:
        User.objects.filter(pk=auditors[0].pk).update(monthly_quota=0, audit_group="A")
        response = page.get(ROTA)
        assert len(response.context["rows"]) == User.objects.auditors().count()
        for query, words in (("", "Everybody"), ("in", "In the draw"), ("out", "Kept out")):
            shown = len(page.get(ROTA, {"show": query}).context["rows"])
            assert shown
            assert f"{words} ({shown})</option>" in text_of(response)
        assert "Group A (1)</option>" in text_of(response)

    def test_keeps_the_filter_when_places_are_saved_and_on_the_next_page(
        self, page: Client, cycle: Cycle, auditors: list[User]
    ) -> None:
        UserFactory.create_batch(rota.PER_PAGE, job_role=JobRole.IRO)
        first = auditors[0]
        posted = {f"initial-places_{first.pk}": "1", f"places_{first.pk}": "2", "reason": WHY}
        response = page.post(f"{ROTA}?show=in&group=", posted, follow=True)
        assert response.redirect_chain == [(f"{ROTA}?show=in&group=", 302)]
        assert "?show=in&amp;group=&amp;page=2" in text_of(response)

    def test_saves_only_what_was_changed_with_one_reason(
        self, page: Client, cycle: Cycle, auditors: list[User]
    ) -> None:
        first, second = auditors[0], auditors[1]
        posted = numbers(auditors, reason=WHY, **{f"places_{first.pk}": "3", f"places_{second.pk}": "0"})
        response = page.post(ROTA, posted, follow=True)
        assert "Places changed: Auditor 0, Auditor 1." in text_of(response)
        written = {change.user: (change.change, change.reason) for change in QuotaChange.objects.all()}
        assert written == {first: (2, WHY), second: (-1, WHY)}
        assert "usually 1" in row_of(response, first)
        assert "Auditor 0: 2 more." in text_of(response)
        assert "Auditor 1: 1 fewer." in text_of(response)

    def test_leaves_alone_what_somebody_else_changed_meanwhile(
        self, page: Client, cycle: Cycle, auditors: list[User], psw: User
    ) -> None:
        first, second = auditors[0], auditors[1]
        quotas.set_places(cycle.month, first, places=4, reason=WHY, by=psw, at=NOW)
        page.post(ROTA, numbers(auditors, reason=WHY, **{f"places_{second.pk}": "2"}))
        assert quotas.places_of(cycle.month, [first, second]) == {first.pk: 4, second.pk: 2}

    def test_bears_somebody_who_came_since_the_page_was_shown(
        self, page: Client, cycle: Cycle, auditors: list[User]
    ) -> None:
        posted = numbers(auditors, reason=WHY, **{f"places_{auditors[0].pk}": "2"})
        newcomer = UserFactory(job_role=JobRole.IRO)
        assert "Places changed: Auditor 0." in text_of(page.post(ROTA, posted, follow=True))
        assert quotas.places_of(cycle.month, [newcomer]) == {newcomer.pk: 1}

    def test_writes_nothing_where_nothing_is_different(self, page: Client, cycle: Cycle, auditors: list[User]) -> None:
        assert "nothing was changed" in text_of(page.post(ROTA, numbers(auditors), follow=True))
        assert QuotaChange.objects.count() == 0

    @pytest.mark.parametrize(
        ("places", "reason", "words"),
        [
            ("11", WHY, "whole number from 0 to 10"),
            ("x", WHY, "whole number from 0 to 10"),
            ("2", "", "Give the reason"),
        ],
    )
    def test_says_what_is_wrong_and_keeps_what_was_typed(
        self, page: Client, cycle: Cycle, auditors: list[User], places: str, reason: str, words: str
    ) -> None:
        posted = numbers(auditors, reason=reason, **{f"places_{auditors[0].pk}": places})
        response = page.post(ROTA, posted)
        assert words in text_of(response)
        assert f'value="{places}"' in row_of(response, auditors[0])
        assert QuotaChange.objects.count() == 0

    @pytest.mark.parametrize(("status", "words"), [("proposed", "once you draw again"), ("closed", "month is closed")])
    def test_says_what_a_change_still_counts_for(
        self, page: Client, cycle: Cycle, auditors: list[User], status: str, words: str
    ) -> None:
        Cycle.objects.filter(pk=cycle.pk).update(status=status, published_at=NOW if status == "closed" else None)
        assert words in text_of(page.get(ROTA))

    def test_asks_the_database_the_same_for_any_number(
        self, page: Client, cycle: Cycle, auditors: list[User], django_assert_max_num_queries: DjangoAssertNumQueries
    ) -> None:
        UserFactory.create_batch(60, job_role=JobRole.IRO)
        with django_assert_max_num_queries(16):
            assert "67 people" in text_of(page.get(ROTA))


class TestCompetencyList:
    def test_says_who_is_where_and_what_the_rule_would_do(
        self, page: Client, learning: Competency, auditors: list[User]
    ) -> None:
        text = text_of(page.get("/competency/"))
        assert "At present anybody expected to audit is drawn, signed off or not." in text
        assert "4 of 6 auditors would be kept out of the draw for November 2026." in text
        response = page.get("/competency/", {"state": "learning"})
        assert "0 of 2 say ready" in row_of(response, learning.user)
        assert "Auditor 2" not in text_of(response).split("<tbody")[1]
        assert "Auditor 2" in text_of(page.get("/competency/", {"q": "auditor 2"})).split("<tbody")[1]

    def test_counts_the_same_once_the_rule_is_on(self, page: Client, learning: Competency, psw: User) -> None:
        rules.change(reason="The leadership team wants it", by=psw, at=NOW, competency_required=True)
        text = text_of(page.get("/competency/"))
        assert "Only signed-off auditors, and learners with a supervisor, are drawn." in text
        assert "This keeps 4 of 6 auditors out of the draw for November 2026." in text

    def test_looks_at_a_draw_made_today_where_no_month_is_open(
        self, page: Client, learning: Competency, cycle: Cycle
    ) -> None:
        Cycle.objects.filter(pk=cycle.pk).update(status="published", published_at=NOW)
        assert "4 of 6 auditors would be kept out of a draw made today." in text_of(page.get("/competency/"))

    def test_shows_a_learner_whose_supervisor_can_no_longer_go_along(
        self, page: Client, learning: Competency, supervisor: User
    ) -> None:
        User.objects.filter(pk=supervisor.pk).update(leave_date=TODAY)
        assert "Needs another" in row_of(page.get("/competency/"), learning.user)
        record = text_of(page.get(f"/competency/records/{learning.pk}/"))
        assert "Auditor 0 does not work here now. Until there is another supervisor" in record

    @pytest.mark.parametrize("query", [{"template": "x"}, {"state": "x"}, {"page": "x"}, {"q": "\x00"}])
    def test_bears_any_query(self, page: Client, learning: Competency, query: dict[str, str]) -> None:
        assert "Signed-off auditors" in text_of(page.get("/competency/", query))

    def test_is_for_those_who_decide(self, client: Client, learning: Competency, head_of_service: User) -> None:
        client.force_login(learning.user)
        assert client.get("/competency/").status_code == 403
        client.force_login(head_of_service)
        assert "Say whether ready" in row_of(client.get("/competency/"), learning.user)

    def test_asks_the_database_the_same_for_any_number(
        self, page: Client, learning: Competency, django_assert_max_num_queries: DjangoAssertNumQueries
    ) -> None:
        UserFactory.create_batch(40, job_role=JobRole.IRO)
        with django_assert_max_num_queries(21):
            assert "47 people" in text_of(page.get("/competency/"))


class TestCompetencyJourney:
    def test_goes_from_beginning_to_signed_off(
        self,
        client: Client,
        supervisor: User,
        auditors: list[User],
        psw: User,
        head_of_service: User,
        assistant_director: User,
    ) -> None:
        learner = auditors[2]
        client.force_login(psw)
        begin = "/competency/core-case-file/begin/"
        assert f'<option value="{learner.pk}" selected>' in text_of(client.get(begin, {"user": learner.pk}))
        response = client.post(begin, {"user": learner.pk, "supervisor": supervisor.pk}, follow=True)
        assert "Auditor 2 learns with Auditor 0. Both get an email." in text_of(response)
        record = f"/competency/records/{Competency.objects.get(user=learner).pk}/"
        for head in (head_of_service, UserFactory(name="Hale Head", job_role=JobRole.HEAD_OF_SERVICE)):
            client.force_login(head)
            response = client.post(f"{record}evaluate/", {"ready": "yes", "comment": "Careful."}, follow=True)
            assert "Saved what you make of Auditor 2." in text_of(response)
        client.force_login(assistant_director)
        assert "Sign off for the leadership team" in text_of(client.get(f"{record}sign-off/"))
        assert "Auditor 2 is signed off." in text_of(client.post(f"{record}sign-off/", follow=True))
        client.force_login(learner)
        text = text_of(client.get(f"/people/{learner.pk}/"))
        assert f'href="{record}">Core case file audit</a>: signed off' in text

    def test_says_why_a_step_cannot_be_taken_yet(
        self, client: Client, learning: Competency, assistant_director: User
    ) -> None:
        client.force_login(assistant_director)
        response = client.post(f"/competency/records/{learning.pk}/sign-off/", follow=True)
        assert "2 heads of service have to say that Auditor 1 is ready; none have so far." in text_of(response)

    def test_withdraws_and_takes_up_again(self, page: Client, learning: Competency, supervisor: User) -> None:
        record = f"/competency/records/{learning.pk}/"
        assert "Give the reason" in text_of(page.post(f"{record}withdraw/", {"note": "gone"}))
        assert "no longer audits" in text_of(page.post(f"{record}withdraw/", {"note": WHY}, follow=True))
        response = page.post(f"{record}supervisor/", {"supervisor": supervisor.pk}, follow=True)
        assert "Auditor 1 learns with Auditor 0." in text_of(response)

    def test_needs_somebody_who_can_supervise_first(self, page: Client, cycle: Cycle, auditors: list[User]) -> None:
        assert "nobody can supervise" in text_of(page.get("/competency/core-case-file/begin/"))


class TestBeforeThePortal:
    PAGE = "/competency/core-case-file/before/"

    def test_records_everybody_who_was_ticked(self, page: Client, cycle: Cycle, auditors: list[User]) -> None:
        assert text_of(page.get(self.PAGE)).count(" checked") == 0
        assert text_of(page.get(f"{self.PAGE}?all")).count(" checked") == 7  # and the director above them
        ticked = [person.pk for person in auditors[:3]]
        posted = {"people": ticked, "note": NOTE, **date_parts("on", date(2025, 5, 1))}
        response = page.post(self.PAGE, posted, follow=True)
        assert "3 recorded as signed off" in text_of(response)
        signed = Competency.objects.filter(state=State.SIGNED_OFF).values_list("user", flat=True)
        assert sorted(signed) == ticked
        assert OutgoingMail.objects.count() == 0

    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"people": []}, "Tick at least one person"),
            ({"note": "yes"}, "Give the reason"),
            (date_parts("on", TODAY + timedelta(days=1)), "must be today or in the past"),
        ],
    )
    def test_says_what_is_wrong(
        self, page: Client, cycle: Cycle, auditors: list[User], changes: dict[str, Any], words: str
    ) -> None:
        posted = {"people": [auditors[0].pk], "note": NOTE, **date_parts("on", TODAY), **changes}
        assert words in text_of(page.post(self.PAGE, posted))
        assert Competency.objects.count() == 0
