"""The audit template and scale files: their counts, their shape and their wording, read as plain YAML."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

FOLDER = Path(__file__).resolve().parents[2] / "fixtures" / "audit_templates"
STANDARDS_PER_SECTION = [12, 9, 6, 10, 5, 5, 9, 7, 5]
FACTORS_PER_AREA = [3, 4, 9, 5, 6, 2, 8]
PLANS = {"child_in_care", "child_protection", "pathway", "child_in_need", "assessment", "none", "closed"}
COLOURS = {"green-dark", "green", "amber", "red"}
LONGEST_TEXT = 45  # words
SECTION = {"code", "number", "title", "short_title", "safety", "impact", "rationale_prompt", "standards"}
STANDARD = {"code", "text", "text_18_plus", "hint", "not_usually_for"}
NAMES_OF_THINGS = {"code", "name", "kind", "scale", "extends", "number", "colour", "title", "short_title"}


class StrictLoader(yaml.SafeLoader):
    """Safe YAML that refuses a key written twice: plain YAML would quietly keep the second."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [key.value for key, _ in node.value]
        assert len(keys) == len(set(keys)), f"a key twice near line {node.start_mark.line + 1}"
        return super().construct_mapping(node, deep)


def load(name: str) -> dict[str, Any]:
    text = (FOLDER / name).read_text(encoding="utf-8")
    return yaml.load(text, Loader=StrictLoader)


CORE = load("core-case-file-v1.yml")
SECTIONS_ONLY = load("sections-only-v1.yml")
OFSTED = load("scale-ofsted-4.yml")
PRACTICE = load("scale-practice-3.yml")
FOSTERING = load("fostering-v1.yml")
CARE_LEAVER = load("care-leaver-v1.yml")
OTHER_KINDS = {"FO": FOSTERING, "CL": CARE_LEAVER}  # by the prefix of their codes
SCALES = [OFSTED, PRACTICE]
ALL_FILES = sorted(path.name for path in FOLDER.glob("*.yml"))


def standards() -> list[dict[str, Any]]:
    return [standard for section in CORE["sections"] for standard in section["standards"]]


def factors() -> list[dict[str, Any]]:
    return [factor for area in CORE["guidance"] for factor in area["factors"]]


def strings(value: Any, key: str = "") -> Iterator[tuple[str, str]]:
    """Every string in a loaded file with the key it stands under."""
    if isinstance(value, dict):
        for name, child in value.items():
            yield from strings(child, name)
    elif isinstance(value, list):
        for child in value:
            yield from strings(child, key)
    elif isinstance(value, str):
        yield key, value


def questions(template: dict[str, Any]) -> list[dict[str, Any]]:
    return [*template.get("closing", []), *template.get("reflection_questions", [])]


def speaks_of_a_child(text: str) -> bool:
    rest = text.lower().replace("children's social care", "")
    return bool(re.search(r"\b(child|children|parents?)\b", rest))


class TestScaleFiles:
    @pytest.mark.parametrize("scale", SCALES, ids=lambda scale: scale["code"])
    def test_hold_points_with_the_same_fields_from_best_to_worst(self, scale: dict[str, Any]) -> None:
        fields = {"code", "label", "order", "score", "is_good", "is_urgent", "colour", "descriptor"}
        assert set(scale) == {"code", "name", "points"}
        assert [set(point) for point in scale["points"]] == [fields] * 4
        assert [point["order"] for point in scale["points"]] == [4, 3, 2, 1]
        assert {point["colour"] for point in scale["points"]} == COLOURS

    @pytest.mark.parametrize("scale", SCALES, ids=lambda scale: scale["code"])
    def test_describe_each_point_in_three_to_six_sentences(self, scale: dict[str, Any]) -> None:
        for point in scale["points"]:
            assert 3 <= len(point["descriptor"]) <= 6
            assert all(isinstance(sentence, str) for sentence in point["descriptor"])

    @pytest.mark.parametrize("scale", SCALES, ids=lambda scale: scale["code"])
    def test_never_call_a_good_point_urgent(self, scale: dict[str, Any]) -> None:
        assert not [point for point in scale["points"] if point["is_good"] and point["is_urgent"]]

    def test_give_the_four_point_scale_its_labels_and_flags(self) -> None:
        found = [(p["code"], p["label"], p["score"], p["is_good"], p["is_urgent"]) for p in OFSTED["points"]]
        assert OFSTED["code"] == "ofsted-4"
        assert found == [
            ("outstanding", "Outstanding", None, True, False),
            ("good", "Good", None, True, False),
            ("requires-improvement", "Requires Improvement", None, False, False),
            ("inadequate", "Inadequate", None, False, True),
        ]

    def test_give_the_practice_scale_its_scores_and_no_urgent_point(self) -> None:
        found = [(p["code"], p["score"], p["is_good"], p["is_urgent"]) for p in PRACTICE["points"]]
        assert PRACTICE["code"] == "practice-3"
        assert found == [
            ("outstanding", 3, True, False),
            ("good", 2, True, False),
            ("nearly-good", 1.5, False, False),
            ("not-yet-good", 1, False, False),
        ]


class TestCoreTemplate:
    def test_says_what_it_is(self) -> None:
        found = [CORE[key] for key in ("code", "version", "name", "kind", "scale", "overall_grade")]
        assert found == ["core-case-file", 1, "Core case file audit", "case_file", "ofsted-4", True]
        assert CORE["source_note"]

    def test_has_nine_numbered_sections_with_the_right_number_of_standards(self) -> None:
        assert [section["code"] for section in CORE["sections"]] == [f"s{n}" for n in range(1, 10)]
        assert [section["number"] for section in CORE["sections"]] == [str(n) for n in range(1, 10)]
        assert [len(section["standards"]) for section in CORE["sections"]] == STANDARDS_PER_SECTION
        assert len(standards()) == 68

    def test_gives_each_section_its_fields_and_a_short_title_of_four_words_at_most(self) -> None:
        for section in CORE["sections"]:
            assert SECTION <= set(section) <= SECTION | {"rationale_prompt_18_plus"}
            assert 1 <= len(section["short_title"].split()) <= 4
            assert len(section["title"]) <= 200
            assert "short examples" in section["rationale_prompt"]

    def test_marks_safety_in_sections_one_three_and_nine_and_impact_in_nine(self) -> None:
        assert [s["number"] for s in CORE["sections"] if s["safety"]] == ["1", "3", "9"]
        assert [s["number"] for s in CORE["sections"] if s["impact"]] == ["9"]

    def test_numbers_the_standards_of_a_section_in_order(self) -> None:
        for section, count in zip(CORE["sections"], STANDARDS_PER_SECTION, strict=True):
            expected = [f"S{section['number']}-{place:02}" for place in range(1, count + 1)]
            assert [standard["code"] for standard in section["standards"]] == expected

    def test_gives_each_standard_only_known_fields_and_known_plans(self) -> None:
        for standard in standards():
            assert {"code", "text"} <= set(standard) <= STANDARD
            assert set(standard.get("not_usually_for", [])) <= PLANS

    def test_explains_each_standard_that_seldom_fits_a_plan(self) -> None:
        assert not [s["code"] for s in standards() if s.get("not_usually_for") and not s.get("hint")]

    def test_asks_the_closing_fields_and_the_workers_reflections(self) -> None:
        closing = ["summary", "good_practice", "learning", "immediate_actions", "worker_reflections"]
        reflections = ["went_well", "challenges", "tools_support", "do_differently", "audit_experience"]
        assert [field["code"] for field in CORE["closing"]] == closing
        assert [field["code"] for field in CORE["reflection_questions"]] == reflections

    def test_gives_each_closing_field_a_label_a_hint_and_whether_it_is_required(self) -> None:
        for field in questions(CORE):
            assert {"code", "label", "hint", "required"} <= set(field)
            assert set(field) <= {"code", "label", "label_18_plus", "hint", "required"}
            assert isinstance(field["required"], bool)

    def test_limits_the_grade_only_where_outcomes_are_not_met(self) -> None:
        options = [(option["code"], option["allows_good"]) for option in CORE["outcome_question"]["options"]]
        assert CORE["outcome_question"]["label"] == "Are this child's outcomes met, or on the way?"
        assert options == [("met", True), ("on_the_way", True), ("not_met", False)]


class TestGuidance:
    def test_has_seven_areas_with_the_right_number_of_factors(self) -> None:
        assert [len(area["factors"]) for area in CORE["guidance"]] == FACTORS_PER_AREA
        assert len({area["code"] for area in CORE["guidance"]}) == 7

    def test_numbers_the_factors_from_one_to_thirty_seven(self) -> None:
        assert [factor["number"] for factor in factors()] == list(range(1, 38))

    def test_gives_four_examples_with_factor_seven_only(self) -> None:
        assert {f["number"]: len(f["examples"]) for f in factors() if "examples" in f} == {7: 4}

    def test_keeps_the_seventh_area_for_children_in_care_and_care_leavers(self) -> None:
        limited = {area["code"]: area["only_for"] for area in CORE["guidance"] if "only_for" in area}
        assert limited == {"g7": ["child_in_care", "pathway"]}

    def test_stands_beside_at_least_one_known_section_per_area(self) -> None:
        codes = {section["code"] for section in CORE["sections"]}
        for area in CORE["guidance"]:
            assert area["beside"]
            assert len(area["beside"]) == len(set(area["beside"]))
            assert set(area["beside"]) <= codes

    def test_leaves_no_section_without_an_area_that_suits_every_plan(self) -> None:
        covered = {code for area in CORE["guidance"] if "only_for" not in area for code in area["beside"]}
        assert covered == {section["code"] for section in CORE["sections"]}


@pytest.mark.parametrize("prefix", OTHER_KINDS)
class TestOtherKinds:
    """Fostering and care leavers (A1): whole templates of their own."""

    def test_have_every_field_of_a_template(self, prefix: str) -> None:
        assert set(OTHER_KINDS[prefix]) == set(CORE)

    def test_number_their_sections_and_standards_under_codes_of_their_own(self, prefix: str) -> None:
        for number, section in enumerate(OTHER_KINDS[prefix]["sections"], 1):
            assert (section["code"], section["number"]) == (f"{prefix.lower()}{number}", str(number))
            expected = [f"{prefix}{number}-{place:02}" for place in range(1, len(section["standards"]) + 1)]
            assert [standard["code"] for standard in section["standards"]] == expected

    def test_have_sections_of_a_size_to_answer(self, prefix: str) -> None:
        sections = OTHER_KINDS[prefix]["sections"]
        assert 9 <= len(sections) <= 11
        assert all(4 <= len(section["standards"]) <= 8 for section in sections)
        assert all(1 <= len(section["short_title"].split()) <= 4 for section in sections)
        assert all("short examples" in section["rationale_prompt"] for section in sections)

    def test_give_sections_and_standards_only_known_fields(self, prefix: str) -> None:
        ages = {"from_age", "to_age", "only_for"}
        for section in OTHER_KINDS[prefix]["sections"]:
            assert SECTION <= set(section) <= SECTION | ages
            for standard in section["standards"]:
                assert {"code", "text"} <= set(standard) <= STANDARD | ages

    def test_judge_impact_in_their_last_section_and_safety_there_too(self, prefix: str) -> None:
        sections = OTHER_KINDS[prefix]["sections"]
        assert [section["impact"] for section in sections] == [False] * (len(sections) - 1) + [True]
        assert sections[-1]["safety"]
        assert sum(section["safety"] for section in sections) == 3

    def test_say_nothing_twice(self, prefix: str) -> None:
        found = OTHER_KINDS[prefix]
        texts = [standard["text"].lower() for section in found["sections"] for standard in section["standards"]]
        texts += [factor["text"].lower() for area in found["guidance"] for factor in area["factors"]]
        assert len(texts) == len(set(texts))
        assert not set(texts) & {item["text"].lower() for item in [*standards(), *factors()]}

    def test_stand_guidance_beside_every_section(self, prefix: str) -> None:
        found = OTHER_KINDS[prefix]
        codes = {section["code"] for section in found["sections"]}
        assert {code for area in found["guidance"] if "only_for" not in area for code in area["beside"]} == codes
        numbers = [factor["number"] for area in found["guidance"] for factor in area["factors"]]
        assert numbers == list(range(1, len(numbers) + 1))

    def test_ask_the_same_closing_and_reflection_questions_by_code(self, prefix: str) -> None:
        for asked in ("closing", "reflection_questions"):
            assert [each["code"] for each in OTHER_KINDS[prefix][asked]] == [each["code"] for each in CORE[asked]]
        assert [
            (option["code"], option["allows_good"]) for option in OTHER_KINDS[prefix]["outcome_question"]["options"]
        ] == [("met", True), ("on_the_way", True), ("not_met", False)]


class TestCareLeavers:
    def test_are_never_called_children(self) -> None:
        labels = [question["label"] for question in questions(CARE_LEAVER)]
        assert not [label for label in labels if speaks_of_a_child(label)]

    def test_have_standards_for_those_under_18_and_for_adults(self) -> None:
        ages = [s for section in CARE_LEAVER["sections"] for s in section["standards"]]
        assert len([standard for standard in ages if standard.get("to_age") == 17]) >= 5
        assert len([standard for standard in ages if standard.get("from_age") == 18]) >= 3
        assert not [s["code"] for s in ages if s.get("from_age", 0) > s.get("to_age", 99)]

    def test_ask_for_what_the_regulations_ask_for_and_of_whom(self) -> None:
        found = {s["code"]: s for section in CARE_LEAVER["sections"] for s in section["standards"]}
        assert "within 28 days of a move" in found["CL1-05"]["text"]
        assert "went missing" in found["CL8-03"]["text"]
        assert "to_age" not in found["CL8-03"]  # adults go missing too
        every_eight_weeks = [s for s in found.values() if "eight weeks" in s["text"]]
        assert [(s["from_age"], s["to_age"]) for s in every_eight_weeks] == [(18, 20)]


class TestFostering:
    def test_asks_for_what_the_regulations_ask_for(self) -> None:
        texts = " ".join(s["text"] for section in FOSTERING["sections"] for s in section["standards"])
        assert "before the move, or within five working days" in texts
        assert "own social worker visited in the first week" in texts
        assert "Each carer's health was looked at" in texts


class TestSectionsOnlyTemplate:
    def test_builds_on_the_core_template_by_reference_and_has_no_overall_grade(self) -> None:
        assert SECTIONS_ONLY["extends"] == f"{CORE['code']}@{CORE['version']}"
        assert SECTIONS_ONLY["code"] == "core-case-file-sections"
        assert SECTIONS_ONLY["name"] == "Core case file audit, sections only"
        assert SECTIONS_ONLY["overall_grade"] is False
        assert "sections" not in SECTIONS_ONLY

    def test_replaces_only_fields_that_the_core_template_has(self) -> None:
        assert set(SECTIONS_ONLY) - {"extends"} <= set(CORE)

    def test_limits_no_grade_because_there_is_none_to_limit(self) -> None:
        assert all(option["allows_good"] for option in SECTIONS_ONLY["outcome_question"]["options"])


class TestWording:
    @pytest.mark.parametrize("name", ALL_FILES)
    def test_is_plain_ascii_with_tidy_spaces_and_never_empty(self, name: str) -> None:
        for key, text in strings(load(name)):
            assert text.isascii(), (key, text)
            assert text == " ".join(text.split()), (key, text)
            assert text, key

    @pytest.mark.parametrize("name", ALL_FILES)
    def test_is_short(self, name: str) -> None:
        assert not [(key, text) for key, text in strings(load(name)) if len(text.split()) > LONGEST_TEXT]

    @pytest.mark.parametrize("name", ALL_FILES)
    def test_is_in_whole_sentences(self, name: str) -> None:
        options = {option["label"] for option in CORE["outcome_question"]["options"]}
        grades = {point["label"] for scale in SCALES for point in scale["points"]}
        templates = [CORE, *OTHER_KINDS.values()]
        plain = PLANS | options | grades | {section["code"] for found in templates for section in found["sections"]}
        found = [(key, text) for key, text in strings(load(name)) if key not in NAMES_OF_THINGS]
        texts = [text for _, text in found if text not in plain]
        assert not [text for text in texts if not re.fullmatch(r"[A-Z].*[.?]", text)]

    def test_says_nothing_twice(self) -> None:
        texts = [item["text"].lower() for item in [*standards(), *factors()]]
        texts += [section["title"].lower() for section in CORE["sections"]]
        assert len(texts) == len(set(texts)) == 68 + 37 + 9

    def test_describes_no_two_grades_of_a_scale_alike(self) -> None:
        for scale in SCALES:
            sentences = [sentence for point in scale["points"] for sentence in point["descriptor"]]
            assert len(sentences) == len(set(sentences))


class TestWordingForYoungAdults:
    def test_stands_beside_every_standard_that_speaks_of_a_child(self) -> None:
        missing = [
            standard["code"]
            for standard in standards()
            if speaks_of_a_child(standard["text"])
            and "text_18_plus" not in standard
            and "pathway" not in standard.get("not_usually_for", [])
        ]
        assert not missing

    def test_stands_beside_every_prompt_and_question_that_speaks_of_a_child(self) -> None:
        pairs = [(s["rationale_prompt"], s.get("rationale_prompt_18_plus")) for s in CORE["sections"]]
        labelled = [*questions(CORE), CORE["outcome_question"], SECTIONS_ONLY["outcome_question"]]
        pairs += [(field["label"], field.get("label_18_plus")) for field in labelled]
        assert not [text for text, adult in pairs if speaks_of_a_child(text) and not adult]

    @pytest.mark.parametrize("name", ALL_FILES)
    def test_calls_nobody_a_child(self, name: str) -> None:
        texts = [text for key, text in strings(load(name)) if key.endswith("_18_plus")]
        assert not [text for text in texts if speaks_of_a_child(text)]
