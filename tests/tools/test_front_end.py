"""What pages get from npm: no crest, no reserved typeface, nothing that points at a missing file."""

import re

import pytest

from tools.front_end import ROOT, own_script, own_styles

STYLES = (
    '@charset "UTF-8";.a{color:red}'
    "/*! Copyright (c) 2011 by two people. Not commercially available. */"
    "@font-face{font-family:GDS Transport;src:url(/assets/fonts/x.woff2)}"
    ".b{font-family:GDS Transport,arial,sans-serif}"
    "@media print{.crest:before{background:url(/assets/images/crest.svg)}.c{color:blue}}\n"
    "/*# sourceMappingURL=x.css.map */"
)


class TestOwnStyles:
    def test_lose_crest_typeface_and_source_map_and_nothing_else(self) -> None:
        expected = '@charset "UTF-8";.a{color:red}.b{font-family:Arimo,arial,sans-serif}@media print{.c{color:blue}}\n'
        assert own_styles(STYLES) == expected

    def test_refuse_an_address_of_a_new_kind(self) -> None:
        with pytest.raises(ValueError, match="url"):
            own_styles("@import url(elsewhere.css);")


class TestOwnScript:
    def test_loses_its_source_map(self) -> None:
        assert own_script("export{a};//# sourceMappingURL=a.js.map\n") == "export{a};\n"


class TestInstalledFrontEnd:
    def test_points_only_at_files_that_are_there(self) -> None:
        folder = ROOT / ".front_end"
        sheets = list(folder.rglob("*.css"))
        assert {sheet.name for sheet in sheets} == {"govuk-frontend.min.css", "arimo.css"}
        for sheet in sheets:
            for address in re.findall(r"url\(\"?([^)\"]+)", sheet.read_text("utf-8")):
                assert (sheet.parent / address).is_file()

    def test_styles_are_as_whole_as_they_came(self) -> None:
        css = (ROOT / ".front_end" / "govuk" / "govuk-frontend.min.css").read_text("utf-8")
        assert css.count("{") == css.count("}")
        assert ".govuk-error-summary{" in css
