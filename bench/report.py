"""Medians, ratios and growth of what was measured, as a table."""

import math
from collections import defaultdict
from dataclasses import dataclass, field
from statistics import median

from bench.pages import EMPTY, Page

GROWTH = 0.1  # the goal: cost at most proportional to the number of audits to this power
HEADINGS = ("page", "queries", "commits", "app ms", "db ms", "floor ms", "floor q", "kB", "floor kB", "times", "goal",
            "× empty", "growth", "verdict")  # fmt: skip
Side = tuple[str, int]


@dataclass
class Measured:
    """What was seen and measured of one page: by site (product, floor) and number of audits."""

    page: Page
    seen: dict[Side, dict] = field(default_factory=dict)
    other: dict[int, dict] = field(default_factory=dict)
    costs: dict[Side, list[tuple[float, float]]] = field(default_factory=lambda: defaultdict(list))

    @property
    def answers(self) -> bool:
        """Whether every side answered 200."""
        return all(seen["status"].startswith("200") for seen in self.seen.values())

    def totals(self, site: str, size: int) -> list[float]:
        """Application and database together, round by round."""
        return [app + db for app, db in self.costs[site, size]]

    def middle(self, site: str, size: int, part: int) -> float:
        """The median of the application's (0) or the database's (1) milliseconds."""
        return 1000 * median(cost[part] for cost in self.costs[site, size])

    def times(self, size: int) -> float:
        """The product's cost as a multiple of its floor's: the median of the rounds' ratios."""
        pairs = zip(self.totals("product", size), self.totals("floor", size), strict=True)
        return median(product / floor for product, floor in pairs)

    def times_page(self, other: "Measured | None", size: int) -> str:
        """The product's cost as a multiple of that of another of its pages, round by round; empty without one."""
        if other is None:
            return ""
        pairs = zip(self.totals("product", size), other.totals("product", size), strict=True)
        return f"{median(mine / its for mine, its in pairs):.1f}"

    def growth(self, small: int, large: int, site: str = "product") -> float:
        """The power of the number of audits with which the cost grows: the median of the rounds' exponents."""
        pairs = zip(self.totals(site, small), self.totals(site, large), strict=True)
        return median(math.log(more / less) for less, more in pairs) / math.log(large / small)

    def misses(self, small: int, large: int) -> list[str]:
        """The goals that are missed, in words."""
        page, seen, other = self.page, self.seen["product", large], self.other.get(large)
        commits = 1 if page.save else 0
        checks = {
            "cost": page.ratio is not None and self.times(large) > page.ratio,
            "queries": page.queries is not None and seen["queries"] > page.queries,
            "commits": seen["commits"] != commits,
            "growth": self.growth(small, large) > GROWTH,
            "queries grow with rows": other is not None and other["queries"] != seen["queries"],
            "queries grow with audits": self.seen["product", small]["queries"] != seen["queries"],
        }
        return [words for words, missed in checks.items() if missed]


def row(one: Measured, *, empty: Measured | None, small: int, large: int) -> list[str]:
    """One line of the table; `empty` is the empty page for somebody signed in, where it was measured."""
    page, seen, floor = one.page, one.seen["product", large], one.seen["floor", large]
    if not one.answers:
        return [page.name, *[""] * (len(HEADINGS) - 2), " / ".join(each["status"] for each in one.seen.values())]
    missed = one.misses(small, large)
    return [
        page.name,
        f"{seen['queries']}" + (f" (goal {page.queries})" if page.queries else ""),
        str(seen["commits"]),
        f"{one.middle('product', large, 0):.2f}",
        f"{one.middle('product', large, 1):.2f}",
        f"{one.middle('floor', large, 0):.2f} + {one.middle('floor', large, 1):.2f}",
        str(floor["queries"]),
        f"{seen['bytes'] / 1000:.0f}",
        f"{floor['bytes'] / 1000:.0f}",
        f"{one.times(large):.2f}",
        f"{page.ratio:g}" if page.ratio else "",
        one.times_page(empty, large),
        f"{one.growth(small, large):+.2f} ({one.growth(small, large, 'floor'):+.2f})",
        ("missed: " + ", ".join(missed) if missed else "met") if page.has_goal else "",
    ]


def table(measured: list[Measured], *, small: int, large: int) -> str:
    """All lines under their headings, with what they mean."""
    empty = next((one for one in measured if one.page.name == EMPTY), None)
    lines = [list(HEADINGS), *(row(one, empty=empty, small=small, large=large) for one in measured)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADINGS))]
    drawn = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines]
    note = (
        f"CPU per request at {large:,} audits, medians of interleaved rounds; floor ms: application + database. "
        f"times: both together against the floor's. × empty: against the product's own {EMPTY}. "
        f"growth: exponent from {small:,} to {large:,} audits, in brackets "
        f"the floor's; goal at most {GROWTH}. Milliseconds mean nothing on another machine."
    )
    return "\n".join([drawn[0], "-" * len(drawn[0]), *drawn[1:], "", note])
