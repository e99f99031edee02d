"""The pages on which templates are made, from a draft or a file to a published version that months offer."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from allocation.forms.month_forms import OpenCycleForm
from allocation.forms.setup_forms import ChangeMonthForm
from allocation.months.design_words import _month_in_words
from auditportal.demo.template_draft import begin_next_version
from audits.models import TemplateDraft, TemplateVersion
from audits.templates_made import drafting, editing, publishing
from people.models import User
from tests.conftest import NOW, TODAY
from tests.factories import CycleFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]


@pytest.fixture
def draft(core_template: TemplateVersion, psw: User) -> TemplateDraft:
    return drafting.begin_next(core_template, by=psw, at=NOW)


@pytest.fixture
def as_psw(client: Client, psw: User) -> Client:
    client.force_login(psw)
    return client


def text(client: Client, name: str, *args: Any, query: str = "") -> str:
    answer = client.get(reverse(f"audits:{name}", args=args) + query)
    assert answer.status_code == 200
    return answer.content.decode()


def shown(client: Client, name: str, *args: Any) -> str:
    """The mark that a page sends back with what is typed on it."""
    answer = client.get(reverse(f"audits:{name}", args=args))
    return str(answer.context["shown"])


def section_post(client: Client, draft: TemplateDraft, **typed: str) -> dict[str, str]:
    """The page of the first section as the browser would send it, with some of it typed anew."""
    draft.refresh_from_db()
    section = draft.document["sections"][0]
    post = {"shown": shown(client, "draft_section", draft.pk, "s1"), "title": section["title"], "add": ""}
    for place, standard in enumerate(section["standards"]):
        for name in ("code", "text", "text_18_plus", "hint"):
            post[f"standards__{place}__{name}"] = standard.get(name, "")
    return post | typed


class TestNewTemplate:
    def test_goes_from_a_name_to_a_version_that_months_offer(
        self, as_psw: Client, core_template: TemplateVersion
    ) -> None:
        as_psw.post(reverse("audits:new_template"), {"name": "Ours", "kind": "other", "start": ""})
        draft = TemplateDraft.objects.get(code="ours")
        contents = reverse("audits:template_draft", args=[draft.pk])
        assert "Add at least one section." in as_psw.get(contents).content.decode()
        as_psw.post(contents, {"do": "section", "section_title": "Plans"})
        post = {
            "shown": shown(as_psw, "draft_section", draft.pk, "s1"),
            "title": "Plans",
            "add": "One.\n\nTwo.",
            "do": "add",
        }
        as_psw.post(reverse("audits:draft_section", args=[draft.pk, "s1"]), post)
        details = {
            "shown": shown(as_psw, "draft_details", draft.pk),
            "name": "Ours",
            "kind": "other",
            "scale": "practice-3",
        }
        as_psw.post(reverse("audits:draft_details", args=[draft.pk]), details | {"overall_grade": "no"})
        draft.refresh_from_db()
        page = text(as_psw, "publish_draft", draft.pk)
        assert "Publish version 1" in page
        answer = as_psw.post(reverse("audits:publish_draft", args=[draft.pk]), {"revision": draft.revision})
        assert answer["Location"] == reverse("audits:template", args=["ours", 1])
        offered = [label for _, label in OpenCycleForm(today=TODAY).fields["template_version"].choices]  # type: ignore[attr-defined]
        assert "Ours, version 1" in offered
        assert "One." in text(as_psw, "template", "ours", 1)

    def test_needs_a_name(self, as_psw: Client) -> None:
        page = as_psw.post(reverse("audits:new_template"), {"name": "", "kind": "other"}).content.decode()
        assert "Give the template a name" in page


class TestSectionPage:
    def test_saves_moves_removes_and_puts_back(self, as_psw: Client, draft: TemplateDraft) -> None:
        url = reverse("audits:draft_section", args=[draft.pk, "s1"])

        def press(do: str, **typed: str) -> list[str]:
            assert as_psw.post(url, section_post(as_psw, draft, do=do, **typed)).status_code == 302
            draft.refresh_from_db()
            return [standard["code"] for standard in draft.document["sections"][0]["standards"]]

        assert press("down:S1-01", standards__0__text="Typed before moving.")[:2] == ["S1-02", "S1-01"]
        assert draft.document["sections"][0]["standards"][1]["text"] == "Typed before moving."
        assert "S1-03" not in press("remove:S1-03")
        assert "Put back" in text(as_psw, "draft_section", draft.pk, "s1")
        assert press("back:S1-03")[2] == "S1-03"
        assert press("new_code:S1-02")[0] == "S1-13"
        assert press("move:S1-04", **{"to__S1-04": "s2"}).count("S1-04") == 0
        assert draft.document["sections"][1]["standards"][-1]["code"] == "S1-04"

    def test_shows_what_was_typed_where_another_tab_was_first(
        self, as_psw: Client, draft: TemplateDraft, psw: User
    ) -> None:
        url = reverse("audits:draft_section", args=[draft.pk, "s1"])
        post = section_post(as_psw, draft, title="Mine", do="save")
        drafting.change(draft, lambda d: d["sections"][0].update(title="Theirs"), by=psw, at=NOW)
        answer = as_psw.post(url, post)
        page = answer.content.decode()
        assert answer.status_code == 409
        assert 'value="Mine"' in page
        assert "Not saved yet" in page
        draft.refresh_from_db()
        assert draft.document["sections"][0]["title"] == "Theirs"
        again = as_psw.post(url, post | {"shown": answer.context["shown"]})
        assert again.status_code == 302
        draft.refresh_from_db()
        assert draft.document["sections"][0]["title"] == "Mine"

    def test_that_was_removed_meanwhile_is_refused_with_the_way_to_the_contents(
        self, as_psw: Client, draft: TemplateDraft, psw: User
    ) -> None:
        """No redirect, which would take the page away with what was typed on it (R3)."""
        post = section_post(as_psw, draft, do="save")
        drafting.change(draft, lambda d: editing.remove_section(d, "s1"), by=psw, at=NOW)
        answer = as_psw.post(reverse("audits:draft_section", args=[draft.pk, "s1"]), post)
        assert answer.status_code == 403
        assert "Put it back to go on with it." in answer.content.decode()
        assert f'href="{reverse("audits:template_draft", args=[draft.pk])}"' in answer.content.decode()
        assert as_psw.get(reverse("audits:draft_section", args=[draft.pk, "s1"])).status_code == 404

    def test_shows_what_is_missing_beside_the_input(self, as_psw: Client, draft: TemplateDraft) -> None:
        post = section_post(as_psw, draft, title="", from_age="ten", do="save")
        as_psw.post(reverse("audits:draft_section", args=[draft.pk, "s1"]), post)
        contents = text(as_psw, "template_draft", draft.pk)
        assert f"/templates/drafts/{draft.pk}/sections/s1/?check#id_title" in contents
        page = text(as_psw, "draft_section", draft.pk, "s1", query="?check")
        assert 'href="#id_title"' in page
        assert 'value="ten"' in page
        assert page.count("govuk-error-message") == 2

    def test_says_what_keeping_a_code_means_where_it_is_reworded(self, as_psw: Client, draft: TemplateDraft) -> None:
        post = section_post(as_psw, draft, standards__0__text="Quite another thing.", do="save")
        as_psw.post(reverse("audits:draft_section", args=[draft.pk, "s1"]), post)
        page = text(as_psw, "draft_section", draft.pk, "s1")
        assert page.count("Published as:") == 1
        assert "reports compare the years as one question" in page


class TestOtherParts:
    def test_guidance_and_questions_are_typed_as_lines_and_rows(self, as_psw: Client, draft: TemplateDraft) -> None:
        url = reverse("audits:draft_area", args=[draft.pk, "g1"])
        post = {
            "shown": shown(as_psw, "draft_area", draft.pk, "g1"),
            "title": "Fathers",
            "factors": "First.\n- such as\nSecond.",
        }
        as_psw.post(url, post | {"beside": ["s2", "nowhere"], "only_for": ["pathway"], "do": "done"})
        draft.refresh_from_db()
        area = draft.document["guidance"][0]
        assert (area["title"], area["beside"], area["only_for"]) == ("Fathers", ["s2"], ["pathway"])
        assert area["factors"] == [
            {"number": 1, "text": "First.", "examples": ["such as"]},
            {"number": 2, "text": "Second."},
        ]
        questions = {"shown": shown(as_psw, "draft_questions", draft.pk), "outcome__label": "Better off?", "do": "save"}
        for place, (code, words) in enumerate((("learning", "What is learned?"), ("", "A new one?"), ("", ""))):
            questions |= {f"closing__{place}__code": code, f"closing__{place}__label": words}
        as_psw.post(reverse("audits:draft_questions", args=[draft.pk]), questions)
        draft.refresh_from_db()
        assert [(q["code"], q["label"]) for q in draft.document["closing"]] == [
            ("learning", "What is learned?"),
            ("closing_1", "A new one?"),
        ]
        assert draft.document["outcome_question"]["label"] == "Better off?"
        assert draft.document["reflection_questions"] == []


class TestPreview:
    def test_shows_the_page_auditors_get_and_saves_nothing(self, as_psw: Client, draft: TemplateDraft) -> None:
        versions = TemplateVersion.objects.count()
        page = text(as_psw, "preview_section", draft.pk, "s1")
        assert page.count('_yes" value="yes"') == 12
        assert 'name="grade"' in page
        assert "what to look for" in page
        assert "data-autosave" not in page
        assert "young person" in text(as_psw, "preview_section", draft.pk, "s1", query="?adult")
        assert "What each grade means" in text(as_psw, "preview_draft", draft.pk)
        assert TemplateVersion.objects.count() == versions

    def test_of_an_empty_draft_says_so(self, as_psw: Client, psw: User) -> None:
        draft = drafting.begin(name="Empty", kind="other", by=psw, at=NOW)
        assert "There is no section yet" in text(as_psw, "preview_draft", draft.pk)
        assert "nothing to compare with" in text(as_psw, "compare_draft", draft.pk)


class TestPublishing:
    def test_of_the_demos_draft_shows_changes_and_asks_for_a_note(
        self, as_psw: Client, core_template: TemplateVersion, psw: User
    ) -> None:
        draft = begin_next_version(by=psw, at=NOW)
        assert draft is not None
        changes = text(as_psw, "compare_draft", draft.pk)
        assert '<ins class="portal-diff__added">' in changes
        assert "[removed: " in changes  # said, not only coloured
        url = reverse("audits:publish_draft", args=[draft.pk])
        assert "Say what changed" in as_psw.post(url, {"revision": draft.revision, "note": ""}).content.decode()
        as_psw.post(url, {"revision": draft.revision, "note": "Fathers and the school are asked."})
        assert "Fathers and the school are asked." in text(as_psw, "compare_versions", "core-case-file", 2, 1)
        assert as_psw.get(reverse("audits:compare_versions", args=["core-case-file", 1, 1])).status_code == 404

    def test_leaves_a_month_its_version_and_the_month_says_when_it_is_out_of_use(
        self, as_psw: Client, draft: TemplateDraft, core_template: TemplateVersion, psw: User
    ) -> None:
        cycle = CycleFactory(template_version=core_template, opened_by=psw, status="open")
        assert "on their page: November 2026" in text(as_psw, "publish_draft", draft.pk)
        publishing.publish(draft, revision=1, note="Nothing but a number.", by=psw, at=NOW)
        as_psw.post(reverse("audits:retire_version", args=["core-case-file", 1]))
        cycle.refresh_from_db()
        assert "Core case file audit, version 1 (out of use)" in _month_in_words(cycle)
        offered = [words for _, words in ChangeMonthForm(cycle=cycle).fields["template_version"].choices]  # type: ignore[attr-defined]
        assert {"Core case file audit, version 1 (out of use)", "Core case file audit, version 2"} <= set(offered)
        assert "out of use since" in text(as_psw, "template", "core-case-file", 1)
        as_psw.post(reverse("audits:bring_back_version", args=["core-case-file", 1]))
        cycle.refresh_from_db()
        cycle = type(cycle).objects.get(pk=cycle.pk)
        assert "Core case file audit, version 1" in _month_in_words(cycle)


class TestFromFile:
    def send(self, client: Client, content: bytes, *, file: str = "form.csv", title: str = "", target: str = "") -> Any:
        post = {"file": SimpleUploadedFile(file, content), "target": target, "name": title}
        return client.post(reverse("audits:import_template"), post)

    def test_saves_nothing_before_it_was_seen(self, as_psw: Client, core_template: TemplateVersion) -> None:
        content = b"Section,Standard,From age\nPlans,One.,\nPlans,Two.,old\n"
        assert "Give the new template a name" in self.send(as_psw, content).content.decode()
        answer = self.send(as_psw, content, title="Ours")
        page = answer.content.decode()
        assert "Still missing" not in page  # the code is made with the draft
        assert "not an age in whole years" in page
        assert "Make the draft without that row" in page
        assert not TemplateDraft.objects.exists()
        made = as_psw.post(reverse("audits:import_template"), {"read": answer.context["held"]})
        draft = TemplateDraft.objects.get()
        assert made["Location"] == reverse("audits:template_draft", args=[draft.pk])
        assert (draft.name, draft.code, draft.document["scale"]) == ("Ours", "ours", "ofsted-4")

    def test_takes_no_preview_that_was_tampered_with(self, as_psw: Client) -> None:
        answer = as_psw.post(reverse("audits:import_template"), {"read": "e30:forged"}, follow=True)
        assert "cannot be saved any more" in answer.content.decode()
        assert not TemplateDraft.objects.exists()

    def test_of_the_next_version_replaces_its_draft_unless_that_was_changed(
        self, as_psw: Client, draft: TemplateDraft, psw: User
    ) -> None:
        workbook = as_psw.get(reverse("audits:draft_workbook", args=[draft.pk])).content
        answer = self.send(as_psw, workbook, file="next.xlsx", target="core-case-file")
        assert "takes the place of the draft" in answer.content.decode()
        assert "68 with the same wording" in answer.content.decode()
        held = answer.context["held"]
        drafting.change(draft, lambda d: editing.remove_section(d, "s9"), by=psw, at=NOW)
        refused = as_psw.post(reverse("audits:import_template"), {"read": held}, follow=True)
        assert "changed while you checked" in refused.content.decode()
        draft.refresh_from_db()
        assert len(draft.document["sections"]) == 8

    @pytest.mark.parametrize("content", [b"", b"%PDF-1.7", b"a: &a [1]\nb: *a\n"])
    def test_that_cannot_be_read_says_why(self, as_psw: Client, content: bytes) -> None:
        name = "x.yml" if b"&a" in content else "x.csv"
        answer = self.send(as_psw, content, file=name, title="X")
        assert answer.status_code == 200
        assert "There is a problem" in answer.content.decode()

    def test_has_an_example_that_can_be_read_in(self, as_psw: Client, core_template: TemplateVersion) -> None:
        workbook = as_psw.get(reverse("audits:example_workbook")).content
        answer = self.send(as_psw, workbook, file="e.xlsx", title="X")
        assert "2 sections with 5 standards" in answer.content.decode()


class TestLists:
    def test_show_drafts_to_those_who_make_them_only(
        self, client: Client, draft: TemplateDraft, psw: User, team_manager: User, django_assert_max_num_queries: Any
    ) -> None:
        client.force_login(team_manager)
        page = text(client, "templates")
        assert "Drafts" not in page
        assert "New template" not in page
        assert "Make the next version" not in text(client, "template", "core-case-file", 1)
        client.force_login(psw)
        with django_assert_max_num_queries(5):
            page = text(client, "templates")
        assert reverse("audits:template_draft", args=[draft.pk]) in page
        with django_assert_max_num_queries(6):
            text(client, "template_draft", draft.pk)
