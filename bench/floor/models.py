"""Two tables of the floors' own; the rest they read from the product's."""

from django.db import models


class Answer(models.Model):
    """What was typed on one page of an audit, without history or triggers."""

    reference = models.CharField(max_length=20)
    page = models.CharField(max_length=20)
    auditor_id = models.BigIntegerField()
    content = models.JSONField()
    revision = models.PositiveIntegerField(default=1)
    saved_at = models.DateTimeField()

    class Meta:
        managed = False
        db_table = "bench_answer"
        constraints = [models.UniqueConstraint(fields=["reference", "page"], name="bench_answer_once")]

    def __str__(self) -> str:
        return f"{self.reference} {self.page}"


class Rollup(models.Model):
    """Audits counted beforehand by month, service, state and grade: what the dashboard's floor adds up."""

    month = models.DateField()
    service_id = models.BigIntegerField()
    service = models.CharField(max_length=100)
    selection = models.CharField(max_length=20)
    state = models.CharField(max_length=20)
    grade = models.CharField(max_length=60)
    n = models.PositiveIntegerField()

    class Meta:
        managed = False
        db_table = "bench_rollup"

    def __str__(self) -> str:
        return f"{self.month} {self.service} {self.state}"
