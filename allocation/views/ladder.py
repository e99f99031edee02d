"""Who is reminded when: the ladder of chases in words, to change for each subject, and back to the standard."""

from __future__ import annotations

from datetime import timedelta

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from allocation.as_shown import ChangedMeanwhile
from allocation.chasing import changing_ladder, ladder, ladder_words
from allocation.forms.chase_forms import LadderForm
from allocation.models import Subject
from allocation.month_lock import CycleError
from allocation.views.access import demand_manager
from people.holidays import holiday_set
from people.requests import StaffRequest

AROUND = timedelta(days=120)  # further than the furthest rung


@require_http_methods(["GET", "HEAD"])
def who_is_reminded(request: StaffRequest) -> HttpResponse:
    """Every subject with who is told when."""
    demand_manager(request)
    rungs = ladder.rungs()
    subjects = [
        {
            "code": code,
            "name": name,
            "until": until,
            "lines": ladder_words.lines(rungs.get(code, [])),
            "is_standard": rungs.get(code, []) == sorted(ladder.standard(code), key=ladder.order),
        }
        for code, (name, until) in ladder_words.SUBJECTS.items()
    ]
    return render(request, "allocation/chase_ladder.html", {"subjects": subjects})


@require_http_methods(["GET", "HEAD", "POST"])
def change_ladder(request: StaffRequest, subject: str) -> HttpResponse:
    """The rungs of one subject to change, with what they mean for an example."""
    demand_manager(request)
    name, until = _words(subject)
    rungs = ladder.rungs().get(subject, [])
    form = LadderForm(request.POST or None, subject=subject, rungs=rungs)
    shown = request.POST.get("shown", "") if request.method == "POST" else changing_ladder.marks(rungs)
    if request.method == "POST" and form.is_valid():
        try:
            changing_ladder.change(subject, form.wanted(), shown=shown, by=request.user, at=timezone.now())
        except ChangedMeanwhile as error:
            messages.error(request, str(error))
            return redirect("allocation:change_ladder", subject)
        except CycleError as error:
            form.problem = str(error)
        else:
            words = "Saved. It holds from now on; nobody is reminded afterwards of what the new days have passed."
            messages.success(request, words)
            return redirect("allocation:change_ladder", subject)
    today = timezone.localdate()
    days = ladder_words.example(subject, rungs, due_on=today, holidays=holiday_set(today - AROUND, today + AROUND))
    context = {
        "ladder": form,
        "problems": form.problems,
        "name": name,
        "until": until,
        "subject": subject,
        "shown": shown,
        "example": days,
    }
    return render(
        request,
        "allocation/chase_ladder_change.html",
        {**context, "today": today, "answers": subject in ladder.ANSWERS},
    )


@require_http_methods(["GET", "HEAD", "POST"])
def standard_ladder(request: StaffRequest, subject: str) -> HttpResponse:
    """Say what the standard is; posted, go back to it."""
    demand_manager(request)
    name, until = _words(subject)
    if request.method == "POST":
        changing_ladder.back_to_standard(subject, by=request.user, at=timezone.now())
        messages.success(request, f"{name}: the standard holds again from now on.")
        return redirect("allocation:who_is_reminded")
    lines = ladder_words.lines(sorted(ladder.standard(subject), key=ladder.order))
    context = {"name": name, "until": until, "subject": subject, "lines": lines}
    return render(request, "allocation/chase_ladder_standard.html", context)


def _words(subject: str) -> tuple[str, str]:
    if subject not in Subject.values:
        raise Http404
    return ladder_words.SUBJECTS[Subject(subject)]
