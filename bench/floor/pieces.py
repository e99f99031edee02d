"""Questions of a section drawn beforehand: a request only joins the pieces that fit its answers."""

from functools import lru_cache

from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe

from audits.structure import SectionForm, form_of

CHOICES = (("yes", "Yes"), ("no", "No"), ("na", "N/A"))


def _choice(name: str, value: str, word: str, chosen: str) -> str:
    checked = " checked" if value == chosen else ""
    return (
        f'<label class="portal-answer"><input type="radio" name="{name}" id="id_{name}_{value}" '
        f'value="{value}"{checked}><span>{word}</span></label>'
    )


def _question(code: str, number: str, text: str, chosen: str) -> str:
    name = f"answers__{code}"
    radios = "\n".join(_choice(name, value, word, chosen) for value, word in CHOICES)
    return (
        f'<fieldset class="portal-standard" id="id_{name}"><legend class="portal-standard__text">'
        f'<span class="portal-standard__number">{number}</span> '
        f'<span class="portal-standard__words">{conditional_escape(text)}</span></legend>'
        f'<div class="portal-standard__answers">{radios}</div></fieldset>'
    )


@lru_cache(maxsize=64)
def _pieces(version: int, section: str) -> list[dict[str, str]]:
    found = _section(version, section)
    return [
        {
            chosen: _question(standard.code, f"{found.number}.{number}", standard.text, chosen)
            for chosen in ("", "yes", "no", "na")
        }
        for number, standard in enumerate(found.standards, 1)
    ]


def _section(version: int, code: str) -> SectionForm:
    section = form_of(version).section(code)
    assert section is not None
    return section


def standards(version: int, section: str, answers: dict[str, str]) -> SafeString:
    """The questions of a section with their answers, joined from pieces."""
    codes = [standard.code for standard in _section(version, section).standards]
    drawn = _pieces(version, section)
    return mark_safe("\n".join(piece[answers.get(code, "")] for code, piece in zip(codes, drawn, strict=True)))


@lru_cache(maxsize=64)
def guidance(version: int, section: str, plan: str) -> SafeString:
    """The guidance beside a section and the meaning of each grade, drawn once."""
    parts = []
    for area in _section(version, section).guidance_for(plan):
        parts.append(format_html("<details><summary>{}: what to look for</summary><ol>", area.title))
        for factor in area.factors:
            parts.append(format_html('<li value="{}">{}<ul>', factor.number, factor.text))
            parts += [format_html("<li>{}</li>", example) for example in factor.examples]
            parts.append(mark_safe("</ul></li>"))
        parts.append(mark_safe("</ol></details>"))
    for choice in form_of(version).grades:
        parts.append(format_html("<h3>{}</h3><ul>", choice.point.label))
        parts += [format_html("<li>{}</li>", line) for line in choice.descriptor]
        parts.append(mark_safe("</ul>"))
    return mark_safe("\n".join(parts))
