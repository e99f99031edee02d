"""The lists and columns of Ofsted's Annex A as they are and as they drift: patterns for names and headings.

Child-level data for inspections of children's services (ILACS, Annex A), older and newer layouts.
"""

from __future__ import annotations

import re

SHEET_NAME = re.compile(r"^\s*list\s*0?(\d{1,2})\b", re.IGNORECASE)
POOL_LISTS = {
    6: "children in need",
    7: "child protection plans",
    8: "children in care",
    9: "care leavers",
}
ADDING_LISTS = {3: "referrals", 4: "assessments", 5: "section 47 enquiries"}
LEFT_OUT = {1: "contacts", 2: "early help", 10: "adoption", 11: "adopters"}
RANK = {8: 7, 7: 6, 9: 5, 6: 4, 5: 3, 4: 2, 3: 1}
HEADING_WITHIN = 10  # rows; some put a title above the headings

COMMON = {
    "reference": r"child.*\bid\b|\bid\b.*child|unique id",
    "gender": r"^gender|^sex\b",
    "ethnicity": r"^ethnic",
    "date_of_birth": r"date of birth|\bdob\b",
    "age": r"^age\b",
    "disability": r"\bdisab",
    "team": r"^allocated team|^team",
    "worker": r"^allocated worker|^worker|social worker$",
}
COLUMNS: dict[int, dict[str, str]] = {
    3: {"on": r"date of referral|referral date", "nfa": r"\bnfa\b|no further action"},
    4: {"opened_on": r"assessment start", "ends": r"authoris|authoriz"},
    5: {"on": r"(strategy discussion|section 47|s47).*start", "conference": r"^date of initial child protection"},
    6: {
        "opened_on": r"cin start|^start date",
        "need": r"primary need",
        "last_seen": r"last seen",
        "ends": r"closure date|date of closure",
        "status": r"case status|^status",
    },
    7: {
        "opened_on": r"plan start",
        "cp_category": r"latest category",
        "last_visit": r"last statutory visit|last visit",
        "seen_alone": r"seen alone",
        "last_review": r"review conference",
        "ends": r"plan end",
        "earlier_plans": r"number of previous",
    },
    8: {
        "opened_on": r"date started to be looked after",
        "uasc": r"\buasc\b|unaccompanied",
        "legal_status": r"^(child s |childs )?legal status",
        "last_review": r"latest statutory review",
        "last_visit": r"last social work visit",
        "permanence_plan": r"permanence plan",
        "last_iro_contact": r"last iro",
        "last_health_assessment": r"health assessment",
        "last_dental_check": r"dental",
        "ends": r"date ceased to be looked after",
        "placement_since": r"start date of most recent placement",
        "placement_type": r"^placement type",
        "missing_episodes": r"been missing",
    },
    9: {
        "uasc": r"\buasc\b|unaccompanied",
        "adviser": r"personal advis",
        "eligibility": r"eligibility",
        "last_review": r"pathway plan review",
        "in_touch": r"in touch",
        "last_contact": r"latest date of contact",
        "accommodation": r"type of accommodation",
        "activity": r"activity status",
    },
}
FACT_LABELS = {
    "last_seen": "Child last seen",
    "last_visit": "Last statutory visit",
    "last_review": "Latest review",
    "seen_alone": "Seen alone at the last visit",
    "conference": "Initial child protection conference",
    "need": "Primary need",
    "earlier_plans": "Earlier child protection plans",
    "legal_status": "Legal status",
    "permanence_plan": "Permanence plan",
    "last_iro_contact": "Last contact by the reviewing officer",
    "last_health_assessment": "Last health assessment",
    "last_dental_check": "Last dental check",
    "placement_since": "In this placement since",
    "placement_type": "Placement",
    "missing_episodes": "Missing episodes in the last 12 months",
    "adviser": "Personal adviser",
    "eligibility": "Care leaver's eligibility",
    "in_touch": "In touch",
    "last_contact": "Latest contact",
    "accommodation": "Accommodation",
    "activity": "Education, employment or training",
}
FACT_DATES = {
    "last_seen",
    "last_visit",
    "last_review",
    "conference",
    "last_iro_contact",
    "last_health_assessment",
    "last_dental_check",
    "placement_since",
    "last_contact",
}
