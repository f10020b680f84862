"""System checks: what is wrong with plugins and config, each with its id and a hint.

One plugin's fault is a warning, since the others go on, and an error would keep every command from running. Where it is
to be an error, the config says so: `strict`, or `required`; or `manage.py check --fail-level WARNING`.

| id | is |
| --- | --- |
| `hookcore.E001` | the config cannot be used |
| `hookcore.E002` | the project refuses to start: a required plugin is missing, or `strict` and one has failed |
| `hookcore.W001` | a plugin has failed |
| `hookcore.W003` | several plugins claim one name, and none of them runs |
| `hookcore.W002` | a plugin is blocked: what it needs does not run |
| `hookcore.W004` | something in the config, or of a plugin, has no effect and is likely a mistake: an unknown name, … |
| `hookcore.W005` | a signal is untyped |
| `hookcore.W006` | a plugin does not run, but its app is installed |
| `hookcore.W007` | a plugin does not run, and its tables are still there (of the tag `database`) |
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from importlib.machinery import PathFinder
from pathlib import Path
from typing import Any, Final

from django.core.checks import CheckMessage, Error, Warning

import hookcore
from hookcore.integrations.django.host import host, reports
from hookcore.integrations.django.plugin_apps import app_of, app_to_install, installed_apps


def check_plugins(app_configs: Any = None, **named: Any) -> list[CheckMessage]:
    """Return what is wrong."""
    return [*_start(), *_plugins(), *_likely_mistakes(), *_untyped(), *_installed_in_vain()]


def check_databases(
    app_configs: Any = None, databases: Iterable[str] | None = None, **named: Any
) -> list[CheckMessage]:
    """Return what plugins that do not run have left in these databases: those of `migrate`, or of `--database`."""
    return list(_left_behind(databases or ()))


def _start() -> Iterator[CheckMessage]:
    if isinstance(host.error, hookcore.ConfigError):
        for problem in host.error.problems:
            yield Error(
                problem,
                hint="Mend it where it stands: nothing of the config is used until all is well.",
                id="hookcore.E001",
            )
    elif isinstance(host.error, hookcore.PluginStartError):
        for failure in host.error.failures:
            yield Error(failure, hint="Mend the plugin, or let the config require it no more.", id="hookcore.E002")
    elif host.error is not None:
        yield Error(str(host.error), hint="Nothing of the plugins runs until that is mended.", id="hookcore.E001")


def _plugins() -> Iterator[CheckMessage]:
    blocked = reports(["blocked"])
    names = [report.name.lower() for report in blocked]
    for report in reports(["failed"]):
        yield Warning(
            f"The plugin {report.name!r} ({report.distribution} {report.version}) has failed in {report.reason}",
            hint=f'Mend it, or add "{report.name}" to HOOKCORE["DISABLE"].',
            id="hookcore.W001",
        )
    for report in blocked:
        told = f"The plugin {report.name!r} ({report.distribution} {report.version}) is blocked: {report.reason}"
        if names.count(report.name.lower()) > 1:
            yield Warning(
                told,
                hint=f'Choose one: HOOKCORE["PLUGIN"]["{report.name}"] = {{"distribution": "{report.distribution}"}}.',
                id="hookcore.W003",
            )
        else:
            yield Warning(
                told,
                hint=f'Install or enable what it needs, or add "{report.name}" to HOOKCORE["DISABLE"].',
                id="hookcore.W002",
            )


def _likely_mistakes() -> Iterator[CheckMessage]:
    for sentence in host.warnings:
        if " is blocked, and does not run: " not in sentence:
            yield Warning(sentence, hint="It has no effect as it stands.", id="hookcore.W004")


def _untyped() -> Iterator[CheckMessage]:
    if host.manager is None:
        return
    for name, signal in vars(host.manager.hook).items():
        if isinstance(signal, hookcore.Signal) and signal.spec is None and not name.startswith("_"):
            yield Warning(
                f"The signal {name!r} says nothing of what it sends, so nobody can be told of a misspelled argument.",
                hint="Declare it as a function with @signal, whose parameters are what is sent.",
                id="hookcore.W005",
            )


def _without_their_plugins() -> Iterator[tuple[hookcore.PluginReport, hookcore.InstalledPlugin, str]]:
    """Yield each plugin that is disabled and has an app, with its report and the app."""
    if host.manager is None:
        return
    states = {(one.name, one.distribution): one for one in reports()}
    project = host.manager.project_name
    for plugin in hookcore.discover(project):
        report = states.get((plugin.name, plugin.distribution.name))
        app = app_to_install(project, plugin)
        if report is not None and report.state == "disabled" and app is not None:
            yield report, plugin, app


def _is_installed(plugin: hookcore.InstalledPlugin) -> bool:
    return host.manager is not None and plugin in [one for one, _ in installed_apps(host.manager.project_name)]


def _installed_in_vain() -> Iterator[CheckMessage]:
    for report, plugin, app in _without_their_plugins():
        if _is_installed(plugin):
            yield Warning(
                f"The plugin {report.name!r} does not run ({report.reason}), but its app {app!r} is installed.",
                hint="Let plugin_apps() see the same config: write it below HOOKCORE, or give it HOOKCORE.",
                id="hookcore.W006",
            )


def _left_behind(databases: Iterable[str]) -> Iterator[CheckMessage]:
    applied = {alias: _applied_in(alias) for alias in databases}
    for report, plugin, app in _without_their_plugins() if any(applied.values()) else ():
        labels = () if _is_installed(plugin) else _labels(app_of(plugin) or app)
        for alias, known in applied.items():
            label = next((label for label in labels if label in known), None)
            if label is not None:
                where = "" if alias == "default" else f" --database {alias}"
                yield Warning(
                    f"The plugin {report.name!r} does not run ({report.reason}). Migrations of its app {app!r} that "
                    f"were applied to the database {alias!r} stay applied, and its tables stay as they are: no "
                    "migration of others sees them.",
                    hint=f"To remove its tables, enable it, run `manage.py migrate {label} zero{where}`, and "
                    "disable it again. To keep them, do nothing.",
                    id="hookcore.W007",
                )


def _applied_in(alias: str) -> set[str]:
    """Return the labels of the apps of which migrations were applied to a database."""
    from django.core.exceptions import ImproperlyConfigured
    from django.db import DatabaseError, connections
    from django.db.migrations.recorder import MigrationRecorder

    try:
        return {label for label, _ in MigrationRecorder(connections[alias]).applied_migrations()}
    except (DatabaseError, ImproperlyConfigured, NotImplementedError):  # none that can be asked, or none at all
        return set()


def _labels(package: str) -> list[str]:
    """Return what may be the label of the app in a package, which is read and not imported: it is the plugin's code."""
    spec = PathFinder.find_spec(package) if "." not in package else None
    folders = (spec.submodule_search_locations if spec is not None else None) or ()
    written = [path.read_text(encoding="utf-8") for folder in folders if (path := Path(folder) / "apps.py").is_file()]
    given = [label for text in written for label in _LABEL.findall(text)]
    return [*given, package.rpartition(".")[2]]


_LABEL: Final = re.compile(r"""^\s+label\b[^=\n]*=\s*["'](\w+)["']""", re.MULTILINE)
