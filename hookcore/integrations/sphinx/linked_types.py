"""What do the types of a declaration stand for? Sphinx links the full name of each; the reader sees the short one."""

from __future__ import annotations

import ast
import sys
from collections.abc import Mapping

from hookcore import SignalSpec


def with_full_names(spec: SignalSpec) -> SignalSpec:
    """Return a spec in whose types each name says where it comes from, as far as the signal's module has it."""
    names = vars(sys.modules[spec.module]) if spec.module in sys.modules else {}
    arguments = tuple(one._replace(type=_in_full(one.type, names)) for one in spec.arguments)
    return spec._replace(arguments=arguments, type=_in_full(spec.type, names))


def _in_full(written: str, names: Mapping[str, object]) -> str:
    try:
        return ast.unparse(_FullNames(names).visit(ast.parse(written, mode="eval")))
    except SyntaxError:  # nothing is written, or what is no Python
        return written


class _FullNames(ast.NodeTransformer):
    """Puts full names in the place of names and dotted names. `~` before one lets Sphinx show the last part alone."""

    def __init__(self, names: Mapping[str, object]) -> None:
        self._names = names

    def visit_Name(self, node: ast.Name) -> ast.expr:
        """Put in the full name of what the module has under a name."""
        return self._full(node)

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        """Do so for `models.User`."""
        return self._full(node)

    def _full(self, node: ast.Name | ast.Attribute) -> ast.expr:
        first, *rest = ast.unparse(node).split(".")
        found = self._names.get(first)
        for part in rest:
            found = getattr(found, part, None)
        module, name = getattr(found, "__module__", None), getattr(found, "__qualname__", None)
        if not isinstance(module, str) or not isinstance(name, str) or "<" in name or module == "builtins":
            return node
        return ast.Name(f"~{module}.{name}")
