"""Find teams, services and people by what a file calls them; keep new teams until they are saved."""

from __future__ import annotations

from datetime import date

from people.file_values import clean_text, name_key
from people.line_management import working
from people.models import Area, Service, Team, User

UNASSIGNED = "Not yet assigned"  # the service of teams that a file named and nobody has placed yet


class Directory:
    """Every team, service, area and person, read once (four queries)."""

    def __init__(self, *, add: bool, today: date) -> None:
        self.add, self.today = add, today
        self.services = {name_key(service.name): service for service in Service.objects.all()}
        self.areas = {name_key(area.name): area for area in Area.objects.all()}
        self.teams = {name_key(team.name): team for team in Team.objects.select_related("service", "area")}
        self.users = list(User.objects.all())
        self.unknown_teams: dict[str, str] = {}  # key -> name as the file has it
        self.by_email = {user.email.casefold(): user for user in self.users}
        self.by_number = {user.staff_number.casefold(): user for user in self.users if user.staff_number}
        self.by_name: dict[str, list[User]] = {}
        for user in self.users:
            self.by_name.setdefault(name_key(user.name), []).append(user)

    def team(self, text: str, *, service: Service | None = None, area: Area | None = None) -> Team | None:
        """The team of that name; an unsaved one where none has it and new teams are wanted; otherwise None, noted."""
        key = name_key(text)
        if not key:
            return None
        if key not in self.teams or self.teams[key].pk is None:
            self.unknown_teams.setdefault(key, clean_text(text)[:150])
        if key not in self.teams and self.add:
            home = service or self.service(UNASSIGNED)
            self.teams[key] = Team(name=self.unknown_teams[key], service=home, area=area)
        return self.teams.get(key)

    def service(self, text: str) -> Service | None:
        """The service of that name; an unsaved one where none has it and new ones are wanted; otherwise None."""
        key = name_key(text)
        if key and key not in self.services and self.add:
            self.services[key] = Service(name=clean_text(text)[:100])
        return self.services.get(key)

    def area(self, text: str) -> Area | None:
        """The area of that name; an unsaved one where none has it and new ones are wanted; otherwise None."""
        key = name_key(text)
        if key and key not in self.areas and self.add:
            self.areas[key] = Area(name=clean_text(text)[:100])
        return self.areas.get(key)

    def person(self, text: str, *, team: Team | None = None) -> tuple[User | None, str]:
        """Who a text means: by staff number, e-mail or exact name. Without a clear answer None, and why."""
        key = clean_text(text).casefold()
        direct = self.by_number.get(key) or self.by_email.get(key)
        if direct or not key:
            return direct, ""
        namesakes = self.by_name.get(name_key(text), [])
        found = namesakes if len(namesakes) < 2 else self.likeliest(namesakes, team=team)
        if len(found) == 1:
            return found[0], ""
        return None, "has several namesakes on the staff list" if found else "is not on the staff list"

    def likeliest(self, namesakes: list[User], *, team: Team | None) -> list[User]:
        """Of several people with one name those who still work here, and of these those of the team."""
        here = [user for user in namesakes if working(user, today=self.today)] or namesakes
        own = [user for user in here if team is not None and team.pk and user.team_id == team.pk]
        return own or here

    def save_new(self) -> int:
        """Write the new services, areas and teams that are in use; returns how many teams."""
        teams = [team for team in self.teams.values() if team.pk is None]
        Service.objects.bulk_create(service for service in self.services.values() if service.pk is None)
        Area.objects.bulk_create(area for area in self.areas.values() if area.pk is None)
        Team.objects.bulk_create(teams)
        return len(teams)
