"""The pages of an audit form: which there are, what may be stored, and what each still needs."""

from audits.pages.applying import not_asked
from audits.pages.asked import draft_form, prefilled
from audits.pages.child_then import case_facts, case_of, chair_name
from audits.pages.fit_words import for_whom
from audits.pages.judged import (
    Asked,
    asked_prompts,
    consistency_prompts,
    has_urgent_grade,
    is_urgent,
    kept_answers,
    overall_grade,
    prompt_problems,
    section_grades,
    suggestion,
    urgent_sections,
)
from audits.pages.left import go_on_with, how_far, is_done, is_needed
from audits.pages.listed import (
    TITLES,
    Child,
    Content,
    PageState,
    Problem,
    age_of,
    child_of,
    is_adult,
    page_codes,
    title_of,
)
from audits.pages.needed import problems_of, states, unanswered
from audits.pages.people_rows import MOST_ROWS, ROW_FIELDS, ROW_GROUPS, ROW_HINTS, ROW_TITLES
from audits.pages.sections import ANSWERS, answers_of, counted, set_aside_reason, standards_in_use
from audits.pages.stored import clean_content
from audits.pages.unlisted import (
    IS_UNLISTED,
    NEW_ACTION,
    NEW_LEARNING,
    UNLISTED,
    as_initial,
    own_page,
    unlisted_fields,
)

__all__ = [
    "ANSWERS",
    "IS_UNLISTED",
    "MOST_ROWS",
    "NEW_ACTION",
    "NEW_LEARNING",
    "ROW_FIELDS",
    "ROW_GROUPS",
    "ROW_HINTS",
    "ROW_TITLES",
    "TITLES",
    "UNLISTED",
    "Asked",
    "Child",
    "Content",
    "PageState",
    "Problem",
    "age_of",
    "answers_of",
    "as_initial",
    "asked_prompts",
    "case_facts",
    "case_of",
    "chair_name",
    "child_of",
    "clean_content",
    "consistency_prompts",
    "counted",
    "draft_form",
    "for_whom",
    "go_on_with",
    "has_urgent_grade",
    "how_far",
    "is_adult",
    "is_done",
    "is_needed",
    "is_urgent",
    "kept_answers",
    "not_asked",
    "overall_grade",
    "own_page",
    "page_codes",
    "prefilled",
    "problems_of",
    "prompt_problems",
    "section_grades",
    "set_aside_reason",
    "standards_in_use",
    "states",
    "suggestion",
    "title_of",
    "unanswered",
    "unlisted_fields",
    "urgent_sections",
]
