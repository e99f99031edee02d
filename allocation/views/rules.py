"""The page of the programme's rules: each with what it does, and every change there was."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from allocation.as_shown import ChangedMeanwhile
from allocation.eligibility import rules as domain
from allocation.eligibility import rules_history
from allocation.forms.setup_forms import RulesForm
from allocation.months.cycles import CycleError
from allocation.views.access import demand_manager
from people.requests import StaffRequest


@require_http_methods(["GET", "HEAD", "POST"])
def rules(request: StaffRequest) -> HttpResponse:
    """The rules in force, to change with a reason; below them who changed what and when."""
    demand_manager(request)
    form = RulesForm(request.POST or None, rules=domain.current())
    if request.method == "POST" and form.is_valid():
        try:
            shown = request.POST.get("shown", "")
            domain.change(**form.cleaned_data, by=request.user, at=timezone.now(), shown=shown)
        except ChangedMeanwhile as error:
            messages.error(request, str(error))
            return redirect("allocation:rules")
        except CycleError as error:
            form.refuse(error)
        else:
            messages.success(request, "The rules are changed from now on. Draws that are made already keep theirs.")
            return redirect("allocation:rules")
    context = {
        "form": form,
        "shown": request.POST.get("shown", "") if form.is_bound else domain.shown_on_page(),
        "history": rules_history.changes(),
    }
    return render(request, "allocation/rules.html", context)
