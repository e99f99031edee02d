"""The sections that the tests grade."""

from grading.sections import SectionGrade

SAFETY, IMPACT = 0, 8
TITLES = ("Risk", "Assessment", "Plans", "Voice", "Family", "Partners", "Oversight", "Records", "Impact")


def sections(
    *grades: str | None, not_applicable: tuple[int, ...] = (), worker: tuple[str | None, ...] = ()
) -> list[SectionGrade]:
    """Sections with the codes s1, s2 … and the numbers 1, 2 …; the first is about safety, a ninth about impact."""
    return [
        SectionGrade(
            f"s{n + 1}",
            TITLES[n],
            grade,
            n in not_applicable,
            is_safety=n == SAFETY,
            is_impact=n == IMPACT,
            number=str(n + 1),
            worker_grade=worker[n] if n < len(worker) else None,
        )
        for n, grade in enumerate(grades)
    ]
