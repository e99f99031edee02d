"""The PDF library's gate: only our static files get in; equal input gives equal, tagged output (R46)."""

from __future__ import annotations

import io
from pathlib import Path

import pikepdf
import pytest

from reporting import pdf
from reporting.pdf import STATIC_FILES, RefusedError, StaticFilesOnly

PAGE = (
    '<!DOCTYPE html><html lang="en-GB"><head><title>A page</title>{head}</head>'
    "<body><h1>A page</h1>{body}</body></html>"
)
REFUSED = [
    "file:///etc/passwd",
    "file://localhost/etc/hosts",
    "http://127.0.0.1:9/pixel.png",
    "https://example.invalid/x.css",
    "ftp://example.invalid/x",
    "data:text/plain,hello",
    f"{STATIC_FILES}../manage.py",
    f"{STATIC_FILES}%2e%2e/manage.py",
    f"{STATIC_FILES}..%2f..%2fetc/passwd",
    f"{STATIC_FILES}/etc/passwd",
    f"{STATIC_FILES}pdf/",
    f"{STATIC_FILES}no/such.css",
    "https://static.invalid.example/pdf/report.css",
]


class TestStaticFilesOnly:
    @pytest.mark.parametrize("url", REFUSED)
    def test_refuses_everything_that_is_not_a_static_file(self, url: str) -> None:
        with pytest.raises(RefusedError):
            StaticFilesOnly().fetch(url)

    def test_serves_our_style_sheet(self) -> None:
        answer = StaticFilesOnly().fetch(f"{STATIC_FILES}pdf/report.css")
        assert b"@page" in answer.read()


class TestRender:
    def test_embeds_nothing_that_was_refused(self, tmp_path: Path) -> None:
        secret = tmp_path / "secret.txt"
        secret.write_text("the secret words")
        address = secret.as_uri()
        head = (
            f'<link rel="stylesheet" href="{address}"><link rel="attachment" href="{address}">'
            f'<style>@import "{address}";</style>'
        )
        body = (
            f'<img src="{address}" alt="x"><object data="{address}"></object><svg width="9" height="9" role="img">'
            f'<title>t</title><image href="{address}" width="9" height="9"/></svg>'
        )
        made = pdf.render(PAGE.format(head=head, body=body))
        with pikepdf.open(io.BytesIO(made)) as document:
            assert "/EmbeddedFiles" not in document.Root.get("/Names", {})
            streams = b"".join(
                o.read_bytes() for o in document.objects if isinstance(o, pikepdf.Stream) and "/Filter" in o
            )
        assert b"the secret words" not in streams

    def test_gives_equal_bytes_for_equal_pages(self) -> None:
        page = PAGE.format(head="", body="<p>Words</p>")
        assert pdf.render(page) == pdf.render(page)

    def test_is_tagged_and_says_its_language_and_title(self) -> None:
        with pikepdf.open(io.BytesIO(pdf.render(PAGE.format(head="", body="<p>Words</p>")))) as document:
            assert document.Root.MarkInfo.Marked
            assert str(document.Root.Lang) == "en-GB"
            assert document.docinfo["/Title"] == "A page"
            assert "/StructTreeRoot" in document.Root

    def test_sets_a_very_long_text(self) -> None:
        made = pdf.render(PAGE.format(head="", body=f"<p>{'word ' * 40_000}</p>"))
        assert made.startswith(b"%PDF")
