"""The pages of the months: the programme, opening, pausing, one month, closing, and who gets to them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
import time_machine
from django.test import Client

from allocation.models import Allocation, Cycle, Draw, Theme
from allocation.months import cycles as domain
from allocation.record.draw_record import pairs_of
from audits.deadlines import add_months
from audits.models import Audit, Case, TemplateVersion
from people.models import Holiday, User
from people.roles import JobRole
from tests.allocation.drawn_months import opened
from tests.conftest import NOW, TODAY
from tests.factories import AuditFactory, CaseFactory, CycleFactory, TeamFactory, UserFactory

pytestmark = pytest.mark.usefixtures("today")

MONTH = date(2026, 11, 1)
CYCLE = "/cycles/2026-11/"


def text_of(response: Any) -> str:
    return " ".join(response.content.decode().split())


@pytest.fixture
def published(proposed: Draw, psw: User) -> list[Allocation]:
    return domain.publish(proposed.cycle, by=psw, at=NOW, today=TODAY)


class TestAMonth:
    def test_goes_from_open_to_published_by_hand(
        self, page: Client, core_template: TemplateVersion, cases: list[Case], holidays: None
    ) -> None:
        asked = page.get("/cycles/new/").context["form"]
        assert asked["due_on"].value() == date(2026, 11, 30)
        posted = {
            "month": "2026-11",
            "theme": "Neglect",
            "template_version": core_template.pk,
            "target": "5",
            "due_on_day": "30",
            "due_on_month": "11",
            "due_on_year": "2026",
        }
        response = page.post("/cycles/new/", posted, follow=True)
        assert response.redirect_chain == [(CYCLE, 302)]
        assert "With these 6 auditors you reach 5 of 5." in text_of(response)
        response = page.post(f"{CYCLE}draw/", follow=True)
        assert "Draw 1 is made. Nobody is told until you publish it." in text_of(response)
        assert "5 auditors get an email with the due date" in text_of(page.get(f"{CYCLE}publish/"))
        response = page.post(f"{CYCLE}publish/", follow=True)
        text = text_of(response)
        assert "November 2026 is published: 5 audits are given out." in text
        assert "3 waiting" in text
        for audit in Audit.objects.all():
            assert audit.reference in text
        assert "already published" in text_of(page.post(f"{CYCLE}publish/", follow=True))
        assert Audit.objects.count() == 5


class TestCyclesPage:
    def test_shows_this_month_and_those_to_come(self, page: Client, published: list[Allocation], psw: User) -> None:
        domain.pause(month=date(2027, 1, 1), reason="Inspection expected", by=psw, at=NOW)
        text = text_of(page.get("/cycles/"))
        assert text.index("This month") < text.index("November 2026") < text.index("Months to come")
        assert '<p class="portal-figure__value">5</p>' in text
        assert "Inspection expected" in text
        assert "/cycles/new/?month=2026-12" in text
        assert "/cycles/new/?month=2027-01" in text
        assert "Take up again" in text
        assert "Months that are past" not in text

    def test_shows_past_months_with_their_figures(self, page: Client, published: list[Allocation], psw: User) -> None:
        with time_machine.travel(datetime(2027, 1, 11, 9, tzinfo=UTC), tick=False):
            page.force_login(psw)
            text = text_of(page.get("/cycles/"))
        past = text[text.index("Months that are past") :]
        assert "November 2026" in past
        assert '<td class="govuk-table__cell govuk-table__cell--numeric" data-label="Overdue">5</td>' in past
        assert "January 2027 is not open" in text

    def test_says_what_to_do_when_there_is_none(self, page: Client) -> None:
        text = text_of(page.get("/cycles/"))
        assert "November 2026 is not open" in text
        assert "/cycles/new/?month=2026-11" in text

    def test_leads_to_the_rules_the_themes_and_the_days_off(self, page: Client) -> None:
        text = text_of(page.get("/cycles/"))
        for address in ("/cycles/rules/", "/cycles/themes/", "/days-off/"):
            assert f'href="{address}"' in text

    def test_asks_no_more_of_many_months(
        self,
        page: Client,
        core_template: TemplateVersion,
        psw: User,
        django_assert_max_num_queries: Callable[[int], Any],
    ) -> None:
        for number in range(1, 41):
            CycleFactory(month=add_months(MONTH, 12 - number), template_version=core_template, theme=f"Theme {number}")
        with django_assert_max_num_queries(7):
            page.get("/cycles/")


class TestOpeningForm:
    @pytest.fixture
    def posted(self, core_template: TemplateVersion, holidays: None) -> dict[str, Any]:
        return {
            "month": "2026-11",
            "template_version": core_template.pk,
            "target": "30",
            "due_on_day": "30",
            "due_on_month": "11",
            "due_on_year": "2026",
        }

    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"due_on_day": "10"}, "The due date must be after today."),
            ({"due_on_day": "31"}, "must be a real date"),
            ({"due_on_day": "28"}, "The due date must be a working day."),
            ({"target": "0"}, "How many audits must be between 1 and 2,000"),
            ({"target": ""}, "Enter how many audits are wanted"),
            ({"target": "many"}, "How many audits: enter a whole number, like 30"),
            ({"month": "2026-10"}, "Select a valid choice"),
            ({"month": "2026-12"}, "The due date must not be before December 2026 begins."),
            ({"template_version": "999999"}, "Select a valid choice"),
        ],
    )
    def test_says_what_is_wrong_beside_the_field(
        self, page: Client, posted: dict[str, Any], changes: dict[str, Any], words: str
    ) -> None:
        response = page.post("/cycles/new/", posted | changes)
        assert words in text_of(response)
        assert "There is a problem" in text_of(response)
        assert not Cycle.objects.exists()

    def test_takes_the_last_working_day_where_no_due_date_is_given(self, page: Client, posted: dict[str, Any]) -> None:
        empty = {"due_on_day": "", "due_on_month": "", "due_on_year": "", "month": "2026-12"}
        page.post("/cycles/new/", posted | empty)
        assert Cycle.objects.get().due_on == date(2026, 12, 31)

    def test_begins_with_the_next_month_where_this_one_has_a_cycle(self, page: Client, cycle: Cycle) -> None:
        form = page.get("/cycles/new/").context["form"]
        assert form["month"].value() == "2026-12"
        assert "2026-11" not in dict(form.fields["month"].choices)

    def test_offers_rota_groups_where_there_are_any(self, page: Client, posted: dict[str, Any]) -> None:
        assert "groups" not in page.get("/cycles/new/").context["form"].fields
        UserFactory(job_role=JobRole.IRO, audit_group="B")
        page.post("/cycles/new/", posted | {"groups": ["B"]})
        assert Cycle.objects.get().groups == ["B"]

    def test_begins_with_the_month_that_a_link_asks_for(self, page: Client, posted: dict[str, Any], psw: User) -> None:
        assert page.get("/cycles/new/?month=2027-02").context["form"]["month"].value() == "2027-02"
        assert page.get("/cycles/new/?month=nonsense").context["form"]["month"].value() == "2026-11"

    def test_takes_a_paused_month_up_again(self, page: Client, cycle: Cycle, psw: User) -> None:
        Cycle.objects.update(theme="Neglect", target=9)
        domain.pause(month=MONTH, reason="Inspection expected", by=psw, at=NOW)
        assert 'href="/cycles/new/?month=2026-11"' in text_of(page.get(CYCLE))
        form = page.get("/cycles/new/?month=2026-11").context["form"]
        assert (form["month"].value(), form["theme"].value(), form["target"].value()) == ("2026-11", "Neglect", 9)
        assert dict(form.fields["month"].choices)["2026-11"] == "November 2026 (paused)"

    def test_uses_a_saved_theme_with_its_name(self, page: Client, posted: dict[str, Any], psw: User) -> None:
        assert "saved_theme" not in page.get("/cycles/new/").context["form"].fields
        theme = Theme.objects.create(name="Under five", cohort={"age_to": 4}, questions=["Who helps?"], made_at=NOW)
        page.post("/cycles/new/", posted | {"saved_theme": theme.pk})
        cycle = Cycle.objects.get()
        assert (cycle.theme, cycle.cohort, cycle.questions) == ("Under five", {"age_to": 4}, ["Who helps?"])


class TestPauseForm:
    def test_pauses_several_months(self, page: Client) -> None:
        posted = {"months": ["2026-12", "2027-01"], "reason": "Inspection expected"}
        response = page.post("/cycles/pause/", posted, follow=True)
        assert "Paused: December 2026, January 2027." in text_of(response)
        assert "Inspection expected" in text_of(page.get("/cycles/2026-12/"))

    def test_needs_months_and_a_reason(self, page: Client) -> None:
        text = text_of(page.post("/cycles/pause/", {"reason": "no"}))
        assert "Choose at least one month" in text
        text = text_of(page.post("/cycles/pause/", {"months": ["2026-12"], "reason": "no"}))
        assert "in at least 10 characters" in text
        assert not Cycle.objects.exists()


class TestCyclePage:
    def test_shows_who_and_what_is_left_out_and_why(
        self, page: Client, cycle: Cycle, cases: list[Case], auditors: list[User]
    ) -> None:
        Case.objects.filter(pk=cases[0].pk).update(restricted=True)
        text = text_of(page.get(CYCLE))
        assert "The record is restricted: 1" in text
        assert "<strong>Hedda Above</strong>: Has no places this month" in text
        assert "<details" not in text

    def test_folds_away_a_reason_that_keeps_many_out(
        self, page: Client, cycle: Cycle, cases: list[Case], auditors: list[User]
    ) -> None:
        Cycle.objects.update(groups=["B"])
        text = text_of(page.get(CYCLE))
        assert text.count("Is in another rota group") == 1
        assert "7 people. Is in another rota group</span></summary>" in text
        assert "<li>Auditor 0</li><li>Auditor 1</li>" in text

    def test_says_that_there_are_no_cases_or_no_auditors(self, page: Client, cycle: Cycle) -> None:
        assert "There are no open cases to draw from" in text_of(page.get(CYCLE))
        CaseFactory()
        assert "There are no auditors available" in text_of(page.get(CYCLE))
        text = text_of(page.post(f"{CYCLE}draw/", follow=True))
        assert "There are no auditors available for November 2026" in text

    def test_says_that_its_own_choice_of_cases_leaves_all_of_them_out(
        self, page: Client, cycle: Cycle, cases: list[Case]
    ) -> None:
        Cycle.objects.update(cohort={"cp_category": "xyzzy"})
        text = text_of(page.get(CYCLE))
        assert "This month’s choice of cases leaves out all 30 open cases." in text
        assert f'<a class="govuk-link" href="{CYCLE}cases/">Change which cases this month is about</a>' in text
        assert "Import cases" not in text
        assert "Draw</button>" not in text
        assert "choice of cases may be too narrow" in text_of(page.post(f"{CYCLE}draw/", follow=True))

    def test_says_that_the_rules_keep_out_what_fits_its_choice(self, page: Client, cycle: Cycle) -> None:
        CaseFactory(cp_category="Neglect", restricted=True)
        CaseFactory()
        Cycle.objects.update(cohort={"cp_category": "neglect"})
        assert "1 of 2 open cases fits this month’s choice of cases, and the programme’s rules keep out" in text_of(
            page.get(CYCLE)
        )

    def test_draws_the_re_audits_where_no_other_case_fits(
        self, page: Client, cycle: Cycle, cases: list[Case], core_template: TemplateVersion
    ) -> None:
        urgent = core_template.scale.grades.get(is_urgent=True)
        at = datetime(2026, 7, 30, tzinfo=UTC)
        done = {"month": date(2026, 7, 1), "status": "actions", "submitted_at": at, "part_b_due_on": date(2026, 8, 6)}
        AuditFactory(case=cases[0], template_version=core_template, overall_grade=urgent, **done)
        Cycle.objects.update(cohort={"cp_category": "xyzzy"})
        text = text_of(page.get(CYCLE))
        assert "Re-audits can be drawn all the same: 1 is due" in text
        assert "Draw the re-audits only</button>" in text
        assert "Draw 1 is made." in text_of(page.post(f"{CYCLE}draw/", follow=True))
        assert [each["case_id"] for each in Draw.objects.get().result["pairs"]] == [str(cases[0].pk)]

    def test_offers_no_draw_where_the_due_date_is_a_day_off_now(
        self, page: Client, cycle: Cycle, cases: list[Case]
    ) -> None:
        Holiday.objects.create(day=date(2026, 11, 30), name="Council closed")
        text = text_of(page.get(CYCLE))
        assert "30 November 2026, the due date of November 2026, is a day off now. Choose another day" in text
        assert "Draw</button>" not in text
        assert "is a day off now" in text_of(page.post(f"{CYCLE}draw/", follow=True))
        assert not Draw.objects.exists()

    def test_offers_no_draw_after_the_due_date(self, page: Client, cycle: Cycle, cases: list[Case]) -> None:
        Cycle.objects.update(due_on=TODAY)
        text = text_of(page.get(CYCLE))
        assert "The due date has passed" in text
        assert "Draw</button>" not in text

    def test_asks_for_a_reason_where_a_draw_was_made_before_the_month_was_paused(
        self, page: Client, proposed: Draw, core_template: TemplateVersion, psw: User
    ) -> None:
        domain.pause(month=MONTH, reason="Inspection expected", by=psw, at=NOW)
        opened(core_template)
        assert "Why draw again" in text_of(page.get(CYCLE))
        assert "Give the reason in at least 10 characters" in text_of(page.post(f"{CYCLE}draw/"))
        text = text_of(page.post(f"{CYCLE}draw/", {"reason": "The pause is over"}, follow=True))
        assert "Draw 2 is made" in text

    def test_shows_the_proposal_with_case_worker_and_auditor(self, page: Client, proposed: Draw) -> None:
        text = text_of(page.get(CYCLE))
        case_id, auditor_id = pairs_of(proposed)[0]
        case = Case.objects.get(pk=case_id)
        assert case.worker is not None
        for words in (case.reference, case.worker.name, User.objects.get(pk=auditor_id).name):
            assert words in text
        assert case.child_name not in text
        assert "Was not needed: there are more places than cases" in text
        assert text.index('id="again"') < text.index("Auditors without a case")

    def test_draws_again_only_with_a_reason(self, page: Client, proposed: Draw) -> None:
        response = page.post(f"{CYCLE}draw/", {"reason": "no"})
        assert "Give the reason in at least 10 characters" in text_of(response)
        assert "Give the reason in at least 10 characters" in text_of(page.post(f"{CYCLE}draw/", {"reason": ""}))
        text = text_of(page.post(f"{CYCLE}draw/", {"reason": "Two auditors are back"}, follow=True))
        assert "Draw 2 is made" in text
        assert "Reason for drawing again: Two auditors are back" in text

    @pytest.mark.parametrize("state", ["open", "proposed", "published"])
    def test_asks_no_more_questions_of_sixty_auditors_than_of_ten(
        self,
        page: Client,
        cycle: Cycle,
        psw: User,
        state: str,
        django_assert_max_num_queries: Callable[[int], Any],
    ) -> None:
        def grow(auditors: int) -> None:
            for _ in range(auditors):
                team = TeamFactory()
                UserFactory(job_role=JobRole.TEAM_MANAGER, team=team)
                CaseFactory(team=team)

        def count() -> int:
            with django_assert_max_num_queries(35) as captured:
                assert page.get(CYCLE).status_code == 200
            return len(captured)

        def draw_and_publish(reason: str = "") -> None:
            if state != "open":
                cycle.target = User.objects.auditors().count()
                cycle.save()
                domain.propose_draw(cycle, by=psw, at=NOW, today=TODAY, reason=reason)

        grow(10)
        draw_and_publish()
        if state == "published":
            domain.publish(cycle, by=psw, at=NOW, today=TODAY)
        few = count()
        grow(50)
        if state == "published":
            for audit in range(50):
                AuditFactory(template_version=cycle.template_version, reference=f"2026-11-5{audit:03d}")
        elif state == "proposed":
            draw_and_publish("Fifty more auditors joined")
        assert count() <= few


class TestClosePage:
    @pytest.fixture
    def december(self, published: list[Allocation], client: Client, psw: User) -> Iterator[Client]:
        """The browser of the principal social worker on the day after the due date."""
        with time_machine.travel(datetime(2026, 12, 1, 9, tzinfo=UTC), tick=False):
            client.force_login(psw)
            yield client

    def test_names_what_is_unfinished_and_closes_on_the_second_click(
        self, december: Client, published: list[Allocation]
    ) -> None:
        Audit.objects.filter(pk=published[0].audit.pk).update(status="withdrawn")
        assert f'href="{CYCLE}close/"' in text_of(december.get(CYCLE))
        text = text_of(december.get(f"{CYCLE}close/"))
        assert "4 of 5 audits are not submitted." in text
        assert "it cannot be opened again" in text
        assert Cycle.objects.get().status == "published"
        assert "November 2026 is closed." in text_of(december.post(f"{CYCLE}close/", follow=True))
        assert Cycle.objects.get().status == "closed"
        assert december.get(f"{CYCLE}close/").headers["Location"] == CYCLE

    def test_says_when_nothing_is_unfinished(self, december: Client) -> None:
        Audit.objects.update(status="exempt")
        assert "No audit of this month is waiting to be submitted" in text_of(december.get(f"{CYCLE}close/"))

    def test_offers_no_closing_before_the_due_date_is_over(self, page: Client, published: list[Allocation]) -> None:
        words = "November 2026 runs until 30 November 2026. Close it afterwards."
        assert words in text_of(page.get(CYCLE))
        text = text_of(page.get(f"{CYCLE}close/"))
        assert words in text
        assert '<button class="govuk-button govuk-button--warning"' not in text
        assert words in text_of(page.post(f"{CYCLE}close/", follow=True))
        assert Cycle.objects.get().status == "published"
