"""Migrations: one line per app, and nothing in the models that no migration knows."""

from __future__ import annotations

from itertools import pairwise

import pytest
from django.apps import apps
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState

from tests.architecture.sources import OUR_APPS


@pytest.fixture(scope="module")
def loader() -> MigrationLoader:
    """The migration files; no database is asked."""
    return MigrationLoader(None)


class TestMigrations:
    @pytest.mark.parametrize("app", OUR_APPS)
    def test_have_one_end(self, loader: MigrationLoader, app: str) -> None:
        assert len(loader.graph.leaf_nodes(app)) == 1

    @pytest.mark.parametrize("app", OUR_APPS)
    def test_follow_each_other_in_the_order_of_their_numbers(self, loader: MigrationLoader, app: str) -> None:
        names = sorted(name for label, name in loader.disk_migrations if label == app)
        assert [int(name[:4]) for name in names] == list(range(1, len(names) + 1))
        for before, after in pairwise(names):
            assert (app, before) in loader.disk_migrations[app, after].dependencies

    def test_know_everything_in_the_models(self, loader: MigrationLoader) -> None:
        detector = MigrationAutodetector(loader.project_state(), ProjectState.from_apps(apps))
        missing = detector.changes(graph=loader.graph)
        assert {app: [str(op) for m in found for op in m.operations] for app, found in missing.items()} == {}
