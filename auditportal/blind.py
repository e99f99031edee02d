"""While somebody moderates an audit blind, every page about that audit leads to its moderation (S5)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from audits.after.moderation_blind import hidden_references, may_be_blind
from audits.models import Audit
from people.models import OutgoingMail, User

# The moderation itself, and telling the managers of a child at risk, which nothing may stand in the way of.
OPEN = {"audits:moderate", "audits:raise_risk", "audits:writer"}
# Pages that name something about an audit by its number: how an audit comes to it.
BY_NUMBER = {
    "audits:action": "smart_actions",
    "audits:concern": "concerns",
    "audits:notice": "urgent_notices",
}
MAIL = {"people:mail_detail", "people:mail_again", "people:mail_seen_to", "people:mail_to_other"}


class BlindMiddleware:
    """Leads a moderator who has not graded yet from every page about the audit to where they grade it.

    So a page that somebody adds shows them no grade either. At most two queries, and only for those who moderate.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]
    ) -> HttpResponse | None:
        """A redirect to the moderation, or None where the page may be shown."""
        match, user = request.resolver_match, request.user
        if match is None or isinstance(user, AnonymousUser) or match.view_name in OPEN:
            return None
        if not ("reference" in kwargs or match.view_name in BY_NUMBER or match.view_name in MAIL):
            return None
        reference = _hidden(user, match.view_name, kwargs) if may_be_blind(user) else None
        return redirect("audits:moderate", reference) if reference else None


def _hidden(user: User, page: str, kwargs: Mapping[str, Any]) -> str | None:
    """The audit that a page is about, where its grades are kept from this person."""
    hidden = hidden_references(user)
    if not hidden:
        return None
    if "reference" in kwargs:
        return kwargs["reference"] if kwargs["reference"] in hidden else None
    audits = Audit.objects.filter(reference__in=hidden)
    if page in BY_NUMBER:
        found = audits.filter(**{BY_NUMBER[page]: kwargs["pk"]})
        return found.values_list("reference", flat=True).first()
    about = OutgoingMail.objects.filter(pk=kwargs["pk"]).values_list("about", flat=True).first()
    return next((each for each in hidden if about == f"audit:{each}"), None)
