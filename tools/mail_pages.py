"""Show caught mail in the browser: a list, newest first, and each message as plain text."""

import contextlib
import mailbox
import re
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

HOST = "127.0.0.1"
OWN_NAMES = {"localhost", HOST}  # asked for under another name, it answers nothing
ADDRESS = re.compile(r"https?://[^\s&<>\"']+(?:&amp;[^\s&<>\"']+)*")
HEADERS = ("From", "To", "Cc", "Subject", "Date", "Message-ID", "X-Envelope-To")

STYLE = """
body { font: 1.1rem/1.5 Arimo, Arial, sans-serif; margin: 0 auto; max-width: 60rem; padding: 1rem; color: #0b0c0c; }
table { border-collapse: collapse; width: 100%; }
caption { text-align: left; padding-bottom: 0.5rem; }
th, td { text-align: left; vertical-align: top; padding: 0.5rem 1rem 0.5rem 0; overflow-wrap: anywhere; }
th, td { border-bottom: 1px solid #b1b4b6; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; font: inherit; background: #f3f2f1; padding: 1rem; }
a { color: #1a5f96; }
a:focus { outline: 3px solid #ffdd00; outline-offset: 0; background: #ffdd00; color: #0b0c0c; }
"""

PAGE = """<!DOCTYPE html>
<html lang="en-GB">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} - caught mail</title>
<link rel="stylesheet" href="/style.css">
</head>
<body>
<main>
<h1>{title}</h1>
{body}
</main>
</body>
</html>
"""


def read(file: Path) -> EmailMessage:
    with file.open("rb") as content:
        return BytesParser(policy=policy.default).parse(content)


def newest_first(folder: Path) -> list[Path]:
    files = [file for place in ("new", "cur") for file in (folder / place).glob("*")]
    return sorted(files, key=lambda file: (file.stat().st_mtime_ns, file.name), reverse=True)


def text_of(message: EmailMessage) -> str:
    body = message.get_body(preferencelist=("plain", "html"))
    return body.get_content() if body is not None else "(no text)"


def with_links(text: str) -> str:
    """Escape everything, then make web addresses clickable."""
    return ADDRESS.sub(lambda found: f'<a href="{found[0]}" rel="noreferrer">{found[0]}</a>', escape(text))


def list_row(file: Path) -> str:
    message = read(file)
    subject = escape(str(message["Subject"] or "(no subject)"))
    caught = datetime.fromtimestamp(file.stat().st_mtime, tz=UTC).astimezone()
    return (
        f"<tr><td>{caught:%d %b %Y, %H:%M:%S}</td><td>{escape(str(message['To'] or ''))}</td>"
        f'<td><a href="/{escape(file.name, quote=True)}">{subject}</a></td></tr>'
    )


def list_page(folder: Path) -> str:
    files = newest_first(folder)
    if not files:
        return PAGE.format(title="Caught mail", body='<p>Nothing has been sent yet. <a href="/">Look again</a></p>')
    rows = "\n".join(list_row(file) for file in files)
    head = '<thead><tr><th scope="col">Caught</th><th scope="col">To</th><th scope="col">Subject</th></tr></thead>'
    caption = f'<caption>{len(files)} kept, none delivered, newest first. <a href="/">Look again</a></caption>'
    return PAGE.format(title="Caught mail", body=f"<table>{caption}{head}<tbody>{rows}</tbody></table>")


def message_page(file: Path) -> str:
    message = read(file)
    rows = "".join(
        f'<tr><th scope="row">{name}</th><td>{escape(str(message[name]))}</td></tr>'
        for name in HEADERS
        if message[name]
    )
    body = f'<p><a href="/">All caught mail</a></p><table>{rows}</table><pre>{with_links(text_of(message))}</pre>'
    return PAGE.format(title=escape(str(message["Subject"] or "(no subject)")), body=body)


class MailPages(BaseHTTPRequestHandler):
    """Answers GET for the list, one message, and the styles."""

    folder: Path

    def do_GET(self) -> None:
        if self.headers.get("Host", "").partition(":")[0] not in OWN_NAMES:
            self.send_error(403)
        elif self.path == "/":
            self.answer(list_page(self.folder))
        elif self.path == "/style.css":
            self.answer(STYLE, kind="text/css")
        else:
            self.answer_message(self.path.removeprefix("/"))

    def answer_message(self, name: str) -> None:
        known = {file.name: file for file in newest_first(self.folder)}
        if name in known:
            self.answer(message_page(known[name]))
        else:
            self.send_error(404)

    def answer(self, text: str, *, kind: str = "text/html") -> None:
        content = text.encode()
        self.send_response(200)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Content-Security-Policy", "default-src 'none'; style-src 'self'; frame-ancestors 'none'")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the base class's name)
        """Say nothing: what people read is not the log's business."""


@contextlib.contextmanager
def serve_pages(folder: Path, *, port: int = 0) -> Iterator[str]:
    """Serve the mail in the Maildir `folder` for as long as the block lasts; gives the address of the list."""
    mailbox.Maildir(folder)  # makes the folder when it is not there
    handler = type("PagesOfFolder", (MailPages,), {"folder": folder})
    with ThreadingHTTPServer((HOST, port), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://localhost:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()
