"""Reading and sending the pages of a meeting, and what an auditor types to book one."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.test import Client
from django.urls import reverse

from people.models import User
from tests.cast import date_parts

DAY = date(2026, 11, 19)


def visit(client: Client, person: User, name: str, *args: Any) -> Any:
    client.force_login(person)
    return client.get(reverse(f"audits:{name}", args=args))


def send(client: Client, person: User, name: str, *args: Any, **data: Any) -> Any:
    client.force_login(person)
    return client.post(reverse(f"audits:{name}", args=args), data)


def booking(day: date = DAY, clock: str = "10:00", **changes: str) -> dict[str, Any]:
    typed = {"minutes": "60", "how": "in_person", "place": "Room 2", "message": "", "time_1": clock}
    return {**typed, **date_parts("day_1", day), **changes}
