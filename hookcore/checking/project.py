"""Is a plugin's distribution as hosts and operators expect it? Its pyproject.toml and its source are read, not run."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from packaging.utils import canonicalize_name

from hookcore.checking.problem import Problem
from hookcore.checking.receivers import misfits
from hookcore.checking.source import Connection, Module
from hookcore.checking.spec_file import HostSpec
from hookcore.suggestions import did_you_mean, nearest

_SKIPPED: Final = frozenset({"tests", "test", "build", "dist", "node_modules", "docs"})
_HOOKS: Final[Mapping[str, frozenset[str]]] = {
    "ready": frozenset({"settings", "plugins"}),
    "shutdown": frozenset({"settings", "plugins"}),
}


def check(path: Path, specs: Iterable[HostSpec]) -> list[Problem]:
    """Return all that is wrong with the distribution in a folder, by file and line.

    Args:
        path: the folder of the distribution's pyproject.toml.
        specs: what the hosts publish that it is for; several versions of one are checked one by one.

    Raises OSError if there is no pyproject.toml, and ValueError (tomllib.TOMLDecodeError) if it is none.
    """
    project = _Project(path)
    specs = list(specs)
    found = dict.fromkeys(project.problems())
    for host in specs:
        shown = str(host) if len(specs) > 1 else ""
        found |= dict.fromkeys(problem._replace(host=shown) for problem in project.misfits(host))
    return sorted(found)


class _Project:
    """One distribution's folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file = folder / "pyproject.toml"
        text = self._file.read_text(encoding="utf-8")
        self._lines = text.splitlines()
        self._said: Mapping[str, Any] = tomllib.loads(text).get("project", {})
        self._groups: Mapping[str, Mapping[str, str]] = self._said.get("entry-points", {})
        self._modules: dict[Path, Module] = {}
        self._broken: list[Problem] = []
        for source in sorted(folder.rglob("*.py")):
            parts = source.relative_to(folder).parts
            if not any(part in _SKIPPED or part.startswith(".") for part in parts):
                try:
                    self._modules[source] = Module(source)
                except SyntaxError as error:
                    self._broken.append(self._problem(source, error.lineno or 1, f"no Python: {error.msg}"))

    def problems(self) -> Iterator[Problem]:
        """Yield what is wrong for every host."""
        yield from self._broken
        name = self._said.get("name", "")
        if name != canonicalize_name(name):
            yield self._in_file(f"write the name as it compares: {canonicalize_name(name)!r}", "name")
        for key in ("description", "readme"):
            if not self._said.get(key):
                yield self._in_file(f"say {key}: operators and users read it before they install", "[project]")
        readme = self._said.get("readme")
        if isinstance(readme, str) and not (self._folder / readme).exists():
            yield self._in_file(f"there is no {readme}", "readme")
        for module in self._modules.values():
            yield from self._wrong_definitions(module)

    def _wrong_definitions(self, module: Module) -> Iterator[Problem]:
        for node in ast.walk(module.tree):
            if isinstance(node, ast.ClassDef) and node.name == "Settings":
                decorators = " ".join(map(ast.unparse, node.decorator_list))
                if "dataclass" not in decorators and not node.bases:
                    yield self._problem(module.path, node.lineno, "Settings is no dataclass and no pydantic model")
                for statement in node.body:
                    if isinstance(statement, ast.Assign):
                        what = ast.unparse(statement.targets[0])
                        yield self._problem(module.path, statement.lineno, f"setting {what!r} has no type: it is none")
        if not any(self._is_named(module, value) for value in self._entry_points().values()):
            return
        for hook, allowed in _HOOKS.items():
            for function in module.functions(hook):
                for one in (*function.args.args, *function.args.kwonlyargs):
                    if one.arg not in allowed | {"self"}:
                        hint = did_you_mean(one.arg, allowed) or f" There are: {', '.join(sorted(allowed))}."
                        text = f"{hook} may not ask for {one.arg!r}.{hint}"
                        yield self._problem(module.path, function.lineno, text)

    def misfits(self, host: HostSpec) -> Iterator[Problem]:
        """Yield what is wrong for one host."""
        ours = {f"{host.project}.plugins", f"{host.project}.receivers"}
        for group in self._groups:
            near = nearest(group, ours)
            if group not in ours and near is not None and canonicalize_name(near) != group:
                yield self._in_file(f"group {group!r} is not read.{did_you_mean(group, ours)}", group)
        for name, value in self._entry_points(*ours).items():
            yield from self._unresolved(name, value)
        for name in self._groups.get(f"{host.project}.plugins", {}):
            if name != canonicalize_name(name):
                yield self._in_file(f"write the plugin's name as it compares: {canonicalize_name(name)!r}", name)
        for name, value in self._groups.get(f"{host.project}.receivers", {}).items():
            yield from self._wrong_receiver(name, value, host)
        for module in self._modules.values():
            for connection in module.connections(host):
                for text in misfits(connection, host):
                    yield self._problem(module.path, connection.line, text)

    def _wrong_receiver(self, name: str, value: str, host: HostSpec) -> Iterator[Problem]:
        signal, dot, receiver = name.partition(".")
        if not dot or not receiver:
            yield self._in_file(f"entry point {name!r} is not called SIGNAL.RECEIVER", name)
            return
        module, _, attribute = value.partition(":")
        source = self._source_of(module.strip())
        functions = list(source.functions(attribute.strip())) if source is not None else []
        function = functions[0] if len(functions) == 1 else None
        for text in misfits(Connection(signal, function, 0), host):
            if function is not None and source is not None and signal in host.signals:
                yield self._problem(source.path, function.lineno, text)
            else:
                yield self._in_file(text, name)

    def _unresolved(self, name: str, value: str) -> Iterator[Problem]:
        module, _, attribute = (part.strip() for part in value.partition(":"))
        source = self._source_of(module)
        if source is None and not self._broken:
            yield self._in_file(f"entry point {name!r}: there is no module {module!r} here", name)
        elif source is not None and attribute and attribute.partition(".")[0] not in source.defined:
            hint = did_you_mean(attribute, source.defined)
            yield self._in_file(f"entry point {name!r}: {module} has no {attribute!r}.{hint}", name)

    def _entry_points(self, *groups: str) -> dict[str, str]:
        return {name: value for group in groups or self._groups for name, value in self._groups.get(group, {}).items()}

    def _source_of(self, module: str) -> Module | None:
        path = Path(*module.split("."))
        for root in (self._folder, self._folder / "src"):
            for file in (root / path.with_suffix(".py"), root / path / "__init__.py"):
                if file in self._modules:
                    return self._modules[file]
        return None

    def _is_named(self, module: Module, value: str) -> bool:
        return self._source_of(value.partition(":")[0].strip()) is module

    def _problem(self, file: Path, line: int, text: str) -> Problem:
        return Problem(file.relative_to(self._folder).as_posix(), line, text)

    def _in_file(self, text: str, beside: str) -> Problem:
        begins = re.compile(rf"\s*(\[.*)?[\"']?{re.escape(beside)}")
        line = next((number for number, line in enumerate(self._lines, 1) if begins.match(line)), 1)
        return self._problem(self._file, line, text)
