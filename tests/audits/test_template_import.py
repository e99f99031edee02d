"""Templates from files as people have them: other headings, titles above, codes that will not do, a button twice."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from allocation.competence.competency_list import _imagined
from allocation.forms.month_forms import OpenCycleForm
from allocation.months import cycles
from audits.models import AuditTemplate, TemplateDraft, TemplateVersion
from audits.templates_made import (
    catalogue,
    checking,
    comparing,
    drafting,
    file_reading,
    publishing,
    sheet_reading,
    sheet_writing,
)
from audits.templates_made.document import Document, blank, document_of, standards_of
from audits.templates_made.drafting import ChangedMeanwhile, TemplateError
from audits.templates_made.publishable import published
from people.models import Activity, User
from people.spreadsheet import FileRefused
from tests.audits.test_template_drafts import publish
from tests.audits.test_template_sheet import codes, csv, new, xlsx
from tests.conftest import NOW, TODAY

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]

REAL_LIFE: list[list[Any]] = [
    ["Our case file audit form 2026"],
    ["Agreed by the practice board"],
    ["No", "Heading", "Question / statement", "Only for", "From age", "Evidence"],
    ["1", "Assessment", "The assessment is up to date.", None, None, "x"],
    ["2", None, "The family was asked.", "child in care", 10],
    ["3", "Plans", "There is a plan.", None, None],
]


@pytest.fixture
def as_psw(client: Client, psw: User) -> Client:
    client.force_login(psw)
    return client


def send(client: Client, content: bytes, *, file: str = "form.csv", title: str = "Ours", target: str = "") -> Any:
    post = {"file": SimpleUploadedFile(file, content), "target": target, "name": title}
    return client.post(reverse("audits:import_template"), post)


def from_json(**parts: Any) -> Document:
    sections = parts.pop("sections", [{"code": "s1", "title": "Plans", "standards": ["One."]}])
    return file_reading.read_document(json.dumps({"sections": sections} | parts).encode(), base=new())


class TestRealLifeSheet:
    def test_is_read_by_the_headings_below_its_titles(self) -> None:
        read = sheet_reading.read(xlsx(REAL_LIFE), base=new())
        found = [(section["title"], standard["text"]) for section, standard in standards_of(read.document)]
        assert found == [
            ("Assessment", "The assessment is up to date."),
            ("Assessment", "The family was asked."),
            ("Plans", "There is a plan."),
        ]
        assert read.document["sections"][0]["standards"][1]["from_age"] == 10

    def test_says_what_of_it_is_not_used(self) -> None:
        read = sheet_reading.read(xlsx(REAL_LIFE), base=new())
        notes = " ".join(read.notes)
        assert "row 1 (“Our case file audit form 2026”), row 2 (“Agreed by the practice board”)" in notes
        assert [columns.unread for columns in read.used] == [("“Evidence”",)]

    def test_says_which_column_was_read_as_what(self, as_psw: Client) -> None:
        content = csv("Ref,Area,Question,Guidance,", "A1,Plans,One.,Look twice,x")
        read = sheet_reading.read(content, base=new())
        assert read.used[0].read == (
            ("“Ref”", "code"),
            ("“Area”", "section"),
            ("“Question”", "standard"),
            ("“Guidance”", "hint beneath each standard"),
        )
        assert read.used[0].unread == ("Column E",)
        page = send(as_psw, content).content.decode()
        assert "“Guidance” → hint beneath each standard" in page
        assert "<b>Not read:</b> Column E" in page

    def test_has_headings_of_sections_on_rows_of_their_own(self) -> None:
        lines = ("No,Question", "A. Assessment,", "1,Good?", "B. Nothing here,", "C. Plans,", "2,Any?")
        read = sheet_reading.read(csv(*lines), base=new())
        assert [section["title"] for section in read.document["sections"]] == ["A. Assessment", "C. Plans"]
        assert [(row.number, row.message) for row in read.refused] == [(4, "No standard stands under this heading.")]

    def test_counts_rows_without_a_standard_as_left_out(self) -> None:
        read = sheet_reading.read(csv("Section,Standard,Hint", "Plans,One.,", ",,Just a hint"), base=new())
        assert [(row.number, row.message) for row in read.refused] == [(3, "The standard has no wording.")]

    def test_tells_of_a_wording_that_stands_twice_in_a_section(self) -> None:
        read = sheet_reading.read(csv("Section,Standard", "Plans,One.", "Plans,one."), base=new())
        assert read.rows[1].twice == "The same words as row 2."
        assert "“One.” stands twice in the section Plans." in read.notes

    def test_tells_of_a_wording_that_stands_in_two_sections(self, as_psw: Client) -> None:
        content = csv("Section,Standard", "Plans,One.", "Plans,Two.", "Reviews, one", "Reviews,Two more.")
        read = sheet_reading.read(content, base=new())
        assert [row.twice for row in read.rows] == ["", "", "The same words as row 2, in another section.", ""]
        assert read.notes == ["“One.” stands in the sections Plans and Reviews."]
        assert "The same words as row 2, in another section." in send(as_psw, content).content.decode()


class TestColumns:
    def test_can_be_chosen_where_they_were_read_wrongly(self, as_psw: Client, core_template: TemplateVersion) -> None:
        content = csv("Bereich,Frage", "Assessment,Good one.", "Plans,Another.")
        preview = send(as_psw, content)
        assert "no headings" in preview.content.decode()
        url = reverse("audits:import_template")
        asked = as_psw.post(url, {"sheets": preview.context["sheets"]})
        assert "B: Frage" in asked.content.decode()
        post = {"sheets": asked.context["sheets"], "match": "1", "headings": "1", "section": "0", "text": "1"}
        again = as_psw.post(url, post)
        assert "2 sections with 2 standards" in again.content.decode()
        as_psw.post(url, {"read": again.context["held"]})
        assert len(TemplateDraft.objects.get().document["sections"]) == 2

    def test_are_asked_for_where_no_standards_are_found(self, as_psw: Client) -> None:
        asked = send(as_psw, csv("Titel", "Frage,Bereich,", "One.", "Two."))
        assert "not clear where the standards stand" in asked.content.decode()
        post = {"sheets": asked.context["sheets"], "match": "1", "headings": "1"}
        url = reverse("audits:import_template")
        assert "Choose the column with the standards" in as_psw.post(url, post).content.decode()
        both = as_psw.post(url, post | {"text": "0", "section": "0"}).content.decode()
        assert "chosen for Section already" in both
        assert as_psw.post(url, {"sheets": "e30:forged", "match": "1"}).status_code == 302

    def test_of_a_text_under_the_name_of_a_workbook_are_not_read(self, as_psw: Client) -> None:
        page = send(as_psw, csv("Section,Standard", "Plans,One."), file="form.xlsx").content.decode()
        assert "This is not a workbook" in page


class TestCodesInFiles:
    @pytest.mark.parametrize(
        "parts",
        [
            {"sections": [{"code": "a/b", "title": "Plans", "standards": ["One."]}]},
            {"sections": [{"code": "s1", "title": "P", "standards": [{"code": "x__y", "text": "One."}]}]},
            {"guidance": [{"code": "g/1", "title": "G", "factors": [{"text": "x"}]}]},
            {"guidance": [{"code": "g" * 41, "title": "G", "factors": [{"text": "x"}]}]},
            {"guidance": [{"code": "g1", "title": "G"}, {"code": "g1", "title": "H"}]},
            {"closing": [{"code": "a__b", "label": "Why?"}]},
            {"closing": [{"code": "note", "label": "Note?"}, {"code": "note_day", "label": "When?"}]},
            {"closing": [{"code": "go", "label": "Go?"}]},
            {"reflection_questions": [{"code": "csrfmiddlewaretoken", "label": "What?"}]},
            {"closing": [{"code": "worker_grade", "label": "What?"}]},
        ],
    )
    def test_that_will_not_do_are_refused_at_once(self, parts: dict[str, Any]) -> None:
        with pytest.raises(FileRefused, match="codes cannot be used"):
            from_json(**parts)

    def test_beside_sections_that_are_not_there_stand_in_the_way(self, psw: User, core_template: Any) -> None:
        document = from_json(
            guidance=[{"code": "g1", "title": "G", "beside": ["s1", "zz"], "factors": [{"text": "Look."}]}]
        )
        draft = drafting.create(document, based_on=None, by=psw, at=NOW)
        gaps = checking.gaps(draft.document, scales={"ofsted-4"})
        assert [gap.name for gap in gaps] == ["beside_0"]
        with pytest.raises(TemplateError, match="zz"):
            publish(draft, psw)

    def test_are_fine_in_the_templates_that_come_with_the_portal(self, templates: list[TemplateVersion]) -> None:
        for version in templates:
            assert not checking.gaps(document_of(version), scales=catalogue.scale_codes())

    def test_are_not_needed_for_standards_that_are_plain_texts(self) -> None:
        assert codes(from_json(sections=[{"title": "Plans", "standards": ["One.", "Two."]}])) == ["S1-01", "S1-02"]


class TestPressedTwice:
    def test_a_new_template_is_made_once(self, as_psw: Client, core_template: TemplateVersion) -> None:
        held = send(as_psw, csv("Section,Standard", "Plans,One.")).context["held"]
        url = reverse("audits:import_template")
        places = {as_psw.post(url, {"read": held})["Location"] for _ in range(2)}
        assert places == {reverse("audits:template_draft", args=[TemplateDraft.objects.get().pk])}

    def test_replacing_leads_to_the_draft(self, as_psw: Client, core_template: TemplateVersion, psw: User) -> None:
        draft = drafting.begin_next(core_template, by=psw, at=NOW)
        held = send(as_psw, csv("Section,Standard", "Plans,One."), target="core-case-file").context["held"]
        url = reverse("audits:import_template")
        for _ in range(2):
            assert as_psw.post(url, {"read": held})["Location"].endswith(f"/{draft.pk}/")

    def test_publishing_and_changing_say_that_the_draft_is_gone(
        self, core_template: TemplateVersion, psw: User
    ) -> None:
        draft = drafting.begin_next(core_template, by=psw, at=NOW)
        publish(draft, psw)
        gone = TemplateDraft(pk=draft.pk or 1, code=draft.code)
        for act in (
            lambda: publishing.publish(gone, revision=0, note="Two more questions.", by=psw, at=NOW),
            lambda: drafting.change(gone, lambda document: None, by=psw, at=NOW),
            lambda: drafting.replace(gone, {}, revision=0, by=psw, at=NOW),
        ):
            with pytest.raises(ChangedMeanwhile, match="published or thrown away"):
                act()

    def test_throwing_away_is_told_once(self, core_template: TemplateVersion, psw: User) -> None:
        draft = drafting.begin_next(core_template, by=psw, at=NOW)
        again = TemplateDraft.objects.get(pk=draft.pk)
        drafting.discard(draft, by=psw, at=NOW)
        drafting.discard(again, by=psw, at=NOW)
        told = Activity.objects.filter(target="template:core-case-file").order_by("pk")
        assert [row.verb for row in told] == ["began a draft of a template", "threw away a draft of a template"]


class TestNames:
    def test_of_another_template_or_draft_are_refused_beside_the_field(
        self, as_psw: Client, core_template: TemplateVersion
    ) -> None:
        url, name = reverse("audits:new_template"), core_template.template.name.upper()
        page = as_psw.post(url, {"name": name, "kind": "other", "start": ""}).content.decode()
        assert "There is a template called" in page
        assert 'id="id_name_error"' in page or 'href="#id_name"' in page
        assert "There is a template called" in send(as_psw, b"x", title=name).content.decode()
        assert not TemplateDraft.objects.exists()

    def test_that_a_draft_was_given_later_are_refused_on_publishing(
        self, core_template: TemplateVersion, psw: User
    ) -> None:
        draft = drafting.begin_copy(core_template, name="Ours", by=psw, at=NOW)
        draft = drafting.change(draft, lambda d: d.update(name=core_template.template.name), by=psw, at=NOW)
        with pytest.raises(TemplateError, match="There is a template called"):
            publish(draft, psw)


class TestDraftOfNewTemplate:
    def test_can_be_taken_out_as_a_workbook_and_read_in_again(self, as_psw: Client, psw: User) -> None:
        document = blank(code="", name="Ours") | {"sections": from_json()["sections"]}
        draft = drafting.create(document, based_on=None, by=psw, at=NOW)
        content = sheet_writing.workbook_of(draft.document)
        preview = send(as_psw, content, file="ours.xlsx", title="", target=draft.code)
        assert "takes the place of the draft" in preview.content.decode()
        as_psw.post(reverse("audits:import_template"), {"read": preview.context["held"]})
        again = published(TemplateDraft.objects.get().document, number=1)
        assert comparing.compare(published(draft.document, number=1), again).is_empty


class TestOutOfUse:
    def retired_core(self, templates: list[TemplateVersion], psw: User) -> AuditTemplate:
        core = next(one for one in templates if one.template.code == cycles.CORE_TEMPLATE)
        publishing.retire(core, by=psw, at=NOW)
        return core.template

    def test_altogether_leaves_the_choice_to_people(self, templates: list[TemplateVersion], psw: User) -> None:
        self.retired_core(templates, psw)
        assert cycles.default_template() is None
        form = OpenCycleForm(today=TODAY)
        assert 'value="" selected>Choose a template' in str(form["template_version"])
        assert str(form["template_version"]).count("selected") == 1

    def test_is_warned_of_before_the_last_version_goes(
        self, as_psw: Client, core_template: TemplateVersion, psw: User
    ) -> None:
        url = reverse("audits:retire_version", args=["core-case-file", 1])
        assert "No version of this template is left in use" in as_psw.get(url).content.decode()
        second = publish(drafting.begin_next(core_template, by=psw, at=NOW), psw)
        page = as_psw.get(reverse("audits:retire_version", args=["core-case-file", second.number])).content.decode()
        assert "New months offer version 1." in page
        assert "is left in use" not in page

    def test_is_not_the_latest_while_another_is_in_use(self, core_template: TemplateVersion, psw: User) -> None:
        second = publish(drafting.begin_next(core_template, by=psw, at=NOW), psw)
        assert catalogue.latest_of(core_template.template) == second
        publishing.retire(second, by=psw, at=NOW)
        assert core_template in catalogue.latest_versions()
        assert _imagined(core_template.template, TODAY).template_version == core_template
