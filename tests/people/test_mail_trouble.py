"""What went wrong with an email, of which kind it is, and how long to wait."""

from __future__ import annotations

import smtplib
from datetime import timedelta
from itertools import pairwise

import pytest

from people.mail_sending import LEASE
from people.mail_server import DEADLINE, STILL_THERE, InDoubt
from people.mail_trouble import is_hopeless, kind_of, wait_after, words_of
from people.models import Trouble


def to_recipient(code: int) -> smtplib.SMTPRecipientsRefused:
    return smtplib.SMTPRecipientsRefused({"wren@exampleshire.example": (code, b"as it says")})


KINDS = [
    (ConnectionRefusedError(), Trouble.QUICK),
    (TimeoutError(), Trouble.QUICK),
    (smtplib.SMTPServerDisconnected("gone"), Trouble.QUICK),
    (InDoubt("gone"), Trouble.QUICK),
    (smtplib.SMTPConnectError(554, b"no service here"), Trouble.QUICK),
    (smtplib.SMTPAuthenticationError(535, b"who are you"), Trouble.QUICK),
    (smtplib.SMTPSenderRefused(432, b"too many at once", "portal@exampleshire.example"), Trouble.SLOW),
    (smtplib.SMTPSenderRefused(550, b"not from you", "portal@exampleshire.example"), Trouble.QUICK),
    *[(to_recipient(code), Trouble.SLOW) for code in (432, 450, 451, 452, 503, 530)],
    *[(smtplib.SMTPDataError(code, b"no"), Trouble.SLOW) for code in (432, 450, 451, 452)],
    *[(to_recipient(code), Trouble.PERMANENT) for code in (501, 550, 551, 553, 554)],
    *[(smtplib.SMTPDataError(code, b"no"), Trouble.PERMANENT) for code in (550, 552, 554)],
    (to_recipient(421), Trouble.QUICK),
    (smtplib.SMTPDataError(421, b"closing"), Trouble.QUICK),
    (ValueError("an address without a sign"), Trouble.PERMANENT),
    (RuntimeError("something new"), Trouble.SLOW),
]


class TestKind:
    @pytest.mark.parametrize(("error", "kind"), KINDS, ids=[repr(error) for error, _ in KINDS])
    def test_follows_from_what_was_said_at_which_step(self, error: Exception, kind: Trouble) -> None:
        assert kind_of(error) == kind


class TestWords:
    def test_are_the_answer_of_the_mail_server(self) -> None:
        assert words_of(to_recipient(550)) == "550 as it says"
        assert words_of(smtplib.SMTPDataError(451, b"try\nlater\x00")) == "451 try later"
        assert "refused" in words_of(ConnectionRefusedError("refused"))

    def test_fit_into_the_row(self) -> None:
        assert len(words_of(smtplib.SMTPDataError(550, b"x" * 2000))) <= 300
        assert len(words_of(RuntimeError("x" * 2000))) <= 300


class TestWait:
    @pytest.mark.parametrize("trouble", list(Trouble))
    @pytest.mark.parametrize("urgent", [True, False])
    def test_doubles_and_stops_growing(self, trouble: Trouble, urgent: bool) -> None:
        waits = [wait_after(trouble, failures, urgent=urgent, spread=1.0) for failures in range(1, 40)]
        assert all(later == min(2 * earlier, max(waits)) for earlier, later in pairwise(waits))

    def test_is_for_urgent_mail_never_so_long_that_it_leaves_two_minutes_after_the_trouble_ended(self) -> None:
        longest = max(wait_after(trouble, 30, urgent=True, spread=1.0) for trouble in Trouble)
        assert longest < timedelta(minutes=2)

    def test_begins_with_two_seconds_where_the_server_is_away_and_a_minute_where_it_says_later(self) -> None:
        assert wait_after(Trouble.QUICK, 1, urgent=True, spread=1.0) == timedelta(seconds=2)
        assert wait_after(Trouble.SLOW, 1, urgent=True, spread=1.0) == timedelta(minutes=1)
        assert wait_after(Trouble.SLOW, 30, urgent=False, spread=1.0) == timedelta(minutes=30)

    def test_is_spread_over_its_second_half(self) -> None:
        assert wait_after(Trouble.SLOW, 1, urgent=True, spread=0.0) == timedelta(seconds=30)

    def test_before_an_urgent_email_is_given_up_is_well_under_fifteen_minutes(self) -> None:
        waits = [wait_after(Trouble.PERMANENT, failures, urgent=True, spread=1.0) for failures in (1, 2)]
        assert sum(waits, timedelta()) < timedelta(minutes=5)


class TestLease:
    def test_outlasts_a_conversation_with_the_slowest_mail_server(self) -> None:
        assert timedelta(seconds=2 * DEADLINE + STILL_THERE) < LEASE  # a connection from before, then a new one

    def test_is_so_short_that_the_mail_of_a_killed_sender_leaves_within_two_minutes(self) -> None:
        assert timedelta(seconds=DEADLINE) + LEASE < timedelta(minutes=2)


class TestHopeless:
    def test_is_what_is_refused_for_good_three_times(self) -> None:
        said = [
            is_hopeless(Trouble.PERMANENT, failures=times, lasting=timedelta(), urgent=True) for times in (1, 2, 3, 4)
        ]
        assert said == [False, False, True, True]

    @pytest.mark.parametrize("trouble", [Trouble.QUICK, Trouble.SLOW])
    def test_is_never_urgent_mail_that_may_yet_go(self, trouble: Trouble) -> None:
        assert not is_hopeless(trouble, failures=9_999, lasting=timedelta(days=400), urgent=True)
        assert is_hopeless(trouble, failures=9, lasting=timedelta(days=3, seconds=1), urgent=False)
        assert not is_hopeless(trouble, failures=9, lasting=timedelta(days=3), urgent=False)
