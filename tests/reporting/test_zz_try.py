import random
from datetime import date, datetime, UTC
import pytest
from tests.reporting.council import Council
from reporting import report_building, highlight_report
from reporting.models import HighlightReport
from reporting.programme import month_before
from pathlib import Path
import os

@pytest.mark.django_db
def test_pdf(core_template, psw):
    c = Council(core_template)
    for t, n in zip(c.teams, ["Harbour Team","Meadow Team","Disabled Children’s Team","Leaving Care North"]): t.name=n; t.save()
    for t, n in zip(c.services, ["Safeguarding","Children in care"]): t.name=n; t.save()
    months=[month_before(date(2026,11,1), b) for b in range(18)]
    paused=set(months[10:13])
    for m in months: c.cycle(m, paused=m in paused, reason="Visits were checked weekly instead." if m in paused else "")
    n=int(os.environ.get("N","520"))
    if n: c.random_audits(n, months=[m for m in months if m not in paused and m != months[4]], dice=random.Random(3))
    r=highlight_report.draft(date(2026,10,1) if n else date(2026,11,1), by=psw, at=datetime(2026,11,10,tzinfo=UTC), today=date(2026,11,10))
    r=highlight_report.edit(r, narrative={"introduction":"October's audits looked closely at planning for children who go missing. Thirty cases were drawn at random from all open cases.\n\nWhat stands out is the strength of direct work with children; what holds us back is supervision that does not yet follow plans through.","what_we_found":"Where practice is good, workers know the child well, visits are on time and the plan is one the family can use.\n\nWhere it is not yet good, plans list services rather than changes, and dates slip without anybody saying so.","recommendations":"Managers check in every supervision that each plan's actions have a date and that the date is kept.\nTeams review return home interviews within three working days.\nThe practice academy offers a half-day on writing plans with families.","recipients":"Senior management team, improvement board, all frontline teams","contact":"audits@exampleshire.example"}, by=psw, at=datetime(2026,11,10,tzinfo=UTC))
    r=report_building.build(r, at=datetime(2026,11,10,9,tzinfo=UTC))
    assert r.build=="ready", (r.build, r.build_error)
    Path("/tmp/repdb/r.pdf").write_bytes(bytes(r.pdf))
    highlight_report.publish(r, by=psw, at=datetime(2026,11,10,9,tzinfo=UTC), today=date(2026,11,10))
