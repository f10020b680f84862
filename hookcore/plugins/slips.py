"""What in a config is likely a mistake, though nothing forbids it? A sentence for each."""

from __future__ import annotations

from collections.abc import Iterator

from hookcore.names import is_pattern
from hookcore.plugins.config.keys import Config
from hookcore.plugins.config.sources import Stated
from hookcore.plugins.policy import PluginNames


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
            if stated.source.kind == "environment" and any(separator in stated.value for separator in "; "):
                hint = " Names have commas between them."
            doubt = f"no plugin or distribution called {stated.value!r} is installed.{hint}"
        if doubt:
            yield f"{stated.source}: {doubt}"
    if config.enable and config.mode == Config.mode.default:
        yield (
            f'{config.enable[0].source}: enable changes nothing in mode "auto", in which every plugin may run; '
            'nobody says mode = "explicit"'
        )
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
