"""What a draw leaves behind: tickets, frozen inputs, results and refusals that stay the same for good."""

import hashlib
import json

import pytest

from allocation.draw import (
    DrawAuditor,
    DrawError,
    KnownConflicts,
    Pair,
    Unassigned,
    auditor_ticket,
    canonical_result,
    case_ticket,
    draw,
    replay,
)
from tests.allocation.organisations import SEED, Organisation


class TestGoldenDraw:
    """Worked by hand from tickets that a command-line SHA-256 computed."""

    ORG = Organisation(
        cases=["K-104", "K-108", "K-101", "K-106", "K-102", "K-107", "K-103", "K-105"],
        places={"Cedar": 1, "Dogwood": 0, "Birch": 2, "Amber": 1},
        target=4,
        conflicts={
            "K-108": frozenset({"Amber"}),
            "K-107": frozenset({"Birch", "Cedar"}),
            "K-105": frozenset({"Birch", "Cedar"}),
        },
    )
    CASE_TICKETS = (
        ("K-101", "03b5d183515b0ba8c879d94877749a0536450177ce1cc9d04a6bb5035459834c"),
        ("K-108", "64e1e634da48755b7c32b97c2f92bbf1a2214f43f4d5a9471c051796c6242a9c"),
        ("K-107", "75aee568c511e396ae180f3409df8a485b6328d4a25c65f5d042f3e3c4424d23"),
        ("K-105", "8325dfd21448b8a20c5ed7c3d4a0b8ecc7543853d9618e87243586e59b265afd"),
        ("K-102", "9983c9954f2b2254d6a42b79efd12b821bbceb62beaf6c51b427228609bdd8a2"),
        ("K-103", "cd42b5d7482bec026f6dff346beb70c5808440e45cde1b99cc2175172f92e96a"),
        ("K-106", "cf908d6d20e36ecc79e825bd59e6d8c8107254e18b6a8d4aa1aa09858972c92a"),
        ("K-104", "d83e6ba18399221d215a7d7d80e9b799efa84c87380fc1fe140055397995a63a"),
    )
    AUDITOR_TICKETS = (
        ("Amber", "a6c155ad91492d5c03e34afc5449c48ff145bcb96b93b294abdd0afe43811681"),
        ("Birch", "b97869f44b9fff9a3f9d7661b5b6849501c5be553a54d3ad314fca1c747f9703"),
        ("Cedar", "e57eb6e6ce44fc84003eed994a08abdc877efae18a3c6df9df2542b964db7005"),
    )

    def test_gives_the_tickets_that_another_tool_computed(self):
        assert all(case_ticket(case, seed=SEED) == ticket for case, ticket in self.CASE_TICKETS)
        assert all(auditor_ticket(name, seed=SEED) == ticket for name, ticket in self.AUDITOR_TICKETS)

    def test_gives_the_pairs_worked_out_by_hand(self):
        # K-101 goes to Amber, K-108 to Birch. Only Amber may take K-107, so K-101 moves to Birch. Only Amber may
        # take K-105 too, but is full with K-107: passed over. K-102 goes to Cedar, which makes four.
        result = self.ORG.drawn()
        assert result.pairs == (
            Pair("K-101", "Birch"),
            Pair("K-108", "Birch"),
            Pair("K-107", "Amber"),
            Pair("K-102", "Cedar"),
        )
        assert [(c.case_id, c.auditors_in_conflict, c.auditors_full) for c in result.passed_over] == [("K-105", 2, 1)]
        assert result.reserve == ("K-103", "K-106", "K-104")
        assert [(a.auditor_id, a.why) for a in result.unassigned] == [("Dogwood", Unassigned.NO_PLACES)]
        assert result.shortfall is None

    def test_freezes_its_inputs_in_one_form_only(self):
        frozen = self.ORG.frozen()
        assert frozen.json == (
            b'{"algorithm":"draw-1","auditors":[{"capacity":1,"carried":0,"id":"Amber"},'
            b'{"capacity":2,"carried":0,"id":"Birch"},{"capacity":1,"carried":0,"id":"Cedar"},'
            b'{"capacity":0,"carried":0,"id":"Dogwood"}],"cases":["K-101","K-102","K-103","K-104","K-105",'
            b'"K-106","K-107","K-108"],"conflicts":{"K-105":["Birch","Cedar"],"K-107":["Birch","Cedar"],'
            b'"K-108":["Amber"]},"facts":{"look-back":"24"},"reserve":5,"target":4}'
        )
        assert frozen.sha256 == "d5829f9d51b8a0bee23357056617957201a674149976560e5260518ec16a04aa"

    def test_leaves_conflicts_that_play_no_part_out_of_the_hash(self):
        more = self.ORG.conflicts | {"K-101": frozenset({"Nobody here"}), "K-999": frozenset({"Amber"})}
        assert self.ORG.frozen(conflicts=more) == self.ORG.frozen()

    def test_gives_a_result_with_the_hash_of_its_own_text(self):
        result = canonical_result(self.ORG.drawn())
        assert json.loads(result.json)["pairs"][0] == {"auditor_id": "Birch", "case_id": "K-101"}
        assert result.sha256 == hashlib.sha256(result.json).hexdigest()

    def test_lists_the_cases_of_one_auditor_in_ticket_order(self):
        result = self.ORG.drawn()
        assert result.cases_of("Birch") == ("K-101", "K-108")
        assert result.cases_of("Dogwood") == ()


class TestRefusedInputs:
    @pytest.mark.parametrize("seed", ["", "abc", "G" * 32, "ABCDEF01" * 4, "0" * 129, SEED + "\n"])
    def test_refuses_a_seed_in_another_form(self, seed):
        with pytest.raises(DrawError, match="seed"):
            Organisation(["C"], {"A": 1}, 1, seed=seed).drawn()

    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            ({"cases": ["C", "C"]}, "The case C is in the draw twice"),
            ({"cases": [""]}, "One case has no id"),
            ({"places": {"": 1}}, "One auditor has no id"),
            ({"places": {"A": -1}}, "places cannot be below nought"),
            ({"carried": {"A": -1}}, "carried cannot be below nought"),
            ({"target": -1}, "target cannot be below nought"),
        ],
    )
    def test_refuses_ids_and_numbers_that_make_no_sense(self, changes, message):
        with pytest.raises(DrawError, match=message):
            Organisation(["C"], {"A": 1}, 1).drawn(**changes)

    def test_refuses_an_auditor_who_is_there_twice(self):
        twice = [DrawAuditor("A", 1), DrawAuditor("A", 2)]
        with pytest.raises(DrawError, match="The auditor A is in the draw twice"):
            draw([], auditors=twice, conflicts=KnownConflicts({}), target=1, seed=SEED)

    @pytest.mark.parametrize("document", [b"", b"[]", b"{}", b"\xff", b'{"algorithm":"draw-1","conflicts":{}}'])
    def test_refuses_to_replay_something_else(self, document):
        with pytest.raises(DrawError, match="not the frozen inputs"):
            replay(document, seed=SEED)

    def test_refuses_to_replay_another_version_of_the_algorithm(self):
        with pytest.raises(DrawError, match="draw-0"):
            replay(TestGoldenDraw.ORG.frozen().json.replace(b"draw-1", b"draw-0"), seed=SEED)
