"""A council's own grading scales: the rules beside their inputs, what is used stays as it is (G3)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from audits.forms.scale_form import ScaleForm
from audits.models import GradingScale, TemplateVersion
from audits.structure import form_of
from audits.templates_made import drafting, publishing, scales
from audits.templates_made.scales import Point
from people.models import User
from tests.conftest import NOW

pytestmark = pytest.mark.django_db
POINTS = (
    Point("Strong", "green", is_good=True, score=Decimal("2"), descriptor=("All is there.",)),
    Point("Mixed", "amber", score=Decimal("1.5")),
    Point("Weak", "red", is_urgent=True, score=Decimal("1")),
)


@pytest.fixture
def ours(psw: User) -> GradingScale:
    return scales.make(name="Ours", points=POINTS, by=psw, at=NOW)


def problems(*points: Point) -> list[tuple[str, str]]:
    return scales.problems(name="Ours", points=points)


class TestRules:
    def test_hold_for_a_scale_in_order(self) -> None:
        assert problems(*POINTS) == []

    @pytest.mark.parametrize(
        ("place", "change", "beside", "words"),
        [
            (0, {"is_good": False}, "is_good_1", "At least one grade must count as good"),
            (2, {"is_good": True}, "is_urgent_3", "cannot be both"),
            (1, {"is_good": True, "score": Decimal("3")}, "score_2", "higher score"),
            (1, {"score": None}, "score_2", "every grade a score"),
            (1, {"score": Decimal("1.25")}, "score_2", "half marks"),
            (1, {"label": "strong "}, "label_2", "Two grades are called"),
            (1, {"label": ""}, "label_2", "give it a name"),
            (1, {"colour": "pink"}, "colour_2", "choose a colour"),
        ],
    )
    def test_stand_beside_the_input_that_breaks_them(
        self, place: int, change: dict[str, object], beside: str, words: str
    ) -> None:
        points = [replace(point, **change) if n == place else point for n, point in enumerate(POINTS)]  # type: ignore[arg-type]
        found = problems(*points)
        assert beside in [name for name, _ in found]
        assert words in " ".join(message for _, message in found)

    def test_ask_for_three_to_six_grades_with_good_ones_first(self) -> None:
        assert problems(*POINTS[:2])[0][0] == "label_2"
        turned = (POINTS[1], POINTS[0], POINTS[2])
        assert "is_good_2" in [name for name, _ in problems(*turned)]
        all_good = tuple(replace(point, is_good=True, is_urgent=False) for point in POINTS)
        assert problems(*all_good) == [("is_good_3", "At least one grade must be below good")]


class TestScale:
    def test_is_stored_best_first(self, ours: GradingScale) -> None:
        found = [(grade.code, grade.order, grade.score, grade.is_good) for grade in ours.grades.all()]
        assert found == [("strong", 3, 2, True), ("mixed", 2, Decimal("1.5"), False), ("weak", 1, 1, False)]
        assert scales.points_of(ours) == [replace(p, code=p.label.lower()) for p in POINTS]

    def test_can_be_changed_until_a_published_version_uses_it(
        self, ours: GradingScale, core_template: TemplateVersion, psw: User
    ) -> None:
        points = [replace(POINTS[0], label="Very strong"), *POINTS[1:]]
        scales.change(ours, name="Ours", points=points, by=psw, at=NOW)
        draft = drafting.begin_next(core_template, by=psw, at=NOW)
        draft = drafting.change(draft, lambda d: d.update(scale="ours"), by=psw, at=NOW)
        version = publishing.publish(draft, revision=2, note="Another scale.", by=psw, at=NOW)
        assert [choice.point.label for choice in form_of(version.pk).grades] == ["Very strong", "Mixed", "Weak"]
        for change in (
            lambda: scales.change(ours, name="X", points=POINTS, by=psw, at=NOW),
            lambda: scales.remove(ours, by=psw, at=NOW),
        ):
            with pytest.raises(drafting.TemplateError, match="published template"):
                change()

    def test_that_came_with_the_portal_stays(self, core_template: TemplateVersion, psw: User) -> None:
        for scale in GradingScale.objects.filter(code__in=scales.SHIPPED):
            with pytest.raises(drafting.TemplateError):
                scales.remove(scale, by=psw, at=NOW)

    def test_that_is_gone_stops_a_draft_and_not_the_page(self, ours: GradingScale, psw: User) -> None:
        draft = drafting.begin(name="Mine", kind="other", by=psw, at=NOW)
        draft = drafting.change(draft, lambda d: d.update(scale="ours"), by=psw, at=NOW)
        scales.remove(ours, by=psw, at=NOW)
        with pytest.raises(drafting.TemplateError):
            publishing.publish(draft, revision=2, note="", by=psw, at=NOW)


class TestForm:
    def test_tells_all_that_is_wrong_at_once(self) -> None:
        post = {"name": "", "label_1": "Best", "colour_1": "green", "is_urgent_2": "on", "colour_2": "red"}
        post |= {"label_4": "Worst", "colour_4": "red", "score_4": "one"}
        assert {name: [str(one) for one in found] for name, found in ScaleForm(post).errors.items()} == {
            "name": ["Give the scale a name"],
            "is_good_1": ["At least one grade must count as good"],
            "label_2": ["Grade 2: give it a name of up to 60 characters"],
            "is_urgent_2": ["The urgent grades must be the worst ones"],
            "score_4": ["Grade 4: enter a score like 2 or 1.5"],
        }

    def test_names_a_row_by_its_number_on_the_page(self) -> None:
        form = ScaleForm({"name": "Ours", "label_1": "Best", "is_good_1": "on", "label_4": "Worst", "colour_4": "red"})
        assert form.errors["colour_1"] == ["Grade 1: choose a colour"]
        form = ScaleForm({"name": "Ours", "label_1": "Best", "colour_1": "red", "is_good_1": "on", "label_4": "Worst"})
        assert form.errors["colour_4"] == ["Grade 4: choose a colour"]

    def test_of_nothing_asks_for_name_grades_and_a_good_one(self) -> None:
        assert set(ScaleForm({}).errors) == {"name", "label_1", "is_good_1"}


class TestPages:
    def test_take_a_scale_and_show_the_rules_beside_the_inputs(self, client: Client, psw: User) -> None:
        client.force_login(psw)
        row = {"name": "Typed", "is_good_1": "on", "is_urgent_4": "on"}
        for place, label in ((1, "Best"), (2, "Middle"), (4, "Worst")):  # the third is left empty
            row |= {f"label_{place}": label, f"colour_{place}": "amber", f"score_{place}": str(5 - place)}
        wrong = client.post(reverse("audits:new_scale"), row | {"score_4": "9"})
        assert wrong.status_code == 200
        assert 'href="#id_score_4"' in wrong.content.decode()
        answer = client.post(reverse("audits:new_scale"), row | {"score_4": "0.5"})
        assert answer["Location"] == reverse("audits:scales")
        scale = GradingScale.objects.get(code="typed")
        assert [grade.label for grade in scale.grades.all()] == ["Best", "Middle", "Worst"]
        assert "Typed" in client.get(reverse("audits:scales")).content.decode()
        assert "Best" in client.get(reverse("audits:scale", args=["typed"])).content.decode()
        client.post(reverse("audits:remove_scale", args=["typed"]))
        assert not GradingScale.objects.filter(code="typed").exists()

    @pytest.mark.parametrize("label", ["Best", ""])
    def test_refuse_a_change_of_one_that_stays_and_lead_nowhere(
        self, client: Client, psw: User, core_template: TemplateVersion, label: str
    ) -> None:
        """A redirect, or the scale without its inputs, would take away what was typed (R3)."""
        client.force_login(psw)
        address = reverse("audits:scale", args=["ofsted-4"])
        answer = client.post(address, {"name": "Typed", "label_1": label, "colour_1": "amber"})
        assert answer.status_code == 403
        assert "stays as it is. Make a copy and change that." in answer.content.decode()
        assert f'href="{address}"' in answer.content.decode()

    def test_offer_a_copy_of_one_that_stays(self, client: Client, psw: User, core_template: TemplateVersion) -> None:
        client.force_login(psw)
        page = client.get(reverse("audits:scale", args=["ofsted-4"])).content.decode()
        assert "stays as it is" in page
        assert "Save the scale" not in page
        copy = client.get(reverse("audits:new_scale") + "?copy=ofsted-4").content.decode()
        assert "Requires Improvement" in copy
