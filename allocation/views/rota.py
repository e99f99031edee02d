"""The page of who audits in a month: places, supervisors, earlier work, and who is kept out."""

from __future__ import annotations

from datetime import date

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from allocation.changes import month_rota, quotas
from allocation.changes.month_rota import Rota, RotaRow
from allocation.forms.rota_forms import PlacesForm, RotaFilter, field_of
from allocation.models import Cycle
from allocation.month_lock import CycleError
from allocation.views.access import get_cycle
from people.forms import chosen
from people.requests import StaffRequest

PER_PAGE = 25
HISTORY = 20


@require_http_methods(["GET", "HEAD", "POST"])
def rota(request: StaffRequest, month: date) -> HttpResponse:
    """Who audits in a month; posted, the places that were changed."""
    cycle = get_cycle(request, month)
    whole = month_rota.rota(cycle, today=timezone.localdate())
    filters = RotaFilter(request.GET, rota=whole)
    rows = _narrowed(whole, filters)
    page_obj = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    shown = list(page_obj)
    form = PlacesForm(
        request.POST or None,
        people=[row.person for row in shown],
        places={row.person.pk: row.places for row in shown},
    )
    if request.method == "POST" and form.is_valid() and _saved(request, cycle, form):
        return redirect(request.get_full_path())
    context = {
        "cycle": cycle,
        "rota": whole,
        "filters": filters,
        "filtered": bool(chosen(filters)),
        "page_obj": page_obj,
        "rows": [(row, form[field_of(row.person)]) for row in shown],
        "form": form,
        "why_fixed": quotas.why_fixed(month),
        "history": quotas.history(month)[:HISTORY],
    }
    return render(request, "allocation/rota.html", context)


def _narrowed(whole: Rota, filters: RotaFilter) -> list[RotaRow]:
    wanted = chosen(filters)
    rows = list(whole.rows)
    if q := wanted.get("q"):
        rows = [row for row in rows if q.casefold() in row.person.name.casefold()]
    if group := wanted.get("group"):
        rows = [row for row in rows if row.person.audit_group == group]
    if show := wanted.get("show"):
        rows = [row for row in rows if (row.available is not None) == (show == "in")]
    return rows


def _saved(request: StaffRequest, cycle: Cycle, form: PlacesForm) -> bool:
    """Whether the places were written; what the domain refused is in the form."""
    reason = form.cleaned_data["reason"]
    try:
        written = quotas.set_places_of_many(
            cycle.month, form.changed(), reason=reason, by=request.user, at=timezone.now()
        )
    except CycleError as error:
        form.refuse(error)
        return False
    if written:
        names = ", ".join(change.user.name for change in written)
        messages.success(request, f"Places changed: {names}.")
    else:
        messages.info(request, "No number was different, so nothing was changed.")
    return True
