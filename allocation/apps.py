"""Who audits what, this cycle."""

from django.apps import AppConfig


class AllocationConfig(AppConfig):
    name = "allocation"

    def ready(self) -> None:
        """What was asked about an audit ends in the same transaction as the audit (R18)."""
        from allocation.changes import overtaken  # models can be read only from here on
        from audits import workflow

        workflow.after_every_step(overtaken.after_step)
