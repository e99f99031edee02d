"""Drafts of templates: begun, changed in two tabs, published in one go; codes stay over the versions (A1, rule 9)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from allocation.month_lock import CycleError
from allocation.months import cycles, design
from audits.models import Audit, AuditTemplate, Standard, TemplateDraft, TemplateVersion
from audits.structure import AuditForm, form_of
from audits.template_import import load_templates
from audits.templates_made import drafting, editing, publishing, section_saving
from audits.templates_made.checking import gaps
from audits.templates_made.document import Document, document_of, section_of, standards_of
from audits.templates_made.previewing import form_of_document
from people.models import User
from tests.conftest import FOLDER, NOW

pytestmark = pytest.mark.django_db
NOTE = "One question was added."


@pytest.fixture
def draft(core_template: TemplateVersion, psw: User) -> TemplateDraft:
    """The draft of version 2 of the core template."""
    return drafting.begin_next(core_template, by=psw, at=NOW)


def publish(draft: TemplateDraft, by: User, note: str = NOTE) -> TemplateVersion:
    draft.refresh_from_db()
    return publishing.publish(draft, revision=draft.revision, note=note, by=by, at=NOW)


def without_keys(form: AuditForm) -> AuditForm:
    return replace(form, pk=0, sections=tuple(replace(section, pk=0) for section in form.sections))


def same(one: AuditForm, other: AuditForm) -> bool:
    """Whether two forms say the same; forms themselves are compared as objects."""
    return vars(without_keys(one)) == vars(without_keys(other))


class TestBeginning:
    def test_from_nothing_asks_no_section_yet_and_cannot_be_published(self, psw: User) -> None:
        draft = drafting.begin(name="Fostering file audit", kind="fostering", by=psw, at=NOW)
        assert draft.code == "fostering-file-audit"
        assert [gap.text for gap in gaps(draft.document, scales={"ofsted-4"})] == [
            "Choose the grading scale.",
            "Add at least one section.",
        ]
        with pytest.raises(drafting.TemplateError, match="cannot be published yet"):
            publish(draft, psw)
        assert not AuditTemplate.objects.filter(code=draft.code).exists()

    def test_of_the_next_version_keeps_every_code_and_happens_once(
        self, draft: TemplateDraft, core_template: TemplateVersion, psw: User
    ) -> None:
        assert drafting.begin_next(core_template, by=psw, at=NOW) == draft
        assert draft.document == document_of(core_template)

    def test_as_a_copy_makes_a_template_of_its_own(self, core_template: TemplateVersion, psw: User) -> None:
        copy = drafting.begin_copy(core_template, name="Core case file audit, ours", by=psw, at=NOW)
        assert copy.code == "core-case-file-audit-ours"
        version = publish(copy, psw, note="")
        assert (version.number, version.template.name) == (1, "Core case file audit, ours")
        assert version.template != core_template.template

    def test_never_takes_the_code_of_another_template_or_of_a_page(self, psw: User) -> None:
        codes = [
            drafting.begin(name=name, kind="other", by=psw, at=NOW).code for name in ("Ours", "Ours!", "Drafts", "…")
        ]
        assert codes == ["ours", "ours-2", "template", "template-2"]


class TestChanging:
    def test_saves_what_is_unfinished(self, draft: TemplateDraft, psw: User) -> None:
        drafting.change(draft, lambda d: d.update(name=" ", scale="", sections=[]), by=psw, at=NOW)
        draft.refresh_from_db()
        assert (draft.document["name"], draft.revision) == (" ", 2)
        assert draft.name == "Core case file audit"  # lists need one

    def test_in_two_tabs_never_undoes_the_other(self, draft: TemplateDraft, psw: User) -> None:
        def part(document: Document) -> Any:
            return section_of(document, "s1")

        def retitle(code: str, title: str) -> Callable[[Document], None]:
            def change(document: Document) -> None:
                document["sections"][int(code[1:]) - 1]["title"] = title

            return change

        page: dict[str, Any] = {"part": part, "shown": drafting.fingerprint(part(draft.document)), "by": psw, "at": NOW}
        drafting.change(draft, retitle("s2", "Elsewhere"), **page)
        drafting.change(draft, retitle("s1", "First"), **page)
        with pytest.raises(drafting.ChangedMeanwhile):
            drafting.change(draft, retitle("s1", "Late"), **page)
        draft.refresh_from_db()
        assert [section["title"] for section in draft.document["sections"][:2]] == ["First", "Elsewhere"]

    def test_puts_back_what_was_removed_where_it_was(self, draft: TemplateDraft) -> None:
        document, before = draft.document, form_of_document(draft.document, scale=None)
        section = section_of(document, "s3")
        assert section is not None
        editing.remove_standard(document, section, "S3-02")
        editing.remove_section(document, "s3")
        assert "s3" not in str(document["guidance"])
        assert editing.put_back(document, "section", "s3")
        assert editing.put_back(document, "standard", "S3-02")
        assert not editing.put_back(document, "standard", "S3-02")
        assert [s.code for s in form_of_document(document, scale=None).sections] == [s.code for s in before.sections]
        assert [one["code"] for one in document["sections"][2]["standards"]][1] == "S3-02"
        assert {area["code"] for area in document["guidance"] if "s3" in area["beside"]} == {"g3", "g7"}

    def test_keeps_text_that_cannot_be_right_and_says_so(self, draft: TemplateDraft) -> None:
        typed = section_saving.TypedSection({"from_age": "sixteen"}, [{"code": "S1-01", "text": "", "to_age": 99}], [])
        section_saving.put_section(draft.document, "s1", typed)
        texts = [gap.text for gap in gaps(draft.document, scales={"ofsted-4"})]
        assert draft.document["sections"][0]["from_age"] == "sixteen"
        assert [text.partition(": ")[2] for text in texts] == [
            "enter the age in whole years, from 0 to 25.",
            "write the wording of standard 1.1.",
            "standard 1.1: enter the age in whole years, from 0 to 25.",
        ]

    def test_stores_no_control_characters(self, draft: TemplateDraft, psw: User) -> None:
        typed = section_saving.TypedSection({"title": "A\x00B\r\nC"}, [], ["x\x07y"])
        drafting.change(draft, lambda d: section_saving.put_section(d, "s1", typed), by=psw, at=NOW)
        draft.refresh_from_db()
        assert draft.document["sections"][0]["title"] == "AB\nC"
        assert draft.document["sections"][0]["standards"][-1]["text"] == "xy"

    def test_is_shown_beside_what_another_tab_has_removed(self, draft: TemplateDraft) -> None:
        """A standard taken out elsewhere stays out; one that came meanwhile stays in."""
        document = draft.document
        section = section_of(document, "s1")
        assert section is not None
        posted = [dict(standard) for standard in section["standards"]]
        editing.remove_standard(document, section, "S1-04")
        editing.add_standard(document, section, text="Came meanwhile.")
        section_saving.put_section(document, "s1", section_saving.TypedSection({}, posted, []))
        codes = [standard["code"] for standard in section["standards"]]
        assert "S1-04" not in codes
        assert codes[-1] == "S1-13"


class TestCodes:
    def test_are_never_given_twice_also_over_versions(
        self, draft: TemplateDraft, core_template: TemplateVersion, psw: User
    ) -> None:
        def swap_last(document: Document) -> None:
            section = section_of(document, "s9")
            assert section is not None
            editing.remove_standard(document, section, "S9-05")
            editing.add_standard(document, section, text="Another question.")

        drafting.change(draft, swap_last, by=psw, at=NOW)
        second = publish(draft, psw)
        third = drafting.begin_next(second, by=psw, at=NOW)
        section = section_of(third.document, "s9")
        assert section is not None
        assert [one["code"] for one in section["standards"]][-1] == "S9-06"
        assert editing.add_standard(third.document, section, text="And another.")["code"] == "S9-07"
        assert editing.add_section(third.document, title="New")["code"] == "s10"
        # from an old version, too: what newer ones gave out is known
        fresh = drafting.fingerprint(document_of(core_template))
        third.delete()
        again = drafting.begin_next(core_template, by=psw, at=NOW)
        assert drafting.fingerprint(again.document) == fresh
        section = section_of(again.document, "s9")
        assert section is not None
        assert editing.add_standard(again.document, section, text="Later.")["code"] == "S9-07"

    def test_stay_with_a_standard_that_is_reworded_or_moved(self, draft: TemplateDraft, psw: User) -> None:
        def work(document: Document) -> None:
            first = section_of(document, "s1")
            assert first is not None
            first["standards"][0]["text"] = "Reworded."
            assert editing.move_to_section(document, first, "S1-02", to="s2")
            editing.move(first["standards"], "S1-03", by=1)

        drafting.change(draft, work, by=psw, at=NOW)
        version = publish(draft, psw)
        rows = dict(Standard.objects.filter(section__version=version).values_list("code", "section__code"))
        assert (rows["S1-01"], rows["S1-02"], len(rows)) == ("s1", "s2", 68)
        assert form_of(version.pk).sections[0].standards[0].text == "Reworded."

    def test_are_new_for_another_question(self, draft: TemplateDraft) -> None:
        section = section_of(draft.document, "s1")
        assert section is not None
        assert editing.new_code(draft.document, section, "S1-01") == "S1-13"
        assert section["standards"][0]["code"] == "S1-13"
        assert editing.new_code(draft.document, section, "S1-01") == ""


class TestPublishing:
    def test_makes_the_next_version_and_leaves_audits_theirs(
        self, draft: TemplateDraft, core_template: TemplateVersion, audit: Audit, psw: User
    ) -> None:
        before = form_of(core_template.pk)
        drafting.change(draft, lambda d: editing.remove_section(d, "s9"), by=psw, at=NOW)
        version = publish(draft, psw)
        assert (version.number, version.note, version.published_by) == (2, NOTE, psw)
        assert len(form_of(version.pk).sections) == 8
        audit.refresh_from_db()
        form_of.cache_clear()
        assert audit.template_version == core_template
        assert same(form_of(core_template.pk), before)
        assert not TemplateDraft.objects.exists()
        assert {"removed", "spent"} & set(version.document) == set()

    def test_asks_what_changed(self, draft: TemplateDraft, psw: User) -> None:
        with pytest.raises(drafting.TemplateError) as refused:
            publish(draft, psw, note="  short ")
        assert refused.value.field == "note"
        assert TemplateVersion.objects.filter(number=2).count() == 0

    def test_refuses_a_draft_that_was_changed_since_it_was_read(self, draft: TemplateDraft, psw: User) -> None:
        drafting.change(draft, lambda d: editing.remove_section(d, "s9"), by=psw, at=NOW)
        with pytest.raises(drafting.ChangedMeanwhile):
            publishing.publish(draft, revision=1, note=NOTE, by=psw, at=NOW)

    def test_leaves_the_command_that_loads_files_working(self, draft: TemplateDraft, psw: User) -> None:
        publish(draft, psw)
        stored = TemplateVersion.objects.count()
        load_templates(FOLDER, at=NOW)
        assert TemplateVersion.objects.count() == stored

    def test_gives_the_same_document_back_from_rows_alone(self, templates: list[TemplateVersion]) -> None:
        for version in templates:
            kept = document_of(version)
            version.document = {}
            assert same(form_of_document(document_of(version), scale=None), form_of_document(kept, scale=None))
            assert version.scale.code == document_of(version)["scale"]


class TestOutOfUse:
    def test_is_not_offered_to_new_months_until_it_is_back(
        self, draft: TemplateDraft, core_template: TemplateVersion, psw: User
    ) -> None:
        second = publish(draft, psw)
        assert second in publishing.offered()
        assert core_template not in publishing.offered()
        assert cycles.default_template() == second
        publishing.retire(second, by=psw, at=NOW)
        assert core_template in publishing.offered()
        assert cycles.default_template() == core_template
        second.refresh_from_db()
        with pytest.raises(CycleError, match="out of use"):
            design.check_template(second)
        design.check_template(second, kept=second.pk)
        assert second in publishing.offered(besides=second.pk)
        assert publishing.in_words(second) == "Core case file audit, version 2 (out of use)"
        publishing.bring_back(second, by=psw, at=NOW)
        assert second in publishing.offered()


# ------------------------------------------------------------------ random edits
TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), min_size=1, max_size=30).filter(str.strip)
STEP = st.tuples(
    st.sampled_from(["add", "reword", "up", "down", "remove", "back", "section", "swap", "new_code", "move"]),
    st.integers(0, 400),
    TEXT,
)


def apply(document: Document, step: tuple[str, int, str]) -> None:
    """One edit at a place that a number picks."""
    kind, number, text = step
    section = document["sections"][number % len(document["sections"])]
    code = section["standards"][number % len(section["standards"])]["code"] if section["standards"] else ""
    removed = document.get("removed", [])
    if kind == "section":
        editing.add_standard(document, editing.add_section(document, title=text), text=text)
    elif kind == "swap":
        editing.move_section(document, section["code"], by=-1)
    elif kind == "back" and removed:
        one = removed[number % len(removed)]
        editing.put_back(document, one["kind"], one["what"]["code"])
    elif kind == "remove" and len(document["sections"]) > 1 and number % 3 == 0:
        editing.remove_section(document, section["code"])
    elif kind == "remove" and len(section["standards"]) > 1:
        editing.remove_standard(document, section, code)
    elif kind == "reword" and code:
        section["standards"][number % len(section["standards"])]["text"] = text
    elif kind == "new_code":
        editing.new_code(document, section, code)
    elif kind in {"up", "down"}:
        editing.move(section["standards"], code, by=-1 if kind == "up" else 1)
    elif kind == "move" and len(section["standards"]) > 1:
        editing.move_to_section(document, section, code, to=document["sections"][0]["code"])
    elif kind == "add":
        editing.add_standard(document, section, text=text)


class TestRandomEdits:
    @settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
    @given(steps=st.lists(STEP, min_size=1, max_size=25))
    def test_publish_as_the_form_the_draft_shows_with_codes_of_their_own(
        self, steps: list[tuple[str, int, str]], core_template: TemplateVersion, psw: User
    ) -> None:
        sid = connection.savepoint() if connection.in_atomic_block else None
        draft = drafting.begin_next(core_template, by=psw, at=NOW)
        published = {standard["code"]: standard["text"] for _, standard in standards_of(draft.document)}
        reworded: dict[str, str] = {}

        def edit(document: Document) -> None:
            for step in steps:
                apply(document, step)
            for area in document["guidance"]:
                area["beside"] = area["beside"] or [document["sections"][0]["code"]]
            reworded.update({standard["code"]: standard["text"] for _, standard in standards_of(document)})

        draft = drafting.change(draft, edit, by=psw, at=NOW)
        shown = form_of_document({**draft.document, "version": 2}, scale=core_template.scale)
        version = publish(draft, psw)
        assert same(form_of(version.pk), shown)
        codes = [standard.code for section in form_of(version.pk).sections for standard in section.standards]
        assert len(codes) == len(set(codes))
        new = set(codes) - set(published)
        assert not new & set(Standard.objects.exclude(section__version=version).values_list("code", flat=True))
        if sid:
            connection.savepoint_rollback(sid)
