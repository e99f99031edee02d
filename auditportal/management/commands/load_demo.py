"""Load the invented council of Exampleshire into an empty database."""

from datetime import datetime, time
from random import Random
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from auditportal.demo import meetings, risks_and_notes, template_draft, timescales
from auditportal.demo.caseload import make_cases
from auditportal.demo.history import MONTHS, History
from auditportal.demo.organisation import make_organisation
from audits.deadlines import LONDON, add_months
from audits.template_import import load_templates
from audits.timescale_table import load_timescales
from people.holidays import ensure_holidays
from people.line_management import principal_social_worker
from people.models import User

SEED = 20_26


class Command(BaseCommand):
    help = "Load the demo council, with eighteen months of audits, into an empty database."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--seed", type=int, default=SEED, help="another seed makes another council")

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError("The demo council has no place in production.")
        if User.objects.exists():
            self.stdout.write("The database already holds people: the demo council is left as it is.")
            return
        with transaction.atomic():
            self._load(Random(options["seed"]))  # noqa: S311  # invented data, no secrets

    def _load(self, rng: Random) -> None:
        today = timezone.localdate()
        now = datetime.combine(today, time.min, tzinfo=LONDON)  # the same on every run of a day
        began = add_months(today.replace(day=1), -MONTHS)
        ensure_holidays()
        load_timescales()
        versions = load_templates(settings.BASE_DIR / "fixtures" / "audit_templates", at=now)
        core = next(version for version in versions if version.template.code == "core-case-file")
        made = make_organisation(rng=rng, began=began, today=today)
        make_cases(made, rng=rng, began=began, today=today)
        timescales.add_facts(rng=rng, today=today)
        History(made, core, rng=rng, now=now).play()
        self._under_way(at=now)
        self.stdout.write("The demo council is loaded.")

    def _under_way(self, *, at: datetime) -> None:
        """What is going on today: meetings, risks that were raised, private notes, a template being changed."""
        meetings.arrange(at=at)
        risks_and_notes.add(at=at)
        psw = principal_social_worker(today=at.date())
        if psw is not None:
            template_draft.begin_next_version(by=psw, at=at)
