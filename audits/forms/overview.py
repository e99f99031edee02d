"""Child and family: the page that describes whose case it is (A5)."""

from __future__ import annotations

from typing import Any

from audits.forms.drafts import YES_NO, DraftForm, choice_field, long_text, short_text


class OverviewForm(DraftForm):
    """Child and family (A5). What the case holds is there already; the people around the child are rows beside it."""

    child_name = short_text("Child’s or young person’s full name")
    gender = short_text("Gender")
    ethnicity = short_text("Ethnicity")
    primary_language = short_text("First language")
    disability = choice_field("Does the child have a disability?", [*YES_NO, ("unknown", "Not known")])
    disability.widget.attrs["class"] = "govuk-radios--inline"
    disability_since = short_text("When was it recognised?", hint="For example March 2021, at birth, or not yet.")
    disability_detail = long_text("What is the disability?", rows=2)
    disability_impact = long_text(
        "How does it affect daily life?", rows=3, hint="How much, and what the child needs because of it."
    )
    overview = long_text(
        "The case in a few sentences",
        rows=8,
        hint="A short history, why we are involved now, and what matters most.",
    )

    def __init__(self, content: dict[str, Any], *, adult: bool = False, show_errors: bool = False) -> None:
        super().__init__(content, show_errors=show_errors)
        self.who = "young person" if adult else "child"
        self.fields["disability"].label = f"Does the {self.who} have a disability?"
        if adult:
            self.fields["child_name"].label = "Young person’s full name"
            self.fields["disability_impact"].help_text = "How much, and what the young person needs because of it."

    def missing(self, cleaned: dict[str, Any]) -> dict[str, str]:
        found = {}
        if not cleaned.get("disability"):
            found["disability"] = f"Say whether the {self.who} has a disability"
        if cleaned.get("disability") == "yes" and not cleaned.get("disability_detail"):
            found["disability_detail"] = "Write what the disability is"
        if not cleaned.get("overview"):
            found["overview"] = "Write a few sentences about the case"
        return found
