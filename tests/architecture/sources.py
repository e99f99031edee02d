"""What the architecture tests read: the product's modules as syntax trees, and its templates as text."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("auditportal", "people", "grading", "audits", "allocation", "reporting")
OUR_APPS = ("people", "audits", "allocation", "reporting")
TEMPLATES = ROOT / "templates"


@dataclass(frozen=True)
class Module:
    """One file of Python."""

    path: Path
    text: str
    tree: ast.Module

    @property
    def name(self) -> str:
        """Its path from the checkout's root."""
        return self.path.relative_to(ROOT).as_posix()

    def functions(self) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
        """Every function and method, nested ones too."""
        return (node for node in ast.walk(self.tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))

    def texts(self) -> Iterator[tuple[int, str]]:
        """Every literal text with its line; the parts of f-strings that vary read as *."""
        inside = {id(part) for node in ast.walk(self.tree) if isinstance(node, ast.JoinedStr) for part in node.values}
        for node in ast.walk(self.tree):
            if isinstance(node, ast.JoinedStr):
                yield node.lineno, "".join(_literal(part) or "*" for part in node.values)
            elif id(node) not in inside and (text := _literal(node)) is not None:
                yield node.lineno, text


def _literal(node: ast.AST) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


@cache
def product() -> tuple[Module, ...]:
    """Every module of the product but its migrations."""
    paths = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]
    texts = [(path, path.read_text("utf-8")) for path in paths if "migrations" not in path.parts]
    return tuple(Module(path, text, ast.parse(text)) for path, text in texts)


@cache
def templates(suffix: str = "") -> dict[str, str]:
    """Every template by its name, as text."""
    files = sorted(path for path in TEMPLATES.rglob(f"*{suffix}") if path.is_file())
    return {path.relative_to(TEMPLATES).as_posix(): path.read_text("utf-8") for path in files}


def line_of(text: str, position: int) -> int:
    """The line in which a position of a text lies."""
    return text.count("\n", 0, position) + 1
