from dataclasses import replace
import pytest
from allocation import handover, replacing, swaps
from tests.allocation.test_people_months_machine import TestAPublishedMonth as Kept

@pytest.mark.django_db
def test_mutant(monkeypatch, core_template):
    real = handover.in_line
    def blind(*a, **k):
        return [replace(c, reasons=[]) for c in real(*a, **k)]
    for m in (handover, replacing, swaps):
        monkeypatch.setattr(m, "in_line", blind)
    with pytest.raises(BaseException) as e:
        Kept().test_keeps_the_rules_whatever_happens(core_template)
    print("MUTANT", type(e.value), str(e.value)[:300])
