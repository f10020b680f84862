"""How is everything after a test as it was before?"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name

from hookcore import InstalledPlugin, PluginManager, discover
from hookcore.manager.in_tests import preserved
from hookcore.testing.overriding import Overriding

if TYPE_CHECKING:
    from typing import Unpack

    from hookcore.plugins.config.keys import ConfigArguments


def isolated(project_name: str, *signals: object) -> Overriding:
    """Let everything be afterwards as it was: a decorator of a test or a `TestCase`, from its `setUp` to its clean-up,
    and a context manager.

    What is connected, on whose behalf, heard and muted is restored; managers that were started and not stopped are
    stopped; and a plugin's module that was first imported meanwhile is imported anew by whoever wants it next.
    Environment variables that configure the host's plugins are not seen meanwhile.

    Args:
        project_name: the name that the host gives its `PluginManager`.
        signals: the host's signals, or the modules, classes or instances that hold them.
    """
    return Overriding(lambda: preserved(project_name, *signals), from_set_up=True)


@contextmanager
def isolated_plugins(
    project_name: str, *signals: object, installed: Collection[str] = (), **arguments: Unpack[ConfigArguments]
) -> Iterator[PluginManager]:
    """Give a started manager of a host's signals; everything is as it was afterwards, as by `isolated`.

    No plugin that happens to be installed is found, but for those that `installed` names.

    Args:
        project_name: the name that the host gives its `PluginManager`.
        signals: the modules, classes or instances that hold the host's signals.
        installed: names of installed plugins, or of their distributions, that may run.
        arguments: those of `PluginManager.start()`: the config.

    Raises LookupError if a plugin that `installed` names is not installed.
    """

    def find(project: str) -> Sequence[InstalledPlugin]:
        if not installed:
            return ()
        found = discover(project)
        return [plugin for name in installed for plugin in _named(name, found, project)]

    with preserved(project_name, *signals):
        plugins = PluginManager(project_name, *signals, discover=find)
        plugins.start(**arguments)
        try:
            yield plugins
        finally:
            plugins.stop()


def _named(name: str, found: Sequence[InstalledPlugin], project: str) -> list[InstalledPlugin]:
    named = [plugin for plugin in found if canonicalize_name(name) in plugin.names]
    if not named:
        known = ", ".join(sorted(plugin.name for plugin in found)) or "none"
        raise LookupError(f"no plugin or distribution called {name!r} is installed for {project!r}. There are: {known}")
    return named
