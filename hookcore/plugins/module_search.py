"""What would Python find on its path under a name? Looked for without importing anything: no parent package either."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib.machinery import ModuleSpec, PathFinder


def search_chain(module: str) -> Iterator[tuple[str, ModuleSpec | None]]:
    """Yield each parent package of a dotted name, outermost first, and at last the name itself, with what is found.

    None stands for a name that is not found, and ends the chain, as does a module that is no package.
    """
    search_path: Sequence[str] | None = None
    parts = module.split(".")
    for length, part in enumerate(parts, 1):
        # Asked by the last part alone: for a dotted name PathFinder wants a namespace package's parent to be imported.
        spec = PathFinder.find_spec(part, search_path)
        yield ".".join(parts[:length]), spec
        if spec is None or spec.submodule_search_locations is None:
            return
        search_path = list(spec.submodule_search_locations)


def is_namespace(spec: ModuleSpec | None) -> bool:
    """Tell whether a spec is a namespace package's, which has no code of its own (PEP 420)."""
    return spec is not None and spec.origin is None and spec.submodule_search_locations is not None
