"""`plugins`: the project's one manager. It starts with the app, and follows what the settings say."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, cast

from django.apps import AppConfig, apps
from django.core.exceptions import AppRegistryNotReady, ImproperlyConfigured
from django.core.signals import setting_changed
from django.utils.functional import LazyObject, empty
from django.utils.module_loading import module_has_submodule

import hookcore
from hookcore import ConfigError, PluginManager, PluginStartError, SignalDeclarationError
from hookcore.delivery import ask_first
from hookcore.integrations.django import gate, settings
from hookcore.integrations.django.commits import transaction_of
from hookcore.integrations.django.plugin_apps import installed_apps

if TYPE_CHECKING:
    from hookcore import InstalledPlugin


class Host:
    """What is known of this process's start: the manager, what was found wrong, and what was warned of."""

    def __init__(self) -> None:
        self.manager: ProjectManager | None = None
        self.is_running = False
        self.error: Exception | None = None
        self.warnings: tuple[str, ...] = ()
        self.apps: dict[str, str] = {}  # those of plugins that were installed at the start, by the plugin's name


host = Host()


class ProjectManager(PluginManager):
    """A manager that lets what Django's own signals reach follow each change of what runs."""

    def start(self, **arguments: Any) -> None:
        """Do so, as `PluginManager.start` does."""
        with self._followed():
            super().start(**arguments)
            host.is_running, host.error = True, None

    def enable(self, name: str) -> None:
        """Do so, as `PluginManager.enable` does."""
        with self._followed():
            super().enable(name)

    def disable(self, name: str) -> None:
        """Do so, as `PluginManager.disable` does."""
        with self._followed():
            super().disable(name)

    def reload_config(self) -> None:
        """Do so, as `PluginManager.reload_config` does."""
        with self._followed():
            super().reload_config()

    def stop(self) -> None:
        """Do so, as `PluginManager.stop` does."""
        super().stop()
        host.is_running = False
        gate.follow(self)

    @contextmanager
    def _followed(self) -> Iterator[None]:
        try:
            yield
        finally:
            gate.follow(self)


class _Plugins(LazyObject):  # type: ignore[type-arg]  # generic in its stubs alone
    """Stands for the manager, which is made when the app is ready."""

    def _setup(self) -> None:
        if host.manager is None:
            raise AppRegistryNotReady(
                "the plugins are not started yet: that is done when the app hookcore.integrations.django is ready. "
                "Ask `plugins` in functions, or in an AppConfig.ready() of an app that stands behind it"
            )
        self._wrapped = host.manager


plugins = cast("PluginManager", _Plugins())
"""The project's manager."""


def start() -> None:
    """Find the project's signals, start the plugins, and find the receivers of all apps; once.

    What keeps the plugins from starting is raised, but for `manage.py check`, which prints it as a check's error, and
    `manage.py plugins`, which says why.
    """
    if host.is_running:
        return
    try:
        with _warnings_kept():
            manager = host.manager = ProjectManager(
                settings.project(), *_signals(), config=_config, active_for=settings.active_for()
            )
            cast("Any", plugins)._wrapped = empty
            unfit = list(_find_receivers(manager))
            manager.start()
    except (ConfigError, ImproperlyConfigured, PluginStartError, SignalDeclarationError) as error:
        host.error = error
        if sys.argv[1:2] not in (["check"], ["plugins"]):
            raise
        return
    ask_first(transaction_of)
    for plugin in unfit:
        manager.disable(plugin)
    setting_changed.connect(_follow_setting, dispatch_uid="hookcore.settings")
    _watch_file()


@contextmanager
def _warnings_kept() -> Iterator[None]:
    """Keep what is warned of while plugins start: `manage.py check` shows it."""
    kept: list[str] = []

    def keep(record: logging.LogRecord) -> bool:
        if record.levelno == logging.WARNING:
            kept.append(record.getMessage())
        return True

    logger = logging.getLogger("hookcore")
    logger.addFilter(keep)  # a handler would keep Python from printing what nobody else handles
    try:
        yield
    finally:
        logger.removeFilter(keep)
        host.warnings = tuple(kept)


def _config() -> list[Any]:
    """Return the settings as config. A plugin whose app a test takes out of INSTALLED_APPS is disabled as long."""
    return [{"disable": [name for name, app in host.apps.items() if not apps.is_installed(app)]}, *settings.config()]


# -- finding what apps keep -------------------------------------------------------------------------------------


def _signals() -> list[object]:
    """Return the modules that hold signals: Django's, those that the project names, and each app's `signals`."""
    from hookcore.integrations.django import signals

    modules: list[ModuleType] = [signals, *settings.signal_modules()]
    for app in apps.get_app_configs():
        if (
            not app.name.startswith("django.")
            and app.module is not None
            and module_has_submodule(app.module, "signals")
        ):
            module = import_module(f"{app.name}.signals")
            if any(isinstance(value, hookcore.Signal) for value in vars(module).values()):
                modules.append(module)
    return list(dict.fromkeys(modules))


def _find_receivers(manager: PluginManager) -> Iterator[str]:
    """Import each app's `receivers`, as Django's autodiscovery does; of a plugin's app, only if the plugin may run.

    Yields the names of plugins whose receivers can't be imported.
    """
    may_run = {(report.name, report.distribution) for report in manager.plan() if report.state == "found"}
    owners = {app.name: plugin for plugin, app in installed_apps(manager.project_name)}
    for app in apps.get_app_configs():
        plugin = owners.get(app.name)
        if plugin is not None:
            host.apps[plugin.name] = app.name
        if app.module is None or not module_has_submodule(app.module, "receivers"):
            continue
        if plugin is None:
            import_module(f"{app.name}.receivers")
        elif (plugin.name, plugin.distribution.name) in may_run and not _is_imported(app, plugin):
            yield plugin.name


def _is_imported(app: AppConfig, plugin: InstalledPlugin) -> bool:
    """Import a plugin's receivers. What that raises is held, and told."""
    try:
        import_module(f"{app.name}.receivers")
    except Exception:
        logging.getLogger("hookcore").exception(
            "%s failed in the import of %s.receivers, and is disabled; the others go on", plugin, app.name
        )
        return False
    return True


# -- following what changes -------------------------------------------------------------------------------------


def _follow_setting(*, setting: str, **named: Any) -> None:
    """Take over at once what a test overrides, and take it back with it."""
    if setting in ("HOOKCORE", "INSTALLED_APPS") and host.is_running:
        unfit = _find_receivers(plugins) if setting == "INSTALLED_APPS" else ()
        plugins.reload_config()
        for plugin in unfit:
            plugins.disable(plugin)


def config_file() -> Path | None:
    """Return the config file that is read, if any."""
    named = host.manager.config_file() if host.manager is not None else None
    return Path(named) if named is not None else None


def _watch_file() -> None:
    """Let the development server restart when the config file changes."""
    from django.utils.autoreload import autoreload_started

    autoreload_started.connect(_watch, dispatch_uid="hookcore.config")


def _watch(sender: Any, **named: Any) -> None:
    path = config_file()
    if path is not None:
        files: set[Path] = sender.extra_files
        files.add(path.absolute())


def reports(states: Iterable[str] = ()) -> list[hookcore.PluginReport]:
    """Return the reports of plugins in these states, or of all."""
    wanted = set(states)
    found = host.manager.report() if host.manager is not None else ()
    return [report for report in found if not wanted or report.state in wanted]
