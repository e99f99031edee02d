"""Timescales: beside an audit as hints, and the council's table of rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from audits import timescale_table
from audits.forms.timescale_rule import CountingForm, TimescaleRuleForm
from audits.models import Audit, TimescaleRule
from audits.pages import age_of, clean_content
from audits.posted import content_from_post
from audits.structure import form_of
from audits.timescale_lines import by_topic, case_list_day, fitting, lines_of, prefilled_days, rules_in_use
from audits.timescale_table import ChangedMeanwhile, TimescaleError, as_shown
from audits.timescales import limit_words
from audits.views.writing import writable_audit
from people.requests import StaffRequest
from people.roles import Permission

# ------------------------------------------------------------------ beside an audit


def page_context(audit: Audit, content: Mapping[str, Any], *, is_saved: bool, today: date) -> dict[str, Any]:
    """What the page of an audit shows beside the form: the rules that suit the child, then the others.

    Until something was typed the days come from the case. Three queries at most: rules, holidays, case list.
    """
    rules = rules_in_use()
    suiting = fitting(rules, audit=audit)
    ours = [rule for rule in rules if rule.code in suiting]
    days = content.get("days", {})
    if not is_saved and not days:
        days = prefilled_days(ours, case=audit.case, since=audit.window_start)
    lines = lines_of(rules, days, case=audit.case, today=today)
    others = by_topic(line for line in lines if line.rule.code not in suiting)
    return {
        "topics": by_topic(line for line in lines if line.rule.code in suiting),
        "others": others,
        "age": age_of(audit),
        "others_filled": sum(topic.filled for topic in others),
        "case_list_of": case_list_day(audit.case) if any(line.is_from_case for line in lines) else None,
    }


@require_POST
def hints(request: StaffRequest, reference: str) -> JsonResponse:
    """What comes of the days on the page as it is now, for the script that shows it while somebody types.

    Nothing is saved. `hints` holds kind and words by the rule's code, `problems` words by the input's name.
    """
    audit = writable_audit(request, reference)
    form = form_of(audit.template_version_id)
    days = clean_content("timescales", content_from_post(request.POST), form=form)["days"]
    lines = lines_of(rules_in_use(), days, case=audit.case, today=timezone.localdate())
    filled = [line for line in lines if line.is_filled]
    sides = [side for line in filled for side in (line.trigger, line.event)]
    return JsonResponse(
        {
            "hints": {line.rule.code: asdict(line.hint) for line in filled if line.hint},
            "problems": {side.name: side.problem for side in sides if side.problem},
        }
    )


# ------------------------------------------------------------------ the council's table


def demand_programme(request: StaffRequest) -> None:
    """Raises PermissionDenied for anybody but those who run the programme."""
    if not request.user.can(Permission.MANAGE_CYCLES):
        raise PermissionDenied


@require_http_methods(["GET", "HEAD", "POST"])
def timescales(request: StaffRequest) -> HttpResponse:
    """The table, for everybody to read; posted, every local rule counts in the way chosen."""
    if request.method == "POST":
        return _count_all(request)
    return _show_table(request, CountingForm())


def _count_all(request: StaffRequest) -> HttpResponse:
    demand_programme(request)
    form = CountingForm(request.POST)
    if not form.is_valid():
        return _show_table(request, form)
    changed = timescale_table.count_all_local(form.cleaned_data["counting"], by=request.user, at=timezone.now())
    if changed:
        messages.success(request, f"Changed {len(changed)} local rules. Statutory rules count as they did.")
    else:
        messages.info(request, "Every local rule counts that way already.")
    return redirect("audits:timescales")


def _show_table(request: StaffRequest, form: CountingForm) -> HttpResponse:
    topics: dict[str, list[dict[str, Any]]] = {}
    for rule in TimescaleRule.objects.all():
        row = {"rule": rule, "limit": limit_words(rule), "differs": timescale_table.differs(rule)}
        topics.setdefault(rule.topic, []).append(row)
    context = {"topics": topics, "form": form, "may_change": request.user.can(Permission.MANAGE_CYCLES)}
    return render(request, "audits/timescales.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def timescale(request: StaffRequest, code: str) -> HttpResponse:
    """One rule with its history; those who run the programme change a local one here, or put it back."""
    rule = get_object_or_404(TimescaleRule, code=code)
    may_change = request.user.can(Permission.MANAGE_CYCLES) and not rule.statutory
    if request.method != "POST":
        return _show_rule(request, rule, TimescaleRuleForm(instance_of=rule), may_change=may_change)
    demand_programme(request)
    form = TimescaleRuleForm(request.POST, instance_of=rule)
    if "reset" in request.POST:
        form = TimescaleRuleForm(instance_of=rule)
    elif not form.is_valid():
        return _show_rule(request, rule, form, may_change=may_change)
    try:
        _change(request, rule, form)
    except ChangedMeanwhile as error:
        messages.error(request, str(error))
        return redirect("audits:timescale", code)
    except TimescaleError as error:
        messages.error(request, str(error))
        return redirect("audits:timescales")
    return redirect("audits:timescales")


def _change(request: StaffRequest, rule: TimescaleRule, form: TimescaleRuleForm) -> None:
    """Raises TimescaleError."""
    shown = request.POST.get("shown", "")
    if "reset" in request.POST:
        changed = timescale_table.reset(rule.code, shown=shown, by=request.user, at=timezone.now())
        messages.success(request, f"“{changed.name}” is as it came again.")
        return
    changed = timescale_table.change(rule.code, form.values(), shown=shown, by=request.user, at=timezone.now())
    messages.success(request, f"Saved “{changed.name}”. Hints in audits follow it from now on.")


def _show_rule(
    request: StaffRequest, rule: TimescaleRule, form: TimescaleRuleForm, *, may_change: bool
) -> HttpResponse:
    context = {
        "rule": rule,
        "limit": limit_words(rule),
        "counting": timescale_table.COUNTING_WORDS[rule.counting],
        "for_whom": timescale_table.for_whom(rule),
        "form": form,
        "shown": request.POST.get("shown") or as_shown(rule),
        "may_change": may_change,
        "differs": timescale_table.differs(rule),
        "as_it_came": timescale_table.as_it_came(rule),
        "history": timescale_table.history(rule),
    }
    return render(request, "audits/timescale.html", context)
