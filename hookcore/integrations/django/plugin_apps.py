"""Which of a project's plugins are Django apps? Asked in its settings, and answered without importing any.

A plugin is an app if its distribution says so, by an entry point `<project>.apps` of the plugin's name:

    [project.entry-points."shop.apps"]
    loyalty = "shop_loyalty.apps.LoyaltyConfig"

or if the package in which its entry point lies has what Django looks for in an app: models, migrations, an AppConfig, …
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from importlib.machinery import PathFinder
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import hookcore
from hookcore.integrations.django.settings import config as read_config

if TYPE_CHECKING:
    from django.apps import AppConfig

    from hookcore import InstalledPlugin

_SIGNS: Final = (
    "apps.py", "models.py", "models", "migrations", "admin.py", "management", "templates", "templatetags", "static",
    "locale", "urls.py",
)  # fmt: skip
"""What tells, in a package, that it is a Django app."""


def plugin_apps(project: str, config: Mapping[str, Any] | None = None) -> list[str]:
    """Return what to add to INSTALLED_APPS: the apps of those plugins that may run.

    Metadata and policy are read, and no plugin is imported. `config` is the project's `HOOKCORE`; unless it is given,
    that of the settings module which calls this, if it stands above the call.

    If the config can't be used there are none: the app `hookcore.integrations.django` refuses to start then, and
    `manage.py check` says why.
    """
    given = _hookcore_of_caller() if config is None else config
    return [app for plugin in _running(project, given) if (app := app_to_install(project, plugin)) is not None]


def plugin_middleware(project: str, config: Mapping[str, Any] | None = None) -> list[str]:
    """Return what to add to MIDDLEWARE: what plugins that may run name in entry points `<project>.middleware`.

    The arguments, and what becomes of a config that can't be used, are as with `plugin_apps`.
    """
    given = _hookcore_of_caller() if config is None else config
    found: dict[str, None] = {}
    for plugin in _running(project, given):
        for entry_point in plugin.distribution.entry_points:
            if entry_point.group == f"{project}.middleware":
                found[entry_point.value.replace(":", ".")] = None
    return list(found)


def _hookcore_of_caller() -> Mapping[str, Any]:
    given = sys._getframe(2).f_globals.get("HOOKCORE", {})
    return given if isinstance(given, Mapping) else {}


def _running(project: str, given: Mapping[str, Any]) -> Iterable[InstalledPlugin]:
    """Yield the plugins that may run, in the order of their names."""
    installed = {(one.name, one.distribution.name): one for one in hookcore.discover(project)}
    try:
        plan = hookcore.PluginManager(project, config=read_config(given)).plan()
    except hookcore.ConfigError:
        return
    for report in plan:
        if report.state == "found":
            yield installed[report.name, report.distribution]


def app_to_install(project: str, plugin: InstalledPlugin) -> str | None:
    """Return what stands for a plugin's app in INSTALLED_APPS; None if it is no app."""
    for entry_point in plugin.distribution.entry_points:
        if entry_point.group == f"{project}.apps" and entry_point.name in (plugin.name, plugin.distribution.name):
            return entry_point.value.replace(":", ".")
    return app_of(plugin)


def names_of(app: AppConfig) -> tuple[str, str]:
    """Return what may stand in INSTALLED_APPS for an installed app: its package, or the path of its AppConfig."""
    return app.name, f"{type(app).__module__}.{type(app).__qualname__}"


def installed_apps(project: str) -> list[tuple[InstalledPlugin, AppConfig]]:
    """Return those plugins whose apps are installed, and their apps."""
    from django.apps import apps  # settings import this module before there are any

    installed = {name: app for app in apps.get_app_configs() for name in names_of(app)}
    found = [(plugin, installed.get(app_to_install(project, plugin) or "")) for plugin in hookcore.discover(project)]
    return [(plugin, app) for plugin, app in found if app is not None]


def app_of(plugin: InstalledPlugin) -> str | None:
    """Return the package that is a plugin's Django app, found without importing anything; None if there is none."""
    if plugin.entry_point is None:
        return None
    parts = plugin.entry_point.module.split(".")
    path: list[str] | None = None
    found: str | None = None
    for index, _ in enumerate(parts, 1):
        name = ".".join(parts[:index])
        spec = PathFinder.find_spec(name, path)
        if spec is None or spec.submodule_search_locations is None:
            break
        path = list(spec.submodule_search_locations)
        if any((Path(folder) / sign).exists() for folder in path for sign in _SIGNS):
            found = name
    return found
