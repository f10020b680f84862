"""What does the project say in `HOOKCORE`? Keys for us, and every config key in capitals."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Set
from functools import partial
from importlib import import_module
from operator import attrgetter
from types import ModuleType
from typing import Any, Final

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

OURS: Final = {
    "PROJECT": "the name of the host: plugins are found in the entry points `PROJECT.plugins`",
    "SIGNALS": "modules that hold signals, beside each app's `signals`",
    "CONFIG": "the path of a config file: what stands in HOOKCORE itself is stronger",
    "ACTIVE_FOR": "a function, the path of one or of a model's field: which plugins are active for a tenant",
}
"""The keys that are no config keys, and what each is."""


def said() -> Mapping[str, Any]:
    """Return `HOOKCORE` as it is now.

    Raises ImproperlyConfigured if it is no dictionary, or one of our keys is misspelled in it.
    """
    found = getattr(settings, "HOOKCORE", {})
    if not isinstance(found, Mapping):
        raise ImproperlyConfigured(f"HOOKCORE must be a dictionary, not {found!r}")
    for key in found.keys() - _known:
        _refuse_if_misspelled(key)
        _known.add(key)
    return found


_known: Final[set[object]] = set(OURS)
"""Keys of `HOOKCORE` that were looked at: ours, and those that resemble none of ours."""


def _refuse_if_misspelled(key: object) -> None:
    """Refuse what resembles one of our keys. With all others config itself helps."""
    from difflib import get_close_matches  # a key is looked at once

    meant = get_close_matches(str(key).upper(), OURS, n=1, cutoff=0.8)
    if meant:
        raise ImproperlyConfigured(f"HOOKCORE has no key {key!r}. Did you mean {meant[0]!r}?")


def project() -> str:
    """Return the project's name. Raises ImproperlyConfigured if nobody says it."""
    name = said().get("PROJECT")
    if not isinstance(name, str) or not name:
        raise ImproperlyConfigured(
            'HOOKCORE says no PROJECT: write HOOKCORE = {"PROJECT": "shop"}, and plugins of the shop are those with '
            "entry points in the group shop.plugins"
        )
    return name


def signal_modules() -> list[ModuleType]:
    """Return the modules that the project says its signals are in. Raises ImproperlyConfigured for what is none."""
    names = said().get("SIGNALS", ())
    names = [names] if isinstance(names, str) else names
    if not isinstance(names, Sequence | Set) or not all(isinstance(name, str) for name in names):
        raise ImproperlyConfigured(f'HOOKCORE["SIGNALS"] must be a list of the names of modules, not {names!r}')
    return [_signal_module(name) for name in names]


def _signal_module(name: str) -> ModuleType:
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{name}.".startswith(f"{error.name}."):
            raise  # the module is there, and misses another
        raise ImproperlyConfigured(
            f'HOOKCORE["SIGNALS"] names {name!r}, and there is no such module ({error})'
        ) from error


def active_for() -> Callable[[Any], frozenset[str] | None] | None:
    """Return what says which plugins are active for a tenant; None if there are no tenants.

    Raises ImproperlyConfigured for a path at which nothing is.
    """
    given = said().get("ACTIVE_FOR")
    if isinstance(given, str):
        from pkgutil import resolve_name  # few projects have tenants

        try:
            found = resolve_name(given)
        except (ImportError, AttributeError, ValueError) as error:
            raise ImproperlyConfigured(
                f'HOOKCORE["ACTIVE_FOR"] is {given!r}, and there is no such thing ({error}): write the path of a '
                'function, "shop.tenants.plugins_of", or of a model\'s field, "shop.models.Shop.plugins"'
            ) from error
        given = found if callable(found) else attrgetter(given.rpartition(".")[2])  # a field, a property
    if given is not None and not callable(given):
        raise ImproperlyConfigured(f'HOOKCORE["ACTIVE_FOR"] must be a function, or the path of one, not {given!r}')
    return None if given is None else partial(_names_of, given)


def _names_of(active_for: Callable[[Any], Any], tenant: Any) -> frozenset[str] | None:
    """Return the names that are said, as any collection or, as text fields keep them, with commas between."""
    names = active_for(tenant)
    if names is None or isinstance(names, frozenset):
        return names
    return frozenset(name.strip() for name in (names.split(",") if isinstance(names, str) else names) if name.strip())


def config(given: Mapping[str, Any] | None = None) -> list[Any]:
    """Return what a manager is given as its config: `HOOKCORE`, or this in its place, and the file that it names."""
    given = said() if given is None else given
    path = given.get("CONFIG")
    mapping = {_lower(key): _table(key, value) for key, value in given.items() if key not in OURS}
    return [mapping, *([path] if path else [])]


def _table(key: object, value: object) -> object:
    """Let the tables of single plugins have their keys in capitals, too."""
    if _lower(key) != "plugin" or not isinstance(value, Mapping):
        return value
    return {
        name: {_lower(inner): each for inner, each in table.items()} if isinstance(table, Mapping) else table
        for name, table in value.items()
    }


def _lower(key: object) -> Any:
    return key.lower() if isinstance(key, str) else key
