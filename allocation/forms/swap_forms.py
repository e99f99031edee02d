"""Forms of swaps and replacements: they check what was posted, the domain decides."""

from __future__ import annotations

from typing import Any

from django import forms

from allocation.changes.swaps import Peers
from allocation.forms.month_forms import DomainForm
from allocation.models import Swap
from allocation.month_lock import SHORTEST_REASON

GONE = "This can no longer be asked of them. Look at the list again."


class AskSwapForm(DomainForm):
    """Which of the offers on the page is asked for, and a message that goes with it."""

    message = forms.CharField(
        label="A word to them (optional)",
        help_text="They read it with your question. Do not name the child or the family.",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        required=False,
    )
    offer = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, offered: Peers) -> None:
        super().__init__(data)
        self._offered = offered

    def clean(self) -> dict[str, Any]:
        """With peer, kind and their_audit in place of the offer that was clicked."""
        cleaned: dict[str, Any] = super().clean() or {}
        chosen = self._chosen(cleaned.pop("offer", ""))
        if chosen is None:
            raise forms.ValidationError(GONE)
        return cleaned | chosen

    def _chosen(self, offer: str) -> dict[str, Any] | None:
        """The offer written as person:month or person:number of their audit."""
        person, _, what = offer.partition(":")
        peer = next((each for each in self._offered.eligible if str(each.person.pk) == person), None)
        if peer is None:
            return None
        if what == "month":
            return {"peer": peer.person, "kind": Swap.Kind.NEXT_MONTH, "their_audit": None}
        theirs = next((audit for audit in peer.exchanges if str(audit.pk) == what), None)
        return {"peer": peer.person, "kind": Swap.Kind.EXCHANGE, "their_audit": theirs} if theirs else None


class PeerFilter(forms.Form):
    """A name to look for among those who could swap."""

    name = forms.CharField(label="Find somebody by name", max_length=100, required=False)

    def named(self) -> str:
        """What was looked for; nothing where it makes no sense."""
        return str(self.cleaned_data.get("name", "")) if self.is_valid() else ""


class ReplacingForm(DomainForm):
    """Why a case or an auditor is replaced, and what the portal's choice was when the page was shown."""

    reason = forms.CharField(
        label="Reason",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": f"Give the reason in at least {SHORTEST_REASON} characters"},
    )
    expected = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, hint: str, why: str = "", expected: int | None = None) -> None:
        super().__init__(data, initial={"reason": why[:300], "expected": expected})
        self.fields["reason"].help_text = hint
