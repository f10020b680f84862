"""Which plugins does a name mean? One answer for the config, for `enable()` and `disable()`, and for `set_blocked()`.

A name means the plugin that bears it. Only where no plugin does, it means those of the distribution of that name. And
only where that is not found either, it is a glob, if it looks like one: it means all that the names mean that it fits.
Names compare in canonical form.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from hookcore.names import canonical_name, is_pattern
from hookcore.plugins.config.keys import Config
from hookcore.plugins.config.sources import Stated
from hookcore.plugins.installed import InstalledPlugin
from hookcore.suggestions import nearest


class PluginNames:
    """All names by which somebody may mean one of the plugins that are installed."""

    def __init__(self, installed: Iterable[InstalledPlugin]) -> None:
        self._plugins: dict[str, list[InstalledPlugin]] = {}
        self._distributions: dict[str, list[InstalledPlugin]] = {}
        for plugin in installed:
            name, distribution = plugin.names
            self._plugins.setdefault(name, []).append(plugin)
            self._distributions.setdefault(distribution, []).append(plugin)

    def claimants(self, canonical: str) -> list[InstalledPlugin]:
        """Return the plugins that bear one name, in its canonical form: more than one if they contend for it."""
        return self._plugins[canonical]

    def meant_by(self, name: str, *, literally: bool = False) -> list[InstalledPlugin]:
        """Return the plugins that a name or glob means, as somebody wrote it; none if it means nothing.

        `literally`: it is no glob, whatever it looks like.
        """
        wanted = canonical_name(name)
        found = self._plugins.get(wanted) or self._distributions.get(wanted, [])
        if found or literally or not is_pattern(name):
            return found
        from fnmatch import fnmatchcase  # few configs have a glob in them

        fitting = (one for one in {**self._plugins, **self._distributions} if fnmatchcase(one, wanted))
        return list(dict.fromkeys(plugin for one in fitting for plugin in self.meant_by(one)))

    def nearest(self, name: str) -> str:
        """Return `Did you mean …?` with the name that comes nearest to one that means nothing, if any does."""
        spellings: dict[str, str] = {}
        for plugin in (plugin for plugins in self._plugins.values() for plugin in plugins):
            spellings[plugin.canonical_name] = plugin.name
            spellings.setdefault(plugin.distribution.canonical_name, plugin.distribution.name)
        match = nearest(canonical_name(name), spellings)
        return "" if match is None else f" Did you mean {spellings[match]!r}?"

    def ambiguity(self, name: str) -> str:
        """Return a sentence if a name that a plugin bears is also that of a distribution with other plugins."""
        wanted = canonical_name(name)
        found = self._plugins.get(wanted, [])
        others = [plugin for plugin in self._distributions.get(wanted, ()) if plugin not in found] if found else []
        if not others:
            return ""
        return (
            f"{name!r} means the {found[0]}, and not {' and '.join(map(str, others))}. "
            f"If you mean {others[0].name!r}, too, name it"
        )


def slips_in(config: Config, names: PluginNames) -> Iterator[str]:
    """Yield a sentence for each name in a config that is likely a mistake: it means nothing, or more than one thing.

    In a list a glob may mean nothing: it may be there for plugins that come and go.
    """
    for stated in _names_in(config):
        if names.meant_by(stated.value):
            doubt = names.ambiguity(stated.value)
        elif is_pattern(stated.value):
            doubt = ""
        else:
            hint = names.nearest(stated.value) or " Take it out, or install what it means."
            doubt = f"no plugin or distribution called {stated.value!r} is installed.{hint}"
        if doubt:
            yield f"{stated.source}: {doubt}"
    for table in config.plugin.values():
        for stated in table.names:
            if is_pattern(stated.value) and not names.meant_by(stated.value):
                yield f"{stated.source}: no plugin or distribution fits {stated.value!r}, so its table does nothing"


def _names_in(config: Config) -> Iterator[Stated[str]]:
    yield from config.enable
    yield from config.disable
    yield from config.required
    for table in config.plugin.values():
        yield from table.names
        if table.distribution is not None:
            yield table.distribution
