"""What a supervisor would change before agreeing with what a learner wrote (P4)."""

from __future__ import annotations

from django import forms

from audits.supervising import LONGEST


class NotYetForm(forms.Form):
    """Not yet, and why: for the learner to read."""

    what = forms.CharField(
        label="Not yet: here is what I would change",
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "true"}),
        error_messages={
            "required": "Write what you would change",
            "max_length": "Write at most %(limit_value)d characters: these are %(show_value)d",
        },
    )

    def __init__(self, *args: object, learner: str, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # passed on as they are
        self.fields["what"].help_text = f"{learner} gets an email with a link, reads this here, and asks you again."
