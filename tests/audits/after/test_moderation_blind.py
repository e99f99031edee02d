"""A moderator who has not graded yet learns the grade of the audit from no page of the portal."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from audits.after.moderation_blind import hides_judgement
from audits.models import Audit, Concern, PageAnswers, SectionGrade, SmartAction, UrgentNotice
from audits.structure import form_of
from people.models import OutgoingMail, User
from reporting.blind import without_grades
from reporting.measures import PART_B_LATE, PART_B_WAITING, Tally
from tests.access.addresses import patterns
from tests.audits.after.moderation_cast import given, grade_of, graded, moderator
from tests.cast import submitted
from tests.conftest import NOW, TODAY

pytestmark = pytest.mark.usefixtures("today")
SKIPPED = re.compile(r"^(account_|admin:|djdt|headless)|logout")
CHANGING = re.compile(rb'csrfmiddlewaretoken" value="[^"]+"|nonce="[^"]+"|csrf[-_]?token[^>]*>|data-csrf="[^"]+"')
WORD = re.compile(rb"Inadequate|portal-grade--red|Urgent: audit")


@pytest.fixture
def urgent(audit: Audit, psw: User) -> Audit:
    """The audit, submitted with the urgent grade, and the moderator's task."""
    done = submitted(audit, grade="inadequate", outcomes="not_met", at=NOW, today=TODAY)
    Concern.objects.create(
        audit=done, number=1, about=Concern.About.values[0], text="It is short.", raised_by=psw, raised_at=NOW
    )
    return done


@pytest.fixture(params=["qa_officer", "advanced_practitioner"])
def blind(request: pytest.FixtureRequest, urgent: Audit, psw: User) -> User:
    """Somebody who moderates it and has not graded yet."""
    person = moderator(role=request.param)
    given(urgent, person, by=psw)
    return person


def addresses(audit: Audit) -> Iterator[str]:
    """Every address of the portal that can be read, about this audit where it can be; and the lists, filtered."""
    mail = OutgoingMail.objects.filter(kind__startswith="urgent", about=f"audit:{audit.reference}").first()
    assert mail is not None
    action, notice, concern = SmartAction.objects.get(), UrgentNotice.objects.get(), Concern.objects.get()
    numbers = {"action": action.pk, "notice": notice.pk, "concern": concern.pk, "mail_detail": mail.pk}
    for name, _, parts in patterns():
        if not name or SKIPPED.search(name):
            continue
        known: dict[str, Any] = {
            "reference": audit.reference,
            "pk": numbers.get(name.split(":")[-1], 1),
            "number": 1,
            "month": date(2026, 11, 1),
            "page": "s1",
            "code": "core-case-file",
            "section": "s1",
            "case": audit.case_id,
        }
        if set(parts) <= set(known):
            yield reverse(name, kwargs={part: known[part] for part in parts})
    for query in ("grade=inadequate", "grade=good", "status=part_b_late", "status=part_b_waiting", "q=2026"):
        yield f"{reverse('audits:list')}?{query}"
    yield f"{reverse('audits:notices')}?show=all"
    yield f"{reverse('audits:actions')}?show=all"
    yield f"{reverse('people:mail')}?urgent=yes"


def seen(client: Client, address: str) -> tuple[int, bytes]:
    """What a page shows, without what changes at every request."""
    response = client.get(address)
    text = b"".join(response.streaming_content) if response.streaming else response.content  # type: ignore[attr-defined]
    return response.status_code, CHANGING.sub(b"", text)


def regrade(audit: Audit, code: str) -> None:
    """As if the auditor had graded everything so: every place where the grade is kept."""
    grade = grade_of(audit, code)
    Audit.objects.filter(pk=audit.pk).update(
        overall_grade=grade, part_b_due_on=TODAY if grade.is_urgent else date(2026, 11, 24)
    )
    SectionGrade.objects.filter(audit=audit, grade__isnull=False).update(grade=grade)
    for stored in PageAnswers.objects.filter(audit=audit):
        if "grade" in stored.content:
            PageAnswers.objects.filter(pk=stored.pk).update(content={**stored.content, "grade": code})


class TestBlind:
    def test_no_page_differs_with_the_grade(self, urgent: Audit, blind: User) -> None:
        """Every page is the same, to the byte, whether the auditor gave the lowest grade or a good one."""
        client = Client()
        client.force_login(blind)
        asked = sorted(set(addresses(urgent)))
        before = {address: seen(client, address) for address in asked}
        regrade(urgent, "good")
        differing = [address for address in asked if seen(client, address) != before[address]]
        assert differing == []
        shown = [address for address in asked if before[address][0] == 200]
        assert len(shown) > 15
        assert reverse("audits:moderate", args=[urgent.reference]) in shown

    def test_the_same_pages_do_differ_for_others(self, urgent: Audit, psw: User) -> None:
        client = Client()
        client.force_login(psw)
        asked = [f"{reverse('audits:list')}?grade=inadequate", reverse("audits:detail", args=[urgent.reference])]
        before = [seen(client, address) for address in asked]
        regrade(urgent, "good")
        assert all(seen(client, address) != was for address, was in zip(asked, before, strict=True))

    def test_no_list_names_what_the_urgent_grade_brought_about(self, urgent: Audit, blind: User) -> None:
        client = Client()
        client.force_login(blind)
        subject = f"Urgent: audit {urgent.reference}".encode()
        for address in set(addresses(urgent)):
            status, text = seen(client, address)
            if status != 200:
                continue
            assert subject not in text, address
            for row in re.findall(rb"<tr.*?</tr>", text, re.DOTALL):
                assert not (urgent.reference.encode() in row and WORD.search(row)), (address, row)
        assert seen(client, reverse("audits:moderate", args=[urgent.reference]))[1].count(b"portal-grade--") == 0

    @pytest.mark.parametrize("page", ["audits:detail", "audits:part_b", "reporting:audit_pdf", "reporting:audit_word"])
    def test_pages_about_it_lead_to_the_moderation(self, urgent: Audit, blind: User, page: str) -> None:
        client = Client()
        client.force_login(blind)
        response = client.get(reverse(page, args=[urgent.reference]))
        assert response.status_code == 302
        assert response["Location"] == reverse("audits:moderate", args=[urgent.reference])

    def test_ends_with_the_moderators_own_grade(self, urgent: Audit, blind: User) -> None:
        assert hides_judgement(urgent, blind)
        graded(blind.moderation_tasks.get(), "inadequate")
        assert not hides_judgement(urgent, blind)
        client = Client()
        client.force_login(blind)
        assert b"Inadequate" in client.get(reverse("audits:detail", args=[urgent.reference])).content

    def test_texts_that_name_a_grade_lose_it(self, urgent: Audit, blind: User) -> None:
        stored = PageAnswers.objects.get(audit=urgent, page="s1")
        PageAnswers.objects.filter(pk=stored.pk).update(
            content={**stored.content, "rationale": "Clearly Inadequate, for the visits."}
        )
        client = Client()
        client.force_login(blind)
        text = client.get(reverse("audits:moderate", args=[urgent.reference])).content.decode()
        assert "Clearly [grade left out], for the visits." in text

    def test_form_knows_the_scale_best_first(self, urgent: Audit) -> None:
        """points_apart counts on it."""
        assert [grade.point.code for grade in form_of(urgent.template_version_id).grades][::3] == [
            "outstanding",
            "inadequate",
        ]


class TestFigures:
    def test_count_a_hidden_audit_as_not_graded(self) -> None:
        month = date(2026, 11, 1)
        rows = [
            Tally(month, "random", PART_B_LATE, False, 4, 3),
            Tally(month, "random", PART_B_WAITING, False, None, 1),
        ]
        hidden = [Tally(month, "random", PART_B_LATE, False, 4, 1)]
        assert sorted(without_grades(rows, hidden), key=lambda row: row.n) == [
            Tally(month, "random", PART_B_LATE, False, 4, 2),
            Tally(month, "random", PART_B_WAITING, False, None, 2),
        ]
