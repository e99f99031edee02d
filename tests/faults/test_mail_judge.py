"""The judge of mail sees what is lost, what came twice, and what went to a stranger."""

from __future__ import annotations

from typing import Any

from tests.faults.mail_judge import Judge, Round

URGENT, REMINDER = "2026-11-0001", "2026-11-0002"
MADE = {
    "inadequates": {URGENT: ["wren@exampleshire.example", "tamar@exampleshire.example"]},
    "reminders": {REMINDER: ["ada@exampleshire.example"]},
}
SUBJECTS = {
    URGENT: f"Urgent: audit {URGENT} needs action today",
    REMINDER: f"Audit {REMINDER} is due on 14 October 2026: please finish it",
}


def came(name: str, reference: str, *, message_id: str, at: float = 5, date: str = "Monday") -> dict[str, Any]:
    """A line of the mailbox's journal."""
    address = f"{name}@exampleshire.example"
    return {"to": address, "subject": SUBJECTS[reference], "id": message_id, "at": at, "date": date, "mood": "good"}


def judge(*noted: dict[str, Any]) -> Judge:
    return Judge(MADE, acknowledged={URGENT: 1.0, REMINDER: 2.0}, noted=noted)


EVERYTHING = [
    came("wren", URGENT, message_id="1"),
    came("tamar", URGENT, message_id="2"),
    came("ada", REMINDER, message_id="3", at=9),
]


class TestJudge:
    def test_finds_nothing_wrong_where_everything_came_once(self) -> None:
        found = judge(*EVERYTHING)
        assert (found.lost(), found.real_doubles(), found.repeats(), found.strangers(), found.unlike()) == (
            [],
            [],
            0,
            [],
            [],
        )

    def test_sees_what_never_came_however_often_it_is_asked(self) -> None:
        found = judge(*EVERYTHING[:2], {"refused": "ada@exampleshire.example", "answer": "451", "at": 3})
        for _ in range(2):
            assert found.lost() == [("ada@exampleshire.example", REMINDER)]
            assert found.real_doubles() == []

    def test_tells_a_harmless_repeat_from_a_real_double(self) -> None:
        assert judge(*EVERYTHING, came("wren", URGENT, message_id="1", at=6)).repeats() == 1
        assert judge(*EVERYTHING, came("wren", URGENT, message_id="1", at=6)).real_doubles() == []
        assert judge(*EVERYTHING, came("wren", URGENT, message_id="4")).real_doubles() == [
            ("wren@exampleshire.example", URGENT)
        ]

    def test_sees_a_stranger(self) -> None:
        found = judge(*EVERYTHING, came("sol", URGENT, message_id="5"))
        assert found.strangers() == [("sol@exampleshire.example", URGENT)]

    def test_sees_one_message_id_with_two_dates(self) -> None:
        assert judge(*EVERYTHING, came("wren", URGENT, message_id="1", date="Tuesday")).unlike() == ["1"]

    def test_counts_the_wait_from_the_end_of_the_fault(self) -> None:
        found = judge(*EVERYTHING)
        assert found.waits([REMINDER]) == [7.0]
        assert found.waits([REMINDER], ended=8.5) == [0.5]

    def test_prints_one_line_for_each_kind_of_fault_and_one_for_all(self) -> None:
        rounds = [Round("web killed", [URGENT], 2.0), Round("mailbox down", [REMINDER], 3.0)]
        assert [line.split()[0] for line in judge(*EVERYTHING).table(rounds).splitlines()] == [
            "fault",
            "web",
            "mailbox",
            "all",
        ]
