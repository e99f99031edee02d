"""Copy what pages need from node_modules into .front_end/, made fit for hashed file names."""

import json
import re
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LETTERS = ("latin", "latin-ext")
WEIGHTS = ("400", "700")

FONT_FACE = re.compile(r"@font-face\{[^}]*\}")
TYPEFACE_NOTICE = re.compile(r"/\*! Copyright \(c\) 2011[^*]*\*/\s*")
SITE_ASSET_RULE = re.compile(r"[^{};/]*\{[^{}]*url\(/assets/[^{}]*\}")
SOURCE_MAP = re.compile(r"(/\*|//)# sourceMappingURL=\S+(\s*\*/)?")
LICENCE = "/*! govuk-frontend, MIT licence, copyright Crown Copyright (Government Digital Service) */\n"


def own_styles(css: str) -> str:
    """Return govuk-frontend's styles without the crest, GDS Transport, and addresses that no file answers.

    Hashed static storage follows every url() and source map it finds, so none may point at a missing file.
    Raises ValueError when a future release brings an address this does not know.
    """
    css = TYPEFACE_NOTICE.sub("", css)
    css = FONT_FACE.sub("", css)
    css = SITE_ASSET_RULE.sub("", css)
    css = SOURCE_MAP.sub("", css).replace("GDS Transport,", "Arimo,")
    for left in ("url(", "GDS Transport", "sourceMappingURL"):
        if left in css:
            raise ValueError(f"govuk-frontend's styles still hold {left!r}: teach tools/front_end.py about it.")
    return css


def own_script(script: str) -> str:
    """Return govuk-frontend's module without its source map line."""
    return SOURCE_MAP.sub("", script)


def font_faces(ranges: dict[str, str]) -> str:
    """Return @font-face rules for the copied Arimo files; `ranges` maps a letter set to its unicode range."""
    return "".join(
        f'@font-face{{font-family:"Arimo";font-style:normal;font-weight:{weight};font-display:swap;'
        f'src:url("arimo-{letters}-{weight}-normal.woff2") format("woff2");'
        f"unicode-range:{ranges[letters]}}}\n"
        for weight in WEIGHTS
        for letters in LETTERS
    )


def copy_govuk(modules: Path, target: Path) -> None:
    source = modules / "govuk-frontend"
    target.mkdir(parents=True)
    css = (source / "dist/govuk/govuk-frontend.min.css").read_text("utf-8")
    script = (source / "dist/govuk/govuk-frontend.min.js").read_text("utf-8")
    (target / "govuk-frontend.min.css").write_text(own_styles(css) + LICENCE, "utf-8")
    (target / "govuk-frontend.min.js").write_text(own_script(script), "utf-8")


def copy_fonts(modules: Path, target: Path) -> None:
    source = modules / "@fontsource" / "arimo"
    target.mkdir(parents=True)
    for letters in LETTERS:
        for weight in WEIGHTS:
            name = f"arimo-{letters}-{weight}-normal.woff2"
            shutil.copyfile(source / "files" / name, target / name)
    (target / "arimo.css").write_text(font_faces(read_ranges(source / "unicode.json")), "utf-8")
    shutil.copyfile(source / "LICENSE", target / "LICENSE.txt")


def read_ranges(path: Path) -> dict[str, str]:
    ranges: dict[str, str] = json.loads(path.read_text("utf-8"))
    return ranges


def build(modules: Path, target: Path) -> None:
    """Fill `target` from `modules`, replacing it. Raises FileNotFoundError before `npm ci` has run."""
    fresh = target.with_name(target.name + ".new")
    shutil.rmtree(fresh, ignore_errors=True)
    copy_govuk(modules, fresh / "govuk")
    copy_fonts(modules, fresh / "fonts")
    shutil.rmtree(target, ignore_errors=True)
    fresh.rename(target)


def main() -> int:
    build(ROOT / "node_modules", ROOT / ".front_end")
    return 0


if __name__ == "__main__":
    sys.exit(main())
