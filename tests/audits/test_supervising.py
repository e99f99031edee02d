"""A learning auditor's supervisor: reads and writes along, never submits, has no other part in the audit (P4)."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from audits import answering, submitting
from audits.models import Audit, SmartAction, Status
from audits.moderation import may_moderate
from audits.permissions import (
    Relation,
    may_answer_as_manager,
    may_answer_as_worker,
    may_read_answers,
    may_submit,
    may_write,
    relations,
)
from people.models import Team, User
from people.roles import JobRole
from reporting.waiting import waiting_on
from tests.cast import add_action, fill_in, submitted
from tests.conftest import NOW, TODAY
from tests.factories import UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]


@pytest.fixture
def supervisor(audit: Audit, other_team: Team) -> User:
    """An experienced social worker of the auditor's team."""
    person = UserFactory(name="Sunny Supervisor", job_role=JobRole.CONSULTANT_SOCIAL_WORKER, team=other_team)
    audit.supervisor = person
    audit.save()
    return person


def write_something(audit: Audit) -> None:
    content = {"rationale": "The plan follows from what the child said."}
    answering.save_page(audit.reference, page="s1", content=content, base_revision=0, by=audit.auditor, at=NOW)
    audit.refresh_from_db()


def page_of(client: Client, audit: Audit, person: User, name: str = "audits:detail") -> str:
    client.force_login(person)
    return client.get(reverse(name, args=[audit.reference])).content.decode()


class TestSupervisor:
    def test_may_open_the_audit_and_its_actions(self, audit: Audit, supervisor: User) -> None:
        action = add_action(audit, at=NOW, today=TODAY)
        assert list(Audit.objects.visible_to(supervisor)) == [audit]
        assert list(SmartAction.objects.visible_to(supervisor)) == [action]

    def test_reads_what_is_written_so_far_and_writes_too(self, audit: Audit, supervisor: User) -> None:
        assert may_read_answers(audit, supervisor)
        assert may_write(audit, supervisor)
        saved = answering.save_page(
            audit.reference, page="s1", content={"rationale": "Ours."}, base_revision=0, by=supervisor, at=NOW
        )
        assert saved.content["rationale"] == "Ours."
        audit.refresh_from_db()
        assert audit.status == Status.IN_PROGRESS

    def test_never_submits(self, audit: Audit, supervisor: User) -> None:
        fill_in(audit, at=NOW, today=TODAY)
        assert not may_submit(audit, supervisor)
        with pytest.raises(answering.NotWritable, match="Only the auditor"):
            submitting.submit(audit, by=supervisor, at=NOW, today=TODAY)

    def test_is_refused_by_the_button_too(self, client: Client, audit: Audit, supervisor: User) -> None:
        client.force_login(supervisor)
        address = reverse("audits:check", args=[audit.reference])
        assert client.get(address).status_code == 200
        assert client.post(address).status_code == 403

    def test_no_longer_writes_once_it_is_submitted(self, audit: Audit, supervisor: User) -> None:
        done = submitted(audit, at=NOW, today=TODAY)
        assert not may_write(done, supervisor)

    @pytest.mark.parametrize(("text", "still_agreed"), [("Changed since.", False), ("As it was.", True)])
    def test_has_not_agreed_with_what_is_changed_later(
        self, audit: Audit, supervisor: User, text: str, still_agreed: bool
    ) -> None:
        first = {"rationale": "As it was."}
        answering.save_page(audit.reference, page="s1", content=first, base_revision=0, by=audit.auditor, at=NOW)
        Audit.objects.filter(pk=audit.pk).update(supervisor_agreed_at=NOW)
        again = {"rationale": text}
        answering.save_page(audit.reference, page="s1", content=again, base_revision=1, by=audit.auditor, at=NOW)
        audit.refresh_from_db()
        assert (audit.supervisor_agreed_at is not None) == still_agreed

    def test_is_nothing_else_to_the_audit(self, audit: Audit, team: Team, head_of_service: User) -> None:
        """Not even as the manager of the team, who would answer Part B, or as a moderator."""
        manager = UserFactory(job_role=JobRole.TEAM_MANAGER, team=team)
        moderator = UserFactory(job_role=JobRole.QA_OFFICER)
        done = submitted(audit, at=NOW, today=TODAY)
        for person in (manager, moderator):
            assert relations(done, person) != {Relation.SUPERVISOR}
            done.supervisor = person
            assert relations(done, person) == {Relation.SUPERVISOR}
            assert not may_answer_as_manager(done, person)
            assert not may_answer_as_worker(done, person)
            assert not may_moderate(done, person)

    def test_who_manages_the_team_is_stood_in_for(
        self, audit: Audit, team_manager: User, head_of_service: User
    ) -> None:
        audit.supervisor = team_manager
        audit.save()
        done = submitted(audit, at=NOW, today=TODAY)
        assert may_answer_as_manager(done, head_of_service)
        assert waiting_on(team_manager, today=TODAY, at=NOW).part_bs == []

    def test_who_runs_the_programme_still_runs_it(self, audit: Audit, psw: User) -> None:
        audit.supervisor = psw
        assert relations(audit, psw) == {Relation.SUPERVISOR, Relation.PROGRAMME}

    def test_of_another_audit_is_out_of_sight(self, audit: Audit, supervisor: User) -> None:
        audit.supervisor = None
        audit.save()
        assert not Audit.objects.visible_to(supervisor).exists()
        with pytest.raises(answering.NotThere):
            answering.save_page(audit.reference, page="s1", content={}, base_revision=0, by=supervisor, at=NOW)


class TestAuditPage:
    def test_shows_the_supervisor_what_is_written(self, client: Client, audit: Audit, supervisor: User) -> None:
        assert "Not begun yet" in page_of(client, audit, supervisor)
        write_something(audit)
        page = page_of(client, audit, supervisor)
        assert "The plan follows from what the child said." in page
        assert "still writing this audit" in page
        assert "Begin this audit" not in page

    def test_shows_it_to_nobody_else_before_it_is_submitted(
        self, client: Client, audit: Audit, supervisor: User, psw: User, team_manager: User
    ) -> None:
        write_something(audit)
        for person in (psw, team_manager):
            page = page_of(client, audit, person)
            assert "what the child said" not in page
            assert supervisor.name in page

    def test_reads_like_everybody_else_s_once_submitted(self, client: Client, audit: Audit, supervisor: User) -> None:
        submitted(audit, at=NOW, today=TODAY)
        page = page_of(client, audit, supervisor)
        assert "Section grades" in page
        assert "still writing" not in page

    def test_names_the_supervisor_to_the_auditor(self, client: Client, audit: Audit, supervisor: User) -> None:
        tasks = page_of(client, audit, audit.auditor, "audits:tasks")
        assert f"{supervisor.name} can read what you write" in tasks

    def test_takes_as_many_queries_for_a_long_audit_as_for_a_short_one(
        self, client: Client, audit: Audit, supervisor: User, django_assert_max_num_queries: Any
    ) -> None:
        write_something(audit)
        page_of(client, audit, supervisor)
        for code in ("overview", "meeting", "child"):
            answering.save_page(
                audit.reference, page=code, content={"views": "x"}, base_revision=0, by=audit.auditor, at=NOW
            )
        with django_assert_max_num_queries(9):
            client.get(reverse("audits:detail", args=[audit.reference]))
