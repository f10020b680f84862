"""Does this value from a config fit that annotation? The types that a config file can hold, and no coercion of text.

A whole number fits `float`, a list fits `tuple` and `set`, a string fits `Path`, a table fits a dataclass. True is no
number. Everything else must be what the annotation says.
"""

from __future__ import annotations

import dataclasses
import inspect
import types
import typing
from collections.abc import Callable, Mapping, Sequence
from pathlib import PurePath
from typing import Annotated, Any, Literal, Union, cast

from hookcore.plugins.config.sources import KeyPath, brief
from hookcore.suggestions import did_you_mean

Report = Callable[[KeyPath, str], None]
"""Takes the path of a value that does not fit, and what is wrong with it, as the end of a sentence."""

_KINDS: Mapping[type, str] = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "a string",
    list: "a list",
    tuple: "a list",
    set: "a list",
    frozenset: "a list",
    dict: "a table",
    type(None): "left out",
}


def build_dataclass(kind: type, values: Mapping[str, object], path: KeyPath, report: Report) -> object | None:
    """Return an instance of the dataclass `kind` made of `values`, or None after reporting everything that is wrong."""
    try:
        hints = typing.get_type_hints(kind, include_extras=True)
    except Exception as error:  # evaluates the plugin's own annotations: anything may come
        report(path, f"can't be checked: the annotations of {kind.__qualname__} don't resolve: {error}")
        return None
    problems = 0

    def count(at: KeyPath, problem: str) -> None:
        nonlocal problems
        problems += 1
        report(at, problem)

    parameters = inspect.signature(kind).parameters
    for key in values:
        if key not in parameters:
            count((*path, key), f"is not known.{did_you_mean(key, parameters) or _choices(parameters)}")
    for name, parameter in parameters.items():
        if name not in values and parameter.default is parameter.empty:
            count((*path, name), f"is missing; it must be {describe(hints.get(name, Any))}.")
    arguments = {
        name: fit(value, hints.get(name, Any), (*path, name), count)
        for name, value in values.items()
        if name in parameters
    }
    if problems:
        return None
    try:
        return cast("object", kind(**arguments))
    except (TypeError, ValueError) as error:  # its own __post_init__ refuses
        report(path, f"can't be used: {error}")
        return None


def fit(value: object, annotation: object, path: KeyPath, report: Report) -> object:
    """Return `value` as `annotation` wants it, or report what is wrong (the result then means nothing)."""
    annotation = _bare(annotation)
    origin = typing.get_origin(annotation)
    arguments = typing.get_args(annotation)
    if annotation in (Any, object) or isinstance(annotation, typing.TypeVar):
        return value
    if origin in (Union, types.UnionType):
        return _fit_union(value, annotation, arguments, path, report)
    if origin is Literal:
        if any(value == choice and type(value) is type(choice) for choice in arguments):
            return value
    elif inspect.isclass(origin or annotation):
        fitted = _fit_class(value, cast("type", origin or annotation), arguments, path, report)
        if fitted is not _UNFIT:
            return fitted
    else:
        return value  # an annotation of a kind that this room doesn't know: the plugin's own code must judge
    report(path, f"must be {describe(annotation)}, not {brief(value)}.")
    return value


_UNFIT = object()


def _fit_class(value: object, kind: type, arguments: tuple[object, ...], path: KeyPath, report: Report) -> object:
    """Return the value as `kind` wants it, or `_UNFIT`. What is wrong inside of it is reported here."""
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if kind is int and isinstance(value, bool):
        return _UNFIT
    if issubclass(kind, PurePath) and isinstance(value, str):
        return kind(value)
    if dataclasses.is_dataclass(kind) and isinstance(value, Mapping):
        return build_dataclass(kind, cast("Mapping[str, object]", value), path, report)
    if issubclass(kind, list | tuple | set | frozenset) or kind is Sequence:
        return _fit_items(value, kind, arguments, path, report)
    if isinstance(value, Mapping) and issubclass(kind, Mapping):
        return _fit_table(cast("Mapping[str, object]", value), arguments, path, report)
    return value if isinstance(value, kind) else _UNFIT


def _fit_items(value: object, kind: type, arguments: tuple[object, ...], path: KeyPath, report: Report) -> object:
    if not isinstance(value, list | tuple | set | frozenset):
        return _UNFIT
    items = list(cast("Sequence[object]", value))
    if kind is tuple and arguments and Ellipsis not in arguments:
        if len(items) != len(arguments):
            report(path, f"must have {len(arguments)} items, not {len(items)}.")
        annotations = list(arguments)
    else:
        annotations = [arguments[0] if arguments else Any] * len(items)
    fitted = [
        fit(item, annotation, (*path, index), report)
        for index, (item, annotation) in enumerate(zip(items, annotations, strict=False))
    ]
    if not issubclass(kind, set | frozenset):
        return tuple(fitted) if issubclass(kind, tuple) else fitted
    try:
        return kind(fitted)
    except TypeError as error:  # a table or a list can't be in a set
        report(path, f"can't be used: {error}")
        return value


def _fit_table(
    value: Mapping[str, object], arguments: tuple[object, ...], path: KeyPath, report: Report
) -> dict[str, object]:
    annotation = arguments[1] if len(arguments) == 2 else Any
    return {key: fit(item, annotation, (*path, key), report) for key, item in value.items()}


def _fit_union(value: object, annotation: object, members: tuple[object, ...], path: KeyPath, report: Report) -> object:
    attempts: list[list[tuple[KeyPath, str]]] = []
    for member in sorted(members, key=lambda member: member is not type(value)):  # an exact type first: 1 is no float
        problems: list[tuple[KeyPath, str]] = []
        fitted = fit(value, member, path, lambda *problem: problems.append(problem))  # noqa: B023 - called at once
        if not problems:
            return fitted
        attempts.append(problems)
    deeper = [problems for problems in attempts if all(at != path for at, _ in problems)]
    if len(deeper) == 1:  # the right member, with something wrong inside of it
        for at, problem in deeper[0]:
            report(at, problem)
    else:
        report(path, f"must be {describe(annotation)}, not {brief(value)}.")
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
