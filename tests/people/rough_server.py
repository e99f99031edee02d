"""An SMTP server that behaves as badly as a test asks it to."""

from __future__ import annotations

import socket
import threading
import time
from types import TracebackType
from typing import Self

GOOD = {
    "EHLO": "250 rough",
    "MAIL": "250 yes",
    "RCPT": "250 yes",
    "DATA": "354 go on",
    "RSET": "250 yes",
    "NOOP": "250 yes",
}
CLOSES, SILENT, DRIPS = "closes", "says nothing", "one letter after the other"


class RoughServer:
    """Answers each command as `answers` says, or closes, keeps silent, or drips; "." is the end of the text."""

    def __init__(self, answers: dict[str, str] | None = None) -> None:
        self.answers = {"": "220 rough", ".": "250 taken", "QUIT": "221 bye", **GOOD, **(answers or {})}
        self.connections = 0
        self.taken: list[str] = []
        self.stopping = threading.Event()
        self._server = socket.create_server(("127.0.0.1", 0))
        self.address: tuple[str, int] = self._server.getsockname()

    def __enter__(self) -> Self:
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stopping.set()
        self._server.close()

    def _serve(self) -> None:
        while not self.stopping.is_set():
            try:
                connection, _ = self._server.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._talk, args=[connection], daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        with connection, connection.makefile("rb") as lines:
            if not self._say(connection, ""):
                return
            for line in lines:
                command = line[:4].decode().strip().upper()
                if not self._say(connection, command):
                    return
                if command == "DATA":
                    text = b"".join(iter(lines.readline, b".\r\n"))
                    self.taken.append(text.decode())
                    if not self._say(connection, "."):
                        return

    def _say(self, connection: socket.socket, command: str) -> bool:
        answer = self.answers.get(command, "500 what?")
        if answer == CLOSES:
            return False
        if answer == SILENT:
            self.stopping.wait()
            return False
        if answer == DRIPS:
            return self._drip(connection)
        connection.sendall(answer.encode() + b"\r\n")
        return command != "QUIT"

    def _drip(self, connection: socket.socket) -> bool:
        while not self.stopping.is_set():
            try:
                connection.sendall(b"2")
            except OSError:
                break
            time.sleep(0.05)
        return False
