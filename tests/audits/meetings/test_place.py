"""The place of a meeting, which calendars and email show: no part of the child's name stands in it by mistake."""

from __future__ import annotations

import pytest

from audits import meetings
from audits.meeting_place import PlaceNamesChild, name_in
from audits.meeting_times import MeetingError
from audits.models import Audit, Meeting, PageAnswers
from people.models import User
from tests.audits.meetings.offering import FIRST, LATER, mails, what
from tests.conftest import NOW, TODAY


class TestNameIn:
    @pytest.mark.parametrize(
        ("place", "found"),
        [
            ("Ada’s home", "Ada"),
            ("at ADA's", "ADA"),
            ("https://meet.invalid/ada-1", "ada"),
            ("the Exämple family", "Exämple"),
            ("Canada House", ""),
            ("Room 2, Example’s", "Example"),
            ("12 Li Street", ""),
            ("Bjo\u0308rn’s home", "Björn"),  # as it is copied from some computers, the dots as a letter of their own
            ("Room \u037a", ""),
            ("Room \ufe70, Example’s", "Example"),
            ("", ""),
        ],
    )
    def test_is_found_as_a_word_of_its_own(self, place: str, found: str) -> None:
        assert name_in(place, "Ada Li Björn Example") == found

    def test_is_all_of_the_name_where_all_of_it_stands(self) -> None:
        assert name_in("With  ANNE-MARIE Example at school", "Anne-Marie Example") == "ANNE MARIE Example"

    def test_is_nothing_of_nobody(self) -> None:
        assert name_in("Room 2", "") == ""


@pytest.mark.django_db
@pytest.mark.usefixtures("today")
class TestPlace:
    def offer(self, audit: Audit, place: str, *, called_so: bool = False) -> Meeting:
        offered = what(FIRST, place=place, called_so=called_so)
        return meetings.offer(audit, offered, by=audit.auditor, at=NOW, today=TODAY)

    def test_with_a_first_name_is_asked_about(self, audit: Audit) -> None:
        first = audit.case.child_name.split()[0]
        with pytest.raises(PlaceNamesChild, match="is simply called so") as refused:
            self.offer(audit, f"{first}’s home")
        assert refused.value.field == "place"
        assert not Meeting.objects.exists()

    def test_may_be_called_so(self, audit: Audit, worker: User) -> None:
        first = audit.case.child_name.split()[0]
        meeting = self.offer(audit, f"{first} Lovelace House", called_so=True)
        meetings.agree(meeting, starts_at=FIRST, by=worker, at=LATER)
        assert f"LOCATION:{first} Lovelace House" in mails("meeting_agreed")[0].attachment

    def test_never_has_the_whole_name(self, audit: Audit) -> None:
        with pytest.raises(MeetingError, match="Leave the name out"):
            self.offer(audit, f"{audit.case.child_name}’s home", called_so=True)

    def test_with_the_name_that_the_auditor_wrote_is_asked_about_too(self, audit: Audit) -> None:
        content = {"child_name": "Pip Example"}
        PageAnswers.objects.create(audit=audit, page="overview", content=content, saved_at=NOW, saved_by=audit.auditor)
        with pytest.raises(PlaceNamesChild, match="Pip"):
            self.offer(audit, "Pip’s school")
