"""The way to the mail server: one conversation has a hard end, and one connection carries several emails."""

from __future__ import annotations

import io
import smtplib
import socket
import time
from collections.abc import Sequence
from typing import Any

from django.core.mail import EmailMessage
from django.core.mail.backends.smtp import EmailBackend as DjangoBackend

DEADLINE = 20.0  # seconds for one email, from the connection to the server's last word; a lease lasts longer
CONNECT = 8.0  # of them for the connection to one address of the server
STILL_THERE = 4.0  # before them, for the question whether an open connection still works
END_OF_TEXT = b"\r\n.\r\n"


class InDoubt(smtplib.SMTPServerDisconnected):
    """The connection broke after the text was handed over: the email may have been taken."""


class _Reader(io.RawIOBase):
    """Reads from a socket until the deadline, however slowly the other side writes."""

    def __init__(self, conversation: Conversation, sock: socket.socket) -> None:
        self._conversation, self._sock = conversation, sock

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._sock.settimeout(self._conversation.left())
        return self._sock.recv_into(buffer)


class Conversation(smtplib.SMTP):
    """One connection; the commands of one email share what is left of its deadline."""

    until = 0.0
    handed_over = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.begin(DEADLINE)
        super().__init__(*args, **{**kwargs, "timeout": min(CONNECT, kwargs.get("timeout") or CONNECT)})

    def begin(self, seconds: float) -> None:
        """From now on there are so many seconds."""
        self.until = time.monotonic() + seconds

    def left(self) -> float:
        """Seconds until the deadline. Raises TimeoutError after it."""
        left = self.until - time.monotonic()
        if left <= 0:
            raise TimeoutError("the mail server took too long")
        return left

    def send(self, s: Any) -> None:
        """Send within what is left. Raises SMTPServerDisconnected."""
        try:
            if self.sock is not None:
                self.sock.settimeout(self.left())
        except TimeoutError as error:
            self.close()
            raise smtplib.SMTPServerDisconnected(str(error)) from error
        super().send(s)
        self.handed_over = isinstance(s, bytes) and s.endswith(END_OF_TEXT)

    def getreply(self) -> tuple[int, bytes]:
        """The server's answer, within what is left. Raises SMTPServerDisconnected; where the text was sent, InDoubt."""
        if self.file is None and self.sock is not None:
            self.file = io.BufferedReader(_Reader(self, self.sock))
        try:
            return super().getreply()
        except smtplib.SMTPServerDisconnected as error:
            if self.handed_over:
                raise InDoubt("The connection broke after the text was handed over. It may have arrived.") from error
            raise


class SecureConversation(Conversation, smtplib.SMTP_SSL):
    """The same over a connection that is encrypted from its first byte."""


class EmailBackend(DjangoBackend):
    """Django's way to the mail server with our deadline; with `keep_open` one connection carries what follows."""

    keep_open = False

    @property
    def connection_class(self) -> type[smtplib.SMTP]:
        return SecureConversation if self.use_ssl else Conversation

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Send; an open connection that does not answer any more is replaced first."""
        if isinstance(self.connection, Conversation):
            if self._still_there(self.connection):
                self.connection.begin(DEADLINE)
            else:
                self.connection.close()
                self.connection = None
        if self.keep_open:
            self.open()
        return super().send_messages(email_messages) or 0

    def _still_there(self, connection: Conversation) -> bool:
        connection.begin(STILL_THERE)
        try:
            return connection.noop()[0] == 250
        except (OSError, smtplib.SMTPException):
            return False
