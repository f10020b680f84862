"""Does this value from a config fit that annotation? The types that a config file can hold, and no coercion of text.

A whole number fits `float`, a list fits `tuple` and `set`, a string fits `Path`, a table fits a dataclass. True is no
number. Everything else must be what the annotation says.
"""

from __future__ import annotations

import dataclasses
import inspect
import types
import typing
from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import Annotated, Any, Literal, TypeAlias, Union, cast

from hookcore.plugins.config.sources import KeyPath, brief
from hookcore.signatures import signature_of
from hookcore.suggestions import did_you_mean

Problems: TypeAlias = "list[tuple[KeyPath, str]]"
"""The path of each value that does not fit, and what is wrong with it, as the end of a sentence."""

_ARRAYS = (list, tuple, set, frozenset)
_KINDS: Mapping[type, str] = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "a string",
    tuple: "a list",
    type(None): "left out",
}


def build_dataclass(kind: type, values: Mapping[str, object], path: KeyPath, problems: Problems) -> object | None:
    """Return an instance of the dataclass `kind` made of `values`, or None after noting everything that is wrong."""
    try:
        hints = typing.get_type_hints(kind, include_extras=True)
    except Exception as error:  # evaluates the plugin's own annotations: anything may come
        problems.append((path, f"can't be checked: the annotations of {kind.__qualname__} don't resolve: {error}"))
        return None
    before = len(problems)
    parameters = signature_of(kind).parameters
    for key in values:
        if key not in parameters:
            problems.append(((*path, key), f"is not known.{did_you_mean(key, parameters) or _choices(parameters)}"))
    for name, parameter in parameters.items():
        if name not in values and parameter.default is parameter.empty:
            problems.append(((*path, name), f"is missing; it must be {describe(hints.get(name, Any))}."))
    arguments = {
        name: fit(value, hints.get(name, Any), (*path, name), problems)
        for name, value in values.items()
        if name in parameters
    }
    if len(problems) > before:
        return None
    try:
        return cast("object", kind(**arguments))
    except (TypeError, ValueError) as error:  # its own __post_init__ refuses
        problems.append((path, f"can't be used: {error}"))
        return None


def fit(value: object, annotation: object, path: KeyPath, problems: Problems) -> object:
    """Return `value` as `annotation` wants it, or note what is wrong (the result then means nothing)."""
    annotation = _bare(annotation)
    origin = typing.get_origin(annotation)
    arguments = typing.get_args(annotation)
    if annotation in (Any, object) or isinstance(annotation, typing.TypeVar):
        return value
    if origin in (Union, types.UnionType):
        return _fit_union(value, annotation, arguments, path, problems)
    if origin is Literal:
        is_choice = any(value == choice and type(value) is type(choice) for choice in arguments)
        return value if is_choice else _misfit(value, annotation, path, problems)
    if inspect.isclass(origin or annotation):
        return _fit_class(value, annotation, path, problems)
    return value  # an annotation of a kind that this room doesn't know: the plugin's own code must judge


def _fit_class(value: object, annotation: object, path: KeyPath, problems: Problems) -> object:
    kind = cast("type", typing.get_origin(annotation) or annotation)
    arguments = typing.get_args(annotation)
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if issubclass(kind, PurePath) and isinstance(value, str):
        return kind(value)
    if isinstance(value, Mapping) and dataclasses.is_dataclass(kind):
        return build_dataclass(kind, cast("Mapping[str, object]", value), path, problems)
    if isinstance(value, Mapping) and issubclass(kind, Mapping):
        inner = arguments[1] if len(arguments) == 2 else Any
        table = cast("Mapping[str, object]", value)
        return {key: fit(item, inner, (*path, key), problems) for key, item in table.items()}
    fits = isinstance(value, kind) and not (kind is int and isinstance(value, bool))
    if kind is Sequence or issubclass(kind, _ARRAYS):
        if isinstance(value, _ARRAYS):
            return _fit_items(list(cast("Sequence[object]", value)), kind, arguments, path, problems)
        fits = False
    return value if fits else _misfit(value, annotation, path, problems)


def _fit_items(
    items: list[object], kind: type, arguments: tuple[object, ...], path: KeyPath, problems: Problems
) -> object:
    if kind is tuple and arguments and Ellipsis not in arguments:
        if len(items) != len(arguments):
            problems.append((path, f"must have {len(arguments)} items, not {len(items)}."))
        annotations = list(arguments)
    else:
        annotations = [arguments[0] if arguments else Any] * len(items)
    pairs = zip(items, annotations, strict=False)
    fitted = [fit(item, annotation, (*path, index), problems) for index, (item, annotation) in enumerate(pairs)]
    if not issubclass(kind, set | frozenset):
        return tuple(fitted) if issubclass(kind, tuple) else fitted
    try:
        return kind(fitted)
    except TypeError as error:  # a table or a list can't be in a set
        problems.append((path, f"can't be used: {error}"))
        return items


def _fit_union(
    value: object, annotation: object, members: tuple[object, ...], path: KeyPath, problems: Problems
) -> object:
    attempts: list[Problems] = []
    for member in sorted(members, key=lambda member: member is not type(value)):  # an exact type first: 1 is no float
        attempt: Problems = []
        fitted = fit(value, member, path, attempt)
        if not attempt:
            return fitted
        attempts.append(attempt)
    deeper = [attempt for attempt in attempts if all(at != path for at, _ in attempt)]
    if len(deeper) == 1:  # the right member, with something wrong inside of it
        problems += deeper[0]
        return value
    return _misfit(value, annotation, path, problems)


def _misfit(value: object, annotation: object, path: KeyPath, problems: Problems) -> object:
    problems.append((path, f"must be {describe(annotation)}, not {brief(value)}."))
    return value


def describe(annotation: object) -> str:
    """Return an annotation in the words of a config file: `a whole number`, `"a" or "b"`, `a list of a string`."""
    annotation = _bare(annotation)
    origin = typing.get_origin(annotation)
    arguments = typing.get_args(annotation)
    if origin in (Union, types.UnionType):
        return " or ".join(describe(argument) for argument in arguments)
    if origin is Literal:
        return " or ".join(f'"{choice}"' if isinstance(choice, str) else repr(choice) for choice in arguments)
    kind = origin or annotation
    if annotation in (Any, object) or not inspect.isclass(kind):
        return "given"
    if kind is Sequence or issubclass(kind, list | set | frozenset):
        return f"a list (of: {describe(arguments[0])})" if arguments else "a list"
    if issubclass(kind, PurePath):
        return "a path"
    if dataclasses.is_dataclass(kind) or issubclass(kind, Mapping):
        return "a table"
    return _KINDS.get(kind, f"of type {kind.__qualname__}")


def _bare(annotation: object) -> object:
    """Return the annotation without what only other tools read: `Annotated`, `NewType` and `InitVar`."""
    while True:
        if typing.get_origin(annotation) is Annotated:
            annotation = typing.get_args(annotation)[0]
        elif isinstance(annotation, dataclasses.InitVar):
            annotation = annotation.type
        elif hasattr(annotation, "__supertype__"):
            annotation = cast("Any", annotation).__supertype__
        elif annotation is None:
            annotation = type(None)
        else:
            return annotation


def _choices(names: Mapping[str, object]) -> str:
    return f" There are: {', '.join(names)}." if names else " There are no settings."
