"""The people outside: an auditor who submits over the web, and time that passes. Keeps a list of what was acknowledged.

What is on that list happened, as far as anybody outside can know: the mail about it has to come.
"""

from __future__ import annotations

import http.client
import time
from collections.abc import Iterable
from contextlib import closing, suppress
from typing import Any

import psycopg2

from tests.faults.house import HOST
from tests.faults.mail_house import MailHouse

TOKEN = "0" * 32  # of forms: the same in the cookie and in what is posted
PATIENCE = 30  # seconds for which the auditor waits for a page before pressing again
GIVES_UP = 240  # seconds after which the portal counts as broken for good


class Driver:
    """Makes happen what mail is sent about, again and again until it is acknowledged."""

    def __init__(self, house: MailHouse, made: dict[str, Any]) -> None:
        self.house, self.made = house, made
        self.acknowledged: dict[str, float] = {}  # reference: when
        self.last = ""  # what the web server answered last that was no yes

    def happen(self, references: Iterable[str]) -> None:
        """Try each once; what is not acknowledged is left for another time."""
        for reference in references:
            if reference in self.acknowledged:
                continue
            done = self._submit if reference in self.made["inadequates"] else self._fall_due
            if done(reference):
                self.acknowledged[reference] = time.time()

    def happen_surely(self, references: list[str]) -> None:
        """Try until all are acknowledged. Raises AssertionError where the portal never comes back."""
        until = time.monotonic() + GIVES_UP
        while not self.acknowledged.keys() >= set(references):
            assert time.monotonic() < until, f"the portal did not come back; the web server's last word: {self.last}"
            self.happen(references)

    def _submit(self, reference: str) -> bool:
        """Press the button that submits; whether the page came that says so."""
        headers = {
            "Host": f"localhost:{self.house.port}",
            "Cookie": f"sessionid={self.made['session']}; csrftoken={TOKEN}",
            "X-CSRFToken": TOKEN,
        }
        with closing(http.client.HTTPConnection(HOST, self.house.port, timeout=PATIENCE)) as connection:
            try:
                connection.request("POST", f"/audits/{reference}/do/check/urgent/", body="", headers=headers)
                answer = connection.getresponse()
            except (OSError, http.client.HTTPException) as error:
                self.last = repr(error)
                time.sleep(0.1)
                return False
        if (answer.getheader("Location") or "").endswith(f"/audits/{reference}/submitted/"):
            return True
        self.last = f"{answer.status} {answer.getheader('Location') or ''}"
        time.sleep(0.1)
        return False

    def _fall_due(self, reference: str) -> bool:
        with suppress(psycopg2.Error):
            self.house.fall_due(reference)
            return True
        return False
