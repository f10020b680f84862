"""Which modules does a distribution provide? Read from its list of files, RECORD, without importing any of them.

The form of RECORD is that of the specification for installed projects: `path,algorithm=digest,size`, as CSV, paths
relative to the directory that holds the `.dist-info`, digests in URL-safe base64 without padding.

The answer is a set of dotted prefixes. A regular package stands for all that is in it; a namespace package belongs
to nobody, so below it the first regular package or module is named instead (PEP 420).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from functools import partial
from importlib.machinery import EXTENSION_SUFFIXES, ModuleSpec, PathFinder
from typing import NamedTuple

from hookcore.plugins.bounded_files import LARGEST_RECORD, read_bounded
from hookcore.plugins.installed import Distribution

_LONGEST_NUMBER = 18  # digits
_SUFFIXES = (".py", *EXTENSION_SUFFIXES)


def modules_of(distribution: Distribution) -> frozenset[str]:
    """Return the prefixes of the modules that a distribution provides. Reads its list of files at each call."""
    entry_point_modules = [entry_point.module for entry_point in distribution.entry_points]
    return provided_modules(partial(_text_of, distribution), entry_point_modules)


def recorded_modules_of(distribution: Distribution) -> frozenset[str]:
    """Return those of them that RECORD lists, which lie beside the metadata. Reads it at each call."""
    return owned_prefixes(_recorded_files(_readable(partial(_text_of, distribution), "RECORD")))


def _text_of(distribution: Distribution, file: str) -> str | None:
    origin = distribution.origin
    if origin.lower().endswith("-info") and os.path.exists(origin):  # .dist-info, .egg-info, EGG-INFO
        return read_bounded(f"{origin}/{file}", LARGEST_RECORD).decode()
    from hookcore.plugins import reference  # it is in an archive, or wherever its finder has it

    return reference.read_text(distribution.name, origin, file)


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
    try:
        for row in record_rows(record):
            if not row.path.startswith(("../", "/", "__editable__")):
                yield row.path
    except ValueError:  # what comes after it is as good as absent
        return


def _legacy_prefixes(sources: str, top_level: str) -> frozenset[str]:
    names = top_level.split()
    paths = [path for name in names for path in _below(name, sources.splitlines())]
    prefixes = owned_prefixes(paths)
    unlisted = [name for name in names if not any(f"{prefix}.".startswith(f"{name}.") for prefix in prefixes)]
    return prefixes.union(name for name in unlisted if not _is_namespace(name))


def _below(top_level_name: str, sources: Iterable[str]) -> Iterator[str]:
    """Yield the source paths from the package's own directory on: `src/blog/a.py` is `blog/a.py`."""
    for source in sources:
        parts = source.strip().removeprefix("./").split("/")
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
    """Return the first part of `module` that is not a namespace package, or all of it."""
    parts = module.split(".")
    prefixes = (".".join(parts[:length]) for length in range(1, len(parts)))
    return next((prefix for prefix in prefixes if not _is_namespace(prefix)), module)


def _is_namespace(module: str) -> bool:
    try:
        return all(is_namespace(spec) for _, spec in search_chain(module))
    except Exception:  # a finder of somebody else's, whose fault this is not
        return False


# -- what RECORD says ------------------------------------------------------------------------------------------


class RecordedFile(NamedTuple):
    """One row: a path as it stands there, and what the file there holds; empty, or None, where it isn't said.

    `root` is the directory that the path is relative to.
    """

    path: str
    algorithm: str
    digest: str
    size: int | None
    root: str

    @property
    def location(self) -> str:
        """Where the file is."""
        return os.path.normpath(os.path.join(self.root, self.path))


def record_rows(text: str, root: str = "") -> Iterator[RecordedFile]:
    """Yield the rows of a RECORD. Raises ValueError where it is not CSV."""
    import csv  # a path may hold a comma or a line end, and is quoted then
    import io

    try:
        for row in csv.reader(io.StringIO(text, newline="")):
            if row and row[0]:
                path, hashed, size = (*row, "", "")[:3]
                algorithm, _, digest = hashed.partition("=")
                is_number = size.isascii() and size.isdigit() and len(size) <= _LONGEST_NUMBER
                yield RecordedFile(path, algorithm, digest.rstrip("="), int(size) if is_number else None, root)
    except csv.Error as error:
        raise ValueError(str(error)) from error


# -- what Python would find on its path, looked for without importing anything: no parent package either -------


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
