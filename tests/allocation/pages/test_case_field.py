"""A case asked for by its reference: an unknown one is refused with those that come close, as far as one may see."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django import forms
from django.test import Client

from allocation.forms.case_field import CaseField, close_references
from audits.models import Case, TemplateVersion
from people.models import User
from tests.factories import CaseFactory, CycleFactory

pytestmark = pytest.mark.usefixtures("db", "today")


def ask(typed: str) -> Case | None:
    field = CaseField(required=False)
    field.cases = Case.objects.all()
    return field.clean(typed)


def refused(typed: str) -> str:
    with pytest.raises(forms.ValidationError) as error:
        ask(typed)
    return " ".join(error.value.messages)


class TestTheField:
    def test_takes_a_reference_in_capitals_or_not(self) -> None:
        case = CaseFactory(reference="EX-10442")
        assert ask(" ex-10442 ") == case
        assert ask("") is None

    def test_prefers_the_one_that_is_written_exactly_so(self) -> None:
        small, large = CaseFactory(reference="ex1"), CaseFactory(reference="EX1")
        assert (ask("ex1"), ask("EX1")) == (small, large)
        assert refused("Ex1") == "More than one case is written like this: EX1 or ex1. Copy the one you mean."

    @pytest.mark.parametrize(
        "typed", ["EX-10443", "EX-1044", "EX-104442", "EX-14042", "10442", "ex-1O442", "EX 10442", "EX10442"]
    )
    def test_suggests_what_is_one_slip_away_or_contains_it(self, typed: str) -> None:
        CaseFactory(reference="EX-10442")
        CaseFactory(reference="EX-77777")
        assert refused(typed) == "There is no case with this reference. Did you mean EX-10442?"

    def test_suggests_five_at_most_the_closest_first(self) -> None:
        for number in range(9):
            CaseFactory(reference=f"EX-1{number}000")
        CaseFactory(reference="EX-1")
        found = close_references(Case.objects.all(), "EX-1000")
        assert found[0] == "EX-10000"
        assert len(found) == 5

    @pytest.mark.parametrize("typed", ["EX-99999", "E", "%", "EX-(4", "a[b", "\\", ".....", "^$", "?" * 50])
    def test_says_so_where_nothing_comes_close_whatever_was_typed(self, typed: str) -> None:
        CaseFactory(reference="EX-10442")
        assert refused(typed) == "There is no case with this reference. Check it on the list of cases."

    def test_suggests_only_cases_that_whoever_asks_may_see(self, worker: User) -> None:
        CaseFactory(reference="EX-10441", worker=worker)
        CaseFactory(reference="EX-10442")
        CaseFactory(reference="EX-10443", worker=worker, restricted=True)
        assert close_references(Case.objects.visible_to(worker), "EX-1044") == ["EX-10441"]

    def test_asks_once(self, django_assert_num_queries: Callable[[int], Any]) -> None:
        CaseFactory.create_batch(20)
        with django_assert_num_queries(1):
            close_references(Case.objects.all(), "C0000")


class TestThePages:
    @pytest.mark.parametrize("page", ["why-not", "override"])
    def test_show_the_suggestions_beside_the_field(
        self, client: Client, psw: User, core_template: TemplateVersion, page: str
    ) -> None:
        CycleFactory(template_version=core_template, status="proposed" if page == "override" else "open")
        CaseFactory(reference="EX-10442")
        client.force_login(psw)
        address, typed = f"/cycles/2026-11/{page}/", {"case": "EX-10443", "auditor": psw.pk}
        response = client.get(address, typed) if page == "why-not" else client.post(address, typed)
        html = response.content.decode()
        assert "There is no case with this reference. Did you mean EX-10442?" in html
        assert 'id="id_case_error"' in html
        assert 'value="EX-10443"' in html
