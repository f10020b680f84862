"""The Django app: starts the plugins when all models are there."""

from __future__ import annotations

from django.apps import AppConfig
from django.core import checks


class HookcoreConfig(AppConfig):
    """The app `hookcore.integrations.django`, whose label is `hookcore`."""

    name = "hookcore.integrations.django"
    label = "hookcore"
    verbose_name = "Plugins"

    def ready(self) -> None:
        """Start the plugins, unless they run already: `ready` is called anew when INSTALLED_APPS is overridden."""
        from hookcore.integrations.django.checks import check_databases, check_plugins
        from hookcore.integrations.django.host import host, start
        from hookcore.integrations.django.switches import follow

        checks.register(check_plugins, "hookcore")
        checks.register(check_databases, "hookcore", checks.Tags.database)
        start()
        if host.is_running:
            follow()
