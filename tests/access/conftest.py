"""The world of the matrix, made once for a module and undone after it; each test's own changes are undone too."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.db import transaction

from tests.access import council
from tests.access.world import World
from tests.conftest import NOW


@pytest.fixture(scope="module")
def built_world(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    """Everything the matrix needs, in a transaction that is rolled back when the module is done."""
    with django_db_blocker.unblock(), time_machine.travel(NOW, tick=False), transaction.atomic():
        logging.disable(logging.WARNING)  # thousands of refusals, each with its traceback
        yield council.build()
        logging.disable(logging.NOTSET)
        transaction.set_rollback(True)


@pytest.fixture
def world(built_world: World, db: None) -> World:
    """The same world for every test of a module."""
    return built_world
