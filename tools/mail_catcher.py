"""An SMTP server that keeps every message and delivers none: the demo's post box and the tests' sink.

with MailSink() as sink:
    ...  send to sink.address ...
    assert sink.messages[0]["Subject"] == "..."
"""

import argparse
import asyncio
import logging
import mailbox
import signal
import sys
import threading
import time
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from types import TracebackType
from typing import Self

from aiosmtpd.smtp import SMTP, Envelope

from tools.mail_pages import serve_pages

HOST = "127.0.0.1"
logging.getLogger("mail.log").setLevel(logging.WARNING)  # aiosmtpd notes every command of every conversation


class MailSink:
    """Catches mail on a loopback port, in memory and, when given a folder, in a Maildir there.

    Port 0 takes any free one; `address` says which. While `refuse_with` holds an SMTP answer such as
    "451 try again later", messages are refused with it and not kept.
    """

    def __init__(self, *, port: int = 0, folder: Path | None = None) -> None:
        self.refuse_with = ""
        self._port = port
        self._box = mailbox.Maildir(folder) if folder else None
        self._caught: list[EmailMessage] = []
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    @property
    def address(self) -> tuple[str, int]:
        return HOST, self._port

    @property
    def messages(self) -> list[EmailMessage]:
        """Everything caught so far, oldest first; X-Envelope-To names whom it was for."""
        return list(self._caught)

    def wait_for(self, count: int, *, seconds: float = 30) -> list[EmailMessage]:
        """Return the messages once there are `count`. Raises TimeoutError when they do not come."""
        until = time.monotonic() + seconds
        while len(self._caught) < count:
            if time.monotonic() > until:
                raise TimeoutError(f"{len(self._caught)} of {count} messages came")
            time.sleep(0.02)
        return self.messages

    async def handle_DATA(self, server: SMTP, session: object, envelope: Envelope) -> str:
        """Keep one message. The answer is what the sending side gets to read."""
        if self.refuse_with:
            return self.refuse_with
        content = envelope.content if isinstance(envelope.content, bytes) else str(envelope.content).encode()
        kept = f"X-Envelope-To: {', '.join(envelope.rcpt_tos)}\n".encode() + content.replace(b"\r\n", b"\n")
        if self._box is not None:
            self._box.add(kept)
        message = message_from_bytes(kept, policy=policy.default)
        self._caught.append(message)
        return "250 Kept"

    def _protocol(self) -> SMTP:
        return SMTP(self, hostname="localhost", enable_SMTPUTF8=True, loop=self._loop)

    def __enter__(self) -> Self:
        self._thread.start()
        listening = self._loop.create_server(self._protocol, HOST, self._port)
        self._server: asyncio.Server = asyncio.run_coroutine_threadsafe(listening, self._loop).result()
        self._port = self._server.sockets[0].getsockname()[1]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _close(self) -> None:
        self._server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)


def parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Catch mail and show it in the browser.")
    parser.add_argument("--smtp-port", type=int, required=True)
    parser.add_argument("--page-port", type=int, required=True)
    parser.add_argument("--folder", type=Path, required=True)
    return parser.parse_args(arguments)


def main(arguments: list[str]) -> int:
    """Catch mail and serve its pages until TERM."""
    options = parse(arguments)
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda number, frame: stop.set())
    signal.signal(signal.SIGINT, lambda number, frame: stop.set())
    with MailSink(port=options.smtp_port, folder=options.folder), serve_pages(options.folder, port=options.page_port):
        stop.wait()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
