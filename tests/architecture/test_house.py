"""The house rules that import-linter cannot see: what a module may look like and be called."""

from __future__ import annotations

import ast
from pathlib import Path

from django.apps import apps
from pghistory.models import Event

from tests.architecture.sources import OUR_APPS, PACKAGES, ROOT, Module, product

LONGEST_MODULE, LONGEST_FUNCTION = 400, 40
NOT_A_NAME = {"core", "common", "utils", "util", "helpers", "helper", "misc", "shared"}

# `.objects` in a view without `visible_to` in the same statement, and why that is right there.
ALLOWED = {
    ("audits/views/meetings.py", "before_you_meet", "TemplateVersion"): "everybody may read the blank forms (A2)",
    (
        "people/views/records.py",
        "_private_undelivered",
        "OutgoingMail",
    ): "whose private mail failed, by name alone, for mail readers",
    ("audits/views/page.py", "page", "PageAnswers"): "the audit came through writable_audit",
    ("audits/views/smart_actions.py", "_owners", "User"): "names of one team, for the auditor who sets an action",
    ("audits/views/smart_actions.py", "_form", "User"): "names and jobs, for the auditor who sets an action",
    ("audits/views/smart_actions.py", "change_action", "SmartAction"): "the audit came through writable_audit",
    ("audits/views/smart_actions.py", "remove_action", "SmartAction"): "the audit came through writable_audit",
    ("audits/views/learning.py", "change_learning", "LearningPoint"): "the audit came through writable_audit",
    ("audits/views/learning.py", "remove_learning", "LearningPoint"): "the audit came through writable_audit",
    ("audits/views/reading.py", "detail", "OutgoingMail"): "the audit was visible, and VIEW_MAIL is asked for",
    ("audits/views/timescales.py", "timescale", "TimescaleRule"): "everybody may read the council's timescales (A17)",
    ("audits/views/reading.py", "_name_people", "User"): "the names of the people of an audit that was visible",
}


class TestModules:
    def test_are_short_enough_to_be_read_at_once(self) -> None:
        lengths = {module.name: len(module.text.splitlines()) for module in product()}
        assert {name: lines for name, lines in lengths.items() if lines > LONGEST_MODULE} == {}

    def test_have_short_functions(self) -> None:
        long = [
            f"{module.name}:{function.lineno} {function.name}: {lines} lines"
            for module in product()
            for function in module.functions()
            if (lines := (function.end_lineno or 0) - function.lineno + 1) > LONGEST_FUNCTION
        ]
        assert long == []

    def test_open_with_a_line_that_says_what_they_are_for(self) -> None:
        silent = [m.name for m in product() if m.text.strip() and ast.get_docstring(m.tree) is None]
        assert silent == []

    def test_are_named_for_what_they_hold(self) -> None:
        folders = [*PACKAGES, "tests", "tools", "bench"]
        paths: list[Path] = [path for folder in folders for path in (ROOT / folder).rglob("*.py")]
        bad = {path.relative_to(ROOT).as_posix() for path in paths if NOT_A_NAME & {path.stem, *path.parts}}
        assert bad == set()

    def test_never_call_functions_actions(self) -> None:
        """An action is a SMART action."""
        assert [module.name for module in product() if module.path.name == "actions.py"] == []

    def test_have_no_unfinished_business(self) -> None:
        words = ("TODO", "FIXME", "XXX", "HACK")
        marked = [
            f"{module.name}:{number}"
            for module in product()
            for number, line in enumerate(module.text.splitlines(), 1)
            if "#" in line and any(word in line.partition("#")[2] for word in words)
        ]
        assert marked == []


class TestViews:
    def test_reach_rows_through_visible_to(self) -> None:
        found = {place for module in views() for place in unguarded(module)}
        assert found - set(ALLOWED) == set(), "add visible_to, or a reason to the list"
        assert set(ALLOWED) - found == set(), "the list names what is no longer there"

    def test_never_run_raw_sql(self) -> None:
        raw = {"raw", "extra", "cursor", "execute"}
        found = [
            f"{module.name}:{node.lineno} {node.attr}"
            for module in views()
            if module.name != "auditportal/pages.py"  # /health asks the database whether it is there
            for node in ast.walk(module.tree)
            if isinstance(node, ast.Attribute) and node.attr in raw
        ]
        assert found == []


def views() -> list[Module]:
    """The modules whose functions answer requests."""
    return [module for module in product() if "views" in module.path.parts or module.name == "auditportal/pages.py"]


def unguarded(module: Module) -> set[tuple[str, str, str]]:
    """Module, function and model of each `Model.objects` or `get_object_or_404(Model…)` without `visible_to`."""
    found = set()
    for function in module.functions():
        for statement in ast.walk(function):
            if isinstance(statement, ast.stmt) and not hasattr(statement, "body"):
                nodes = list(ast.walk(statement))
                if not any(isinstance(node, ast.Attribute) and node.attr == "visible_to" for node in nodes):
                    found |= {(module.name, function.name, model) for node in nodes if (model := model_of(node))}
    return found


def model_of(node: ast.AST) -> str:
    """The model that an expression starts from; empty where it starts from none."""
    if isinstance(node, ast.Attribute) and node.attr in {"objects", "_default_manager"}:
        return ast.unparse(node.value)
    if isinstance(node, ast.Call) and ast.unparse(node.func) in {"get_object_or_404", "get_list_or_404"}:
        first = node.args[0]
        return first.id if isinstance(first, ast.Name) and first.id[:1].isupper() else ""
    return ""


class TestModels:
    def test_can_be_followed_back_from_another_app(self) -> None:
        """A key with related_name="+" to another app hides who depends on it."""
        hidden = [
            f"{model.__name__}.{key.name}"
            for app in OUR_APPS
            for model in apps.get_app_config(app).get_models()
            if not issubclass(model, Event)  # made by pghistory
            for key in model._meta.get_fields()
            if key.is_relation
            and getattr(key, "remote_field", None)
            and not key.auto_created
            and key.remote_field.hidden
            and key.related_model._meta.app_label != app
        ]
        assert hidden == []

    def test_have_no_logic_in_save_and_listen_to_no_signals(self) -> None:
        saves = [
            f"{module.name}:{function.lineno}"
            for module in product()
            if "models" in module.name
            for function in module.functions()
            if function.name in {"save", "delete"}
        ]
        signals = [module.name for module in product() if "django.dispatch" in module.text or "signals" in module.text]
        assert saves + signals == []
