"""What do the names in a distribution's source mean, followed through its modules? Nothing is imported."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, NamedTuple, TypeAlias

Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
Definition: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef

MARKER: Final = "HookimplMarker of "
"""What stands, before the project's name, for a marker of pluggy's."""

_FURTHEST: Final = 20  # steps from a name to what it means: names may mean each other


class Found(NamedTuple):
    """A function or class: its dotted path, and of a function whether its first argument is given already."""

    path: str
    node: Function | ast.ClassDef
    file: str
    is_bound: bool = False


class Scope:
    """A module's, class's or function's own names, each with a dotted path, or the expression that is assigned."""

    def __init__(self, path: str, node: ast.AST, outer: Scope | None = None) -> None:
        self.path = path
        self.node = node
        self.outer = outer
        self.names: dict[str, str | ast.expr] = {}
        self.stars: list[str] = [] if outer is None else outer.stars
        """The modules of which all names are imported."""
        self.definitions: list[Definition] = []
        self.calls: list[ast.Call] = []

    @property
    def module(self) -> Scope:
        """The scope of the module in which this one is."""
        return self if self.outer is None else self.outer.module

    def bind(self, name: str, meaning: str | ast.expr) -> None:
        """Let a name mean something. What is imported stays, whatever else is there where it can't be imported."""
        known = self.names.get(name)
        if not isinstance(known, str) or (known == f"{self.path}.{name}" and isinstance(meaning, str)):
            self.names[name] = meaning

    def holder(self, name: str) -> Scope | None:
        """Return the scope whose name this is, seen from here; None if it is nobody's."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.names and (scope is self or not isinstance(scope.node, ast.ClassDef)):
                return scope
            scope = scope.outer
        return None


class Module:
    """A module's source: `name` is dotted, `file` is how it is shown. Raises SyntaxError if it is no Python."""

    def __init__(self, name: str, file: str, source: bytes, *, is_package: bool = False) -> None:
        self.name = name
        self.file = file
        self._package = name if is_package else name.rpartition(".")[0]
        try:
            tree = ast.parse(source, file)
        except (ValueError, RecursionError) as error:  # zero bytes, another encoding than it says, endless nesting
            raise SyntaxError(str(error)) from error
        self.top = Scope(name, tree)
        self.scopes = {name: self.top}
        self._read(tree, self.top)

    def _read(self, node: ast.AST, scope: Scope) -> None:
        """Note what the statements below a node define, import, assign and call in a scope."""
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                self._define(child, scope)
            elif isinstance(child, ast.stmt | ast.excepthandler | ast.match_case):
                self._bind(child, scope)
                self._read(child, scope)
            else:
                scope.calls += [one for one in ast.walk(child) if isinstance(one, ast.Call)]

    def _define(self, node: Definition, scope: Scope) -> None:
        path = f"{scope.path}.{node.name}"
        scope.bind(node.name, path)
        scope.definitions.append(node)
        inner = self.scopes[path] = Scope(path, node, scope)
        if isinstance(node, ast.ClassDef):
            self._read(node, inner)
            return
        arguments = node.args
        for one in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs):
            inner.names[one.arg] = ast.Constant(None)  # whatever it is given
        if isinstance(scope.node, ast.ClassDef) and not _is_decorated(node, "staticmethod"):
            for one in [*arguments.posonlyargs, *arguments.args][:1]:
                inner.names[one.arg] = scope.path + "()" * (not _is_decorated(node, "classmethod"))
        for statement in node.body:
            self._read(ast.Module([statement], []), inner)

    def _bind(self, node: ast.AST, scope: Scope) -> None:
        if isinstance(node, ast.Import):
            for one in node.names:
                scope.bind(*((one.asname, one.name) if one.asname else (one.name.partition(".")[0],) * 2))
        elif isinstance(node, ast.ImportFrom):
            base = self._package.rsplit(".", node.level - 1)[0] if node.level else ""
            module = ".".join(filter(None, (base, node.module)))
            for one in node.names:
                if one.name == "*":
                    scope.stars.append(module)
                else:
                    scope.bind(one.asname or one.name, f"{module}.{one.name}")
        elif isinstance(node, ast.Assign | ast.AnnAssign | ast.For | ast.AsyncFor):
            value = node.iter if isinstance(node, ast.For | ast.AsyncFor) else node.value
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for target in (one for each in targets for one in ast.walk(each)):
                if isinstance(target, ast.Name) and isinstance(target.ctx, ast.Store):
                    scope.bind(target.id, value or ast.Constant(None))
        elif isinstance(node, ast.With | ast.AsyncWith | ast.ExceptHandler):
            names = [node.name] if isinstance(node, ast.ExceptHandler) else []
            stored = [] if isinstance(node, ast.ExceptHandler) else [one.optional_vars for one in node.items]
            names += [one.id for one in stored if isinstance(one, ast.Name)]
            for name in filter(None, names):
                scope.bind(name, ast.Constant(None))


class Source:
    """All modules of a distribution, by their dotted names; `unread` are those that are there and no Python."""

    def __init__(self, modules: Iterable[Module], unread: Iterable[str] = ()) -> None:
        self.modules: Mapping[str, Module] = {one.name: one for one in modules}
        self.unread: Final = frozenset(unread)

    def meaning(self, expression: ast.expr, scope: Scope, steps: int = _FURTHEST) -> str:
        """Return the dotted path of what an expression means, `()` behind what is called; empty if nobody can say."""
        if steps and isinstance(expression, ast.Attribute):
            base = self.meaning(expression.value, scope, steps - 1)
            return base and self._reached(f"{base}.{expression.attr}", steps - 1)
        if steps and isinstance(expression, ast.Call):
            base = self.meaning(expression.func, scope, steps - 1)
            is_marker = base.endswith("HookimplMarker")
            return f"{MARKER}{self._project(expression, scope)}" if is_marker else base and f"{base}()"
        if not steps or not isinstance(expression, ast.Name):
            return ""
        holder = scope.holder(expression.id)
        if holder is None:
            return self._from_star(expression.id, scope.stars, steps)
        found = holder.names[expression.id]
        if isinstance(found, str):
            return self._reached(found, steps - 1)
        return self.meaning(found, holder, steps - 1)

    def several(self, expression: ast.expr, scope: Scope) -> Iterator[tuple[ast.expr, Scope]]:
        """Yield what a list or tuple holds, also one that a name stands for; of all else the expression itself."""
        holder = scope.holder(expression.id) if isinstance(expression, ast.Name) else None
        if holder is not None and isinstance(expression, ast.Name):
            named = holder.names[expression.id]
            if isinstance(named, ast.List | ast.Tuple | ast.Set):
                expression, scope = named, holder
        if isinstance(expression, ast.List | ast.Tuple | ast.Set):
            for one in expression.elts:
                yield from self.several(one, scope)
        else:
            yield expression, scope

    def find(self, path: str) -> Found | None:
        """Return the function or class that a dotted path means, through imports; None if it isn't in this source."""
        path = self._reached(path, _FURTHEST)
        if path.endswith("()"):
            return self._member(path.removesuffix("()"), "__call__", of_instance=True)
        owner, _, name = path.rpartition(".")
        if owner.endswith("()"):
            return self._member(owner.removesuffix("()"), name, of_instance=True)
        scope = self._scope(path)
        if scope is None or isinstance(scope.node, ast.Module):
            return self._member(owner, name, of_instance=False)
        if isinstance(scope.node, ast.ClassDef):
            return Found(scope.path, scope.node, self._file(scope))
        in_class = scope.outer is not None and isinstance(scope.outer.node, ast.ClassDef)
        return self._member(owner, name, of_instance=False) if in_class else self._function(scope, is_bound=False)

    def has(self, module: str, attribute: str) -> bool:
        """Tell whether a module of this source may have an attribute, as far as its source shows it."""
        found = self.modules.get(module)
        if found is None or found.top.stars or "__getattr__" in found.top.names:
            return True
        first, _, rest = attribute.partition(".")
        if first not in found.top.names and self.modules.get(f"{module}.{first}") is None:
            return False
        scope = self._scope(self._reached(f"{module}.{first}", _FURTHEST)) if rest else None
        if scope is None or not isinstance(scope.node, ast.ClassDef) or scope.node.bases:
            return True
        return rest.partition(".")[0] in scope.names

    def shows(self, decorators: Iterable[ast.expr], scope: Scope) -> bool:
        """Tell whether a function under decorators is called with the arguments that it names.

        One whose wrapper is in this source, and hands on no `**kwargs`, may give it others.
        """
        for one in decorators:
            decorator = self.find(self.meaning(one.func if isinstance(one, ast.Call) else one, scope) or ".")
            inside = [] if decorator is None else [one for one in ast.walk(decorator.node) if one is not decorator.node]
            wrappers = [one for one in inside if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)]
            if wrappers and not any(one.args.kwarg for one in wrappers):
                return False
        return True

    def plugin(self, path: str) -> tuple[Scope, bool] | None:
        """Return the module or class that a dotted path means, and whether it means an instance of that class."""
        reached = self._reached(path, _FURTHEST)
        scope = self._scope(reached.removesuffix("()"))
        is_one = scope is not None and isinstance(scope.node, ast.Module | ast.ClassDef)
        return (scope, reached.endswith("()")) if scope is not None and is_one else None

    def _member(self, owner: str, name: str, *, of_instance: bool, steps: int = _FURTHEST) -> Found | None:
        """Return a method of a class, or one that it inherits, as it is got from the class or an instance."""
        scope = self._scope(owner)
        if scope is None or not isinstance(scope.node, ast.ClassDef) or not steps:
            return None
        method = self._scope(f"{scope.path}.{name}")
        if method is not None:
            is_static = _is_decorated(method.node, "staticmethod")
            return self._function(
                method, is_bound=not is_static and (of_instance or _is_decorated(method.node, "classmethod"))
            )
        assert scope.outer is not None
        bases = (self.meaning(base, scope.outer) for base in scope.node.bases)
        found = (self._member(base, name, of_instance=of_instance, steps=steps - 1) for base in bases if base)
        return next(filter(None, found), None)

    def _function(self, scope: Scope, *, is_bound: bool) -> Found | None:
        node = scope.node
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) or scope.outer is None:
            return None
        if not self.shows(node.decorator_list, scope.outer):
            return None
        return Found(scope.path, node, self._file(scope), is_bound)

    def _file(self, scope: Scope) -> str:
        return self.modules[scope.module.path].file

    def _split(self, path: str) -> tuple[Module | None, list[str]]:
        """Return the module of this source in which a dotted path begins, and the rest of it."""
        parts = path.split(".")
        for length in range(len(parts), 0, -1):
            module = self.modules.get(".".join(parts[:length]))
            if module is not None:
                return module, parts[length:]
        return None, parts

    def _scope(self, path: str) -> Scope | None:
        module, rest = self._split(path)
        return None if module is None else module.scopes.get(".".join([module.name, *rest]))

    def _reached(self, path: str, steps: int) -> str:
        """Follow a dotted path through what the modules of this source import and assign."""
        module, rest = self._split(path)
        if module is None or not rest or not steps:
            return path
        first, call = rest[0].removesuffix("()"), "()" * rest[0].endswith("()")
        named = module.top.names.get(first)
        if named is None:
            meant = self._from_star(first, module.top.stars, steps)
        elif isinstance(named, str):
            meant = named
        else:
            meant = self.meaning(named, module.top, steps - 1)
        if not meant or meant == f"{module.name}.{first}":
            return ".".join([module.name, *rest])
        return self._reached(".".join([meant + call, *rest[1:]]), steps - 1)

    def _from_star(self, name: str, stars: Iterable[str], steps: int) -> str:
        """Return what a name means that may be one of those which are imported all at once."""
        for star in stars:
            module = self.modules.get(star)
            if module is None or name in module.top.names:
                return self._reached(f"{star}.{name}", steps - 1)
        return ""

    def _project(self, marker: ast.Call, scope: Scope) -> str:
        """Return the project of which a marker is; empty if the source doesn't show it."""
        given = [*marker.args[:1], *(one.value for one in marker.keywords if one.arg == "project_name")]
        for one in given:
            holder = scope.holder(one.id) if isinstance(one, ast.Name) else None
            value = holder.names[one.id] if holder is not None and isinstance(one, ast.Name) else one
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                return value.value
        return ""


def _is_decorated(node: ast.AST, by: str) -> bool:
    return any(isinstance(one, ast.Name) and one.id == by for one in getattr(node, "decorator_list", ()))
