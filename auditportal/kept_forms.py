"""Forms that a script sends (static/js/kept.js), so that what was typed stays on the page until it is saved (R3)."""

from collections.abc import Callable

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseRedirectBase

DONE = "kept_forms_done"  # in the session: what was done, by the number it was sent with, and where it led
MOST_DONE = 10


class KeptFormMiddleware:
    """Where a page would be lost by following the answer, the answer says in JSON what happened.

    200 {to} instead of a redirect, so that the browser goes there with what is to be said there; 401 signed out; 409
    {other_user} for a page of somebody else; 403 {message}. What bears the number of something done before leads
    where that led: it is sent again because its answer was lost. Anything else is passed on as it is.
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
        number, done = request.headers["X-Kept"], request.session.get(DONE, {})
        if number in done:
            return JsonResponse({"to": done[number]})
        response = self.get_response(request)
        if not isinstance(response, HttpResponseRedirectBase):
            return response
        request.session[DONE] = dict([*done.items(), (number, response.url)][-MOST_DONE:])
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
