"""docs/workflow.md says what audits/workflow.py does. UPDATE_DOCS=1 writes it anew."""

from __future__ import annotations

import os

from audits.models import Status
from audits.workflow import STEPS
from tests.architecture import workflow_doc


class TestWorkflowPage:
    def test_shows_the_steps_as_they_are(self) -> None:
        if os.environ.get("UPDATE_DOCS"):
            workflow_doc.write()
        assert workflow_doc.written() == workflow_doc.generated(), "run this test with UPDATE_DOCS=1"

    def test_knows_every_status(self) -> None:
        reached = {step.to for step in STEPS.values()} | {Status.ALLOCATED}
        assert reached == set(Status)
