"""The mailbox at the other end: takes mail as a process of its own and notes each message, whatever mood it is in.

    python -m tests.faults.mail_sink PORT JOURNAL MOOD

JOURNAL gets a line of JSON for each message that was taken, before it is answered: what stands there was delivered,
whatever the sender came to know of it. MOOD is a file that says how to behave; it is read at every step.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import sys
import time
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope

HOST = "127.0.0.1"
REFUSALS = {  # what is said, and at which step
    "451": ("DATA", "451 4.7.1 Greylisted, please try again later"),
    "452": ("RCPT", "452 4.2.2 Mailbox full, try again later"),
    "421": ("MAIL", "421 4.3.2 Service not available, closing"),
    "550": ("RCPT", "550 5.1.1 No such user here"),
}
logging.getLogger("mail.log").setLevel(logging.CRITICAL)  # it would note every command of every conversation


@dataclass(frozen=True)
class Mood:
    """How the mailbox behaves: `kind` is a refusal, slow, dies or good; `times` 0 is for ever."""

    kind: str = "good"
    number: int = 0
    times: int = 0
    seconds: float = 0.0

    def write(self, path: Path) -> None:
        """Say so to the process, which reads the file at its next step."""
        spare = path.with_suffix(".new")
        spare.write_text(json.dumps(vars(self)))
        spare.replace(path)

    @classmethod
    def read(cls, path: Path) -> Mood:
        return cls(**json.loads(path.read_text()))


@dataclass
class Mailbox:
    """What answers one SMTP conversation after the other."""

    journal: Path
    mood_file: Path
    used: dict[int, int] = field(default_factory=dict)  # how often each mood was acted out

    def note(self, **line: Any) -> None:
        """Write one line past every buffer of ours, so that it outlives this process."""
        with self.journal.open("ab", buffering=0) as journal:
            journal.write(json.dumps({"at": time.time(), **line}).encode() + b"\n")

    def mood(self) -> Mood:
        """The mood of now; good once it was acted out as often as it should."""
        now = Mood.read(self.mood_file)
        return Mood() if now.times and self.used.get(now.number, 0) >= now.times else now

    def refusal(self, step: str, address: str) -> str:
        """What is said at this step instead of yes; nothing where it is yes."""
        mood = self.mood()
        at, answer = REFUSALS.get(mood.kind, ("", ""))
        if at != step:
            return ""
        self.used[mood.number] = self.used.get(mood.number, 0) + 1
        self.note(refused=address, answer=answer[:3])
        return answer

    async def handle_MAIL(  # what aiosmtpd calls it
        self, server: SMTP, session: object, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return self.refusal("MAIL", address) or "250 OK"

    async def handle_RCPT(
        self, server: SMTP, session: object, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        refused = self.refusal("RCPT", address)
        if not refused:
            envelope.rcpt_tos.append(address)
        return refused or "250 OK"

    async def handle_DATA(self, server: SMTP, session: object, envelope: Envelope) -> str:
        """Take the message, and answer as the mood has it."""
        to = envelope.rcpt_tos[0]
        refused = self.refusal("DATA", to)
        if refused:
            return refused
        mood = self.mood()
        self.take(bytes(envelope.content or b""), to=to, mood=mood)
        if mood.kind == "dies":  # the sender gets no answer to a message that was delivered
            os.kill(os.getpid(), signal.SIGKILL)
        if mood.kind == "slow":
            await asyncio.sleep(mood.seconds)
        return "250 Kept"

    def take(self, content: bytes, *, to: str, mood: Mood) -> None:
        """Note a message: from here on it is in the mailbox."""
        message = message_from_bytes(content, policy=policy.default)
        self.used[mood.number] = self.used.get(mood.number, 0) + 1
        self.note(
            to=to, id=message["Message-ID"], date=message["Date"], subject=message["Subject"] or "", mood=mood.kind
        )


async def serve(port: int, box: Mailbox) -> None:
    """Take mail until the process is killed."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(box, hostname="localhost", loop=loop), HOST, port)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), Mailbox(Path(sys.argv[2]), Path(sys.argv[3]))))
