"""Two versions side by side: added, removed, reworded, moved; the words that changed; what it means for reports."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audits.templates_made import comparing, editing
from audits.templates_made.document import Document, Part, blank, blank_section, numbered, section_of


@pytest.fixture
def before() -> Document:
    """Two sections of three and two standards, with codes as the portal makes them."""
    document = blank(code="ours", name="Ours", scale="ofsted-4")
    for number, texts in enumerate((("One.", "Two of them.", "Three."), ("Four.", "Five.")), 1):
        section = blank_section(f"s{number}", title=f"Section {number}")
        section["standards"] = [{"code": f"S{number}-{n:02}", "text": text} for n, text in enumerate(texts, 1)]
        document["sections"].append(section)
    return numbered(document)


def first(document: Document) -> Part:
    section = section_of(document, "s1")
    assert section is not None
    return section


def kinds(comparison: comparing.Comparison) -> dict[str, tuple[str, ...]]:
    return {line.code: line.kinds for section in comparison.sections for line in section.standards}


class TestCompare:
    def test_finds_nothing_between_a_document_and_itself(self, before: Document) -> None:
        found = comparing.compare(before, before)
        assert found.is_empty
        assert found.for_reports == ["5 standards kept their wording and code: years compare as they are."]

    def test_finds_what_is_reworded_with_its_words(self, before: Document) -> None:
        after = editing.changed(before, lambda d: first(d)["standards"][1].update(text="Two of us."))
        line = comparing.compare(before, after).sections[0].standards[0]
        assert (line.code, line.kinds) == ("S1-02", ("reworded",))
        assert [(piece.kind, piece.text) for piece in line.differences[0].pieces] == [
            ("same", "Two of "),
            ("removed", "them"),
            ("added", "us"),
            ("same", "."),
        ]

    def test_says_once_that_a_section_has_another_order_and_calls_none_of_it_moved(self, before: Document) -> None:
        after = editing.changed(before, lambda d: editing.move(first(d)["standards"], "S1-01", by=1))
        found = comparing.compare(before, after)
        assert not found.is_empty
        assert kinds(found) == {}
        assert [section.order for section in found.sections] == [("S1-02", "S1-01", "S1-03")]
        assert found.for_reports == [
            "5 standards kept their wording and code: years compare as they are.",
            "In 1 section the standards stand in another order: that changes no figure.",
        ]

    def test_takes_what_came_or_went_for_no_other_order(self, before: Document) -> None:
        def work(document: Document) -> None:
            first(document)["standards"].pop(0)
            first(document)["standards"].insert(0, {"code": "S1-04", "text": "Four."})

        assert [section.order for section in comparing.compare(before, editing.changed(before, work)).sections] == [()]

    def test_finds_what_moved_to_another_section(self, before: Document) -> None:
        def move(document: Document) -> None:
            assert section_of(document, "s2")
            editing.move_to_section(document, first(document), "S1-03", to="s2")

        found = comparing.compare(before, editing.changed(before, move))
        assert kinds(found) == {"S1-03": ("moved",)}
        assert found.sections[0].standards[0].moved_from == "Section 1"
        assert found.for_reports[1].startswith("1 standard moved to another section and kept its code")

    def test_finds_sections_added_removed_and_moved(self, before: Document) -> None:
        def work(document: Document) -> None:
            document["sections"].append(blank_section("s3", title="Third"))
            document["sections"].remove(first(document))

        found = comparing.compare(before, editing.changed(before, work))
        lines = {section.title: section.line and section.line.kinds for section in found.sections}
        assert lines == {"Third": ("added",), "Section 1": ("removed",)}
        assert found.counts == {"same": 2, "removed": 3}
        turned = editing.changed(before, lambda d: d["sections"].reverse())
        assert sum(bool(s.line and "moved" in s.line.kinds) for s in comparing.compare(before, turned).sections) == 1

    def test_says_what_another_scale_means(self, before: Document) -> None:
        found = comparing.compare(before, before | {"scale": "practice-3"})
        assert [line.text for line in found.others] == ["About the template"]
        assert found.for_reports[-1] == comparing.OTHER_SCALE

    def test_finds_questions_and_guidance(self, before: Document) -> None:
        def work(document: Document) -> None:
            document["closing"][0]["label"] = "What did you see?"
            document["reflection_questions"].pop()
            area = editing.add_area(document, title="Fathers")
            area["factors"] = [{"number": 1, "text": "Fathers are asked."}]

        others = comparing.compare(before, editing.changed(before, work)).others
        assert [line.kinds for line in others] == [("reworded",), ("removed",), ("added",)]


class TestWordDifference:
    @given(st.text(max_size=80), st.text(max_size=80))
    def test_holds_both_texts_whole(self, before: str, after: str) -> None:
        pieces = comparing.word_difference(before, after)
        assert "".join(piece.text for piece in pieces if piece.kind != "added") == before
        assert "".join(piece.text for piece in pieces if piece.kind != "removed") == after
