"""Sections and standards that do not suit a child's plan or age are set aside with the reason (A8)."""

from __future__ import annotations

import copy
from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from audits import answering
from audits.models import Audit, Plan, SectionGrade, TemplateVersion
from audits.pages import (
    Child,
    answers_of,
    child_of,
    counted,
    for_whom,
    is_urgent,
    section_grades,
    set_aside_reason,
    standards_in_use,
    states,
)
from audits.pages.sections import clean_section, section_problems
from audits.structure import AuditForm, Fit, SectionForm, StandardForm, form_of
from audits.submitting import submit
from audits.template_import import save_version
from people.models import User
from tests.cast import fill_in
from tests.conftest import NOW, TODAY
from tests.factories import AuditFactory, CaseFactory

FOR_ALL = Fit()
IN_CARE = Fit(frozenset({"child_in_care"}))
YOUNG = Child(plan="child_in_need", age=7)
CARED_FOR = Child(plan="child_in_care", age=7)


def section(fit: Fit = FOR_ALL, *standards: Fit) -> SectionForm:
    asked = tuple(StandardForm(f"S1-0{n}", f"Standard {n}.", "", "", each) for n, each in enumerate(standards, 1))
    return SectionForm(1, "s1", "1", "Title", "Short", False, False, "Why?", "", asked, (), fit)


class TestWhomItIsFor:
    @pytest.mark.parametrize(
        ("fit", "words"),
        [
            (Fit(), ""),
            (IN_CARE, "for children in care only."),
            (
                Fit(frozenset({"pathway", "child_in_care"})),
                "for children in care and young people with a pathway plan only.",
            ),
            (Fit(from_age=16), "for those aged 16 or over only."),
            (Fit(to_age=4), "for those aged 4 or under only."),
            (Fit(from_age=5, to_age=17), "for those aged 5 to 17 only."),
            (Fit(frozenset({"child_in_care"}), from_age=16), "for children in care aged 16 or over only."),
        ],
    )
    def test_is_said_in_words(self, fit: Fit, words: str) -> None:
        assert for_whom(fit) == words

    def test_has_words_for_every_plan(self) -> None:
        assert all(for_whom(Fit(frozenset({plan.value}))).startswith("for ") for plan in Plan)


class TestSettingAside:
    def test_is_by_itself_where_the_plan_does_not_suit(self) -> None:
        assert set_aside_reason(section(IN_CARE), {}, plan="child_in_need", age=7) == "for children in care only."
        assert set_aside_reason(section(IN_CARE), {}, plan="child_in_care", age=7) == ""

    @pytest.mark.parametrize(("age", "aside"), [(15, True), (16, False), (25, False), (26, True), (None, False)])
    def test_is_by_itself_where_the_age_does_not_suit(self, age: int | None, aside: bool) -> None:
        found = set_aside_reason(section(Fit(from_age=16, to_age=25)), {}, plan="pathway", age=age)
        assert bool(found) == aside

    def test_ends_when_the_auditor_uses_it_all_the_same(self) -> None:
        assert set_aside_reason(section(IN_CARE), {"use_anyway": "yes"}, **YOUNG) == ""

    def test_gives_the_auditors_own_reason_first(self) -> None:
        content = {"set_aside": "  Another council holds this part. ", "use_anyway": "yes"}
        assert set_aside_reason(section(IN_CARE), content, **YOUNG) == "Another council holds this part."
        assert set_aside_reason(section(), {"set_aside": " \n"}, **YOUNG) == ""

    def test_leaves_nothing_to_answer(self) -> None:
        assert section_problems(section(IN_CARE, Fit()), {}, **YOUNG) == {}
        assert set(section_problems(section(IN_CARE, Fit()), {"use_anyway": "yes"}, **YOUNG)) == {
            "answers__S1-01",
            "grade",
            "rationale",
        }


class TestStandards:
    def test_that_do_not_suit_count_as_not_applicable_without_an_answer(self) -> None:
        asked = section(Fit(), Fit(), IN_CARE)
        assert [each.code for each in standards_in_use(asked, **YOUNG)] == ["S1-01"]
        assert answers_of(asked, {"answers": {"S1-01": "no", "S1-02": "yes"}}, **YOUNG) == {
            "S1-01": "no",
            "S1-02": "na",
        }
        assert counted(asked, {"answers": {"S1-01": "yes"}}, **YOUNG) == {"yes": 1, "no": 0, "na": 1}
        assert counted(asked, {"answers": {"S1-01": "yes"}}, **CARED_FOR) == {"yes": 1, "no": 0, "na": 0}

    def test_that_do_not_suit_are_not_missed(self) -> None:
        content = {"answers": {"S1-01": "yes"}, "grade": "good", "rationale": "Seen."}
        assert section_problems(section(Fit(), Fit(), IN_CARE), content, **YOUNG) == {}
        assert section_problems(section(Fit(), Fit(), IN_CARE), content, **CARED_FOR) == {
            "answers__S1-02": "Answer every standard: 1 of 2 still to do"
        }

    def test_are_asked_where_they_are_used_all_the_same(self) -> None:
        content = {"answers": {"S1-01": "yes"}, "use_anyway": "yes"}
        asked = section(Fit(), Fit(), IN_CARE)
        assert "answers__S1-02" in section_problems(asked, content, **YOUNG)
        assert answers_of(asked, content, **YOUNG) == {"S1-01": "yes"}

    def test_of_a_section_set_aside_count_for_nothing(self) -> None:
        content = {"answers": {"S1-01": "no"}, "set_aside": "Not ours."}
        assert counted(section(Fit(), Fit()), content, **YOUNG) == {"yes": 0, "no": 0, "na": 0}


@pytest.mark.django_db
class TestWhatIsKept:
    def test_holds_comments_the_workers_grade_and_use_all_the_same(self, core_template: TemplateVersion) -> None:
        form = form_of(core_template.pk)
        sent = {
            "comments": {"S1-01": "The date is missing.\r\n", "S1-02": "", "S9-99": "Not here", "S1-03": ["no"]},
            "worker_grade": "good",
            "use_anyway": "yes",
        }
        kept = clean_section(form.sections[0], sent, form=form)
        assert kept["comments"] == {"S1-01": "The date is missing.\n"}
        assert (kept["worker_grade"], kept["use_anyway"]) == ("good", "yes")

    def test_drops_what_means_nothing(self, core_template: TemplateVersion) -> None:
        form = form_of(core_template.pk)
        sent = {"comments": "text", "worker_grade": "splendid", "use_anyway": "perhaps"}
        kept = clean_section(form.sections[0], sent, form=form)
        assert (kept["comments"], kept["worker_grade"], kept["use_anyway"]) == ({}, "", "")


@pytest.fixture
def fitted(core_template: TemplateVersion) -> TemplateVersion:
    """The core template with a section for children in care and a standard from sixteen on."""
    document: dict[str, Any] = copy.deepcopy(core_template.document)
    document |= {"version": 99}
    document["sections"][1]["only_for"] = ["child_in_care"]
    document["sections"][0]["standards"][0]["from_age"] = 16
    return save_version(document, at=NOW)


@pytest.fixture
def small_child(fitted: TemplateVersion, auditor: User, worker: User, team_manager: User) -> Audit:
    case = CaseFactory(team=worker.team, plan="child_in_need", date_of_birth=date(2020, 5, 1))
    audit: Audit = AuditFactory(
        case=case,
        plan="child_in_need",
        template_version=fitted,
        auditor=auditor,
        worker=worker,
        team_manager=team_manager,
    )
    return audit


@pytest.mark.django_db
@pytest.mark.usefixtures("today")
class TestAudit:
    def form(self, audit: Audit) -> AuditForm:
        return form_of(audit.template_version_id)

    def test_shows_what_is_set_aside_in_its_task_list(self, small_child: Audit, client: Client) -> None:
        state = {each.code: each for each in states(small_child, {}, form=self.form(small_child))}["s2"]
        assert (state.state, state.problems, state.hint) == ("set_aside", [], "For children in care only.")
        client.force_login(small_child.auditor)
        assert (
            "For children in care only."
            in client.get(reverse("audits:tasks", args=[small_child.reference])).content.decode()
        )

    def test_says_so_on_the_page_and_offers_to_use_it(self, small_child: Audit, client: Client) -> None:
        client.force_login(small_child.auditor)
        page = client.get(reverse("audits:page", args=[small_child.reference, "s2"])).content.decode()
        assert "for children in care only." in page
        assert "Use it all the same" in page
        page = client.get(reverse("audits:page", args=[small_child.reference, "s1"])).content.decode()
        assert "Set aside: for those aged 16 or over only." in page
        assert "0 of 11 answered" in page

    def test_keeps_its_grade_out_of_the_judgement(self, small_child: Audit) -> None:
        form, child = self.form(small_child), child_of(small_child)
        contents = {"s2": {"grade": "inadequate"}}
        grade = section_grades(contents, form=form, **child)[1]
        assert grade.not_applicable
        contents["s2"]["use_anyway"] = "yes"
        grade = section_grades(contents, form=form, **child)[1]
        assert not grade.not_applicable
        assert is_urgent({"overall": {"grade": "inadequate"}}, form=form, **child)

    def test_is_submitted_without_what_is_set_aside(self, small_child: Audit) -> None:
        fill_in(small_child, at=NOW, today=TODAY)
        row = small_child.pages.get(page="s1")
        answers = {code: answer for code, answer in row.content["answers"].items() if code != "S1-01"}
        answering.save_page(
            small_child.reference,
            page="s1",
            content={**row.content, "answers": answers},
            base_revision=row.revision,
            by=small_child.auditor,
            at=NOW,
        )
        submit(small_child, by=small_child.auditor, at=NOW, today=TODAY)
        grades = SectionGrade.objects.filter(audit=small_child)
        aside = grades.get(section__code="s2")
        assert (aside.grade, aside.yes, aside.no, aside.not_applicable) == (None, 0, 0, 0)
        first = grades.get(section__code="s1")
        assert (first.yes, first.not_applicable) == (11, 1)
