"""What went wrong with an email, of which kind it is, and how long to wait before the next attempt. Pure.

After pretix: trouble with the connection passes quickly, a server that says "later" wants a pause, a mailbox that
does not exist never comes into being (R12).
"""

from __future__ import annotations

import smtplib
from datetime import timedelta

from people.mail_server import InDoubt
from people.models import Trouble

FIRST_WAIT = {
    Trouble.QUICK: timedelta(seconds=2),
    Trouble.SLOW: timedelta(minutes=1),
    Trouble.PERMANENT: timedelta(seconds=30),
}
# Urgent mail leaves within two minutes of the end of any trouble (R11); what is not urgent spares the mail server.
LONGEST_WAIT_URGENT = timedelta(seconds=100)
LONGEST_WAIT = {
    Trouble.QUICK: timedelta(minutes=5),
    Trouble.SLOW: timedelta(minutes=30),
    Trouble.PERMANENT: timedelta(minutes=2),
}
PERMANENT_AFTER = 3  # times that the server refuses for good: one may be a slip of the server
NOT_URGENT_GIVES_UP_AFTER = timedelta(days=3)
BAD_ADDRESS = {501, 511, 513}  # answers below 550 that are about the address itself


def kind_of(error: Exception) -> Trouble:
    """Which kind of trouble an error of one attempt is; what is new to us is tried again slowly."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return _kind_of_code(max((code for code, _ in error.recipients.values()), default=0))
    if isinstance(error, smtplib.SMTPDataError):
        return _kind_of_code(error.smtp_code)
    if isinstance(error, smtplib.SMTPSenderRefused) and 421 < error.smtp_code < 500:  # too many at once
        return Trouble.SLOW
    if isinstance(error, smtplib.SMTPResponseException):  # it refuses us, and everything we have
        return Trouble.QUICK
    if isinstance(error, (ValueError, smtplib.SMTPNotSupportedError)):  # an address or a heading that cannot be written
        return Trouble.PERMANENT
    return Trouble.QUICK if isinstance(error, OSError) else Trouble.SLOW


def _kind_of_code(code: int) -> Trouble:
    if code == 421:
        return Trouble.QUICK
    return Trouble.PERMANENT if code >= 550 or code in BAD_ADDRESS else Trouble.SLOW


def words_of(error: Exception) -> str:
    """What the mail server, or the way to it, said, for people to read."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, answer = next(iter(error.recipients.values()), (0, b""))
        return _answer(code, answer)
    if isinstance(error, smtplib.SMTPResponseException):
        return _answer(error.smtp_code, error.smtp_error)
    if isinstance(error, InDoubt):
        return str(error)
    return f"{type(error).__name__}: {error}"[:300]


def _answer(code: int, answer: bytes | str) -> str:
    text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
    return f"{code} {' '.join(text.split())}".replace("\x00", "")[:300]


def wait_after(trouble: Trouble, failures: int, *, urgent: bool, spread: float) -> timedelta:
    """How long to wait after so many failures of this kind: doubling to the longest wait; `spread` 0–1 of its half."""
    longest = min(LONGEST_WAIT[trouble], LONGEST_WAIT_URGENT) if urgent else LONGEST_WAIT[trouble]
    doubled = FIRST_WAIT[trouble] * 2 ** min(max(failures - 1, 0), 12)
    return min(longest, doubled) * (0.5 + spread / 2)


def is_hopeless(trouble: Trouble, *, failures: int, lasting: timedelta, urgent: bool) -> bool:
    """Whether to give an email up: refused for good several times, or three days of trouble with one not urgent."""
    if trouble == Trouble.PERMANENT:
        return failures >= PERMANENT_AFTER
    return not urgent and lasting > NOT_URGENT_GIVES_UP_AFTER
