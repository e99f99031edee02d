"""Who audits what, this cycle."""

from django.apps import AppConfig


class AllocationConfig(AppConfig):
    name = "allocation"

    def ready(self) -> None:
        """What was asked about an audit ends in the same transaction as the audit (R18); audits learns a rule."""
        from allocation.changes import overtaken  # models can be read only from here on
        from allocation.eligibility import rules
        from allocation.moderating import drawing
        from audits import workflow
        from audits.after import looking_back, moderation

        workflow.after_every_step(overtaken.after_step)
        workflow.after_every_step(drawing.after_step)
        moderation.tolerance_from(lambda: rules.current().moderation_tolerance)
        looking_back.weeks_from(lambda: rules.current().look_back_weeks)
