"""The pages of a draft in use: long texts, two tabs, what was removed, messages, and what is there once published."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from auditportal.template_tags import guidance_once
from audits.forms.scale_form import ScaleForm
from audits.forms.template_posts import without_marker
from audits.models import GradingScale, TemplateDraft, TemplateVersion
from audits.structure import form_of
from audits.templates_made import comparing, drafting, editing, publishing
from audits.templates_made.checking import gaps, warnings
from audits.templates_made.document import Document, Part, document_of, section_of
from people.models import User
from tests.conftest import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]


@pytest.fixture
def draft(core_template: TemplateVersion, psw: User) -> TemplateDraft:
    return drafting.begin_next(core_template, by=psw, at=NOW)


@pytest.fixture
def as_psw(client: Client, psw: User) -> Client:
    client.force_login(psw)
    return client


def address(draft: TemplateDraft, page: str = "draft_section", *more: str) -> str:
    return reverse(f"audits:{page}", args=[draft.pk, *(more or (["s1"] if page == "draft_section" else []))])


def typed(client: Client, draft: TemplateDraft, **changes: str) -> dict[str, Any]:
    """The first section's page as a browser that has it open now would send it."""
    context = client.get(address(draft)).context
    section: Part = context["section"]
    post = {"base": context["base"], "shown": context["shown"], "title": section["title"], "add": "", "do": "save"}
    post |= {"rationale_prompt": section["rationale_prompt"], "short_title": section.get("short_title", "")}
    post |= {"rationale_prompt_18_plus": section.get("rationale_prompt_18_plus", "")}
    post |= {name: "on" for name in ("safety", "impact") if section.get(name)}
    for place, standard in enumerate(section["standards"]):
        for name in ("code", "text", "text_18_plus", "hint", "from_age", "to_age"):
            post[f"standards__{place}__{name}"] = standard.get(name, "")
        post[f"standards__{place}__only_for"] = standard.get("only_for", [])
    return post | changes


def first(draft: TemplateDraft) -> Part:
    draft.refresh_from_db()
    section: Part = draft.document["sections"][0]
    return section


class TestLongTexts:
    def test_are_kept_whole_and_said_before_publishing(self, as_psw: Client, draft: TemplateDraft) -> None:
        long = "word " * 1_200
        page = as_psw.post(address(draft), typed(as_psw, draft, rationale_prompt=long), follow=True).content.decode()
        assert first(draft)["rationale_prompt"] == long
        assert "Saved. 1 thing is missing" in page
        assert "can have up to 4,000 characters. It has 5,999." in page

    def test_of_a_pasted_list_become_standards_without_loss(self, as_psw: Client, draft: TemplateDraft) -> None:
        lines = [f"{number}. " + "The plan says who does what by when. " * 3 for number in range(60)]
        as_psw.post(address(draft), typed(as_psw, draft, add="\n".join(lines), do="add"))
        wanted = [line.partition(". ")[2].strip() for line in lines]
        assert [one["text"] for one in first(draft)["standards"][12:]] == wanted

    def test_are_named_wherever_they_stand(self, draft: TemplateDraft) -> None:
        document, long = draft.document, "x" * 4_001
        document["source_note"] = long
        document["guidance"][0]["factors"][0]["text"] = long
        document["closing"][0]["hint"] = long
        document["grading_guidance"].append(long)
        found = [(gap.part, gap.name) for gap in gaps(document, scales={"ofsted-4"})]
        assert found == [
            ("details", "source_note"),
            ("guidance", "factors"),
            ("questions", "grading_guidance"),
            ("questions", "closing__0__label"),
        ]


class TestPastedLines:
    @pytest.mark.parametrize(
        "line",
        [
            "- One.",
            "–One.",
            "•\tOne.",
            "\uf0b7 One.",
            "o One.",
            "1. One.",
            "12) One.",
            "1.2 One.",
            "(a) One.",
            "ii. One.",
            "- 3. One.",
        ],
    )
    def test_lose_their_bullet_or_number(self, line: str) -> None:
        assert without_marker(line) == "One."

    @pytest.mark.parametrize(
        "line",
        [
            "2 visits were made",
            "1.5 visits were made",
            "24/7 help is there",
            "-5 degrees",
            "A child was seen",
            "(Where known) it",
            "e.g. this",
            "2026. x",
        ],
    )
    def test_keep_what_belongs_to_the_sentence(self, line: str) -> None:
        assert without_marker(line) == line

    def test_of_nothing_but_a_marker_are_no_standard(self, as_psw: Client, draft: TemplateDraft) -> None:
        as_psw.post(address(draft), typed(as_psw, draft, add="-\n1.\n- One.\n", do="add"))
        assert [one["text"] for one in first(draft)["standards"][12:]] == ["One."]


class TestWarnings:
    def test_tell_that_no_section_is_about_the_difference_or_safety_any_more(
        self, as_psw: Client, draft: TemplateDraft, psw: User
    ) -> None:
        publish_page = reverse("audits:publish_draft", args=[draft.pk])
        assert "No section is about" not in as_psw.get(publish_page).content.decode()
        drafting.change(draft, lambda d: editing.remove_section(d, "s9"), by=psw, at=NOW)
        for url in (reverse("audits:template_draft", args=[draft.pk]), publish_page):
            page = as_psw.get(url).content.decode()
            assert "No section is about the difference made to the child’s life any more" in page
            assert "Nothing is missing" not in page
            assert "child’s safety any more" not in page
        note = {"revision": TemplateDraft.objects.get().revision, "note": "No impact section."}
        assert as_psw.post(publish_page, note).status_code == 302  # a warning, not a refusal

    def test_of_a_new_template_depend_on_its_kind_and_on_having_sections(self, draft: TemplateDraft) -> None:
        document = draft.document
        for section in document["sections"]:
            section |= {"safety": False, "impact": False}
        told = warnings(document, before=None)
        assert [" any more" in text for text in told] == [False, False]
        assert told[1].startswith("No section is about the difference made to the child’s life:")
        assert "young person’s safety:" in warnings(document | {"kind": "care_leaver"}, before=None)[0]
        assert warnings(document | {"kind": "supervision"}, before=None) == []
        assert warnings(document | {"sections": []}, before=None) == []


class TestTwoTabs:
    def test_keep_what_each_has_changed(self, as_psw: Client, draft: TemplateDraft) -> None:
        here, there = typed(as_psw, draft), typed(as_psw, draft)
        as_psw.post(address(draft), here | {"title": "From the first tab", "standards__1__text": "First tab."})
        as_psw.post(address(draft), there | {"standards__0__text": "Second tab.", "add": "A new one."})
        section = first(draft)
        assert section["title"] == "From the first tab"
        assert [one["text"] for one in section["standards"][:2]] == ["Second tab.", "First tab."]
        assert section["standards"][-1]["text"] == "A new one."

    def test_that_changed_the_same_show_both_and_keep_the_rest(self, as_psw: Client, draft: TemplateDraft) -> None:
        here, there = typed(as_psw, draft), typed(as_psw, draft)
        as_psw.post(address(draft), here | {"title": "Theirs", "standards__1__text": "Also theirs."})
        answer = as_psw.post(address(draft), there | {"title": "Mine", "add": "Still to be added."})
        page = answer.content.decode()
        assert answer.status_code == 409
        assert [(one.label, one.theirs, one.mine) for one in answer.context["clashes"]] == [("Title", "Theirs", "Mine")]
        assert 'value="Mine"' in page
        assert "Also theirs." in page
        assert "Still to be added.</textarea>" in page
        assert first(draft)["title"] == "Theirs"
        again = there | {"title": "Mine", "base": answer.context["base"], "standards__1__text": "Also theirs."}
        as_psw.post(address(draft), again)
        assert (first(draft)["title"], first(draft)["standards"][1]["text"]) == ("Mine", "Also theirs.")

    def test_lose_nothing_where_the_standard_is_elsewhere_now(
        self, as_psw: Client, draft: TemplateDraft, psw: User
    ) -> None:
        def away(document: Document) -> None:
            section = section_of(document, "s1")
            assert section is not None
            editing.move_to_section(document, section, "S1-02", to="s2")
            editing.remove_standard(document, section, "S1-03")
            editing.new_code(document, section, "S1-04")

        post = typed(as_psw, draft)
        drafting.change(draft, away, by=psw, at=NOW)
        as_psw.post(address(draft), post | {f"standards__{n}__text": f"Typed {n}." for n in (1, 2, 3)})
        texts = [one["text"] for one in first(draft)["standards"]]
        assert draft.document["sections"][1]["standards"][-1]["text"] == "Typed 1."
        assert draft.document["removed"][0]["what"]["text"] == "Typed 2."
        assert texts[-1] == "Typed 3."
        assert len(texts) == 11

    def test_of_guidance_questions_and_details_keep_both(self, as_psw: Client, draft: TemplateDraft) -> None:
        area = address(draft, "draft_area", "g1")
        base = {"base": as_psw.get(area).context["base"]}
        shown = as_psw.get(area).context["area"]
        post = base | {"title": shown["title"], "beside": shown["beside"], "factors": shown["factors"], "do": "save"}
        as_psw.post(area, post | {"title": "Fathers"})
        as_psw.post(area, post | {"factors": "Only this."})
        draft.refresh_from_db()
        assert (draft.document["guidance"][0]["title"], len(draft.document["guidance"][0]["factors"])) == ("Fathers", 1)

        questions = address(draft, "draft_questions")
        context = as_psw.get(questions).context
        rows: dict[str, Any] = {"base": context["base"], "grading_guidance": context["grading_guidance"], "do": "save"}
        rows |= {f"outcome__{name}": value for name, value in context["outcome"].items()}
        for group in context["groups"]:
            for place, row in enumerate(group["rows"]):
                stem = f"{group['name']}__{place}__"
                rows |= {f"{stem}{name}": row[name] for name in ("code", "label", "label_18_plus", "hint")}
                rows |= {f"{stem}required": "on"} if row["required"] else {}
        before = len(draft.document["closing"])
        as_psw.post(
            questions,
            rows
            | {
                "closing__0__label": "First tab?",
                "reflection_questions__0__label": "",
            },
        )
        as_psw.post(questions, rows | {"closing__1__label": "Second tab?", f"closing__{before}__label": "New?"})
        draft.refresh_from_db()
        asked = [one["label"] for one in draft.document["closing"]]
        assert (asked[0], asked[1], asked[-1], len(asked)) == ("First tab?", "Second tab?", "New?", before + 1)

        details = address(draft, "draft_details")
        what = {"base": as_psw.get(details).context["base"], "scale": draft.document["scale"], "overall_grade": "yes"}
        what |= {"source_note": draft.document["source_note"]}
        as_psw.post(details, what | {"source_note": "Agreed in May."})
        as_psw.post(details, what | {"overall_grade": "no"})
        draft.refresh_from_db()
        assert (draft.document["source_note"], draft.document["overall_grade"]) == ("Agreed in May.", False)

    def test_never_write_for_another_person(self, as_psw: Client, draft: TemplateDraft, team_manager: User) -> None:
        post = typed(as_psw, draft, title="Not mine", writer=str(team_manager.pk))
        assert as_psw.post(address(draft), post).status_code == 403
        assert first(draft)["title"] != "Not mine"


class TestPuttingBack:
    @pytest.mark.parametrize("back", [(0, 1, 2), (2, 1, 0), (1, 2, 0), (2, 0, 1)])
    def test_gives_the_order_there_was_in_whatever_order(self, draft: TemplateDraft, back: tuple[int, ...]) -> None:
        document, before = draft.document, deepcopy(draft.document)
        section = section_of(document, "s1")
        assert section is not None
        standards, sections, areas = ("S1-02", "S1-01", "S1-03"), ("s8", "s7", "s9"), ("g1", "g2", "g3")
        for standard, other, area in zip(standards, sections, areas, strict=True):
            editing.remove_standard(document, section, standard)
            editing.remove_section(document, other)
            editing.remove_area(document, area)
        for place in back:
            assert editing.put_back(document, "standard", standards[place])
            assert editing.put_back(document, "section", sections[place])
            assert editing.put_back(document, "guidance", areas[place])
        assert document["sections"] == before["sections"]
        assert [area["code"] for area in document["guidance"]] == [area["code"] for area in before["guidance"]]
        beside = [
            ({*a["beside"]}, {*b["beside"]}) for a, b in zip(document["guidance"], before["guidance"], strict=True)
        ]
        assert all(one == other for one, other in beside)


class TestMessages:
    def test_count_what_is_wrong_and_mark_it(self, as_psw: Client, draft: TemplateDraft) -> None:
        wrong = {"title": "", "from_age": "abc", "standards__0__from_age": "17", "standards__0__to_age": "12"}
        page = as_psw.post(address(draft), typed(as_psw, draft, **wrong), follow=True).content.decode()
        assert "Saved. 3 things are missing" in page
        assert page.count("govuk-error-message") == 3
        assert 'value="abc"' in page

    def test_name_what_was_removed_with_an_undo(self, as_psw: Client, draft: TemplateDraft) -> None:
        answer = as_psw.post(address(draft), typed(as_psw, draft, do="remove:S1-03"), follow=True)
        page = answer.content.decode()
        assert "Removed: S1-03" in page
        assert "Undo" in page
        as_psw.post(address(draft), typed(as_psw, draft, do="back:S1-03"))
        assert first(draft)["standards"][2]["code"] == "S1-03"

    def test_name_what_was_moved(self, as_psw: Client, draft: TemplateDraft) -> None:
        page = as_psw.post(address(draft), typed(as_psw, draft, do="down:S1-01"), follow=True).content.decode()
        assert "is 1.2 now." in page
        contents = address(draft, "template_draft")
        title = draft.document["sections"][1]["title"][:30]
        assert f"“{title}" in as_psw.post(contents, {"do": "up:s2"}, follow=True).content.decode()
        assert "Removed: “" in as_psw.post(contents, {"do": "remove:s3"}, follow=True).content.decode()

    def test_ask_for_the_title_of_a_new_section_beside_its_box(self, as_psw: Client, draft: TemplateDraft) -> None:
        answer = as_psw.post(address(draft, "template_draft"), {"do": "section", "section_title": " "})
        page = answer.content.decode()
        assert 'href="#id_section_title"' in page
        assert 'id="id_section_title_error"' in page
        draft.refresh_from_db()
        assert len(draft.document["sections"]) == 9


class TestPublished:
    def test_draft_leads_to_the_version_it_became(self, as_psw: Client, draft: TemplateDraft, psw: User) -> None:
        pages = [address(draft, "template_draft"), address(draft), address(draft, "preview_draft")]
        publishing.publish(draft, revision=1, note="Nothing but a number.", by=psw, at=NOW)
        for page in pages:
            assert as_psw.get(page)["Location"] == reverse("audits:template", args=["core-case-file", 2])
        sent = as_psw.post(pages[1], {"do": "save"})
        assert sent.status_code == 403
        assert "It is version 2 now. What you sent was not saved" in sent.content.decode()
        assert reverse("audits:template", args=["core-case-file", 2]) in sent.content.decode()
        assert as_psw.get(reverse("audits:template_draft", args=[0])).status_code == 404


class TestReading:
    def test_preview_looks_at_six_months(self, as_psw: Client, draft: TemplateDraft) -> None:
        audit = as_psw.get(reverse("audits:preview_section", args=[draft.pk, "s1"])).context["audit"]
        assert (audit.window_end - audit.window_start).days == 182

    def test_comparison_names_plans_and_takes_another_order_for_no_change_of_guidance(
        self, core_template: TemplateVersion
    ) -> None:
        before = document_of(core_template)
        after = deepcopy(before)
        after["sections"][0]["standards"][0]["only_for"] = ["pathway"]
        assert "Pathway" in comparing.compare(before, after).sections[0].standards[0].differences[0].pieces[0].text
        assert comparing.compare(before, before | {"sections": before["sections"][::-1]}).others == ()

    def test_writes_guidance_out_once(self, core_template: TemplateVersion) -> None:
        rows = [one for row in guidance_once(form_of(core_template.pk)) for one in row["areas"]]
        written = [one["area"] for one in rows if one["elsewhere"] is None]
        assert len(written) == len(set(written)) < len(rows)


class TestNewScale:
    def test_begins_with_four_colours_and_leaves_out_what_has_no_name(
        self, as_psw: Client, core_template: TemplateVersion
    ) -> None:
        form = ScaleForm()
        assert [row.is_open for row in form.rows()] == [True] * 4 + [False] * 2
        assert [form[f"colour_{n}"].value() for n in (1, 4, 5)] == ["green-dark", "red", ""]
        assert "?copy=ofsted-4" in as_psw.get(reverse("audits:new_scale")).content.decode()
        post = {"name": "Three", "is_good_1": "on"}
        post |= {f"colour_{n}": form[f"colour_{n}"].value() for n in range(1, 7)}
        post |= {"label_1": "Good", "label_2": "Fair", "label_3": "Poor"}
        as_psw.post(reverse("audits:new_scale"), post)
        assert GradingScale.objects.get(code="three").grades.count() == 3
