"""Every field of every model says whose data it holds (rule 10 of the architecture): fixtures/field_classes.yml."""

from __future__ import annotations

from collections.abc import Iterator

import yaml
from django.apps import apps
from django.db.models import Field, ManyToManyField, Model
from pghistory.models import Event

from tests.architecture.sources import OUR_APPS, ROOT

CLASSES = {"personal", "special", "staff", "plain"}
FILE = ROOT / "fixtures" / "field_classes.yml"


def classified() -> dict[str, dict[str, str]]:
    """model → field → class, as the file says."""
    content: dict[str, dict[str, str]] = yaml.safe_load(FILE.read_text("utf-8"))["models"]
    return content


def models() -> Iterator[type[Model]]:
    """Our models, without the history tables, which repeat the fields of what they follow."""
    for app in OUR_APPS:
        yield from (model for model in apps.get_app_config(app).get_models() if not issubclass(model, Event))


def fields_of(model: type[Model]) -> set[str]:
    """The fields that hold something; the key a row is known by says nothing."""
    every = [*model._meta.local_fields, *model._meta.local_many_to_many]
    return {field.name for field in every if isinstance(field, Field | ManyToManyField) and field.name != "id"}


class TestFieldClasses:
    def test_name_every_field_and_no_other(self) -> None:
        there = {f"{model._meta.label}.{name}" for model in models() for name in fields_of(model)}
        said = {f"{model}.{name}" for model, names in classified().items() for name in names}
        assert there - said == set(), "say in fixtures/field_classes.yml whose data this is"
        assert said - there == set(), "fixtures/field_classes.yml names what is no longer there"

    def test_are_one_of_four(self) -> None:
        assert {kind for names in classified().values() for kind in names.values()} == CLASSES

    def test_hold_for_history_tables_too(self) -> None:
        """A history table follows a model of ours, and every field it adds is pghistory's own."""
        for app in OUR_APPS:
            for event in (m for m in apps.get_app_config(app).get_models() if issubclass(m, Event)):
                followed = event.pgh_tracked_model
                added = {field.name for field in event._meta.local_fields if not field.name.startswith("pgh_")}
                assert added - {"id"} <= fields_of(followed), event

    def test_keep_children_out_of_what_a_row_is_called(self) -> None:
        """`str(row)` ends up in logs: it names no child."""
        case = apps.get_model("audits.Case")(reference="C1", child_name="Robin Sample")
        assert str(case) == "C1"
