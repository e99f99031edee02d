"""An audit taken back, or its auditor exempt, by whoever runs the programme: who is told."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from audits.models import Audit
from audits.setting_aside import set_aside
from audits.workflow import WorkflowError
from people.models import OutgoingMail, User
from tests.conftest import NOW, TODAY

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]
REASON = "The case closed last week."


def told() -> set[tuple[str, str]]:
    return {(mail.kind, mail.recipient.name) for mail in OutgoingMail.objects.select_related("recipient")}


class TestTakenBack:
    def test_is_told_to_auditor_worker_and_manager(self, client: Client, audit: Audit, psw: User) -> None:
        client.force_login(psw)
        client.post(reverse("allocation:take_back", args=[audit.reference, "withdraw"]), {"reason": REASON})
        audit.refresh_from_db()
        assert audit.status == "withdrawn"
        assert told() == {
            ("set_aside", "Ada Auditor"),
            ("not_audited", "Wren Worker"),
            ("not_audited", "Tamar Manager"),
        }

    def test_says_neither_child_nor_reason(self, audit: Audit, psw: User) -> None:
        set_aside(audit, "withdraw", reason=REASON, by=psw, at=NOW, today=TODAY)
        mails = OutgoingMail.objects.all()
        assert len(mails) == 3
        for mail in mails:
            text = mail.subject + mail.body
            assert audit.reference in text
            assert audit.case.child_name not in text
            assert audit.case.reference not in text
            assert REASON not in text

    def test_tells_nobody_where_it_is_refused(self, audit: Audit, psw: User) -> None:
        Audit.objects.filter(pk=audit.pk).update(status="with_team", submitted_at=NOW, part_b_due_on=TODAY)
        with pytest.raises(WorkflowError):
            set_aside(audit, "withdraw", reason=REASON, by=psw, at=NOW, today=TODAY)
        assert told() == set()

    def test_passes_over_those_who_have_left(self, audit: Audit, psw: User) -> None:
        User.objects.filter(pk__in=[audit.auditor_id, audit.worker_id]).update(leave_date=TODAY)
        set_aside(Audit.objects.get(pk=audit.pk), "withdraw", reason=REASON, by=psw, at=NOW, today=TODAY)
        assert told() == {("not_audited", "Tamar Manager")}


class TestExempt:
    def test_is_told_to_the_auditor(self, client: Client, audit: Audit, psw: User) -> None:
        client.force_login(psw)
        client.post(reverse("allocation:take_back", args=[audit.reference, "exempt"]), {"reason": REASON})
        assert told() == {("set_aside", "Ada Auditor")}
        assert "has exempted you from it" in OutgoingMail.objects.get().body
