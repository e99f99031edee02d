"""What a draw leaves behind: tickets, frozen documents, results and refusals that stay the same for good."""

import hashlib
import json
import os
import subprocess
import sys
from dataclasses import replace

import pytest
from django.conf import settings

from allocation.drawing.draw import (
    DrawAuditor,
    DrawError,
    DrawPlan,
    KnownConflicts,
    Lot,
    StrataPlan,
    auditor_ticket,
    canonical_result,
    case_ticket,
    draw,
    stratum_ticket,
)
from allocation.drawing.draw_document import case_line, read, read_head, replay, write
from allocation.drawing.tickets import family_ticket
from tests.allocation.organisations import SEED, Organisation, hash_of_eighty

GOLDEN_SEED = "0000000000000000000000000000000a"
GOLDEN = Organisation(
    cases=["104", "9", "101", "106", "102", "107", "103", "105", "110", "111"],
    places={"Cedar": 1, "Dogwood": 0, "Birch": 2, "Amber": 1},
    target=3,
    conflicts={"9": frozenset({"Amber"}), **dict.fromkeys(["105", "107"], frozenset({"Birch", "Cedar"}))},
    carried={"Birch": 1},
    lot_of={"110": "re_audit"},
    stratum_of={**dict.fromkeys(["104", "9", "101", "106", "111"], "north"),
                **dict.fromkeys(["102", "107", "103", "105"], "south")},
    family_of={"104": "104", "111": "104"},
    lots=(Lot("re_audit", 1),),
    strata=StrataPlan("proportional", 1),
    one_per_family=True,
    seed=GOLDEN_SEED,
)  # fmt: skip
GOLDEN_TEXT = "\n".join(
    [
        '{"algorithm":"draw-3","auditors":[{"capacity":1,"carried":0,"id":"Amber","parties":["pAmber"]},'
        '{"capacity":2,"carried":1,"id":"Birch","parties":["pBirch"]},'
        '{"capacity":1,"carried":0,"id":"Cedar","parties":["pCedar"]},'
        '{"capacity":0,"carried":0,"id":"Dogwood","parties":["pDogwood"]}],'
        '"cases":10,"facts":{"look-back":"24"},"out":{"Closed":[77]},"plan":{"lots":[{"key":"re_audit","wanted":1}],'
        '"one_per_family":true,"reserve":null,"strata":{"method":"proportional","minimum":1,"numbers":{}},"target":3}}',
        "9\trandom\tnorth\t\tiAmber",
        "101\trandom\tnorth\t\t",
        "102\trandom\tsouth\t\t",
        "103\trandom\tsouth\t\t",
        "104\trandom\tnorth\t104\t",
        "105\trandom\tsouth\t\tiBirch iCedar",
        "106\trandom\tnorth\t\t",
        "107\trandom\tsouth\t\tiBirch iCedar",
        "110\tre_audit\t\t\t",
        "111\trandom\tnorth\t104\t",
    ]
)
GOLDEN_RESULT = (
    b'{"algorithm":"draw-3","pairs":['
    b'{"auditor_id":"Cedar","case_id":"110","lot":"re_audit","stratum":"","weight":""},'
    b'{"auditor_id":"Amber","case_id":"107","lot":"random","stratum":"south","weight":"2.0000"},'
    b'{"auditor_id":"Birch","case_id":"104","lot":"random","stratum":"north","weight":"8.0000"},'
    b'{"auditor_id":"Birch","case_id":"103","lot":"random","stratum":"south","weight":"2.0000"}],'
    b'"passed_over":[{"auditors_full":1,"auditors_in_conflict":2,"case_id":"105","given_up":false,"lot":"random",'
    b'"stratum":"south"}],"reserve":[{"case_id":"101","stratum":"north"},{"case_id":"9","stratum":"north"},'
    b'{"case_id":"102","stratum":"south"}],"seed":"0000000000000000000000000000000a","shortfall":null,"siblings":1,'
    b'"strata":[{"given":1,"key":"north","pool":4,"wanted":1,"weight":"4.0000"},'
    b'{"given":2,"key":"south","pool":4,"wanted":2,"weight":"2.0000"}],"target":3,'
    b'"unassigned":[{"auditor_id":"Dogwood","why":"no_places"}]}'
)


class TestLotWhoseOtherCasesAreRandom:
    ORG = replace(GOLDEN, lots=(Lot("re_audit", 1, else_random=("9", "101")),))

    def test_is_read_back_and_drawn_from_as_it_was_written(self):
        frozen = self.ORG.frozen()
        assert read(frozen.text).plan == self.ORG.plan()
        assert replay(frozen.text, seed=self.ORG.seed) == self.ORG.drawn()


class TestGoldenDraw:
    """Worked by hand from tickets that a command-line SHA-256 computed; no Python and no locale may change a byte."""

    CASE_TICKETS = {
        "107": "186793679327b2320b03b285da3b07b665eb569ed44a9f0c78f0dd89a3055017",
        "104": "16dfe98ff033eb230e166e1f55a004e82311a55f260fc7920d0c9bdb28325bd0",
        "111": "5f837d11a7d2a7682c7e9a207172337d5433ed525362b33baa1c171872c4baa5",
        "101": "664cdf45195bc21b6b4ebdd2e2e99866975ae33aab2a51e5f08417c5cfe21ec5",
        "9": "678470ab5797f2a02408399c3acac6bf4098fb33566b5679a421d60c20c035db",
        "106": "70c080aed2cb620edb1942b054dfb12268274b11211a8bdf956cd12356881ccd",
        "105": "915dd5688d99e89d424417c18c05066bfcb5f498fed16ec7ce9cbae39c00c342",
        "103": "b763e5a29ddf5cc25133e1882c647675f382010871de2f35ffa52ef1433daee9",
        "102": "e2b788a394e7130f66809c92e0151049bcf568e3829246525a6101cc54be5b0f",
        "110": "ef344c45308cc5d0c3a094de7512142f49da6fa42f6c50fd3e6083fadee9f0e0",
    }
    AUDITOR_TICKETS = {
        "Cedar": "421fec269905e913d0466976fb9eb819937e4f9ed49e1425033446dcce280246",
        "Amber": "93ed2acee80d260ff1c88c978c39fbe47992f430d0b61382d79f232b2de8fc24",
        "Birch": "b25236e85daa454657772d0217f94cd8ad4d3ecc5390171f67f63a09d8490f9a",
    }

    def test_gives_the_tickets_that_another_tool_computed(self):
        assert all(case_ticket(case, seed=GOLDEN_SEED) == ticket for case, ticket in self.CASE_TICKETS.items())
        assert all(auditor_ticket(name, seed=GOLDEN_SEED) == ticket for name, ticket in self.AUDITOR_TICKETS.items())

    def test_gives_tickets_that_are_plain_sha_256(self):
        assert case_ticket("17", seed=SEED) == hashlib.sha256(f"{SEED}:17".encode()).hexdigest()
        assert auditor_ticket("17", seed=SEED) == hashlib.sha256(f"auditor:{SEED}:17".encode()).hexdigest()
        assert stratum_ticket("17", seed=SEED) == hashlib.sha256(f"stratum:{SEED}:17".encode()).hexdigest()
        assert family_ticket("17", seed=SEED) == hashlib.sha256(f"family:{SEED}:17".encode()).hexdigest()

    def test_gives_the_result_worked_out_by_hand(self):
        # Re-audit 110 goes to Cedar, whose ticket is below Amber's and who did nothing before, as Birch did. Of the
        # family of 104 and 111 the lower ticket, 104, is offered. Four cases in each stratum leave 1.5 of three each;
        # the ticket of south (71e97c…) is below that of north (d2c0b5…), so south gives two. 107 can go to Amber
        # only. 104 comes by the ticket of its family and goes to Birch. 105 can go to Amber only, who is full with
        # 107: passed over. 103 goes to Birch, which makes three.
        assert canonical_result(GOLDEN.drawn()).json == GOLDEN_RESULT

    def test_is_frozen_in_one_form_only(self):
        frozen = GOLDEN.frozen()
        assert frozen.text == GOLDEN_TEXT
        assert frozen.sha256 == "39505616030c82cf8e8613c2789fdb1dbe1dde7f32296b32198f50cc7110bda6"

    def test_comes_out_of_the_document_alone(self):
        result = canonical_result(replay(GOLDEN_TEXT, seed=GOLDEN_SEED))
        assert result.json == GOLDEN_RESULT
        assert result.sha256 == hashlib.sha256(GOLDEN_RESULT).hexdigest()
        assert json.loads(result.json)["pairs"][1]["case_id"] == "107"

    @pytest.mark.parametrize(("hash_seed", "locale"), [("1", "C"), ("4711", "tr_TR.UTF-8")])
    def test_comes_out_the_same_in_another_process(self, hash_seed, locale):
        """Of eighty generated councils too: nothing may hang on the order in which sets come."""
        program = "from tests.allocation.organisations import hash_of_eighty; print(hash_of_eighty())"
        there = os.environ | {"PYTHONHASHSEED": hash_seed, "LC_ALL": locale, "PYTHONPATH": str(settings.BASE_DIR)}
        done = subprocess.run([sys.executable, "-c", program], env=there, capture_output=True, text=True, check=True)
        assert done.stdout.strip() == hash_of_eighty()

    def test_lists_the_cases_of_one_auditor(self):
        result = GOLDEN.drawn()
        assert result.cases_of("Birch") == ("104", "103")
        assert result.cases_of("Dogwood") == ()


class TestDocument:
    DOCUMENT = read(GOLDEN_TEXT)

    def test_reads_back_what_was_written(self):
        assert self.DOCUMENT.plan == GOLDEN.plan()
        assert set(self.DOCUMENT.auditors) == set(GOLDEN.auditors())
        assert (self.DOCUMENT.facts, self.DOCUMENT.out) == ({"look-back": "24"}, {"Closed": [77]})
        assert self.DOCUMENT.pool_size == 10
        assert {case.id: case for case in self.DOCUMENT.cases()} == {
            case: replace(GOLDEN.case(case), stratum=GOLDEN.stratum_of.get(case, "")) for case in GOLDEN.cases
        }

    def test_has_a_head_that_can_be_read_alone(self):
        head = read_head(GOLDEN_TEXT.partition("\n")[0])
        assert (head.cases, head.plan.target) == (10, 3)

    def test_answers_who_is_kept_from_a_case_and_by_what(self):
        lines = [case_line("4", ties=["w7", "t3", "c7", "v3"]), case_line("12")]
        auditors = [
            DrawAuditor("7", 1, 0, frozenset({"p7", "t9"})),
            DrawAuditor("8", 1, 0, frozenset({"p8", "t3", "p7"})),
            DrawAuditor("3", 1, 0, frozenset({"p3", "t7"})),
        ]
        document = read(write(lines, auditors=auditors, plan=DrawPlan(1)).text)
        assert document.ties_of("4") == ("c7", "t3", "v3", "w7")
        assert document.kept_from("4", "7") == ("c", "w")
        assert document.kept_from("4", "8") == ("c", "t", "v", "w")
        assert document.kept_from("4", "3") == ()
        assert document.conflicts().conflicts_for(["4", "12"]) == {"4": {"7", "8"}, "12": frozenset()}

    @pytest.mark.parametrize("case", ["5", "1", "13", "", "x", "04"])
    def test_knows_no_ties_of_a_case_that_is_not_in_it(self, case):
        document = read(write([case_line("4", ties=["w7"])], auditors=[], plan=DrawPlan(1)).text)
        assert document.ties_of(case) == ()

    def test_can_do_without_cases(self):
        frozen = write([], auditors=[DrawAuditor("1", 2)], plan=DrawPlan(4))
        assert "\n" not in frozen.text
        assert replay(frozen.text, seed=SEED).shortfall.lacking_cases == 2


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
            ({"reserve": -1}, "reserve cannot be below nought"),
            ({"lot_of": {"C": "lost"}}, "lot lost, which is not in the plan"),
            ({"lot_of": {"C": "lost"}, "strata": StrataPlan()}, "lot lost, which is not in the plan"),
            ({"lots": (Lot("a", 1), Lot("a", 2))}, "The lot a is in the draw twice"),
            ({"lots": (Lot("a", -1),)}, "lot cannot be below nought"),
            ({"lots": (Lot("random", 1),)}, "no lot of their own"),
            ({"strata": StrataPlan("by hand")}, "by the method by hand"),
            ({"strata": StrataPlan(minimum=-1)}, "minimum cannot be below nought"),
            ({"strata": StrataPlan("fixed", 1, {"x": -2})}, "number cannot be below nought"),
        ],
    )
    def test_refuses_ids_and_numbers_that_make_no_sense(self, changes, message):
        with pytest.raises(DrawError, match=message):
            Organisation(["C"], {"A": 1}, 1).drawn(**changes)

    def test_refuses_an_auditor_who_is_there_twice(self):
        twice = [DrawAuditor("A", 1), DrawAuditor("A", 2)]
        with pytest.raises(DrawError, match="The auditor A is in the draw twice"):
            draw([], auditors=twice, conflicts=KnownConflicts({}), plan=DrawPlan(1), seed=SEED)

    @pytest.mark.parametrize("document", ["", "[]", "{}", '{"algorithm":"draw-3"}', GOLDEN_TEXT + "\n", "\ufffd"])
    def test_refuses_to_replay_something_else(self, document):
        with pytest.raises(DrawError):
            replay(document, seed=SEED)

    @pytest.mark.parametrize(
        ("before", "after", "message"),
        [
            ("draw-3", "draw-0", "made for draw-0"),
            ("\n9\t", "\n109\t", "The case 101 is not in its place"),
            ("\n102\t", "\n101\t", "The case 101 is in the draw twice"),
            ("\n9\trandom", "\n9 random", "named by its number"),
            ("\n9\t", "\n09\t", "named by its number"),
            ("\tnorth\t\tiAmber", "\tnorth\tiAmber", "not the frozen inputs"),
            ('"cases":10', '"cases":9', "not the frozen inputs"),
            ('"target":3', '"goal":3', "not the frozen inputs"),
        ],
    )
    def test_refuses_to_replay_a_damaged_document(self, before, after, message):
        assert before in GOLDEN_TEXT
        with pytest.raises(DrawError, match=message):
            replay(GOLDEN_TEXT.replace(before, after, 1), seed=GOLDEN_SEED)

    @pytest.mark.parametrize("part", [{"stratum": "a b"}, {"family": "a\tb"}, {"ties": ["w1\n2"]}, {"lot": "é"}])
    def test_refuses_to_write_down_what_would_break_a_line(self, part):
        with pytest.raises(DrawError, match="cannot be written down"):
            case_line("1", **part)
