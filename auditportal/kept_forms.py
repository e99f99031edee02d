"""Forms that a script sends (static/js/kept.js), so that what was typed stays on the page until it is saved (R3)."""

from collections.abc import Callable
from datetime import timedelta
from typing import cast

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseRedirectBase
from django.utils import timezone

from people.models import SentForm
from people.requests import StaffRequest

REMEMBERED = timedelta(days=1)
LONGEST_NUMBER = 60


class KeptFormMiddleware:
    """Where a page would be lost by following the answer, the answer says in JSON what happened.

    200 {to} instead of a redirect, so that the browser goes there with what is to be said there; 401 signed out; 409
    {other_user} for a page of somebody else; 403 {message}. Anything else is passed on as it is.

    What bears the number of something done before leads where that led: it is sent again because its answer was lost.
    The number is stored in the same transaction as what is done, so that neither is there without the other, and a
    second one with the same number waits for the first. Where nothing is led on, nothing was done.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not _is_kept(request):
            return self.get_response(request)
        if not request.user.is_authenticated:
            return JsonResponse({}, status=401)
        if request.headers.get("X-Writer") != str(request.user.pk):
            return JsonResponse({"other_user": True}, status=409)
        with transaction.atomic():
            return self._once(cast(StaffRequest, request))

    def _once(self, request: StaffRequest) -> HttpResponse:
        mine, now = SentForm.objects.filter(user=request.user), timezone.now()
        number = request.headers["X-Kept"][:LONGEST_NUMBER]
        sent, is_first = mine.get_or_create(user=request.user, number=number, defaults={"sent_at": now})
        if not is_first:
            return JsonResponse({"to": sent.led_to})
        response = self.get_response(request)
        if not isinstance(response, HttpResponseRedirectBase):
            transaction.set_rollback(True)  # the number is free again
            return response
        mine.filter(pk=sent.pk).update(led_to=response.url)
        mine.filter(sent_at__lt=now - REMEMBERED).delete()
        answer = JsonResponse({"to": response.url})
        answer.cookies = response.cookies
        return answer

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Why somebody may not do it, in the words that the page of the refusal would say."""
        if not (_is_kept(request) and isinstance(exception, PermissionDenied)):
            return None
        heading = getattr(exception, "heading", "")
        words = [f"{heading}." if heading else "", str(exception)]
        return JsonResponse({"message": " ".join(word for word in words if word)}, status=403)


def _is_kept(request: HttpRequest) -> bool:
    return request.method == "POST" and "X-Kept" in request.headers
