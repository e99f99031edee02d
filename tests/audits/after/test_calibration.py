"""A calibration round: the copy without names, who may take part, blind grading, the comparison with the panel."""

from __future__ import annotations

from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from audits.after import calibration
from audits.after.anonymising import anonymised, coarse, names_of, without_names
from audits.after.calibration import CalibrationError
from audits.models import Audit, CalibrationGrade, CalibrationRound, PageAnswers
from people.models import OutgoingMail, User
from tests.audits.after.moderation_cast import grade_of, moderator
from tests.cast import submitted
from tests.conftest import NOW, TODAY

CLOSES = date(2026, 12, 1)
State = CalibrationRound.State


@pytest.fixture
def done(audit: Audit) -> Audit:
    """The audit, submitted, with a text full of names."""
    audit.case.child_name = "Robin Sample"
    audit.case.save()
    done = submitted(audit, grade="inadequate", outcomes="not_met", at=NOW, today=TODAY)
    stored = PageAnswers.objects.get(audit=done, page="s1")
    text = (
        "Robin told Wren Worker on 18 November 2026 at Harbour View School. Sample’s mum rang 01632 960 001. "
        "Will they come? Clearly Inadequate. Seen 18/11/2026 by the Harbour Team."
    )
    PageAnswers.objects.filter(pk=stored.pk).update(content={**stored.content, "rationale": text})
    return Audit.objects.select_related("case", "team", "service").get(pk=done.pk)


@pytest.fixture
def made(done: Audit, psw: User) -> CalibrationRound:
    """A round that is being prepared."""
    return calibration.prepare(done, title="Autumn", closes_on=CLOSES, by=psw, at=NOW, today=TODAY)


def opened(made: CalibrationRound, psw: User, *, panel: list[User], people: list[User]) -> CalibrationRound:
    """The same round, open."""
    calibration.invite(made, people=people, panel=panel, by=psw, at=NOW, today=TODAY)
    return calibration.open_round(made, read_through=True, by=psw, at=NOW, today=TODAY)


def give(found: CalibrationRound, person: User, code: str) -> CalibrationGrade:
    """Somebody grades."""
    grade = grade_of(found.source, code)
    return calibration.grade(found, grade=grade, sections={"s1": grade}, reason="The plan.", by=person, at=NOW)


class TestCopy:
    def test_has_roles_for_names_and_no_days_or_grades(self, done: Audit) -> None:
        said = next(
            row["value"] for part in anonymised(done, today=TODAY) for row in part["rows"] if "told" in row["value"]
        )
        for name in ("Robin", "Sample", "Wren", "Worker", "Harbour", "01632", "18", "Inadequate", "School"):
            assert name not in said, said
        assert said.startswith("the child told the worker on November 2026 at [place].")
        assert "Will they come?" in said

    def test_names_nobody_anywhere(self, done: Audit) -> None:
        whole = str(anonymised(done, today=TODAY))
        for person in (done.auditor, done.worker, done.team_manager):
            assert person is not None
            assert person.name not in whole
        assert done.case.child_name not in whole
        assert done.case.reference not in whole

    @pytest.mark.parametrize(
        ("text", "becomes"),
        [
            ("on 3rd of May 2026", "on May 2026"),
            ("seen 3 Jan and again", "seen Jan and again"),
            ("2026-11-18 and 1.2.26", "[a day] and [a day]"),
            ("aged 12, three visits", "aged 12, three visits"),
        ],
    )
    def test_has_months_for_days(self, text: str, becomes: str) -> None:
        assert coarse(text) == becomes

    def test_takes_longer_names_first_and_leaves_small_words(self) -> None:
        names = {"May Long": "the mother", "May Long-Ago": "the grandmother", "Will": "the brother"}
        text = "May Long-Ago and MAY LONG may not visit as long as May says. Will came."
        assert without_names(text, names) == (
            "the grandmother and the mother may not visit as long as the grandmother says. the brother came."
        )

    def test_knows_everybody_around_the_case(self, done: Audit) -> None:
        assert {done.case.child_name, done.auditor.name, "Harbour Team"} <= set(names_of(done))


class TestRound:
    def test_is_seen_by_the_programme_only_before_it_opens(self, made: CalibrationRound, psw: User) -> None:
        mo, pia = moderator(), moderator("Pia Panel")
        calibration.invite(made, people=[mo], panel=[pia], by=psw, at=NOW, today=TODAY)
        assert list(CalibrationRound.objects.visible_to(mo)) == []
        assert list(CalibrationRound.objects.visible_to(psw)) == [made]
        assert not OutgoingMail.objects.filter(kind="calibration").exists()

    def test_opens_only_once_it_is_read_through(self, made: CalibrationRound, psw: User) -> None:
        mo, pia = moderator(), moderator("Pia Panel")
        calibration.invite(made, people=[mo], panel=[pia], by=psw, at=NOW, today=TODAY)
        with pytest.raises(CalibrationError, match="Read the copy through"):
            calibration.open_round(made, read_through=False, by=psw, at=NOW, today=TODAY)
        found = calibration.open_round(made, read_through=True, by=psw, at=NOW, today=TODAY)
        assert (found.state, found.read_through_by) == (State.OPEN, psw)
        assert OutgoingMail.objects.filter(kind="calibration").count() == 2

    def test_needs_a_panel_and_somebody_beside_it(self, made: CalibrationRound, psw: User) -> None:
        calibration.invite(made, people=[], panel=[moderator()], by=psw, at=NOW, today=TODAY)
        with pytest.raises(CalibrationError, match="Name a panel"):
            calibration.open_round(made, read_through=True, by=psw, at=NOW, today=TODAY)

    def test_refuses_whoever_had_a_part(self, made: CalibrationRound, psw: User, auditor: User) -> None:
        with pytest.raises(CalibrationError, match="had a part"):
            calibration.invite(made, people=[auditor], panel=[moderator()], by=psw, at=NOW, today=TODAY)

    def test_text_can_be_changed_until_it_opens(self, made: CalibrationRound, psw: User) -> None:
        calibration.edit(made, values={"0-0": "Somebody of school age."}, by=psw, at=NOW)
        made.refresh_from_db()
        assert made.text[0]["rows"][0]["value"] == "Somebody of school age."
        opened(made, psw, panel=[moderator()], people=[moderator("Pat")])
        with pytest.raises(CalibrationError, match="meanwhile"):
            calibration.edit(made, values={"0-0": "Other."}, by=psw, at=NOW)

    def test_compares_everybody_with_the_middle_grade_of_the_panel(self, made: CalibrationRound, psw: User) -> None:
        panel = [moderator(f"Panel {n}") for n in range(3)]
        people = [moderator(f"Person {n}") for n in range(4)]
        found = opened(made, psw, panel=panel, people=people)
        for person, code in zip(panel, ("good", "requires-improvement", "inadequate"), strict=True):
            give(found, person, code)
        for person, code in zip(people, ("requires-improvement", "good", "outstanding"), strict=False):
            give(found, person, code)
        calibration.close(found, by=psw, at=NOW)
        shown = calibration.result(found, list(found.grades.select_related("grade")))
        assert shown.panel == grade_of(found.source, "requires-improvement")
        assert (shown.graded, shown.asked) == (3, 4)
        assert shown.agreed is not None
        assert (shown.agreed.exact.count, shown.agreed.within_one.count, shown.agreed.exact.of) == (1, 2, 3)
        assert (shown.agreed.direction.mean_shift, shown.agreed.kappa) == (1.0, None)

    def test_takes_a_grade_once_and_only_from_those_asked(self, made: CalibrationRound, psw: User) -> None:
        mo = moderator()
        found = opened(made, psw, panel=[moderator("Pia")], people=[mo])
        assert [row.round for row in calibration.waiting_for(mo, today=TODAY)] == [found]
        give(found, mo, "good")
        assert calibration.waiting_for(mo, today=TODAY) == []
        with pytest.raises(CalibrationError, match="already"):
            give(found, mo, "inadequate")
        with pytest.raises(CalibrationError, match="not asked"):
            give(found, psw, "good")

    @pytest.mark.usefixtures("today")
    def test_shows_nobody_elses_grade_before_it_is_closed(self, made: CalibrationRound, psw: User) -> None:
        mo, pia = moderator(), moderator("Pia")
        found = opened(made, psw, panel=[pia], people=[mo])
        give(found, pia, "outstanding")
        client, address = Client(), reverse("audits:calibration_round", args=[found.pk])
        client.force_login(mo)
        text = client.get(address).content.decode()
        assert "portal-grade--" not in text
        assert found.source.reference not in text
        give(found, mo, "good")
        assert "Outstanding" not in client.get(address).content.decode()
        calibration.close(found, by=psw, at=NOW)
        text = client.get(address).content.decode()
        assert "Outstanding" in text
        assert "Pia" not in text
