"""From a spreadsheet to the monthly PDF: the whole line, as PSW, auditor, worker, team manager and senior manager."""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pypdf
import pytest
from playwright.sync_api import Page, expect

from allocation.chasing import reminders
from allocation.models import Allocation, Chase
from audits.models import Audit, Case, Status, TemplateVersion
from audits.structure import form_of
from people.holidays import ensure_holidays
from people.models import OutgoingMail, User
from people.roles import JobRole
from tests.factories import PASSWORD, UserFactory
from tests.journeys.conftest import Desk
from tools.mail_catcher import MailSink

pytestmark = [pytest.mark.browser, pytest.mark.processes]

WORKBOOK = Path(__file__).parent.parent / "data" / "Annex_A_2024_Jan.xlsx"
STAFF_COLUMNS = ["name", "email", "job_role", "team", "line_manager_email", "service"]
Start = Callable[[list[str]], AbstractContextManager[Any]]


def email_of(name: str) -> str:
    return f"{name.lower().replace(' ', '.').replace('’', '')}@exampleshire.example"


def staff_file() -> bytes:
    """A staff list for the teams and workers that the workbook named, and auditors who know none of these children."""
    rows = [("Dara Director", "assistant_director", "", "", ""), ("Hana Head", "head_of_service", "", "", "Quality")]
    rows += [
        (f"Auditor {number}", "team_manager", f"Review Team {number}", email_of("Hana Head"), "Quality")
        for number in "123"
    ]
    for name in sorted(set(Case.objects.exclude(team=None).values_list("team__name", flat=True))):
        manager = f"Manager of {name}"
        service = Case.objects.filter(team__name=name)[0].team.service.name  # type: ignore[union-attr]
        rows.append((manager, "team_manager", name, email_of("Dara Director"), service))
        workers = set(
            Case.objects.filter(team__name=name).exclude(worker_name="").values_list("worker_name", flat=True)
        )
        rows += [(worker, "social_worker", name, email_of(manager), service) for worker in sorted(workers)]
    seen: dict[str, tuple[str, ...]] = {row[0]: row for row in reversed(rows)}
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(STAFF_COLUMNS)
    writer.writerows(
        [name, email_of(name), role, team, manager, service] for name, role, team, manager, service in seen.values()
    )
    return text.getvalue().encode()


def fill_section(page: Page, standards: int, grade: str, words: str) -> None:
    """Answer every standard Yes, give the grade, write why."""
    for row in page.locator(".portal-standard").all():
        row.get_by_label("Yes").check()
    assert page.locator(".portal-standard").count() == standards
    page.locator("#id_grade").get_by_label(grade, exact=True).check()
    page.get_by_label("Why this grade").fill(words)


def fill_date(page: Page, name: str, day: str, month: str, year: str) -> None:
    for part, value in (("day", day), ("month", month), ("year", year)):
        page.locator(f"[name={name}_{part}]").fill(value)


def do_audit(desk: Desk, audit: Audit, *, grade: str) -> None:
    """Write a whole audit in the browser, page after page."""
    form = form_of(audit.template_version_id)
    page = desk.open(f"/audits/{audit.reference}/do/overview/")
    page.get_by_label("Not known").check()
    page.get_by_label("The case in a few sentences").fill("Known to us since spring.")
    page = desk.press("Save and continue")
    page.locator("[name=met][value=yes]").check()
    fill_date(page, "met_on", "9", "11", "2026")
    page = desk.press("Save and continue")
    for who in ("child", "parent"):
        page.locator("[name=appropriate][value=yes]").check()
        page.locator("[name=consent]").first.check()  # who agrees first for this child's plan and age
        if page.locator("[name=consent_by]").is_visible():
            page.locator("[name=consent_by]").fill("Mother")
        page.locator("[name=spoken][value=yes]").check()
        for name, value in (("iro", "yes"), ("explained", "yes"), ("support", "not_needed")):
            for asked in page.locator(f"[name={name}][value={value}]").all():
                asked.check()
        if who == "parent":
            page.locator("[name=relation]").select_option("mother")
        fill_date(page, "spoken_on", "10", "11", "2026")
        page.locator("[name=views]").fill("“It is better now.”")
        page = desk.press("Save and continue")
    for section in form.sections:
        fill_section(page, len(section.standards), grade, f"Seen on file in section {section.number}.")
        page = desk.press("Save and continue")
    page = desk.press("Save and continue")  # days against the timescales: not needed
    safe = "no" if grade == "Inadequate" else "yes"
    page.locator(f"[name=safe_now][value={safe}]").check()
    page.locator("[name=safe_why]").fill("Nobody has seen the child for weeks.")
    for asked in page.locator("[data-prompt]:visible textarea").all():  # every standard Yes, and yet Inadequate
        asked.fill("Every step was taken, but too late for the child.")
    page.locator(f"[name=outcomes][value={'not_met' if grade == 'Inadequate' else 'on_the_way'}]").check()
    page.get_by_label(grade, exact=True).check()
    page.get_by_label("Why this grade?").fill("Every section says so.")
    for closing in form.closing:
        page.locator(f"[name={closing['code']}]").fill("As found on the file.")
    desk.press("Save and continue")


def add_action(desk: Desk, owner: str) -> None:
    page = desk.page
    page.get_by_label("What should be better for the child?").fill("The child is safe tonight.")
    page.get_by_label("What has to be done?").fill("See the child today and agree a safety plan.")
    page.get_by_label("Who will do it?").select_option(label=owner)
    fill_date(page, "due_on", "11", "11", "2026")
    page.locator("[name=agreed_with_worker][value=True]").check()
    page.get_by_label("Needed at once").check()
    desk.press("Add this action")


@pytest.mark.django_db(transaction=True)
class TestWholeMonth:
    def test_goes_from_spreadsheet_to_pdf(
        self, desks: Any, clock: Any, templates: list[TemplateVersion], portal: Start, sink: MailSink, tmp_path: Path
    ) -> None:
        ensure_holidays()
        psw = UserFactory(
            name="Petra Programme", email="psw@exampleshire.example", job_role=JobRole.PRINCIPAL_SOCIAL_WORKER
        )
        desk = desks()
        self.sign_in(desk, psw)
        self.import_cases(desk)
        self.import_staff(desk, tmp_path)
        with portal(["sender"]), portal(["worker"]), portal(["beat"]):
            self.open_draw_and_publish(desk)
            urgent = self.audit_graded_inadequate(desks, sink)
            self.psw_sees_that_mail_went(desk, urgent)
            self.part_b_and_action(desks, urgent)
            self.late_ones_are_chased(desks, clock)
            self.report(desks(psw), desks)  # signed in again: weeks have gone by

    def sign_in(self, desk: Desk, psw: User) -> None:
        page = desk.open("/")
        page.get_by_label("E-mail").or_(page.get_by_label("Email")).first.fill(psw.email)
        page.locator("input[type=password]").fill(PASSWORD)
        desk.press("Sign in")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        expect(page.get_by_text("Petra Programme")).to_be_visible()

    def import_cases(self, desk: Desk) -> None:
        page = desk.open("/cases/import/")
        page.locator("input[type=file]").set_input_files(WORKBOOK)
        page = desk.press("Read the file")
        expect(
            page.get_by_text("Nothing is saved yet").or_(page.get_by_role("button", name="Save")).first
        ).to_be_visible()
        add_teams = page.locator("input[type=checkbox][name*=team]")
        if add_teams.count():
            add_teams.first.check()
            page = desk.press("Work the preview out again")
        desk.press("Save ", exact=False)
        assert Case.objects.count() == 38

    def import_staff(self, desk: Desk, tmp_path: Path) -> None:
        file = tmp_path / "staff.csv"
        file.write_bytes(staff_file())
        page = desk.open("/people/import/")
        page.locator("input[type=file]").set_input_files(file)
        page = desk.press("Read the file")
        if page.get_by_role("button", name="Continue to the preview").count():
            page = desk.press("Continue to the preview")
        add_teams = page.locator("input[type=checkbox][name*=team]")
        if add_teams.count():
            add_teams.first.check()
            page = desk.press("Work the preview out again")
        desk.press("Save ", exact=False)
        assert User.objects.filter(name="Auditor 1").exists()
        page = desk.open("/cases/import/")  # again: now the workers are known
        page.locator("input[type=file]").set_input_files(WORKBOOK)
        page = desk.press("Read the file")
        desk.press("Save ", exact=False)
        assert Case.objects.filter(worker__isnull=False, team__isnull=False).count() > 10

    def open_draw_and_publish(self, desk: Desk) -> None:
        page = desk.open("/cycles/new/")
        page.get_by_label("How many audits").fill("3")
        page = desk.press("Open the month")
        expect(page.get_by_role("heading", name="November 2026")).to_be_visible()
        page = desk.press("Draw")
        page = desk.open("/cycles/2026-11/publish/")
        page = desk.press("Publish and send the emails")
        assert Allocation.objects.count() == 3
        page = desk.open("/cycles/2026-11/draws/1/")
        expect(page.get_by_text("identical").first).to_be_visible()

    def audit_graded_inadequate(self, desks: Any, sink: MailSink) -> Audit:
        told = Audit.objects.filter(worker__isnull=False, team_manager__isnull=False).order_by("reference")
        audit = told[0]
        desk = desks(audit.auditor)
        page = desk.open("/")
        expect(page.get_by_text(audit.reference).first).to_be_visible()
        do_audit(desk, audit, grade="Inadequate")
        assert audit.worker is not None
        add_action(desk, str(audit.worker))
        page = desk.open(f"/audits/{audit.reference}/do/check/")
        expect(page.get_by_text("told to act today")).to_be_visible()
        page = desk.press("Continue to submit")
        expect(page.get_by_text(str(audit.worker), exact=True)).to_be_visible()
        page = desk.press("Submit and tell them now")
        expect(page.get_by_role("heading", name="is submitted")).to_be_visible()
        audit.refresh_from_db()
        assert audit.status == Status.WITH_TEAM
        self.wait(lambda: not OutgoingMail.objects.filter(kind="urgent").exclude(status="sent").exists())
        urgent = [message for message in sink.messages if message["Subject"].startswith("Urgent")]
        assert {audit.worker.email, audit.team_manager.email} <= {m["X-Envelope-To"] for m in urgent}  # type: ignore[union-attr]
        desk.open(f"/audits/{audit.reference}/")
        locked = desk.context.request.get(f"/audits/{audit.reference}/do/s1/")
        assert locked.status == 403
        return audit

    def psw_sees_that_mail_went(self, desk: Desk, audit: Audit) -> None:
        page = desk.open(f"/audits/{audit.reference}/")
        urgent = page.locator("#email li").filter(has_text="Urgent").filter(has_text="Sent ")
        for person in (audit.worker, audit.team_manager):
            expect(urgent.filter(has_text=str(person))).to_have_count(1)
        desk.open("/mail/")

    def part_b_and_action(self, desks: Any, audit: Audit) -> None:
        manager = desks(audit.team_manager, width=390)
        page = manager.open(f"/audits/{audit.reference}/part-b/")
        fill_date(page, "supervision_on", "10", "11", "2026")
        page.get_by_label("What do you make of the findings?").fill("We act on this today.")
        page.get_by_label("Your response to action 1").fill("Visit booked for this afternoon.")
        manager.press("Sign Part B")
        worker = desks(audit.worker, width=390)
        page = worker.open(f"/audits/{audit.reference}/part-b/")
        page.get_by_label("What do you make of the findings?").fill("I agree.")
        worker.press("Sign Part B")
        action = audit.smart_actions.get()
        page = worker.open("/actions/?mine=1")
        page = worker.open(f"/actions/{action.pk}/")
        page.get_by_label("What was done").fill("Child seen today; safety plan agreed with both parents.")
        worker.press("Record as done")
        audit.refresh_from_db()
        assert audit.status == Status.CLOSED

    def late_ones_are_chased(self, desks: Any, clock: Any) -> None:
        late = Audit.objects.filter(status=Status.ALLOCATED).order_by("reference")
        assert late.count() == 2
        for day, month in ((25, 11), (30, 11), (1, 12), (8, 12)):
            clock.move_to(datetime(2026, month, day, 9, 5, tzinfo=UTC))
            reminders.chase_due(at=datetime(2026, month, day, 9, 5, tzinfo=UTC))
        managed = next(audit for audit in late if audit.auditor.line_manager)
        stages = set(Chase.objects.filter(audit=managed).values_list("stage", flat=True))
        assert stages == {"before", "on_due_date", "line_manager", "next_manager"}
        page = desks(managed.auditor.line_manager).open("/late/")
        expect(page.get_by_text(managed.reference).first).to_be_visible()

    def report(self, desk: Desk, desks: Any) -> None:
        desk.open("/dashboard/")
        page = desk.open("/reports/new/")
        page = desk.press("Start the report")
        for box in page.locator("textarea").all():
            box.fill("What the audits of this month say.")
        page = desk.press("Save")
        page = desk.page
        page.locator("form[action$='/build/'] button").click()
        expect(page.locator("a[href$='/publish/']")).to_be_visible(timeout=90_000)  # by itself
        desk.look()
        page = desk.open("/reports/2026-11/1/publish/")
        page = desk.press("Publish the report")
        director = desks(User.objects.get(name="Dara Director"))
        page = director.open("/reports/")
        page = director.open("/reports/2026-11/1/")
        director.open("/dashboard/")
        answer = director.context.request.get("/reports/2026-11/1/pdf/")
        assert answer.headers["content-type"] == "application/pdf"
        text = "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(answer.body())).pages)
        assert "November 2026" in text
        assert "33% (1 of 3)" in text

    @staticmethod
    def wait(true: Callable[[], bool], *, seconds: float = 40) -> None:
        until = time.monotonic() + seconds
        while not true():
            assert time.monotonic() < until, "it did not happen in time"
            time.sleep(0.2)
