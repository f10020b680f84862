"""Which modules does a distribution provide? Read from its list of files, without importing any of them.

The answer is a set of dotted prefixes. A regular package stands for all that is in it; a namespace package belongs
to nobody, so below it the first regular package or module is named instead (PEP 420).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from importlib.machinery import EXTENSION_SUFFIXES, ModuleSpec
from pathlib import PurePosixPath

from hookcore.plugins.bounded_files import MEBIBYTE, read_bounded
from hookcore.plugins.installed import Distribution

_LARGEST_LIST = 64 * MEBIBYTE  # a RECORD of half a million files
_SUFFIXES = (".py", *EXTENSION_SUFFIXES)


def modules_of(distribution: Distribution) -> frozenset[str]:
    """Return the prefixes of the modules that a distribution provides. Reads its list of files at each call."""

    def read_text(file: str) -> str | None:
        origin = distribution.origin
        if origin.lower().endswith("-info") and os.path.exists(origin):  # .dist-info, .egg-info, EGG-INFO
            return read_bounded(f"{origin}/{file}", _LARGEST_LIST).decode()
        from hookcore.plugins import reference  # it is in an archive, or wherever its finder has it

        return reference.read_text(distribution.name, origin, file)

    return provided_modules(read_text, [entry_point.module for entry_point in distribution.entry_points])


def provided_modules(read_text: Callable[[str], str | None], entry_point_modules: Iterable[str]) -> frozenset[str]:
    """Return the prefixes of the modules of the distribution whose metadata files `read_text` reads.

    RECORD lists what was installed (the specification for installed projects). Where it doesn't (a legacy install),
    SOURCES.txt and top_level.txt are asked. The modules of the entry points count always: of an editable install,
    RECORD may list no more than what loads it.
    """
    prefixes = set(
        owned_prefixes(_recorded_files(_readable(read_text, "RECORD")))
        or _legacy_prefixes(_readable(read_text, "SOURCES.txt"), _readable(read_text, "top_level.txt"))
    )
    for module in sorted(set(entry_point_modules)):
        if module and not _is_below(module, prefixes):
            prefixes.add(_first_owned_prefix(module))
    return frozenset(prefixes)


def _is_below(module: str, prefixes: Set[str]) -> bool:
    while module and module not in prefixes:
        module = module.rpartition(".")[0]
    return bool(module)


def _readable(read_text: Callable[[str], str | None], file: str) -> str:
    try:
        return read_text(file) or ""
    except Exception:  # as good as absent, whatever somebody else's finder makes of it
        return ""


def _recorded_files(record: str) -> Iterator[str]:
    import csv  # a path may hold a comma, and is quoted then

    try:
        for row in csv.reader(record.splitlines()):
            if row and not row[0].startswith(("../", "/", "__editable__")):
                yield row[0]
    except csv.Error:
        return


def _legacy_prefixes(sources: str, top_level: str) -> frozenset[str]:
    names = top_level.split()
    paths = [path for name in names for path in _below(name, sources.splitlines())]
    prefixes = owned_prefixes(paths)
    unlisted = [name for name in names if not any(f"{prefix}.".startswith(f"{name}.") for prefix in prefixes)]
    return prefixes.union(name for name in unlisted if not _is_namespace(_find_spec(name, None)))


def _below(top_level_name: str, sources: Iterable[str]) -> Iterator[str]:
    """Yield the source paths from the package's own directory on: `src/blog/a.py` is `blog/a.py`."""
    for source in sources:
        parts = PurePosixPath(source.strip()).parts
        for index, part in enumerate(parts[:2]):
            if part == top_level_name or part == f"{top_level_name}.py":
                yield "/".join(parts[index:])
                break


def owned_prefixes(files: Iterable[str]) -> frozenset[str]:
    """Return the shortest dotted names that belong to these files alone: regular packages, else single modules."""
    modules = [parts for parts in map(module_parts, files) if parts not in ((), ("__init__",))]
    packages = {parts[:-1] for parts in modules if parts[-1] == "__init__"}
    return frozenset(".".join(_owned(parts, packages)) for parts in modules)


def module_parts(file: str) -> tuple[str, ...]:
    """Return a module file's dotted name in parts, or an empty tuple if Python can't import that file."""
    *folders, name = file.split("/")
    suffix = max((suffix for suffix in _SUFFIXES if name.endswith(suffix)), key=len, default=None)
    if suffix is None:
        return ()
    parts = (*folders, name.removesuffix(suffix))
    return parts if all(part.isidentifier() for part in parts) else ()


def _owned(parts: tuple[str, ...], packages: set[tuple[str, ...]]) -> tuple[str, ...]:
    lengths = range(1, len(parts))
    return next((parts[:length] for length in lengths if parts[:length] in packages), parts)


def _first_owned_prefix(module: str) -> str:
    """Return the first part of `module` that is not a namespace package, asking the finders but importing nothing."""
    parts = module.split(".")
    search_path: Sequence[str] | None = None
    for length in range(1, len(parts)):
        prefix = ".".join(parts[:length])
        try:
            spec = _find_spec(prefix, search_path)
        except (KeyError, ModuleNotFoundError):  # the import system wants a nested namespace's parent in sys.modules
            return module
        if spec is None or not _is_namespace(spec):
            return prefix
        search_path = list(spec.submodule_search_locations or ())
    return module


def _is_namespace(spec: ModuleSpec | None) -> bool:
    return spec is not None and spec.origin is None and spec.submodule_search_locations is not None


def _find_spec(module: str, search_path: Sequence[str] | None) -> ModuleSpec | None:
    for finder in sys.meta_path:  # importlib.util.find_spec would import the parent packages
        find_spec = getattr(finder, "find_spec", None)  # until Python 3.11 a finder might have only find_module
        try:
            spec: ModuleSpec | None = None if find_spec is None else find_spec(module, search_path)
        except (KeyError, ModuleNotFoundError):
            raise
        except Exception:  # a finder of somebody else's, whose fault this is not
            continue
        if spec is not None:
            return spec
    return None
