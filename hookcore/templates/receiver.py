"""How is a receiver written for a signal: which arguments does it take, and what does it answer?"""

from __future__ import annotations

import keyword
import sys
from collections.abc import Mapping
from typing import Any, Final

from hookcore import PluginManager, SignalSpec
from hookcore.templates.imports import Declaration, Import, Type, import_lines
from hookcore.templates.naming import UnfitError

_WIDTH: Final = 88
"""Of a line, as formatters break it that nobody has told otherwise."""

_PLUGINS_OWN: Final = (
    Import("logging"),
    Import("dataclasses", "dataclass"),
    Import("typing", "Literal"),
    Import("hookcore", "receiver"),
)
_TESTS_OWN: Final = (
    Import("pytest"),
    Import("hookcore", "PluginManager"),
    Import("hookcore.testing", "assert_receives"),
    Import("hookcore.testing", "override_plugins"),
)
_SENTINEL: Final = Import("unittest.mock", "sentinel")
_NONE: Final = Type("None")
_ANY: Final = Type("Any", frozenset({Import("typing", "Any")}))
_TAKEN: Final[Mapping[str, Import | None]] = {
    **dict.fromkeys(
        (
            "NAME",
            "RECORD",
            "Settings",
            "annotations",
            "caplog",
            "level",
            "logger",
            "plugins",
            "ready",
            "send",
            "settings",
        )
    ),
    **{one.known_as: one for one in (*_PLUGINS_OWN, *_TESTS_OWN, _SENTINEL, *_ANY.imports)},
}
"""Names that mean something already in what is written, with the imports that they come from."""


def receiver_for(plugins: PluginManager, spec: SignalSpec) -> dict[str, Any]:
    """Return what the template needs to know of a signal: its receiver, how it is sent, and what both import.

    `untyped` are the arguments with types that a plugin can't import: the receiver takes these as `object`.
    Raises UnfitError if the signal itself can't be imported.
    """
    signal = getattr(plugins.hook, spec.name)
    reference = _reference_to(signal, spec, plugins.project_name)
    declaration = Declaration(getattr(signal.spec, "function", None), spec.module or "")
    wanted = [one for one in spec.arguments if one.name != "sender" and one.deprecated is None and _is_free(one.name)]
    types = {one.name: declaration.type_of(one.name, _TAKEN) or Type("object") for one in wanted}
    answer, last_line = _answer_of(spec, list(types), declaration)
    imports = {one for kind in (reference, answer, *types.values()) for one in kind.imports}
    parameters = [f"{name}: {kind.text}" for name, kind in types.items()]
    record = f'"{_noted(spec, types, "{0}=%r")}"'
    sent = [f"{one.name}=sentinel.{one.name}" for one in spec.arguments]
    return {
        "signal": spec.name,
        "module": spec.module,
        "reference": reference.text,
        "imports": import_lines({*_PLUGINS_OWN, *imports}, _WIDTH),
        "receiver": "\n".join(
            [
                _broken(f"    def on_{spec.name}(", parameters, f") -> {answer.text}:"),
                _broken("        logger.log(", ["level", record, *types], ")"),
                *([f"        {last_line}"] if last_line else []),
            ]
        ),
        "test_imports": import_lines({*_TESTS_OWN, *reference.imports, *([_SENTINEL] if sent else [])}, _WIDTH),
        "send": _broken(f"    {reference.text}.send(", sent, ")"),
        "noted": _noted(spec, types, "{0}=sentinel.{0}"),
        "untyped": [one.name for one in wanted if types[one.name].text == "object" != one.type and one.type],
    }


def _reference_to(signal: object, spec: SignalSpec, project: str) -> Type:
    """Return how a plugin means a signal, which a module has, or a class in it."""
    module = sys.modules.get(spec.module or "")
    if module is not None and module.__name__ != "__main__" and _is_word(spec.name):
        for name, value in [(spec.name, vars(module).get(spec.name)), *vars(module).items()]:
            if value is not signal and (not isinstance(value, type) or vars(value).get(spec.name) is not signal):
                continue
            text = name if value is signal else f"{name}.{spec.name}"
            if not _is_free(name):
                return Type(f"{module.__name__}.{text}", frozenset({Import(module.__name__)}))
            return Type(text, frozenset({Import(module.__name__, name)}))
    where = f" from {spec.module}" if spec.module else ""
    raise UnfitError(
        f"signal {spec.name!r} can't be imported{where} by its name. Write by hand what receives it, with "
        f"pluggy.HookimplMarker({project!r})(specname={spec.name!r})"
    )


def _is_word(name: str) -> bool:
    return name.isidentifier() and not keyword.iskeyword(name)


def _is_free(name: str) -> bool:
    return _is_word(name) and name not in _TAKEN


def _answer_of(spec: SignalSpec, wanted: list[str], declaration: Declaration) -> tuple[Type, str]:
    """Return the type of an answer that leaves everything as it is, and the line that gives it."""
    declared = declaration.type_of("return", _TAKEN)
    if spec.filters is not None and spec.filters in wanted:
        return declared or _ANY, f"return {spec.filters}"
    if spec.type in ("", "None"):
        return _NONE, ""
    if "None" not in spec.type and "Optional[" not in spec.type:
        return _ANY, "return None  # no answer"
    return (declared, "return None  # no answer") if declared is not None else (_NONE, "")


def _noted(spec: SignalSpec, names: Mapping[str, object], form: str) -> str:
    shown = ", ".join(form.format(name) for name in names)
    return f"{spec.name}: {shown}" if shown else spec.name


def _broken(head: str, items: list[str], tail: str) -> str:
    """Return a call or a signature as formatters break it: on one line, on three, or with one for each item."""
    indent = " " * (len(head) - len(head.lstrip()))
    line = f"{head}{', '.join(items)}{tail}"
    if len(line) <= _WIDTH or not items:
        return line
    inner = f"{indent}    {', '.join(items)}"
    if len(inner) > _WIDTH:
        inner = "\n".join(f"{indent}    {item}," for item in items)
    return f"{head}\n{inner}\n{indent}{tail}"
