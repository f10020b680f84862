"""What may the operator set for this plugin? The plugin's own `Settings` says it, and the config is held against it.

`Settings` is a dataclass, or a pydantic model (pydantic is never imported here: only a plugin that uses it does).
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any, cast

from hookcore.errors import SettingsError
from hookcore.plugins.config.keys import PluginTable
from hookcore.plugins.config.sources import KeyPath, SettingsTable, dotted
from hookcore.plugins.installed import InstalledPlugin
from hookcore.plugins.loading import find_settings
from hookcore.suggestions import did_you_mean


def build_settings(plugin_object: object, plugin: InstalledPlugin, config: PluginTable) -> object | None:
    """Return the instance of the plugin's `Settings` that the config makes, or None if it has no `Settings`.

    `plugin_object` is what the entry point names: a module, a class or an instance. Its `Settings` is looked up on
    it, and for a class or an instance also in the entry point's module and in its class's module.

    Raises `SettingsError` with every problem and where it was said: unknown and missing keys, wrong types, and
    settings for a plugin that takes none.
    """
    kind = find_settings(plugin_object, plugin)
    given = config.settings
    values: Mapping[str, object] = {} if given is None else given.values
    result: object | None = None
    problems: list[tuple[KeyPath, str]] = []
    if kind is None:
        problems += [((key,), "is not known: this plugin has no Settings.") for key in values]
    elif not inspect.isclass(kind):
        raise SettingsError([f"{plugin}: its Settings must be a class, not {kind!r}."], plugin=plugin.name)
    elif hasattr(kind, "__dataclass_fields__"):  # that is what `dataclasses` asks, which few plugins need imported
        from hookcore.plugins.typed_values import build_dataclass  # many plugins have no Settings

        result = build_dataclass(kind, values, (), problems)
    elif callable(getattr(kind, "model_validate", None)):
        result = _from_pydantic(kind, values, problems)
    else:
        reason = f"its Settings ({kind.__qualname__}) must be a dataclass or a pydantic model."
        raise SettingsError([f"{plugin}: {reason}"], plugin=plugin.name)
    if problems:
        raise SettingsError([_sentence(plugin, given, *problem) for problem in problems], plugin=plugin.name)
    return result


def _sentence(plugin: InstalledPlugin, given: SettingsTable | None, path: KeyPath, problem: str) -> str:
    """Say what is wrong with the value at `path`, and where it was said."""
    sentence = f"{dotted(('plugin', plugin.name, 'settings', *path))} {problem}"
    return sentence if given is None else f"{given.source_of(path)}: {sentence}"


def _from_pydantic(kind: Any, values: Mapping[str, object], problems: list[tuple[KeyPath, str]]) -> object | None:
    known = _pydantic_keys(kind)
    unknown = [] if kind.model_config.get("extra") == "allow" else [key for key in values if key not in known]
    problems += [((key,), f"is not known.{did_you_mean(key, known)}") for key in unknown]
    try:
        return cast("object", kind.model_validate(dict(values)))
    except ValueError as error:  # pydantic.ValidationError is one
        details: list[dict[str, Any]] = getattr(error, "errors", list)()
        if not details:
            raise
        places = [(tuple(detail["loc"]), f"does not fit: {detail['msg']}.") for detail in details]
        problems += [(path, problem) for path, problem in places if path not in [(key,) for key in unknown]]
        return None


def _pydantic_keys(kind: Any) -> frozenset[str]:
    """Return the keys that a model may be given: its fields' names and aliases."""
    fields: Mapping[str, Any] = kind.model_fields
    aliases = [(one.alias, one.validation_alias) for one in fields.values()]
    return frozenset(fields).union(alias for pair in aliases for alias in pair if isinstance(alias, str))
