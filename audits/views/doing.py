"""Fill in an audit: the task list, a page for each part, actions, check your answers, submit."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import BadRequest, PermissionDenied, RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from audits import answering, pages, smart_actions
from audits.forms import SmartActionForm
from audits.messages import head_of_service, team_recipients
from audits.models import Audit, PageAnswers, SmartAction
from audits.permissions import may_write
from audits.posted import content_from_post, revision_from_post
from audits.reading import answered_pages
from audits.structure import AuditForm, form_of
from people.line_management import working
from people.models import User
from people.requests import StaffRequest

PEOPLE = ("worker", "team", "team_manager", "supervisor")
LARGEST_SAVE = 3_000_000  # bytes: nine long answers with room to spare


def writable_audit(request: StaffRequest, reference: str, *also: str) -> Audit:
    """The audit, where this person is writing it: 404 out of sight, 403 where it is not theirs to write (any more).

    `also` names what else is read with it in the same query, e.g. "worker".
    """
    rows = Audit.objects.visible_to(request.user).select_related("case", *also)
    audit = get_object_or_404(rows, reference=reference)
    if not may_write(audit, request.user):
        raise PermissionDenied("This audit is submitted or belongs to somebody else.")
    return audit


@require_http_methods(["GET", "HEAD"])
def tasks(request: StaffRequest, reference: str) -> HttpResponse:
    """The task list: every page with how far it is."""
    audit = writable_audit(request, reference, *PEOPLE)
    form = form_of(audit.template_version_id)
    states = pages.states(audit, answering.contents_of(audit), form=form)
    done = sum(state.state in {"completed", "set_aside"} for state in states)
    context = {
        "audit": audit,
        "before": states[:4],
        "sections": [state for state in states[4:-1] if state.code != "theme"],
        "theme": next((state for state in states if state.code == "theme"), None),
        "overall": states[-1],
        "done": done,
        "total": len(states),
        "action_count": audit.smart_actions.count(),
    }
    return render(request, "audits/tasks.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: StaffRequest, reference: str, page: str) -> HttpResponse:
    """One page of the form. Posting saves it whatever it says, then goes on, or shows what cannot be right."""
    audit = writable_audit(request, reference, *(PEOPLE if page == "overview" else ()))
    form = form_of(audit.template_version_id)
    if page not in pages.page_codes(form, audit.questions):
        raise Http404
    if request.method == "POST":
        return _save_posted(request, audit, page, form)
    stored = PageAnswers.objects.filter(audit=audit, page=page).first()
    content = stored.content if stored else pages.prefilled(page, audit.case)
    revision = stored.revision if stored else 0
    return _show(request, audit, page, form, content=content, revision=revision, saved=stored)


def _save_posted(request: StaffRequest, audit: Audit, page: str, form: AuditForm) -> HttpResponse:
    content = content_from_post(request.POST)
    base = revision_from_post(request.POST)
    try:
        saved = answering.save_page(
            audit.reference, page=page, content=content, base_revision=base, by=request.user, at=timezone.now()
        )
    except answering.PageConflict as conflict:
        typed = pages.clean_content(page, content, form=form, questions=audit.questions)
        return _show(
            request,
            audit,
            page,
            form,
            content=typed,
            revision=conflict.stored.revision,
            conflict=conflict.stored,
            status=409,
        )
    except answering.NotWritable as refused:
        raise PermissionDenied(str(refused)) from refused
    if request.POST.get("go") == "add_row":
        return redirect(request.path + "?rows=more#people")
    if _malformed(audit, page, form, saved.content):
        return _show(request, audit, page, form, content=saved.content, revision=saved.revision, show_errors=True)
    return _next(audit, page, form, go=request.POST.get("go", ""))


def _malformed(audit: Audit, page: str, form: AuditForm, content: pages.Content) -> bool:
    """Whether something typed cannot be right (what is merely missing may wait)."""
    if form.section(page):
        return False
    return bool(pages.draft_form(page, content, audit=audit, form=form, show_errors=True).errors)


def _next(audit: Audit, page: str, form: AuditForm, *, go: str) -> HttpResponse:
    codes = pages.page_codes(form, audit.questions)
    after = codes.index(page) + 1
    if go == "list":
        return redirect("audits:tasks", audit.reference)
    if after == len(codes):
        return redirect("audits:smart_actions", audit.reference)
    return redirect("audits:page", audit.reference, codes[after])


def _show(
    request: StaffRequest,
    audit: Audit,
    page: str,
    form: AuditForm,
    *,
    content: pages.Content,
    revision: int,
    saved: PageAnswers | None = None,
    show_errors: bool = False,
    conflict: PageAnswers | None = None,
    status: int = 200,
) -> HttpResponse:
    context: dict[str, Any] = {
        "audit": audit,
        "page": page,
        "title": pages.title_of(page, form),
        "revision": revision,
        "content": content,
        "saved": saved,
        "conflict": conflict,
        "audit_form": form,
        "adult": pages.is_adult(audit),
    }
    section = form.section(page)
    if section:
        context |= {"section": section, "standards": _standards(section, content, adult=context["adult"])}
        context["guidance"] = _guidance(form.pk, section.code, audit.plan)
        return render(request, "audits/section.html", context, status=status)
    context["form"] = pages.draft_form(page, content, audit=audit, form=form, show_errors=show_errors)
    if page == "overview":
        more = 1 if request.GET.get("rows") == "more" or not content.get("household") else 0
        context["row_groups"] = _row_groups(content, more=more)
    if page == "overall":
        contents = {**answering.contents_of(audit), "overall": content}
        context["suggestion"] = pages.suggestion(contents, form=form)
        context["suggested"] = form.grade(context["suggestion"].grade)
        context["prompts"] = pages.consistency_prompts(contents, form=form)
    return render(request, f"audits/page_{_template_of(page)}.html", context, status=status)


@lru_cache(maxsize=512)
def _guidance(version: int, section: str, plan: str) -> str:
    """The guidance beside a section, drawn once: it is the same for every audit of a version and plan."""
    form = form_of(version)
    found = form.section(section)
    areas = found.guidance_for(plan) if found else []
    return render_to_string("audits/parts/guidance.html", {"guidance": areas, "grades": form.grades})


def _template_of(page: str) -> str:
    return "contact" if page in {"child", "parent"} else page


def _standards(section: Any, content: pages.Content, *, adult: bool) -> list[dict[str, str]]:
    answers = content.get("answers", {})
    return [
        {
            "code": standard.code,
            "text": (adult and standard.text_18_plus) or standard.text,
            "hint": standard.hint,
            "number": f"{section.number}.{number}",
            "name": f"answers__{standard.code}",
            "value": answers.get(standard.code, ""),
            "error": "",
        }
        for number, standard in enumerate(section.standards, 1)
    ]


def _row_groups(content: pages.Content, *, more: int) -> list[dict[str, Any]]:
    blank = dict.fromkeys(pages.ROW_FIELDS, "")
    return [
        {
            "name": group,
            "title": pages.ROW_TITLES[group],
            "rows": [*({**blank, **row} for row in content.get(group, [])), *[blank] * max(more, 1)],
        }
        for group in pages.ROW_GROUPS
    ]


SIGNED_OUT = "You were signed out: sign in in another tab, then this page goes on saving"
OTHER_USER = "Not saved: this page was opened by another person, and what they typed is hidden."
UNREADABLE = "Not saved: the page could not be read."
TOO_LONG = "Not saved: this page is too long. Make it shorter."
NOT_THERE = "Not saved: there is no such page. Copy what you typed before you leave."


@login_not_required  # a signed-out browser gets 401 and keeps its text, never a sign-in page
@require_POST
def save_page(request: HttpRequest, reference: str, page: str) -> JsonResponse:
    """Autosave: JSON in and out, never a redirect. 200 saved; every refusal says why in `message`.

    400 unreadable, 401 signed out, 403 `closed`, 404, 409 changed elsewhere or `other_user`, 413 too long.
    """
    user = request.user
    if not isinstance(user, User):
        return _not_saved(SIGNED_OUT, status=401)
    if request.headers.get("X-Writer", str(user.pk)) != str(user.pk):
        return _not_saved(OTHER_USER, status=409, other_user=True)
    try:
        base, content = _sent(request)
        saved = answering.save_page(
            reference, page=page, content=content, base_revision=base, by=user, at=timezone.now()
        )
    except RequestDataTooBig:
        return _not_saved(TOO_LONG, status=413)
    except Http404:
        return _not_saved(NOT_THERE, status=404)
    except answering.NotWritable as refused:
        return _not_saved(f"{refused} Copy what you typed before you leave.", status=403, closed=True)
    except answering.PageConflict as conflict:
        stored = conflict.stored
        return _not_saved(str(conflict), status=409, content=stored.content, revision=stored.revision)
    except BadRequest:
        return _not_saved(UNREADABLE, status=400)
    local = timezone.localtime(saved.at)
    return JsonResponse({"revision": saved.revision, "saved_at": f"{local:%H:%M}"})


def _sent(request: HttpRequest) -> tuple[int, Any]:
    """The revision the writer started from, and the content. Raises RequestDataTooBig or BadRequest."""
    if len(request.body) > LARGEST_SAVE:
        raise RequestDataTooBig
    try:
        sent = json.loads(request.body)
        return int(sent.get("base_revision") or 0), sent["content"]
    except (ValueError, KeyError, AttributeError, TypeError, OverflowError, RecursionError) as unreadable:
        raise BadRequest from unreadable


def _not_saved(message: str, *, status: int, **more: Any) -> JsonResponse:
    return JsonResponse({"message": message, **more}, status=status)


def _owners(audit: Audit) -> list[User]:
    """Who may be given an action: the worker, the managers and members of the team, the chair."""
    people = [audit.worker, audit.team_manager, audit.case.chair]
    today = timezone.localdate()
    team = User.objects.working_on(today).filter(team=audit.team_id) if audit.team_id else User.objects.none()
    if audit.worker is None and audit.team_manager is None:
        people.append(audit.auditor)
    return [*[person for person in people if person and working(person, today=today)], *team]


@require_http_methods(["GET", "HEAD", "POST"])
def actions(request: StaffRequest, reference: str) -> HttpResponse:
    """The audit's actions while it is written, with a form to add one."""
    audit = writable_audit(request, reference, *PEOPLE, "case__chair")
    today = timezone.localdate()
    form = SmartActionForm(request.POST or None, owners=_owners(audit), today=today)
    if request.method == "POST" and form.is_valid():
        try:
            smart_actions.add(audit, **form.cleaned_data, by=request.user, at=timezone.now(), today=today)
        except smart_actions.ActionError as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, "The action was added.")
            return redirect("audits:smart_actions", audit.reference)
    context = {"audit": audit, "form": form, "actions": audit.smart_actions.select_related("owner")}
    return render(request, "audits/smart_actions.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def change_action(request: StaffRequest, reference: str, number: int) -> HttpResponse:
    """Change one action while the audit is written."""
    audit = writable_audit(request, reference)
    action = get_object_or_404(SmartAction, audit=audit, number=number)
    today = timezone.localdate()
    form = SmartActionForm(request.POST or None, instance=action, owners=_owners(audit), today=today)
    if request.method == "POST" and form.is_valid():
        try:
            smart_actions.change(action, **form.cleaned_data, by=request.user, today=today)
        except smart_actions.ActionError as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, "The action was changed.")
            return redirect("audits:smart_actions", audit.reference)
    return render(request, "audits/change_action.html", {"audit": audit, "form": form, "action": action})


@require_http_methods(["GET", "HEAD", "POST"])
def remove_action(request: StaffRequest, reference: str, number: int) -> HttpResponse:
    """Ask, then take an action out."""
    audit = writable_audit(request, reference)
    action = get_object_or_404(SmartAction.objects.select_related("audit", "owner"), audit=audit, number=number)
    if request.method == "POST":
        try:
            smart_actions.remove(action, by=request.user)
        except smart_actions.ActionError as refused:
            messages.error(request, str(refused))
        else:
            messages.success(request, "The action was removed.")
        return redirect("audits:smart_actions", audit.reference)
    return render(request, "audits/remove_action.html", {"audit": audit, "action": action})


def _by_page(problems: list[pages.Problem], form: AuditForm) -> list[dict[str, Any]]:
    """What is missing, one entry a page: its title, what to do, and the input to begin with."""
    found: dict[str, dict[str, Any]] = {}
    for problem in problems:
        title = "Actions" if problem.page == "actions" else pages.title_of(problem.page, form)
        entry = found.setdefault(problem.page, {"page": problem.page, "title": title, "name": problem.name, "what": []})
        entry["what"].append(problem.message)
    return list(found.values())


@require_http_methods(["GET", "HEAD", "POST"])
def check(request: StaffRequest, reference: str) -> HttpResponse:
    """Check your answers, and submit: what is missing is listed with a link; who will be told is said before."""
    audit = writable_audit(request, reference)
    today = timezone.localdate()
    problems: list[pages.Problem] = []
    if request.method == "POST":
        try:
            submitted = answering.submit(audit, by=request.user, at=timezone.now(), today=today)
        except answering.NotReady as not_ready:
            problems = not_ready.problems
        except answering.NotWritable:  # pressed twice: it is submitted
            return redirect("audits:detail", audit.reference)
        else:
            messages.success(request, f"Audit {submitted.reference} is submitted. The team has been told.")
            return redirect("audits:detail", submitted.reference)
    form = form_of(audit.template_version_id)
    contents = answering.contents_of(audit)
    urgent = pages.is_urgent(contents, form=form)
    told = team_recipients(audit, today=today)
    head = head_of_service(audit, today=today) if urgent else None
    context = {
        "audit": audit,
        "missing": _by_page(problems or answering.problems_before_submitting(audit, contents, form=form), form),
        "refused": bool(problems),
        "unanswered": pages.unanswered(contents.get("theme", {}), questions=audit.questions),
        "pages": answered_pages(audit, contents, form=form),
        "actions": audit.smart_actions.select_related("owner"),
        "urgent": urgent,
        "prompts": pages.consistency_prompts(contents, form=form),
        "told": told + ([head] if head and head not in told else []),
    }
    return render(request, "audits/check.html", context)
