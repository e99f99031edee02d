"""Lists of actions: whose, in what state, which audit's; and how many are overdue by team, manager and service."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Q
from django.http import QueryDict

from audits.after.waiting_actions import looked_back_on, to_verify
from audits.filters import is_number
from audits.models import SmartAction
from audits.models.smart_action import SmartActionQuerySet
from people.models import Service, Team, User
from people.roles import Permission

STATES = [
    ("open", "Open"),
    ("overdue", "Overdue"),
    ("verify", "To verify"),
    ("look_back", "To look back on"),
    ("done", "Done"),
    ("all", "All"),
]
COLUMNS = {"team": "audit__team", "service": "audit__service", "manager": "owner__line_manager"}
NOBODY = "none"  # in place of a number: those without a team, a manager, a service


def scopes_for(user: User) -> list[tuple[str, str]]:
    """Whose actions this person may choose among, by what they may see."""
    found = [("", "Everything I can see"), ("mine", "Mine")]
    if user.can(Permission.VIEW_TEAM_AUDITS) and user.team_id:
        found.append(("team", "My team’s audits"))
    if user.can(Permission.AUDIT) or user.can(Permission.VIEW_DASHBOARD):
        found.append(("managed", "Of people I manage"))
    if user.can(Permission.VIEW_SERVICE_AUDITS) and user.service_id:
        found.append(("service", "My service’s audits"))
    return found


class ActionFilter:
    """What was chosen, from the query string; unknown values are left out."""

    NAMES = ("q", "whose", "show", "team", "service", "manager")
    LINKED = ("service", "manager")  # come with a link and have no input of their own

    def __init__(self, query: QueryDict, *, user: User, today: date) -> None:
        self.user, self.today = user, today
        self.chosen = {name: query.get(name, "").strip() for name in self.NAMES}
        if query.get("mine"):  # as older links say it
            self.chosen["whose"] = "mine"
        self.chosen["show"] = self.chosen["show"] if self.chosen["show"] in dict(STATES) else "open"
        self.scopes = scopes_for(user)

    @property
    def shown(self) -> str:
        """The state that is listed, by its code."""
        return self.chosen["show"]

    @property
    def active(self) -> bool:
        """Whether anything but the state was chosen."""
        return any(value for name, value in self.chosen.items() if name != "show")

    def states(self) -> list[tuple[str, str]]:
        """The states that can be chosen."""
        return STATES

    def teams(self) -> list[tuple[str, str]]:
        """The teams to choose among, for those who see more than one."""
        rows = Team.objects.all()
        if self.user.can(Permission.VIEW_ALL_AUDITS):
            return [(str(team.pk), team.name) for team in rows]
        if self.user.can(Permission.VIEW_SERVICE_AUDITS) and self.user.service_id:
            return [(str(team.pk), team.name) for team in rows.filter(service_id=self.user.service_id)]
        return []

    def kept(self) -> list[tuple[str, str]]:
        """Choices that came with a link."""
        return [(name, self.chosen[name]) for name in self.LINKED if self.chosen[name]]

    def kept_words(self) -> str:
        """What such a link narrows the list to, in words; empty where it does not."""
        manager, service = self.chosen["manager"], self.chosen["service"]
        said = []
        if manager == NOBODY:
            said.append("owners without a line manager")
        elif is_number(manager):
            name = User.objects.filter(pk=int(manager), pk__in=_managers_in(self.user)).values_list("name", flat=True)
            said += [f"owners managed by {each}" for each in name]
        if service == NOBODY:
            said.append("audits without a service")
        elif is_number(service):
            said += list(Service.objects.filter(pk=int(service)).values_list("name", flat=True))
        return " and ".join(said)

    def apply(self, rows: SmartActionQuerySet) -> SmartActionQuerySet:
        """The rows that fit."""
        rows = self._in_state(self._whose(rows))
        if self.chosen["q"]:
            rows = rows.filter(audit__reference__icontains=self.chosen["q"])
        for name, column in COLUMNS.items():
            value = self.chosen[name]
            if value == NOBODY:
                rows = rows.filter(**{f"{column}__isnull": True})
            elif is_number(value):
                rows = rows.filter(**{f"{column}_id": int(value)})
        return rows

    def _whose(self, rows: SmartActionQuerySet) -> SmartActionQuerySet:
        user, whose = self.user, self.chosen["whose"]
        if whose not in dict(self.scopes):
            return rows
        by: dict[str, Q] = {
            "": Q(),
            "mine": Q(owner=user),
            "team": Q(audit__team_id=user.team_id),
            "managed": Q(owner__line_manager=user),
            "service": Q(audit__service_id=user.service_id),
        }
        return rows.filter(by[whose])

    def _in_state(self, rows: SmartActionQuerySet) -> SmartActionQuerySet:
        by: dict[str, Callable[[], SmartActionQuerySet]] = {
            "open": rows.open,
            "overdue": lambda: rows.overdue(self.today),
            "verify": lambda: to_verify(rows),
            "look_back": lambda: looked_back_on(rows, today=self.today),
            "done": lambda: rows.filter(done_on__isnull=False),
            "all": lambda: rows,
        }
        return by[self.shown]()


def _managers_in(user: User) -> list[int]:
    """The line managers of those whose actions this person may see; their names may be shown."""
    rows = SmartAction.objects.visible_to(user).filter(owner__line_manager__isnull=False)
    return [pk for pk in rows.order_by().values_list("owner__line_manager", flat=True).distinct() if pk]


@dataclass(frozen=True)
class Group:
    """One row of the counts: how many of the open actions are overdue; `key` is what the list is filtered by."""

    key: str
    name: str
    overdue: int
    open: int
    to_verify: int


@dataclass(frozen=True)
class Grouped:
    """The counts under one heading: `filter_name` is what the list calls the choice."""

    title: str
    column: str
    filter_name: str
    groups: list[Group]


def grouped(user: User, *, today: date) -> list[Grouped]:
    """Overdue of open actions by team, by the owner's manager and by service: three queries, whatever the size."""
    return [
        _grouped(user, "By team", "team", today=today),
        _grouped(user, "By manager of the owner", "manager", today=today),
        _grouped(user, "By service", "service", today=today),
    ]


def _grouped(user: User, title: str, name: str, *, today: date) -> Grouped:
    column = COLUMNS[name]
    rows = SmartAction.objects.visible_to(user).filter(audit__submitted_at__isnull=False)
    is_open = Q(done_on__isnull=True)
    waits = Q(done_on__isnull=False, verified_on__isnull=True) & ~Q(audit__status="closed")
    counted = (
        rows.filter(is_open | waits)
        .order_by()
        .values_list(f"{column}_id", f"{column}__name")
        .annotate(
            overdue=Count("pk", filter=is_open & Q(due_on__lt=today)),
            open=Count("pk", filter=is_open),
            waiting=Count("pk", filter=waits),
        )
    )
    groups = [
        Group(str(pk or NOBODY), label or f"No {name}", overdue, open_, waiting)
        for pk, label, overdue, open_, waiting in counted
    ]
    groups.sort(key=lambda group: (-group.overdue, -group.open, group.name))
    return Grouped(title, name.capitalize(), name, groups)
