"""Whatever people do with a page in several windows, every text that was acknowledged can be found again (R4).

An auditor and a supervisor have the same page open as often as they like. They type, save, lose answers, save from old
states, choose between two texts, load the page anew, bring earlier versions back, submit, and save after that. All of
it goes through the addresses that the browser uses. What the page must say is worked out here once more, by hand.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import pytest
import time_machine
from django.db import transaction
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from audits import co_auditing, page_history, submitting
from audits.models import Audit, PageAnswers, StaleDraft, TemplateVersion
from people.models import User
from people.roles import JobRole
from tests.cast import fill_in
from tests.conftest import NOW, TODAY
from tests.factories import AuditFactory, CaseFactory, TeamFactory, UserFactory
from tests.sizes import times

PAGE = "s1"
FIELDS = ("rationale", "grade", "answers__S1-01", "comments__S1-01")
STRANGE = [
    "",
    "a",
    "Seen every week. 👩‍👧",
    "\u202eעברית",
    "one\r\ntwo\rthree",
    "nul\x00here",
    "half \ud83d",
    "“x” 'y'",
]
TEXTS = st.one_of(st.text(max_size=20), st.sampled_from(STRANGE))
ANSWERS = {"grade": ["", "good", "inadequate"], "answers__S1-01": ["", "yes", "no", "na"]}
ANY = st.integers(min_value=0, max_value=99)
CHOICES = ("mine", "theirs", "both")
STEPS = {"saved", "merged", "clashed", "brought back", "submitted", "refused after submission"}  # each must be tried
Said = dict[str, str]  # what the page says, by the input's name


@dataclass
class Window:
    """A page open in somebody's browser: what its boxes say, and what they said when it was loaded or last saved."""

    who: User
    revision: int
    says: Said
    began_with: Said
    undecided: set[str] = field(default_factory=set)
    chosen: set[str] = field(default_factory=set)  # and the server does not know it yet
    typed: dict[str, str] = field(default_factory=dict)  # as it was typed, where that says what the box says

    def sends(self) -> Said:
        """What the script reads from the boxes."""
        return {
            name: self.typed.get(name, "") if kept(self.typed.get(name, "")) == text else text
            for name, text in self.says.items()
        }


def kept(text: str) -> str:
    """What is kept of a text: any character but NUL and halves of one, with one kind of line end."""
    whole = "".join("?" if 0xD800 <= ord(char) <= 0xDFFF else char for char in text)
    return whole.replace("\x00", "").replace("\r\n", "\n").replace("\r", "\n")


def said_by(content: dict[str, Any]) -> Said:
    """A stored page by the names of its inputs."""
    answers, comments = content.get("answers", {}), content.get("comments", {})
    flat = {**content, "answers__S1-01": answers.get("S1-01", ""), "comments__S1-01": comments.get("S1-01", "")}
    return {name: flat.get(name, "") for name in FIELDS}


def as_sent(said: Said, rest: dict[str, Any]) -> dict[str, Any]:
    """What the script makes of the boxes; the other standards stay as they are."""
    answers = {**rest.get("answers", {}), "S1-01": said["answers__S1-01"]}
    return {
        "rationale": said["rationale"],
        "grade": said["grade"],
        "answers": answers,
        "comments": {"S1-01": said["comments__S1-01"]},
    }


class PageInManyWindows(RuleBasedStateMachine):
    """The steps; what must be true after each stands below."""

    template: TemplateVersion
    happened: Counter[str]

    @initialize()
    def an_audit_is_complete(self) -> None:
        self.auditor = UserFactory(job_role=JobRole.TEAM_MANAGER)
        self.supervisor = UserFactory(job_role=JobRole.CONSULTANT_SOCIAL_WORKER)
        team = TeamFactory()
        manager = UserFactory(job_role=JobRole.TEAM_MANAGER, team=team)
        worker = UserFactory(team=team)
        case = CaseFactory(team=team, worker=worker)
        self.audit: Audit = AuditFactory(
            case=case,
            template_version=self.template,
            auditor=self.auditor,
            supervisor=self.supervisor,
            worker=worker,
            team_manager=manager,
        )
        fill_in(self.audit, at=NOW, today=TODAY)
        self.browsers = {person: Client() for person in (self.auditor, self.supervisor)}
        for person, browser in self.browsers.items():
            browser.force_login(person)
        first = PageAnswers.objects.get(audit=self.audit, page=PAGE)
        self.rest = first.content
        self.revision, self.stored = first.revision, said_by(first.content)
        self.states: dict[int, tuple[User, Said]] = {first.revision: (self.auditor, self.stored)}
        self.acknowledged: set[tuple[str, str]] = set()
        self.windows: list[Window] = []
        self.submitted = False
        self.opened(True)
        self.opened(False)

    def _window(self, number: int) -> Window:
        return self.windows[number % len(self.windows)]

    def _address(self, name: str, *more: Any) -> str:
        return reverse(f"audits:{name}", args=[self.audit.reference, PAGE, *more])

    # -------------------------------------------------------------- the steps

    @rule(by_auditor=st.booleans())
    def opened(self, by_auditor: bool) -> None:
        """One more window, or one closed and opened again."""
        who = self.auditor if by_auditor else self.supervisor
        self.windows.append(Window(who, self.revision, dict(self.stored), dict(self.stored)))
        del self.windows[:-3]

    @rule(
        number=ANY, name=st.sampled_from(FIELDS), text=TEXTS, choice=ANY, then=st.sampled_from(["saves", "saves", ""])
    )
    def types(self, number: int, name: str, text: str, choice: int, then: str) -> None:
        """Into a box, or a choice among radios; most of the time it is saved."""
        options = ANSWERS.get(name)
        window = self._window(number)
        window.says[name] = options[choice % len(options)] if options else kept(text)
        window.typed[name] = window.says[name] if options else text
        if then:
            self._save(window)

    @rule(
        name=st.sampled_from(["rationale", "comments__S1-01"]),
        one=TEXTS,
        other=TEXTS,
        then=st.sampled_from([*CHOICES, ""]),
    )
    def two_write_in_the_same_box(self, name: str, one: str, other: str, then: str) -> None:
        """At the same time, in two windows; the second one chooses, or leaves it open."""
        for window, text in zip(self.windows[-2:], (one, other), strict=True):
            window.says[name], window.typed[name] = kept(text), text
        for window in self.windows[-2:]:
            self._save(window)
        if then:
            self._choose(self.windows[-1], then)

    @rule(number=ANY)
    def loads_anew(self, number: int) -> None:
        """What was not saved is gone; what was saved is there."""
        window = self._window(number)
        window.revision, window.undecided, window.chosen = self.revision, set(), set()
        window.says, window.began_with = dict(self.stored), dict(self.stored)
        if self.submitted:
            return
        shown = self.browsers[window.who].get(self._address("page"))
        for name, text in said_by(shown.context["content"]).items():
            if text != self.stored[name]:  # left before choosing between two texts: one's own is offered again
                assert not text or (name, text) in self.acknowledged
                window.says[name] = text
                window.undecided.add(name)

    @rule(number=ANY)
    def saves(self, number: int) -> None:
        """From whatever state the window began with."""
        self._save(self._window(number))

    @rule(number=ANY)
    def saves_and_the_answer_is_lost(self, number: int) -> None:
        """The window knows nothing of it and will send the same again, or more."""
        self._save(self._window(number), answer_comes=False)

    @rule(number=ANY, which=st.sampled_from(CHOICES))
    def chooses(self, number: int, which: str) -> None:
        """At the first question where two texts stand side by side, and saves."""
        window = self._window(number)
        self._choose(next((one for one in [window, *self.windows] if one.undecided), window), which)

    def _choose(self, window: Window, which: str) -> None:
        if not window.undecided:
            return
        name = sorted(window.undecided)[0]
        theirs, mine = window.began_with[name], window.says[name]
        if which == "theirs":
            window.says[name] = theirs
        elif which == "both" and name not in ANSWERS:
            window.says[name] = f"{theirs}\n\n{mine}"
        window.undecided.discard(name)
        window.chosen.add(name)
        self.happened[f"chose {which}"] += 1
        self._save(window)

    @precondition(lambda self: not self.submitted)
    @rule(number=ANY, which=ANY)
    def brings_back(self, number: int, which: int) -> None:
        """An earlier state, by somebody who has just looked at it."""
        window = self._window(number)
        states = list(page_history.states_of(self.audit, PAGE).values_list("pgh_id", "content"))
        version, content = states[which % len(states)]
        address = self._address("bring_back", "saved", version)
        answer = self.browsers[window.who].post(address, {"base_revision": self.revision})
        assert answer.status_code == 302
        self.happened["brought back"] += 1
        self._now_says(said_by(content), by=window.who)

    @rule(hurry=ANY)
    def submits(self, hurry: int) -> None:
        """Where nothing is missing any more, and the supervisor agrees; not too soon, there is more to try before."""
        if self.submitted or (hurry > 20 and self.revision < 8):
            return
        audit = Audit.objects.get(pk=self.audit.pk)
        try:
            seen = co_auditing.fingerprint(audit)
            co_auditing.agree(audit, seen=seen, by=self.supervisor, at=NOW, today=TODAY)
        except co_auditing.AgreementError:
            pass
        try:
            submitting.submit(audit, by=self.auditor, at=NOW, today=TODAY)
        except submitting.NotReady:
            return
        self.submitted = True
        self.happened["submitted"] += 1

    # -------------------------------------------------------------- saving, and what must come of it

    def _save(self, window: Window, *, answer_comes: bool = True) -> None:
        body = {"content": as_sent(window.sends(), self.rest), "base_revision": window.revision}
        if window.undecided:
            body["undecided"] = sorted(window.undecided)
        if window.chosen:
            body["chosen"] = sorted(window.chosen)
        answer = self.browsers[window.who].post(self._address("save_page"), json.dumps(body), "application/json")
        if self.submitted:
            assert (answer.status_code, answer.json()["closed"]) == (403, True)
            self.happened["refused after submission"] += 1
            return
        clashes, says = self._expected(window)
        assert answer.status_code == (409 if clashes else 200)
        self._acknowledge(window)
        self._now_says(says, by=window.who)
        told = answer.json()
        self.happened["clashed" if clashes else "merged" if told.get("others") else "saved"] += 1
        assert told["revision"] == self.revision
        assert {clash["name"] for clash in told.get("clashes", [])} == clashes
        for clash in told.get("clashes", []):
            name = clash["name"]
            assert clash["inputs"] == {name: self.stored[name]}
        for other in told.get("others", []):
            assert other["inputs"] == {other["name"]: self.stored[other["name"]]}
        if answer_comes:
            window.chosen = set()
            self._shows(window, clashes)

    def _expected(self, window: Window) -> tuple[set[str], Said]:
        """The questions at which a choice is needed, and what the page is to say after the save."""
        mine, base, theirs = window.says, self._began(window), self.stored
        if mine == theirs or self._was_saved_before(window):
            return set(), theirs
        clashes, says = set(), dict(theirs)
        for name in FIELDS:
            if mine[name] == theirs[name]:
                continue
            if name in window.undecided or base[name] not in (mine[name], theirs[name]):
                clashes.add(name)
            elif theirs[name] == base[name]:
                says[name] = mine[name]
        return clashes, says

    def _began(self, window: Window) -> Said:
        return self.states[window.revision][1]

    def _was_saved_before(self, window: Window) -> bool:
        later = [state for revision, state in self.states.items() if revision > window.revision]
        return not window.undecided and (window.who, window.says) in later

    def _now_says(self, says: Said, *, by: User) -> None:
        if says != self.stored:
            self.revision += 1
            self.stored = dict(says)
            self.states[self.revision] = (by, self.stored)

    def _acknowledge(self, window: Window) -> None:
        self.acknowledged |= {(name, text) for name, text in window.says.items() if text}

    def _shows(self, window: Window, clashes: set[str]) -> None:
        """As the script does: the others' words where nothing clashes, one's own until one has chosen."""
        own = {name: window.says[name] for name in clashes}
        window.revision, window.undecided = self.revision, clashes
        window.says, window.began_with = {**self.stored, **own}, dict(self.stored)

    # -------------------------------------------------------------- what must be true at any time

    @invariant()
    def the_page_says_what_it_should(self) -> None:
        if hasattr(self, "windows"):
            row = PageAnswers.objects.get(audit=self.audit, page=PAGE)
            assert (row.revision, said_by(row.content)) == (self.revision, self.stored)

    @invariant()
    def every_acknowledged_text_can_be_found_again(self) -> None:
        if hasattr(self, "windows"):
            states = page_history.states_of(self.audit, PAGE).values_list("content", flat=True)
            late = StaleDraft.objects.filter(audit=self.audit, page=PAGE).values_list("content", flat=True)
            found = {item for content in [*states, *late] for item in said_by(content).items()}
            assert self.acknowledged - found == set()


@pytest.mark.django_db
class TestAPageInManyWindows:
    def test_loses_no_acknowledged_text(self, core_template: TemplateVersion) -> None:
        class Machine(PageInManyWindows):
            """Each example begins with an audit of its own and leaves none behind."""

            template = core_template
            happened = Counter()

            def __init__(self) -> None:
                super().__init__()
                self.point = transaction.savepoint()

            def teardown(self) -> None:
                transaction.savepoint_rollback(self.point)

        with time_machine.travel(NOW, tick=False):
            run_state_machine_as_test(
                Machine,
                settings=settings(
                    max_examples=times(20, 2000),
                    stateful_step_count=25,
                    derandomize=True,
                    deadline=None,
                    database=None,
                    suppress_health_check=list(HealthCheck),
                ),
            )
        missed = {f"chose {which}" for which in CHOICES} | STEPS
        assert missed - Machine.happened.keys() == set(), Machine.happened
