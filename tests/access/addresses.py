"""Every address of the portal, read from the URLconf itself."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from django.urls import URLPattern, URLResolver, get_resolver


def patterns(resolver: URLResolver | None = None, namespace: str = "") -> Iterator[tuple[str, URLPattern, list[str]]]:
    """Each pattern with its full name (empty where it has none) and the parts of its address that vary."""
    for entry in (resolver or get_resolver()).url_patterns:
        if isinstance(entry, URLResolver):
            inner = f"{namespace}{entry.namespace}:" if entry.namespace else namespace
            for name, pattern, parts in patterns(entry, inner):
                yield name, pattern, [*_parts(entry), *parts]
        else:
            yield (f"{namespace}{entry.name}" if entry.name else ""), entry, _parts(entry)


def _parts(entry: URLPattern | URLResolver) -> list[str]:
    found = list(getattr(entry.pattern, "converters", {}))
    return found or list(entry.pattern.regex.groupindex)


@cache
def parts_of(name: str) -> tuple[str, ...]:
    """The parts of a named address that vary."""
    return next(tuple(parts) for found, _, parts in patterns() if found == name)
