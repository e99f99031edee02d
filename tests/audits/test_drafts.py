"""Earlier versions of a page: nothing that was saved is out of reach, and any of it can come back (R4)."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from audits import answering, drafts
from audits.models import Audit, PageAnswers
from people.models import Activity, User
from tests.cast import submitted
from tests.conftest import NOW, TODAY

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]


def save(audit: Audit, text: str, base: int, *, by: User | None = None, at: datetime = NOW, **more: Any) -> None:
    content = {"rationale": text, **more}
    with suppress(answering.PageConflict):
        answering.save_page(
            audit.reference, page="s1", content=content, base_revision=base, by=by or audit.auditor, at=at
        )


def shown(audit: Audit, **how: bool) -> list[drafts.ShownVersion]:
    return drafts.shown(audit, "s1", drafts.versions(audit, "s1", **how))


@pytest.fixture
def supervisor(audit: Audit, psw: User) -> User:
    audit.supervisor = psw
    audit.save()
    return psw


class TestVersions:
    def test_are_one_for_ten_minutes_of_one_person(self, audit: Audit, supervisor: User) -> None:
        save(audit, "a", 0)
        save(audit, "ab", 1, at=NOW + timedelta(minutes=9))
        save(audit, "abc", 2, by=supervisor, at=NOW + timedelta(minutes=9))
        save(audit, "abcd", 3, at=NOW + timedelta(minutes=9))
        save(audit, "abcde", 4, at=NOW + timedelta(minutes=20))
        found = [(one.name, one.version.times, one.changes[0].new) for one in shown(audit)]
        assert found == [
            (audit.auditor.name, 1, "abcde"),
            (audit.auditor.name, 1, "abcd"),
            (supervisor.name, 1, "abc"),
            (audit.auditor.name, 2, "ab"),
        ]

    def test_can_be_seen_one_by_one(self, audit: Audit) -> None:
        for number, text in enumerate(["a", "b", "c"]):
            save(audit, text, number)
        assert [one.changes[0].new for one in shown(audit, one_by_one=True)] == ["c", "b", "a"]

    def test_say_what_changed_in_the_words_of_the_page(self, audit: Audit) -> None:
        save(audit, "a", 0, grade="good")
        save(audit, "a", 1, grade="good", answers={"S1-02": "na"}, at=NOW + timedelta(hours=1))
        [latest, first] = shown(audit)
        assert [(change.label, change.old, change.new) for change in latest.changes] == [
            ("Standard 1.2", "", "Not applicable")
        ]
        assert {change.label for change in first.changes} == {"Why this grade", "Grade for this section"}

    def test_show_a_text_that_came_too_late(self, audit: Audit, supervisor: User) -> None:
        save(audit, "theirs", 0, by=supervisor)
        save(audit, "mine", 0, at=NOW + timedelta(minutes=1))
        late = shown(audit)[0]
        assert (late.version.kind, late.name, late.may_come_back) == ("late", audit.auditor.name, True)
        assert (late.changes[0].old, late.changes[0].new) == ("theirs", "mine")

    def test_show_long_texts_where_they_differ(self) -> None:
        old, new = drafts.where_they_differ("x" * 5000 + "old" + "y" * 5000, "x" * 5000 + "new" + "y" * 5000)
        assert old.startswith("…x")
        assert "old" in old
        assert "new" in new
        assert len(new) < 700


class TestBringBack:
    def first(self, audit: Audit) -> int:
        return drafts.versions(audit, "s1", one_by_one=True)[-1].pk

    def back(self, audit: Audit, revision: int, *, kind: str = "saved", pk: int | None = None) -> None:
        drafts.bring_back(
            audit.reference,
            page="s1",
            kind=kind,
            pk=pk or self.first(audit),
            revision=revision,
            by=audit.auditor,
            at=NOW,
        )

    def test_makes_it_a_new_revision_and_keeps_the_present_one(self, audit: Audit) -> None:
        save(audit, "first", 0)
        save(audit, "second", 1)
        self.back(audit, 2)
        stored = PageAnswers.objects.get(audit=audit)
        assert (stored.content["rationale"], stored.revision) == ("first", 3)
        texts = [one.changes[0].new for one in shown(audit, one_by_one=True)]
        assert texts == ["first", "second", "first"]
        assert Activity.objects.filter(verb__contains="earlier version", by=audit.auditor).exists()

    def test_brings_back_a_text_that_came_too_late(self, audit: Audit, supervisor: User) -> None:
        save(audit, "theirs", 0, by=supervisor)
        save(audit, "mine", 0)
        late = next(one for one in drafts.versions(audit, "s1") if one.kind == "late")
        self.back(audit, 1, kind="late", pk=late.pk)
        assert PageAnswers.objects.get(audit=audit).content["rationale"] == "mine"

    def test_is_refused_when_the_page_has_been_changed_since_somebody_looked(self, audit: Audit) -> None:
        save(audit, "first", 0)
        save(audit, "second", 1)
        with pytest.raises(drafts.MovedOn):
            self.back(audit, 1)
        assert PageAnswers.objects.get(audit=audit).content["rationale"] == "second"

    def test_knows_only_the_versions_of_this_page(self, audit: Audit) -> None:
        answering.save_page(audit.reference, page="s2", content={}, base_revision=0, by=audit.auditor, at=NOW)
        other = drafts.versions(audit, "s2")[0].pk
        save(audit, "first", 0)
        for kind, pk in (("saved", other), ("late", other), ("nonsense", other)):
            with pytest.raises(drafts.NoSuchVersion):
                self.back(audit, 1, kind=kind, pk=pk)

    def test_ends_with_the_submission(self, audit: Audit) -> None:
        done = submitted(audit, at=NOW, today=TODAY)
        with pytest.raises(answering.NotWritable):
            self.back(done, 1)


class TestPages:
    def test_list_the_versions_and_lead_to_bringing_one_back(self, client: Client, audit: Audit) -> None:
        save(audit, "The first text.", 0)
        save(audit, "The second text.", 1, at=NOW + timedelta(hours=1))
        client.force_login(audit.auditor)
        listed = client.get(reverse("audits:versions", args=[audit.reference, "s1"])).content.decode()
        assert "The first text." in listed
        assert "On the page now" in listed
        address = reverse("audits:bring_back", args=[audit.reference, "s1", "saved", TestBringBack().first(audit)])
        assert listed.count(address) == 1
        asked = client.get(address).content.decode()
        assert "The page says now" in asked
        answer = client.post(address, {"base_revision": "2"}, follow=True).content.decode()
        assert "The earlier text is back" in answer
        assert "The first text." in answer

    def test_say_so_when_the_page_was_changed_meanwhile(self, client: Client, audit: Audit) -> None:
        save(audit, "first", 0)
        save(audit, "second", 1)
        client.force_login(audit.auditor)
        address = reverse("audits:bring_back", args=[audit.reference, "s1", "saved", TestBringBack().first(audit)])
        assert "changed in the meantime" in client.post(address, {"base_revision": "1"}).content.decode()

    def test_have_a_word_for_a_page_on_which_nothing_was_saved(self, client: Client, audit: Audit) -> None:
        client.force_login(audit.auditor)
        listed = client.get(reverse("audits:versions", args=[audit.reference, "overall"])).content.decode()
        assert "Nothing has been saved on this page yet" in listed

    def test_take_as_many_queries_for_many_versions_as_for_few(
        self, client: Client, audit: Audit, supervisor: User, django_assert_max_num_queries: Any
    ) -> None:
        client.force_login(audit.auditor)
        address = reverse("audits:versions", args=[audit.reference, "s1"])
        save(audit, "a", 0)
        client.get(address)
        for number in range(1, 12):
            save(audit, f"text {number}", number, at=NOW + timedelta(hours=number))
            save(audit, f"late {number}", 0, by=supervisor, at=NOW + timedelta(hours=number))
        with django_assert_max_num_queries(9):
            page = client.get(address).content.decode()
        assert "late 11" in page
        assert 'aria-label="Page 2"' in page
