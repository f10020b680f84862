"""From where does a plugin import what a host's module names in its annotations? By that module's source."""

from __future__ import annotations

import ast
import builtins
import importlib.util
import inspect
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple


class Import(NamedTuple):
    """One name that is imported: `from module import name as alias`, or without a name the module itself."""

    module: str
    name: str = ""
    alias: str = ""
    for_types_alone: bool = False

    @property
    def known_as(self) -> str:
        """The name that it has where it is imported."""
        return self.alias or self.name or self.module.partition(".")[0]

    def __str__(self) -> str:
        shown = f"{self.name or self.module} as {self.alias}" if self.alias else self.name or self.module
        return f"from {self.module} import {shown}" if self.name else f"import {shown}"


class Type(NamedTuple):
    """A type as it is written, and what has to be imported for it."""

    text: str
    imports: frozenset[Import] = frozenset()


class Declaration:
    """How a host has written a signal: the annotations of its function, and what the names in them mean.

    `public` is the module from which plugins import the signal.
    """

    def __init__(self, function: Callable[..., Any] | None, public: str) -> None:
        self._public = sys.modules.get(public)
        self._module = sys.modules.get(getattr(function, "__module__", ""))
        self._annotations: dict[str, ast.expr | None] = {}
        self._imports: dict[str, Import] = {}
        try:
            tree = ast.parse(inspect.getsource(self._module) if self._module is not None else "")
        except OSError:  # there is no source
            return
        self._imports.update(self._bound_in(tree.body))
        line = function.__code__.co_firstlineno if inspect.isfunction(function) else 0
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and _first_line_of(node) == line:
                every = (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)
                self._annotations = {one.arg: one.annotation for one in every} | {"return": node.returns}

    def type_of(self, name: str, taken: Mapping[str, Import | None]) -> Type | None:
        """Return the type of an argument, or of `return`; None where there is none, or a plugin can't import it.

        `taken` are the names that mean something in the plugin already, with the imports that they come from.
        """
        written = self._annotations.get(name)
        if written is None:
            return None
        annotation = _Unquoted().visit(written)
        needed = set()
        for one in [node.id for node in ast.walk(annotation) if isinstance(node, ast.Name)]:
            found = self._imports.get(one)
            if one in taken and taken[one] != found:
                return None
            if found is not None:
                needed.add(found)
            elif not hasattr(builtins, one):
                return None
        return Type(ast.unparse(annotation).replace("'", '"'), frozenset(needed))

    def _bound_in(self, body: Iterable[ast.stmt], *, for_types_alone: bool = False) -> Iterator[tuple[str, Import]]:
        """Yield each name that statements bind, with how a plugin imports it."""
        for node in body:
            if isinstance(node, ast.If | ast.Try):
                alone = for_types_alone or (isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test))
                yield from self._bound_in([*node.orelse, *node.body], for_types_alone=alone)
                continue
            for found in self._bound_by(node):
                exported = found.known_as in getattr(self._public, "__all__", ())
                one = Import(self._public.__name__, found.known_as) if exported and self._public is not None else found
                yield one.known_as, one._replace(for_types_alone=for_types_alone and not exported)

    def _bound_by(self, node: ast.stmt) -> Iterator[Import]:
        module = getattr(self._module, "__name__", "")
        if isinstance(node, ast.Import):
            yield from (Import(one.name, "", one.asname or "") for one in node.names)
        elif isinstance(node, ast.ImportFrom):
            package = getattr(self._module, "__package__", None)
            origin = importlib.util.resolve_name("." * node.level + (node.module or ""), package)
            yield from (Import(origin, one.name, one.asname or "") for one in node.names)
        elif isinstance(node, ast.ClassDef):
            yield Import(module, node.name)
        else:
            targets = [*getattr(node, "targets", ()), getattr(node, "target", None), getattr(node, "name", None)]
            yield from (Import(module, one.id) for one in targets if isinstance(one, ast.Name))


def _first_line_of(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return min([function.lineno, *(one.lineno for one in function.decorator_list)])


class _Unquoted(ast.NodeTransformer):
    """Takes quotes from names in an annotation; the values of a Literal, and what is no name, keep them."""

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        """Leave a Literal as it is."""
        return node if ast.unparse(node.value).endswith("Literal") else self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        """Put what is quoted in its quotes' place."""
        try:
            return ast.parse(node.value, mode="eval").body if isinstance(node.value, str) else node
        except SyntaxError:  # some text, of Annotated, say
            return node


def import_lines(imports: Iterable[Import], width: int) -> str:
    """Return the lines that import these, as formatters sort and break them."""
    at_run_time = {one for one in imports if not one.for_types_alone}
    for_types_alone = {one._replace(for_types_alone=False) for one in imports} - at_run_time
    if not for_types_alone:
        return "\n\n".join(_blocks(at_run_time, width, ""))
    at_run_time.add(Import("typing", "TYPE_CHECKING"))
    parts = [
        *_blocks(at_run_time, width, ""),
        "if TYPE_CHECKING:\n" + "\n\n".join(_blocks(for_types_alone, width, "    ")),
    ]
    return "\n\n".join(parts)


def _blocks(imports: Iterable[Import], width: int, indent: str) -> Iterator[str]:
    """Yield the imports of Python's own modules, then the others."""
    for are_pythons in (True, False):
        block = [one for one in imports if (one.module.partition(".")[0] in sys.stdlib_module_names) is are_pythons]
        lines = sorted(str(one) for one in block if not one.name)
        for module in sorted({one.module for one in block if one.name}):
            ours = [one for one in block if one.name and one.module == module]
            names = sorted((one.name for one in ours if not one.alias), key=_rank)
            lines += _broken(f"from {module} import ", names, width - len(indent))
            lines += sorted(str(one) for one in ours if one.alias)
        if lines:
            yield "\n".join(f"{indent}{line}" for line in lines)


def _broken(head: str, names: list[str], width: int) -> list[str]:
    line = head + ", ".join(names)
    if not names:
        return []
    return [line] if len(line) <= width else [f"{head}(", *(f"    {name}," for name in names), ")"]


def _rank(name: str) -> tuple[int, str]:
    """Put constants first, then classes, then the rest."""
    return 0 if name.isupper() and len(name) > 1 else 1 if name[:1].isupper() else 2, name
