"""Who is told what when an audit is urgent, or becomes so, or is not so any more: the table of R14."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from audits.after.notice_recipients import ABOVE, ANYBODY, LEADS, who_must_know
from audits.models import Audit, Cause, Share, TemplateVersion
from people.models import Absence, OutgoingMail, Service, Team, User
from people.roles import JobRole
from tests.audits.after.noticing import YESTERDAY, Happening, Scene, away, leave
from tests.conftest import TODAY
from tests.factories import CaseFactory, ServiceFactory, TeamFactory, UserFactory

R = JobRole
ALL = "Wren! Tamar! Hana Petra"


def submit(*grades: Any, **how: Any) -> Happening:
    return lambda scene: scene.submit(*grades, **how)


def change(to: str, **how: Any) -> Happening:
    return lambda scene: scene.change(to, **how)


def reassign(name: str = "Nia") -> Happening:
    return lambda scene: scene.set(case__worker=scene.person(name, R.SOCIAL_WORKER))


def manager_gone(scene: Scene) -> None:
    leave(scene.audit.team_manager)


def deputy(scene: Scene) -> None:
    scene.person("Dee", R.DEPUTY_TEAM_MANAGER)


def manager_moves(scene: Scene) -> None:
    scene.audit.team_manager.team = scene.other_team
    scene.audit.team_manager.save()


def nobody_manages(scene: Scene) -> None:
    manager_moves(scene)
    scene.set(team_manager=None)


def sections_only(scene: Scene) -> None:
    rows = TemplateVersion.objects.filter(overall_grade=False, scale__code="ofsted-4")
    scene.set(template_version=rows.get())


def case_moves(scene: Scene) -> None:
    quay = TeamFactory(name="Quay Team")
    scene.person("Mel", R.TEAM_MANAGER, team=quay)
    scene.person("Hugo", R.HEAD_OF_SERVICE, team=None, service=quay.service)
    scene.set(case__team=quay)


TABLE: dict[str, tuple[list[Happening], list[str]]] = {
    # what makes it urgent
    "inadequate": ([submit()], [f"urgent: {ALL}"]),
    "good": ([submit("good")], []),
    "requires improvement": ([submit("requires-improvement")], []),
    "good, but the child is not safe": ([submit("good", safe=False)], [f"urgent: {ALL}"]),
    "submitted twice over": ([submit(), submit()], [f"urgent: {ALL}"]),
    # the worker
    "no worker": ([lambda s: s.set(worker=None, case__worker=None), submit()], ["urgent: Tamar! Hana Petra"]),
    "the worker has left": ([lambda s: leave(s.audit.worker), submit()], ["urgent: Tamar! Hana Petra"]),
    "the worker is away": ([lambda s: away(s.audit.worker), submit()], [f"urgent: {ALL}"]),
    "the case has a new worker": ([reassign(), submit()], ["urgent: Nia! Tamar! Hana Petra"]),
    "and that one has left": ([reassign(), lambda s: leave(s.people["Nia"]), submit()], [f"urgent: {ALL}"]),
    "the new worker is the auditor": ([lambda s: s.set(case__worker=s.audit.auditor), submit()], [f"urgent: {ALL}"]),
    "the manager holds the case": (
        [lambda s: s.set(worker=s.audit.team_manager, case__worker=s.audit.team_manager), submit()],
        ["urgent: Tamar! Hana! Petra"],
    ),
    # the manager
    "no manager": ([nobody_manages, submit()], ["urgent: Wren! Hana! Petra"]),
    "no manager, but a deputy": ([nobody_manages, deputy, submit()], ["urgent: Wren! Dee! Hana Petra"]),
    "the manager has left": ([manager_gone, submit()], ["urgent: Wren! Hana! Petra"]),
    "the manager has left, a deputy is there": ([manager_gone, deputy, submit()], ["urgent: Wren! Dee! Hana Petra"]),
    "the manager moved, nobody came": ([manager_moves, submit()], [f"urgent: {ALL}"]),
    "the manager moved, another came": (
        [manager_moves, lambda s: s.person("Nell", R.TEAM_MANAGER), submit()],
        ["urgent: Wren! Nell! Hana Petra"],
    ),
    "the team has two managers": ([lambda s: s.person("Nell", R.TEAM_MANAGER), submit()], [f"urgent: {ALL}"]),
    "the manager is away, a deputy is there": (
        [lambda s: away(s.audit.team_manager), deputy, submit()],
        ["urgent: Wren! Dee! Hana Petra"],
    ),
    "the manager is away": ([lambda s: away(s.audit.team_manager), submit()], ["urgent: Wren! Hana! Petra"]),
    "everybody is away": (
        [lambda s: away(s.audit.team_manager, s.head, s.psw), lambda s: leave(s.people["Asa"]), submit()],
        [f"urgent: {ALL}"],
    ),
    "the manager is the auditor": (
        [lambda s: s.set(auditor=s.audit.team_manager), submit()],
        ["urgent: Wren! Hana! Petra"],
    ),
    "the manager supervises the auditor": (
        [lambda s: s.set(supervisor=s.audit.team_manager), submit()],
        ["urgent: Wren! Hana! Petra"],
    ),
    "the case is with another team now": ([case_moves, submit()], ["urgent: Wren! Mel! Hugo Petra"]),
    # above them
    "no head of service": ([lambda s: leave(s.head), submit()], ["urgent: Wren! Tamar! Petra"]),
    "no manager, no head": ([nobody_manages, lambda s: leave(s.head), submit()], ["urgent: Wren! Petra!"]),
    "no manager, no head, no PSW": (
        [nobody_manages, lambda s: leave(s.head, s.psw), submit()],
        ["urgent: Wren! Asa!"],
    ),
    "only a manager of another service is left": (
        [nobody_manages, lambda s: leave(s.head, s.psw, s.people["Asa"]), submit()],
        ["urgent: Wren! Tamar!"],
    ),
    "the head of service is the auditor": ([lambda s: s.set(auditor=s.head), submit()], ["urgent: Wren! Tamar! Petra"]),
    "the PSW is the auditor": ([lambda s: s.set(auditor=s.psw), submit()], ["urgent: Wren! Tamar! Hana"]),
    # changed afterwards
    "up after the review": ([submit(), change("good")], [f"urgent: {ALL}", "corrected: Wren Tamar Hana Petra"]),
    "down after moderation": ([submit("good"), change("inadequate", cause=Cause.MODERATION)], [f"urgent: {ALL}"]),
    "down, not to the worst": ([submit("good"), change("requires-improvement")], []),
    "up twice": (
        [submit(), change("requires-improvement"), change("good")],
        [f"urgent: {ALL}", "corrected: Wren Tamar Hana Petra"],
    ),
    "up and down again": (
        [submit(), change("good"), change("inadequate", cause=Cause.MEDIATION)],
        [f"urgent: {ALL}", "corrected: Wren Tamar Hana Petra", f"urgent: {ALL}"],
    ),
    "down, up, down, up": (
        [submit("good"), change("inadequate"), change("good"), change("inadequate"), change("good")],
        [f"urgent: {ALL}", "corrected: Wren Tamar Hana Petra"] * 2,
    ),
    "up, but the child was not safe": ([submit(safe=False), change("good")], [f"urgent: {ALL}"]),
    "down, and told before as not safe": ([submit("good", safe=False), change("inadequate")], [f"urgent: {ALL}"]),
    "up after the worker changed": (
        [submit(), reassign(), change("good")],
        [f"urgent: {ALL}", "corrected: Wren Tamar Hana Petra"],
    ),
    "up after the manager left": (
        [submit(), manager_gone, change("good")],
        [f"urgent: {ALL}", "corrected: Wren Hana Petra"],
    ),
    "down after the worker changed": (
        [submit("good"), reassign(), change("inadequate")],
        ["urgent: Nia! Tamar! Hana Petra"],
    ),
    "urgent as before, for a new worker": (
        [submit(safe=False), reassign(), change("requires-improvement")],
        [f"urgent: {ALL} Nia!"],
    ),
    # forms without an overall grade
    "a section is inadequate": ([sections_only, submit(sections=("good", "inadequate"))], [f"urgent: {ALL}"]),
    "no section is": ([sections_only, submit(sections=("good", "good"))], []),
    "one of two sections goes up": (
        [sections_only, submit(sections=("inadequate", "inadequate")), change("good", section=0)],
        [f"urgent: {ALL}"],
    ),
    "both sections go up": (
        [sections_only, submit(sections=("inadequate",) * 2), change("good", section=0), change("good", section=1)],
        [f"urgent: {ALL}", "corrected: Wren Tamar Hana Petra"],
    ),
    "a section goes down": (
        [sections_only, submit(sections=("good", "good")), change("inadequate", section=1)],
        [f"urgent: {ALL}"],
    ),
    "a section of a form with an overall grade goes down": (
        [submit("good", sections=("good",)), change("inadequate", section=0)],
        [],
    ),
}


@pytest.fixture
def scene(audit: Audit, psw: User, head_of_service: User, assistant_director: User, other_team: Team) -> Scene:
    return Scene(audit, psw, head_of_service, other_team, people={"Asa": assistant_director})


@pytest.mark.django_db
class TestWhoIsTold:
    @pytest.mark.parametrize(("happens", "told"), TABLE.values(), ids=TABLE)
    def test_follows_the_table(self, scene: Scene, happens: list[Happening], told: list[str]) -> None:
        for happening in happens:
            happening(scene)
        assert scene.told() == told
        self.check_mail(scene, told)

    def check_mail(self, scene: Scene, told: list[str]) -> None:
        """One email for each person and notice, each with its own key; those told to act are in the sharing record."""
        names = [(line.split(":")[0], name) for line in told for name in line.split(": ")[1].replace("!", "").split()]
        kinds = {"urgent": "urgent", "not urgent": "corrected"}
        mails = OutgoingMail.objects.filter(kind__in=kinds, urgent=True).select_related("recipient").order_by("pk")
        assert sorted((kinds[m.kind], m.recipient.name.split()[0]) for m in mails) == sorted(names)
        shared = {name.split()[0] for name in Share.objects.filter(audit=scene.audit).values_list("name", flat=True)}
        assert shared == {name for kind, name in names if kind == "urgent"}


ROLES = st.sampled_from([*LEADS, *ABOVE, R.SERVICE_MANAGER, R.SOCIAL_WORKER, R.ADMINISTRATOR])
SOMEBODY = st.fixed_dictionaries(
    {"role": ROLES, "team": st.integers(0, 2), "left": st.booleans(), "away": st.booleans(), "off": st.booleans()}
)
NAMED = st.none() | st.integers(0, 7)


class TestAnyOrganisation(TestCase):
    """Whatever the staff list looks like: nobody is told who has no business with the case (R14)."""

    @settings(max_examples=60, deadline=None)
    @given(staff=st.lists(SOMEBODY, min_size=1, max_size=8), named=st.tuples(NAMED, NAMED, NAMED, NAMED, NAMED))
    def test_tells_only_those_who_hold_the_case_and_who_stand_in(
        self, staff: list[dict[str, Any]], named: tuple[int | None, ...]
    ) -> None:
        teams = self.teams()
        people = [self.somebody(each, teams) for each in staff]
        worker, holder, manager, supervisor, auditor = (
            people[place] if place is not None and place < len(people) else None for place in named
        )
        if worker is not None and worker == auditor:
            worker = None
        audit = Audit(
            case=CaseFactory(team=teams[0], worker=holder), team=teams[0], worker=worker, team_manager=manager,
            supervisor=supervisor, auditor=auditor or UserFactory(job_role=R.ADMINISTRATOR),
        )  # fmt: skip
        told = who_must_know(audit, today=TODAY)
        self.check(audit, told, holder=holder)

    def check(self, audit: Audit, told: list[Any], *, holder: User | None) -> None:
        persons = [one.person for one in told]
        assert len({person.pk for person in persons}) == len(persons), "nobody twice"
        assert not {person.pk for person in persons} & {audit.auditor_id, audit.supervisor_id}
        case_team, named = audit.case.team_id, {audit.worker_id, audit.team_manager_id, holder.pk if holder else None}
        for one in told:
            assert one.person.is_active
            assert one.person.leave_date is None
            leads = one.person.team_id == case_team and one.person.job_role in LEADS
            fallback = one.person.job_role in ABOVE
            last_resort = one.part == "team_manager" and one.person.job_role in ANYBODY
            assert one.person.pk in named or leads or fallback or last_resort
        working = User.objects.working_on(TODAY).exclude(pk__in=[audit.auditor_id, audit.supervisor_id or 0])
        managers = working.filter(job_role__in=(*ABOVE, *ANYBODY)).exclude(pk__in=[p.pk for p in persons[:1]])
        parts = [str(one.part) for one in told]
        assert "team_manager" in parts or not managers.exists(), "where anybody is left, somebody has to answer"

    def teams(self) -> list[Team]:
        services: list[Service] = [ServiceFactory(), ServiceFactory()]
        return [TeamFactory(service=services[0]), TeamFactory(service=services[0]), TeamFactory(service=services[1])]

    def somebody(self, each: dict[str, Any], teams: list[Team]) -> User:
        team = teams[each["team"]]
        person: User = UserFactory(
            job_role=each["role"], team=team, service=team.service, is_active=not each["off"],
            leave_date=YESTERDAY if each["left"] else None, password="!",
        )  # fmt: skip
        if each["away"]:
            Absence.objects.create(user=person, starts=TODAY, ends=TODAY)
        return person
