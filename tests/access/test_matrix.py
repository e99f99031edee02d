"""The access matrix, asked of the real pages (rule 3 of the architecture; R31, R42, R32)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import transaction
from django.http import HttpResponse
from django.urls import reverse

from audits.models import Status
from people.roles import ROLES
from tests.access.addresses import patterns
from tests.access.matrix import PAGES, SECTION, may_read
from tests.access.people import ROLE, Who
from tests.access.rules import Page
from tests.access.states import AUDIT
from tests.access.world import World, checksum, secrets_in

CASES = [(page, state) for page in PAGES for state in page.states]
METHODS = ("get", "post")
RECORDED = {"reporting:audit_pdf", "reporting:audit_word"}  # who took a copy away is written down: a line of activity
SIGN_IN = "/sign-in/?next="


def outcome(response: HttpResponse) -> str:
    """What somebody got, in the matrix's words. A server error is raised by the test client itself."""
    code = response.status_code
    if code == 302 and response.headers["Location"].startswith(SIGN_IN):
        return "sign in"
    return str(code) if code in {401, 403, 404, 405} else "ok"


def answers(world: World, who: Who, method: str) -> Iterator[tuple[Page, str, HttpResponse, str]]:
    """Every page in every state, as this person gets it; what an allowed post wrote is undone."""
    for page, state in CASES:
        address = world.address(page, state, who)
        expected = page.expected(who, state, method)
        with transaction.atomic():
            response = world.ask(who, address, method, page.json)
            yield page, state, response, expected
            if expected == "ok" and (method == "post" or page.name in RECORDED):
                transaction.set_rollback(True)


def surprises(world: World, who: Who, method: str) -> list[str]:
    """Where the portal does not do what the table says, or shows what is not for this person's eyes."""
    found = []
    for page, state, response, expected in answers(world, who, method):
        where = f"{method} {page.name} {dict(page.given) or ''} ({state or 'plain'}) as {who.value}"
        got = outcome(response)
        if got != expected:
            found.append(f"{where}: expected {expected}, got {got} ({response.status_code})")
        for kind, written_in in sorted(secrets_in(response)):
            if not may_read(who, kind, written_in):
                found.append(f"{where}: shows the {kind} of {written_in}")
    return found


class TestMatrix:
    @pytest.mark.parametrize("who", list(Who), ids=lambda who: who.name.lower())
    @pytest.mark.parametrize("method", METHODS)
    def test_gives_everybody_what_the_table_says_and_changes_nothing(self, world: World, who: Who, method: str) -> None:
        before = checksum()
        found = surprises(world, who, method)
        assert not found, "\n".join(found)
        assert checksum() == before, "Reading, or posting what was refused or undone, has changed a row."

    def test_has_a_row_for_every_address(self) -> None:
        assert {name for name, _, _ in patterns()} == {page.name for page in PAGES}

    def test_names_every_address(self) -> None:
        assert [str(pattern.pattern) for name, pattern, _ in patterns() if not name] == []

    def test_has_somebody_in_every_job_role(self) -> None:
        assert set(ROLE.values()) == set(ROLES)

    def test_has_an_audit_in_every_state(self) -> None:
        assert set(AUDIT) == set(Status.values)


class TestChecksum:
    def test_sees_one_changed_row_and_one_written_again_as_it_was(self, world: World) -> None:
        person = world.people[Who.STRANGER]
        before = checksum()
        with transaction.atomic():
            person.save()
        written_again = checksum()
        person.name = "Another Name"
        with transaction.atomic():
            person.save()
        assert [table for table in before if before[table] != written_again[table]] == ["people_user"]
        assert [table for table in before if written_again[table] != checksum()[table]] == ["people_user"]


class TestSecrets:
    """The other half of the leak test: the secrets are there to be found by those they are for."""

    @pytest.mark.parametrize(
        ("who", "name", "state", "shown"),
        [
            (Who.AUDITOR, "audits:page", "in_progress", {("answers", "in_progress")}),
            (Who.AUDITOR, "audits:smart_actions", "in_progress", {("action", "in_progress")}),
            (Who.SUPERVISOR, "audits:detail", "in_progress", {("answers", "in_progress"), ("action", "in_progress")}),
            (Who.TEAM_MANAGER, "audits:detail", "with_team", {("answers", "with_team"), ("action", "with_team")}),
            (Who.WORKER, "audits:detail", "closed", {("part_b", "closed"), ("moderation", "closed")}),
            (Who.OWNER, "audits:action", "actions", {("action", "actions")}),
            (Who.TEAM_MANAGER, "audits:risk", "open risk", {("risk", "open")}),
            (Who.WORKER, "audits:development_note", "note", {("note", "development")}),
            (Who.PSW, "reporting:report", "draft report", {("draft", "report")}),
            (Who.ADMIN, "people:import_columns", "staff file", {("row", "file")}),
            (Who.WORKER, "audits:case", "case", {("child", "case")}),
            (Who.ADMIN, "people:detail", "somebody else", {("absence", "somebody")}),
            (Who.PSW, "audits:case", "restricted case", {("hold", "restricted_case")}),
            (Who.AUDITOR, "allocation:competency_record", "learning", {("evaluation", "learning")}),
            (Who.LINE_MANAGER, "allocation:request", "request to the line manager", {("request", "waiting")}),
        ],
    )
    def test_are_shown_to_those_they_are_for(
        self, world: World, who: Who, name: str, state: str, shown: set[tuple[str, str]]
    ) -> None:
        page = next(page for page in PAGES if page.name == name and page.given.get("page", SECTION) == SECTION)
        assert shown <= secrets_in(world.ask(who, world.address(page, state, who)))


class TestOutOfSight:
    """R32: what is out of sight reads the same as what does not exist."""

    NOT_THERE = {
        "reference": "2026-11-9999",
        "pk": 999_999_999,
        "absence": 999_999_999,
        "number": 1,
        "month": "2025-01",
        "version": 9,
    }

    @pytest.mark.parametrize("who", [Who.OTHER_MANAGER, Who.STRANGER, Who.ADMIN], ids=lambda who: who.name.lower())
    def test_reads_the_same_as_what_does_not_exist(self, world: World, who: Who) -> None:
        world.places["nothing"] = self.NOT_THERE
        for page in PAGES:
            hidden = [state for state in page.states if page.expected(who, state, "get") == "404"]
            if hidden:
                missing = plain(world.ask(who, world.address(page, "nothing", who)))
                for state in {hidden[0], hidden[-1], *({"in_progress", "closed"} & set(hidden))}:
                    assert plain(world.ask(who, world.address(page, state, who))) == missing, (page.name, state)

    def test_saves_nothing_and_says_the_same(self, world: World) -> None:
        page = {"base_revision": 0, "content": {"rationale": "Mine."}}
        for who in (Who.OTHER_MANAGER, Who.STRANGER, Who.ADMIN):
            hidden = world.ask(who, self._save("2026-11-0002"), "post", page)
            missing = world.ask(who, self._save("2026-11-9999"), "post", page)
            assert plain(hidden) == plain(missing)

    @pytest.mark.parametrize("who", [Who.OTHER_MANAGER, Who.COLLEAGUE, Who.ADMIN, Who.OTHER_HEAD])
    def test_is_found_by_no_search_filter_or_sorting(self, world: World, who: Who) -> None:
        team, service = world.people[Who.WORKER].team, world.people[Who.HEAD].service
        auditor = world.people[Who.AUDITOR]
        assert team is not None
        assert service is not None
        searches = [
            *(f"q={part}" for part in ("2026", "-000", "1")),
            *(f"status={status}" for status in (*AUDIT, "overdue", "completed", "unfinished")),
            *(f"team={team.pk}", f"service={service.pk}", f"auditor={auditor.pk}", "month=2026-11", "page=2"),
            *("show=all", "show=overdue", "show=done", "mine=1", "by=team", "by=auditor", "month=2026-11&by=team"),
        ]
        lists = ("audits:list", "audits:actions", "allocation:late", "allocation:requests")
        for name in (*lists, "reporting:dashboard", "home"):
            for search in searches:
                shown = secrets_in(world.ask(who, f"{reverse(name)}?{search}"))
                assert {one for one in shown if not may_read(who, *one)} == set(), (name, search)

    @staticmethod
    def _save(reference: str) -> str:
        return reverse("audits:save_page", args=[reference, SECTION])


def plain(response: HttpResponse) -> tuple[int, bytes, list[tuple[str, str]]]:
    """A response without what differs from one request to the next: the form token."""
    token = response.context.get("csrf_token") if response.context else None
    body = response.content.replace(str(token).encode(), b"") if token else response.content
    return response.status_code, body, sorted(response.headers.items())


class TestForgedPosts:
    """R42: a post without the page's token is refused, whoever sends it and wherever to."""

    @pytest.mark.parametrize("who", [Who.NOBODY, Who.PSW, Who.AUDITOR])
    def test_are_refused(self, world: World, who: Who) -> None:
        client = world.client(who, enforce_csrf_checks=True)
        before = checksum()
        for page in PAGES:
            assert client.post(world.address(page, page.states[0], who)).status_code == 403, page.name
        assert checksum() == before


class TestLeavers:
    def test_are_signed_out_at_their_next_click(self, world: World) -> None:
        person = world.people[Who.AUDITOR]
        person.is_active = False
        person.save()
        assert outcome(world.ask(Who.AUDITOR, reverse("home"))) == "sign in"
        person.is_active = True

    def test_of_a_team_lose_its_audits_at_once(self, world: World) -> None:
        deputy = world.people[Who.DEPUTY]
        address = reverse("audits:detail", args=["2026-11-0005"])
        assert outcome(world.ask(Who.DEPUTY, address)) == "ok"
        home, deputy.team = deputy.team, world.people[Who.AUDITOR].team
        deputy.save()
        assert outcome(world.ask(Who.DEPUTY, address)) == "404"
        deputy.team = home
