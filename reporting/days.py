"""How long responses take: the median days from submission to the second signature of Part B."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Aggregate, Count, DateField, DurationField, ExpressionWrapper, F
from django.db.models.functions import Greatest, TruncDate

from audits.models import PartB
from audits.models.audit import AuditQuerySet
from reporting.shares import Median


class MiddleOf(Aggregate):
    """PostgreSQL's percentile_cont(0.5)."""

    function = "PERCENTILE_CONT"
    template = "%(function)s(0.5) WITHIN GROUP (ORDER BY %(expressions)s)"


def median_days_to_part_b(scope: AuditQuerySet) -> Median:
    """London days from submission to the day both had signed, where both have. One query."""
    signed = PartB.objects.filter(
        audit__in=scope.order_by(), manager_signed_at__isnull=False, worker_signed_at__isnull=False
    )
    both = TruncDate(Greatest("manager_signed_at", "worker_signed_at"), output_field=DateField())
    submitted = TruncDate(F("audit__submitted_at"), output_field=DateField())
    took = ExpressionWrapper(both - submitted, output_field=DurationField())
    counted = signed.annotate(took=took).aggregate(
        middle=MiddleOf("took", output_field=DurationField()), of=Count("pk")
    )
    middle = counted["middle"]
    return Median(None if middle is None else round(middle / timedelta(days=1), 1), counted["of"])
