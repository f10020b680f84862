"""The URLs of plugins: those of a plugin that is switched off answer no request."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from django.urls import URLResolver, include
from django.urls.exceptions import Resolver404
from django.urls.resolvers import RoutePattern
from django.utils.module_loading import module_has_submodule

from hookcore.integrations.django.host import host, plugins, reports
from hookcore.integrations.django.plugin_apps import installed_apps

if TYPE_CHECKING:
    from django.urls import ResolverMatch


def plugin_urls(prefix: str = "") -> list[URLResolver]:
    """Return URL patterns: under `prefix` and the plugin's name, the `urls` module of each plugin's app.

    Write `urlpatterns += plugin_urls()`, or `path("plugins/", include(plugin_urls()))`.
    """
    patterns: list[URLResolver] = []
    if host.error is not None:  # as `manage.py check` says
        return patterns
    for plugin, app in installed_apps(plugins.project_name):
        if not module_has_submodule(app.module, "urls"):
            continue
        try:
            urls, app_name, namespace = include(f"{app.name}.urls")
        except Exception:
            logging.getLogger("hookcore").exception("%s has URLs that can't be imported; the others go on", plugin)
            continue
        patterns.append(
            PluginResolver(
                plugin.name, RoutePattern(f"{prefix}{plugin.name}/"), urls, app_name=app_name, namespace=namespace
            )
        )
    return patterns


class PluginResolver(URLResolver):
    """Resolves a plugin's URLs while the plugin is active."""

    def __init__(self, plugin: str, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.plugin = plugin

    def resolve(self, path: str) -> ResolverMatch:
        """Return what answers a path. Raises Resolver404 while the plugin does not run."""
        found = super().resolve(path)  # most paths are not the plugin's: these cost no look at it
        if not any(report.name == self.plugin for report in reports(["active"])):
            raise Resolver404({"tried": [], "path": path})
        return found
