"""Pages of the themes that are kept to be used again: the list, one theme, and taking one out of use."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from allocation.as_shown import ChangedMeanwhile
from allocation.forms.setup_forms import ThemeForm
from allocation.models import Theme
from allocation.months import themes as domain
from allocation.months.cycles import CycleError
from allocation.views.access import demand_manager
from people.requests import StaffRequest


def get_theme(request: StaffRequest, pk: int) -> Theme:
    """One theme. Raises PermissionDenied or Http404."""
    demand_manager(request)
    theme = domain.theme_of(pk)
    if theme is None:
        raise Http404
    return theme


@require_http_methods(["GET", "HEAD"])
def themes(request: StaffRequest) -> HttpResponse:
    """Every theme that is kept, and those out of use below."""
    demand_manager(request)
    return render(request, "allocation/themes.html", domain.kept())


@require_http_methods(["GET", "HEAD", "POST"])
def new_theme(request: StaffRequest) -> HttpResponse:
    """Keep a new theme."""
    demand_manager(request)
    return _edit(request, None)


@require_http_methods(["GET", "HEAD", "POST"])
def theme(request: StaffRequest, pk: int) -> HttpResponse:
    """Change a theme; months that used it keep what they copied."""
    return _edit(request, get_theme(request, pk))


def _edit(request: StaffRequest, theme: Theme | None) -> HttpResponse:
    now = theme or Theme()
    today = timezone.localdate()
    form = ThemeForm(request.POST or None, name=now.name, cohort=now.cohort, questions=now.questions, today=today)
    if request.method == "POST" and form.is_valid():
        wanted = {"name": form.cleaned_data["name"], "cohort": form.cohort(), "questions": form.questions()}
        try:
            shown = request.POST.get("shown", "")
            saved = domain.save_theme(theme, **wanted, shown=shown, by=request.user, at=timezone.now())
        except ChangedMeanwhile as error:
            messages.error(request, str(error))
            return redirect(request.get_full_path())
        except CycleError as error:
            form.refuse(error)
        else:
            messages.success(request, f"The theme “{saved}” is saved.")
            return redirect("allocation:themes")
    shown = request.POST.get("shown", "") if form.is_bound else domain.shown_on_page(now)
    return render(request, "allocation/theme.html", {"form": form, "theme": theme, "shown": shown})


@require_POST
def retire_theme(request: StaffRequest, pk: int) -> HttpResponse:
    """Take a theme out of use."""
    retired = domain.retire(get_theme(request, pk), by=request.user, at=timezone.now())
    messages.success(request, f"The theme “{retired}” is out of use. Months that used it stay as they are.")
    return redirect("allocation:themes")


@require_POST
def use_theme_again(request: StaffRequest, pk: int) -> HttpResponse:
    """Take a theme into use again."""
    back = domain.take_up_again(get_theme(request, pk), by=request.user, at=timezone.now())
    messages.success(request, f"The theme “{back}” is in use again.")
    return redirect("allocation:themes")
