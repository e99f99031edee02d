"""Requests that something else overtook have a state of their own; those that were left open get it."""

from django.db import migrations, models
from django.db.models import F, Q
from django.utils import timezone

OPEN = ["line_manager", "programme"]
UNFINISHED = ["allocated", "in_progress"]
STATES = [
    ("line_manager", "With the line manager"),
    ("programme", "With the principal social worker"),
    ("agreed", "Agreed"),
    ("refused", "Not agreed"),
    ("withdrawn", "Taken back"),
    ("overtaken", "No longer needed"),
]


def close_what_was_overtaken(apps, schema_editor):
    """Until now a request about an audit that was submitted or handed over since kept waiting for an answer."""
    requests = apps.get_model("allocation", "AuditRequest").objects.filter(state__in=OPEN)
    over = ~Q(audit__status__in=UNFINISHED) | ~Q(audit__auditor=F("asked_by"))
    requests.filter(over).update(state="overtaken", settled_at=timezone.now())


def call_them_taken_back(apps, schema_editor):
    """The state that there was before."""
    apps.get_model("allocation", "AuditRequest").objects.filter(state="overtaken").update(state="withdrawn")


class Migration(migrations.Migration):
    dependencies = [("allocation", "0004_rules_requests_swaps")]

    operations = [
        migrations.RemoveConstraint(model_name="auditrequest", name="request_settled_has_time"),
        migrations.AlterField(
            model_name="auditrequest",
            name="state",
            field=models.CharField(choices=STATES, default="line_manager", max_length=12),
        ),
        migrations.AddConstraint(
            model_name="auditrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("settled_at__isnull", True), ("state__in", ["line_manager", "programme"])),
                    models.Q(
                        ("settled_at__isnull", False),
                        ("state__in", ["agreed", "refused", "withdrawn", "overtaken"]),
                    ),
                    _connector="OR",
                ),
                name="request_settled_has_time",
            ),
        ),
        migrations.RunPython(close_what_was_overtaken, call_them_taken_back),
    ]
