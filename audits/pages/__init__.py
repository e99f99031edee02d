"""The pages of an audit form: which there are, what may be stored, and what each still needs."""

from audits.pages.asked import draft_form, prefilled
from audits.pages.judged import consistency_prompts, is_urgent, section_grades, suggestion
from audits.pages.listed import TITLES, Content, PageState, Problem, is_adult, page_codes, title_of
from audits.pages.needed import problems_of, states, unanswered
from audits.pages.people_rows import ROW_FIELDS, ROW_GROUPS, ROW_TITLES
from audits.pages.sections import ANSWERS, counted
from audits.pages.stored import clean_content

__all__ = [
    "ANSWERS",
    "ROW_FIELDS",
    "ROW_GROUPS",
    "ROW_TITLES",
    "TITLES",
    "Content",
    "PageState",
    "Problem",
    "clean_content",
    "consistency_prompts",
    "counted",
    "draft_form",
    "is_adult",
    "is_urgent",
    "page_codes",
    "prefilled",
    "problems_of",
    "section_grades",
    "states",
    "suggestion",
    "title_of",
    "unanswered",
]
