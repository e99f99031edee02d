"""Load the audit templates and scales from a folder."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from audits.template_import import TemplateFileError, load_templates


class Command(BaseCommand):
    help = "Load audit templates and grading scales; what is there already stays as it is."

    def add_arguments(self, parser: CommandParser) -> None:
        default = settings.BASE_DIR / "fixtures" / "audit_templates"
        parser.add_argument("folder", nargs="?", type=Path, default=default)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            versions = load_templates(options["folder"], at=timezone.now())
        except TemplateFileError as error:
            raise CommandError(str(error)) from error
        for version in versions:
            self.stdout.write(f"{version}: {version.sections.count()} sections")
