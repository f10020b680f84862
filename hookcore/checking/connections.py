"""Which receivers does a distribution connect to which of a host's signals, by its source?"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import NamedTuple

from hookcore.checking.source import MARKER, Found, Function, Module, Scope, Source
from hookcore.checking.spec_file import HostSpec

_CONNECTING = ("connect", "connected_to")
_MANAGERS = ("plugins.hook", "manager.hook")


class Connection(NamedTuple):
    """One receiver that is connected to a signal, each by its name, and where. Which signal it is may not be shown: "".

    `found` is the function, or None where the source doesn't show it. `by_import` says whether the signal is imported,
    not only named; `is_optional` that a host without that signal is fine; `names_none` that something else stands in a
    signal's place, or nothing.
    """

    signal: str
    receiver: str
    file: str
    line: int
    found: Found | None
    by_import: bool = True
    is_wrapper: bool = False
    is_optional: bool = False
    names_none: bool = False

    @property
    def function(self) -> Function | None:
        """The receiver's function, if the source shows it."""
        node = None if self.found is None else self.found.node
        return None if isinstance(node, ast.ClassDef) else node


def connections_in(source: Source, host: HostSpec) -> Iterator[Connection]:
    """Yield each receiver that the source connects to one of a host's signals, or to what it takes for one."""
    names = _Names(source, host)
    for module in source.modules.values():
        for scope in module.scopes.values():
            for node in scope.definitions:
                if not isinstance(node, ast.ClassDef):
                    for decorator in node.decorator_list:
                        yield from names.decorated(node, decorator, scope, module)
            for call in scope.calls:
                yield from names.called(call, scope, module)


class _Names:
    """What names mean for one host: signals, `receiver`, and pluggy's markers."""

    def __init__(self, source: Source, host: HostSpec) -> None:
        self._source = source
        self._host = host
        self._modules = {signal.module for signal in host.signals.values()}
        self._packages = {module.partition(".")[0] for module in self._modules}

    def decorated(
        self, node: ast.FunctionDef | ast.AsyncFunctionDef, decorator: ast.expr, scope: Scope, module: Module
    ) -> Iterator[Connection]:
        """Yield what one of its decorators connects a function to."""
        call = decorator if isinstance(decorator, ast.Call) else None
        below = node.decorator_list[node.decorator_list.index(decorator) + 1 :]
        is_shown = self._source.shows(below, scope)
        meant = self._source.meaning(decorator, scope).removesuffix("()")
        if _is_receiver(meant) and (call is None or isinstance((*call.args, None)[0], ast.Constant)):
            yield Connection("", node.name, module.file, node.lineno, None, names_none=True)
        elif call is not None and _is_receiver(meant):
            # In a class it is no method of an instance yet: its first argument is given by nobody.
            found = Found(f"{scope.path}.{node.name}", node, module.file)
            yield from self._several(call, found if is_shown else None, node.name, scope, module)
        elif self._is_marker(meant):
            in_class = isinstance(scope.node, ast.ClassDef)
            is_bound = in_class and "staticmethod" not in map(ast.unparse, node.decorator_list)
            named = [one.value for one in call.keywords if one.arg == "specname"] if call is not None else []
            signal = next((str(one.value) for one in named if isinstance(one, ast.Constant) and one.value), node.name)
            is_optional = _says(call, "optionalhook") or meant == MARKER
            if signal in self._host.signals or not is_optional:
                found = Found(f"{scope.path}.{node.name}", node, module.file, is_bound)
                yield Connection(
                    *(signal, node.name, module.file, node.lineno, found if is_shown else None),
                    by_import=False,
                    is_wrapper=_says(call, "wrapper", "hookwrapper"),
                    is_optional=is_optional,
                )

    def called(self, call: ast.Call, scope: Scope, module: Module) -> Iterator[Connection]:
        """Yield what a call connects: `signal.connect(f)`, `signal.connected_to(f)` or `receiver(signal)(f)`."""
        given = [*call.args[:1], *(one.value for one in call.keywords if one.arg == "receiver")]
        if not given:
            return
        found, name = self._receiver(given[0], scope, module)
        if isinstance(call.func, ast.Call) and _is_receiver(self._source.meaning(call.func.func, scope)):
            yield from self._several(call.func, found, name, scope, module)
        elif isinstance(call.func, ast.Attribute) and call.func.attr in _CONNECTING:
            for signal in [*self._signals(call.func.value, scope)] or [""]:
                if signal in self._host.signals or found is not None:  # else who knows what it connects
                    yield self._connection(signal, name, given[0], found, call, module)

    def _several(
        self, call: ast.Call, found: Found | None, name: str, scope: Scope, module: Module
    ) -> Iterator[Connection]:
        """Yield what `receiver(…)` connects to one signal or several."""
        given = [*call.args[:1], *(one.value for one in call.keywords if one.arg == "signal")]
        for signal in (one for each in given for one in self._signals(each, scope)):
            yield self._connection(signal, name, call if found is None else found.node, found, call, module)

    def _connection(
        self, signal: str, name: str, at: ast.AST, found: Found | None, call: ast.Call, module: Module
    ) -> Connection:
        line = getattr(at, "lineno", call.lineno)
        return Connection(signal, name, module.file, line, found, is_wrapper=_says(call, "wrapper"))

    def _receiver(self, given: ast.expr, scope: Scope, module: Module) -> tuple[Found | None, str]:
        if isinstance(given, ast.Lambda):
            return Found(scope.path, given, module.file), "lambda"
        meant = self._source.meaning(given, scope)
        return (self._source.find(meant) if meant else None), ast.unparse(given)

    def _signals(self, expression: ast.expr, scope: Scope) -> Iterator[str]:
        for one, where in self._source.several(expression, scope):
            signal = self._signal(one, where)
            if signal:
                yield signal

    def _signal(self, expression: ast.expr, scope: Scope) -> str:
        """Return the name of the signal that an expression means, whether or not the host sends it; else nothing."""
        holder, _, name = self._source.meaning(expression, scope).rpartition(".")
        if holder in self._modules:
            return name
        if name in self._host.signals and holder.partition(".")[0] in self._packages:
            return name  # the host hands it out by another of its modules, or holds it in a class
        if isinstance(expression, ast.Attribute) and ast.unparse(expression.value).endswith(_MANAGERS):
            return expression.attr
        return ""

    def _is_marker(self, meant: str) -> bool:
        """Tell whether it is pluggy's marker of this host; also one that the host hands out, as hosts do on pluggy."""
        if meant.startswith(MARKER):
            return meant in (MARKER, f"{MARKER}{self._host.project}")
        holder, _, name = meant.rpartition(".")
        return holder.partition(".")[0] in self._packages and "impl" in name.lower()


def _is_receiver(meant: str) -> bool:
    return meant.startswith("hookcore.") and meant.endswith(".receiver")


def _says(call: ast.Call | None, *options: str) -> bool:
    given = () if call is None else call.keywords
    return any(one.arg in options and getattr(one.value, "value", False) is True for one in given)
