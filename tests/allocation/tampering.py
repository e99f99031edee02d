"""A draw on record, altered behind the portal's back."""

from __future__ import annotations

from django.db import connection

from allocation.models import Draw


def tamper(draw: Draw, field: str, before: str, after: str) -> Draw:
    """Change a stored draw behind the portal's back: the trigger that forbids it is switched off for it."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE allocation_draw DISABLE TRIGGER USER")
        column = f"{field}::text" if field == "result" else field
        kind = "jsonb" if field == "result" else "text"
        cursor.execute(
            f"UPDATE allocation_draw SET {field} = replace({column}, %s, %s)::{kind} WHERE id = %s",
            [before, after, draw.pk],
        )
        cursor.execute("ALTER TABLE allocation_draw ENABLE TRIGGER USER")
    changed = Draw.objects.get(pk=draw.pk)
    assert getattr(changed, field) != getattr(draw, field)
    return changed
