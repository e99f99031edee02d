"""Names in strings: addresses, templates, tasks, models and modules that are named somewhere exist."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import PurePosixPath

import pytest
from celery.schedules import crontab
from django.apps import apps
from django.conf import settings
from django.template import Template
from django.template.defaulttags import URLNode
from django.template.loader import get_template
from django.template.loader_tags import ExtendsNode, IncludeNode
from django.utils.module_loading import import_string

from auditportal.celery import app as celery
from auditportal.schedule import TIMETABLE
from tests.access.addresses import patterns
from tests.architecture.sources import OUR_APPS, PACKAGES, product, templates

ADDRESSES = {name for name, _, _ in patterns()}
APPS = "|".join(OUR_APPS)
ADDRESS = re.compile(rf"(?:{APPS}):[\w*]+|\*:\w+")
TEMPLATE = re.compile(r"[\w*/-]+\.(?:html|txt)")
MODEL = re.compile(rf"(?:{APPS})\.[A-Z]\w+")
DOTTED = re.compile(rf"(?:{'|'.join(PACKAGES)})(?:\.\w+)+")
CALLED_WITH_AN_ADDRESS = re.compile(r"""\b(?:reverse|reverse_lazy|redirect|_?link)\(\s*["']([\w:]+)["']""")


class TestAddresses:
    def test_named_in_code_exist(self) -> None:
        named = [
            (f"{module.name}:{line}", text)
            for module in product()
            for line, text in module.texts()
            if ADDRESS.fullmatch(text)
        ]
        assert [place for place in named if not any(fnmatch(name, place[1]) for name in ADDRESSES)] == []

    def test_passed_to_a_function_exist(self) -> None:
        named = [(m.name, name) for m in product() for name in CALLED_WITH_AN_ADDRESS.findall(m.text)]
        assert named
        assert [place for place in named if place[1] not in ADDRESSES] == []

    def test_named_in_templates_exist(self) -> None:
        named = [(name, node.view_name.var) for name in templates() for node in _nodes(name, URLNode)]
        fixed = [(name, address) for name, address in named if isinstance(address, str)]
        assert fixed
        assert [place for place in fixed if place[1] not in ADDRESSES] == []

    def test_named_in_settings_exist(self) -> None:
        assert {settings.LOGIN_URL, settings.LOGIN_REDIRECT_URL} <= ADDRESSES


class TestTemplates:
    @pytest.mark.parametrize("name", sorted(templates()))
    def test_compile(self, name: str) -> None:
        get_template(name)

    def test_named_in_code_exist(self) -> None:
        named = [
            (f"{module.name}:{line}", text)
            for module in product()
            for line, text in module.texts()
            if TEMPLATE.fullmatch(text)
        ]
        assert [place for place in named if not _exists(place[1])] == []

    def test_named_in_templates_exist(self) -> None:
        named = [(name, other) for name in templates() for other in _other_templates(name)]
        assert named
        assert [place for place in named if not _exists(place[1])] == []

    def test_are_all_used(self) -> None:
        """By code, by another template, or by a library that looks for the name."""
        by_code = {text for module in product() for _, text in module.texts() if TEMPLATE.fullmatch(text)}
        by_templates = {other for name in templates() for other in _other_templates(name)}
        by_libraries = {"account/*", "govuk/*", "40[034]*.html", "500.html"}
        used = by_code | by_templates | by_libraries
        assert [name for name in templates() if not any(fnmatch(name, pattern) for pattern in used)] == []


def _exists(name: str) -> bool:
    """Whether there is a template of this name, ours or a library's; * stands for anything."""
    if "*" in name:
        return any(fnmatch(found, name) for found in templates())
    return name in templates() or _loads(name)


def _loads(name: str) -> bool:
    try:
        get_template(name)
    except Exception:  # noqa: BLE001  # whatever the reason, it does not load
        return False
    return True


def _nodes(name: str, kind: type) -> Iterator[object]:
    compiled: Template = get_template(name).template  # type: ignore[attr-defined]  # Django's own backend
    return iter(compiled.nodelist.get_nodes_by_type(kind))


def _other_templates(name: str) -> Iterator[str]:
    for node in _nodes(name, IncludeNode):
        if isinstance(node.template.var, str):
            yield node.template.var
    for node in _nodes(name, ExtendsNode):
        if isinstance(node.parent_name.var, str):
            yield node.parent_name.var


class TestTimetable:
    celery.loader.import_default_modules()

    @pytest.mark.parametrize("entry", TIMETABLE)
    def test_names_a_task_that_the_worker_knows(self, entry: str) -> None:
        assert TIMETABLE[entry]["task"] in celery.tasks

    @pytest.mark.parametrize("entry", TIMETABLE)
    def test_never_runs_only_in_the_hour_in_which_clocks_change(self, entry: str) -> None:
        schedule = TIMETABLE[entry]["schedule"]
        assert not isinstance(schedule, crontab) or schedule.hour - {23}  # a number: every so many seconds

    def test_runs_every_task_of_the_product(self) -> None:
        ours = {name for name in celery.tasks if name.split(".")[0] in PACKAGES}
        assert ours == {entry["task"] for entry in TIMETABLE.values()}


class TestModels:
    def test_named_in_code_exist(self) -> None:
        named = {text for module in product() for _, text in module.texts() if MODEL.fullmatch(text)}
        assert "people.User" in named
        for name in named:
            apps.get_model(name)


class TestModules:
    def test_named_in_code_exist(self) -> None:
        """Dotted paths in settings, middleware, handlers."""
        named = {text for module in product() for _, text in module.texts() if DOTTED.fullmatch(text)}
        for name in sorted(named):
            if MODEL.fullmatch(name) or PurePosixPath(name).suffix in {".html", ".txt", ".css", ".js"}:
                continue
            if name not in celery.tasks:
                assert _imports(name), name


def _imports(name: str) -> bool:
    try:
        import_string(name)
    except ImportError:
        try:
            __import__(name)
        except ImportError:
            return False
    return True
