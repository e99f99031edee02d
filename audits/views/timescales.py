"""Timescales: beside an audit as hints, and the council's table of rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from audits import timescale_ours, timescale_table
from audits.forms.timescale_rule import CountingForm, OwnRuleForm, TimescaleRuleForm
from audits.models import Audit, TimescaleRule
from audits.pages import age_of, clean_content
from audits.posted import content_from_post
from audits.structure import form_of
from audits.timescale_lines import (
    by_topic,
    case_list_day,
    fitting,
    left_over,
    lines_of,
    prefilled_days,
    rules_for,
)
from audits.timescale_table import ChangedMeanwhile, TimescaleError, as_shown
from audits.timescales import limit_words
from audits.views.writing import writable_audit
from people.requests import StaffRequest
from people.roles import Permission

ALL = "all"  # of ?show=: every topic of the table open

# ------------------------------------------------------------------ beside an audit


def page_context(audit: Audit, content: Mapping[str, Any], *, is_saved: bool, today: date) -> dict[str, Any]:
    """What the page of an audit shows beside the form: the rules that suit the child, then the others.

    Until something was typed the days come from the case. Three queries at most: rules, holidays, case list.
    """
    days = content.get("days", {})
    rules = rules_for(days)
    suiting = fitting(rules, audit=audit)
    ours = [rule for rule in rules if rule.code in suiting and rule.in_use]
    if not is_saved and not days:
        days = prefilled_days(ours, case=audit.case, since=audit.window_start, until=audit.window_end)
    lines = lines_of(rules, days, case=audit.case, today=today)
    others = by_topic(line for line in lines if line.rule.code not in suiting)
    return {
        "topics": by_topic(line for line in lines if line.rule.code in suiting),
        "others": others,
        "age": age_of(audit),
        "left_over": left_over(days, rules),
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
    lines = lines_of(rules_for(days), days, case=audit.case, today=timezone.localdate())
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
    rules = timescale_table.all_rules()
    may_change = request.user.can(Permission.MANAGE_CYCLES)
    context = {
        "topics": _folded(rules, show=request.GET.get("show", ""), for_council=may_change),
        "number": len(rules),
        "all_shown": request.GET.get("show") == ALL,
        "form": form,
        "may_change": may_change,
    }
    return render(request, "audits/timescales.html", context)


def _folded(rules: list[TimescaleRule], *, show: str, for_council: bool) -> list[dict[str, Any]]:
    """The rules by topic; open is the topic of the rule that `show` names, or every topic."""
    notes = timescale_table.notes_for_council() if for_council else {}
    topics: dict[str, dict[str, Any]] = {}
    for rule in rules:
        topic = topics.setdefault(rule.topic, {"title": rule.topic, "rows": [], "open": show == ALL, "not_in_use": 0})
        row = {"rule": rule, "limit": limit_words(rule), "differs": timescale_table.differs(rule)}
        topic["rows"].append({**row, "ours": timescale_table.is_ours(rule), "for_council": notes.get(rule.code, "")})
        topic["open"] = topic["open"] or rule.code == show
        topic["not_in_use"] += not rule.in_use
    return list(topics.values())


def _table_with(code: str) -> HttpResponse:
    return redirect(f"{reverse('audits:timescales')}?{urlencode({'show': code})}")


@require_http_methods(["GET", "HEAD", "POST"])
def new_timescale(request: StaffRequest) -> HttpResponse:
    """A rule of the council's own, for those who run the programme."""
    demand_programme(request)
    form = _own_form(request, TimescaleRule(unit="working_days"))
    if request.method == "POST" and form.is_valid():
        try:
            added = timescale_ours.add(form.values(), by=request.user, at=timezone.now())
        except TimescaleError as error:
            form.refuse(error)
        else:
            messages.success(request, f"Added “{added.name}”. Audits show it from now on.")
            return _table_with(added.code)
    return render(request, "audits/timescale_new.html", {"form": form})


def _own_form(request: StaffRequest, rule: TimescaleRule) -> OwnRuleForm:
    topics = list(dict.fromkeys(one.topic for one in timescale_table.all_rules()))
    return OwnRuleForm(_posted(request), instance_of=rule, topics=topics)


def _posted(request: StaffRequest) -> QueryDict | None:
    return request.POST if request.method == "POST" and "reset" not in request.POST else None


@require_http_methods(["GET", "HEAD", "POST"])
def timescale(request: StaffRequest, code: str) -> HttpResponse:
    """One rule with its history; those who run the programme change a local one here, or put it back."""
    rule = get_object_or_404(TimescaleRule, code=code)
    if request.method == "POST":
        demand_programme(request)
    form = _form_of(request, rule)
    if request.method != "POST" or not ("reset" in request.POST or form.is_valid()):
        return _show_rule(request, rule, form)
    try:
        _change(request, rule, form)
    except ChangedMeanwhile as error:
        messages.error(request, str(error))
        return redirect("audits:timescale", code)
    except TimescaleError as error:
        if error.field:
            form.refuse(error)
            return _show_rule(request, rule, form)
        messages.error(request, str(error))
    return _table_with(code)


def _form_of(request: StaffRequest, rule: TimescaleRule) -> TimescaleRuleForm:
    if timescale_table.is_ours(rule):
        return _own_form(request, rule)
    return TimescaleRuleForm(_posted(request), instance_of=rule)


def _change(request: StaffRequest, rule: TimescaleRule, form: TimescaleRuleForm) -> None:
    """Raises TimescaleError."""
    shown = request.POST.get("shown", "")
    if "reset" in request.POST:
        changed = timescale_table.reset(rule.code, shown=shown, by=request.user, at=timezone.now())
        messages.success(request, f"“{changed.name}” is as it came again.")
        return
    changed = timescale_table.change(rule.code, form.values(), shown=shown, by=request.user, at=timezone.now())
    messages.success(request, f"Saved “{changed.name}”. Hints in audits follow it from now on.")


@require_POST
def remove_timescale(request: StaffRequest, code: str) -> HttpResponse:
    """Throw away a rule of the council's own for which no days were typed."""
    demand_programme(request)
    try:
        shown = request.POST.get("shown", "")
        removed = timescale_ours.remove(code, shown=shown, by=request.user, at=timezone.now())
    except TimescaleRule.DoesNotExist as error:
        raise Http404 from error
    except TimescaleError as error:
        messages.error(request, str(error))
        return redirect("audits:timescale", code)
    messages.success(request, f"Removed “{removed.name}”.")
    return redirect("audits:timescales")


def _show_rule(request: StaffRequest, rule: TimescaleRule, form: TimescaleRuleForm) -> HttpResponse:
    is_ours = timescale_table.is_ours(rule)
    may_change = request.user.can(Permission.MANAGE_CYCLES)
    context = {
        "rule": rule,
        "limit": limit_words(rule),
        "counting": timescale_table.COUNTING_WORDS[rule.counting],
        "for_whom": timescale_table.for_whom(rule),
        "for_council": timescale_table.notes_for_council().get(rule.code, "") if may_change else "",
        "form": form,
        "shown": request.POST.get("shown") or as_shown(rule),
        "may_change": may_change and not rule.statutory,
        "is_ours": is_ours,
        "has_days": is_ours and timescale_ours.has_days(rule),
        "differs": timescale_table.differs(rule),
        "as_it_came": timescale_table.as_it_came(rule),
        "history": timescale_table.history(rule),
    }
    return render(request, "audits/timescale.html", context)
