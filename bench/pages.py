"""What is measured: each page of the product, the floor beside it and the goals."""

from dataclasses import dataclass

LEAD, MANAGER, AUDITOR = "lead", "manager", "auditor"


@dataclass(frozen=True)
class Page:
    """One page, and the same page with other rows (`other`), which must take as many queries.

    {open}, {full} and {long} are the references of the audits being written, finished, finished with 30 actions.
    """

    name: str
    who: str
    path: str
    floor: str
    ratio: float | None = None  # the goal: at most so many times the floor; None: shown for comparison
    queries: int | None = None
    other: str = ""
    save: str = ""  # the page of the form that is saved by POST

    @property
    def has_goal(self) -> bool:
        return self.ratio is not None


EMPTY = "empty signed-in page"
PAGES = (
    Page(EMPTY, LEAD, "/accessibility/", "/empty/"),
    Page("list of audits, all", LEAD, "/audits/", "/audits/", 2, 5, "/audits/?q=-0001"),
    Page("list of audits, one team", MANAGER, "/audits/", "/team-audits/", 2, 5, "/audits/?q=-0001"),
    Page("list of cases", LEAD, "/cases/", "/cases/", 2, 5, "/cases/?q=X0000"),
    Page("list of actions", LEAD, "/actions/", "/actions/", 2, 5, "/actions/?page=999"),
    Page("section form, 12 standards", AUDITOR, "/audits/{open}/do/s1/", "/section/{open}/s1/", 2, 5),
    Page("  beside 68 from pieces", AUDITOR, "/audits/{open}/do/s1/", "/questions/{open}/"),
    Page("save one answer", AUDITOR, "/audits/{open}/do/s1/save/", "/save/{open}/s1/", 1.5, 4, save="s1"),
    Page("detail of an audit", LEAD, "/audits/{full}/", "/audits/{full}/", 5, None, "/audits/{long}/"),
    Page("  beside the same text", LEAD, "/audits/{full}/", "/text/{full}/"),
    Page("dashboard", LEAD, "/dashboard/", "/dashboard/", 2, None, "/dashboard/?by=team"),
)
