"""An action or a learning point that is typed and not added yet becomes the writer's own: new_action-17."""

from __future__ import annotations

from typing import Any

from django.db import migrations

FORMS = ("new_action", "new_learning")


def give_to_its_writer(apps: Any, editor: Any) -> None:
    """What was one per audit goes to whoever typed last; a text kept beside it becomes its own writer's."""
    answers, late = apps.get_model("audits", "PageAnswers"), apps.get_model("audits", "StaleDraft")
    for row in answers.objects.filter(page__in=FORMS):
        row.page = f"{row.page}-{row.saved_by_id}"
        row.save(update_fields=["page"])
    for row in late.objects.filter(page__in=FORMS).exclude(undecided=[]).order_by("-pk"):  # the latest counts
        row.pk, row.page = None, f"{row.page}-{row.saved_by_id}"
        text = {"content": row.content, "revision": 1, "saved_at": row.saved_at, "saved_by_id": row.saved_by_id}
        if not answers.objects.get_or_create(audit_id=row.audit_id, page=row.page, defaults=text)[1]:
            row.save()  # beside their own text, to choose
    late.objects.filter(page__in=FORMS).update(undecided=[])  # what stays is a record: nobody chooses there any more


def give_back(apps: Any, editor: Any) -> None:
    """One per audit again: the latest; what others typed stays under their names."""
    answers = apps.get_model("audits", "PageAnswers")
    for code in FORMS:
        for row in answers.objects.filter(page__startswith=f"{code}-").order_by("-saved_at"):
            if not answers.objects.filter(audit_id=row.audit_id, page=code).exists():
                row.page = code
                row.save(update_fields=["page"])


class Migration(migrations.Migration):
    """Touches rows that were typed before everybody had their own."""

    dependencies = [("audits", "0013_learning_history")]

    operations = [migrations.RunPython(give_to_its_writer, give_back)]
