"""Load the invented council of Exampleshire into an empty database."""

from datetime import datetime, time
from random import Random
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from auditportal.demo.caseload import make_cases
from auditportal.demo.history import MONTHS, History
from auditportal.demo.organisation import make_organisation
from audits.deadlines import LONDON, add_months
from audits.template_import import load_templates
from people.holidays import ensure_holidays
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
        versions = load_templates(settings.BASE_DIR / "fixtures" / "audit_templates", at=now)
        core = next(version for version in versions if version.template.code == "core-case-file")
        made = make_organisation(rng=rng, began=began, today=today)
        make_cases(made, rng=rng, began=began, today=today)
        History(made, core, rng=rng, now=now).play()
        self.stdout.write("The demo council is loaded.")
