"""What is marked with pluggy's marker on a plugin object, found without evaluating anything of the plugin's.

pluggy asks `inspect.getattr_static` for every name in `dir(plugin)`. For modules, classes and plain instances the same
answer stands in the dictionaries themselves; whatever is not as plain as that is left to pluggy's own way.
"""

from __future__ import annotations

from collections.abc import Callable
from types import FunctionType, MemberDescriptorType, MethodType, ModuleType
from typing import Any, TypeAlias

from hookcore.signals.arguments import attribute_of, is_a

_PLAIN_DIR = (object.__dir__, ModuleType.__dir__, type.__dir__)

MarkedFunction: TypeAlias = tuple[str, Callable[..., Any], Any]
"""A name (of the attribute, or of the signal that it is for), the function as the plugin hands it out, bound to it, and
the marker's options."""


def marked_functions(
    plugin: object, mark: str, ask: Callable[[str], MarkedFunction | None]
) -> list[MarkedFunction] | None:
    """Return what is marked with `mark`, by attribute name; None if the plugin is not plain enough to tell.

    For a single attribute that is not plain, such as a function under a decorator, `ask` answers.
    """
    kind = type(plugin)
    if kind.__dir__ not in _PLAIN_DIR:
        return None
    classes: tuple[type, ...] = ()
    if isinstance(plugin, type):
        own, classes = {}, plugin.__mro__
    elif isinstance(plugin, ModuleType):
        own = vars(plugin)
        if "__dir__" in own:
            return None
    else:
        own, classes = getattr(plugin, "__dict__", {}), kind.__mro__
    found: dict[str, MarkedFunction] = {}
    asked: list[str] = []
    for attribute, value in own.items():
        function = value.__func__ if type(value) is MethodType else value
        if type(function) is FunctionType:
            if type(options := getattr(function, mark, None)) is dict:
                found[attribute] = (attribute, value, options)
        elif _may_be_marked(value, mark):
            asked.append(attribute)
    if classes and not _collect(classes, plugin, mark, set(own), found, asked):
        return None
    found.update((attribute, answer) for attribute in asked if (answer := ask(attribute)) is not None)
    return [found[attribute] for attribute in sorted(found)]


def _collect(
    classes: tuple[type, ...],
    plugin: object,
    mark: str,
    seen: set[str],
    found: dict[str, MarkedFunction],
    asked: list[str],
) -> bool:
    """Collect from classes, the nearest first. Return False if one of them has slots, which may hold functions."""
    is_class = isinstance(plugin, type)
    for kind in classes:
        if kind is object:
            continue
        for attribute, value in vars(kind).items():
            if attribute in seen:
                continue
            seen.add(attribute)
            value_type = type(value)
            if value_type is FunctionType:
                options = getattr(value, mark, None)  # a look at its `__dict__` would make one
                if type(options) is dict:
                    found[attribute] = (attribute, value if is_class else MethodType(value, plugin), options)
            elif value_type is MemberDescriptorType:
                return False
            elif value_type is staticmethod or value_type is classmethod:
                options = getattr(value, mark, None) or getattr(value.__func__, mark, None)
                if isinstance(options, dict):
                    owner = plugin if isinstance(plugin, type) else type(plugin)
                    found[attribute] = (attribute, value.__get__(owner, owner), options)
            elif _may_be_marked(value, mark):
                asked.append(attribute)
    return True


def _may_be_marked(value: object, mark: str) -> bool:
    """Tell whether a value is marked that is, or passes for, some kind of function: of that pluggy is the judge."""
    passes = hasattr(type(value), "__get__") or is_a(value, (FunctionType, MethodType))
    return passes and is_a(attribute_of(value, mark), (dict,))
