"""The mail catcher: it keeps every message, delivers none, and shows them without running anything in them."""

import http.client
import smtplib
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tools.mail_catcher import MailSink
from tools.mail_pages import newest_first, serve_pages


def letter(subject: str, *, text: str = "An audit is waiting for you.") -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = (
        "portal@exampleshire.example",
        "ada@exampleshire.example",
        subject,
    )
    message["Message-ID"] = "<one@exampleshire.example>"
    message.set_content(text)
    return message


def post(sink: MailSink, *messages: EmailMessage) -> None:
    with smtplib.SMTP(*sink.address, timeout=10) as client:
        for message in messages:
            client.send_message(message)


def get(address: str, path: str = "/", *, host: str = "localhost") -> tuple[int, str, str]:
    """Return status, policy header and text of a page."""
    connection = http.client.HTTPConnection("127.0.0.1", urlsplit(address).port, timeout=10)
    try:
        connection.request("GET", path, headers={"Host": host})
        response = connection.getresponse()
        return response.status, response.headers.get("Content-Security-Policy", ""), response.read().decode()
    finally:
        connection.close()


class TestMailSink:
    def test_keeps_messages_with_whom_they_were_for(self) -> None:
        with MailSink() as sink:
            post(sink, letter("First"), letter("Zweiter Bericht – für Zoë"))
            first, second = sink.wait_for(2)
        assert first["X-Envelope-To"] == "ada@exampleshire.example"
        assert first.get_content() == "An audit is waiting for you.\n"
        assert second["Subject"] == "Zweiter Bericht – für Zoë"

    def test_refuses_when_told_to(self) -> None:
        with MailSink() as sink:
            sink.refuse_with = "451 try again later"
            with pytest.raises(smtplib.SMTPDataError, match="try again later"):
                post(sink, letter("First"))
            assert sink.messages == []

    def test_says_so_when_nothing_comes(self) -> None:
        with MailSink() as sink, pytest.raises(TimeoutError, match="0 of 1"):
            sink.wait_for(1, seconds=0.1)

    def test_takes_no_more_when_it_is_closed(self) -> None:
        with MailSink() as sink:
            pass
        with pytest.raises(OSError, match="refused"):
            post(sink, letter("Late"))


class TestMailPages:
    def test_list_what_was_caught_newest_first(self, tmp_path: Path) -> None:
        folder = tmp_path / "mail"
        with MailSink(folder=folder) as sink, serve_pages(folder) as address:
            assert "Nothing has been sent yet" in get(address)[2]
            post(sink, letter("Older"), letter("Newer"))
            sink.wait_for(2)
            page = get(address)[2]
        assert "2 kept, none delivered" in page
        assert page.index("Newer") < page.index("Older")

    def test_show_a_message_as_text_and_run_nothing_in_it(self, tmp_path: Path) -> None:
        folder = tmp_path / "mail"
        text = "<script>alert(1)</script> See http://localhost:8000/audits/7?a=1&b=2 today."
        with MailSink(folder=folder) as sink, serve_pages(folder) as address:
            post(sink, letter("<b>Bold</b>", text=text))
            sink.wait_for(1)
            _, policy, page = get(address, "/" + newest_first(folder)[0].name)
        assert "<script" not in page
        assert "<b>" not in page
        assert '<a href="http://localhost:8000/audits/7?a=1&amp;b=2" rel="noreferrer">' in page
        assert policy.startswith("default-src 'none'")

    def test_are_found_by_name_only(self, tmp_path: Path) -> None:
        (tmp_path / "secret").write_text("not a message")
        with serve_pages(tmp_path / "mail") as address:
            assert get(address, "/../secret")[0] == 404

    def test_answer_nobody_who_comes_under_another_name(self, tmp_path: Path) -> None:
        with serve_pages(tmp_path / "mail") as address:
            assert get(address, host="elsewhere.example")[0] == 403
