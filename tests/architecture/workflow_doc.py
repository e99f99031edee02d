"""The part of docs/workflow.md that is made from audits.workflow.STEPS."""

from __future__ import annotations

import re
from pathlib import Path

from audits.models import Status
from audits.workflow import STEPS, Step
from tests.architecture.sources import ROOT

PAGE = ROOT / "docs" / "workflow.md"
BEGIN, END = "<!-- made from audits/workflow.py: begin -->", "<!-- made from audits/workflow.py: end -->"
PART = re.compile(f"{BEGIN}\n.*?{END}", re.DOTALL)


def generated() -> str:
    """Diagram and table as Markdown."""
    return "\n".join([BEGIN, "", *diagram(), "", *table(), "", END])


def diagram() -> list[str]:
    """The steps as a Mermaid state diagram."""
    lines = [f"  {status.value}: {status.label}" for status in Status]
    lines.append("  [*] --> allocated: allocate")
    lines += [f"  {start} --> {step.to}: {name}" for name, step in STEPS.items() for start in step.from_]
    ends = [status.value for status in Status if not any(status in step.from_ for step in STEPS.values())]
    return ["```mermaid", "stateDiagram-v2", *lines, *(f"  {end} --> [*]" for end in ends), "```"]


def table() -> list[str]:
    """The steps as a table."""
    heading = ["| step | from | to | who | what it means |", "|---|---|---|---|---|"]
    return heading + [_row(name, step) for name, step in STEPS.items()]


def _row(name: str, step: Step) -> str:
    start = ", ".join(Status(status).label for status in step.from_)
    who = ", ".join(sorted(str(relation) for relation in step.who))
    notes = [step.sentence]
    if step.by_portal:
        notes.append("the portal takes it as soon as its conditions are met")
    if step.needs_reason:
        notes.append("needs a reason")
    return f"| `{name}` | {start} | {Status(step.to).label} | {who} | {'; '.join(notes)} |"


def written(page: Path = PAGE) -> str:
    """The generated part as it stands in the page; empty where there is none."""
    found = PART.search(page.read_text("utf-8"))
    return found.group() if found else ""


def write(page: Path = PAGE) -> None:
    """Put the generated part into the page."""
    text = page.read_text("utf-8")
    page.write_text(PART.sub(lambda _: generated(), text), "utf-8")
