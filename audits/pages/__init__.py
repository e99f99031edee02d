"""The pages of an audit form: which there are, what may be stored, and what each still needs."""

from audits.pages.asked import draft_form, prefilled
from audits.pages.fit_words import for_whom
from audits.pages.judged import (
    Asked,
    asked_prompts,
    consistency_prompts,
    is_urgent,
    kept_answers,
    overall_grade,
    prompt_problems,
    section_grades,
    suggestion,
)
from audits.pages.left import go_on_with, is_done, is_needed
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
from audits.pages.people_rows import ROW_FIELDS, ROW_GROUPS, ROW_HINTS, ROW_TITLES
from audits.pages.sections import ANSWERS, answers_of, counted, set_aside_reason, standards_in_use
from audits.pages.stored import clean_content

__all__ = [
    "ANSWERS",
    "ROW_FIELDS",
    "ROW_GROUPS",
    "ROW_HINTS",
    "ROW_TITLES",
    "TITLES",
    "Asked",
    "Child",
    "Content",
    "PageState",
    "Problem",
    "age_of",
    "answers_of",
    "asked_prompts",
    "child_of",
    "clean_content",
    "consistency_prompts",
    "counted",
    "draft_form",
    "for_whom",
    "go_on_with",
    "is_adult",
    "is_done",
    "is_needed",
    "is_urgent",
    "kept_answers",
    "overall_grade",
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
]
