"""One audit of one child's case, from allocation to closed."""

from django.apps import AppConfig


class AuditsConfig(AppConfig):
    name = "audits"

    def ready(self) -> None:
        """Nobody keeps an invitation to a meeting about an audit that is over (A3)."""
        from audits import meetings, workflow  # models can be read only from here on

        workflow.after_every_step(meetings.after_step)
