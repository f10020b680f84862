"""How is everything after a test as it was before?"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name

from hookcore import InstalledPlugin, PluginManager, discover
from hookcore.manager.in_tests import preserved, with_settings
from hookcore.names import names_in
from hookcore.testing.overriding import overriding

if TYPE_CHECKING:
    from typing import Unpack

    from hookcore.manager.in_tests import Settings
    from hookcore.plugins.config.keys import ConfigArguments


@overriding(from_set_up=True)
def isolated(project_name: str, *signals: object) -> Iterator[None]:
    """Let everything be afterwards as it was: a decorator of a test or a `TestCase`, from its `setUp` to its clean-up,
    and a context manager.

    What is connected, on whose behalf, heard and muted is restored; managers that were started and not stopped are
    stopped; and a plugin's module that was first imported meanwhile is imported anew by whoever wants it next.
    Environment variables that configure the host's plugins are not seen meanwhile.

    Args:
        project_name: the name that the host gives its `PluginManager`.
        signals: the host's signals, or the modules, classes or instances that hold them.
    """
    with preserved(project_name, *signals):
        yield


@overriding(from_set_up=True)
def isolated_plugins(
    project_name: str,
    *signals: object,
    installed: Collection[str] = (),
    settings: Settings | None = None,
    **arguments: Unpack[ConfigArguments],
) -> Iterator[PluginManager]:
    """Give a started manager of a host's signals; everything is as it was afterwards, as by `isolated`.

    No plugin that happens to be installed is found, but for those that `installed` names. One of these that does not
    come up keeps the manager from starting, unless `strict=False` is among the arguments: a test that goes on without
    it would pass for the wrong reason.

    Args:
        project_name: the name that the host gives its `PluginManager`.
        signals: the modules, classes or instances that hold the host's signals.
        installed: names of installed plugins, or of their distributions, that may run.
        settings: from names of plugins to their settings.
        arguments: those of `PluginManager.start()`: the config.

    Raises, when it is entered: LookupError if a plugin that `installed` names is not installed, PluginStartError, with
    the reason, if one does not come up, UnknownPluginError if `settings` names none of them, and what
    `PluginManager.start()` raises for the config.
    """
    names_in("installed", installed)
    started: ConfigArguments = {"strict": True, **arguments}

    def find(project: str) -> Sequence[InstalledPlugin]:
        if not installed:
            return ()
        found = discover(project)
        return [plugin for name in installed for plugin in _named(name, found, project)]

    with preserved(project_name, *signals):
        plugins = PluginManager(project_name, *signals, discover=find)
        plugins.start(**with_settings(started, settings or {}))
        try:
            for name in settings or ():
                plugins.explain(name)
            yield plugins
        finally:
            plugins.stop()


def _named(name: str, found: Sequence[InstalledPlugin], project: str) -> list[InstalledPlugin]:
    named = [plugin for plugin in found if canonicalize_name(name) in plugin.names]
    if not named:
        known = ", ".join(sorted(plugin.name for plugin in found)) or f"none, by an entry point in {project}.plugins"
        raise LookupError(
            f"no plugin or distribution called {name!r} is installed for {project!r}. There are: {known}. "
            "An entry point that was written or changed counts once its distribution is installed again"
        )
    return named
