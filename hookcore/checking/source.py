"""Which receivers does a plugin's module connect, read from its source alone?"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, TypeAlias

from hookcore.checking.spec_file import HostSpec

Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


class Connection(NamedTuple):
    """One receiver that is connected to a signal, by name; `function` is None where the source doesn't show it."""

    signal: str
    function: Function | None
    line: int
    is_method: bool = False
    is_wrapper: bool = False
    may_be_unknown: bool = False


class Module:
    """A module's source: what it defines, and what its names mean for a host's spec."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.tree = ast.parse(path.read_text(encoding="utf-8"), str(path))
        self.defined = set(_defined_in(self.tree.body))

    def functions(self, name: str) -> Iterator[Function]:
        """Yield the functions of a name, wherever they are defined."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == name:
                yield node

    def connections(self, host: HostSpec) -> Iterator[Connection]:
        """Yield each receiver that the source connects to one of a host's signals, or to what it takes for one."""
        names = _Names(self.tree, host)
        for scope in ast.walk(self.tree):
            in_class = isinstance(scope, ast.ClassDef)
            for node in ast.iter_child_nodes(scope):
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                    for decorator in node.decorator_list:
                        yield from names.decorated(node, decorator, in_class)
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
                signal = names.signal(node.func.value) if node.func.attr in ("connect", "connected_to") else None
                if signal is not None:
                    yield Connection(signal, *self._given(node.args[0]), is_wrapper=_says(node, "wrapper"))

    def _given(self, receiver: ast.expr) -> tuple[Function | None, int, bool]:
        if isinstance(receiver, ast.Lambda):
            return receiver, receiver.lineno, False
        name = receiver.id if isinstance(receiver, ast.Name) else getattr(receiver, "attr", "")
        found = list(self.functions(name))
        is_method = isinstance(receiver, ast.Attribute)
        return (found[0] if len(found) == 1 else None), receiver.lineno, is_method


class _Names:
    """What the names of a module mean: signals, modules of signals, `receiver`, and pluggy's markers."""

    def __init__(self, tree: ast.Module, host: HostSpec) -> None:
        self._host = host
        self._modules = {signal.module for signal in host.signals.values()}
        self._signals: dict[str, str] = {}
        self._namespaces: set[str] = set()
        self._decorators: set[str] = set()
        self._markers: set[str] = set()
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and not node.level:
                self._read_from(node.module or "", node.names)
            elif isinstance(node, ast.Import):
                self._namespaces |= {one.asname or one.name for one in node.names if one.name in self._modules}
            elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
                called = node.value.func
                if getattr(called, "attr", getattr(called, "id", "")) == "HookimplMarker" and node.value.args:
                    project = node.value.args[0]
                    if isinstance(project, ast.Constant) and project.value == host.project:
                        self._markers |= {target.id for target in node.targets if isinstance(target, ast.Name)}

    def _read_from(self, module: str, names: list[ast.alias]) -> None:
        for one in names:
            known_as = one.asname or one.name
            if module in self._modules:
                self._signals[known_as] = one.name
            elif f"{module}.{one.name}" in self._modules:
                self._namespaces.add(known_as)
            elif module == "hookcore" and one.name == "receiver":
                self._decorators.add(known_as)

    def signal(self, expression: ast.expr) -> str | None:
        """Return the name of the signal that an expression means, whether or not the host sends it; else None."""
        if isinstance(expression, ast.Name):
            return self._signals.get(expression.id)
        if isinstance(expression, ast.Attribute):
            holder = ast.unparse(expression.value)
            if holder in self._namespaces or holder.endswith(("plugins.hook", "manager.hook")):
                return expression.attr
        return None

    def decorated(self, function: Function, decorator: ast.expr, in_class: bool) -> Iterator[Connection]:
        """Yield what a decorator connects a function to."""
        call = decorator if isinstance(decorator, ast.Call) else None
        name = ast.unparse(call.func if call is not None else decorator)
        is_wrapper = call is not None and (_says(call, "wrapper") or _says(call, "hookwrapper"))
        if name in self._markers:
            specname = next((one.value for one in call.keywords if one.arg == "specname"), None) if call else None
            meant = specname.value if isinstance(specname, ast.Constant) else getattr(function, "name", "")
            may_be_unknown = call is not None and _says(call, "optionalhook")
            yield Connection(str(meant), function, function.lineno, in_class, is_wrapper, may_be_unknown)
        elif call is not None and call.args and (name in self._decorators or name == "hookcore.receiver"):
            given = call.args[0]
            for one in given.elts if isinstance(given, ast.List | ast.Tuple) else [given]:
                signal = self.signal(one)
                if signal is not None:
                    yield Connection(signal, function, function.lineno, in_class, is_wrapper)


def _says(call: ast.Call, option: str) -> bool:
    return any(one.arg == option and getattr(one.value, "value", False) is True for one in call.keywords)


def _defined_in(body: list[ast.stmt]) -> Iterator[str]:
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Import | ast.ImportFrom):
            yield from ((one.asname or one.name).partition(".")[0] for one in node.names)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            yield from (one.id for target in targets for one in ast.walk(target) if isinstance(one, ast.Name))
        elif isinstance(node, ast.If | ast.Try | ast.With):
            yield from _defined_in([one for one in ast.walk(node) if isinstance(one, ast.stmt) and one is not node])
