"""`manage.py plugins`: which plugins are there, and why does each run or not?"""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from hookcore.integrations.django.host import plugins


class Command(BaseCommand):
    """Prints a line for each plugin, and with `-v 2` its receivers."""

    help = "List the plugins with state, reason and who decided it; with -v 2 also their receivers."

    def handle(self, *arguments: Any, **options: Any) -> None:
        """Print them."""
        for report in plugins.report():
            self.stdout.write(
                f"{report.name} ({report.distribution} {report.version}) is {report.state}: "
                f"{report.reason} ({report.decided_by})"
            )
            for receiver in report.receivers if options["verbosity"] > 1 else ():
                self.stdout.write(f"  {receiver}")
