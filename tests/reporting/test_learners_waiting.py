"""A learning auditor waits on the heads of service first, then on the leadership (P4): whom the home page tells."""

from __future__ import annotations

import pytest
from django.test import Client

from allocation.competence import competency
from allocation.models import Competency
from audits.models import TemplateVersion
from people.models import User
from people.roles import JobRole
from reporting.waiting import learners_to_judge
from tests.conftest import NOW
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def heads(db: None) -> list[User]:
    """Three heads of service."""
    return [UserFactory(name=f"Head {number}", job_role=JobRole.HEAD_OF_SERVICE) for number in range(3)]


@pytest.fixture
def learner(core_template: TemplateVersion, psw: User, auditor: User) -> Competency:
    """Somebody who learns with a supervisor who is signed off."""
    mentor = UserFactory(name="Mo Mentor", job_role=JobRole.SERVICE_MANAGER)
    template = core_template.template
    competency.sign_off_before([mentor], template, note="Audits since 2019.", on=NOW.date(), by=psw, at=NOW)
    return competency.begin(auditor, template, supervisor=mentor, by=psw, at=NOW)


class TestLearners:
    def test_wait_for_heads_of_service_until_two_have_spoken_for_them(
        self, learner: Competency, heads: list[User], assistant_director: User, psw: User
    ) -> None:
        assert [learners_to_judge(head) for head in heads] == [[learner]] * 3
        assert learners_to_judge(assistant_director) == learners_to_judge(psw) == []
        competency.evaluate(learner, ready=True, comment="Careful.", by=heads[0], at=NOW)
        assert learners_to_judge(heads[0]) == []
        assert learners_to_judge(heads[1]) == [learner]
        competency.evaluate(learner, ready=True, comment="Fair.", by=heads[1], at=NOW)
        assert [learners_to_judge(head) for head in heads] == [[], [], []]

    def test_wait_for_the_leadership_once_two_find_them_ready(
        self, learner: Competency, heads: list[User], assistant_director: User, client: Client, today: None
    ) -> None:
        for head in heads[:2]:
            competency.evaluate(learner, ready=True, comment="Ready.", by=head, at=NOW)
        client.force_login(assistant_director)
        page = client.get("/").content.decode()
        assert "you can sign off" in page
        assert f"/competency/records/{learner.pk}/" in page
        competency.sign_off(learner, by=assistant_director, at=NOW)
        assert learners_to_judge(assistant_director) == []
        assert "Learning auditors" not in client.get("/").content.decode()
