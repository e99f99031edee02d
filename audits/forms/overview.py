"""Child and family: the page that describes whose case it is (A5)."""

from __future__ import annotations

from typing import Any

from audits.forms.drafts import YES_NO, DraftForm, choice_field, long_text, short_text


class OverviewForm(DraftForm):
    """Child and family (A5)."""

    child_name = short_text("Child’s or young person’s full name")
    gender = short_text("Gender")
    ethnicity = short_text("Ethnicity")
    primary_language = short_text("First language")
    disability = choice_field("Does the child have a disability?", [*YES_NO, ("unknown", "Not known")])
    disability_detail = long_text(
        "About the disability", rows=3, hint="What it is, when it was recognised, and how it affects daily life."
    )
    overview = long_text(
        "The case in a few sentences",
        rows=8,
        hint="A short history, why we are involved now, and what matters most.",
    )

    def missing(self, cleaned: dict[str, Any]) -> dict[str, str]:
        found = {}
        if not cleaned.get("overview"):
            found["overview"] = "Write a few sentences about the case"
        if not cleaned.get("disability"):
            found["disability"] = "Say whether the child has a disability"
        if cleaned.get("disability") == "yes" and not cleaned.get("disability_detail"):
            found["disability_detail"] = "Write about the child’s disability"
        return found
