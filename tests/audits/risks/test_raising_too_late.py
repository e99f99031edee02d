"""A child at risk, typed while the audit is taken from who types: refused beside the text, with whom to ring (R3)."""

from __future__ import annotations

import html
from datetime import timedelta

import pytest
from django.db.models.functions import Now
from django.test import Client
from django.urls import reverse

from audits import workflow
from audits.models import Audit, ImmediateRisk
from people.models import OutgoingMail, User
from tests.audits.risks.raising import WORDS
from tests.conftest import NOW
from tests.factories import UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today", "everybody")]


def posted(client: Client, audit: Audit, user: User) -> tuple[int, str]:
    client.force_login(user)
    answer = client.post(reverse("audits:raise_risk", args=[audit.reference]), WORDS)
    return answer.status_code, html.unescape(answer.content.decode())


def give_away(audit: Audit) -> None:
    """To somebody else."""
    to = UserFactory(name="Olive Other", job_role=audit.auditor.job_role)
    Audit.objects.filter(pk=audit.pk).update(auditor=to)


class TestRaisingTooLate:
    @pytest.mark.parametrize("step", ["withdraw", "exempt", "give away"])
    def test_keeps_the_text_and_says_whom_to_ring(
        self, client: Client, audit: Audit, team_manager: User, psw: User, step: str
    ) -> None:
        wrote = audit.auditor
        if step == "give away":
            give_away(audit)
        else:
            workflow.move(audit, step, by=psw, at=NOW, reason="Held elsewhere.")
        sent = OutgoingMail.objects.count()
        code, page = posted(client, audit, wrote)
        assert code == 200
        assert f">\n{WORDS['concern']}</textarea>" in page
        assert "Nobody was told: this audit is not yours any more" in page
        assert "Tamar Manager</b>, team manager: " in page
        assert f"mailto:{team_manager.email}" in page
        assert not ImmediateRisk.objects.exists()
        assert OutgoingMail.objects.count() == sent

    def test_is_no_way_in_for_others(self, client: Client, audit: Audit, psw: User) -> None:
        stranger = UserFactory(name="Stan Stranger")
        assert posted(client, audit, stranger)[0] == 404
        assert posted(client, audit, psw)[0] == 403
        give_away(audit)
        assert posted(client, audit, stranger)[0] == 404

    @pytest.mark.parametrize("step", ["withdraw", "give away"])
    @pytest.mark.parametrize(("hours", "read"), [(11, True), (13, False)])
    def test_is_read_no_longer_than_a_session_lasts(
        self, client: Client, audit: Audit, psw: User, step: str, hours: int, read: bool
    ) -> None:
        """Counted from when it was taken from them, whatever was written down before and after."""
        wrote = audit.auditor
        if step == "give away":
            give_away(audit)
        else:
            workflow.move(audit, step, by=psw, at=NOW, reason="Held elsewhere.")
        *before, taken = Audit.pgh_event_model.objects.filter(pgh_obj=audit).order_by("pgh_id")  # type: ignore[attr-defined]
        for event, ago in ((taken, hours), *((each, 400) for each in before)):
            at = Now() - timedelta(hours=ago)  # the database's clock, which writes these times, stands nowhere
            type(event).objects.filter(pk=event.pk).update(pgh_created_at=at)
        Audit.objects.filter(pk=audit.pk).update(safe_now="yes")
        assert posted(client, audit, wrote)[0] in ({200} if read else {403, 404})

    def test_is_only_for_what_was_typed(self, client: Client, audit: Audit) -> None:
        wrote = audit.auditor
        give_away(audit)
        client.force_login(wrote)
        assert client.get(reverse("audits:raise_risk", args=[audit.reference])).status_code in {403, 404}


class TestTheMail:
    def test_names_who_raised_it_to_ring(self, client: Client, audit: Audit, team_manager: User) -> None:
        audit.supervisor = UserFactory(name="Sunny Supervisor")
        audit.save()
        posted(client, audit, audit.supervisor)
        mail = OutgoingMail.objects.get(recipient=team_manager)
        assert "ring Sunny Supervisor or" in mail.body
        assert audit.auditor.name not in mail.body
