"""Which file would Python import under this name? Asked of the finders, importing nothing: no parent package either."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from importlib.machinery import ModuleSpec, PathFinder
from typing import Any


def import_chain(module: str, finders: Iterable[object]) -> Iterator[tuple[str, ModuleSpec | None]]:
    """Yield the spec of each parent package of a dotted name, outermost first, and at last its own.

    None stands for a name that is not found, and ends the chain. `finders` are those of `sys.meta_path` to ask.
    """
    asked = tuple(finders)
    search_path: Sequence[str] | None = None
    parts = module.split(".")
    for length in range(1, len(parts) + 1):
        name = ".".join(parts[:length])
        spec = _found(name, search_path, asked)
        yield name, spec
        if spec is None or spec.submodule_search_locations is None:
            return
        search_path = list(spec.submodule_search_locations)


def is_namespace(spec: ModuleSpec) -> bool:
    """Tell whether a spec is a namespace package's, which has no code of its own (PEP 420)."""
    return spec.origin is None and spec.submodule_search_locations is not None


def _found(name: str, search_path: Sequence[str] | None, finders: Iterable[object]) -> ModuleSpec | None:
    for finder in finders:
        if finder is PathFinder:
            spec = _found_on_path(name, sys.path if search_path is None else search_path)
        else:
            spec = _asked(finder, name, search_path)
        if spec is not None:
            return spec
    return None


def _asked(finder: Any, name: str, search_path: Sequence[str] | None) -> ModuleSpec | None:
    find_spec = getattr(finder, "find_spec", None)  # until Python 3.11 a finder might have only find_module
    try:
        spec: ModuleSpec | None = None if find_spec is None else find_spec(name, search_path)
    except KeyError:  # a finder that looks for a namespace package's parent in sys.modules, where it is not yet
        return None
    return spec


def _found_on_path(name: str, search_path: Iterable[str]) -> ModuleSpec | None:
    """Search as PathFinder does; that would need a namespace package's parent to be imported before its child."""
    import pkgutil

    portions: list[str] = []
    for entry in search_path:
        finder: Any = pkgutil.get_importer(entry or os.getcwd())
        spec: ModuleSpec | None = _asked(finder, name, None) if finder is not None else None
        if spec is None:
            continue
        if spec.loader is not None:
            return spec
        portions += spec.submodule_search_locations or ()
    if not portions:
        return None
    namespace = ModuleSpec(name, None, is_package=True)
    namespace.submodule_search_locations = portions
    return namespace
